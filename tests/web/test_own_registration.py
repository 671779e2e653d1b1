"""One's own registration, behind the link that was mailed."""

from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import letters as registration_letters
from chancendialog.registration.models import Status
from tests.browser_client import all_rows, form_fields, token_of
from tests.factories import EventSessionFactory, RegistrationFactory


def path(registration):
    return f"/anmeldung/{token_of(registration_letters.manage_url(registration))}"


def give_up(client, page):
    """Press the button on the page."""
    return client.post(f"{page}/abmelden", data=form_fields(client.get(page).text))


def test_page_shows_what_is_registered_and_masks_the_address(client):
    event_session = EventSessionFactory(title="Wohnen der Zukunft")
    registration = RegistrationFactory(
        event_session=event_session, name="Kim Muster", email="kim@example.org", party_size=3
    )

    page = client.get(path(registration))

    assert page.status_code == 200
    assert "Ihre Anmeldung: <span>Wohnen der Zukunft</span>" in page.text
    assert "Ihre 3 Plätze sind sicher" in page.text
    assert "Kim Muster" in page.text
    assert "k••@example.org" in page.text
    assert "kim@example.org" not in page.text
    assert "Plätze freigeben" in page.text


def test_waiting_person_sees_the_place_in_the_queue(client):
    event_session = EventSessionFactory(capacity=0)
    waiting = RegistrationFactory.create_batch(
        2, event_session=event_session, status=Status.WAITING
    )

    pages = [client.get(path(one)).text for one in waiting]

    assert "Sie sind auf Platz 1 der Warteliste." in pages[0]
    assert "Sie sind auf Platz 2 der Warteliste." in pages[1]
    assert "Warteliste verlassen" in pages[1]


def test_opening_the_page_changes_nothing(client):
    event_session = EventSessionFactory(capacity=1)
    registration = RegistrationFactory(event_session=event_session)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    page = path(registration)
    before = all_rows()

    answers = [
        client.get(page),
        client.head(page),
        client.get(f"{page}/abmelden"),
        client.head(f"{page}/abmelden"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 302, 302]
    assert answers[2].location == page
    assert answers[1].data == b""
    assert all_rows() == before


@pytest.mark.parametrize("forged", ["erfunden", "WzEsMF0.AAAA", "..", "%00"])
def test_link_that_is_none_of_ours_is_no_page(client, forged):
    page = client.get(f"/anmeldung/{forged}")

    assert page.status_code == 404
    assert "Manche E-Mail-Programme trennen lange Links." in page.text


def test_link_that_was_cut_off_or_changed_is_no_page(client):
    page = path(RegistrationFactory())

    answers = [client.get(page[:-1]), client.get(f"{page}x"), client.post(f"{page[:-5]}/abmelden")]

    assert [answer.status_code for answer in answers[:2]] == [404, 404]


def test_receipt_is_no_link_to_the_registration(client, sign_up):
    receipt = token_of(sign_up(EventSessionFactory()).location)

    assert client.get(f"/anmeldung/{receipt}").status_code == 404


def test_link_dies_when_its_version_is_raised(client):
    registration = RegistrationFactory()
    page = path(registration)
    registration.link_version += 1

    answer = client.get(page)

    assert answer.status_code == 410
    assert "Nehmen Sie den Link aus der neuesten E-Mail" in answer.text


def test_link_dies_with_the_data(client):
    registration = RegistrationFactory()
    page = path(registration)
    registration.name, registration.email, registration.erased_at = "", None, app_clock.now()

    assert client.get(page).status_code == 410


def test_link_of_a_row_that_is_gone_is_dead(client):
    registration = RegistrationFactory()
    page = path(registration)
    db.session.delete(registration)

    assert client.get(page).status_code == 410


def test_seat_given_up_goes_to_whoever_waited_longest(client, letters):
    event_session = EventSessionFactory(capacity=1)
    seated = RegistrationFactory(event_session=event_session)
    first, second = RegistrationFactory.create_batch(
        2, event_session=event_session, status=Status.WAITING
    )

    answer = give_up(client, path(seated))

    assert answer.status_code == 303
    assert answer.location == f"{path(seated)}#inhalt"
    assert [one.status for one in (seated, first, second)] == [
        Status.WITHDRAWN,
        Status.CONFIRMED,
        Status.WAITING,
    ]
    assert letters() == [("withdrawn", seated.email), ("promoted", first.email)]
    page = client.read(answer.location)
    assert "Sie sind abgemeldet" in page.text
    assert "Melden Sie sich noch einmal an" in page.text
    assert "<form" not in page.text


def test_giving_up_twice_does_nothing_the_second_time(client, letters):
    event_session = EventSessionFactory(capacity=1)
    seated = RegistrationFactory(event_session=event_session)
    first, second = RegistrationFactory.create_batch(
        2, event_session=event_session, status=Status.WAITING
    )
    fields = form_fields(client.get(path(seated)).text)
    button = f"{path(seated)}/abmelden"

    answers = [client.post(button, data=fields), client.post(button, data=fields)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert [one.status for one in (first, second)] == [Status.CONFIRMED, Status.WAITING]
    assert letters() == [("withdrawn", seated.email), ("promoted", first.email)]


def test_waiting_person_leaves_the_queue(client, letters):
    event_session = EventSessionFactory(capacity=0)
    registration = RegistrationFactory(event_session=event_session, status=Status.WAITING)

    give_up(client, path(registration))

    assert registration.status is Status.WITHDRAWN
    assert letters() == [("withdrawn", registration.email)]


def test_button_without_our_token_does_nothing(client, letters):
    registration = RegistrationFactory()

    page = client.post(f"{path(registration)}/abmelden")

    assert page.status_code == 400
    assert "laden Sie sie neu" in page.text
    assert registration.status is Status.CONFIRMED
    assert letters() == []


def test_seat_cannot_be_given_up_once_the_session_has_begun(client, clock, letters):
    event_session = EventSessionFactory(starts_at=app_clock.now() + timedelta(hours=1))
    registration = RegistrationFactory(event_session=event_session)
    fields = form_fields(client.get(path(registration)).text)
    clock.shift(timedelta(hours=1))

    answer = client.post(f"{path(registration)}/abmelden", data=fields)

    assert answer.status_code == 409
    assert "Die Veranstaltung hat schon begonnen." in answer.text
    assert "<form" not in client.get(path(registration)).text
    assert registration.status is Status.CONFIRMED
    assert letters() == []


def test_page_of_a_session_that_is_called_off_says_so_and_asks_for_nothing(client):
    registration = RegistrationFactory(
        event_session=EventSessionFactory(status=SessionStatus.CALLED_OFF)
    )

    page = client.get(path(registration))

    assert "Diese Veranstaltung ist abgesagt" in page.text
    assert "sicher" not in page.text
    assert "<form" not in page.text


def test_page_is_kept_by_nobody_and_tells_nobody_where_people_came_from(client):
    page = client.get(path(RegistrationFactory()))

    assert {
        name: page.headers[name] for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")
    } == {
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }
    assert '<meta name="robots" content="noindex">' in page.text

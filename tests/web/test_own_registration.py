"""One's own registration, behind the link that was mailed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import HELD, Registration, Status
from tests.browser_client import all_rows, form_fields, token_of
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import buttons, give_up, history, own_page, press, text_of

DEEDS = ("abmelden", "doch-kommen", "zusagen", "personen", "kalender")


def test_page_shows_what_is_registered_and_masks_the_address(client):
    event_session = EventSessionFactory(title="Wohnen der Zukunft")
    registration = RegistrationFactory(
        event_session=event_session, name="Kim Muster", email="kim@example.org", party_size=3
    )

    page = client.get(own_page(registration))

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

    pages = [client.get(own_page(one)).text for one in waiting]

    assert "Sie stehen an Stelle 1 der Warteliste. Vor Ihnen wartet niemand." in pages[0]
    assert "Sie stehen an Stelle 2 der Warteliste. Vor Ihnen wartet 1 Person." in pages[1]
    assert "Warteliste verlassen" in pages[1]


def test_opening_the_page_changes_nothing(client):
    event_session = EventSessionFactory(capacity=1)
    registration = RegistrationFactory(event_session=event_session)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    page = own_page(registration)
    client.get(page)  # the first look of all makes the key of the personal calendar
    before = all_rows()

    answers = [
        client.get(page),
        client.head(page),
        *(client.get(f"{page}/{deed}") for deed in DEEDS),
        *(client.head(f"{page}/{deed}") for deed in DEEDS),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, *[200, *[302] * 4] * 2]
    assert {answer.location for answer in answers} == {None, page}
    assert answers[1].data == b""
    assert all_rows() == before


@pytest.mark.parametrize("forged", ["erfunden", "WzEsMF0.AAAA", "..", "%00"])
def test_link_that_is_none_of_ours_is_no_page(client, forged):
    page = client.get(f"/anmeldung/{forged}")

    assert page.status_code == 404
    assert "Manche E-Mail-Programme trennen lange Links." in page.text


def test_link_that_was_cut_off_or_changed_is_no_page(client):
    page = own_page(RegistrationFactory())

    answers = [client.get(page[:-1]), client.get(f"{page}x"), client.post(f"{page[:-5]}/abmelden")]

    assert [answer.status_code for answer in answers[:2]] == [404, 404]


def test_receipt_is_no_link_to_the_registration(client, sign_up):
    receipt = token_of(sign_up(EventSessionFactory()).location)

    assert client.get(f"/anmeldung/{receipt}").status_code == 404


def test_link_dies_when_its_version_is_raised(client):
    registration = RegistrationFactory()
    page = own_page(registration)
    registration.link_version += 1

    answer = client.get(page)

    assert answer.status_code == 410
    assert "Nehmen Sie den Link aus der neuesten E-Mail" in answer.text


def test_link_dies_with_the_data(client):
    registration = RegistrationFactory()
    page = own_page(registration)
    registration.name, registration.email, registration.erased_at = "", None, app_clock.now()

    assert client.get(page).status_code == 410


def test_link_of_a_row_that_is_gone_is_dead(client):
    registration = RegistrationFactory()
    page = own_page(registration)
    db.session.delete(registration)

    assert client.get(page).status_code == 410


@pytest.mark.parametrize(
    ("offers", "status", "letter"),
    [(True, Status.OFFERED, "offer"), (False, Status.CONFIRMED, "promoted")],
)
def test_seat_given_up_goes_to_whoever_waited_longest(client, letters, offers, status, letter):
    event_session = EventSessionFactory(capacity=1, offers=offers)
    seated = RegistrationFactory(event_session=event_session)
    first, second = RegistrationFactory.create_batch(
        2, event_session=event_session, status=Status.WAITING
    )

    answer = give_up(client, client.get(own_page(seated)))

    assert answer.status_code == 303
    assert answer.location == f"{own_page(seated)}#inhalt"
    assert [one.status for one in (seated, first, second)] == [
        Status.WITHDRAWN,
        status,
        Status.WAITING,
    ]
    assert letters() == [("withdrawn", seated.email), (letter, first.email)]
    page = client.read(answer.location)
    assert "Sie sind abgemeldet" in page.text
    assert buttons(page) == ["Auf die Warteliste"]


def test_giving_up_twice_does_nothing_the_second_time(client, letters):
    event_session = EventSessionFactory(capacity=1)
    seated = RegistrationFactory(event_session=event_session)
    first, second = RegistrationFactory.create_batch(
        2, event_session=event_session, status=Status.WAITING
    )
    question = press(client, client.get(own_page(seated)), "Platz freigeben")

    answers = [press(client, question, "Ja, abmelden"), press(client, question, "Ja, abmelden")]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert [one.status for one in (first, second)] == [Status.OFFERED, Status.WAITING]
    assert letters() == [("withdrawn", seated.email), ("offer", first.email)]


def test_waiting_person_leaves_the_queue(client, letters):
    event_session = EventSessionFactory(capacity=0)
    registration = RegistrationFactory(event_session=event_session, status=Status.WAITING)

    page = client.get(own_page(registration))
    give_up(client, page, "Warteliste verlassen", "Ja, Warteliste verlassen")

    assert registration.status is Status.WITHDRAWN
    assert letters() == [("withdrawn", registration.email)]


@pytest.mark.parametrize("deed", DEEDS)
def test_button_without_our_token_does_nothing(client, letters, deed):
    registration = RegistrationFactory()

    page = client.post(f"{own_page(registration)}/{deed}", data={"party_size": "2"})

    assert page.status_code == 400
    assert "Erlauben Sie Cookies für diese Seite und versuchen Sie es noch einmal." in page.text
    assert registration.status is Status.CONFIRMED
    assert letters() == []


def test_seat_cannot_be_given_up_once_the_session_has_begun(client, clock, letters):
    event_session = EventSessionFactory(starts_at=app_clock.now() + timedelta(hours=1))
    registration = RegistrationFactory(event_session=event_session)
    fields = form_fields(client.get(own_page(registration)).text)
    clock.shift(timedelta(hours=1))

    answer = client.post(f"{own_page(registration)}/abmelden", data=fields)

    assert answer.status_code == 409
    assert "Die Veranstaltung hat schon begonnen." in answer.text
    assert buttons(client.get(own_page(registration))) == []
    assert registration.status is Status.CONFIRMED
    assert letters() == []


def test_page_of_a_session_that_is_called_off_says_so_and_asks_for_nothing(client):
    registration = RegistrationFactory(
        event_session=EventSessionFactory(status=SessionStatus.CALLED_OFF)
    )

    page = client.get(own_page(registration))

    assert "Diese Veranstaltung ist abgesagt" in page.text
    assert "sicher" not in page.text
    assert "<form" not in page.text


def test_page_is_kept_by_nobody_and_tells_nobody_where_people_came_from(client):
    page = client.get(own_page(RegistrationFactory()))

    assert {
        name: page.headers[name] for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")
    } == {
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }
    assert '<meta name="robots" content="noindex">' in page.text


def test_page_tells_the_history_in_order(client, clock, sign_up):
    sign_up(EventSessionFactory(capacity=2), party_size="2")
    registration = db.session.scalar(select(Registration))
    clock.shift(timedelta(hours=1))
    press(client, client.get(own_page(registration)), "Anzahl ändern", party_size="1")
    clock.shift(timedelta(hours=1))
    give_up(client, client.get(own_page(registration)))

    page = client.get(own_page(registration))

    assert history(page) == [
        "angemeldet, Personen: 2 – Platz sicher",
        "Personen: 2 → 1",
        "abgemeldet, Personen: 1",
    ]
    assert "Mo 07.09.2026, 14 Uhr abgemeldet" in text_of(page)


def test_somebody_whose_history_nobody_wrote_has_none(client):
    page = client.get(own_page(RegistrationFactory()))

    assert "Was bisher geschah" not in page.text


@pytest.mark.parametrize("status", Status)
def test_page_asks_the_database_as_often_however_many_people_take_part(
    client, count_queries, status
):
    event_session = EventSessionFactory(capacity=2)
    page = own_page(
        RegistrationFactory(
            event_session=event_session,
            party_size=2,
            status=status,
            hold_until=app_clock.now() + timedelta(days=1) if status in HELD else None,
        )
    )
    alone = count_queries(client, page)
    for one in RegistrationFactory.create_batch(
        5, event_session=event_session, status=Status.WAITING
    ):
        journal.note(
            "offered", actor=journal.SYSTEM, thread=one.thread, scope=event_session.thread,
            free=1, party_size=1, until="2026-09-08T10:00:00+00:00",
        )  # fmt: skip

    assert count_queries(client, page) == alone

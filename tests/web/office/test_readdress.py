"""Correcting somebody's address: the seat stays, the letter comes, the old link dies."""

import pytest

from chancendialog.extensions import db
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import booking, letters
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.mailing.specimens import deliver
from tests.web.steps import own_page, states, text_of

STAFF = "staff:1"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen", capacity=1)


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def register(event_session, email, **facts):
    one = booking.register(event_session, Applicant(name="Kim Muster", email=email, **facts))
    db.session.commit()
    return one


def page_of(registration):
    slug = registration.event_session.slug
    return f"/verwaltung/termine/{slug}/personen/{registration.ulid}"


def form_of(registration):
    return f"{page_of(registration)}/adresse"


def summary(page):
    return page.text.partition('id="fehler"')[2].partition("</ul>")[0]


def test_seat_goes_on_at_the_new_address(office, event_session, letters):
    wrong = register(event_session, "wrong@example.org")

    answer = office.fill_in(form_of(wrong), email=" RIGHT@Bücher.example ")

    new = db.session.query(Registration).filter_by(email="right@xn--bcher-kva.example").one()
    assert (answer.status_code, answer.location) == (303, f"{page_of(new)}#inhalt")
    assert "Berichtigt. An right@xn--bcher-kva.example geht jetzt eine E-Mail." in (
        office.read(answer.location).text
    )
    assert states() == [
        ("wrong@example.org", Status.WITHDRAWN),
        ("right@xn--bcher-kva.example", Status.CONFIRMED),
    ]
    assert letters() == [("confirmed", "right@xn--bcher-kva.example")]


def test_place_in_the_queue_stays(office, event_session, clock):
    register(event_session, "seated@example.org")
    first = register(event_session, "wrong@example.org", would_wait=True)
    clock.shift(1)
    register(event_session, "second@example.org", would_wait=True)

    office.fill_in(form_of(first), email="right@example.org")

    booking.withdraw(db.session.query(Registration).filter_by(email="seated@example.org").one())
    assert dict(states())["right@example.org"] is Status.OFFERED


def test_old_link_is_dead_and_the_new_one_lives(office, event_session, client):
    wrong = register(event_session, "wrong@example.org")
    before = own_page(wrong)

    office.fill_in(form_of(wrong), email="right@example.org")

    new = db.session.query(Registration).filter_by(email="right@example.org").one()
    assert client.get(before).status_code == 410
    assert client.get(own_page(new)).status_code == 200


def test_wrong_address_that_got_a_letter_is_told_to_forget_it(office, event_session, post_office):
    wrong = register(event_session, "wrong@example.org")
    deliver()

    office.fill_in(form_of(wrong), email="right@example.org")
    deliver()

    assert [(one["To"].addresses[0].username, "CANCEL" in str(one)) for one in post_office.messages] == [
        ("wrong", False),
        ("wrong", True),
        ("right", False),
    ]  # fmt: skip


def test_first_address_of_somebody_who_gave_none_is_noted(office, event_session, letters):
    kim = RegistrationFactory(event_session=event_session, email=None)

    page = office.get(form_of(kim))
    office.fill_in(form_of(kim), email="kim@example.org")

    assert "Adresse eintragen Erika Mustermann" in text_of(page)
    assert letters() == [("confirmed", "kim@example.org")]


def test_address_that_is_registered_already_is_shown_with_its_person(office, event_session):
    event_session.capacity = 5
    right = register(event_session, "right@example.org")
    wrong = register(event_session, "wrong@example.org")
    before = all_rows()

    page = office.fill_in(form_of(wrong), email="right@example.org")

    assert page.status_code == 409
    assert "<title>Fehler: Adresse berichtigen: Kim Muster" in page.text
    assert 'id="fehler" tabindex="-1"' in page.text
    assert f'href="{page_of(right)}"' in page.text
    assert form_fields(page.text)["email"] == "right@example.org"
    assert all_rows() == before


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("", "Geben Sie die E-Mail-Adresse ein"),
        ("kim", "Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein"),
        ("kim@example.org\x00", "Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein"),
        ("kim@ex\nample.org", "Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein"),
        ("WRONG@example.org", "Das ist die Adresse, die wir schon haben"),
    ],
)
def test_address_that_cannot_be_is_said_at_the_field(office, event_session, email, said):
    wrong = register(event_session, "wrong@example.org")
    before = all_rows()

    page = office.fill_in(form_of(wrong), email=email)

    assert page.status_code == 422
    assert f'<a href="#email">{said}</a>' in summary(page)
    assert page.text.count(said) == 2
    assert all_rows() == before


@pytest.mark.parametrize(
    ("status", "session_status"),
    [
        (Status.WITHDRAWN, SessionStatus.PUBLISHED),
        (Status.EXPIRED, SessionStatus.PUBLISHED),
        (Status.CONFIRMED, SessionStatus.CALLED_OFF),
    ],
)
def test_what_has_ended_is_not_changed(office, event_session, status, session_status):
    kim = RegistrationFactory(event_session=event_session, status=status)
    event_session.status = session_status
    db.session.commit()
    before = all_rows()

    page = office.fill_in(form_of(kim), email="neu@example.org")

    assert page.status_code == 409
    assert "Das geht gerade nicht" in page.text
    assert all_rows() == before


def test_double_click_is_one_correction(office, event_session, letters):
    wrong = register(event_session, "wrong@example.org")
    fields = form_fields(office.get(form_of(wrong)).text) | {"email": "right@example.org"}

    answers = [office.post(form_of(wrong), data=fields).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert letters() == [("confirmed", "right@example.org")]


def test_journal_knows_who_corrected_it(office, event_session):
    wrong = register(event_session, "wrong@example.org")

    office.fill_in(form_of(wrong), email="right@example.org")

    page = office.get(page_of(wrong))
    assert "Adresse berichtigt; es gilt die neue Anmeldung" in text_of(page)


@pytest.mark.parametrize(
    ("facts", "link"),
    [
        ({}, "Adresse berichtigen"),
        ({"email": None}, "Adresse eintragen"),
        ({"status": Status.WITHDRAWN}, None),
    ],
)
def test_person_leads_here_as_long_as_something_can_be_corrected(
    office, event_session, facts, link
):
    kim = RegistrationFactory(event_session=event_session, **facts)

    page = office.get(page_of(kim))

    assert (f'href="{form_of(kim)}"' in page.text) is bool(link)
    assert (link or "") in page.text


def test_name_in_html_is_text(office, event_session):
    kim = RegistrationFactory(event_session=event_session, name="<b>Kim</b>")

    assert "</span> &lt;b&gt;Kim" in office.get(form_of(kim)).text
    assert letters.manage_url(kim) not in office.get(form_of(kim)).text

"""Asked before anything is given up, and coming after all with one button."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import booking, switching
from chancendialog.registration.models import Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import (
    buttons,
    everything_left,
    follow,
    give_up,
    history,
    own_page,
    posted,
    press,
    states,
    text_of,
)

KIM, EVA = "kim@example.org", "eva@example.org"
AGAIN = "Noch einmal anmelden"
AFTER_ALL, QUEUE = "Doch kommen", "Auf die Warteliste"
NOT_HERE = "Das lässt sich hier nicht rückgängig machen."


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen", capacity=2)


@pytest.fixture
def kim(event_session):
    return RegistrationFactory(event_session=event_session, email=KIM, party_size=2)


@pytest.fixture
def gone(client, kim):
    """Kim's own page, once she has given up both seats and read so."""
    return follow(client, give_up(client, client.get(own_page(kim)), "Plätze freigeben"))


# the question


@pytest.mark.parametrize(
    ("status", "held", "asked", "yes", "no"),
    [
        (
            Status.CONFIRMED,
            False,
            "Möchten Sie sich abmelden? Wohnen",
            "Ja, abmelden",
            "Nein, angemeldet bleiben",
        ),
        (
            Status.UNVERIFIED,
            True,
            "Möchten Sie sich abmelden? Wohnen",
            "Ja, abmelden",
            "Nein, angemeldet bleiben",
        ),
        (
            Status.OFFERED,
            True,
            "Möchten Sie die Plätze weitergeben? Wohnen",
            "Ja, Plätze weitergeben",
            "Nein, zurück zum Angebot",
        ),
        (
            Status.WAITING,
            False,
            "Möchten Sie die Warteliste verlassen? Wohnen",
            "Ja, Warteliste verlassen",
            "Nein, auf der Warteliste bleiben",
        ),
        (
            Status.UNVERIFIED,
            False,
            "Möchten Sie die Warteliste verlassen? Wohnen",
            "Ja, Warteliste verlassen",
            "Nein, auf der Warteliste bleiben",
        ),
    ],
)
def test_question_names_what_goes_and_asking_changes_nothing(
    client, kim, status, held, asked, yes, no
):
    kim.status, kim.hold_until = status, app_clock.now() + timedelta(days=1) if held else None
    db.session.commit()
    before = all_rows()

    page = client.get(f"{own_page(kim)}/abmelden")

    assert text_of(page).startswith(asked)
    assert "Mittwoch, 7. Oktober 2026" in text_of(page)
    assert ("Ihre 2 Plätze" in text_of(page)) is not kim.only_waits
    assert buttons(page) == [yes]
    assert f'<a href="{own_page(kim)}">{no}</a>' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert all_rows() == before


def test_question_of_the_reminder_leads_to_the_other_answer_too(client, kim):
    page = client.get(f"{own_page(kim)}/ich-kann-nicht")

    assert f'href="{own_page(kim)}/ich-komme"' in page.text
    assert f'href="{own_page(kim)}/ich-komme"' not in client.get(f"{own_page(kim)}/abmelden").text


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.EXPIRED])
def test_who_has_nothing_to_give_up_sees_how_they_stand(client, kim, status):
    kim.status = status

    assert client.get(f"{own_page(kim)}/abmelden").location == own_page(kim)


def test_what_is_called_off_or_has_begun_is_given_up_by_nobody(client, kim, clock):
    off = RegistrationFactory(event_session__status=SessionStatus.CALLED_OFF)
    clock.move_to(kim.event_session.starts_at)

    pages = [own_page(off), own_page(kim)]

    assert [client.get(f"{page}/abmelden").location for page in pages] == pages


def test_question_is_asked_in_english_too(client, kim):
    page = client.get(f"/en{own_page(kim)}/abmelden")

    assert text_of(page).startswith("Would you like to cancel your registration? Wohnen")
    assert buttons(page) == ["Yes, cancel it"]
    there = follow(client, press(client, page, "Yes, cancel it"))
    assert "Your registration is cancelled" in text_of(there)
    assert buttons(there) == ["Come after all"]


# coming after all


def test_one_button_brings_the_same_people_back(client, gone, kim):
    everything_left()
    assert "Es ist noch Platz. Mit dem Knopf sind Sie doch dabei." in text_of(gone)
    assert buttons(gone) == [AFTER_ALL]

    page = follow(client, press(client, gone, AFTER_ALL))

    assert text_of(page).startswith("Ihre Anmeldung: Wohnen Schön, dass Sie doch kommen")
    assert "Ihre 2 Plätze sind sicher" in text_of(page)
    assert states() == [(KIM, Status.WITHDRAWN), (KIM, Status.CONFIRMED)]
    assert posted() == [("withdrawn", KIM, None), ("confirmed", KIM, "REQUEST")]
    assert history(page) == ["angemeldet, Personen: 2 – Platz sicher"]


def test_old_link_says_so_and_leads_to_the_new_registration(client, gone, kim):
    new = press(client, gone, AFTER_ALL).location.partition("?")[0]

    page = client.get(own_page(kim))

    assert "Sie sind inzwischen wieder angemeldet." in text_of(page)
    assert f'href="{new}"' in page.text
    assert buttons(page) == []
    assert history(page)[-1] == "wieder angemeldet; es gilt die neue Anmeldung"


def test_pressing_twice_leads_twice_to_the_same_registration(client, gone):
    answers = [press(client, gone, AFTER_ALL), press(client, gone, AFTER_ALL)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert states() == [(KIM, Status.WITHDRAWN), (KIM, Status.CONFIRMED)]
    assert [kind for kind, *_ in posted()] == ["withdrawn", "confirmed"]


def test_seat_that_is_gone_meanwhile_is_refused_and_the_queue_offered(client, gone, event_session):
    RegistrationFactory(event_session=event_session, email=EVA, party_size=2)

    answer = press(client, gone, AFTER_ALL)

    assert answer.status_code == 409
    assert "Alle Plätze sind vergeben. Sie können sich auf die Warteliste setzen." in text_of(
        answer
    )
    assert buttons(answer) == [QUEUE]
    assert 'href="/">Die anderen Termine ansehen' in answer.text
    page = follow(client, press(client, answer, QUEUE))
    assert "Sie stehen auf der Warteliste" in text_of(page)
    assert "Schön" not in text_of(page)
    assert states()[-1] == (KIM, Status.WAITING)


def test_while_others_wait_one_can_only_join_them(client, gone, event_session):
    RegistrationFactory(event_session=event_session, party_size=4, status=Status.WAITING)

    assert buttons(client.get(gone.request.path)) == [QUEUE]


def test_too_few_free_seats_lead_to_a_smaller_party(client, gone, event_session):
    event_session.waiting_list = False
    RegistrationFactory(event_session=event_session, email=EVA)

    page = client.get(gone.request.path)

    assert "Es ist nur noch 1 Platz frei. Kommen weniger Personen?" in text_of(page)
    assert buttons(page) == [AGAIN]

    form = press(client, page, AGAIN, language="de")  # the form, with what is known already

    assert form.status_code == 200
    assert 'id="fehler"' not in form.text
    assert form_fields(form.text).items() >= {"email": KIM, "party_size": "1"}.items()


def test_full_session_without_a_list_leads_to_the_others(client, gone, event_session):
    event_session.waiting_list, event_session.capacity = False, 0

    page = client.get(gone.request.path)

    assert "Alle Plätze sind vergeben, und es gibt keine Warteliste." in text_of(page)
    assert "Die anderen Termine ansehen" in text_of(page)
    assert buttons(page) == []


def test_after_the_hours_of_registration_nobody_comes_back(client, gone, event_session, kim):
    event_session.registration_closes_at = app_clock.now()

    answer = press(client, gone, AFTER_ALL)

    assert answer.status_code == 409
    assert "Die Anmeldung ist geschlossen seit" in text_of(answer)
    assert buttons(answer) == []
    assert states() == [(KIM, Status.WITHDRAWN)]


def test_once_it_has_begun_or_is_called_off_there_is_no_way_back(client, gone, event_session):
    event_session.status = SessionStatus.CALLED_OFF
    off = press(client, gone, AFTER_ALL)
    event_session.status, event_session.starts_at = SessionStatus.PUBLISHED, app_clock.now()
    begun = press(client, gone, AFTER_ALL)

    assert [answer.status_code for answer in (off, begun)] == [409, 409]
    assert [buttons(answer) for answer in (off, begun)] == [[], []]
    assert states() == [(KIM, Status.WITHDRAWN)]


def test_who_signed_up_anew_takes_that_link(client, gone, event_session):
    RegistrationFactory(event_session=event_session, email=KIM)

    answer = press(client, gone, AFTER_ALL)

    assert answer.status_code == 409
    assert text_of(answer).count("Nehmen Sie den Link aus der neuesten E-Mail von uns.") == 2
    assert buttons(answer) == []
    assert [status for _, status in states()] == [Status.WITHDRAWN, Status.CONFIRMED]


def by_staff(kim):
    booking.withdraw(kim, actor="staff:1")


def by_switching(kim):
    switching.switch(kim, EventSessionFactory())


@pytest.mark.parametrize("ended", [by_staff, by_switching])
def test_only_who_gave_up_can_take_it_back(client, gone, event_session, ended):
    eva = RegistrationFactory(event_session=event_session, email=EVA)
    ended(eva)
    db.session.commit()
    before = states()
    page = client.get(own_page(eva))

    fields = form_fields(gone.text)
    answer = client.post(f"{own_page(eva)}/doch-kommen", data=fields)

    assert buttons(page) == [AGAIN]
    assert answer.status_code == 409
    assert NOT_HERE in text_of(answer)
    assert states() == before


def test_nobody_comes_back_who_has_not_left(client, gone, event_session):
    eva = RegistrationFactory(event_session=event_session, email=EVA)

    answer = client.post(f"{own_page(eva)}/doch-kommen", data=form_fields(gone.text))

    assert answer.status_code == 409
    assert states() == [(KIM, Status.WITHDRAWN), (EVA, Status.CONFIRMED)]


def test_letter_of_the_withdrawal_leads_to_the_way_back(client, gone, kim):
    letter = db.session.scalars(select(OutgoingMail).filter_by(kind="withdrawn")).one()

    assert f"http://localhost:5000{own_page(kim)}\n" in letter.text
    assert buttons(client.get(own_page(kim))) == [AFTER_ALL]

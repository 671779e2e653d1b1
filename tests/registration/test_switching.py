"""To another session: the first seat is given up once the second is sure."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.programme.models import Confirmation, SessionStatus
from chancendialog.registration import booking, letters, switching
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from chancendialog.registration.strangers import PER_DAY
from tests.factories import EventSessionFactory, RegistrationFactory


@pytest.fixture
def here(app):
    return EventSessionFactory(capacity=2, title="Hier")


@pytest.fixture
def there(app):
    return EventSessionFactory(
        capacity=2, title="Dort", starts_at=app_clock.now() + timedelta(days=60)
    )


def seated(event_session, **facts):
    """Somebody with a seat whose confirmation has left."""
    kim = Applicant(**{"name": "Kim", "email": "kim@example.org", **facts})
    registration = booking.register(event_session, kim)
    for mail in db.session.scalars(select(OutgoingMail)):
        mail.state, mail.attempts = MailState.SENT, 1
    db.session.commit()
    return registration


def registrations():
    rows = db.session.scalars(select(Registration).order_by(Registration.id))
    return [(one.event_session.title, one.email, one.party_size, one.status) for one in rows]


def calendar_entries():
    rows = db.session.scalars(
        select(OutgoingMail).where(OutgoingMail.state == MailState.QUEUED).order_by(OutgoingMail.id)
    )
    return [(one.kind, one.calendar_method) for one in rows]


def deeds(registration):
    return [(one.actor, one.code) for one in journal.of_thread(registration.thread)]


def test_a_seat_there_ends_the_one_here(here, there):
    kim = seated(here, party_size=2)

    moved = switching.switch(kim, there)
    db.session.commit()

    assert registrations() == [
        ("Hier", "kim@example.org", 2, Status.WITHDRAWN),
        ("Dort", "kim@example.org", 2, Status.CONFIRMED),
    ]
    assert calendar_entries() == [("confirmed", "REQUEST"), ("withdrawn", "CANCEL")]
    assert deeds(kim) == [("resident", "registered"), ("resident", "switched")]
    assert deeds(moved) == [("resident", "registered"), ("resident", "switched_here")]


def test_who_wants_no_reminder_gets_none_there_either(here, there):
    kim = seated(here, wants_reminder=False)

    assert switching.switch(kim, there).wants_reminder is False


def test_the_seats_here_go_to_who_waited_longest(here, there):
    kim = seated(here, party_size=2)
    waiting = RegistrationFactory(event_session=here, status=Status.WAITING)

    switching.switch(kim, there)

    assert waiting.status is Status.OFFERED


def test_a_place_in_the_queue_there_leaves_the_seat_here(here, there):
    RegistrationFactory(event_session=there, email="eva@example.org", party_size=2)
    kim = seated(here)

    switching.switch(kim, there, would_wait=True)

    assert registrations() == [
        ("Dort", "eva@example.org", 2, Status.CONFIRMED),
        ("Hier", "kim@example.org", 1, Status.CONFIRMED),
        ("Dort", "kim@example.org", 1, Status.WAITING),
    ]
    assert calendar_entries() == [("waiting", None)]
    assert deeds(kim) == [("resident", "registered"), ("resident", "waits_elsewhere")]


@pytest.mark.parametrize("seats_there", [2, 0])
def test_who_stays_has_both(here, there, seats_there):
    kim = seated(here, party_size=2)
    there.capacity = seats_there

    for _ in range(2):  # the second time does nothing
        also = switching.switch(kim, there, would_wait=True, stays=True)
        db.session.commit()

    standing = Status.CONFIRMED if seats_there else Status.WAITING
    assert registrations() == [
        ("Hier", "kim@example.org", 2, Status.CONFIRMED),
        ("Dort", "kim@example.org", 2, standing),
    ]
    assert calendar_entries() == [("confirmed", "REQUEST") if seats_there else ("waiting", None)]
    assert deeds(kim) == [("resident", "registered")]
    assert len(deeds(also)) == 1


def test_nobody_joins_a_queue_without_having_asked_for_it(here, there):
    RegistrationFactory(event_session=there, party_size=2)
    kim = seated(here)

    with pytest.raises(booking.SessionFull) as refusal:
        switching.switch(kim, there)

    assert refusal.value.can_wait
    assert kim.status is Status.CONFIRMED


def test_who_waits_here_leaves_the_queue_for_a_seat_there(here, there):
    RegistrationFactory(event_session=here, party_size=2)
    kim = seated(here, would_wait=True)

    switching.switch(kim, there)

    assert [status for *_, status in registrations()] == [
        Status.CONFIRMED,
        Status.WITHDRAWN,
        Status.CONFIRMED,
    ]


def test_the_mailed_link_is_click_enough(here, there):
    there.confirmation = Confirmation.BY_MAIL
    kim = seated(here)

    assert switching.switch(kim, there).status is Status.CONFIRMED


def test_letters_that_strangers_caused_keep_nobody_from_the_one_of_the_switch(here, there):
    for _ in range(PER_DAY):
        gone = RegistrationFactory(email="kim@example.org", status=Status.EXPIRED)
        outbox.post(letters.please_confirm(gone), thread=gone.thread)
    kim = seated(here)
    RegistrationFactory(event_session=there, party_size=2)

    switching.switch(kim, there, would_wait=True)

    assert calendar_entries() == [("waiting", None)]


@pytest.mark.parametrize("would_wait", [True, False])
def test_doing_it_twice_does_nothing_the_second_time(here, there, would_wait):
    if would_wait:
        RegistrationFactory(event_session=there, party_size=2)
    kim = seated(here)
    moved = switching.switch(kim, there, would_wait=would_wait)
    before = registrations(), calendar_entries()

    again = switching.switch(kim, there, would_wait=would_wait)

    assert again is moved
    assert (registrations(), calendar_entries()) == before


def test_back_again_is_a_switch_like_any_other(here, there):
    kim = seated(here)

    back = switching.switch(switching.switch(kim, there), here)

    assert back is not kim
    assert [status for *_, status in registrations()] == [
        Status.WITHDRAWN,
        Status.WITHDRAWN,
        Status.CONFIRMED,
    ]


def test_from_a_session_that_is_called_off_one_may_go_elsewhere(here, there):
    kim = seated(here)
    here.status = SessionStatus.CALLED_OFF

    switching.switch(kim, there)

    assert [status for *_, status in registrations()] == [Status.WITHDRAWN, Status.CONFIRMED]


def ended(kim, there):
    kim.status = Status.WITHDRAWN


def begun(kim, there):
    kim.event_session.starts_at = app_clock.now() - timedelta(minutes=1)


def called_off(kim, there):
    there.status = SessionStatus.CALLED_OFF


def closed(kim, there):
    there.registration_closes_at = app_clock.now() - timedelta(minutes=1)


def too_large(kim, there):
    kim.party_size, there.party_limit = 2, 1


def full(kim, there):
    there.waiting_list, there.capacity = False, 0


def registered_there(kim, there):
    RegistrationFactory(event_session=there, email=kim.email)


@pytest.mark.parametrize(
    ("obstacle", "sentence"),
    [
        (ended, "Diese Anmeldung gilt nicht mehr."),
        (begun, "Die Veranstaltung hat schon begonnen."),
        (called_off, "Diese Veranstaltung ist abgesagt. Eine Anmeldung ist nicht möglich."),
        (closed, "Die Anmeldung ist geschlossen seit"),
        (too_large, "Für diese Veranstaltung kann man 1 Person anmelden."),
        (full, "Alle Plätze sind vergeben, und es gibt keine Warteliste."),
        (registered_there, "Für diesen Termin gibt es schon eine Anmeldung"),
    ],
)
def test_what_is_refused_leaves_the_first_registration_as_it_is(here, there, obstacle, sentence):
    kim = seated(here)
    obstacle(kim, there)
    db.session.commit()
    before = registrations()

    with pytest.raises(Exception) as refusal:
        switching.switch(kim, there, would_wait=True)
    db.session.commit()

    assert refusal.value.message.startswith(sentence)
    assert registrations() == before
    assert calendar_entries() == []


def test_the_session_one_has_is_no_other(here):
    kim = seated(here)

    with pytest.raises(switching.RegisteredThere):
        switching.switch(kim, here)


def test_choices_are_where_a_party_can_go_now(here, there):
    kim = seated(here, party_size=2)
    EventSessionFactory(title="zu klein", party_limit=1)
    EventSessionFactory(title="ausgebucht", capacity=1, waiting_list=False)
    EventSessionFactory(title="Entwurf", status=SessionStatus.DRAFT)
    EventSessionFactory(title="abgesagt", status=SessionStatus.CALLED_OFF)
    EventSessionFactory(title="vorbei", starts_at=app_clock.now() - timedelta(days=1))
    EventSessionFactory(title="geschlossen", registration_closes_at=app_clock.now())
    EventSessionFactory(title="Warteliste", capacity=1)
    RegistrationFactory(event_session__title="schon angemeldet", email=kim.email)

    found = switching.choices(kim)

    assert [(one.event_session.title, one.way_in) for one in found] == [
        ("Warteliste", Status.WAITING),
        ("Dort", Status.CONFIRMED),
    ]

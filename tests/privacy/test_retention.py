"""How long what is kept: set once, otherwise for a session, and true of every path."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from chancendialog import clock as app_clock
from chancendialog import house
from chancendialog.extensions import db
from chancendialog.house import Period
from chancendialog.i18n import when
from chancendialog.journal import JournalEntry
from chancendialog.mailing.models import OutgoingMail
from chancendialog.operations import worker
from chancendialog.privacy import overview
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import booking, changes, letters
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Dispatch, Need, Registration, Status
from chancendialog.registration.seats import Erased
from tests.factories import EventSessionFactory, NeedFactory, RegistrationFactory
from tests.web.steps import press

ALMOST = timedelta(minutes=-1)
SOON = timedelta(minutes=1)


@pytest.fixture
def erased_at(app, clock):
    """Whether a registration names nobody any more, once the worker has looked then."""

    def look(registration, moment):
        db.session.commit()
        clock.move_to(moment)
        worker.erase()
        db.session.refresh(registration)
        return registration.erased_at is not None and (registration.name, registration.email) == (
            "",
            None,
        )

    return look


def test_house_says_for_how_many_days(erased_at):
    registration = RegistrationFactory()
    house.set_days(Period.CONTACT, 10, actor="staff:1")
    due = registration.event_session.ends_at + timedelta(days=10)

    assert [erased_at(registration, due + ALMOST), erased_at(registration, due + SOON)] == [
        False,
        True,
    ]


def test_session_says_otherwise(erased_at):
    event_session = EventSessionFactory(contact_days=3)
    registration = RegistrationFactory(event_session=event_session)
    other = RegistrationFactory(
        event_session=EventSessionFactory(
            starts_at=event_session.starts_at, ends_at=event_session.ends_at
        )
    )
    due = event_session.ends_at + timedelta(days=3)

    assert not erased_at(registration, due + ALMOST)
    assert erased_at(registration, due + SOON)
    assert other.name == "Erika Mustermann"


def test_a_longer_period_also_holds_for_what_was_collected_before(erased_at):
    registration = RegistrationFactory()
    clock_ends = registration.event_session.ends_at
    house.set_days(Period.CONTACT, 90, actor="staff:1")

    assert not erased_at(registration, clock_ends + timedelta(days=89))


def test_what_is_called_off_counts_from_then(app, clock, erased_at):
    registration = RegistrationFactory()
    changes.call_off(registration.event_session, actor="staff:1")
    called_off_at = app_clock.now()

    assert not erased_at(registration, called_off_at + timedelta(days=30) + ALMOST)
    assert erased_at(registration, called_off_at + timedelta(days=30) + SOON)


def test_what_takes_place_after_all_counts_from_its_end_again(app, clock, erased_at):
    registration = RegistrationFactory(
        event_session=EventSessionFactory(starts_at=app_clock.now() + timedelta(days=90))
    )
    changes.call_off(registration.event_session, actor="staff:1")
    db.session.commit()
    changes.reinstate(registration.event_session, actor="staff:1")

    assert not erased_at(registration, app_clock.now() + timedelta(days=80))


def test_a_session_that_moves_takes_the_moment_with_it(app, clock, erased_at):
    registration = RegistrationFactory()
    event_session = registration.event_session
    before = event_session.ends_at
    changes.move(
        event_session,
        starts_at=event_session.starts_at + timedelta(days=20),
        ends_at=event_session.ends_at + timedelta(days=20),
        venue=event_session.venue,
        actor="staff:1",
    )

    assert not erased_at(registration, before + timedelta(days=40))
    assert erased_at(registration, before + timedelta(days=50, minutes=1))


@pytest.mark.parametrize("status", SessionStatus)
def test_drafts_and_called_off_sessions_are_no_hiding_places(erased_at, status):
    registration = RegistrationFactory(
        event_session=EventSessionFactory(status=status), status=Status.WITHDRAWN
    )

    assert erased_at(registration, registration.event_session.ends_at + timedelta(days=31))


@pytest.mark.parametrize(
    ("status", "held", "days"),
    [
        (Status.UNVERIFIED, True, 2),  # nobody has noted yet that it ran out
        (Status.EXPIRED, True, 2),
        (Status.UNVERIFIED, False, 3),  # joined the queue, and has a day for the click
    ],
)
def test_what_nobody_confirmed_goes_two_days_after_its_deadline(erased_at, status, held, days):
    now = app_clock.now()
    registration = RegistrationFactory(
        status=status, hold_until=now if held else None, registered_at=now
    )

    assert not erased_at(registration, now + timedelta(days=days) + ALMOST)
    assert erased_at(registration, now + timedelta(days=days) + SOON)
    assert registration.status is Status.EXPIRED


def test_an_offer_that_ran_out_was_confirmed_once_and_stays(erased_at):
    now = app_clock.now()
    registration = RegistrationFactory(status=Status.EXPIRED, hold_until=now, offered_at=now)

    assert not erased_at(registration, now + timedelta(days=10))


def test_the_letter_says_when_an_unconfirmed_sign_up_goes(erased_at):
    event_session = EventSessionFactory(confirmation="by-mail")
    registration = booking.register(event_session, Applicant(name="Kim", email="kim@example.org"))
    letter = letters.please_confirm(registration)

    due = registration.hold_until + timedelta(days=2)
    assert f"löschen wir Ihre Angaben am {when(due)}" in " ".join(letter.text.split())
    assert not erased_at(registration, due + ALMOST)
    assert erased_at(registration, due + SOON)


def test_a_late_click_on_what_was_erased_seats_nobody(erased_at, client):
    now = app_clock.now()
    registration = RegistrationFactory(status=Status.EXPIRED, hold_until=now)
    assert erased_at(registration, now + timedelta(days=3))

    with pytest.raises(Erased):
        booking.confirm(registration)


def needs_left():
    return db.session.scalars(select(Need.registration_id)).all()


def test_needs_go_after_seven_days_and_names_stay(erased_at):
    registration = NeedFactory().registration
    due = registration.event_session.ends_at + timedelta(days=7)

    erased_at(registration, due + ALMOST)
    before = needs_left()
    erased_at(registration, due + SOON)

    assert (before, needs_left()) == ([registration.id], [])
    assert registration.name == "Erika Mustermann"


def test_a_session_keeps_needs_for_as_long_as_it_says(erased_at):
    registration = NeedFactory(registration__event_session__needs_days=0).registration
    other = NeedFactory().registration

    erased_at(registration, registration.event_session.ends_at + SOON)

    assert needs_left() == [other.id]


def test_house_says_for_how_many_days_needs_are_kept(erased_at):
    registration = NeedFactory().registration
    house.set_days(Period.NEEDS, 2, actor="staff:1")
    due = registration.event_session.ends_at + timedelta(days=2)

    erased_at(registration, due + ALMOST)
    before = needs_left()
    erased_at(registration, due + SOON)

    assert (before, needs_left()) == ([registration.id], [])


def test_needs_go_with_the_name_of_a_sign_up_that_nobody_confirmed(erased_at):
    now = app_clock.now()
    registration = NeedFactory(
        registration__status=Status.UNVERIFIED, registration__hold_until=now
    ).registration

    assert erased_at(registration, now + timedelta(days=2) + SOON)
    assert needs_left() == []


def test_needs_that_are_left_over_are_late(app, clock):
    registration = NeedFactory().registration
    clock.move_to(registration.event_session.ends_at + timedelta(days=7, hours=2))

    late = overview.overdue()
    worker.erase()

    assert (late, overview.overdue()) == ((1, 0), (0, 0))


def test_what_staff_set_is_noted_once(app):
    house.set_days(Period.NEEDS, 5, actor="staff:1")
    house.set_days(Period.NEEDS, 5, actor="staff:1")

    assert [(entry.code, entry.facts) for entry in db.session.scalars(select(JournalEntry))] == [
        ("period_set", {"period": "needs_days", "before": 7, "now": 5})
    ]


def test_erasing_a_session_that_was_called_off_takes_its_news_along(erased_at):
    registration = RegistrationFactory()
    changes.call_off(registration.event_session, actor="staff:1")
    db.session.commit()
    worker.write()

    erased_at(registration, app_clock.now() + timedelta(days=31))

    assert db.session.scalars(select(OutgoingMail)).all() == []


def test_overview_says_what_is_kept_and_what_is_late(app, clock):
    registration = RegistrationFactory()
    RegistrationFactory(event_session=registration.event_session, status=Status.UNVERIFIED)
    due = registration.event_session.ends_at + timedelta(days=30)

    clock.move_to(due - timedelta(days=1))
    [kept] = overview.kept()
    worker.erase()
    in_time = overview.overdue()
    clock.move_to(due + timedelta(hours=2))
    [late], overdue = overview.kept(), overview.overdue()
    worker.erase()

    assert (kept.registrations, kept.early, kept.goes_at) == (2, 1, due)
    assert (in_time, late.is_late, overdue) == ((0, 0), True, (1, 0))
    assert (overview.kept(), overview.overdue()) == ([], (0, 0))
    assert [(one.registrations, one.on_request) for one in overview.deleted()] == [(2, 0)]


def test_sign_up_that_nobody_confirmed_and_a_letter_left_over_are_late_too(app, clock):
    jo = RegistrationFactory(status=Status.UNVERIFIED, hold_until=app_clock.now())
    erased = RegistrationFactory(name="", email=None, erased_at=app_clock.now())
    letters.tell(jo, letters.state)
    db.session.flush()
    db.session.execute(update(OutgoingMail).values(thread=erased.thread))
    db.session.commit()

    clock.shift(timedelta(days=2, hours=2))

    assert overview.overdue() == (1, 1)


def test_seats_of_people_who_were_erased_are_free_when_the_session_takes_place_after_all(
    app, clock
):
    event_session = EventSessionFactory(capacity=1, starts_at=app_clock.now() + timedelta(days=90))
    RegistrationFactory(event_session=event_session)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    changes.call_off(event_session, actor="staff:1")
    db.session.commit()
    clock.shift(timedelta(days=31))
    worker.erase()

    changes.reinstate(event_session, actor="staff:1")
    newcomer = booking.register(event_session, Applicant(name="Kim", email="kim@example.org"))

    assert newcomer.status is Status.CONFIRMED
    statuses = db.session.scalars(select(Registration.status).order_by(Registration.id)).all()
    assert statuses == [Status.WITHDRAWN, Status.WITHDRAWN, Status.CONFIRMED]


def test_trial_of_a_letter_to_many_goes_with_its_words(erased_at, signed_in):
    event_session = EventSessionFactory(slug="abend", contact_days=3)
    registration = RegistrationFactory(event_session=event_session)
    browser = signed_in("office")
    draft = browser.fill_in(
        "/verwaltung/termine/abend/e-mails/neu", audience="everybody", subject="Neues", text="Kim!"
    )
    press(browser, browser.read(draft.location), "Probe an mich senden")
    before = [mail.kind for mail in db.session.scalars(select(OutgoingMail))]

    erased_at(registration, event_session.ends_at + timedelta(days=3, minutes=1))

    assert before == ["message"]
    assert db.session.scalars(select(OutgoingMail)).all() == []


def test_looking_for_what_is_due_costs_the_same_for_any_number_of_people(statements):
    event_session = EventSessionFactory()
    RegistrationFactory(event_session=event_session)
    db.session.commit()
    few = statements(worker.erase)
    RegistrationFactory.create_batch(20, event_session=event_session)
    db.session.commit()

    assert statements(worker.erase) == few


def test_what_the_house_says_is_asked_anew_after_each_transaction(app):
    house.set_days(Period.CONTACT, 10, actor="staff:1")
    within = house.days(Period.CONTACT)
    db.session.rollback()

    assert (within, house.days(Period.CONTACT)) == (10, 30)


def test_words_of_staff_that_are_left_over_are_late_too(app, clock):
    event_session = EventSessionFactory()
    db.session.add(
        Dispatch(event_session=event_session, kind="message", actor="staff:1", text="Kim!")
    )
    db.session.commit()
    clock.move_to(event_session.ends_at + timedelta(days=30, hours=2))

    late = overview.overdue()
    worker.erase()

    assert (late, overview.overdue()) == ((0, 1), (0, 0))

"""What people need to take part well: noted, answered, handed on and forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.journal import JournalEntry
from chancendialog.operations import worker
from chancendialog.programme.models import Confirmation, SessionStatus
from chancendialog.registration import (
    booking,
    changes,
    coming_back,
    needs,
    several,
    switching,
)
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Arrangement, Need, NeedState, Registration, Status
from chancendialog.registration.needs import NOTHING, Asked
from chancendialog.registration.several import Wish
from tests.factories import (
    EventSessionFactory,
    HouseFactory,
    NeedFactory,
    RegistrationFactory,
)

LOOP, SEAT = Arrangement.HEARING_LOOP, Arrangement.WHEELCHAIR
DGS, WRITTEN = Arrangement.SIGN_LANGUAGE, Arrangement.SPEECH_TO_TEXT
BOTH = Asked((LOOP, SEAT), "Einen Platz an der Tür")


def kim(**facts):
    return Applicant(name="Kim", email="kim@example.org", needs=BOTH, **facts)


def asked_of(*registrations):
    return [needs.asked_by(one) for one in registrations]


def kinds():
    """The codes of the journal, without the names of threads."""
    return [one.code for one in db.session.scalars(select(JournalEntry).order_by(JournalEntry.id))]


@pytest.fixture
def evening(app, clock):
    return EventSessionFactory(slug="abend")


def test_what_is_asked_for_at_the_sign_up_is_noted_without_its_content(evening):
    registration = booking.register(evening, kim())

    assert [(one.arrangement, one.text, one.state) for one in needs.of(registration)] == [
        (LOOP, None, NeedState.OPEN),
        (SEAT, None, NeedState.OPEN),
        (Arrangement.OTHER, "Einen Platz an der Tür", NeedState.OPEN),
    ]
    assert kinds() == ["registered", "needs_told"]
    facts = [one.facts for one in journal.of_thread(registration.thread)]
    assert facts[1] == {"party_size": 1}


def test_who_needs_nothing_leaves_no_trace_of_being_asked(evening):
    booking.register(evening, Applicant(name="Kim", email="kim@example.org"))

    assert db.session.scalars(select(Need)).all() == []
    assert kinds() == ["registered"]


def test_a_copy_of_the_database_does_not_tell_what_somebody_needs(evening):
    need = NeedFactory(kind="other", text="Platz an der Tür", answer="Ist reserviert")

    stored = db.session.execute(text("SELECT kind, text, answer FROM need")).one()

    assert [one[:6] for one in stored] == ["gAAAAA"] * 3
    assert (need.kind, need.text, need.answer) == ("other", "Platz an der Tür", "Ist reserviert")


def test_who_signs_up_once_more_at_a_known_address_changes_nothing_of_what_is_needed(evening):
    registration = booking.register(evening, kim(receipt="1"))
    stranger = Applicant(
        name="Kim", email="kim@example.org", receipt="2", needs=Asked((DGS,), "Anderes")
    )

    booking.sign_up(evening, stranger)

    assert asked_of(registration) == [BOTH]
    assert len(db.session.scalars(select(Need)).all()) == 3


def test_same_form_sent_twice_is_asked_once(evening):
    for _time in range(2):
        booking.sign_up(evening, kim(receipt="1"))

    assert len(db.session.scalars(select(Need)).all()) == 3


def test_each_of_several_sessions_has_the_need(evening):
    other = EventSessionFactory(series=evening.series)

    several.sign_up(evening, kim(receipt="1"), [Wish(other, kim(receipt="1"))])

    theirs = db.session.scalars(select(Registration).order_by(Registration.event_session_id)).all()
    assert [one.event_session for one in theirs] == [evening, other]
    assert asked_of(*theirs) == [BOTH, BOTH]


def test_what_stays_keeps_its_answer_and_other_words_are_another_need(evening):
    registration = booking.register(evening, kim())
    loop, seat, words = needs.of(registration)
    for one in (loop, seat, words):
        needs.answer(one, NeedState.ARRANGED, "Steht bereit", actor="staff:1")

    needs.say(registration, Asked((LOOP, Arrangement.COMPANION), "Zwei Plätze an der Tür"))

    assert [
        (one.arrangement, one.text, one.state, one.answer) for one in needs.of(registration)
    ] == [
        (LOOP, None, NeedState.ARRANGED, "Steht bereit"),
        (Arrangement.COMPANION, None, NeedState.OPEN, None),
        (Arrangement.OTHER, "Zwei Plätze an der Tür", NeedState.OPEN, None),
    ]
    assert kinds()[-1] == "needs_told"


def test_saying_the_same_again_is_saying_nothing(evening):
    registration = booking.register(evening, kim())
    before = [one.ulid for one in needs.of(registration)]

    needs.say(registration, BOTH)

    assert [one.ulid for one in needs.of(registration)] == before
    assert kinds() == ["registered", "needs_told"]


def test_until_two_weeks_before_interpreters_can_be_asked_for(evening, clock):
    everything = needs.on_offer(evening)
    clock.move_to(evening.starts_at - timedelta(days=14) + timedelta(minutes=1))

    assert everything == needs.TO_TICK
    assert needs.on_offer(evening) == [one for one in needs.TO_TICK if one not in (DGS, WRITTEN)]


def test_a_session_says_otherwise_until_when(evening):
    evening.needs_until = app_clock.now() - timedelta(minutes=1)

    with pytest.raises(needs.TooLateToBook):
        needs.refuse_too_late(evening, Asked((LOOP, DGS)))
    needs.refuse_too_late(evening, Asked((LOOP,)))


def test_what_was_asked_for_in_time_may_stay_and_not_be_added(evening, clock):
    registration = booking.register(
        evening, Applicant(name="Kim", email="kim@example.org", needs=Asked((DGS,)))
    )
    clock.move_to(evening.starts_at - timedelta(days=1))

    needs.say(registration, Asked((DGS, SEAT)))
    with pytest.raises(needs.TooLateToBook):
        needs.say(registration, Asked((DGS, WRITTEN)))

    assert asked_of(registration) == [Asked((DGS, SEAT))]


@pytest.mark.parametrize("why", ["begun", "called off", "withdrawn"])
def test_when_there_is_nothing_to_prepare_nothing_can_be_said(evening, clock, why):
    registration = booking.register(evening, kim())
    if why == "begun":
        clock.move_to(evening.starts_at)
    elif why == "called off":
        changes.call_off(evening, actor="staff:1")
    else:
        booking.withdraw(registration)

    with pytest.raises(needs.TooLateToSay):
        needs.say(registration, NOTHING)


def test_who_gives_up_the_seat_needs_nothing_any_more(evening):
    registration = booking.register(evening, kim())

    booking.withdraw(registration)

    assert asked_of(registration) == [NOTHING]


def test_who_comes_back_says_it_anew(evening):
    registration = booking.register(evening, kim())
    booking.withdraw(registration)

    back = coming_back.come_back(registration)

    assert asked_of(back) == [NOTHING]


def test_who_switches_takes_it_along_and_it_is_open_there(evening):
    registration = booking.register(evening, kim())
    needs.answer(needs.of(registration)[0], NeedState.ARRANGED, "", actor="staff:1")

    there = switching.switch(registration, EventSessionFactory(series=evening.series))

    assert asked_of(registration, there) == [NOTHING, BOTH]
    assert {one.state for one in needs.of(there)} == {NeedState.OPEN}


def test_who_comes_to_another_session_too_needs_it_at_both(evening):
    registration = booking.register(evening, kim())

    too = switching.switch(registration, EventSessionFactory(series=evening.series), stays=True)

    assert asked_of(registration, too) == [BOTH, BOTH]


def test_corrected_address_takes_it_along_with_its_answer(evening):
    mistyped = booking.register(evening, kim(receipt="1"))
    needs.answer(needs.of(mistyped)[0], NeedState.CANNOT, "Die Anlage fehlt", actor="staff:1")

    booking.correct_address(mistyped, "kim2@example.org")

    new = booking.live_registration(evening, "kim2@example.org")
    assert asked_of(mistyped, new) == [NOTHING, BOTH]
    assert [one.answer for one in needs.of(new)] == ["Die Anlage fehlt", None, None]


def test_staff_who_correct_an_address_take_it_along(evening):
    registration = booking.register(evening, kim())

    new = booking.readdress(registration, "kim2@example.org", actor="staff:1")

    assert asked_of(registration, new) == [NOTHING, BOTH]


def test_correcting_to_a_known_address_leaves_what_its_owner_needs(evening):
    owner = booking.register(
        evening, Applicant(name="Erika", email="erika@example.org", needs=Asked((DGS,)))
    )
    mistyped = booking.register(evening, kim(receipt="1"))

    booking.correct_address(mistyped, "erika@example.org")

    assert asked_of(mistyped, owner) == [NOTHING, Asked((DGS,))]


def test_answer_is_told_without_what_it_is_about(evening, letters):
    registration = booking.register(evening, kim())
    db.session.commit()

    told = needs.answer(
        needs.of(registration)[0], NeedState.ARRANGED, "Die Höranlage ist an", actor="staff:1"
    )

    assert told
    assert letters() == [("confirmed", "kim@example.org"), ("needs_answered", "kim@example.org")]
    mail = db.session.execute(
        text("SELECT subject, text, html FROM outgoing_mail WHERE kind = 'needs_answered'")
    ).one()
    assert [word for word in ("Höranlage", "Rollstuhl", "Tür") if word in " ".join(mail)] == []
    assert kinds() == ["registered", "needs_told", "need_answered"]


def test_answers_that_follow_each_other_are_one_letter_until_it_has_left(evening, letters):
    registration = booking.register(evening, kim())
    loop, seat, words = needs.of(registration)
    needs.answer(loop, NeedState.ARRANGED, "", actor="staff:1")
    needs.answer(seat, NeedState.ARRANGED, "", actor="staff:1")
    together = letters()
    db.session.execute(text("UPDATE outgoing_mail SET state = 'sent'"))

    needs.answer(words, NeedState.CANNOT, "Die Tür ist ein Notausgang", actor="staff:1")

    kind = ("needs_answered", "kim@example.org")
    assert (together.count(kind), letters().count(kind)) == (1, 2)


def test_same_answer_again_is_no_news(evening, letters):
    registration = booking.register(evening, kim())
    [loop, *_rest] = needs.of(registration)
    for _time in range(2):
        needs.answer(loop, NeedState.ARRANGED, "Ist da", actor="staff:1")
        db.session.execute(text("UPDATE outgoing_mail SET state = 'sent'"))

    assert letters().count(("needs_answered", "kim@example.org")) == 1
    assert kinds().count("need_answered") == 1


def test_who_has_no_address_must_be_called(evening, letters):
    need = NeedFactory(registration__event_session=evening, registration__email=None)

    assert not needs.answer(need, NeedState.ARRANGED, "Ist da", actor="staff:1")
    assert letters() == []


def test_need_that_went_meanwhile_is_not_answered(evening):
    registration = booking.register(evening, kim())
    [loop, *_rest] = needs.of(registration)
    db.session.execute(text("DELETE FROM need"))  # by the person, just now

    with pytest.raises(needs.NeedGone):
        needs.answer(loop, NeedState.ARRANGED, "Ist da", actor="staff:1")


def test_task_list_is_by_arrangement_with_who_came_first_on_top(evening):
    erika = RegistrationFactory(event_session=evening, name="Erika")
    jo = RegistrationFactory(event_session=evening, name="Jo", status=Status.WAITING)
    gone = RegistrationFactory(event_session=evening, name="Gone", status=Status.EXPIRED)
    elsewhere = RegistrationFactory(name="Elsewhere")
    for one in (jo, erika, gone, elsewhere):
        NeedFactory(registration=one)
    NeedFactory(registration=jo, kind="other", text="Wasser", state=NeedState.ARRANGED)

    assert [
        (task.arrangement, [one.registration.name for one in task.needs], task.open)
        for task in needs.tasks(evening)
    ] == [(LOOP, ["Erika", "Jo"], 2), (Arrangement.OTHER, ["Jo"], 0)]
    assert needs.open_by_session() == {evening.id: 2, elsewhere.event_session_id: 1}


def test_seats_are_kept_for_who_needs_one_kept(evening):
    kept = {
        kind: NeedFactory(registration__event_session=evening, kind=kind).registration_id
        for kind in Arrangement
    }

    NeedFactory(registration__event_session=evening, kind=SEAT, state=NeedState.CANNOT)

    assert needs.seats_kept(evening) == {kept[kind] for kind in needs.KEEP_A_SEAT}


REPORT = ("needs_reported", "buero@example.org")


@pytest.fixture
def office(evening):
    return HouseFactory()


def reports(letters):
    worker.tell_of_needs()
    return letters().count(REPORT)


def test_office_hears_of_a_need_by_a_letter_that_only_leads_there(evening, office, letters):
    booking.register(evening, kim())
    db.session.commit()

    assert reports(letters) == 1
    mail = db.session.execute(
        text("SELECT subject, text, html FROM outgoing_mail WHERE kind = 'needs_reported'")
    ).one()
    assert mail.subject == "Bedarf gemeldet: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr"
    assert "/verwaltung/termine/abend/bedarf" in mail.text
    assert [word for word in ("Kim", "Höranlage", "Rollstuhl", "Tür") if word in str(mail)] == []


def test_office_gets_one_letter_per_session_and_hour_and_misses_nothing(
    evening, office, letters, clock
):
    booking.register(evening, kim())
    db.session.commit()
    first = reports(letters)
    clock.shift(timedelta(minutes=10))
    NeedFactory(registration__event_session=evening)
    soon = reports(letters)
    clock.shift(timedelta(minutes=50))
    after_the_hour = reports(letters)
    clock.shift(timedelta(hours=5))

    assert (first, soon, after_the_hour, reports(letters)) == (1, 1, 2, 2)


@pytest.mark.parametrize(
    "facts",
    [
        {"actor": "staff:1"},  # who wrote it down knows
        {"state": NeedState.ARRANGED},
        {"registration__status": Status.WITHDRAWN},
        {"registration__event_session__status": SessionStatus.CALLED_OFF},
    ],
)
def test_office_is_not_written_to_where_there_is_nothing_new_to_do(office, letters, facts):
    NeedFactory(**facts)

    assert reports(letters) == 0


def test_without_an_office_nobody_is_written_to(evening, letters):
    NeedFactory(registration__event_session=evening)

    assert reports(letters) == 0


def test_reporting_costs_the_same_for_any_number_of_people(evening, office, statements):
    NeedFactory(registration__event_session=evening)
    worker.tell_of_needs()
    few = statements(needs.tell_office)
    NeedFactory.create_batch(10, registration__event_session=evening)

    assert statements(needs.tell_office) == few


def test_sign_up_by_mail_is_noted_before_the_click(evening):
    evening.confirmation = Confirmation.BY_MAIL

    registration = booking.register(evening, kim())

    assert registration.status is Status.UNVERIFIED
    assert asked_of(registration) == [BOTH]

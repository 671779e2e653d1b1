"""Everything that can happen to a session, in any order: no seat is sold twice or left empty.

Hypothesis invents stories: people sign up, say yes, leave; staff change the
room and the switches; time passes and the worker comes or does not. After each
step every row, letter and journal entry is what `model` says, a second telling
of the rules that shares no code with the app, and the rules hold in the
database itself. `SOAK=1` tells many more and longer stories, `SEED=…` other ones.
"""

import copy
import os
from datetime import UTC, timedelta
from functools import cache

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from icalendar import Calendar
from sqlalchemy import delete, select, update

from chancendialog import house
from chancendialog.errors import DomainError
from chancendialog.extensions import Model, db
from chancendialog.journal import JournalEntry
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.operations import worker
from chancendialog.programme.models import Confirmation, EventSession, SessionStatus
from chancendialog.registration import (
    booking,
    changes,
    coming_back,
    explanation,
    seats,
    waiting_list,
)
from chancendialog.registration.booking import AlreadyRegistered, Applicant
from chancendialog.registration.models import LIVE, Registration, Status
from tests.conftest import MONDAY
from tests.factories import EventSessionFactory
from tests.registration import model
from tests.registration.model import HOUR, Refused

pytestmark = pytest.mark.no_cover  # others run the same lines, less often

MINUTE = timedelta(minutes=1)
SOAK = os.environ.get("SOAK") == "1"
SEED = int(os.environ.get("SEED", "0"))
BATCHES = int(os.environ.get("BATCHES", "100")) if SOAK else 1
TEN_STORIES = settings(  # after ten, Hypothesis only varies the last one
    max_examples=10,
    stateful_step_count=30 if SOAK else 12,
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
STAFF = "staff:1"
DEEDS = [
    *("say yes", "say yes", "say no", "leave", "leave"),
    *("resize", "correct", "look", "join and say yes", "join and say yes"),
    *("come back", "come back"),
]

sizes = st.sampled_from([1, 1, 2, 2, 3, 4])
somebody = st.integers(0, 50)  # the how-manieth registration, counted in circles
arrivals = st.tuples(  # somebody new or known, with how many people, and whether they would wait
    st.sampled_from([*[None] * 20, 0, 1, 2, 3, 5]),
    sizes,
    st.sampled_from([True, True, True, False]),
)
deeds = st.tuples(st.sampled_from(DEEDS), somebody, sizes)
capacities = st.integers(0, 7)
distances = st.sampled_from([200, 70, 47, 20, 6, 3.7, 3.4, 2])  # hours until the session starts
office = st.one_of(
    st.none(),
    st.none(),
    st.tuples(
        st.just("enter"),
        st.sampled_from([None, None, None, None, None, 2]),  # somebody new or known
        st.booleans(),  # with an address
        sizes,
        st.booleans(),  # would wait
        st.sampled_from([False, False, False, True]),  # regardless of the rules
    ),
    st.tuples(st.just("resize"), capacities),
    st.tuples(st.just("resize"), capacities),
    st.tuples(st.just("switch"), st.just("offers"), st.booleans()),
    st.tuples(st.just("switch"), st.just("waiting_list"), st.booleans()),
    st.tuples(st.just("switch"), st.just("list_limit"), st.none() | st.integers(0, 6)),
    st.tuples(st.just("switch"), st.just("by_mail"), st.booleans()),
    st.tuples(st.just("switch_everywhere"), st.booleans()),
    st.tuples(st.just("move"), distances),
    st.tuples(st.just("call_off"), st.sampled_from([1, 31, 600, None])),  # for so many minutes
)
time = st.one_of(
    st.none(),
    st.none(),
    st.tuples(st.just("minutes"), st.sampled_from([1, 1, 29, 30, 61, 4 * 60, 9 * 60, 25 * 60])),
    st.tuples(st.just("minutes"), st.sampled_from([1, 1, 29, 30, 61, 4 * 60, 9 * 60, 25 * 60])),
    st.tuples(st.just("deadline"), somebody),
    st.tuples(st.just("deadline"), somebody),
    st.tuples(st.just("hours before"), st.sampled_from([5, 3.6, 3.5, 3.4, 3, 1, 0])),
)
worker_and_post = st.sampled_from([(True, False), (True, True), (False, True), (False, False)])


class Story(RuleBasedStateMachine):
    """One session, what happens to it, and what the model makes of the same."""

    def __init__(self):
        super().__init__()
        empty_tables()
        self.clock = time_machine.travel(MONDAY, tick=False)
        self.time = self.clock.start()
        self.now = MONDAY
        self.settled = True  # seats were given away at this very moment
        self.promised = 0

    def teardown(self):
        self.clock.stop()
        db.session.rollback()

    @initialize(
        hours=distances,
        capacity=st.integers(1, 5),
        by_mail=st.booleans(),
        offers=st.sampled_from([True, True, False]),
        people=st.lists(arrivals, min_size=4, max_size=7),
    )
    def begin(self, hours, capacity, by_mail, offers, people):
        session = EventSessionFactory(
            starts_at=MONDAY + hours * HOUR,
            capacity=capacity,
            offers=offers,
            confirmation=Confirmation.BY_MAIL if by_mail else Confirmation.DIRECT,
        )
        self.id = session.id
        self.model = model.Session(session.starts_at, capacity, offers=offers, by_mail=by_mail)
        for known, size, would_wait in people:
            self.sign_up(self.address(known), size, would_wait=would_wait)

    @rule(
        people=st.lists(arrivals, max_size=3),
        deeds=st.lists(deeds, max_size=3),
        office=office,
        time=time,
        worker_and_post=worker_and_post,
    )
    def a_while(self, people, deeds, office, time, worker_and_post):
        """All in one rule: Hypothesis likes stories in which whole rules never occur.

        What was called off, or has begun, takes place after all, or another time.
        """
        off, begun = self.model.called_off, self.now >= self.model.starts_at
        for known, size, would_wait in people:
            self.sign_up(self.address(known), size, would_wait=would_wait)
        for deed, who, size in deeds:
            self.act(deed, who, size)
        if office and not (off and office[0] == "call_off"):
            getattr(self, office[0])(*office[1:])
        if time:
            self.time_passes(*time)
        if off:
            self.reinstate()
        if begun:
            self.move(47)
        worker, post = worker_and_post
        if worker:
            self.the_worker_comes()
        if post:
            self.letters_leave()

    # residents

    def sign_up(self, email, size, *, would_wait):
        applicant = Applicant(
            name="Kim",
            email=email,
            party_size=size,
            would_wait=would_wait,
            receipt=f"form {len(self.model.parties)}",
        )
        self.both(
            lambda: booking.sign_up(self.session(), applicant),
            lambda m: m.sign_up(email, size, self.now, would_wait=would_wait),
        )

    def act(self, deed, who, size):
        """Mostly who must decide, or has something to lose."""
        parties = self.model.parties
        undecided = [one for one in parties if one.status in {"unverified", "offered"}]
        likely = [one for one in parties if one.status != "withdrawn" or not who % 7]
        if self.model.call:
            undecided += self.model.queue()[:1] + self.model.queue()[-1:] * 3
        likely = (deed.startswith("say") and undecided) or likely
        likely = (
            deed == "leave" and [one for one in parties if one.status == "confirmed"]
        ) or likely
        likely = (
            deed == "come back" and [one for one in parties if one.status == "withdrawn"]
        ) or likely
        if not likely:
            return
        party = likely[who % len(likely)]
        if deed == "join and say yes":
            self.sign_up(self.address(), size, would_wait=True)
            self.confirm(-1)
        elif deed == "look":
            self.look(party)
        elif deed == "say yes":
            self.confirm(party.number)
        elif deed == "resize":
            self.resize_party(party.number, size)
        elif deed == "come back":
            self.come_back(party.number, would_wait=who % 3)
        elif deed == "correct" and party.form is not None:
            self.correct_address(party.number, self.address(None if who % 3 else who))
        else:
            self.withdraw(party.number)

    def confirm(self, number):
        self.both(
            lambda: booking.confirm(self.registration(number)),
            lambda m: m.confirm(m.parties[number], self.now),
        )

    def withdraw(self, number):
        was_live = self.model.parties[number].is_live(self.now)
        self.both(
            lambda: booking.withdraw(self.registration(number)),
            lambda m: m.withdraw(m.parties[number], self.now),
            gives_away=was_live,
        )

    def come_back(self, number, *, would_wait):
        """Whoever has left may, and whoever has not is refused."""
        self.both(
            lambda: coming_back.come_back(self.registration(number), would_wait=would_wait),
            lambda m: m.come_back(m.parties[number], self.now, would_wait=would_wait),
        )

    def resize_party(self, number, size):
        self.both(
            lambda: booking.resize_party(self.registration(number), size),
            lambda m: m.resize_party(m.parties[number], size, self.now),
        )

    def correct_address(self, number, email):
        if self.model.parties[number].email == email:
            return
        self.both(
            lambda: booking.correct_address(self.registration(number), email),
            lambda m: m.correct_address(m.parties[number], email, self.now),
        )

    def look(self, party):
        """Looking changes nothing, and a button is shown to those who may take the seat."""
        before = everything()
        shown = explanation.explain(self.registration(party.number))
        explanation.history(self.registration(party.number))
        if self.settled and self.model.takes_place(self.now):
            yes = self.model.may_take_a_seat(party, self.now)
            if party.status == "waiting":
                assert bool(shown.yes) is yes
            elif party.status == "expired":
                assert ("doch dabei" in shown.change) is yes
        assert everything() == before

    # the office

    def enter(self, known, has_address, size, would_wait, regardless):
        email = self.address(known) if has_address else None
        applicant = Applicant(name="Kim", email=email, party_size=size, would_wait=would_wait)
        if regardless:
            self.promised += size
        self.both(
            lambda: booking.enter(self.session(), applicant, actor=STAFF, regardless=regardless),
            lambda m: m.enter(email, size, self.now, would_wait=would_wait, regardless=regardless),
        )

    def resize(self, capacity):
        self.both(
            lambda: changes.resize(self.session(), capacity, actor=STAFF),
            lambda m: m.resize(capacity, self.now),
        )

    def switch(self, name, value):
        column = {"by_mail": "confirmation", "list_limit": "waiting_list_limit"}.get(name, name)
        by_mail = Confirmation.BY_MAIL if value else Confirmation.DIRECT
        facts = {column: by_mail if name == "by_mail" else value}
        self.both(
            lambda: changes.set_switches(self.session(), actor=STAFF, **facts),
            lambda m: m.switch(name, value, self.now),
        )

    def switch_everywhere(self, on):
        self.both(
            lambda: house.turn(house.Switch.CONFIRM_BY_MAIL, on=on, actor=STAFF),
            lambda m: setattr(m, "by_mail_everywhere", on),
            gives_away=False,
        )

    def move(self, hours):
        session, starts_at = self.session(), self.now + hours * HOUR
        ends_at = starts_at + 2 * HOUR
        self.both(
            lambda: changes.move(
                session, starts_at=starts_at, ends_at=ends_at, venue=session.venue, actor=STAFF
            ),
            lambda m: m.move(starts_at, self.now),
        )

    def call_off(self, minutes):
        """For some minutes only, or longer."""
        self.both(
            lambda: changes.call_off(self.session(), actor=STAFF),
            lambda m: m.call_off(self.now),
        )
        if minutes:
            self.time_passes("minutes", minutes)
            self.reinstate()

    def reinstate(self):
        """What was held when it was called off is held again."""
        if not self.model.called_off:
            return
        self.promised += sum(p.size for p in self.model.parties if p.is_overdue(self.now))
        self.both(
            lambda: changes.reinstate(self.session(), actor=STAFF),
            lambda m: m.reinstate(self.now),
        )

    # time, the worker and the post

    def time_passes(self, how, much):
        """To a round number, a deadline, or the start; but not past the start by chance."""
        starts_at = self.model.starts_at
        if how == "hours before":
            moment = starts_at - much * HOUR
        elif how == "deadline":
            ahead = [one for one in self.deadlines() if one and one > self.now]
            moment = ahead[much % len(ahead)] if ahead else self.now
        else:
            moment = min(self.now + much * MINUTE, starts_at - 10 * MINUTE)
        if moment > self.now:
            self.now, self.settled = moment, False
            self.time.move_to(moment)
            self.the_rules_hold()

    def deadlines(self):
        """Of the holds, the reminders, the call, and when nothing is held any more."""
        call, starts_at = self.model.call, self.model.starts_at
        own = [moment for one in self.model.parties for moment in (one.hold, one.remind)]
        calls = [call + 29 * MINUTE, call + 30 * MINUTE] if call else []
        return [*own, *calls, starts_at - 3.5 * HOUR, starts_at - 3 * HOUR]

    def the_worker_comes(self):
        """Giving seats away once more changes nothing."""
        self.both(self.give_away, lambda m: m.pass_on(self.now))
        before = everything()
        self.give_away()
        assert everything() == before
        self.both(worker_round, lambda m: m.worker_round(self.now))

    def give_away(self):
        seats.take_turn(self.session())
        waiting_list.give_away(self.session())
        db.session.commit()

    def letters_leave(self):
        db.session.execute(
            update(OutgoingMail)
            .where(OutgoingMail.state == MailState.QUEUED)
            .values(state=MailState.SENT, attempts=1)
        )
        db.session.commit()
        self.model.letters_leave()
        self.calendars_are_told_the_truth(rows())

    # what must be true after each step

    def the_rules_hold(self):
        db.session.expire_all()
        found = rows()
        self.no_seat_is_promised_twice(found)
        self.no_seat_is_left_empty(found)
        self.an_address_is_live_once(found)
        self.all_is_as_the_model_says(found)

    def no_seat_is_promised_twice(self, found):
        """No more people than seats, but for those whom staff seated regardless."""
        promised = sum(row.party_size for row in found if has_seats(row, self.now))
        assert promised <= max(self.session().capacity, self.promised)
        self.promised = promised

    def no_seat_is_left_empty(self, found):
        """Where seats were just given away, nobody who waits could have one of the free ones."""
        session = self.session()
        is_ahead = session.status is SessionStatus.PUBLISHED and self.now < session.starts_at
        if not self.settled or not is_ahead:
            return
        waiting = [row for row in found if row.status is Status.WAITING]
        left_out = [row for row in waiting if row.party_size <= session.capacity - self.promised]
        if session.starts_at - self.now >= 3.5 * HOUR:
            assert left_out == []
        else:
            assert left_out == [] or session.last_call_at is not None

    def an_address_is_live_once(self, found):
        live = [row.email for row in found if row.email and row.status in LIVE]
        assert len(live) == len(set(live))

    def calendars_are_told_the_truth(self, found):
        """A revision never falls, and what was cancelled is never asked for again (RFC 5546).

        Who has a seat and has read all about it has exactly this evening in their calendar.
        """
        entries = calendar_entries(found)
        for number, told in entries.items():
            standing, cancelled, revisions = {}, set(), {}
            for method, uid, revision, starts_at in told:
                assert revision >= revisions.get(uid, 0)
                assert method == "CANCEL" or uid not in cancelled
                revisions[uid] = revision
                if method == "CANCEL":
                    cancelled.add(uid)
                    standing.pop(uid, None)
                else:
                    standing[uid] = starts_at
            party = self.model.parties[number]
            assert len(standing) <= 1
            if party.is_invited:
                assert list(standing.values()) == [party.left.told["starts_at"]]

    def all_is_as_the_model_says(self, found):
        parties = self.model.parties
        assert [as_row(row) for row in found] == [as_party(one) for one in parties]
        assert letters(found) == {
            one.number: [(letter.kind, letter.state) for letter in one.letters]
            for one in parties
            if one.letters
        }
        assert journal(found) == {one.number: one.journal for one in parties}
        numbers = seats.numbers_of(self.session())
        assert (numbers.taken, numbers.free, numbers.waiting, numbers.parties_waiting) == (
            self.model.promised(self.now),
            self.model.free(self.now),
            self.model.people_waiting(),
            len(self.model.queue()),
        )

    # how

    def both(self, in_the_app, in_the_model, *, gives_away=True):
        """Do it in both; a refusal has the same name in both, and leaves no trace in either."""
        before = copy.deepcopy(self.model)
        refusal = refused = None
        try:
            in_the_model(self.model)
        except Refused as trouble:
            refusal, self.model = str(trouble), before
        try:
            in_the_app()
            db.session.commit()
        except (DomainError, AlreadyRegistered) as trouble:
            db.session.rollback()
            is_to_grow = isinstance(trouble, booking.CannotGrow)
            refused = "CannotGrow" if is_to_grow else type(trouble).__name__
        assert refused == refusal
        self.settled = self.settled or (gives_away and not refusal)
        self.the_rules_hold()

    def address(self, known=None):
        """Of somebody who was here before, or a new one."""
        emails = [one.email for one in self.model.parties if one.email]
        if known is None or not emails:
            return f"kim{len(self.model.parties)}@example.org"
        return emails[known % len(emails)]

    def session(self):
        return db.session.get(EventSession, self.id)

    def registration(self, number):
        return rows()[number]


def test_no_seat_is_sold_twice_or_left_empty(app):
    for number in range(SEED, SEED + BATCHES):
        run_state_machine_as_test(seed(number)(Story), settings=TEN_STORIES)


def worker_round():
    worker.give_away_in(waiting_list.sessions_to_heal())
    worker.give_away_in(waiting_list.sessions_with_expired_holds())
    worker.call_the_waiting()
    worker.remind()
    worker.write()


def rows():
    return db.session.scalars(select(Registration).order_by(Registration.id)).all()


def as_row(row):
    must_click = row.status is Status.UNVERIFIED
    stands = (row.email, row.party_size, row.status.value, row.registered_at)
    return (*stands, row.hold_until, must_click and row.remind_at, row.called_at)


def as_party(one):
    must_click = one.status == "unverified"
    stands = (one.email, one.size, one.status, one.since)
    return (*stands, one.hold, must_click and one.remind, one.called)


def has_seats(row, now):
    held = row.status in {Status.UNVERIFIED, Status.OFFERED} and row.hold_until
    return row.status is Status.CONFIRMED or (held and row.hold_until > now)


def letters(found):
    """Kind and state of each letter, by the number of the registration."""
    return by_number(
        found,
        (
            (thread, (kind, state.value))
            for thread, kind, state in db.session.execute(
                select(OutgoingMail.thread, OutgoingMail.kind, OutgoingMail.state).order_by(
                    OutgoingMail.id
                )
            )
        ),
    )


def calendar_entries(found):
    """What left and speaks to calendars: METHOD, UID, SEQUENCE and start of each, by number."""
    rows = db.session.execute(
        select(OutgoingMail.thread, OutgoingMail.calendar)
        .where(OutgoingMail.state == MailState.SENT, OutgoingMail.calendar.is_not(None))
        .order_by(OutgoingMail.thread, OutgoingMail.rank)
    )
    return by_number(found, ((thread, read_entry(content)) for thread, content in rows))


@cache
def read_entry(content):
    calendar = Calendar.from_ical(content)
    (entry,) = calendar.walk("VEVENT")
    starts_at = entry["DTSTART"].dt.astimezone(UTC)
    return str(calendar["METHOD"]), str(entry["UID"]), int(entry["SEQUENCE"]), starts_at


def journal(found):
    """The codes of the journal, by the number of the registration."""
    return by_number(
        found,
        db.session.execute(
            select(JournalEntry.thread, JournalEntry.code).order_by(JournalEntry.id)
        ),
    )


def by_number(found, things):
    numbers = {row.thread: number for number, row in enumerate(found)}
    by_number = {}
    for thread, thing in things:
        if thread in numbers:
            by_number.setdefault(numbers[thread], []).append(thing)
    return by_number


def everything():
    """All that seats, letters and the journal consist of, but for the turn itself."""
    db.session.expire_all()
    columns = [*Registration.__table__.c, *OutgoingMail.__table__.c, *JournalEntry.__table__.c]
    tables = {column.table for column in columns}
    found = {t.name: db.session.execute(select(t).order_by(t.c.id)).all() for t in tables}
    sessions = select(EventSession.id, EventSession.last_call_at, EventSession.capacity)
    return found | {"sessions": db.session.execute(sessions).all()}


def empty_tables():
    db.session.rollback()
    for table in reversed(Model.metadata.sorted_tables):
        db.session.execute(delete(table))
    db.session.commit()

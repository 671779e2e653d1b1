"""The rules of seats, told a second time: plain Python, no database, one session.

Nothing here asks the app what to do, so that the state machine can hold the
two beside each other. It is told what the time is and keeps, for every party,
what the app keeps: status, deadlines, letters and what the journal says.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
HALF_AN_HOUR = timedelta(minutes=30)
HANNOVER = ZoneInfo("Europe/Berlin")
LIVE = {"unverified", "confirmed", "waiting", "offered"}
HELD = {"unverified", "offered"}
INVITES = {"confirmed": "REQUEST", "promoted": "REQUEST"}


class Refused(Exception):
    """The name of the refusal that the app must answer with."""


@dataclass
class Letter:
    kind: str
    at: datetime
    told: dict
    calendar: str | None = None
    state: str = "queued"


@dataclass
class Party:
    number: int
    email: str | None
    size: int
    since: datetime
    form: int | str | None = None  # the number of the form that made it; None: staff did
    status: str = "waiting"
    hold: datetime | None = None
    remind: datetime | None = None
    called: datetime | None = None
    letters: list[Letter] = field(default_factory=list)
    journal: list[str] = field(default_factory=list)

    def is_live(self, now):
        return self.status in LIVE and not self.is_overdue(now)

    def is_overdue(self, now):
        return self.status in HELD and self.hold is not None and self.hold <= now

    def has_seats(self, now):
        held = self.status in HELD and self.hold is not None and self.hold > now
        return self.status == "confirmed" or held

    @property
    def left(self):
        """The last letter that left and told how they stand."""
        left = (one for one in reversed(self.letters) if one.state == "sent" and one.told)
        return next(left, None)

    @property
    def is_invited(self):
        """Whether the evening stands in their calendar."""
        left = [one.calendar for one in self.letters if one.state == "sent" and one.calendar]
        return left[-1:] == ["REQUEST"]

    def supersede(self):
        for one in self.letters:
            if one.state == "queued":
                one.state = "superseded"


@dataclass
class Session:
    """One session, its switches and its parties in the order they signed up."""

    starts_at: datetime
    capacity: int
    party_limit: int = 4
    offers: bool = True
    by_mail: bool = False
    by_mail_everywhere: bool = False
    waiting_list: bool = True
    list_limit: int | None = None
    called_off: bool = False
    call: datetime | None = None
    parties: list[Party] = field(default_factory=list)
    to_write_to: list[Party] = field(default_factory=list)  # as soon as the worker comes

    # what stands

    def takes_place(self, now):
        return not self.called_off and now < self.starts_at

    def must_click(self, now):
        by_mail = self.by_mail or self.by_mail_everywhere
        return by_mail and deadline(now, self.starts_at) is not None

    def promised(self, now):
        return sum(one.size for one in self.parties if one.has_seats(now))

    def free(self, now):
        return max(0, self.capacity - self.promised(now))

    def queue(self):
        waiting = [one for one in self.parties if one.status == "waiting"]
        return sorted(waiting, key=lambda one: (one.since, one.number))

    def people_waiting(self):
        return sum(one.size for one in self.queue())

    def call_is_over(self, now):
        return self.call is not None and now >= self.call + HALF_AN_HOUR

    def of_address(self, email, now):
        of_this = [one for one in self.parties if one.email == email and one.status in LIVE]
        return of_this[0] if email and of_this else None

    def may_take_a_seat(self, party, now):
        """After everybody before them was asked; in a last call only who was there in time."""
        in_time = self.call is None or party.since <= self.call or self.call_is_over(now)
        return party.size <= self.free(now) and in_time

    # what happens

    def pass_on(self, now):
        """Holds run out; free seats go on, the oldest first, parties whole."""
        if not self.takes_place(now):
            return
        for one in self.parties:
            if one.is_overdue(now):
                self._run_out(one, now)
        until = deadline(now, self.starts_at)
        if until is None:
            wanted = any(one.size <= self.free(now) for one in self.queue())
            self.call = (self.call or now) if wanted else None
            return
        self.call = None
        for one in self.queue():
            if one.size <= self.free(now):
                self._ask(one, until, now)

    def call_everybody(self, now):
        """Shortly before the start: each who may take a free seat hears of it once per call."""
        self.pass_on(now)
        if self.call is None or not self.takes_place(now):
            return
        for one in self.queue():
            heard = one.called is not None and one.called >= self.call
            if not heard and self.may_take_a_seat(one, now):
                one.called = now
                one.journal.append("last_call")
                self._tell(one, "last_call", now)

    def remind(self, now):
        """Once, four hours after a sign-up that nobody has confirmed."""
        for one in self.parties:
            due = one.status == "unverified" and one.remind is not None and one.remind <= now
            if not due or not self.takes_place(now):
                continue
            one.remind = None
            if one.is_live(now):
                one.journal.append("reminded_to_confirm")
                self._tell(one, "confirm_reminder", now)

    def worker_round(self, now):
        self.call_everybody(now)
        self.remind(now)
        self.write(now)

    def sign_up(self, email, size, now, *, would_wait):
        self.pass_on(now)
        self._refuse_unless(self.takes_place(now), "RegistrationClosed")
        self._refuse_unless(size <= self.party_limit, "PartyTooLarge")
        status = self._seat_or_queue(size, now, would_wait=would_wait)
        if existing := self.of_address(email, now):
            self._write_again(existing, now)
            return
        form, hold = len(self.parties), None
        if self.must_click(now):
            hold = deadline(now, self.starts_at) if status == "confirmed" else None
            status = "unverified"
        self._tell_first(self._add(email, size, status, now, hold=hold, form=form), now)

    def enter(self, email, size, now, *, would_wait, regardless):
        """Staff do it."""
        self.pass_on(now)
        self._refuse_unless(self.takes_place(now), "RegistrationClosed")
        self._refuse_unless(size <= self.party_limit, "PartyTooLarge")
        self._refuse_unless(self.of_address(email, now) is None, "AlreadyRegistered")
        if regardless:
            status = "confirmed"
        else:
            status = self._seat_or_queue(size, now, would_wait=would_wait)
        past_the_rules = regardless and not self._would_be_seated(size, now)
        code = "registered_regardless" if past_the_rules else "registered"
        self._tell_first(self._add(email, size, status, now), now, code)

    def confirm(self, party, now):
        """The button: confirm a sign-up, accept an offer, come too late, be first in a call."""
        self.pass_on(now)
        was = party.status
        if was == "confirmed":
            return
        self._refuse_unless(self.takes_place(now), "RegistrationClosed")
        self._refuse_unless(was != "withdrawn", "RegistrationClosed")
        anew = was == "expired" and self.of_address(party.email, now)
        self._refuse_unless(not anew, "RegisteredAnew")
        holds = was in HELD and party.hold is not None
        if holds or self.may_take_a_seat(party, now):
            party.status = "confirmed"
        else:
            self._refuse_unless(was != "waiting", "SeatGone")
            self._refuse_unless(was != "expired" or self.waiting_list, "SessionFull")
            party.status = "waiting"
        codes = {"unverified": "confirmed", "expired": "asked_too_late"}
        party.journal.append(codes.get(was, "offer_accepted"))
        party.hold = party.remind = None
        self._tell(party, party.status, now)
        self.pass_on(now)

    def withdraw(self, party, now):
        if not party.is_live(now):
            return
        self._refuse_unless(now < self.starts_at, "RegistrationClosed")
        party.journal.append("offer_passed_on" if party.status == "offered" else "withdrawn")
        party.status = "withdrawn"
        self._tell(party, "withdrawn", now)
        self.pass_on(now)

    def come_back(self, party, now, *, would_wait):
        """A new one for who gave up themselves, as for a newcomer but with no need to click."""
        self.pass_on(now)
        themselves = {"withdrawn", "offer_passed_on"} & {*party.journal}
        self._refuse_unless(party.status == "withdrawn" and themselves, "RegistrationClosed")
        form = f"back {party.number}"
        if newer := self.of_address(party.email, now):
            self._refuse_unless(newer.form == form, "RegisteredAnew")
            return
        self._refuse_unless(self.takes_place(now), "RegistrationClosed")
        self._refuse_unless(party.size <= self.party_limit, "PartyTooLarge")
        status = self._seat_or_queue(party.size, now, would_wait=would_wait)
        self._tell_first(self._add(party.email, party.size, status, now, form=form), now)
        party.journal.append("came_back")

    def resize_party(self, party, size, now):
        self.pass_on(now)
        self._refuse_unless(party.is_live(now) and self.takes_place(now), "RegistrationClosed")
        if size == party.size:
            return
        if size > party.size:
            self._refuse_unless(size <= self.party_limit, "PartyTooLarge")
            room = size - party.size <= self.free(now) and not self.queue()
            self._refuse_unless(room and party.status == "confirmed", "CannotGrow")
        party.size = size
        party.journal.append("party_resized")
        self._tell_change(party, now)
        self.pass_on(now)

    def correct_address(self, party, email, now):
        """The mistyped one ends; a new one stands where it stood. Three times per form."""
        self.pass_on(now)
        self._refuse_unless(self.takes_place(now), "RegistrationClosed")
        self._refuse_unless(party.is_live(now), "RegistrationClosed")
        existing = self.of_address(email, now)
        hold, status = party.hold, party.status
        if status in {"confirmed", "waiting"} and self.must_click(now):  # the new address, too
            hold = deadline(now, self.starts_at) if status == "confirmed" else None
            status = "unverified"
        of_this_form = [one for one in self.parties if one.form == party.form]
        self._refuse_unless(len(of_this_form) <= 3, "TooManyCorrections")
        party.status = "withdrawn"
        party.journal.append("address_corrected")
        if party.left:
            self._tell(party, "address_corrected", now)
        else:
            party.supersede()
        if existing:
            self._write_again(existing, now)
            self.pass_on(now)
        else:
            new = self._add(email, party.size, status, now, hold=hold, form=party.form)
            new.since = party.since
            self.to_write_to = [new if one is party else one for one in self.to_write_to]
            self._tell_first(new, now)

    def resize(self, capacity, now):
        self.capacity = capacity
        self.pass_on(now)

    def switch(self, name, value, now):
        setattr(self, name, value)
        self.pass_on(now)

    def move(self, starts_at, now):
        """Holds never end later than they may; where none is possible any more, they end now."""
        self.starts_at = starts_at
        if not self.takes_place(now):
            return
        self._write_to_all()
        for one in self.parties:
            if one.is_live(now):
                self._hold_until(one, deadline(now, starts_at) and starts_at - 3 * HOUR)
        self.pass_on(now)

    def call_off(self, now):
        self.called_off, self.call = True, None
        if now < self.starts_at:
            self._write_to_all()

    def reinstate(self, now):
        """Who must click has their time anew."""
        self.called_off = False
        if now >= self.starts_at:
            return
        self._write_to_all()
        for one in self.parties:
            if one.status in LIVE:
                self._hold_anew(one, deadline(now, self.starts_at))
        self.pass_on(now)

    def write(self, now):
        """The worker writes to all whom news concerns and whose last letter does not say it."""
        for party in self.to_write_to:
            concerned = party.status in LIVE if self.called_off else party.is_live(now)
            told = [one.told for one in party.letters if one.state != "superseded" and one.told]
            if not concerned or told[-1:] == [self._facts(party)]:
                continue
            if self.called_off:
                self._tell(party, "called_off", now)
            else:
                self._tell_change(party, now)
        self.to_write_to = []

    def letters_leave(self):
        for party in self.parties:
            for one in party.letters:
                if one.state == "queued":
                    one.state = "sent"

    # how

    def _seat_or_queue(self, size, now, *, would_wait):
        """Newcomers wait while anyone waits, unless nobody else could use the seats."""
        if self._would_be_seated(size, now):
            return "confirmed"
        self._refuse_unless(would_wait and self.waiting_list, "SessionFull")
        if size <= self.free(now) and self.call is None:
            return "confirmed"
        limit = self.list_limit
        has_room = limit is None or self.people_waiting() + size <= limit
        self._refuse_unless(has_room, "SessionFull")
        return "waiting"

    def _would_be_seated(self, size, now):
        return size <= self.free(now) and (not self.queue() or self.call_is_over(now))

    def _add(self, email, size, status, now, *, hold=None, form=None):
        party = Party(len(self.parties), email, size, now, form=form, status=status, hold=hold)
        if status == "unverified" and (hold is None or now + 4 * HOUR < hold):
            party.remind = now + 4 * HOUR
        self.parties.append(party)
        return party

    def _tell_first(self, party, now, code="registered"):
        party.journal.append(code)
        self._tell(party, letter_of_state(party), now)

    def _ask(self, party, until, now):
        """Who cannot be written to cannot answer, and is seated."""
        if self.offers and party.email:
            party.status, party.hold = "offered", until
            party.journal.append("offered")
            self._tell(party, "offer", now)
        else:
            party.status = "confirmed"
            party.journal.append("seated_from_waiting_list")
            self._tell(party, "promoted", now)

    def _hold_until(self, party, latest):
        if party.status in HELD and party.hold:
            self._hold_anew(party, latest and min(party.hold, latest))

    def _hold_anew(self, party, until):
        """Without time to decide a sign-up counts unclicked, and an offer is taken back."""
        if party.status not in HELD or party.hold in {None, until}:
            return
        party.hold = until
        if until:
            party.journal.append("hold_changed")
        elif party.status == "unverified":
            party.status = "confirmed"
            party.journal.append("confirmed_without_click")
        else:
            party.status = "waiting"
            party.journal.append("offer_taken_back")

    def _run_out(self, party, now):
        was, party.status = party.status, "expired"
        party.journal.append("offer_expired" if was == "offered" else "sign_up_expired")
        if was == "offered":
            self._tell(party, "offer_expired", now)

    def _write_again(self, party, now):
        """The link up to three times an hour, word of the registration once."""
        unverified = party.status == "unverified"
        kind, at_most = ("please_confirm", 3) if unverified else ("already_registered", 1)
        lately = [one for one in party.letters if one.kind == kind and one.at > now - HOUR]
        if len(lately) >= at_most:
            return
        party.journal.append("confirmation_sent_again" if unverified else "signed_up_again")
        if unverified:
            self._tell(party, kind, now)
        else:
            party.letters.append(Letter(kind, now, {}))

    def _write_to_all(self):
        """To who is live at this moment, and can be written to."""
        live = [one for one in self.parties if one.status in LIVE and one.email]
        self.to_write_to += live

    def _tell(self, party, kind, now):
        """A letter that tells the whole state, in place of those not yet gone."""
        if party.email is None:
            return
        party.supersede()
        calendar = INVITES.get(kind)
        if kind in {"withdrawn", "called_off", "address_corrected"} and party.is_invited:
            calendar = "CANCEL"
        if kind == "moved" and party.status == "confirmed":
            calendar = "REQUEST"
        party.letters.append(Letter(kind, now, self._facts(party), calendar))

    def _tell_change(self, party, now):
        """Measured by what they were told: the change, the whole state, or nothing."""
        if party.email is None:
            return
        party.supersede()
        told, left = self._facts(party), party.left
        seated = party.status == "confirmed"
        if (
            not left
            or seated != party.is_invited
            or left.told["status"] != party.status
            or left.told["called_off"]
        ):
            self._tell(party, letter_of_state(party), now)
        elif left.told == told:
            return
        elif party.status in HELD:
            self._tell(party, letter_of_state(party), now)
        elif left.told["starts_at"] != self.starts_at:
            self._tell(party, "moved", now)
        else:
            self._tell(party, "party_resized", now)

    def _facts(self, party):
        return {
            "starts_at": self.starts_at,
            "status": party.status,
            "size": party.size,
            "hold": party.hold if party.status in HELD else None,
            "called_off": self.called_off,
        }

    @staticmethod
    def _refuse_unless(condition, name):
        if not condition:
            raise Refused(name)


def letter_of_state(party):
    """What tells somebody how they stand, as if it were the first they hear of it."""
    return {"unverified": "please_confirm", "offered": "offer"}.get(party.status, party.status)


def deadline(now, starts_at):
    """Until when a seat is held: see DESIGN §4, "Holds and offers"."""
    if now > starts_at - 3 * HOUR - HALF_AN_HOUR:
        return None
    left = starts_at - now
    end = (now + min(24 * HOUR, left / 2)).astimezone(HANNOVER)
    if end.time() >= time(21):
        end = datetime.combine(end.date() + timedelta(days=1), time(8), HANNOVER)
    elif end.time() < time(8):
        end = datetime.combine(end.date(), time(8), HANNOVER)
    end = min(end, starts_at - 3 * HOUR)
    return end.replace(second=0, microsecond=0)

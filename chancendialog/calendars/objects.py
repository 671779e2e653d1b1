"""What every calendar object of ours is made of.

The same facts give the same bytes, always: nothing here asks for the time or
for chance. icalendar writes the lines; what it leaves to us is said at each
place. RFC 5545 throughout.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from icalendar import Calendar, Event, vCalAddress, vUri

from chancendialog.clock import BERLIN
from chancendialog.programme.facts import SessionFacts

SESSIONS_KEPT = 2000  # about 1 kB each
BEGIN, END = b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"
PRODID = "-//Region Hannover//Chancendialog Transformation//DE"

# icalendar's add_missing_timezones() writes lists of RDATEs, of which Outlook
# reads none and ical.js (Thunderbird) only the first. Rules are read by all.
BERLIN_RULES = b"""\
BEGIN:VTIMEZONE\r
TZID:Europe/Berlin\r
X-LIC-LOCATION:Europe/Berlin\r
BEGIN:DAYLIGHT\r
TZNAME:CEST\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
DTSTART:19700329T020000\r
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r
END:DAYLIGHT\r
BEGIN:STANDARD\r
TZNAME:CET\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
DTSTART:19701025T030000\r
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r
END:STANDARD\r
END:VTIMEZONE\r
"""

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")


def new_calendar(method: str | None = None) -> Calendar:
    """An empty VCALENDAR; without a METHOD there is nothing to answer."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODID)
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    return calendar


def event(
    facts: SessionFacts,
    *,
    uid: str,
    sequence: int,
    stamp: datetime,
    modified: datetime,
    url: str,
    status: str = "CONFIRMED",
    prefix: str = "",
    **own: object,
) -> bytes:
    """One VEVENT of a session: what, when, where – and whatever else is its `own`.

    `stamp` is when the message was made, or equals `modified` where there is
    no METHOD (3.8.7.2). What does not take place blocks nobody's time.
    """
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", _utc(stamp))
    event.add("last-modified", _utc(modified))
    for name, value in own.items():
        event.add(name.replace("_", "-"), value)
    raw: bytes = event.to_ical()
    return raw.removesuffix(END) + _session_lines(facts, url, status, prefix)


@lru_cache(SESSIONS_KEPT)
def _session_lines(facts: SessionFacts, url: str, status: str, prefix: str) -> bytes:
    """The rest of a VEVENT: what is the same for everybody who comes."""
    free = status != "CONFIRMED"
    event = Event()
    event.add("created", _utc(facts.created_at))
    event.add("dtstart", _local(facts.starts_at))
    event.add("dtend", _local(facts.presumed_end))
    event.add("summary", prefix + title_of(facts))
    event.add("status", status)
    if words := [text for text in (facts.description, facts.entrance.words) if text]:
        event.add("description", clean("\n\n".join([*words, url])))
    event.add("location", clean(f"{facts.venue}, {facts.address}"))
    event.add("url", vUri(url))
    if facts.topics:
        event.add("categories", [clean(topic) for topic in facts.topics])
    event.add("transp", "TRANSPARENT" if free else "OPAQUE")
    event.add("x-microsoft-cdo-busystatus", "FREE" if free else "BUSY")
    raw: bytes = event.to_ical()
    return raw.removeprefix(BEGIN)


def title_of(facts: SessionFacts) -> str:
    """What a session is called in calendars."""
    return clean(f"{facts.series}: {facts.title}")


def address(email: str, name: str, **parameters: str) -> vCalAddress:
    """A CAL-ADDRESS: a bare mailto: with the name beside it (RFC 6047, 2.3)."""
    value = vCalAddress(f"mailto:{email}")
    value.params["CN"] = _one_line(name)
    for key, text in parameters.items():
        value.params[key] = text
    return value


def to_bytes(calendar: Calendar, events: Iterable[bytes]) -> bytes:
    """The file, with our time zone before the first event.

    The zone is there even without events: a VCALENDAR holds at least one
    component (3.6).
    """
    raw: bytes = calendar.to_ical()
    end = raw.rindex(b"END:VCALENDAR")
    return b"".join([raw[:end], BERLIN_RULES, *events, raw[end:]])


def clean(text: str) -> str:
    """Text that every calendar program reads the same.

    Composed characters, plain line ends, nothing invisible. A backslash before
    an n gets a blank behind it: some programs read the pair as a line break.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = _UNSEEN.sub("", text).split("\n")
    return re.sub(r"\\(?=[nN])", r"\\ ", "\n".join(line.rstrip() for line in lines).strip())


def _one_line(text: str) -> str:
    """A parameter's value; not every program decodes RFC 6868."""
    text = " ".join(clean(text).split())
    return text.replace('"', "'").replace("^", "").replace("\\", "/")


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _local(moment: datetime) -> datetime:
    """Hannover's wall clock; UTC in October's repeated hour, which TZID cannot tell apart."""
    wall = moment.astimezone(BERLIN).replace(microsecond=0)
    if wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset():
        return _utc(moment)
    return wall.replace(fold=0)

"""Reading a programme file: TOML in, a checked `ProgrammeFile` out.

Every fault is told at once, each with its line, what is wrong and what is
expected. Nothing here touches the database.
"""

import re
import tomllib
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from chancendialog.clock import BERLIN
from chancendialog.i18n import LOCALES, PREFIXES, UNSEEN
from chancendialog.programme.models import Confirmation, SessionStatus
from chancendialog.programme.retention import LEAST_DAYS, MOST_DAYS
from chancendialog.programme.texts import Translations


class FaultyFile(Exception):
    """The file cannot be loaded; `faults` says why, a sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def berlin(wall: datetime) -> datetime:
    """The moment when clocks in Hannover show `wall`; raises `ValueError`.

    In the last hour of October's night shift clocks show each time twice, in
    March an hour is left out (§ 4 and § 5 ZeitG, Directive 2000/84/EC).
    """
    if wall.tzinfo is not None:
        raise ValueError("ohne Zeitzone angeben, es gilt die Uhrzeit in Hannover")
    early, late = (wall.replace(tzinfo=BERLIN, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return early
    if early.utcoffset() < late.utcoffset():  # type: ignore[operator]
        raise ValueError("diese Uhrzeit gibt es nicht, die Uhr wird da vorgestellt")
    raise ValueError("diese Uhrzeit gibt es in dieser Nacht zweimal, bitte eine andere wählen")


def each_once(slugs: list[str]) -> list[str]:
    """A list that names nothing twice; raises `ValueError`."""
    if len(slugs) > len(set(slugs)):
        raise ValueError("jedes Thema nur einmal nennen")
    return slugs


Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Words = Annotated[str, Field(min_length=1)]
Moment = Annotated[datetime, AfterValidator(berlin)]


TABLES = {language: PREFIXES.get(language, language) for language in LOCALES}
"""How the tables of texts in a language are called: as its addresses begin."""


class Entry(BaseModel):
    """A table of the file. Unknown keys are a fault, since they are typos."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)

    @field_validator("*")
    @classmethod
    def can_be_seen(cls, value: Any) -> Any:
        """Characters that nobody sees come from copying; pages and databases refuse them."""
        if isinstance(value, str) and UNSEEN.search(value):
            raise ValueError("darin sind Zeichen, die niemand sehen kann")
        return value


class TitleIn(Entry):
    """`[topics.en]`, `[topics.einfach]`: the same in another language. An empty text is none."""

    title: str = ""


class WordsIn(TitleIn):
    """`[series.en]`, `[series.einfach]`."""

    description: str = ""


class EveningIn(WordsIn):
    """`[sessions.en]`, `[sessions.einfach]`, `[sessions.de]`."""

    speakers: str = ""
    interpreters: str = ""
    notes: str = ""


class WayIn(Entry):
    """`[venues.en]`, `[venues.einfach]`."""

    directions: str = ""
    stop: str = ""
    entrance: str = ""
    access: str = ""
    notes: str = ""


class TranslatedEntry(Entry):
    """A table with tables of texts in other languages below it."""

    def translations(self, before: Translations) -> Translations:
        """The texts in other languages: those that the file names, else those from before."""
        named = {
            language: texts.model_dump(exclude_unset=True)
            for language in LOCALES
            if isinstance(texts := getattr(self, TABLES[language], None), Entry)
        }
        both = {one: before.get(one, {}) | named.get(one, {}) for one in before | named}
        found = {
            one: {key: text for key, text in texts.items() if text} for one, texts in both.items()
        }
        return {language: texts for language, texts in found.items() if texts}


class HouseEntry(Entry):
    """`[house]`: the office behind the series."""

    name: Words
    street: Words
    postcode: Words
    city: Words
    phone: str = ""
    phone_hours: str = ""
    email: str = ""


class LegalIn(Entry):
    """`[legal.en]`: what imprint, privacy notice and accessibility statement say of the operator.

    A text may have several lines. An empty one is none: the page marks the gap.
    """

    controller: str = ""
    controller_phone: str = ""
    controller_email: str = ""
    represented_by: str = ""
    supervision: str = ""
    vat_id: str = ""
    source_code: str = ""
    image_credits: str = ""
    privacy_officer: str = ""
    privacy_authority: str = ""
    processors: str = ""
    server_log: str = ""
    accessibility_gaps: str = ""
    arbitration: str = ""


class LegalEntry(LegalIn):
    """`[legal]`: the same in German, and when the accessibility was looked at."""

    statement_made_on: date | None = None
    assessed_on: date | None = None
    en: LegalIn = LegalIn()

    def texts(self) -> dict[tuple[str, str], str]:
        """Each text that the file names, by its name and language."""
        named = {"de": self.model_dump(exclude_unset=True, exclude={"en"})}
        named["en"] = self.en.model_dump(exclude_unset=True)
        return {
            (name, language): str(text)
            for language, texts in named.items()
            for name, text in texts.items()
        }


class SeriesEntry(TranslatedEntry):
    """`[series]`."""

    slug: Slug
    title: Words
    description: str = ""
    en: WordsIn = WordsIn()
    einfach: WordsIn = WordsIn()


class VenueEntry(TranslatedEntry):
    """`[[venues]]`."""

    slug: Slug
    name: Words
    street: Words
    postcode: Words
    city: Words
    rooms: list[Words] = []
    directions: str = ""
    stop: str = ""
    entrance: str = ""
    step_free: bool | None = None
    hearing_loop: bool | None = None
    access: str = ""
    notes: str = ""
    en: WayIn = WayIn()
    einfach: WayIn = WayIn()


class TopicEntry(TranslatedEntry):
    """`[[topics]]`, in the order in which people see them."""

    slug: Slug
    title: Words
    foundation: bool = False
    en: TitleIn = TitleIn()
    einfach: TitleIn = TitleIn()


class SessionEntry(TranslatedEntry):
    """`[[sessions]]`. Times are what clocks in Hannover show."""

    slug: Slug
    title: Words
    description: str = ""
    speakers: str = ""
    interpreters: str = ""
    notes: str = ""
    photos: bool = False
    language: Literal["de", "en"] = "de"
    starts_at: Moment
    ends_at: Moment | None = None
    venue: Slug
    room: str = ""
    topics: Annotated[list[Slug], AfterValidator(each_once)] = []
    capacity: Annotated[int, Field(ge=0, le=100_000)]
    party_limit: Annotated[int, Field(ge=1, le=20)] = 4
    waiting_list: bool = True
    waiting_list_limit: Annotated[int, Field(ge=0, le=100_000)] | None = None
    offers: bool = True
    confirmation: Annotated[Confirmation, Field(strict=False)] = Confirmation.DIRECT
    registration_opens_at: Moment | None = None
    registration_closes_at: Moment | None = None
    reminder_days: Annotated[
        int | None, Field(ge=0, le=60), AfterValidator(lambda days: days or None)
    ] = 3
    thanks: bool = True
    needs_until: Moment | None = None
    contact_days: Annotated[int, Field(ge=LEAST_DAYS, le=MOST_DAYS)] | None = None
    needs_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] | None = None
    status: Annotated[SessionStatus, Field(strict=False)] = SessionStatus.PUBLISHED
    de: EveningIn = EveningIn()
    en: EveningIn = EveningIn()
    einfach: EveningIn = EveningIn()

    @model_validator(mode="after")
    def ends_come_after_beginnings(self) -> "SessionEntry":
        if self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at muss nach starts_at liegen")
        opens_at, closes_at = self.registration_opens_at, self.registration_closes_at
        if opens_at and closes_at and closes_at <= opens_at:
            raise ValueError("registration_closes_at muss nach registration_opens_at liegen")
        if self.needs_until and self.needs_until >= self.starts_at:
            raise ValueError("needs_until muss vor starts_at liegen")
        return self

    @model_validator(mode="after")
    def translations_are_in_other_languages(self) -> "SessionEntry":
        if self.language in self.model_fields_set:
            raise ValueError(
                f"language ist schon „{self.language}“, [sessions.{self.language}] ist zu viel"
            )
        return self


class ProgrammeFile(Entry):
    """A whole file: the series with its venues, topics and sessions."""

    house: HouseEntry | None = None
    legal: LegalEntry = LegalEntry()
    series: SeriesEntry
    venues: list[VenueEntry] = []
    topics: list[TopicEntry] = []
    sessions: list[SessionEntry] = []


def read(text: str, *, venues: set[str], topics: set[str]) -> ProgrammeFile:
    """Check a file; `venues` and `topics` are the slugs known already.

    Raises `FaultyFile` with everything that is wrong.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        raise FaultyFile([_syntax(str(trouble))]) from trouble
    lines = _Lines(text)
    try:
        file = ProgrammeFile.model_validate(tables)
    except ValidationError as trouble:
        raise FaultyFile([_sentence(lines, fault) for fault in trouble.errors()]) from trouble
    faults = [*_repeated(file, lines), *_dangling(file, lines, venues, topics)]
    if faults:
        raise FaultyFile(faults)
    return file


def _repeated(file: ProgrammeFile, lines: "_Lines") -> list[str]:
    faults = []
    for table in ("venues", "topics", "sessions"):
        seen: set[str] = set()
        for number, entry in enumerate(getattr(file, table)):
            if entry.slug in seen:
                faults.append(
                    f"{lines.of(table, number, 'slug')}: slug „{entry.slug}“ gibt es in"
                    f" [[{table}]] schon. Erwartet: jeder slug nur einmal."
                )
            seen.add(entry.slug)
    return faults


def _dangling(
    file: ProgrammeFile, lines: "_Lines", venues: set[str], topics: set[str]
) -> list[str]:
    venues = venues | {venue.slug for venue in file.venues}
    topics = topics | {topic.slug for topic in file.topics}
    faults = []
    for number, entry in enumerate(file.sessions):
        if entry.venue not in venues:
            line = lines.of("sessions", number, "venue")
            faults.append(f"{line}: {_unknown('Ort', entry.venue, 'venues', venues)}")
        line = lines.of("sessions", number, "topics")
        faults += [
            f"{line}: {_unknown('Thema', slug, 'topics', topics)}"
            for slug in entry.topics
            if slug not in topics
        ]
    return faults


def _unknown(what: str, slug: str, table: str, known: set[str]) -> str:
    choice = ", ".join(sorted(known)) or "noch keiner da"
    return f"{what} „{slug}“ ist unbekannt. Erwartet: ein slug aus [[{table}]] ({choice})."


class Expected(StrEnum):
    """What pydantic's error types ask for, in the words of our readers."""

    missing = "fehlt. Erwartet: {field} = …"
    extra_forbidden = "ist hier nicht bekannt. Erwartet: eines von {known}."
    string_type = "ist kein Text. Erwartet: Text in Anführungszeichen."
    string_too_short = "ist leer. Erwartet: mindestens ein Wort."
    string_pattern_mismatch = "passt nicht. Erwartet: kleine Buchstaben, Ziffern und Bindestriche."
    int_type = "ist keine ganze Zahl. Erwartet: zum Beispiel 40, ohne Anführungszeichen."
    greater_than_equal = "ist zu klein. Erwartet: mindestens {ge}."
    less_than_equal = "ist zu groß. Erwartet: höchstens {le}."
    bool_type = "ist weder true noch false. Erwartet: true oder false, ohne Anführungszeichen."
    datetime_type = "ist kein Zeitpunkt. Erwartet: 2024-06-19T19:00:00, ohne Anführungszeichen."
    date_type = "ist kein Tag. Erwartet: 2024-06-19, ohne Anführungszeichen."
    list_type = 'ist keine Liste. Erwartet: ["…", "…"] oder [[{field}]]-Tabellen.'
    model_type = "ist keine Tabelle. Erwartet: [{field}] und darunter die Angaben."
    literal_error = "ist keine der Möglichkeiten. Erwartet: {expected}."
    enum = "ist keine der Möglichkeiten. Erwartet: {expected}."
    value_error = "stimmt nicht: {error}."


def _sentence(lines: "_Lines", fault: Any) -> str:
    """„Zeile 12, [[sessions]] Nr. 1, capacity: ist keine ganze Zahl. Erwartet: …“."""
    path = list(fault["loc"])
    table = str(path[0])
    number = path[1] if len(path) > 1 and isinstance(path[1], int) else 0
    keys = [str(part) for part in path[1:] if isinstance(part, str)]
    field = ".".join(keys) or table
    said = Expected[fault["type"]] if fault["type"] in Expected.__members__ else fault["msg"]
    facts = {**fault.get("ctx", {}), "field": field, "known": ", ".join(_known(path))}
    facts["expected"] = str(facts.get("expected", "")).replace(" or ", " oder ")
    place = "" if not keys else f"{field} "
    return f"{lines.of(table, number, field)}: {place}{str(said).format(**facts)}"


def _known(path: list[Any]) -> list[str]:
    """The keys that may stand beside a wrong one."""
    tables: dict[str, type[Entry]] = {
        "house": HouseEntry, "legal": LegalEntry, "series": SeriesEntry, "venues": VenueEntry,
        "topics": TopicEntry, "sessions": SessionEntry,
    }  # fmt: skip
    model = ProgrammeFile if len(path) == 1 else tables.get(str(path[0]), ProgrammeFile)
    above = model.model_fields.get(str(path[-2])) if len(path) > 1 else None
    if above and isinstance(above.default, Entry):  # a table below it
        model = type(above.default)
    return list(model.model_fields)


def _syntax(trouble: str) -> str:
    """Tomllib's „… (at line 3, column 5)“ with the line in front."""
    words, _, place = trouble.partition(" (at ")
    line = re.search(r"line (\d+)", place)
    return (
        f"Zeile {line[1] if line else 'am Ende'}: kein gültiges TOML ({words})."
        " Erwartet: schlüssel = wert, Tabellen in [eckigen] Klammern."
    )


class _Lines:
    """Where in the file a key stands. tomllib does not tell."""

    def __init__(self, text: str) -> None:
        self.found: dict[tuple[str, int, str], int] = {}
        table, below, counts, inside = "", "", dict[str, int](), ""
        for number, line in enumerate(text.splitlines(), start=1):
            if inside or (mark := next((m for m in ('"""', "'''") if line.count(m) == 1), "")):
                # in a text of several lines nothing is a key, except on its first line
                starts, inside = not inside, "" if inside and inside in line else inside or mark
                if not starts:
                    continue
            if header := re.match(r"\s*\[\[?\s*([\w-]+)\s*(?:\.\s*([\w-]+)\s*)?\]", line):
                table, below = header[1], header[2] or ""
                if not below:
                    counts[table] = counts.get(table, -1) + 1
                self.found[(table, counts.get(table, 0), below)] = number
            elif key := re.match(r"\s*[\"']?([\w-]+)[\"']?\s*=", line):
                field = f"{below}.{key[1]}" if below else key[1]
                self.found.setdefault((table, counts.get(table, 0), field), number)

    def of(self, table: str, number: int, field: str) -> str:
        """„Zeile 12“: the key's line, else its table's, else the file's first."""
        below = field.partition(".")[0]
        for place in (
            (table, number, field), (table, number, below), (table, number, ""), ("", 0, table)
        ):  # fmt: skip
            if place in self.found:
                header = (
                    f", [[{table}]] Nr. {number + 1}" if table.endswith("s") else f", [{table}]"
                )
                return f"Zeile {self.found[place]}{header if place[0] else ''}"
        return "Zeile 1"

"""Sessions to try the system with, in a trial only, clearly marked as examples.

Their dates count from today. They are loaded once, into an empty database.
"""

from datetime import datetime, time, timedelta

from chancendialog import clock, journal
from chancendialog.operations.loading import load
from chancendialog.programme import queries
from chancendialog.programme.file import ProgrammeFile, SeriesEntry, SessionEntry
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant

NOTICE = "Dies ist ein Beispiel zum Ausprobieren. Der Abend findet nicht statt."
SIMPLE_NOTICE = "Das ist ein Beispiel. Sie können es ausprobieren. Den Abend gibt es nicht."
ENGLISH_NOTICE = "This is an example to try the system with. The evening does not take place."


def add_examples() -> None:
    """One small, one large, one full, one in English. The caller commits."""
    series = queries.series()
    if series is None:
        return
    entries = [
        _example(
            "klein",
            "Wohnen in kleiner Runde",
            21,
            12,
            ["wohnen", "teilhabe"],
            einfach={"title": "Beispiel: Wie wollen wir wohnen?", "description": SIMPLE_NOTICE},
        ),
        _example(
            "gross",
            "Wie wir uns morgen bewegen",
            35,
            200,
            ["mobilitaet", "klimaneutralitaet"],
            en={"title": "Example: How we will get around", "description": ENGLISH_NOTICE},
        ),
        _example("voll", "Gesund in der Stadt", 49, 4, ["gesundheit"]),
        _example(
            "english", "Learning for a changing world", 63, 40, ["bildung"], language="en"
        ),
    ]  # fmt: skip
    load(ProgrammeFile(series=SeriesEntry(slug=series.slug, title=series.title), sessions=entries))
    _fill("beispiel-voll")


def _example(
    name: str,
    title: str,
    days: int,
    capacity: int,
    topics: list[str],
    language: str = "de",
    **texts: dict[str, str],
) -> SessionEntry:
    """`texts` are in other languages, by the names of their tables."""
    day = clock.today() + timedelta(days=days)
    wednesday = day + timedelta(days=(2 - day.weekday()) % 7)
    evening = datetime.combine(wednesday, time(18))
    return SessionEntry.model_validate(
        {
            "slug": f"beispiel-{name}",
            "title": f"{'Example' if language == 'en' else 'Beispiel'}: {title}",
            "description": ENGLISH_NOTICE if language == "en" else NOTICE,
            "language": language,
            "starts_at": evening,
            "ends_at": evening + timedelta(hours=2),
            "venue": "haus-der-region",
            "topics": topics,
            "capacity": capacity,
            "party_limit": 4,
            **texts,
        }
    )


def _fill(slug: str) -> None:
    """Take every seat, in the name of people who are none; nobody gets a letter."""
    event_session = queries.session_by_slug(slug)
    assert event_session
    for number in range(1, event_session.capacity + 1):
        booking.enter(
            event_session,
            Applicant(name=f"Beispielperson {number}", email=None),
            actor=journal.SYSTEM,
        )

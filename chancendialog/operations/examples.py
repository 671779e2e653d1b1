"""Sessions to try the system with, in a trial only, clearly marked as examples.

Their dates count from today. They are loaded once, into an empty database.
"""

from datetime import datetime, time, timedelta
from typing import Any

from chancendialog import clock, journal
from chancendialog.operations.loading import load
from chancendialog.programme import queries
from chancendialog.programme.file import ProgrammeFile, SeriesEntry, SessionEntry, VenueEntry
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant

NOTICE = "Dies ist ein Beispiel zum Ausprobieren. Der Abend findet nicht statt."
SIMPLE_NOTICE = "Das ist ein Beispiel. Sie können es ausprobieren. Den Abend gibt es nicht."
ENGLISH_NOTICE = "This is an example to try the system with. The evening does not take place."
HOUSE = {
    "slug": "beispielhaus",
    "name": "Beispielhaus",
    "street": "Musterstr. 1",
    "postcode": "30169",
    "city": "Hannover",
    "rooms": ["Raum 1", "Raum 2", "Großer Saal"],
    "stop": "Musterplatz (Stadtbahn)",
    "directions": "Von der Stadtbahn sind es zwei Minuten zu Fuß.",
    "entrance": "Durch das Tor im Hof; bitte klingeln Sie bei „Foyer“.",
    "step_free": True,
    "hearing_loop": True,
    "access": "Eine Toilette für Rollstühle gibt es auch.",
    "notes": "Der Aufzug ist zurzeit außer Betrieb. Raum 1 liegt im Erdgeschoss.",
    "en": {
        "stop": "Musterplatz (tram)",
        "directions": "From the tram it is two minutes on foot.",
        "entrance": "Through the gate in the yard; please ring at “Foyer”.",
        "access": "There is also a toilet for wheelchairs.",
        "notes": "The lift is out of order at present. Room 1 is on the ground floor.",
    },
}


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
            venue="beispielhaus",
            room="Raum 1",
            interpreters="Deutsche Gebärdensprache",
            notes="Wir beginnen im Foyer.",
            en={
                "interpreters": "German Sign Language",
                "notes": "We begin in the foyer.",
            },
        ),
        _example(
            "gross",
            "Wie wir uns morgen bewegen",
            35,
            200,
            ["mobilitaet", "klimaneutralitaet"],
            room="Großer Saal",
            speakers="Team Transformation",
            photos=True,
            en={"title": "Example: How we will get around", "description": ENGLISH_NOTICE},
        ),
        _example("voll", "Gesund in der Stadt", 49, 4, ["gesundheit"]),
        _example(
            "english", "Learning for a changing world", 63, 40, ["bildung"], language="en"
        ),
    ]  # fmt: skip
    load(
        ProgrammeFile(
            series=SeriesEntry(slug=series.slug, title=series.title),
            venues=[VenueEntry.model_validate(HOUSE)],
            sessions=entries,
        )
    )
    _fill("beispiel-voll")


def _example(
    name: str,
    title: str,
    days: int,
    capacity: int,
    topics: list[str],
    language: str = "de",
    **more: Any,
) -> SessionEntry:
    """`more` is what else the programme file can say of a session."""
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
            **more,
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

"""What a session is called in addresses: short, readable, its own."""

from datetime import UTC, datetime

import pytest

from chancendialog.programme import addresses
from chancendialog.programme.file import SessionEntry
from tests.factories import EventSessionFactory

EVENING = datetime(2026, 11, 12, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "address"),
    [
        ("Wohnen", "2026-11-12-wohnen"),
        ("Größe & Maß: Öl, Übermut", "2026-11-12-groesse-mass-oel-uebermut"),
        ("Café Ñandú – naïve", "2026-11-12-cafe-nandu-naive"),
        ("İstanbul", "2026-11-12-istanbul"),
        ("你好 🎉", "2026-11-12"),
        ("wort " * 40, "2026-11-12-" + "-".join(["wort"] * 12)),
        ("x" * 200, "2026-11-12-" + "x" * 60),
    ],
)
def test_address_is_the_day_and_the_title_in_plain_letters(app, title, address):
    assert addresses.propose(EVENING, title) == address
    assert addresses.PATTERN.fullmatch(address)
    assert len(address) <= addresses.LONGEST


def test_day_is_the_one_in_hannover(app):
    assert addresses.propose(datetime(2026, 11, 12, 23, 30, tzinfo=UTC), "Nacht") == (
        "2026-11-13-nacht"
    )


def test_address_that_is_taken_gets_the_next_number(app):
    for slug in ("2026-11-12-wohnen", "2026-11-12-wohnen-2", "2026-11-12-wohnen-und-mehr"):
        EventSessionFactory(slug=slug)

    assert addresses.propose(EVENING, "Wohnen") == "2026-11-12-wohnen-3"


def test_addresses_are_those_that_the_programme_file_takes():
    (pattern,) = SessionEntry.model_fields["slug"].metadata
    assert pattern.pattern == f"^{addresses.PATTERN.pattern}$"

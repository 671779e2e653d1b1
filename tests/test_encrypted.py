"""Columns that a copy of the database does not give away."""

import pytest
from sqlalchemy import text

from chancendialog.extensions import db
from chancendialog.registration.models import PersonalCalendar


@pytest.fixture
def stored(app, build):
    """Store a value with these settings, and read it with others; None if it is not readable."""

    def as_read(writing, reading):
        with build(**writing).app_context():
            db.session.add(PersonalCalendar(id=1, key="geheim", key_hash="1"))
            db.session.commit()
        with build(**reading).app_context():
            return db.session.get(PersonalCalendar, 1).key

    return as_read


@pytest.mark.parametrize(
    ("writing", "reading"),
    [
        ({}, {}),
        ({"FIELD_KEYS": ("eins",)}, {"FIELD_KEYS": ("eins",)}),
        ({"FIELD_KEYS": ("eins",)}, {"FIELD_KEYS": ("zwei", "eins")}),
        ({"FIELD_KEYS": ("eins",)}, {"FIELD_KEYS": ("eins",), "SECRET_KEY": "another"}),
        ({}, {"SECRET_KEY": "another", "SECRET_KEY_FALLBACKS": ("only for tests",)}),
        ({"SECRET_KEY": "first"}, {"FIELD_KEYS": ("eins", "first")}),
    ],
    ids=["as it is", "own key", "older key", "key of links replaced", "fallback", "key of its own"],
)
def test_keys_can_be_replaced_as_long_as_the_old_one_is_there(stored, writing, reading):
    assert stored(writing, reading) == "geheim"


@pytest.mark.parametrize(
    ("writing", "reading"),
    [
        ({"FIELD_KEYS": ("eins",)}, {"FIELD_KEYS": ("zwei",)}),
        ({"FIELD_KEYS": ("eins",)}, {}),
        ({}, {"SECRET_KEY": "another"}),
    ],
)
def test_what_no_key_opens_reads_as_nothing_and_is_said_in_the_log(
    stored, caplog, writing, reading
):
    assert stored(writing, reading) is None
    assert caplog.messages == [
        "a value in the database was encrypted with a key that FIELD_KEYS lacks"
    ]


def test_the_newest_key_writes(stored):
    assert stored({"FIELD_KEYS": ("neu", "alt")}, {"FIELD_KEYS": ("neu",)}) == "geheim"


def test_the_database_holds_neither_the_value_nor_the_same_for_the_same_value(app):
    db.session.add_all(PersonalCalendar(key="geheim", key_hash=str(n)) for n in range(2))
    db.session.flush()

    first, second = db.session.scalars(text("SELECT key FROM personal_calendar"))

    assert "geheim" not in first
    assert first != second

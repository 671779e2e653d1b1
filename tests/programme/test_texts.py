"""Texts are in the reader's language where somebody wrote them in it, and say so where not."""

import pytest

from chancendialog.i18n import Text
from chancendialog.programme.facts import facts_of
from chancendialog.programme.file import read
from tests.factories import EventSessionFactory, TopicFactory
from tests.programme.test_file import GOOD, faults

ENGLISH = {"en": {"title": "Housing of the future"}}
SIMPLE = {"de-simple": {"title": "So wohnen wir"}}


@pytest.mark.parametrize(
    ("language", "title", "description"),
    [
        ("de", Text("Wohnen der Zukunft", "de"), Text("Wie wollen wir wohnen?", "de")),
        ("en", Text("Housing of the future", "en"), Text("Wie wollen wir wohnen?", "de")),
    ],
)
def test_each_text_is_translated_or_as_it_was_written(language, title, description):
    event_session = EventSessionFactory.build(translations=ENGLISH)

    assert event_session.text("title", language) == title
    assert event_session.text("description", language) == description


def test_an_english_evening_is_written_in_english():
    event_session = EventSessionFactory.build(language="en", title="Learning")

    assert event_session.text("title", "de") == Text("Learning", "en")


def test_simple_words_are_taken_first():
    event_session = EventSessionFactory.build(translations=ENGLISH | SIMPLE)

    assert event_session.text("title", "de-simple") == Text("So wohnen wir", "de-simple")
    assert event_session.text("description", "de-simple") == Text("Wie wollen wir wohnen?", "de")
    assert event_session.text("title", "de") == Text("Wohnen der Zukunft", "de")


def test_german_is_nearer_to_simple_words_than_what_is_spoken():
    german = {"de": {"title": "Lernen"}}
    event_session = EventSessionFactory.build(language="en", title="Learning", translations=german)

    assert event_session.text("title", "de-simple") == Text("Lernen", "de")
    assert event_session.text("description", "de-simple").language == "en"


def test_a_translation_into_its_own_language_is_none():
    event_session = EventSessionFactory.build(language="en", title="Now", translations=ENGLISH)

    assert event_session.text("title", "en") == Text("Now", "en")


def test_facts_are_in_one_language_as_far_as_they_can_and_may_be_kept():
    topic = TopicFactory.build(translations={"en": {"title": "Housing"}})
    facts = facts_of(EventSessionFactory.build(translations=ENGLISH, topics=[topic]), "en")

    assert (facts.title, facts.language, facts.topics) == (
        "Housing of the future",
        "en",
        ("Housing",),
    )
    assert facts.description == "Wie wollen wir wohnen?"
    assert hash(facts)


@pytest.mark.parametrize(
    "table",
    ['[sessions.en]\ntitle = "Evening"', '[sessions.en]\ntitle = "Evening"\ndescription = ""'],
)
def test_a_table_below_a_session_says_it_in_another_language(table):
    session = read(f"{GOOD}{table}\n", venues=set(), topics=set()).sessions[0]

    assert session.translations({}) == {"en": {"title": "Evening"}}


def test_a_table_below_a_session_says_it_in_simple_words():
    table = '[sessions.einfach]\ntitle = "Der Abend"\n'
    session = read(f"{GOOD}{table}", venues=set(), topics=set()).sessions[0]

    assert session.translations({}) == {"de-simple": {"title": "Der Abend"}}


def test_what_the_file_does_not_translate_stays_translated():
    session = read(f'{GOOD}[sessions.en]\ntitle = "Evening"', venues=set(), topics=set()).sessions[
        0
    ]
    before = {"en": {"title": "Night", "description": "Words"}, "de": {"title": "Nacht"}}

    assert session.translations(before) == {
        "en": {"title": "Evening", "description": "Words"},
        "de": {"title": "Nacht"},
    }


def test_an_empty_text_takes_a_translation_back():
    session = read(f'{GOOD}[sessions.en]\ntitle = ""', venues=set(), topics=set()).sessions[0]

    assert session.translations({"en": {"title": "Night"}}) == {}


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (
            "[sessions.en]\ntitle = 7",
            "Zeile 25, [[sessions]] Nr. 1: en.title ist kein Text. Erwartet: Text in Anführungszeichen.",
        ),
        (
            '[sessions.en]\nroof = "x"',
            "Zeile 25, [[sessions]] Nr. 1: en.roof ist hier nicht bekannt. Erwartet: eines von title, description, speakers, interpreters, notes.",
        ),
        (
            'en = { title = "Evening", roof = "x" }',
            "Zeile 24, [[sessions]] Nr. 1: en.roof ist hier nicht bekannt. Erwartet: eines von title, description, speakers, interpreters, notes.",
        ),
        (
            '[sessions.de]\ntitle = "Abend"',
            "Zeile 16, [[sessions]] Nr. 1: stimmt nicht: language ist schon „de“, [sessions.de] ist zu viel.",
        ),
    ],
)
def test_faults_in_translations_are_told_with_their_line(table, fault):
    assert faults(f"{GOOD}{table}\n") == [fault]

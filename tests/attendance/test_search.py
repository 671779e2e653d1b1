"""Finding a name at the door, however it is spelled, typed or heard."""

import pytest

from chancendialog.attendance import roster
from tests.factories import EventSessionFactory, RegistrationFactory


def found(name, words):
    """Whether a guest of this name comes up."""
    event_session = EventSessionFactory()
    RegistrationFactory(event_session=event_session, name=name)
    return bool(roster.search(roster.roster(event_session), words))


@pytest.mark.parametrize("name", ["Müller", "Mueller", "Muller", "MÜLLER", "Mu\u0308ller"])
@pytest.mark.parametrize("words", ["müller", "mueller", "muller", "Mül", "ller"])
def test_umlauts_are_found_in_every_spelling(app, name, words):
    assert found(name, words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Weiß", "weiss"),
        ("Weiss", "weiß"),
        ("WEISS", "weiß"),
        ("Yılmaz", "yilmaz"),
        ("Yilmaz", "yılmaz"),
        ("İnönü", "inonu"),
        ("Inönü", "İnönü"),
        ("Jäger", "jaeger"),
        ("Söderström", "soederstroem"),
        ("Björk", "bjork"),
        ("François Noël", "francois noel"),
        ("Anna-Lena Groß", "anna lena"),
        ("Anna Lena Groß", "anna-lena"),
        ("Anna-Lena Groß", "Anna-Lena Groß"),
        ("Michael Bauer", "bauer michael"),
        ("Samuel Neu", "Samuel Neu"),
        ("Łukasz", "łukasz"),
        ("李小龍", "小"),
    ],
)
def test_name_is_found(app, name, words):
    assert found(name, words)


@pytest.mark.parametrize("words", ["", "   ", "-"])
def test_no_words_find_everybody(app, words):
    assert found("Kim Muster", words)


@pytest.mark.parametrize("words", ["kin", "muster max", "%", "_", ".*", "\x00"])
def test_other_words_find_nobody(app, words):
    assert not found("Kim Muster", words)


@pytest.mark.parametrize(
    "words",
    [
        "7Q4K-9XWM-2HTR", "7q4k9xwm2htr", " 7q4k 9xwm 2htr ", "7Q4K", "7q4k-9x", "7Q4K–9XWM–2HTR",
        "https://termine.example.org/t/7Q4K9XWM2HTR", "http://localhost/en/t/7Q4K9XWM2HTR",
    ],
)  # fmt: skip
def test_code_is_found_from_its_first_four_letters_on(app, words):
    assert hits_of(words) == ["Kim Muster"]


@pytest.mark.parametrize(
    "words", ["7Q4", "9XWM", "7Q4K-9XWM-2HTS", "7Q4K9XWM2HTR2", "7Q4K 0", "7Q4K_"]
)
def test_other_codes_find_nobody(app, words):
    assert hits_of(words) == []


def test_code_of_the_erased_finds_nobody(app):
    event_session = EventSessionFactory()
    RegistrationFactory(event_session=event_session, ticket=None, name="", email=None)

    assert roster.search(roster.roster(event_session), "7Q4K") == []


def hits_of(words):
    """Who of two guests comes up, of whom one has a code that begins with 7Q4K."""
    event_session = EventSessionFactory()
    RegistrationFactory(event_session=event_session, name="Kim Muster", ticket="7Q4K9XWM2HTR")
    RegistrationFactory(event_session=event_session, name="Anna Weiß", ticket="ABCDEFGHJKLM")
    hits = roster.search(roster.roster(event_session), words)
    return [guest.registration.name for guest in hits]


def test_guests_are_found_in_the_order_of_the_queue(app):
    event_session = EventSessionFactory()
    for name in ("Kim Müller", "Anna Weiß", "Uwe Mueller"):
        RegistrationFactory(event_session=event_session, name=name)

    hits = roster.search(roster.roster(event_session), "muller")

    assert [guest.registration.name for guest in hits] == ["Kim Müller", "Uwe Mueller"]

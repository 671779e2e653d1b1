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


def test_guests_are_found_in_the_order_of_the_queue(app):
    event_session = EventSessionFactory()
    for name in ("Kim Müller", "Anna Weiß", "Uwe Mueller"):
        RegistrationFactory(event_session=event_session, name=name)

    hits = roster.search(roster.roster(event_session), "muller")

    assert [guest.registration.name for guest in hits] == ["Kim Müller", "Uwe Mueller"]

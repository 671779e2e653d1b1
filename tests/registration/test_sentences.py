"""Staff say the sentences of residents' letters otherwise, and letters are still letters."""

from datetime import UTC, datetime

import html5lib
import pytest
from sqlalchemy import select

from chancendialog import versions
from chancendialog.extensions import db
from chancendialog.i18n import LOCALES
from chancendialog.mailing.letter import LINK
from chancendialog.mailing.wording import Wording, reworded
from chancendialog.registration import letters, sentences
from chancendialog.registration.specimens import LETTERS, specimen
from tests.browser_client import check_page
from tests.factories import EventSessionFactory, HouseFactory, RegistrationFactory

SEAT = "Sie haben einen Platz."
SUBJECT = "Angemeldet: %(title)s, %(when)s"


@pytest.fixture(autouse=True)
def somebody_invites(app, clock):
    HouseFactory()


def say(sentence, text, form=0, language="de"):
    sentences.reword(sentence, form, text, language=language, actor="staff:1")


def say_all(kind, text, language="de"):
    """Each sentence of a letter, with the facts it names."""
    for one in sentences.of_letter(kind):
        for form in one.forms:
            facts = "".join(f" {{{name}}}" for name in sorted(one.places()))
            say(one.one, f"{text}{facts}", form, language)


def confirmed(**facts):
    return letters.confirmed(RegistrationFactory(**facts))


def test_sentence_is_said_otherwise_in_every_part_of_a_letter():
    say(SEAT, "Ein Platz ist für Sie da.")
    say(SUBJECT, "Dabei: {title} ({when})")

    letter = confirmed(event_session__starts_at=datetime(2026, 10, 7, 16, tzinfo=UTC))

    assert letter.subject == "Dabei: Wohnen der Zukunft (Mi 07.10.2026, 18 Uhr)"
    assert ["Ein Platz ist für Sie da." in part for part in (letter.text, letter.html)] == [
        True
    ] * 2
    assert [SEAT in part for part in (letter.text, letter.html)] == [False] * 2


def test_each_form_and_each_language_is_said_by_itself():
    say(SEAT, "Alle {num} Plätze sind Ihre.", form=1)
    say(SEAT, "A place is yours.", language="en")
    parties = [(1, "de"), (3, "de"), (1, "en"), (3, "en"), (1, "de-simple")]

    said = [confirmed(party_size=size, language=spoken).text for size, spoken in parties]

    assert ["Alle 3 Plätze sind Ihre." in text for text in said] == [False, True] + [False] * 3
    assert ["A place is yours." in text for text in said] == [False, False, True, False, False]
    assert SEAT in said[0]


def test_without_a_text_it_reads_as_it_always_did_and_what_was_said_is_kept():
    before = confirmed().html
    say(SEAT, "Ein Platz ist für Sie da.")
    say(SEAT, "")

    assert confirmed().html.count(SEAT) == before.count(SEAT) == 1
    assert db.session.scalars(select(Wording)).all() == []
    assert [(one.before, one.after) for one in versions.of([sentences.about(SEAT, 0)])] == [
        ("Ein Platz ist für Sie da.", ""),
        ("", "Ein Platz ist für Sie da."),
    ]


def test_other_processes_and_letters_kept_from_before_say_it_at_once(build):
    other = build()
    with other.app_context():
        before = confirmed().text
    say(SEAT, "Ein Platz ist für Sie da.")
    db.session.commit()

    with other.app_context():
        after = confirmed().text

    assert [SEAT in text for text in (before, after)] == [True, False]


def test_transaction_asks_once_how_letters_are_said(statements):
    several = RegistrationFactory.create_batch(3, event_session=EventSessionFactory())
    read = [letters.confirmed(one) for one in several]  # the rows themselves, too

    assert statements(lambda: read.extend(letters.confirmed(one) for one in several)) == 0
    assert len(read) == 6


def test_letters_before_and_after_a_change_in_one_transaction_differ():
    texts = [confirmed().text]
    say(SEAT, "Ein Platz ist für Sie da.")
    texts.append(confirmed().text)

    assert [SEAT in text for text in texts] == [True, False]


@pytest.mark.parametrize("kind", LETTERS)
@pytest.mark.parametrize("language", LOCALES)
def test_every_sentence_that_is_listed_can_be_said_otherwise(kind, language):
    long_ones = {
        text
        for one in sentences.of_letter(kind)
        for form in one.forms
        if len(text := one.original(form, language)) > 10 and "{" not in text
    }
    before = specimen(kind, language=language)
    say_all(kind, "So", language)

    after = specimen(kind, language=language)

    flat = [" ".join(letter.html.split()) for letter in (before, after)]
    assert {text for text in long_ones if text in flat[0]} != set()
    assert {text for text in long_ones if text in flat[1]} == set()


@pytest.mark.parametrize("kind", LETTERS)
def test_what_is_said_is_only_text(kind):
    """Also what a letter takes from a template that is none of HTML: the notice on photos."""
    say_all(kind, "<script>1</script>&lt;b&gt; 100 % %(x)s {{7*7}} {0} \" '")
    taken = RegistrationFactory(event_session__photos=True)
    written = [specimen(kind), specimen(kind, party_size=3), letters.reminder(taken)]
    written += [letters.confirmed(taken), letters.promoted(taken)]

    for letter in written:
        check_page(letter.html)
        elements = html5lib.parse(letter.html, namespaceHTMLElements=False).iter()
        assert {one.tag for one in elements} & {"script", "b"} == set()
        assert "&lt;b&gt;" not in letter.html.replace("&amp;lt;b&amp;gt;", "")
    assert "<script>1</script>&lt;b&gt; 100 % %(x)s {{7*7}} {0}" in " ".join(
        written[0].text.split()
    )


def test_what_stands_for_somebodys_link_is_no_text():
    say(SEAT, f"{LINK} Ein Platz")

    assert confirmed().text.count("/anmeldung/") == 1


def test_sentences_are_listed_once_subject_first_with_both_forms():
    listed = sentences.of_letter("confirmed")

    assert [one.part for one in listed] == sorted((one.part for one in listed), reverse=True)
    assert len({one.one for one in listed}) == len(listed)
    assert [one.one for one in listed[:3]] == [
        "Findet doch statt: %(title)s, %(when)s",
        SUBJECT,
        "Sie sind angemeldet",
    ]
    [seat] = [one for one in listed if one.one == SEAT]
    assert (seat.many, seat.forms) == ("Sie haben %(num)s Plätze.", (0, 1))


def test_of_macros_only_those_that_a_letter_uses_are_listed():
    queue = "Sie stehen auf der Warteliste."

    assert "moved" not in sentences.letters_with(queue)
    assert "waiting" in sentences.letters_with(queue)
    assert "moved" in sentences.letters_with("Sie müssen nichts tun.")


def test_letters_that_share_a_sentence_are_named():
    assert sentences.letters_with("Sie bekommen diese E-Mail, weil niemand") == []
    assert sentences.letters_with("Freundliche Grüße") == [
        kind for kind in LETTERS if kind != "after_all"
    ]


def test_originals_are_what_the_catalogs_say():
    [seat] = [one for one in sentences.of_letter("confirmed") if one.one == SEAT]

    assert [seat.original(form, "en") for form in (0, 1)] == [
        "You have a place.",
        "You have {num} places.",
    ]


def test_what_is_said_instead_of_no_sentence_is_stray():
    say("So stand es früher da.", "Anders")
    say(SEAT, "Ein Platz ist für Sie da.")

    assert [row.text for row in sentences.stray()] == ["Anders"]
    assert SEAT not in confirmed().text


def test_only_letters_are_said_otherwise(client):
    page = client.get("/impressum").text
    say("Impressum", "Anders")
    db.session.commit()

    assert client.get("/impressum").text == page


def test_usual_words_are_back_after_a_letter_that_fails():
    with pytest.raises(RuntimeError), reworded(frozenset({(SEAT, 0, "Anders")})):
        raise RuntimeError

    assert SEAT in confirmed().text

"""Which passwords are taken: long ones that nobody would try first."""

import pytest

from chancendialog.staff import accounts, passwords
from tests.browser_client import PASSWORD

EASY = "zu leicht zu erraten"


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "mein Hund heißt Bello",
        "  Blanks vorn und hinten  ",
        "nurkleinebuchstabenaberlang",
        "пароль на каждый божий день",
        "🦊🌳🚲 fährt über die Leine 🌉",
        "x7#Qp!2vLm9$",
        "Wie wollen wir wohnen? " * 40,
    ],
)
def test_long_ones_are_taken_whatever_they_are_made_of(app, password):
    assert passwords.fault(password, "kim@example.org") is None


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("elf Zeichen", "mindestens 12 Zeichen"),
        ("", "mindestens 12 Zeichen"),
        ("ä" * 11, "mindestens 12 Zeichen"),
        ("a" * 1001, "höchstens 1000 Zeichen"),
        ("passwortpasswort", EASY),
        ("Password1234!", EASY),
        ("qwertzuiop123", EASY),
        ("aaaaaaaaaaaaaaaaaaaa", EASY),
        ("123456789012345", EASY),
        ("chancendialog2026", EASY),
        ("Region Hannover", EASY),
        ("kim.muster@example.org", EASY),
        ("kim.muster2026", EASY),
    ],
)
def test_short_and_common_ones_and_our_names_are_refused(app, password, sentence):
    assert sentence in passwords.fault(password, "kim.muster@example.org")


def test_it_is_the_same_password_however_a_device_composes_it(app, client):
    accounts.add("kim@example.org", "door", password="Straßenbahn nach Göttingen \u00f6")

    answer = client.fill_in(
        "/verwaltung/anmelden",
        email="kim@example.org",
        password="Straßenbahn nach Go\u0308ttingen o\u0308",
    )

    assert answer.location == "/verwaltung/#inhalt"


def test_link_to_choose_one_obeys_the_same_rules(app, client):
    link = accounts.one_time_link(accounts.add("kim@example.org", "door", password=None))
    url = link.removeprefix("http://localhost:5000")

    easy = client.fill_in(url, password="chancendialog2026", password_confirm="chancendialog2026")
    good = client.fill_in(url, password=PASSWORD, password_confirm=PASSWORD)

    assert EASY in easy.text
    assert good.status_code == 302


def test_command_line_obeys_the_same_rules(app):
    result = app.test_cli_runner().invoke(
        args=["staff", "add", "kim@example.org", "--role", "door", "--password-stdin"],
        input="chancendialog2026\n",
    )

    assert (result.exit_code, EASY in result.output) == (1, True)


def test_own_page_obeys_the_same_rules(signed_in):
    page = signed_in("door").fill_in("/verwaltung/konto/passwort", password="chancendialog2026")

    assert (page.status_code, EASY in page.text) == (422, True)

"""The code on a printed confirmation: nobody guesses one, and it dies with the links."""

import pytest

from chancendialog.registration import paper_codes, tickets
from chancendialog.registration.paper_codes import code_of, registration_of
from tests.factories import RegistrationFactory


@pytest.fixture
def registration(app):
    return RegistrationFactory(email=None)


@pytest.mark.parametrize(
    "typed",
    [str, str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:9]} {code[9:]} "],
)
def test_code_opens_however_it_is_typed(registration, typed):
    assert registration_of(typed(code_of(registration))) is registration


def test_code_has_sixteen_letters_that_nobody_mistakes(registration):
    code = code_of(registration)

    assert len(code.replace("-", "")) == 16
    assert set(code) <= {*tickets.ALPHABET, "-"}
    assert code == code_of(registration)


def test_code_of_one_opens_no_other(registration):
    other = RegistrationFactory(email=None)
    mine, theirs = code_of(registration).replace("-", ""), code_of(other).replace("-", "")

    assert registration_of(theirs[: paper_codes.NUMBER] + mine[paper_codes.NUMBER :]) is None


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "7Q4K-9XWM-2HTR",
        "2222-2222-2222-2222",
        "ZZZZ-ZZZZ-ZZZZ-ZZZZ",
        "1O0I" * 4,
        "é" * 16,
        "2" * 500,
    ],
)
def test_what_we_never_printed_opens_nothing(registration, typed):
    assert registration_of(typed) is None


def test_whoever_has_an_address_is_known_by_their_mailbox_alone(app):
    assert registration_of(code_of(RegistrationFactory(email="kim@example.org"))) is None


def test_one_wrong_letter_is_noticed(registration):
    code = code_of(registration)
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")

    assert registration_of(wrong) is None


def test_code_dies_with_the_links(registration):
    code = code_of(registration)
    registration.link_version += 1

    assert registration_of(code) is None


def test_code_of_an_older_key_is_still_believed(registration, app, monkeypatch):
    code = code_of(registration)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", (app.config["SECRET_KEY"],))
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key of the house")

    assert registration_of(code) is registration
    assert code_of(registration) != code

"""Codes of an app and codes for emergencies: set up, asked for, each good for once."""

import re
from datetime import timedelta

import pytest
from passlib.totp import TOTP
from sqlalchemy import text

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.operations import keys
from chancendialog.staff import accounts, second_factor
from tests.browser_client import PASSWORD, browser_of, form_fields
from tests.web.steps import text_of

KIM = "kim@example.org"
OWN, SIGN_IN = "/verwaltung/konto", "/verwaltung/anmelden"
SECOND = f"{SIGN_IN}/zweiter-schritt"
OUTSIDE = {"base_url": "https://termine.example.org"}


@pytest.fixture
def kim(app):
    return accounts.add(KIM, "office", password=PASSWORD)


@pytest.fixture
def key(kim):
    kim.totp_key = second_factor.new_key()
    return kim.totp_key


def code_of(key, *, at=timedelta(0)):
    """What an app shows."""
    return TOTP(key).generate(time=int((app_clock.now() + at).timestamp())).token


def enter(browser, url=SIGN_IN):
    return browser.fill_in(url, email=KIM, password=PASSWORD)


def show(browser, code, url=SECOND):
    return browser.fill_in(url, code=code)


def is_in(browser):
    return browser.get("/verwaltung/").status_code == 200


def test_app_is_believed_once_it_shows_the_right_code(client, kim, clock):
    enter(client)
    page = client.get(f"{OWN}/app")
    key = re.search(r'class="code">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    fields = form_fields(page.text)

    wrong = client.post(f"{OWN}/app", data=fields | {"code": "000000"})
    before = kim.totp_key
    right = client.post(f"{OWN}/app", data=form_fields(wrong.text) | {"code": code_of(key)})

    assert (wrong.status_code, before) == (422, None)
    assert (right.status_code, right.location) == (303, f"{OWN}/codes#inhalt")
    assert kim.totp_key == key


def test_opening_the_page_for_an_app_sets_nothing_up(client, kim):
    enter(client)

    client.get(f"{OWN}/app")

    assert kim.totp_key is None


def test_key_shown_to_somebody_else_is_not_believed(client, stranger, kim, clock):
    """Or a thief of an open browser could bring their own app, shown to them elsewhere."""
    accounts.add("ada@example.org", "office", password=PASSWORD)
    enter(client)
    stranger.fill_in(SIGN_IN, email="ada@example.org", password=PASSWORD)
    page = stranger.get(f"{OWN}/app")
    key = re.search(r'class="code">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    theirs = form_fields(page.text)["key"]

    answer = client.fill_in(f"{OWN}/app", key=theirs, code=code_of(key))

    assert (answer.status_code, kim.totp_key) == (422, None)


def test_password_alone_opens_nothing_any_more(client, kim, key):
    answer = enter(client)

    assert answer.location == SECOND
    assert not is_in(client)


def test_code_of_the_app_leads_in_and_where_one_wanted_to_go(client, kim, key, clock):
    sent = client.get(OWN)
    asked = enter(client, url=sent.location)

    answer = show(client, code_of(key), url=asked.location)

    assert (answer.location, is_in(client)) == (OWN, True)


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_second_step_never_leads_elsewhere(client, kim, key, clock, elsewhere):
    enter(client)

    answer = client.fill_in(SECOND, code=code_of(key), next=elsewhere)

    assert answer.location == "/verwaltung/#inhalt"


@pytest.mark.parametrize(
    "code",
    ["000000", "", "abc", "1" * 5000, "\u202e123456", "１２３４５６"],
    ids=["wrong", "none", "letters", "long", "turned", "wide"],
)
def test_wrong_code_is_asked_for_again(client, kim, key, code):
    enter(client)

    page = show(client, code)

    assert page.status_code == 422
    assert not is_in(client)


def test_code_works_once(client, stranger, kim, key, clock):
    code = code_of(key)
    enter(client)
    enter(stranger)

    show(client, code)
    again = show(stranger, code)
    clock.shift(30)
    next_one = show(stranger, code_of(key))

    assert (is_in(client), again.status_code, next_one.status_code) == (True, 422, 302)


@pytest.mark.parametrize(("seconds", "status"), [(-90, 422), (-30, 302), (30, 302), (90, 422)])
def test_clocks_may_differ_by_half_a_minute(client, kim, key, clock, seconds, status):
    enter(client)

    assert show(client, code_of(key, at=timedelta(seconds=seconds))).status_code == status


def test_second_step_is_open_for_ten_minutes(client, kim, key, clock):
    enter(client)
    clock.shift(601)

    answer = client.get(SECOND)

    assert (answer.status_code, answer.location) == (302, SIGN_IN)


def test_nobody_comes_to_the_second_step_without_the_first(client, kim, key):
    answers = [client.get(SECOND), client.post(SECOND, data={})]

    assert [answer.status_code for answer in answers] == [302, 400]


def test_account_that_is_blocked_meanwhile_stays_out(client, kim, key, clock):
    enter(client)
    page = client.get(SECOND)
    kim.active = False

    client.post(SECOND, data=form_fields(page.text) | {"code": code_of(key)})

    assert not is_in(client)


def test_codes_for_emergencies_are_shown_once_and_lead_in_once_each(
    client, stranger, kim, key, clock
):
    enter(client)
    show(client, code_of(key))
    page = client.fill_in(f"{OWN}/codes")
    codes = re.findall(r'class="code">([a-z2-9-]+)<', page.text)
    enter(stranger)
    first = show(stranger, codes[0])
    left = second_factor.recovery_codes_left(kim)
    other = browser_of(client.application)
    enter(other)
    again = show(other, codes[0])
    second = show(other, codes[1].upper().replace("-", " "))

    assert (len(codes), left) == (10, 9)
    assert [one.status_code for one in (first, again, second)] == [302, 422, 302]
    assert codes[2] not in client.get(f"{OWN}/codes").text


def test_new_codes_for_emergencies_replace_the_old_ones(app, kim, key):
    [old, *_] = second_factor.new_recovery_codes(kim)
    [new, *_] = second_factor.new_recovery_codes(kim)
    db.session.flush()

    assert (second_factor.take(kim, old), second_factor.take(kim, new)) == (False, True)


def test_without_a_second_factor_there_are_no_codes_for_emergencies(client, kim):
    enter(client)

    assert client.get(f"{OWN}/codes").status_code == 404


def test_removing_the_app_removes_its_codes_for_emergencies(client, kim, clock):
    enter(client)
    kim.totp_key = second_factor.new_key()
    second_factor.new_recovery_codes(kim)

    client.fill_in(f"{OWN}/app/entfernen")

    assert (kim.totp_key, kim.recovery_codes) == (None, None)


def test_setting_up_a_factor_signs_out_elsewhere(client, stranger, kim, clock):
    enter(client)
    enter(stranger)
    page = client.get(f"{OWN}/app")
    key = re.search(r'class="code">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")

    client.post(f"{OWN}/app", data=form_fields(page.text) | {"code": code_of(key)})

    assert (is_in(client), is_in(stranger)) == (True, False)


def test_keys_lie_encrypted_and_get_the_newest_key_of_the_house(app, kim, key):
    codes = second_factor.new_recovery_codes(kim)
    db.session.commit()

    stored = db.session.execute(text("SELECT totp_key, recovery_codes FROM staff_user")).one()

    assert (key in stored[0], codes[0].replace("-", "") in stored[1]) == (False, False)
    assert {"totp_key", "recovery_codes"} <= {one.name for one in keys.encrypted_columns()}


def test_journal_notes_factors_and_no_secret(client, kim, clock):
    enter(client)
    page = client.get(f"{OWN}/app")
    key = re.search(r'class="code">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    client.post(f"{OWN}/app", data=form_fields(page.text) | {"code": code_of(key)})
    client.fill_in(f"{OWN}/codes")
    client.fill_in(f"{OWN}/app/entfernen")

    deeds = [(entry.code, entry.facts.get("factor")) for entry in journal.of_thread(kim.actor)]
    assert deeds[2:] == [
        ("factor_added", "app"),
        ("factor_added", "recovery-codes"),
        ("factor_removed", "app"),
    ]


@pytest.fixture
def installation(build):
    return build(PUBLIC_URL="https://termine.example.org")


def inside(app, role):
    """The browser of somebody who came in with a password alone."""
    accounts.add(f"{role}@example.org", role, password=PASSWORD)
    browser = browser_of(app)
    page = browser.get(SIGN_IN, **OUTSIDE)
    fields = form_fields(page.text) | {"email": f"{role}@example.org", "password": PASSWORD}
    browser.post(
        SIGN_IN, data=fields, headers={"Referer": "https://termine.example.org"}, **OUTSIDE
    )
    return browser


@pytest.mark.parametrize("role", ["office", "admin"])
def test_in_an_installation_whoever_sees_addresses_sets_up_a_second_factor_first(
    installation, role
):
    browser = inside(installation, role)

    pages = [browser.get(url, **OUTSIDE) for url in ("/verwaltung/", "/verwaltung/e-mails")]
    own = browser.get(OWN, **OUTSIDE)

    assert [(page.status_code, page.location) for page in pages] == [(302, OWN)] * 2
    assert "Richten Sie einen zweiten Faktor ein" in text_of(own)


def test_once_it_is_set_up_they_go_on(installation):
    browser = inside(installation, "office")
    accounts.by_address("office@example.org").totp_key = second_factor.new_key()

    assert browser.get("/verwaltung/", **OUTSIDE).status_code == 200


def test_door_accounts_need_none(installation):
    assert inside(installation, "door").get("/verwaltung/", **OUTSIDE).status_code == 200


def test_in_a_trial_nobody_needs_one(client, kim):
    enter(client)

    assert is_in(client)

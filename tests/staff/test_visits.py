"""Where somebody is signed in: seen, ended one by one, and kept no longer than they last."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog.extensions import db
from chancendialog.operations import worker
from chancendialog.staff import accounts, visits
from chancendialog.staff.models import Visit
from tests.browser_client import PASSWORD, all_rows, form_fields
from tests.web.steps import cells

OWN = "/verwaltung/konto"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW_PASSWORD = "ein ganz anderer Satz, nur für mich"


@pytest.fixture
def kim(app):
    return accounts.add("kim@example.org", "office", password=PASSWORD)


def enter(browser, **headers):
    page = browser.get("/verwaltung/anmelden")
    fields = form_fields(page.text) | {"email": "kim@example.org", "password": PASSWORD}
    return browser.post("/verwaltung/anmelden", data=fields, headers=headers)


def is_in(browser):
    return browser.get("/verwaltung/").status_code == 200


def send(browser, url):
    token = form_fields(browser.get("/verwaltung/").text)["csrf_token"]
    return browser.post(url, data={"csrf_token": token})


def test_own_account_lists_where_one_is_in(client, stranger, kim, clock):
    enter(stranger, **{"User-Agent": FIREFOX})
    clock.shift(3600)
    enter(client)

    assert cells(client.get(OWN), "besuche") == [
        ["?", "Mo 07.09.2026, 13 Uhr", "Mo 07.09.2026, 13 Uhr", "dieses Gerät"],
        [
            "Firefox, Windows",
            "Mo 07.09.2026, 12 Uhr",
            "Mo 07.09.2026, 12 Uhr",
            "Abmelden : Firefox, Windows",
        ],
    ]


def test_signing_out_ends_this_visit_and_no_other(client, stranger, kim):
    enter(client)
    enter(stranger)

    send(client, "/verwaltung/abmelden")

    assert (is_in(client), is_in(stranger)) == (False, True)


def test_one_visit_elsewhere_is_ended(client, stranger, kim):
    enter(stranger)
    [there] = visits.of(kim)
    enter(client)

    answer = send(client, f"{OWN}/besuche/{there.id}/beenden")

    assert answer.status_code == 303
    assert (is_in(client), is_in(stranger)) == (True, False)


def test_all_other_visits_are_ended(client, stranger, kim):
    enter(stranger)
    enter(client)

    send(client, f"{OWN}/besuche/beenden")

    assert (is_in(client), is_in(stranger)) == (True, False)


def test_nobody_ends_somebody_elses_visit(client, signed_in, kim):
    enter(client)
    [there] = visits.of(kim)

    send(signed_in("door"), f"{OWN}/besuche/{there.id}/beenden")

    assert is_in(client)


def test_new_password_ends_all_other_visits(client, stranger, kim):
    enter(stranger)
    enter(client)

    answer = client.fill_in(f"{OWN}/passwort", password=NEW_PASSWORD)

    assert answer.status_code == 303
    assert (is_in(client), is_in(stranger)) == (True, False)


def test_password_is_asked_for_again_after_a_while_before_it_is_changed(client, kim, clock):
    enter(client)
    clock.shift(visits.FRESH)

    wrong = client.fill_in(f"{OWN}/passwort", own_password="geraten", password=NEW_PASSWORD)
    missing = client.fill_in(f"{OWN}/passwort", password=NEW_PASSWORD)
    right = client.fill_in(f"{OWN}/passwort", own_password=PASSWORD, password=NEW_PASSWORD)

    assert "Das ist nicht Ihr Passwort" in wrong.text
    assert [wrong.status_code, missing.status_code, right.status_code] == [422, 422, 303]


def test_being_there_is_noted_every_five_minutes_and_not_with_every_page(client, kim, clock):
    enter(client)
    seen = []
    for _time in range(3):
        clock.shift(timedelta(minutes=3))
        before = all_rows()
        client.get("/verwaltung/")
        seen.append(all_rows() == before)

    assert seen == [True, False, True]


def test_key_of_a_visit_is_not_in_the_database(client, kim):
    enter(client)
    with client.session_transaction() as cookie:
        key = cookie["visit"]

    assert key not in str(all_rows())


def test_visit_of_somebody_else_opens_nothing(client, stranger, signed_in, kim):
    """Both halves of a cookie must belong together."""
    enter(client)
    with client.session_transaction() as cookie:
        key = cookie["visit"]
    other = signed_in("door")
    with other.session_transaction() as cookie:
        cookie["visit"] = key

    assert not is_in(other)


def test_worker_deletes_visits_that_are_over(client, stranger, kim, clock):
    enter(client)
    clock.shift(timedelta(hours=11))
    enter(stranger)
    clock.shift(timedelta(hours=1))

    worker.erase()

    assert len(db.session.scalars(select(Visit)).all()) == 1


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (FIREFOX, "Firefox, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari, macOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("<script>alert(1)</script>", "?"),
        ("", "?"),
    ],
)  # fmt: skip
def test_device_is_named_roughly(sent, said):
    assert visits.device(sent) == said


def test_password_page_never_shows_what_was_typed(client, kim):
    enter(client)

    page = client.fill_in(f"{OWN}/passwort", password="kurz, gut")

    assert page.status_code == 422
    assert not re.search(r'value="kurz', page.text)

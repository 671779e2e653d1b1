"""Signing in and out, and choosing a new password."""

import re
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select

from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from chancendialog.operations import worker
from chancendialog.staff import accounts
from tests.browser_client import PASSWORD, all_rows, form_fields
from tests.factories import EventSessionFactory

SIGN_IN, RESET = "/verwaltung/anmelden", "/verwaltung/passwort"
NEW_PASSWORD = "ein neuer Satz, den nur wir kennen"


@pytest.fixture
def kim(app):
    return accounts.add("kim@example.org", "office", password=PASSWORD)


def enter(browser, email="kim@example.org", password=PASSWORD, url=SIGN_IN):
    page = browser.get(url)
    return browser.post(url, data=form_fields(page.text) | {"email": email, "password": password})


def is_in(browser):
    return browser.get("/verwaltung/").status_code == 200


def told(page):
    return page.status_code, re.sub(r'value="[^"]*"|\w+@example.org', "…", page.text)


def test_form_leads_in_and_the_button_out(client, kim):
    answer = enter(client)
    inside = client.get("/verwaltung/")
    left = client.post(
        "/verwaltung/abmelden", data={"csrf_token": form_fields(inside.text)["csrf_token"]}
    )

    assert (answer.status_code, answer.location) == (302, "/verwaltung/#inhalt")
    assert inside.status_code == 200
    assert (left.status_code, left.location) == (302, SIGN_IN)
    assert not is_in(client)


def test_one_browser_signed_in_is_not_every_browser(client, stranger, kim):
    enter(client)

    assert is_in(client)
    assert not is_in(stranger)


def test_case_of_the_address_does_not_matter(client, kim):
    enter(client, email="KIM@Example.org")

    assert is_in(client)


def test_wrong_password_and_unknown_account_read_the_same(client, stranger, kim):
    wrong = enter(client, password="falsch geraten, wie schade")
    unknown = enter(stranger, email="ich@example.org")

    assert told(wrong) == told(unknown)
    assert 'id="fehler" role="alert"' in wrong.text
    assert "<title>Fehler: Anmelden" in wrong.text
    assert not is_in(client)


def test_account_that_was_switched_off_reads_the_same_as_an_unknown_one(client, stranger, kim):
    kim.active = False

    off = enter(client)
    unknown = enter(stranger, email="ich@example.org")

    assert told(off) == told(unknown)
    assert not is_in(client)


def test_switching_an_account_off_ends_its_visit(client, kim):
    enter(client)
    kim.active = False

    assert not is_in(client)


def test_account_without_a_password_lets_nobody_in(client):
    accounts.add("neu@example.org", "office", password=None)

    enter(client, email="neu@example.org", password="")

    assert not is_in(client)


@pytest.mark.parametrize("fields", [{}, {"email": "kim"}, {"password": PASSWORD}])
def test_half_a_form_is_a_page_with_its_faults(client, kim, fields):
    page = client.fill_in(SIGN_IN, **fields)

    assert page.status_code in (200, 422)
    assert 'id="fehler" role="alert"' in page.text


def test_form_without_our_token_lets_nobody_in(client, kim):
    client.get(SIGN_IN)

    client.post(SIGN_IN, data={"email": "kim@example.org", "password": PASSWORD})

    assert not is_in(client)


def test_next_leads_back_to_where_they_wanted_to_go(client, kim):
    EventSessionFactory(slug="abend")

    sent = client.get("/verwaltung/termine/abend/einlass")
    answer = enter(client, url=sent.location)

    assert sent.status_code == 302
    assert answer.location == "/verwaltung/termine/abend/einlass"
    assert client.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https://evil.example",
        "https:evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
    ],
)
def test_next_never_leads_elsewhere(client, kim, elsewhere):
    answer = enter(client, url=f"{SIGN_IN}?next={elsewhere}")

    here = f"http://localhost{SIGN_IN}"
    target = urljoin(here, answer.headers.get("Location", "").replace("\\", "/"))
    assert urlsplit(target)[:2] == ("http", "localhost")


def link_in_the_mail():
    """Where the letter leads that was posted last."""
    text = db.session.scalar(select(OutgoingMail.text).order_by(OutgoingMail.id.desc()).limit(1))
    return re.search(r"http://localhost:5000(/verwaltung/passwort/\S+)", text)[1]


def link_for(user):
    """The same link, as the command line prints it."""
    db.session.commit()
    return accounts.one_time_link(user).removeprefix("http://localhost:5000")


def choose(browser, link, password=NEW_PASSWORD):
    return browser.fill_in(link, password=password, password_confirm=password)


def test_new_password_is_chosen_behind_a_mailed_link(client, kim, letters):
    client.fill_in(RESET, email="kim@example.org")
    posted = letters()

    assert posted == [("staff_link", "kim@example.org")]
    choose(client, link_in_the_mail())
    enter(client, password=NEW_PASSWORD)
    assert is_in(client)


def test_mailed_link_begins_with_our_address_whatever_name_was_asked(client, kim):
    page = client.get(RESET, base_url="http://127.0.0.1:9999")

    client.post(
        RESET,
        data=form_fields(page.text) | {"email": "kim@example.org"},
        base_url="http://127.0.0.1:9999",
    )

    text = db.session.scalar(select(OutgoingMail.text)) or ""
    assert "http://localhost:5000/verwaltung/passwort/" in text
    assert "127.0.0.1" not in text


def test_forgotten_password_reads_the_same_for_a_known_and_an_unknown_account(
    client, stranger, kim
):
    known = client.fill_in(RESET, email="kim@example.org")
    unknown = stranger.fill_in(RESET, email="ich@example.org")

    assert told(known) == told(unknown)
    assert "Wenn es zu dieser Adresse ein Konto gibt" in known.text


def test_unknown_account_gets_no_mail(client, kim, letters):
    client.fill_in(RESET, email="ich@example.org")

    assert letters() == []


def test_nobody_gets_more_than_five_links_a_day(client, kim, letters, clock):
    answers = [client.fill_in(RESET, email="kim@example.org") for _ in range(6)]
    within_a_day = letters()
    clock.shift(24 * 3600)
    client.fill_in(RESET, email="kim@example.org")

    assert within_a_day == [("staff_link", "kim@example.org")] * 5
    assert letters() == [("staff_link", "kim@example.org")] * 6
    assert len({told(answer) for answer in answers}) == 1


def test_new_password_takes_the_place_of_the_old_one(client, stranger, kim):
    choose(client, link_for(kim))

    enter(stranger)
    with_the_old_one = is_in(stranger)
    enter(stranger, password=NEW_PASSWORD)

    assert not with_the_old_one
    assert is_in(stranger)


def test_new_password_ends_visits_elsewhere(client, stranger, kim):
    enter(client)
    choose(stranger, link_for(kim))

    assert not is_in(client)


def test_link_works_once(client, stranger, kim):
    link = link_for(kim)
    choose(client, link)

    again = stranger.get(link)

    assert again.status_code == 302
    assert again.location.startswith(RESET)


def test_link_works_for_a_day(client, kim, clock):
    link = link_for(kim)

    clock.shift(23 * 3600)
    in_time = client.get(link)
    clock.shift(2 * 3600)
    too_late = client.get(link)

    assert in_time.status_code == 200
    assert too_late.status_code == 302
    assert too_late.location.startswith(RESET)


def test_opening_the_link_changes_nothing(client, kim):
    link = link_for(kim)
    before = all_rows()

    client.get(link)
    client.head(link)

    assert all_rows() == before


@pytest.mark.parametrize("password", ["kurz", ""])
def test_weak_password_is_asked_for_again(client, kim, password):
    page = choose(client, link_for(kim), password)

    assert page.status_code in (200, 422)
    assert 'id="fehler" role="alert"' in page.text


def test_forged_link_leads_to_the_form_for_a_new_one(client, kim):
    answer = client.get(f"{RESET}/erfunden")

    assert answer.status_code == 302
    assert answer.location.startswith(RESET)


def test_new_member_chooses_a_first_password(client):
    newcomer = accounts.add("neu@example.org", "door", password=None)

    choose(client, link_for(newcomer))
    enter(client, email="neu@example.org", password=NEW_PASSWORD)

    assert is_in(client)


def test_guessing_is_slowed_down(client, kim, clock):
    fields = form_fields(client.get(SIGN_IN).text) | {"email": kim.email, "password": "falsch"}

    answers = [client.post(SIGN_IN, data=fields) for _ in range(31)]
    statuses = [answer.status_code for answer in answers]
    right_but_too_late = enter(client).status_code
    clock.shift(600)
    ten_minutes_later = enter(client).status_code

    assert statuses == [200] * 30 + [429]
    assert answers[-1].headers["Retry-After"] == "601"
    assert right_but_too_late == 429
    assert ten_minutes_later == 302


def test_visit_ends_after_a_day_at_work(client, kim, clock):
    enter(client)

    clock.shift(timedelta(hours=11, minutes=59))
    still = client.get("/verwaltung/").status_code
    clock.shift(timedelta(minutes=2))
    over = client.get("/verwaltung/")

    assert (still, over.status_code) == (200, 302)
    assert over.location == f"{SIGN_IN}?next=/verwaltung/"
    enter(client)
    assert is_in(client)


def test_what_was_sent_after_the_visit_is_said_to_be_lost_and_its_form_comes_next(
    client, kim, clock
):
    enter(client)
    form = form_fields(client.get("/verwaltung/orte/neu").text) | {"name": "Rathaus"}
    clock.shift(timedelta(hours=12, minutes=1))

    answer = client.post("/verwaltung/orte/neu", data=form)

    assert answer.location == f"{SIGN_IN}?next=/verwaltung/orte/neu"
    assert "Was Sie eben gesendet haben, ist nicht gespeichert" in client.get(answer.location).text


def test_journal_knows_who_came_in_and_left(client, kim):
    enter(client)
    token = form_fields(client.get("/verwaltung/").text)["csrf_token"]
    client.post("/verwaltung/abmelden", data={"csrf_token": token})

    deeds = [(entry.code, entry.actor) for entry in journal.of_thread(kim.actor)]
    assert deeds[1:] == [("signed_in", kim.actor), ("signed_out", kim.actor)]


def test_what_was_refused_leaves_a_line_without_the_address(client, kim, caplog):
    enter(client, password="falsch geraten, wie schade")
    enter(client)
    client.get("/verwaltung/datenschutz/fristen")

    assert [one.getMessage() for one in caplog.records if one.name.startswith("chancendialog")] == [
        "a sign-in was refused",
        f"{kim.actor} may not open office.house_periods",
    ]


def test_link_that_has_run_out_is_kept_by_nobody(client, kim, clock):
    client.fill_in(RESET, email="kim@example.org")
    clock.shift(timedelta(hours=23))
    worker.erase()
    before = len(db.session.scalars(select(OutgoingMail)).all())
    clock.shift(timedelta(hours=2))

    worker.erase()

    assert (before, db.session.scalars(select(OutgoingMail)).all()) == (1, [])


def test_nobodys_hours_are_kept(client, kim, clock):
    enter(client)
    clock.shift(timedelta(days=30))

    worker.erase()

    assert [entry.code for entry in journal.of_thread(kim.actor)] == ["staff_added"]

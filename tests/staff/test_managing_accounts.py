"""What admins do with accounts, and that one of them always remains."""

from threading import Thread

import pytest
from sqlalchemy import select

from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from chancendialog.staff import accounts, second_factor
from chancendialog.staff.accounts import LastAdmin
from chancendialog.staff.models import User
from tests.browser_client import PASSWORD, all_rows, form_fields
from tests.web.steps import cells, history, press, text_of

ADMIN, KIM = "admin@example.org", "kim@example.org"
ACCOUNTS = "/verwaltung/konten"


@pytest.fixture
def admin(signed_in):
    return signed_in("admin")


@pytest.fixture
def kim(app):
    kim = accounts.add(KIM, "office", password=PASSWORD)
    db.session.commit()
    return kim


def page_of(user):
    return f"{ACCOUNTS}/{user.id}"


def send(browser, url, **values):
    token = form_fields(browser.get("/verwaltung/").text)["csrf_token"]
    return browser.post(url, data={"csrf_token": token} | values)


def set_role(browser, user, role):
    """As the page of the account does it: its first form of several."""
    page = browser.get(page_of(user))
    seen = page.text.partition('name="seen"')[2].partition('value="')[2].partition('"')[0]
    return send(browser, f"{page_of(user)}/rolle", role=role, seen=seen)


def known():
    db.session.expire_all()
    return [
        (user.email, [role.name for role in user.roles], user.active)
        for user in db.session.scalars(select(User).order_by(User.email))
    ]


def test_whoever_is_invited_gets_a_letter_with_a_link_to_choose_a_password(
    admin, letters, stranger
):
    answer = admin.fill_in(f"{ACCOUNTS}/einladen", email="Neu@Example.org", role="office")
    text = db.session.scalar(select(OutgoingMail.text))
    link = text.partition("http://localhost:5000")[2].split()[0]
    password = "ein neuer Satz, den nur ich kenne"
    stranger.fill_in(link, password=password, password_confirm=password)
    stranger.fill_in("/verwaltung/anmelden", email="neu@example.org", password=password)

    assert answer.status_code == 303
    assert letters() == [("staff_invitation", "neu@example.org")]
    assert known() == [(ADMIN, ["admin"], True), ("neu@example.org", ["office"], True)]
    assert stranger.get("/verwaltung/").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": ""}, "Geben Sie die E-Mail-Adresse ein"),
        ({"email": "kim"}, "im Format name@beispiel.de"),
        ({"email": KIM}, "Zu dieser Adresse gibt es schon ein Konto"),
        ({"role": "boss"}, "Wählen Sie eine der Möglichkeiten"),
    ],
)
def test_invitation_that_is_none_says_what_is_missing(admin, kim, wrong, sentence):
    before = all_rows()

    page = admin.fill_in(f"{ACCOUNTS}/einladen", **{"email": "neu@example.org"} | wrong)

    assert (page.status_code, sentence in page.text) == (422, True)
    assert all_rows() == before


def test_list_shows_who_works_here_and_how_well_they_are_secured(admin, kim):
    kim.totp_key = second_factor.new_key()
    accounts.add("alt@example.org", "door", password=PASSWORD).active = False
    accounts.add("neu@example.org", "door", password=None)

    assert [[row[0], *row[1:3], row[4]] for row in cells(admin.get(ACCOUNTS), "konten")] == [
        [ADMIN, "Administration", "nein", "aktiv"],
        ["alt@example.org", "Einlass", "nein", "gesperrt"],
        [KIM, "Büro", "ja", "aktiv"],
        ["neu@example.org", "Einlass", "nein", "eingeladen"],
    ]


def test_list_asks_the_database_as_often_for_five_as_for_one(admin, count_queries):
    for_one = count_queries(admin, ACCOUNTS)
    for number in range(4):
        accounts.add(f"kim{number}@example.org", "door", password=None)

    assert count_queries(admin, ACCOUNTS) == for_one


def test_another_role_takes_the_place_of_the_old_one(admin, kim):
    answer = set_role(admin, kim, "door")

    assert answer.status_code == 303
    assert known() == [(ADMIN, ["admin"], True), (KIM, ["door"], True)]


def test_role_that_somebody_else_has_changed_meanwhile_is_shown_first(admin, kim):
    page = admin.get(page_of(kim))
    accounts.set_role(kim, "door", actor="system")

    answer = press(admin, page, "Rolle speichern", role="admin")

    assert answer.status_code == 422
    assert "Das hat inzwischen jemand anders geändert." in text_of(answer)
    assert known()[1] == (KIM, ["door"], True)


def test_blocked_account_is_out_at_once_and_in_again_once_released(admin, stranger, kim):
    def come_in():
        stranger.fill_in("/verwaltung/anmelden", email=KIM, password=PASSWORD)
        return stranger.get("/verwaltung/").status_code

    before = come_in()
    send(admin, f"{page_of(kim)}/sperren")
    out, still_out = stranger.get("/verwaltung/").status_code, come_in()
    send(admin, f"{page_of(kim)}/freigeben")

    assert (before, out, still_out, come_in()) == (200, 302, 302, 200)


def test_reset_second_factor_lets_the_password_alone_in_and_ends_visits(admin, stranger, kim):
    stranger.fill_in("/verwaltung/anmelden", email=KIM, password=PASSWORD)
    kim.totp_key = second_factor.new_key()
    second_factor.new_recovery_codes(kim)

    send(admin, f"{page_of(kim)}/zuruecksetzen")
    out = stranger.get("/verwaltung/").status_code
    answer = stranger.fill_in("/verwaltung/anmelden", email=KIM, password=PASSWORD)

    assert (out, answer.location) == (302, "/verwaltung/#inhalt")
    assert (kim.totp_key, kim.recovery_codes) == (None, None)


def test_removed_account_is_asked_about_once_and_gone(admin, kim):
    asked = admin.get(f"{page_of(kim)}/loeschen")
    answer = send(admin, f"{page_of(kim)}/loeschen")

    assert "Das lässt sich nicht rückgängig machen" in text_of(asked)
    assert (answer.status_code, known()) == (303, [(ADMIN, ["admin"], True)])


def test_page_of_an_account_tells_what_happened_without_names(admin, kim):
    for deed in ("link", "sperren", "freigeben", "zuruecksetzen"):
        send(admin, f"{page_of(kim)}/{deed}")
    set_role(admin, kim, "door")

    assert history(admin.get(page_of(kim))) == [
        "Konto mit der Rolle Büro angelegt",
        "Link zum Wählen eines Passworts geschickt",
        "Konto gesperrt",
        "Konto wieder freigegeben",
        "alle zweiten Faktoren zurückgesetzt",
        "Rolle: Büro → Einlass",
    ]
    assert {entry.actor for entry in journal.of_thread(kim.actor)[1:]} == {
        accounts.by_address(ADMIN).actor
    }


@pytest.mark.parametrize("deed", ["sperren", "loeschen"])
def test_last_admin_cannot_be_removed(admin, kim, deed):
    last = accounts.by_address(ADMIN)

    answer = send(admin, f"{page_of(last)}/{deed}")

    assert answer.status_code == 409
    assert "Das ist das letzte Konto, das Konten verwalten kann" in answer.text
    assert known()[0] == (ADMIN, ["admin"], True)


def test_last_admin_cannot_become_something_else(admin, kim):
    answer = set_role(admin, accounts.by_address(ADMIN), "office")

    assert answer.status_code == 409
    assert known()[0] == (ADMIN, ["admin"], True)


@pytest.mark.parametrize("other", [{"password": None}, {"password": PASSWORD, "active": False}])
def test_admin_who_cannot_get_in_is_none(app, other):
    last = accounts.add(ADMIN, "admin", password=PASSWORD)
    second = accounts.add("zwei@example.org", "admin", password=other["password"])
    second.active = other.get("active", True)
    db.session.flush()

    with pytest.raises(LastAdmin):
        accounts.remove(last)


def test_command_line_cannot_remove_the_last_admin_either(app):
    accounts.add(ADMIN, "admin", password=PASSWORD)
    db.session.commit()

    result = app.test_cli_runner().invoke(args=["staff", "remove", ADMIN])

    assert (result.exit_code, "das letzte Konto" in result.output) == (1, True)
    assert known() == [(ADMIN, ["admin"], True)]


def test_two_admins_who_remove_each_other_at_once_do_not_both_succeed(app):
    for name in ("eins", "zwei"):
        accounts.add(f"{name}@example.org", "admin", password=PASSWORD)
    db.session.commit()
    refused = []

    def remove(name):
        with app.app_context():
            try:
                accounts.remove(accounts.by_address(f"{name}@example.org"))
                db.session.commit()
            except LastAdmin:
                db.session.rollback()
                refused.append(name)

    both = [Thread(target=remove, args=[name]) for name in ("eins", "zwei")]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert [email.partition("@")[0] for email, _roles, _active in known()] == refused
    assert len(refused) == 1


def test_second_removal_waits_for_the_first_and_sees_it(app):
    """The order of the race, made sure of: the row of the role is taken before counting."""
    for name in ("eins", "zwei"):
        accounts.add(f"{name}@example.org", "admin", password=PASSWORD)
    db.session.commit()
    outcome = []

    def remove_the_other():
        with app.app_context():
            try:
                accounts.remove(accounts.by_address("zwei@example.org"))
                db.session.commit()
            except LastAdmin:
                outcome.append("refused")
            db.session.remove()

    accounts.remove(accounts.by_address("eins@example.org"))
    second = Thread(target=remove_the_other)
    second.start()
    second.join(0.5)
    waited = second.is_alive()
    db.session.commit()
    second.join()

    assert (waited, outcome) == (True, ["refused"])
    assert known() == [("zwei@example.org", ["admin"], True)]

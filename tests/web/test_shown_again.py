"""Nothing typed is lost: a form that cannot be taken now comes back filled, with what to do."""

import re
from contextlib import closing, contextmanager

import pytest
from limits import parse_many
from sqlalchemy import create_engine, text

from chancendialog import extensions
from chancendialog.extensions import client_network, db, limiter
from chancendialog.web import limits
from tests.browser_client import all_rows, browser_of
from tests.factories import EventSessionFactory, HouseFactory, RegistrationFactory
from tests.web.steps import buttons, own_page, press, text_of

KIM = "kim@example.org"
CHANGE_NAME = ("{own}/daten", "Namen ändern", {"name": "Kim Müller"})
LIMITED = [  # page, button, and what is typed
    ("{own}/daten", "Adresse ändern", {"email": KIM}),
    ("/meine-anmeldungen", "Links schicken", {"email": KIM}),
    ("/barriere-melden", "Meldung senden", {"what": "Zu klein.\nAlles.", "email": KIM}),
]
CHANGE_NEEDS = ("{own}/bedarf", "Speichern", {"needs": "Wasser"})
FORMS = [CHANGE_NAME, CHANGE_NEEDS, *LIMITED]
DEEDS = [
    ("", "Anzahl ändern"),
    ("", "Neuen Link erzeugen"),
    ("/abmelden", "Ja, abmelden"),
    ("/ich-komme", "Ich komme"),
    ("/ich-kann-nicht", "Ja, abmelden"),
    ("/loeschen", "Diese Anmeldung löschen"),
]


@pytest.fixture
def own(app, client):
    """The own page of somebody with a seat, looked at before; there is another session, and an office."""
    HouseFactory()
    EventSessionFactory(title="Zweiter Abend")
    own = own_page(RegistrationFactory(name="Kim", email="kim@exampel.org"))
    client.get(own)
    return own


@pytest.fixture
def use_up(app):
    """Let this network have sent as many forms as it may."""
    with app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for one in parse_many(limits.FORMS):
            limiter.limiter.hit(one, client_network(), "forms", cost=one.amount)


@contextmanager
def nobody_else_may_write():
    """While somebody is in the middle of something long; reading goes on."""
    db.session.rollback()
    engine = create_engine(db.engine.url)
    is_postgres = engine.dialect.name == "postgresql"
    lock = "LOCK TABLE event_session, registration, outgoing_mail IN EXCLUSIVE MODE"
    with closing(engine.connect()) as other:
        other.execute(text(lock if is_postgres else "UPDATE event_session SET id = id"))
        yield
        other.rollback()
    engine.dispose()


def kept(answer, typed):
    return {name: value in answer.text for name, value in typed.items()}


def all_of(typed):
    return dict.fromkeys(typed, True)


@pytest.mark.parametrize(("page", "label", "typed"), FORMS)
def test_who_lost_the_cookie_gets_the_form_back_and_sends_it_again(client, own, page, label, typed):
    form = client.get(page.format(own=own))
    client.delete_cookie("session")
    before = all_rows()

    answer = press(client, form, label, **typed)
    unchanged = all_rows() == before
    again = press(client, answer, label, **typed)

    assert (answer.status_code, unchanged) == (400, True)
    assert "Erlauben Sie Cookies für diese Seite und versuchen Sie es noch einmal." in text_of(
        answer
    )
    assert kept(answer, typed) == all_of(typed)
    assert again.status_code == 303


def test_who_lost_the_cookie_finds_what_was_chosen(client, own):
    form = client.get(f"{own}/daten")
    client.delete_cookie("session")

    answer = press(client, form, "E-Mails ändern", language="en", wants_reminder="0")

    assert answer.status_code == 400
    assert '<option selected value="en">English' in answer.text
    assert re.search(r'<input checked [^>]*name="wants_reminder"[^>]* value="0"', answer.text)


@pytest.mark.parametrize(("page", "label"), DEEDS)
def test_who_lost_the_cookie_comes_to_the_own_page_with_the_reason(client, own, page, label):
    form = client.get(own + page)
    client.delete_cookie("session")
    before = all_rows()

    answer = press(client, form, label)

    assert answer.status_code == 400
    assert "Erlauben Sie Cookies für diese Seite" in text_of(answer)
    assert "<title>Fehler: Ihre Anmeldung" in answer.text
    assert "Platz freigeben" in buttons(answer)
    assert all_rows() == before


def test_who_lost_the_cookie_may_switch_with_the_next_try(client, own):
    form = client.get(f"{own}/wechseln")
    [label] = [one for one in buttons(form) if one.startswith("Hierher wechseln: Zweiter Abend")]
    client.delete_cookie("session")

    answer = press(client, form, label)
    again = press(client, answer, label)

    assert (answer.status_code, again.status_code) == (400, 303)
    assert "Erlauben Sie Cookies für diese Seite" in text_of(answer)


def test_a_key_that_is_none_is_told_so_with_or_without_a_cookie(client, own):
    assert client.post(f"{own}x/abmelden").status_code == 404


@pytest.mark.parametrize(("page", "label", "typed"), LIMITED)
def test_a_network_that_sent_too_much_keeps_what_it_typed(client, own, use_up, page, label, typed):
    form = client.get(page.format(own=own))
    before = all_rows()

    answer = press(client, form, label, **typed)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Senden Sie das Formular später noch einmal, oder rufen Sie uns an" in text_of(answer)
    assert kept(answer, typed) == all_of(typed)
    assert all_rows() == before


@pytest.mark.parametrize(("page", "label", "typed"), FORMS)
def test_what_came_at_a_busy_moment_is_a_filled_form(build, monkeypatch, own, page, label, typed):
    monkeypatch.setattr(extensions, "BUSY_AFTER", 1)
    browser = browser_of(build())
    form = browser.get(page.format(own=own))

    with nobody_else_may_write():
        answer = press(browser, form, label, **typed)

    assert answer.status_code == 409
    assert answer.headers["Retry-After"] == "5"
    assert "Gerade wollen viele Menschen gleichzeitig hierher." in text_of(answer)
    assert kept(answer, typed) == all_of(typed)

"""Keys are replaced: what was signed and encrypted before stays good as long as the old one is there."""

from urllib.parse import urlsplit

import pytest
from flask import current_app
from sqlalchemy import text

from chancendialog.extensions import db
from chancendialog.operations import keys
from chancendialog.registration import letters
from chancendialog.registration.models import PersonalCalendar
from chancendialog.staff import accounts
from chancendialog.tokens import person_token
from tests.browser_client import PASSWORD, browser_of, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory

OLD = "only for tests"  # as in conftest
ROTATED = {"SECRET_KEY": "a new key", "SECRET_KEY_FALLBACKS": (OLD,)}
THROWN_AWAY = {"SECRET_KEY": "a new key"}


@pytest.fixture
def rotated(build):
    return build(**ROTATED)


@pytest.fixture
def thrown_away(build):
    return build(**THROWN_AWAY)


@pytest.fixture
def renew(build):
    """Run the command with these settings."""

    def run(**settings):
        with build(**settings).app_context():
            return current_app.test_cli_runner().invoke(args=["keys", "renew"])

    return run


def moved_to(app, browser):
    """A browser with the cookies of this one, after the app has started again with other keys."""
    other = browser_of(app)
    other._cookies = dict(browser._cookies)
    return other


def test_a_link_opens_while_its_key_is_believed_and_then_dies_kindly(app, rotated, thrown_away):
    link = urlsplit(letters.manage_url(RegistrationFactory())).path

    assert browser_of(rotated).get(link).status_code == 200
    dead = browser_of(thrown_away).get(link)
    assert dead.status_code == 404
    assert "E-Mail" in dead.text


def test_new_links_are_signed_with_the_new_key(app, rotated, thrown_away):
    registration = RegistrationFactory()
    with rotated.app_context():
        link = urlsplit(letters.manage_url(registration)).path

    assert browser_of(thrown_away).get(link).status_code == 200
    assert browser_of(app).get(link).status_code == 404


def test_a_form_opened_before_can_be_sent_after(app, rotated, client, clock):
    """The form's stamp, its CSRF token and the cookie are all signed."""
    form = f"/termine/{EventSessionFactory().slug}/anmelden"
    fields = form_fields(client.get(form).text) | {"name": "Erika", "email": "erika@example.org"}
    clock.shift(5)

    sent = moved_to(rotated, client).post(form, data=fields)

    assert sent.status_code == 303
    assert moved_to(rotated, client).get(sent.location).status_code == 200


def test_staff_stay_signed_in_as_long_as_the_old_key_is_believed(signed_in, rotated, thrown_away):
    browser = signed_in("office")

    assert moved_to(rotated, browser).get("/verwaltung/").status_code == 200
    assert moved_to(thrown_away, browser).get("/verwaltung/").status_code == 302


def test_links_to_choose_a_password_are_believed_and_signed_alike(app, rotated, thrown_away):
    user = accounts.add("kim@example.org", "office", password=PASSWORD)
    db.session.commit()
    before = urlsplit(accounts.one_time_link(user)).path
    with rotated.test_request_context():
        after = urlsplit(accounts.one_time_link(user)).path
    db.session.rollback()

    assert browser_of(rotated).get(before).status_code == 200
    assert browser_of(thrown_away).get(after).status_code == 200
    assert browser_of(thrown_away).get(before).status_code == 302


def test_the_organizer_that_calendars_know_outlives_a_new_key(app, rotated, thrown_away):
    before = person_token("kim@example.org")

    with rotated.app_context():
        assert person_token("kim@example.org") == before
    with thrown_away.app_context():
        assert person_token("kim@example.org") != before


def test_renewed_values_need_the_newest_key_only_and_are_readable_throughout(app, renew, build):
    db.session.add_all(PersonalCalendar(key=f"geheim {n}", key_hash=str(n)) for n in range(5))
    db.session.add(PersonalCalendar(key=None, key_hash="revoked"))
    db.session.commit()
    both = {"FIELD_KEYS": ("neu", OLD)}

    with build(**both).app_context():
        before = list(db.session.scalars(db.select(PersonalCalendar.key).order_by("id")))
    first, second = renew(**both), renew(**both)

    assert [first.exit_code, second.exit_code] == [0, 0]
    assert "Alle Werte liest jetzt der neueste Schlüssel" in first.output
    for settings in (both, {"FIELD_KEYS": ("neu",)}):
        with build(**settings).app_context():
            after = list(db.session.scalars(db.select(PersonalCalendar.key).order_by("id")))
            assert after == before == [*(f"geheim {n}" for n in range(5)), None]


def test_interrupted_it_leaves_nothing_unreadable_and_is_begun_again(app, build, monkeypatch):
    monkeypatch.setattr(keys, "BATCH", 2)
    db.session.add_all(PersonalCalendar(key=f"geheim {n}", key_hash=str(n)) for n in range(5))
    db.session.commit()

    with build(FIELD_KEYS=("neu", OLD)).app_context():
        next(keys.renew())  # and no further
        db.session.remove()
        everything = list(db.session.scalars(db.select(PersonalCalendar.key)))
        db.session.remove()
    with build(FIELD_KEYS=("neu",)).app_context():
        renewed = [key for key in db.session.scalars(db.select(PersonalCalendar.key)) if key]
        db.session.remove()
    with build(FIELD_KEYS=("neu", OLD)).app_context():
        assert list(keys.renew()) == [(2, 0), (2, 0), (1, 0)]

    assert None not in everything
    assert len(renewed) == 2


def test_what_no_key_opens_is_counted_and_kept(app, renew, build):
    db.session.add(PersonalCalendar(key="geheim", key_hash="1"))
    db.session.commit()
    stored = db.session.scalar(text("SELECT key FROM personal_calendar"))
    db.session.rollback()

    result = renew(FIELD_KEYS=("neu",))

    assert result.exit_code == 1
    assert "1 Werte öffnet kein Schlüssel;" in result.output
    assert db.session.scalar(text("SELECT key FROM personal_calendar")) == stored


def test_every_encrypted_column_is_found_in_the_tables(app):
    written = {f"{one.table.name}.{one.name}" for one in keys.encrypted_columns()}

    assert "personal_calendar.key" in written
    assert all(len(one.table.primary_key.columns) == 1 for one in keys.encrypted_columns())


def test_a_signature_is_never_made_with_an_older_key(rotated):
    """Flask-Security would sign with the oldest."""
    security = rotated.extensions["security"]
    signers = {
        name: one.secret_key for name, one in vars(security).items() if name.endswith("_serializer")
    }

    assert signers
    assert set(signers.values()) == {b"a new key"}

"""Rules that hold for the whole tree, so that nobody has to remember them."""

import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text

from chancendialog import create_app
from chancendialog.extensions import Model, UTCDateTime, db
from chancendialog.privacy import registry
from chancendialog.programme.models import Series
from chancendialog.registration import tickets
from chancendialog.registration.models import Registration, Status
from chancendialog.staff import accounts, second_factor, visits
from config import ROOT, Config
from tests.factories import EventSessionFactory, RegistrationFactory

TEMPLATES = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.txt")]


def test_the_registry_knows_every_column():
    columns = {f"{t.name}.{c.name}" for t in Model.metadata.sorted_tables for c in t.columns}
    personal = [
        f"{table}.{column}"
        for data in registry.PERSONAL
        for table, names in data.columns.items()
        for column in names.split()
    ]
    impersonal = [
        f"{table}.{column}"
        for table, names in registry.IMPERSONAL.items()
        for column in names.split()
    ]

    assert sorted(personal + impersonal) == sorted(columns)


def test_the_readme_explains_every_setting():
    readme = (ROOT / "README.md").read_text()

    assert [f.name for f in fields(Config) if f"`{f.name}`" not in readme] == []


def test_the_readme_shows_the_tree_as_it_is():
    readme = (ROOT / "README.md").read_text()
    packages = sorted(
        p.name
        for p in (ROOT / "chancendialog").iterdir()
        if p.suffix == ".py" or (p / "__init__.py").exists()
    )

    assert [name for name in packages if name.removesuffix(".py") not in readme] == []


def test_naive_moments_are_refused():
    with pytest.raises(ValueError, match="naive"):
        UTCDateTime().process_bind_param(datetime(2026, 1, 1), None)

    assert UTCDateTime().process_bind_param(datetime(2026, 1, 1, tzinfo=UTC), None)


def test_nothing_but_the_clock_asks_for_the_time():
    asking = re.compile(r"datetime\.(now|utcnow|today)\(|time\.time\(|date\.today\(")
    modules = set((ROOT / "chancendialog").rglob("*.py")) - {ROOT / "chancendialog/clock.py"}

    assert [m.name for m in modules if asking.search(m.read_text())] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: str(t.relative_to(ROOT)))
def test_german_quotation_marks_and_dashes(template):
    source = template.read_text()
    sentences = re.findall(r'_\("((?:[^"\\]|\\.)*)"', source)

    assert [s for s in sentences if re.search(r'\\"| - |\.\.\.', s)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: str(t.relative_to(ROOT)))
def test_no_sentence_is_fixed_in_german(template):
    """Visible text goes through gettext, or another language never sees it."""
    source = re.sub(
        r"\{#.*?#\}|\{%-? trans.*?endtrans -?%\}|<style>.*?</style>",
        "",
        template.read_text(),
        flags=re.DOTALL,
    )
    visible = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<[^>]*>", " ", source, flags=re.DOTALL)

    assert re.findall(r"\b[A-ZÄÖÜ]?[a-zäöüß]{3,} [a-zäöüß]{3,}\b", visible) == []


def test_the_tables_are_what_the_migrations_make(app):
    context = MigrationContext.configure(db.session.connection(), opts={"compare_type": True})

    assert compare_metadata(context, Model.metadata) == []


def test_each_migration_goes_up_down_and_up(database_url, tmp_path):
    """On a database of its own; nothing is left when all are taken back."""
    empty = _empty_database(database_url, tmp_path)
    app = create_app(
        Config.from_environment({"DATABASE_URL": empty, "INSTANCE_PATH": str(tmp_path)})
    )
    with app.app_context():
        upgrade()
        first = _tables()
        downgrade(revision="base")
        none = _tables()
        upgrade()
        assert (none, _tables()) == ({"alembic_version"}, first)
        db.engine.dispose()


def test_going_back_before_holds_and_offers_loses_nobody(database_url, tmp_path):
    """Who was offered a seat waits again; what was never confirmed has ended."""
    with _app_without_tables(database_url, tmp_path).app_context():
        upgrade()
        event_session = EventSessionFactory()
        for status in Status:
            RegistrationFactory(event_session=event_session, status=status)
        downgrade(revision="0001_first_tables")
        statuses = "SELECT status FROM registration ORDER BY id"
        before = db.session.scalars(text(statuses)).all()
        db.session.rollback()
        upgrade()
        offers = db.session.scalar(text("SELECT offers FROM event_session"))
        db.session.rollback()
        db.engine.dispose()

    assert before == ["withdrawn", "confirmed", "waiting", "waiting", "withdrawn", "withdrawn"]
    assert not offers  # whoever waits was told that they need not answer


def test_what_was_registered_before_personal_calendars_counts_as_changed_then(
    database_url, tmp_path
):
    with _app_without_tables(database_url, tmp_path).app_context():
        upgrade()
        RegistrationFactory(registered_at=datetime(2026, 1, 1, tzinfo=UTC))
        downgrade(revision="0003_letters_to_many")
        upgrade()
        changed_at = db.session.scalar(select(Registration.changed_at))
        revision = db.session.scalar(select(Series.revision))
        db.session.rollback()
        db.engine.dispose()

    assert changed_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert len(revision) == 26


def test_who_was_registered_before_tickets_gets_a_code_and_the_erased_do_not(
    database_url, tmp_path
):
    with _app_without_tables(database_url, tmp_path).app_context():
        upgrade()
        event_session = EventSessionFactory()
        RegistrationFactory.create_batch(3, event_session=event_session)
        RegistrationFactory(event_session=event_session, erased_at=datetime(2026, 1, 1, tzinfo=UTC))
        downgrade(revision="0010_texts")
        upgrade()
        codes = db.session.scalars(select(Registration.ticket).order_by(Registration.id)).all()
        db.session.rollback()
        db.engine.dispose()

    assert [bool(code) and tickets.read(code) == code for code in codes] == [True] * 3 + [False]
    assert len(set(codes)) == 4


def test_who_was_registered_before_lists_were_searched_is_found_too(database_url, tmp_path):
    with _app_without_tables(database_url, tmp_path).app_context():
        upgrade()
        event_session = EventSessionFactory()
        for name in ("Kim Müller", "Anna Weiß", ""):
            RegistrationFactory(event_session=event_session, name=name, email=None)
        downgrade(revision="0013_reminder")
        upgrade()
        keys = select(Registration.sort_key, Registration.search_key).order_by(Registration.id)
        found = db.session.execute(keys).all()
        db.session.rollback()
        db.engine.dispose()

    assert found == [("kim mueller", "kim muller"), ("anna weiss", "anna weiss"), ("", "")]


def test_accounts_outlive_second_factors_with_their_roles_and_numbers(database_url, tmp_path):
    """Nobody gets the number of somebody who has left, also after going back and forth."""
    with _app_without_tables(database_url, tmp_path).app_context():
        upgrade()
        for name in ("eins", "zwei"):
            user = accounts.add(f"{name}@example.org", "office", password=None)
            user.totp_key = second_factor.new_key()
            visits.begin(user, "")
        accounts.remove(user)
        db.session.commit()
        downgrade(revision="0013_reminder")
        upgrade()
        known = accounts.by_address("eins@example.org")
        new = accounts.add("drei@example.org", "door", password=None)
        kept = (accounts.role_of(known), known.totp_key, visits.of(known), new.id)
        db.session.rollback()
        db.engine.dispose()

    assert kept == ("office", None, [], 3)


def _tables():
    return set(inspect(db.engine).get_table_names())


def _app_without_tables(database_url, tmp_path):
    return create_app(
        Config.from_environment(
            {
                "DATABASE_URL": _empty_database(database_url, tmp_path),
                "INSTANCE_PATH": str(tmp_path),
            }
        )
    )


def _empty_database(url, tmp_path):
    if url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/empty.db"
    app = create_app(Config.from_environment({"DATABASE_URL": url, "INSTANCE_PATH": str(tmp_path)}))
    with (
        app.app_context(),
        db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server,
    ):
        server.execute(text("DROP DATABASE IF EXISTS empty"))
        server.execute(text("CREATE DATABASE empty"))
    with app.app_context():
        db.engine.dispose()
        return db.engine.url.set(database="empty").render_as_string(hide_password=False)


def test_every_package_says_in_one_line_what_it_is_for():
    packages = [
        p for p in (ROOT / "chancendialog").rglob("__init__.py") if p.parent.name != "chancendialog"
    ]

    assert [p.parent.name for p in packages if not Path(p).read_text().startswith('"""')] == []

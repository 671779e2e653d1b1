"""Flask's extensions and what every table shares.

`Model` is plain SQLAlchemy; Flask-SQLAlchemy lends it the engine and the
session of the request. Nothing here knows the app.
"""

import base64
import hashlib
import hmac
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any, ClassVar, TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel
from flask_limiter import Limiter
from flask_mail import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, DateTime, Dialect, Enum, MetaData, String, TypeDecorator, event
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction
from ulid import ULID

BUSY_AFTER = 5  # seconds that somebody waits for their turn before we say so
ASKED = "asked"  # where a transaction keeps what it has asked
log = logging.getLogger(__name__)
T = TypeVar("T")


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment, kept as UTC. Refuses naive values with `ValueError`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive moment: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value)


class Encrypted(TypeDecorator[str]):
    """Text that a copy of the database does not give away.

    The first of FIELD_KEYS writes, each of them reads; without any, it is
    SECRET_KEY with its fallbacks. What none of them opens reads as None: losing
    a key loses such values, and nothing else.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value and locked(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        text = value and unlocked(value)
        if text is None and value is not None:
            log.warning("a value in the database was encrypted with a key that FIELD_KEYS lacks")
        return text


def locked(text: str) -> str:
    """A text as `Encrypted` keeps it, for whoever keeps it elsewhere."""
    return _locks().encrypt(text.encode()).decode()


def unlocked(stored: str) -> str | None:
    """What was locked; None if no key opens it."""
    try:
        return _locks().decrypt(stored).decode()
    except InvalidToken:
        return None


def as_newest(stored: str) -> str | None:
    """The same value as the newest key encrypts it; None if no key opens it."""
    try:
        return _locks().rotate(stored).decode()
    except InvalidToken:
        return None


def _locks() -> MultiFernet:
    settings = current_app.config
    signing = (settings["SECRET_KEY"], *settings["SECRET_KEY_FALLBACKS"])
    return _locks_of(settings["FIELD_KEYS"] or signing)


@lru_cache
def _locks_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_as_fernet_key(key)) for key in keys])


def _as_fernet_key(key: str) -> bytes:
    """Any long string will do for a key; Fernet wants 32 bytes that look like chance."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"encrypted columns")
    return base64.urlsafe_b64encode(kdf.derive(key.encode()))


class Model(DeclarativeBase):
    """A table. Text has no length limit: forms say what is too long, kindly."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: String(), datetime: UTCDateTime()}


class AskedOnce:
    """A table of few rows that much needs: a transaction asks for them once."""


def one_of(words: type[StrEnum]) -> Enum:
    """A column that holds one of these words; a new word needs no migration."""
    return Enum(
        words,
        native_enum=False,
        length=20,
        values_callable=lambda kind: [word.value for word in kind],
    )


def new_ulid() -> str:
    """A fresh public name for a row: sorted by time, not to be guessed."""
    return str(ULID())


def render_item(kind: str, item: Any, context: Any) -> str | bool:
    """Write our column types into migrations in a way that stays true."""
    if kind == "type" and isinstance(item, UTCDateTime):
        context.imports.add("from chancendialog.extensions import UTCDateTime")
        return "UTCDateTime()"
    if kind == "type" and isinstance(item, Encrypted):
        return "sa.String()"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String({item.length})"
    return False


def client_network() -> str:
    """Whom a rate limit counts: an IPv4 address or the /64 of an IPv6 one, hashed.

    The hash is keyed, so that nobody finds addresses in the counters.
    """
    network = request.remote_addr or ""
    with suppress(ValueError):  # whatever a proxy says that is no address counts as one network
        address = ip_address(network)
        address = getattr(address, "ipv4_mapped", None) or address
        network = str(ip_network(f"{address}/{32 if address.version == 4 else 64}", strict=False))
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(key, network.encode(), hashlib.sha256).hex()[:32]


db = SQLAlchemy(metadata=Model.metadata)
migrate = Migrate(render_item=render_item)
mail = Mail()
csrf = CSRFProtect()
babel = Babel()
limiter = Limiter(key_func=client_network)


def once(what: str, ask: Callable[[], T]) -> T:
    """What this transaction knows already, until it ends or changes an `AskedOnce`."""
    known: dict[str, T] = db.session.info.setdefault(ASKED, {})
    if what not in known:
        known[what] = ask()
    return known[what]


@event.listens_for(db.session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(ASKED, None)


@event.listens_for(db.session, "after_flush")
def _forget_what_has_changed(session: Session, _context: object) -> None:
    rows = (*session.new, *session.dirty, *session.deleted)
    if any(isinstance(row, AskedOnce) for row in rows):
        session.info.pop(ASKED, None)


def engine_options(url: str) -> dict[str, Any]:
    """What the database driver is told: nobody waits for ever, logs quote nobody's data."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_AFTER}, "hide_parameters": True}
    waits = f"-c lock_timeout={BUSY_AFTER}s -c statement_timeout=30s -c timezone=UTC"
    return {
        "connect_args": {"options": waits, "connect_timeout": BUSY_AFTER},
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_timeout": BUSY_AFTER,
    }


def prepare_sqlite(app: Flask) -> None:
    """Make SQLite behave: write-ahead log, foreign keys, early write locks."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _on_connect)
            event.listen(db.engine, "begin", _on_begin)


def _on_connect(connection: sqlite3.Connection, record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    # FULL: what somebody was told is on the disk, also when the power fails a moment later
    # secure_delete: what is deleted is overwritten in the file, too
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def empty_write_ahead_log() -> None:
    """Let SQLite's log keep nothing of what is deleted by now; the next call does it if busy."""
    if db.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(db.engine.url.database), timeout=0.2)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _on_begin(connection: Connection) -> None:
    """Take the write lock at once, except for requests that only read.

    A transaction that reads first and writes later fails at once with
    SQLITE_BUSY_SNAPSHOT when another wrote in between, and no timeout helps.
    """
    connection.exec_driver_sql("BEGIN" if _only_reads() else "BEGIN IMMEDIATE")


def only_read() -> None:
    """Give the turn back and write nothing from here on: others are waiting to write."""
    db.session.rollback()
    g.only_reads = True


def write_from_here() -> None:
    """End reading, so that what follows can write; all that was read is read again."""
    db.session.rollback()
    g.only_reads = False


def _only_reads() -> bool:
    """What the request said with `g.only_reads`, else what its method implies."""
    method = request.method if has_request_context() else ""
    return bool(g.get("only_reads", method in ("GET", "HEAD", "OPTIONS")))


def is_busy(trouble: Exception) -> bool:
    """Whether the database is well but somebody else had the turn for too long."""
    cause = getattr(trouble, "orig", trouble)
    return (isinstance(cause, sqlite3.OperationalError) and "locked" in str(cause)) or getattr(
        cause, "sqlstate", None
    ) in ("55P03", "40P01", "40001")

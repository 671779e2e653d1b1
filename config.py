"""The settings of one installation, read from the environment.

A variable is a field of the same name; every gap is reported at once. On a
loopback address the system is a *trial*, anywhere else an *installation* that
refuses to start while something is missing.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

ROOT = Path(__file__).parent
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
REQUIRED_IN_AN_INSTALLATION = ("SECRET_KEY", "MAIL_SERVER", "MAIL_DEFAULT_SENDER")


class ConfigError(Exception):
    """The environment does not describe a system that can run."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Settings of one installation. README.md explains each."""

    SECRET_KEY: str
    PUBLIC_URL: str  # links in letters begin with it
    DATABASE_URL: str
    SECRET_KEY_FALLBACKS: tuple[str, ...] = ()  # still accepted, never used to sign
    FIELD_KEYS: tuple[str, ...] = ()  # of encrypted columns, newest first; empty: the ones above
    MAIL_SERVER: str = ""  # empty in a trial: letters go to the development mailbox
    MAIL_PORT: int = 25
    MAIL_USE_TLS: bool = False
    MAIL_USE_SSL: bool = False
    MAIL_USERNAME: str = ""
    MAIL_PASSWORD: str = ""
    MAIL_DEFAULT_SENDER: str = "Chancendialog Transformation <termine@chancendialog.example>"
    MAIL_REPLY_ADDRESS: str = ""  # may contain {token}; empty: the sender
    MAIL_RATE: int = 0  # letters per minute that the mail server allows; 0: any number
    REDIS_URL: str = ""  # shared rate limits; empty: each process counts for itself
    TRUSTED_PROXIES: int = 0  # hops whose X-Forwarded-* are believed
    PORT: int = 5000
    INSTANCE_PATH: Path = ROOT / "instance"  # SQLite file, generated key, development mailbox

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read every setting; raise `ConfigError` that names all that is wrong."""
        faults: list[str] = []
        given = {name: value.strip() for name, value in env.items() if value.strip()}
        instance = Path(given.get("INSTANCE_PATH", str(cls.INSTANCE_PATH))).absolute()
        values: dict[str, object] = {
            name: given[name]
            for name in (
                "MAIL_SERVER", "MAIL_USERNAME", "MAIL_PASSWORD", "MAIL_DEFAULT_SENDER",
                "MAIL_REPLY_ADDRESS", "REDIS_URL",
            )
            if name in given
        }  # fmt: skip
        for name in ("SECRET_KEY_FALLBACKS", "FIELD_KEYS"):
            values[name] = tuple(given.get(name, "").replace(",", " ").split())
        for name in ("MAIL_PORT", "MAIL_RATE", "TRUSTED_PROXIES", "PORT"):
            if name in given:
                values[name] = _number(name, given[name], faults)
        for name in ("MAIL_USE_TLS", "MAIL_USE_SSL"):
            if name in given:
                values[name] = _switch(name, given[name], faults)
        port = values.get("PORT") or cls.PORT
        public_url = given.get("PUBLIC_URL", f"http://localhost:{port}").rstrip("/")
        if not _is_plain(public_url):
            faults.append(
                f"PUBLIC_URL: {public_url!r} ist keine Adresse wie https://termine.example.de"
            )
        elif urlsplit(public_url).hostname not in LOOPBACK:
            missing = [name for name in REQUIRED_IN_AN_INSTALLATION if name not in given]
            faults += [f"{name} fehlt" for name in missing]
        if not re.search(r"[^\s<>@]+@[^\s<>@]+", given.get("MAIL_DEFAULT_SENDER", "a@b")):
            faults.append("MAIL_DEFAULT_SENDER: nennt keine Adresse wie Name <termine@example.de>")
        if faults:
            raise ConfigError("So kann das System nicht starten:\n  " + "\n  ".join(faults))
        return cls(
            **values,  # type: ignore[arg-type]  # each was read by its own reader above
            SECRET_KEY=given.get("SECRET_KEY") or _kept_secret(instance),
            PUBLIC_URL=public_url,
            DATABASE_URL=_driver(
                given.get("DATABASE_URL", f"sqlite:///{instance}/chancendialog.db")
            ),
            INSTANCE_PATH=instance,
        )

    @property
    def is_trial(self) -> bool:
        """Whether this is somebody trying the system on their own machine."""
        return urlsplit(self.PUBLIC_URL).hostname in LOOPBACK

    @property
    def has_tls(self) -> bool:
        """Whether people reach the system through https."""
        return self.PUBLIC_URL.startswith("https://")


def _is_plain(url: str) -> bool:
    """Whether this is scheme, host and perhaps a port, and nothing else."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(
            parts.hostname and url == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
        )
    except ValueError:
        return False


def _kept_secret(instance: Path) -> str:
    """The key a trial made for itself when it first started."""
    file = instance / "secret_key"
    if not file.exists():
        instance.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    return file.read_text()


def _driver(url: str) -> str:
    """SQLAlchemy's name for a database address: psycopg 3 for PostgreSQL."""
    scheme, _colon, rest = url.partition(":")
    return f"postgresql+psycopg:{rest}" if scheme in ("postgres", "postgresql") else url


def _number(name: str, text: str, faults: list[str]) -> int:
    if text.isdecimal():
        return int(text)
    faults.append(f"{name}: {text!r} ist keine ganze Zahl")
    return 0


def _switch(name: str, text: str, faults: list[str]) -> bool:
    if text.lower() not in ("1", "true", "0", "false"):
        faults.append(f"{name}: {text!r} ist weder 1/true noch 0/false")
    return text.lower() in ("1", "true")

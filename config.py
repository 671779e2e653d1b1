"""The settings of one installation, read from the environment.

A variable is a field of the same name; every gap is reported at once. What is
secret may also come from a file that NAME_FILE names, as container secrets do;
it never shows in a `repr` or a message. On a loopback address the system is a
*trial*, anywhere else an *installation* that refuses to start while something
is missing.
"""

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

ROOT = Path(__file__).parent
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
REQUIRED_IN_AN_INSTALLATION = ("SECRET_KEY", "MAIL_SERVER", "MAIL_DEFAULT_SENDER")
KEYS = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "FIELD_KEYS")
SECRETS = (*KEYS, "MAIL_PASSWORD", "DATABASE_URL", "REDIS_URL", "OIDC_CLIENT_SECRET")
OIDC = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")  # all of them, or none
LEAST_KEY = 8  # characters; whoever gets a cookie guesses a shorter one
PLACEHOLDERS = {"changeme", "change-me", "change_me", "secret-key", "secret_key", "password"}
SENDER_NAME = "Region Hannover – Chancendialog"  # of letters, unless a setting names another
A_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"


class ConfigError(Exception):
    """The environment does not describe a system that can run."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Settings of one installation. README.md explains each."""

    SECRET_KEY: str = field(repr=False)
    PUBLIC_URL: str  # links in letters begin with it
    DATABASE_URL: str = field(repr=False)
    SECRET_KEY_FALLBACKS: tuple[str, ...] = field(default=(), repr=False)  # believed, never sign
    FIELD_KEYS: tuple[str, ...] = field(default=(), repr=False)  # newest first; empty: those above
    MAIL_SERVER: str = ""  # empty in a trial: letters go to the development mailbox
    MAIL_PORT: int = 25
    MAIL_USE_TLS: bool = False
    MAIL_USE_SSL: bool = False
    MAIL_USERNAME: str = ""
    MAIL_PASSWORD: str = field(default="", repr=False)
    MAIL_DEFAULT_SENDER: str = f"{SENDER_NAME} <termine@chancendialog.example>"
    MAIL_REPLY_ADDRESS: str = ""  # may contain {token}; empty: the sender
    MAIL_RATE: int = 0  # letters per minute that the mail server allows; 0: any number
    REDIS_URL: str = field(default="", repr=False)  # shared limits; empty: each process for itself
    OIDC_ISSUER: str = ""  # the house's own sign-in (OpenID Connect); empty: there is none
    OIDC_CLIENT_ID: str = ""
    OIDC_CLIENT_SECRET: str = field(default="", repr=False)
    TRUSTED_PROXIES: int = 0  # hops whose X-Forwarded-* are believed
    PORT: int = 5000
    INSTANCE_PATH: Path = ROOT / "instance"  # SQLite file, generated key, development mailbox
    SIGN_LANGUAGE_FILM: Path | None = None  # its captions stand beside it, with the suffix .vtt

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read every setting; raise `ConfigError` that names all that is wrong."""
        faults: list[str] = []
        given = {name: value.strip() for name, value in env.items() if value.strip()}
        given |= _from_files(given, faults)
        instance = Path(given.get("INSTANCE_PATH", str(cls.INSTANCE_PATH))).absolute()
        values: dict[str, object] = {
            name: given[name]
            for name in (
                "MAIL_SERVER", "MAIL_USERNAME", "MAIL_PASSWORD", "MAIL_DEFAULT_SENDER",
                "MAIL_REPLY_ADDRESS", "REDIS_URL", *OIDC,
            )
            if name in given
        }  # fmt: skip
        for name in ("SECRET_KEY_FALLBACKS", "FIELD_KEYS"):
            values[name] = _keys(given.get(name, ""))
        for name in ("MAIL_PORT", "MAIL_RATE", "TRUSTED_PROXIES", "PORT"):
            if name in given:
                values[name] = _number(name, given[name], faults)
        for name in ("MAIL_USE_TLS", "MAIL_USE_SSL"):
            if name in given:
                values[name] = _switch(name, given[name], faults)
        if film := given.get("SIGN_LANGUAGE_FILM"):
            values["SIGN_LANGUAGE_FILM"] = _film(film, faults)
        port = values.get("PORT") or cls.PORT
        public_url = given.get("PUBLIC_URL", f"http://localhost:{port}").rstrip("/")
        database_url = _driver(given.get("DATABASE_URL", f"sqlite:///{instance}/chancendialog.db"))
        faults += _wrong_addresses(given, public_url, database_url)
        faults += _half_a_provider(given)
        if _is_plain(public_url) and urlsplit(public_url).hostname not in LOOPBACK:
            faults += [f"{name} fehlt" for name in REQUIRED_IN_AN_INSTALLATION if name not in given]
            faults += _weak_keys(given)
        if faults:
            raise ConfigError("So kann das System nicht starten:\n  " + "\n  ".join(faults))
        return cls(
            **values,  # type: ignore[arg-type]  # each was read by its own reader above
            SECRET_KEY=given.get("SECRET_KEY") or _kept_secret(instance),
            PUBLIC_URL=public_url,
            DATABASE_URL=database_url,
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


def _wrong_addresses(given: Mapping[str, str], public_url: str, database_url: str) -> Iterator[str]:
    if not _is_plain(public_url):
        yield f"PUBLIC_URL: {public_url!r} ist keine Adresse wie https://termine.example.de"
    if not database_url.startswith(("sqlite://", "postgresql+psycopg://")):
        yield "DATABASE_URL: ist keine Adresse wie postgresql://name:wort@host/termine"
    if not re.search(r"[^\s<>@]+@[^\s<>@]+", given.get("MAIL_DEFAULT_SENDER", "a@b")):
        yield "MAIL_DEFAULT_SENDER: nennt keine Adresse wie Name <termine@example.de>"


def _half_a_provider(given: Mapping[str, str]) -> Iterator[str]:
    named = [name for name in OIDC if name in given]
    if named:
        yield from (f"{name} fehlt, gesetzt ist {named[0]}" for name in OIDC if name not in given)
    issuer = urlsplit(given.get("OIDC_ISSUER", "https://keiner"))
    if issuer.scheme != "https" and not (issuer.scheme == "http" and issuer.hostname in LOOPBACK):
        yield "OIDC_ISSUER: ist keine Adresse wie https://anmelden.example.de"


def _from_files(given: Mapping[str, str], faults: list[str]) -> dict[str, str]:
    """The secrets that files hold; NAME_FILE says where."""
    found: dict[str, str] = {}
    for name in SECRETS:
        if not (path := given.get(f"{name}_FILE")):
            continue
        if name in given:
            faults.append(f"{name} und {name}_FILE: nur eines von beiden darf gesetzt sein")
            continue
        try:
            found[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as trouble:
            why = getattr(trouble, "strerror", None) or "kein Text in UTF-8"
            faults.append(f"{name}_FILE: {path} ist nicht lesbar ({why})")
        else:
            if not found[name]:
                faults.append(f"{name}_FILE: {path} ist leer")
    return found


def _weak_keys(given: Mapping[str, str]) -> list[str]:
    """What is no key at all. That one could be stronger is said by `flask doctor`."""
    keys = {name: _keys(given.get(name, "")) for name in KEYS}
    keys["SECRET_KEY"] = tuple(given[name] for name in KEYS[:1] if name in given)
    return [
        f"{name}: zu leicht zu erraten; ein neuer Schlüssel: {A_KEY}"
        for name, some in keys.items()
        if any(len(key) < LEAST_KEY or key.lower() in PLACEHOLDERS for key in some)
    ]


def _keys(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


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


def _film(path: str, faults: list[str]) -> Path:
    film = Path(path).absolute()
    if not film.is_file() or film.suffix not in (".mp4", ".webm"):
        faults.append(f"SIGN_LANGUAGE_FILM: {path} ist keine Datei mit der Endung .mp4 oder .webm")
    return film


def _switch(name: str, text: str, faults: list[str]) -> bool:
    if text.lower() not in ("1", "true", "0", "false"):
        faults.append(f"{name}: {text!r} ist weder 1/true noch 0/false")
    return text.lower() in ("1", "true")

"""Is this installation well? One line per finding; nothing is changed, nobody is named.

Each check reads what it needs in a transaction of its own. One that cannot be
made is a fault, too, and holds up no other.
"""

import logging
import shutil
import ssl
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from email_validator import EmailNotValidError, validate_email
from flask import current_app, g
from limits.storage import storage_from_string
from sqlalchemy import and_, func, select, text
from sqlalchemy.engine import make_url

from chancendialog import clock, house
from chancendialog.extensions import db
from chancendialog.journal import JournalEntry
from chancendialog.links import sender
from chancendialog.mailing import outbox
from chancendialog.mailing.delivery import MailServer
from chancendialog.operations import heartbeat, keys
from chancendialog.privacy import overview
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import seats, sentences, waiting_list
from chancendialog.registration.models import HELD, LIVE_ONES, Registration
from config import KEYS

log = logging.getLogger(__name__)
STRONG_KEY = 32  # characters
SILENT_AFTER = timedelta(minutes=5)  # a worker finishes a round every minute
LETTERS_STUCK_AFTER = timedelta(minutes=10)
HOLDS_NOTED_WITHIN = timedelta(minutes=2)
CLOCKS_MAY_DIFFER = timedelta(seconds=2)
CLOCKS_MUST_NOT_DIFFER = timedelta(seconds=30)
LITTLE_ROOM, NO_ROOM = 2**30, 100 * 2**20  # bytes
EXAMPLE_DOMAINS = (  # RFC 2606
    *("example", "invalid", "test", "localhost"),
    *("example.com", "example.net", "example.org"),
)
DNS_ANSWERS_WITHIN = 3  # seconds
ANSWERS_WITHIN = 5  # seconds


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "Warnung"
    FAULT = "Fehler"


class Finding(NamedTuple):
    """One line: what is so, and if it should not be, what to do."""

    level: Level
    subject: str
    sentence: str


def examine() -> Iterator[Finding]:
    """Make every check there is, in the order of what depends on what."""
    g.only_reads = True
    for subject, check in CHECKS.items():
        try:
            findings = list(check())
        except Exception as trouble:
            log.debug("check failed", exc_info=trouble)
            findings = [(Level.FAULT, f"Nicht zu prüfen ({type(trouble).__name__}).")]
        finally:
            db.session.rollback()
        yield from (Finding(level, subject, sentence) for level, sentence in findings)


def settings() -> Iterator[tuple[Level, str]]:
    """Keys that nobody guesses, pages that nobody listens to, a sender that exists."""
    config = current_app.config
    weak = [name for name in KEYS if any(len(key) < STRONG_KEY for key in _keys(name))]
    if weak:
        yield (
            Level.WARNING,
            f"{', '.join(weak)}: kürzer als {STRONG_KEY} Zeichen. Nehmen Sie zufällige Schlüssel.",
        )
    else:
        yield Level.OK, "Die Schlüssel sind lang genug."
    if config["IS_TRIAL"]:
        yield Level.OK, "Die PUBLIC_URL liegt auf diesem Rechner: Das System wird ausprobiert."
        return
    if not config["FIELD_KEYS"]:
        yield (
            Level.WARNING,
            (
                "FIELD_KEYS fehlt: Ein SECRET_KEY, der bekannt wird, öffnet auch verschlüsselte"
                " Spalten. Geben Sie ihnen einen eigenen Schlüssel und lassen Sie den alten"
                " dahinter stehen (siehe docs/security.md)."
            ),
        )
    if domain := _example_domain():
        yield Level.WARNING, f"MAIL_DEFAULT_SENDER: {domain} ist nur ein Beispiel."


def _keys(name: str) -> tuple[str, ...]:
    value = current_app.config[name]
    return (value,) if isinstance(value, str) else value


def _example_domain() -> str | None:
    domain = sender()[1].rpartition("@")[2]
    is_example = any(domain == one or domain.endswith(f".{one}") for one in EXAMPLE_DOMAINS)
    return domain if is_example else None


def legal() -> Iterator[tuple[Level, str]]:
    """What imprint, privacy notice and accessibility statement must say is there."""
    if gaps := house.gaps():
        level = Level.OK if current_app.config["IS_TRIAL"] else Level.WARNING
        yield (
            level,
            (
                "Impressum, Datenschutz und Barrierefreiheit haben Lücken. Ergänzen Sie unter"
                f" „Texte“ oder in der Programmdatei unter [legal]: {', '.join(gaps)}."
            ),
        )
    else:
        yield Level.OK, "Impressum, Datenschutz und Barrierefreiheit sind ohne Lücken."


def wording() -> Iterator[tuple[Level, str]]:
    """Whatever staff say in letters stands in one."""
    if stray := sentences.stray():
        yield (
            Level.WARNING,
            (
                "Zu keiner E-Mail mehr gehören geänderte Sätze, und zwar so viele:"
                f" {len(stray)}. Sehen Sie unter „Texte“ nach, was Sie noch brauchen."
            ),
        )
    else:
        yield Level.OK, "Alle geänderten Sätze stehen in einer E-Mail."


def film() -> Iterator[tuple[Level, str]]:
    """The film in sign language is there, and those who do not sign can follow it."""
    path = current_app.config["SIGN_LANGUAGE_FILM"]
    found = house.sign_language_film()
    if found and found.captions:
        yield Level.OK, "In Gebärdensprache, mit Untertiteln."
    elif found:
        captions = path.with_suffix(".vtt").name
        yield Level.WARNING, f"Ohne Untertitel. Legen Sie {captions} neben {path.name}."
    elif path:
        yield Level.WARNING, f"{path.name} (SIGN_LANGUAGE_FILM) ist nicht mehr da."
    else:
        yield Level.OK, "Es gibt keinen in Gebärdensprache."


def tls() -> Iterator[tuple[Level, str]]:
    """What the settings say of it; the certificate is the proxy's business."""
    config = current_app.config
    if config["IS_TRIAL"]:
        yield Level.OK, "Zum Ausprobieren nicht nötig."
    elif not config["SESSION_COOKIE_SECURE"]:
        yield (
            Level.WARNING,
            (
                "PUBLIC_URL beginnt mit http: Namen, Adressen und Cookies reisen lesbar."
                " Stellen Sie auf https:// um."
            ),
        )
    elif not config["TRUSTED_PROXIES"]:
        yield (
            Level.WARNING,
            (
                "TRUSTED_PROXIES ist 0: Hinter einem Proxy scheinen alle eine Person zu sein."
                " Setzen Sie die Zahl der Proxys davor."
            ),
        )
    else:
        yield Level.OK, "https mit sicheren Cookies, hinter einem Proxy."


def front_door() -> Iterator[tuple[Level, str]]:
    """Ask for the pages as people do: the certificate, and what the proxy hands on."""
    config = current_app.config
    if config["IS_TRIAL"]:
        yield Level.OK, "Zum Ausprobieren gibt es nur eine."
        return
    url = config["PUBLIC_URL"]
    try:
        status, forged = answer_to(url), answer_to(url, X_Forwarded_Host="forged.invalid")
    except OSError as trouble:
        why = getattr(trouble, "reason", trouble)
        level = Level.FAULT if isinstance(why, ssl.SSLError) else Level.WARNING
        yield level, f"{url} ist von hier nicht zu erreichen: {why}"
        return
    if status == HTTPStatus.MISDIRECTED_REQUEST:
        yield Level.FAULT, f"{url}: Der Proxy gibt den Namen nicht weiter, nach dem gefragt wird."
    elif status != HTTPStatus.OK:
        yield Level.FAULT, f"{url} antwortet mit {status}."
    elif forged == HTTPStatus.MISDIRECTED_REQUEST:
        yield (
            Level.FAULT,
            (
                "Der Proxy lässt Kopfzeilen mit Unterstrich durch (X_Forwarded_For). Damit kann"
                " sich jeder für ein anderes Netz ausgeben. Verwerfen Sie sie dort."
            ),
        )
    else:
        yield Level.OK, f"{url} antwortet."


def answer_to(url: str, **headers: str) -> int:
    """The status of our first page, asked with such headers. Raises `OSError`.

    To WSGI, `X_Forwarded_Host` is the same as `X-Forwarded-Host`: where a proxy hands
    it on, the page is refused as if it were asked for under another name.
    """
    request = Request(f"{url}/", headers=headers)  # noqa: S310  # what the operator set
    try:
        with urlopen(request, timeout=ANSWERS_WITHIN) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as answer:
        return answer.code


def database() -> Iterator[tuple[Level, str]]:
    """Reachable, which one, and whole."""
    if db.engine.dialect.name == "sqlite":
        yield from _sqlite()
    else:
        version = db.session.scalar(text("SHOW server_version"))
        yield Level.OK, f"PostgreSQL {version} antwortet."


def _sqlite() -> Iterator[tuple[Level, str]]:
    version = db.session.scalar(text("SELECT sqlite_version()"))
    mode = db.session.scalar(text("PRAGMA journal_mode"))
    if not current_app.config["IS_TRIAL"]:
        yield Level.WARNING, "SQLite: Eine Installation nimmt PostgreSQL (DATABASE_URL)."
    if mode != "wal":
        yield Level.FAULT, f"SQLite schreibt im Modus {mode}, nicht mit WAL. Liegt sie im Netz?"
    said = db.session.scalars(text("PRAGMA quick_check")).all()
    if said == ["ok"]:
        yield Level.OK, f"SQLite {version} ist heil."
    else:
        yield Level.FAULT, "Die SQLite-Datei ist beschädigt. Spielen Sie eine Sicherung ein."


def migrations() -> Iterator[tuple[Level, str]]:
    """The tables are those of this version."""
    wanted = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    found = MigrationContext.configure(db.session.connection()).get_current_heads()
    if set(found) == set(wanted.get_heads()):
        yield Level.OK, f"Die Tabellen haben den Stand {', '.join(found)}."
    else:
        yield (
            Level.FAULT,
            (
                f"Die Tabellen haben den Stand {', '.join(found) or 'leer'} statt"
                f" {', '.join(wanted.get_heads())}: flask --app wsgi db upgrade"
            ),
        )


def mail() -> Iterator[tuple[Level, str]]:
    """Connect, sign in, and ask whether it would take an answer: RCPT, then RSET."""
    if not current_app.config["MAIL_SERVER"]:
        yield Level.OK, "Kein Mailserver: Schreiben kommen ins Entwicklungs-Postfach."
        return
    try:
        with MailServer(current_app.extensions["mail"]) as server:
            yield _mail_connection(server)
            yield from _reply_address(server)
    except OSError as trouble:  # smtplib's, too
        said = getattr(trouble, "smtp_code", "") or type(trouble).__name__
        yield (
            Level.FAULT,
            (
                f"Der Mailserver ist nicht zu gebrauchen ({said}). Prüfen Sie MAIL_SERVER,"
                " MAIL_PORT, MAIL_USE_TLS, MAIL_USE_SSL, MAIL_USERNAME und MAIL_PASSWORD."
            ),
        )


def _mail_connection(server: MailServer) -> tuple[Level, str]:
    if isinstance(server.host.sock, ssl.SSLSocket):
        return Level.OK, "Der Mailserver antwortet, verschlüsselt."
    if current_app.config["MAIL_SERVER"] in ("localhost", "127.0.0.1", "::1"):
        return Level.OK, "Der Mailserver auf diesem Rechner antwortet."
    return (
        Level.WARNING,
        "Der Mailserver antwortet unverschlüsselt: MAIL_USE_TLS oder MAIL_USE_SSL setzen.",
    )


def _reply_address(server: MailServer) -> Iterator[tuple[Level, str]]:
    address = outbox.reply_address("flask-doctor@example.org")  # with a token as people get it
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        yield Level.FAULT, "MAIL_REPLY_ADDRESS ist keine E-Mail-Adresse."
        return
    code, _ = server.host.mail(sender()[1])
    if code != 250:
        yield Level.FAULT, f"Der Mailserver nimmt MAIL_DEFAULT_SENDER nicht an ({code})."
        return
    code, _ = server.host.rcpt(address)
    server.host.rset()
    if code in (250, 251):
        yield Level.OK, "Der Mailserver nähme Antworten an."
    else:
        level = Level.FAULT if code >= 500 else Level.WARNING
        yield level, f"Der Mailserver nähme Antworten nicht an ({code}): MAIL_REPLY_ADDRESS prüfen."
    yield from _in_dns(address)


def _in_dns(address: str) -> Iterator[tuple[Level, str]]:
    """Ask for the MX of the reply address, as those who answer will; not where it is an example."""
    if current_app.config["IS_TRIAL"] or _example_domain():
        return
    domain = address.rpartition("@")[2]
    try:
        found = validate_email(address, timeout=DNS_ANSWERS_WITHIN)
    except EmailNotValidError:
        yield Level.WARNING, f"DNS: Für {domain} ist von hier aus kein Mailserver zu finden."
    else:
        if found.mx:
            yield Level.OK, f"DNS: {domain} nimmt E-Mails an."
        else:
            yield Level.WARNING, "DNS: nicht geprüft, es antwortet nicht."


def time() -> Iterator[tuple[Level, str]]:
    """Our clock against the database's and against what has happened; Hannover's time zone."""
    difference = abs(_database_clock() - clock.now())
    newest = db.session.scalar(select(func.max(JournalEntry.at)))
    if difference > CLOCKS_MAY_DIFFER:
        much = difference > CLOCKS_MUST_NOT_DIFFER
        yield (
            Level.FAULT if much else Level.WARNING,
            (
                f"System und Datenbank sind {difference.total_seconds():.0f} Sekunden auseinander."
                " Stellen Sie beide Uhren nach NTP."
            ),
        )
    if newest and newest > clock.now() + CLOCKS_MUST_NOT_DIFFER:
        yield Level.FAULT, "Das Journal ist der Uhr voraus: Sie geht nach oder ging einmal vor."
    summer = datetime(2026, 7, 1, tzinfo=clock.BERLIN).utcoffset()
    if summer != timedelta(hours=2):
        yield Level.FAULT, "Die Zeitzone Europe/Berlin stimmt nicht: Paket tzdata erneuern."
    elif difference <= CLOCKS_MAY_DIFFER:
        yield Level.OK, "Die Uhren gehen gleich, die Zeitzone stimmt."


def _database_clock() -> datetime:
    """SQLite asks the same clock as we do; PostgreSQL may run elsewhere."""
    if db.engine.dialect.name == "sqlite":
        return clock.now()
    return cast("datetime", db.session.scalar(select(func.clock_timestamp())))


def shared_limits() -> Iterator[tuple[Level, str]]:
    """Redis, where one is set; as patient with it as the limits are."""
    url = current_app.config["REDIS_URL"]
    if not url:
        yield Level.OK, "Kein REDIS_URL: Jeder Prozess zählt für sich."
    elif storage_from_string(url, **current_app.config["RATELIMIT_STORAGE_OPTIONS"]).check():
        yield Level.OK, "Redis antwortet."
    else:
        yield Level.FAULT, "Redis antwortet nicht: Jeder Prozess zählt für sich. REDIS_URL prüfen."


def worker() -> Iterator[tuple[Level, str]]:
    """It finished a round lately."""
    last = heartbeat.last()
    if last is None:
        yield Level.FAULT, "Noch nie gelaufen. Starten Sie: flask --app wsgi worker"
        return
    age = clock.now() - last
    if -CLOCKS_MUST_NOT_DIFFER <= age <= SILENT_AFTER:
        yield Level.OK, f"Letzte Runde vor {max(0, round(age.total_seconds()))} Sekunden."
    else:
        yield (
            Level.FAULT,
            (
                f"Die letzte Runde war am {last.astimezone(clock.BERLIN):%d.%m.%Y um %H:%M} Uhr."
                " Läuft er? flask --app wsgi worker"
            ),
        )


def letters() -> Iterator[tuple[Level, str]]:
    """None is stuck, none was given up."""
    since, progress = outbox.stuck_since(LETTERS_STUCK_AFTER), outbox.progress()
    if since:
        yield (
            Level.FAULT,
            (
                f"Seit {since.astimezone(clock.BERLIN):%d.%m.%Y %H:%M} Uhr geht nichts hinaus"
                f" ({progress.waiting} warten). Laufen Worker und Mailserver?"
            ),
        )
    if progress.given_up:
        yield (
            Level.WARNING,
            f"{progress.given_up} Schreiben kamen nicht an: Verwaltung, Seite „E-Mails“.",
        )
    if not (since or progress.given_up):
        yield Level.OK, f"Nichts hängt fest ({progress.waiting} warten)."


def encrypted() -> Iterator[tuple[Level, str]]:
    """Every value opens."""
    if number := keys.unreadable():
        yield Level.FAULT, f"{number} Werte öffnet kein Schlüssel. Fehlt einer in FIELD_KEYS?"
    else:
        yield Level.OK, "Alles lässt sich entschlüsseln."


def retention() -> Iterator[tuple[Level, str]]:
    """What is due was deleted within an hour."""
    late = overview.overdue()
    if any(late):
        yield (
            Level.FAULT,
            (
                f"{late.registrations} Anmeldungen und {late.letters} E-Mails hätten gelöscht sein"
                " müssen. Läuft der Worker? Steht in seinem Log etwas von „could not finish“?"
            ),
        )
    else:
        yield Level.OK, "Nichts ist länger da, als es darf."


def seats_given() -> Iterator[tuple[Level, str]]:
    """No seat twice, none held for nobody, none free for somebody who waits."""
    faults = [*_twice(), *_held_for_nobody(), *_passed_over()]
    yield from faults
    yield from (overbooked := list(_overbooked()))
    if not (faults or overbooked):
        yield Level.OK, "Jeder Platz ist einmal vergeben, und niemand wartet umsonst."


def _twice() -> Iterator[tuple[Level, str]]:
    slug, email = EventSession.slug, Registration.email
    live = select(slug).join(Registration).where(LIVE_ONES, email.is_not(None))
    for name in db.session.scalars(live.group_by(slug, email).having(func.count() > 1).distinct()):
        yield Level.FAULT, f"{name}: Eine Adresse ist zweimal angemeldet. Ein Index fehlt."


def _held_for_nobody() -> Iterator[tuple[Level, str]]:
    late = and_(
        Registration.status.in_(HELD),
        Registration.hold_until < clock.now() - HOLDS_NOTED_WITHIN,
        EventSession.status == SessionStatus.PUBLISHED,
        EventSession.starts_at > clock.now(),
    )
    slugs = select(EventSession.slug).join(Registration).where(late).distinct()
    for slug in db.session.scalars(slugs.order_by(EventSession.slug)):
        yield Level.FAULT, f"{slug}: Eine Frist ist vorbei, und niemand hat es vermerkt (Worker?)."


def _passed_over() -> Iterator[tuple[Level, str]]:
    """What the worker would heal; after a call, the first to click gets the seat."""
    to_heal = waiting_list.sessions_to_heal()
    numbers = seats.numbers(to_heal)
    for one in to_heal:
        called = one.last_call_at is not None
        if numbers[one.id].somebody_fits and not numbers[one.id].overdue and not called:
            yield Level.FAULT, f"{one.slug}: Plätze sind frei, und es wartet jemand (Worker?)."


def _overbooked() -> Iterator[tuple[Level, str]]:
    to_come = db.session.scalars(
        select(EventSession)
        .where(EventSession.status == SessionStatus.PUBLISHED, EventSession.starts_at > clock.now())
        .order_by(EventSession.starts_at)
    ).all()
    numbers = seats.numbers(to_come)
    for one in to_come:
        if (taken := numbers[one.id].taken) > one.capacity:
            yield (
                Level.WARNING,
                f"{one.slug}: {taken} Menschen auf {one.capacity} Plätzen. Wollte das jemand so?",
            )


def disk() -> Iterator[tuple[Level, str]]:
    """Room to write, and files that others do not read."""
    folder = current_app.config["INSTANCE_PATH"]
    free = shutil.disk_usage(folder).free
    if free < LITTLE_ROOM:
        level = Level.FAULT if free < NO_ROOM else Level.WARNING
        yield level, f"Nur noch {free // 2**20} MiB frei unter INSTANCE_PATH. Schaffen Sie Platz."
    else:
        yield Level.OK, f"{free / 2**30:.0f} GiB sind frei."
    url = make_url(current_app.config["DATABASE_URL"])
    files = [folder / "secret_key"]
    if url.get_backend_name() == "sqlite" and not current_app.config["IS_TRIAL"]:
        files.append(folder / str(url.database))
    for file in files:
        if file.exists() and file.stat().st_mode & 0o077:
            yield Level.WARNING, f"{file.name} ist auch für andere lesbar: chmod 600"


CHECKS: dict[str, Callable[[], Iterator[tuple[Level, str]]]] = {
    "Einstellungen": settings,
    "TLS": tls,
    "Eingang": front_door,
    "Datenbank": database,
    "Migrationen": migrations,
    "Mailserver": mail,
    "Uhr": time,
    "Angaben": legal,
    "Wortlaut": wording,
    "Film": film,
    "Redis": shared_limits,
    "Worker": worker,
    "Schreiben": letters,
    "Schlüssel": encrypted,
    "Löschfristen": retention,
    "Plätze": seats_given,
    "Platte": disk,
}

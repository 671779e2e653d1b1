"""What operators type: `flask --app wsgi …`."""

import logging
import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from chancendialog import journal
from chancendialog.attendance import duty
from chancendialog.errors import DomainError
from chancendialog.extensions import db
from chancendialog.operations import doctor, keys, loading, trial, worker
from chancendialog.programme import queries
from chancendialog.programme.file import FaultyFile, read
from chancendialog.staff import accounts
from chancendialog.staff.permissions import ROLES, only_at_the_door

programme = AppGroup("programme", help="The sessions on offer.")
staff = AppGroup("staff", help="Who works here.")
key_commands = AppGroup("keys", help="What encrypts columns of the database.")
trial_commands = AppGroup("trial", help="Trying the system on one's own machine.")


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(programme)
    app.cli.add_command(staff)
    app.cli.add_command(key_commands)
    app.cli.add_command(trial_commands)
    app.cli.add_command(run_worker)
    app.cli.add_command(run_doctor)


@programme.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--update", is_flag=True, help="Apply differences, and tell everybody affected.")
def load_programme(file: Path, update: bool) -> None:
    """Create what FILE names and is missing; list what differs."""
    known_venues = {venue.slug for venue in queries.venues()}
    known_topics = {topic.slug for topic in queries.topics()}
    try:
        text = file.read_text(encoding="utf-8-sig")
        report = loading.load(read(text, venues=known_venues, topics=known_topics), update=update)
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} ist kein Text in UTF-8.") from None
    except FaultyFile as trouble:
        click.echo(f"{file} wurde nicht geladen:", err=True)
        for fault in trouble.faults:
            click.echo(f"  {fault}", err=True)
        sys.exit(1)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    db.session.commit()
    for sentence in report.created:
        click.echo(f"Angelegt: {sentence}")
    for sentence in report.differences:
        click.echo(f"{'Geändert' if update else 'Anders'}: {sentence}")
    if report.differences and not update:
        click.echo("Nichts davon wurde geändert. Mit --update wird es übernommen.")
    if not report.created and not report.differences:
        click.echo("Alles ist schon so, wie es in der Datei steht.")


@staff.command("add")
@click.argument("email")
@click.option("--role", required=True, help=f"One of: {', '.join(ROLES)}.")
@click.option("--password-stdin", is_flag=True, help="Read a password from standard input.")
def add_staff(email: str, role: str, password_stdin: bool) -> None:
    """Add a member of staff; without a password, print a link to choose one."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    try:
        user = accounts.add(email, role, password=password)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    db.session.commit()
    click.echo(f"{user.email} hat jetzt die Rolle {role}.")
    if only_at_the_door(user):
        click.echo("Das Konto sieht nur Termine, denen es zugeteilt ist:")
        click.echo(f"  flask --app wsgi staff assign {user.email} TERMIN")
        click.echo("oder im Büro auf der Seite des Termins unter „Einlass-Team“.")
    if not password_stdin:
        click.echo("Passwort wählen (einmal, bis morgen um diese Zeit):")
        click.echo(accounts.one_time_link(user))


@staff.command("assign")
@click.argument("email")
@click.argument("slug")
def assign_staff(email: str, slug: str) -> None:
    """Let a door account see the session SLUG on its day."""
    try:
        user = accounts.by_address(email)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    event_session = queries.session_by_slug(slug, drafts=True)
    if event_session is None:
        raise click.ClickException(f"Den Termin „{slug}“ gibt es nicht.")
    duty.add(event_session, user, actor=journal.SYSTEM)
    db.session.commit()
    click.echo(f"{user.email} sieht am Tag der Veranstaltung „{event_session.title}“.")


@staff.command("remove")
@click.argument("email")
def remove_staff(email: str) -> None:
    """Remove the account of somebody who has left."""
    try:
        accounts.remove(accounts.by_address(email))
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    db.session.commit()
    click.echo(f"Das Konto {email} ist gelöscht.")


@key_commands.command("renew")
def renew_keys() -> None:
    """Encrypt everything with the newest key; begin again whenever you like."""
    lost = 0
    with click.progressbar(length=keys.values_to_renew(), label="Neu verschlüsselt") as bar:
        for seen, unreadable in keys.renew():
            bar.update(seen)
            lost += unreadable
    db.session.rollback()
    if lost:
        raise click.ClickException(
            f"{lost} Werte öffnet kein Schlüssel; sie bleiben, wie sie sind."
        )
    click.echo("Alle Werte liest jetzt der neueste Schlüssel; ältere Schlüssel können weg.")


@click.command("worker")
@with_appcontext
@click.option("--once", is_flag=True, help="Do what is due now, then exit.")
def run_worker(once: bool) -> None:
    """Deliver letters, give seats away, delete what is due."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker: %(message)s")
    worker.work(once=once)


@click.command("doctor")
@with_appcontext
def run_doctor() -> None:
    """Say whether this installation is well; exit with 1 if something is wrong."""
    levels = []
    for finding in doctor.examine():
        click.echo(f"{finding.level:<8} {finding.subject:<14} {finding.sentence}")
        levels.append(finding.level)
    sys.exit(doctor.Level.FAULT in levels)


@trial_commands.command("prepare")
def prepare_trial() -> None:
    """Load the series, example sessions and demo accounts."""
    try:
        trial.prepare()
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    db.session.commit()


@trial_commands.command("serve")
def serve_trial() -> None:
    """Serve the pages with a worker beside them, and say where."""
    sys.exit(trial.serve(current_app.config["PORT"]))

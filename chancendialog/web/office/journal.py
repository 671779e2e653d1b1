"""The journal for admins: who did what and when. It can only be read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from chancendialog import journal
from chancendialog.clock import BERLIN
from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.i18n import when_short
from chancendialog.journal import RESIDENT, SYSTEM, JournalEntry
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import Registration
from chancendialog.staff import accounts
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms.journal_filter import JournalForm

PER_PAGE = 50
MOST = 2**31 - 1  # more is no number of a row
REGISTRATION, STAFF = "registration:", "staff:"


@dataclass(frozen=True)
class Line:
    """An entry with what it is about: a session, and somebody."""

    at: datetime
    who: str
    what: str
    event_session: EventSession | None
    whom: Registration | None
    account: str


@bp.get("/journal")
@requires(Permission.SEE_JOURNAL)
def journal_page() -> ResponseReturnValue:
    """Show what was done, the newest first, as far as it is looked for."""
    by_thread = {one.thread: one for one in queries.sessions(drafts=True)}
    names = {RESIDENT: _("Teilnehmende"), SYSTEM: _("System")} | accounts.every_email()
    form = JournalForm(
        {one.slug: f"{when_short(one.starts_at)}: {one.title}" for one in by_thread.values()},
        names,
    )
    is_valid = form.validate()
    before = min(request.args.get("vor", 0, type=int), MOST)
    found = journal.latest(*_sought(form), before=before, limit=PER_PAGE + 1) if is_valid else []
    shown = found[:PER_PAGE]
    page = render_template(
        "office/journal.html",
        form=form,
        lines=_lines(shown, by_thread, names),
        is_first=not before,
        newest=form.chosen(),
        older=form.chosen() | {"vor": shown[-1].id} if len(found) > PER_PAGE else None,
    )
    return page, 200 if is_valid else 422


def _sought(form: JournalForm) -> Iterable[ColumnElement[bool]]:
    """The conditions that entries fulfil."""
    if form.termin.data:
        event_session = queries.session_by_slug(form.termin.data, drafts=True)
        yield JournalEntry.scope == (event_session.thread if event_session else "")
    if form.wer.data:
        yield JournalEntry.actor == form.wer.data
    if form.tat.data:
        yield JournalEntry.code == form.tat.data
    if form.anmeldung.data:
        yield JournalEntry.thread == REGISTRATION + form.anmeldung.data
    if form.von.data:
        yield JournalEntry.at >= _midnight(form.von.data)
    if form.bis.data:
        yield JournalEntry.at < _midnight(form.bis.data + timedelta(days=1))


def _midnight(day: date) -> datetime:
    """When a day begins in Hannover."""
    return datetime.combine(day, time(), BERLIN)


def _lines(
    entries: list[JournalEntry], by_thread: dict[str, EventSession], names: dict[str, str]
) -> list[Line]:
    """Entries as people read them. One query."""
    ulids = {one.thread.removeprefix(REGISTRATION) for one in entries}
    people = db.session.scalars(
        select(Registration)
        .where(Registration.ulid.in_(ulids))
        .options(joinedload(Registration.event_session))
    )
    whom = {one.thread: one for one in people}
    return [
        Line(
            at=one.at,
            who=_called(one.actor, names),
            what=journal.sentence(one),
            event_session=by_thread.get(one.scope or one.thread),
            whom=whom.get(one.thread),
            account=_called(one.thread, names) if one.thread.startswith(STAFF) else "",
        )
        for one in entries
    ]


def _called(actor: str, names: dict[str, str]) -> str:
    """Somebody in words; of a colleague who has left, the number is all there is."""
    number = actor.removeprefix(STAFF)
    return names.get(actor) or _("gelöschtes Konto Nr. %(number)s", number=number)

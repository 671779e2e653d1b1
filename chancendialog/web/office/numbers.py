"""How sessions went, in numbers that name nobody: drawn, as tables, and to take away."""

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise

from flask import flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import clock
from chancendialog.attendance import closing
from chancendialog.clock import day_of
from chancendialog.documents import numbers, tables
from chancendialog.documents.lists import TYPES, Kind
from chancendialog.documents.numbers import Day, Figures, Why
from chancendialog.documents.tables import Cell, Column, Mark, Table
from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.i18n import when
from chancendialog.programme import queries, retention
from chancendialog.programme.models import EventSession
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.people import staff_session

ENDS = {
    Why.LINK: "selbst abgemeldet, über den Link",
    Why.QUESTION: "auf die Frage „Kommen Sie?“ abgesagt",
    Why.SWITCHED: "zu einem anderen Termin gewechselt",
    Why.PASSED_ON: "Platzangebot nicht gewollt",
    Why.OFFER_EXPIRED: "Platzangebot verfallen",
    Why.UNCONFIRMED: "nie bestätigt",
    Why.OFFICE: "durch das Büro abgemeldet",
    Why.ERASED: "Name und Adresse gelöscht",
}


@bp.get("/zahlen")
@requires(Permission.SEE_NUMBERS)
def series_numbers() -> ResponseReturnValue:
    """Show all sessions side by side, the earliest first."""
    sessions = queries.sessions()
    figures = numbers.of_sessions(sessions)
    together = numbers.in_all(figures.values())
    return render_template(
        "office/series_numbers.html",
        sessions=sessions,
        figures=figures,
        together=together,
        changes=_changes(together.days),
        top=_top(together),
        ends=ENDS,
    )


@bp.get("/termine/<slug>/zahlen")
@requires(Permission.SEE_NUMBERS)
def session_numbers(slug: str) -> ResponseReturnValue:
    """Show how one session was booked, and who came."""
    event_session = staff_session(slug)
    figures = numbers.of_sessions([event_session])[event_session.id]
    return render_template(
        "office/session_numbers.html",
        event_session=event_session,
        figures=figures,
        changes=_changes(figures.days),
        top=_top(figures),
        ends=ENDS,
        wait=_wait(figures),
        closed_at=closing.closed_at(event_session),
        goes_at=retention.goes_at(event_session),
    )


@bp.post("/termine/<slug>/abschluss")
@requires(Permission.SEE_NUMBERS)
def close_session(slug: str) -> ResponseReturnValue:
    """Note who came, when all is over."""
    if closing.close(staff_session(slug), actor=current_user.actor):
        flash(_("Abgeschlossen."), "success")
    else:
        flash(_("Das war schon abgeschlossen."), "info")
    db.session.commit()
    return redirect(url_for(".session_numbers", slug=slug, _anchor="inhalt"), 303)


@bp.get("/zahlen.<any(csv, xlsx):kind>")
@requires(Permission.SEE_NUMBERS)
def export_series_numbers(kind: str) -> ResponseReturnValue:
    """All figures, one row per session."""
    return _file(_rows_of_series(), kind, "zahlen", "Zahlen der Reihe")


@bp.get("/termine/<slug>/zahlen.<any(csv, xlsx):kind>")
@requires(Permission.SEE_NUMBERS)
def export_session_numbers(slug: str, kind: str) -> ResponseReturnValue:
    """The sign-ups of one session, one row per day."""
    event_session = staff_session(slug)
    figures = numbers.of_sessions([event_session])[event_session.id]
    rows: list[Sequence[Cell]] = [
        ("Tag", "Personen angemeldet (zusammen)", "feste Plätze", "Plätze im Raum")
    ]
    rows += [(one.day, one.signed_up, one.seated, figures.capacity) for one in figures.days]
    return _file(rows, kind, f"{slug}-zahlen", event_session.title)


def _rows_of_series() -> list[Sequence[Cell]]:
    sessions = queries.sessions()
    figures = numbers.of_sessions(sessions)
    headings = (
        "Termin", "Tag", "Plätze", "Anmeldungen", "Personen angemeldet", "Personen mit Platz", "da",
        "nicht gekommen", "Anteil nicht gekommen", "Gäste ohne Anmeldung", "auf der Warteliste",
        "davon nachgerückt", "Wartezeit in Stunden (Median)", *ENDS.values(),
    )  # fmt: skip
    return [headings, *(_row(one, figures[one.id]) for one in sessions)]


def _row(event_session: EventSession, of: Figures) -> Sequence[Cell]:
    rate = of.no_show_rate
    stayed_away = None if rate is None else of.stayed_away
    wait = None if of.wait is None else round(of.wait.total_seconds() / 3600)
    return (
        event_session.title, day_of(event_session.starts_at), of.capacity, of.parties, of.signed_up,
        of.seated, of.came, stayed_away, rate, of.walk_ins, of.joined_queue, of.served, wait,
        *(of.ends[why] for why in ENDS),
    )  # fmt: skip


def _top(figures: Figures) -> int:
    """The largest number that is drawn."""
    return max([figures.capacity, 1, *(max(one.signed_up, one.seated) for one in figures.days)])


def _changes(days: list[Day]) -> list[Day]:
    """The days on which anything was different than the day before."""
    return days[:1] + [day for before, day in pairwise(days) if before[1:] != day[1:]]


def _wait(figures: Figures) -> str:
    """„3 Tage“, „5 Stunden“; empty if nobody was served."""
    if figures.wait is None:
        return ""
    hours = round(figures.wait.total_seconds() / 3600)
    if hours < 48:
        return _("1 Stunde") if hours == 1 else _("%(hours)s Stunden", hours=hours)
    return _("%(days)s Tage", days=round(hours / 24))


def _file(rows: Sequence[Sequence[Cell]], kind: str, name: str, title: str) -> ResponseReturnValue:
    """The first row names the columns; the first column is the widest."""
    headings, *figures = rows
    columns = [Column(str(one), 32 if number == 0 else 16) for number, one in enumerate(headings)]
    table = Table(title=title, sheet=_("Zahlen"), columns=columns, rows=figures)
    now = clock.now()
    file = BytesIO()
    if kind == Kind.CSV:
        tables.write_csv(file, table)
    else:
        mark = Mark(by=current_user.email, at=now, written_at=when(now))
        tables.write_xlsx(file, table, mark)
    file.seek(0)
    return send_file(file, TYPES[Kind(kind)], as_attachment=True, download_name=f"{name}.{kind}")

"""The list of a session's people, as CSV and as XLSX.

Both hold the same cells. In the CSV a cell that a spreadsheet would take for
a formula is defused; XLSX cells have a type, so there text stays text.
"""

import csv
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO, StringIO

from flask_babel import gettext as _
from xlsxwriter import Workbook

from chancendialog import journal
from chancendialog.attendance.roster import Guest
from chancendialog.clock import BERLIN
from chancendialog.registration.models import Status

Cell = str | int | datetime
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def status_name(status: Status) -> str:
    """A state as staff read it, here and in the journal."""
    return str(journal.WORDS[status])


def rows(guests: Iterable[Guest]) -> list[list[Cell]]:
    """A row of headings, then one per registration. Times are Hannover's."""
    table: list[list[Cell]] = [
        [_("Name"), _("E-Mail"), _("Personen"), _("Status"), _("Angemeldet am"), _("Da")]
    ]
    for guest in guests:
        registration = guest.registration
        registered_at = registration.registered_at.astimezone(BERLIN)
        table.append(
            [
                registration.name,
                registration.email or "",
                registration.party_size,
                status_name(registration.standing),
                registered_at.replace(tzinfo=None, microsecond=0),
                guest.arrived,
            ]
        )
    return table


def as_csv(guests: Iterable[Guest]) -> bytes:
    """With BOM and semicolons, as German Excel opens it without a question."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([_csv_cell(cell) for cell in row] for row in rows(guests))
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(guests: Iterable[Guest], *, title: str) -> bytes:
    """Typed cells, headings that stay in sight and on every printed page, a filter."""
    file = BytesIO()
    table = rows(guests)
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": title})
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        sheet = book.add_worksheet(_("Teilnehmende"))
        for number, row in enumerate(table):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(number, column, cell, moment)
                elif isinstance(cell, int):
                    sheet.write_number(number, column, cell)
                else:
                    sheet.write_string(number, column, cell, None if number else bold)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, len(table) - 1, len(table[0]) - 1)
        for column, width in enumerate((32, 36, 10, 16, 18, 6)):
            sheet.set_column(column, column, width)
    return file.getvalue()


def _csv_cell(cell: Cell) -> str | int:
    """Text that no spreadsheet runs (OWASP, CSV injection)."""
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y %H:%M}"
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell

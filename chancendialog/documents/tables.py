"""Tables to take away, as CSV and as XLSX, written row by row into a file.

Both hold the same cells. In the CSV a cell that a spreadsheet would take for
a formula is defused; XLSX cells have a type, so there text stays text.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import TextIOWrapper
from typing import IO, Any, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from chancendialog.i18n import gettext as _

Cell = str | int | float | date | datetime | None  # a float is a share, from 0 to 1
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
LONGEST = 32_767  # characters in a cell of a spreadsheet
A4 = 9  # as Excel counts
_STYLES = {datetime: "dd.mm.yyyy hh:mm", date: "dd.mm.yyyy", float: "0%"}


class Column(NamedTuple):
    """Its heading, and how wide it is in characters."""

    heading: str
    width: int


@dataclass(frozen=True)
class Table:
    """A title, and rows that are read once; moments have no zone. `warning` is for its finder."""

    title: str
    sheet: str  # what the tab of a spreadsheet says
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    warning: str = ""


@dataclass(frozen=True)
class Mark:
    """Who made a document, and when; papers and files get about."""

    by: str
    at: datetime
    written_at: str  # as people read it

    @property
    def sentence(self) -> str:
        """As it stands on paper."""
        return _("Erstellt von %(who)s, %(moment)s", who=self.by, moment=self.written_at)


def destroy_it() -> str:
    """What stands on every list of people."""
    return _("Enthält personenbezogene Daten: nach der Veranstaltung vernichten")


def write_csv(file: IO[bytes], table: Table) -> int:
    """With BOM and semicolons, as German Excel opens it without a question; how many rows.

    Nothing else stands in it, so that programs can read it: its mark is its name.
    """
    text = TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(_csv_cell(column.heading) for column in table.columns)
    number = 0
    for row in table.rows:
        writer.writerow([_csv_cell(cell) for cell in row])
        number += 1
    text.detach()  # or it would close the file
    return number


def write_xlsx(file: IO[bytes], table: Table, mark: Mark) -> int:
    """Typed cells, headings that stay in sight and on every printed page, a filter; how many rows.

    Rows go to the disk as they come, so that a long list takes no more memory than a short one.
    """
    with Workbook(file, {"constant_memory": True}) as book:
        book.set_properties(
            {
                "title": table.title,
                "author": mark.by,
                "comments": ". ".join(filter(None, [mark.sentence, table.warning])) + ".",
                "created": mark.at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        sheet = book.add_worksheet(table.sheet)
        bold = book.add_format({"bold": True})
        formats = {kind: book.add_format({"num_format": style}) for kind, style in _STYLES.items()}
        for column, (heading, width) in enumerate(table.columns):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, heading, bold)
        number = _write_rows(sheet, table.rows, formats)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, number, len(table.columns) - 1)
        _prepare_for_print(sheet, table, mark)
    return number


def _write_rows(sheet: Worksheet, rows: Iterable[Sequence[Cell]], formats: dict[type, Any]) -> int:
    number = 0
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell[:LONGEST])
            elif isinstance(cell, int | float):
                sheet.write_number(number, column, cell, formats.get(type(cell)))
            elif cell is not None:
                sheet.write_datetime(number, column, cell, formats[type(cell)])
    return number


def _prepare_for_print(sheet: Worksheet, table: Table, mark: Mark) -> None:
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)  # as wide as a page, and as many as it takes
    sheet.set_header(f"&L{_plain(table.title, 200)}")
    sheet.set_footer(f"&L{_plain(mark.sentence, 100)}\n{table.warning}&R&P/&N")


def _plain(text: str, length: int) -> str:
    """Text in a header, where & begins a command; all of it may have 255 characters."""
    short = text if len(text) <= length // 2 else text[: length // 2 - 1] + "…"
    return short.replace("&", "&&")


def _csv_cell(cell: Cell) -> str | int:
    """Text that no spreadsheet runs (OWASP, CSV injection)."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, float):
        return f"{cell:.0%}"
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell

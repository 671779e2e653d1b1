"""Tables to take away, as CSV and as XLSX: the same cells in both."""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO, StringIO

from xlsxwriter import Workbook

from chancendialog.documents.attendees import FORMULA_STARTS

Cell = str | int | float | date | datetime | None
PERCENT, DAY, MOMENT = "0%", "dd.mm.yyyy", "dd.mm.yyyy hh:mm"


def as_csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """With BOM and semicolons, as German Excel opens it; no cell is taken for a formula."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([_csv_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Sequence[Sequence[Cell]], *, title: str) -> bytes:
    """Typed cells below headings that stay in sight and on every printed page."""
    file = BytesIO()
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": title})
        sheet = book.add_worksheet()
        formats = {name: book.add_format({"num_format": name}) for name in (PERCENT, DAY, MOMENT)}
        bold = book.add_format({"bold": True, "text_wrap": True})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    of_cell = formats[MOMENT if isinstance(cell, datetime) else DAY]
                    sheet.write_datetime(number, column, cell, of_cell)
                elif isinstance(cell, int | float):
                    is_share = isinstance(cell, float)
                    sheet.write_number(number, column, cell, formats[PERCENT] if is_share else None)
                elif cell is not None:
                    sheet.write_string(number, column, cell, None if number else bold)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, len(rows[0]) - 1, 16)
    return file.getvalue()


def _csv_cell(cell: Cell) -> str | int:
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

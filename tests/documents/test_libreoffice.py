"""LibreOffice opens the lists without a question and reads the same cells; skipped without it."""

import csv
import shutil
import subprocess
from io import BytesIO

import pytest
from openpyxl import load_workbook

from chancendialog.documents.lists import Kind
from tests.documents.test_attendee_list import event_session, guests, made
from tests.factories import RegistrationFactory
from tests.hostile import FORMULAS, MARKUP

__all__ = ["event_session", "guests"]

pytestmark = [
    pytest.mark.skipif(not shutil.which("soffice"), reason="needs libreoffice-calc"),
    pytest.mark.xdist_group("libreoffice"),
]
CSV = "59,34,76"  # semicolon, quotation mark, UTF-8


def opened(content, kind, to, folder, *options):
    """What LibreOffice saves of it in another format."""
    (folder / f"list.{kind}").write_bytes(content)
    program = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", *options]
    command = [*program, "--convert-to", to, "--outdir", folder / "out", folder / f"list.{kind}"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return next((folder / "out").iterdir())


@pytest.fixture
def hostile(guests):
    for name in ("🙂 Kim", "\u0645\u062d\u0645\u062f", *FORMULAS[:4], *FORMULAS[6:9], *MARKUP):
        RegistrationFactory(event_session=guests, name=name)
    return guests


def test_xlsx_is_read_cell_by_cell(hostile, tmp_path):
    content = made(hostile, Kind.XLSX)

    saved = opened(content, "xlsx", f"csv:Text - txt - csv (StarCalc):{CSV},,,,true", tmp_path)

    read = list(csv.reader(saved.read_text("utf-8-sig").splitlines(), delimiter=";"))
    meant = [
        [_as_shown(cell.value) for cell in row]
        for row in load_workbook(BytesIO(content)).active.iter_rows()
    ]
    assert read == meant


def test_csv_is_read_cell_by_cell(hostile, tmp_path):
    content = made(hostile, Kind.CSV)

    saved = opened(content, "csv", "xlsx", tmp_path, f"--infilter=CSV:{CSV},1")

    book = load_workbook(saved)
    meant = list(csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=";"))
    names = [row[0] for row in book.active.iter_rows(values_only=True)]
    assert [cell.data_type for row in book.active.iter_rows() for cell in row].count("f") == 0
    assert names == [row[0] for row in meant]


def _as_shown(value):
    if hasattr(value, "year"):
        return f"{value:%d.%m.%Y %H:%M}"
    return "" if value is None else str(value)

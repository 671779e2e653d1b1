"""Compare an XLSX of 20 000 people with a bare xlsxwriter that writes the same cells, the control.

The control has the cells in memory and writes them in constant-memory mode; the app reads them
from the database, sorts them by name and makes them what they are. Both take turns and write to
a file on the disk. What counts is the ratio, and by how much the most memory that a process
ever took grows over its list of one session with hardly anybody. On SQLite, then on PostgreSQL.
"""

import itertools
import multiprocessing
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert
from xlsxwriter import Workbook

from benchmarks.sign_up import postgresql
from chancendialog import clock, create_app
from chancendialog.documents import attendees, lists
from chancendialog.documents.attendees import Fact, Sorting, Whom
from chancendialog.documents.choices import Choice
from chancendialog.documents.lists import Kind, Wish
from chancendialog.documents.tables import Cell, Mark
from chancendialog.extensions import db
from chancendialog.operations import trial
from chancendialog.programme import queries
from chancendialog.registration.models import Registration, Status
from config import Config

ROUNDS, PEOPLE = 5, 20_000
FEW, MANY = "beispiel-klein", "beispiel-gross"
FACTS = tuple(Fact)
PEAK, FORGET_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")  # Linux, proc(5)
FIRST = ("Änne", "Çağla", "Zoë", "Erika", "Jörg", "Łukasz", "Óscar", "Kim", "Ümit", "Ida", "Max")
LAST = ("Öztürk", "Müller-Lüdenscheidt", "Mustermann", "Groß", "Nguyễn", "Beispiel", "d'Angelo")
MARK = Mark("kim@example.org", clock.now(), "heute")


def main() -> None:
    """Print seconds of each round, the ratios of the medians, and how memory grows."""
    with tempfile.TemporaryDirectory() as folder, postgresql() as url:
        for name, database in (("sqlite", ""), ("postgresql", url)):
            settings = {"SECRET_KEY": "benchmark", "INSTANCE_PATH": f"{folder}/{name}"}
            app = create_app(Config.from_environment(settings | {"DATABASE_URL": database}))
            with app.app_context():
                prepare()
                compare(name, Path(folder))
            for kind in (Kind.XLSX, Kind.CSV):
                grown = in_a_process_of_its_own(settings | {"DATABASE_URL": database}, kind)
                print(f"{name}: the most memory for {kind} grows by {grown:.1f} MB", flush=True)


def prepare() -> None:
    """Sign 20 000 people up for one session."""
    upgrade()
    trial.prepare()
    event_session = queries.session_by_slug(MANY)
    assert event_session
    names = itertools.cycle(itertools.product(LAST, FIRST))
    rows = [
        {
            "event_session_id": event_session.id,
            "name": f"{first} {last} {number}",
            "email": f"erika.{number}@example.org",
            "party_size": 1 + number % 3,
            "status": (Status.CONFIRMED, Status.WAITING)[number % 2],
            "ical_uid": f"{number}@example.org",
        }
        for number, (last, first) in zip(range(PEOPLE), names, strict=False)
    ]
    db.session.execute(insert(Registration), rows)
    db.session.commit()


def compare(database: str, folder: Path) -> None:
    """Write the same cells by turns barely and as the app does."""
    cells = [[heading for heading, _width in attendees.columns(FACTS)], *all_cells()]
    contests: dict[str, Callable[[], object]] = {
        "control": partial(bare, folder / "bare.xlsx", cells),
        "xlsx": partial(written, folder / "ours.xlsx", Kind.XLSX),
        "csv": partial(written, folder / "ours.csv", Kind.CSV),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contests}
    for number in range(ROUNDS + 1):  # the first is for warming up
        for name, write in contests.items():
            started = time.perf_counter()
            write()
            seconds[name].append(time.perf_counter() - started)
            if number:
                print(
                    f"{database:<10}  round {number}/{ROUNDS}  {name:<7} {seconds[name][-1]:6.2f} s"
                )
    medians = {name: statistics.median(all_of_them[1:]) for name, all_of_them in seconds.items()}
    print(
        f"{database}: xlsx / control = {medians['xlsx'] / medians['control']:.2f}"
        f" ({medians['xlsx']:.2f} / {medians['control']:.2f} s); csv {medians['csv']:.2f} s",
        flush=True,
    )


def all_cells() -> list[list[Cell]]:
    """What stands on the list."""
    event_session = queries.session_by_slug(MANY)
    assert event_session
    people = attendees.people(event_session, Whom.EVERYBODY, Sorting.NAME)
    return list(attendees.cells(people, FACTS))


def bare(file: Path, cells: list[list[Cell]]) -> None:
    """The control."""
    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        for number, row in enumerate(cells):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif isinstance(cell, int):
                    sheet.write_number(number, column, cell)
                elif cell is not None:
                    sheet.write_datetime(number, column, cell, moment)


def written(file: Path, kind: Kind, slug: str = MANY) -> int:
    """The app's list of everybody."""
    event_session = queries.session_by_slug(slug)
    assert event_session
    wish = Wish(kind, Whom.EVERYBODY, Choice(FACTS, Sorting.NAME))
    with file.open("wb") as open_file:
        number = lists.write(open_file, event_session, wish, MARK)
    db.session.rollback()
    return number


def in_a_process_of_its_own(settings: dict[str, str], kind: Kind) -> float:
    """By how many MB a long list takes more memory than a short one."""
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(growth, (settings, kind))


def growth(settings: dict[str, str], kind: Kind) -> float:
    """Measured here."""
    app: Flask = create_app(Config.from_environment(settings))
    with app.app_context(), tempfile.TemporaryDirectory() as folder:
        peaks = []
        for slug in (FEW, MANY):
            FORGET_PEAK.write_text("5")  # a new process is said to have taken what its parent did
            written(Path(folder) / f"{slug}.{kind}", kind, slug)
            [peak] = re.findall(r"VmHWM:\s*(\d+) kB", PEAK.read_text())
            peaks.append(int(peak) / 1024)
    return peaks[1] - peaks[0]


if __name__ == "__main__":
    main()

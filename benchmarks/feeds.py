"""Compare a feed of a thousand sessions with the same bytes from a bare Flask app, the control.

Either app is served by granian with one process of four threads; eight clients
ask, by turns the control and the app: for the whole feed, then whether there is
anything new. What counts are the ratios.
"""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.servers import environment, flask, rate, serving, take_turns
from chancendialog import clock
from chancendialog.operations.trial import SERIES

ROUNDS, SESSIONS = 7, 1000
FEEDS, QUESTIONS = 400, 3000  # per round
SERVER = "granian --interface wsgi --port {port} --blocking-threads 4 --no-log "
SESSION = """
[[sessions]]
slug = "abend-{number}"
title = "Abend {number} zum Messen"
description = "Dieser Abend findet nicht statt. Sonst stünde hier, worum es an ihm geht."
starts_at = {day}T19:00:00
ends_at = {day}T21:00:00
venue = "haus-der-region"
topics = ["klimaneutralitaet", "mobilitaet"]
capacity = 100
"""


def main() -> None:
    """Print requests per second of each round and the ratios of the medians."""
    with tempfile.TemporaryDirectory() as folder:
        instance, feed = Path(folder) / "instance", Path(folder) / "feed.ics"
        settings = environment(INSTANCE_PATH=str(instance), FEED=str(feed))
        prepare(instance, settings)
        with serving(SERVER + "wsgi:app", settings) as app:
            content, etag = fetch(app)
            feed.write_bytes(content)
            with serving(SERVER + "benchmarks.bare:app", settings) as control:
                compare(control, app, etag)


def prepare(instance: Path, settings: dict[str, str]) -> None:
    """Make the tables and load all sessions."""
    tomorrow = clock.today() + timedelta(days=1)
    sessions = [
        SESSION.format(number=number, day=tomorrow + timedelta(days=number))
        for number in range(SESSIONS)
    ]
    instance.mkdir()
    file = instance / "programme.toml"
    file.write_text(SERIES.read_text() + "".join(sessions))
    flask(settings, "db", "upgrade")
    flask(settings, "programme", "load", str(file))


def fetch(port: int) -> tuple[bytes, str]:
    """The feed, and the tag by which a program asks for a newer one."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/kalender.ics")
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return content, answer.headers["ETag"]


def compare(control: int, app: int, etag: str) -> None:
    """Ask both for the feed, and for news; the first round is for warming up."""
    has_it = {"If-None-Match": etag}
    contests = {
        "feed, warm": (FEEDS, 200, "/feed", "/kalender.ics", {}),
        "304": (QUESTIONS, 304, "/nothing-new", "/kalender.ics", has_it),
    }
    for title, (times, status, bare, ours, headers) in contests.items():
        ask = partial(ask_for, status=status, headers=headers)
        measures = {
            "control": partial(measure, control, ask, [bare] * times),
            "app": partial(measure, app, ask, [ours] * times),
        }
        for warm_up in measures.values():
            warm_up(0)
        medians = take_turns(ROUNDS, measures, title=f"{title:<10}  ")
        ratio = medians["app"] / medians["control"]
        print(
            f"{title}: app / control = {ratio:.2f}"
            f" ({medians['app']:.0f} / {medians['control']:.0f} requests/s)",
            flush=True,
        )


def measure(
    port: int, ask: Callable[[HTTPConnection, str], None], pages: list[str], number: int
) -> float:
    """Requests per second."""
    return rate(port, ask, pages)


def ask_for(connection: HTTPConnection, page: str, *, status: int, headers: dict[str, str]) -> None:
    """Fetch a calendar, or hear that there is nothing new."""
    connection.request("GET", page, headers=headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == status


if __name__ == "__main__":
    main()

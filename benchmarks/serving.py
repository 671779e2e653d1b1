"""Compare granian with gunicorn, the control, on this app.

Both get one process with four threads and the same SQLite database; eight
clients ask for the programme page. What counts is the ratio.
"""

import tempfile
from functools import partial
from http.client import HTTPConnection

from benchmarks.servers import environment, flask, rate, serving, take_turns

ROUNDS, REQUESTS = 5, 400
SERVERS = {
    "granian": "granian --interface wsgi --port {port} --blocking-threads 4 --no-log wsgi:app",
    "gunicorn": "gunicorn --bind 127.0.0.1:{port} --threads 4 --log-level error wsgi:app",
}


def main() -> None:
    """Print requests per second of each round and the ratio of the medians."""
    with tempfile.TemporaryDirectory() as instance:
        settings = environment(INSTANCE_PATH=instance)
        flask(settings, "db", "upgrade")
        flask(settings, "trial", "prepare")
        measures = {name: partial(measure, command, settings) for name, command in SERVERS.items()}
        medians = take_turns(ROUNDS, measures)
    print(f"granian / gunicorn = {medians['granian'] / medians['gunicorn']:.2f}")


def measure(command: str, settings: dict[str, str], number: int) -> float:
    """Start a server, warm it up, and count what it serves in a second."""
    pages = ["/"] * REQUESTS
    with serving(command, settings) as port:
        rate(port, ask, pages[: REQUESTS // 8])
        return rate(port, ask, pages)


def ask(connection: HTTPConnection, page: str) -> None:
    """Fetch a page."""
    connection.request("GET", page)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200


if __name__ == "__main__":
    main()

"""What benchmarks share: servers to start, clients that ask them, and taking turns."""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

CLIENTS = 8


def environment(**settings: str) -> dict[str, str]:
    """Settings of the app to measure; never those of an installation on this machine."""
    unset = dict.fromkeys(("DATABASE_URL", "PUBLIC_URL", "REDIS_URL"), "")
    return {**os.environ, **unset, "SECRET_KEY": "benchmark", **settings}


def flask(settings: dict[str, str], *command: str) -> None:
    """Run one of the app's commands."""
    program = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
    subprocess.run(program, check=True, env=settings, capture_output=True)


@contextmanager
def serving(command: str, settings: dict[str, str]) -> Iterator[int]:
    """Run a server on a free port, and give the port once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    program = Path(sys.executable).parent / command.split(maxsplit=1)[0]
    arguments = command.format(port=port).split()[1:]
    server = subprocess.Popen([program, *arguments], env=settings, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def rate(port: int, send: Callable[[HTTPConnection, Any], None], requests: Sequence[Any]) -> float:
    """Requests per second that the clients get through, each over one connection."""

    def client(number: int) -> None:
        connection = _connection(port)
        for request in requests[number::CLIENTS]:
            send(connection, request)
        connection.close()

    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(client, range(CLIENTS)))
    return len(requests) / (time.perf_counter() - started)


def take_turns(
    rounds: int, measures: dict[str, Callable[[int], float]], title: str = ""
) -> dict[str, float]:
    """Measure one after the other, because machines are noisy; print all, return the medians."""
    rates: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds):
        for name, measure in measures.items():
            rates[name].append(measure(number))
            print(
                f"{title}round {number + 1}/{rounds}  {name:<9} {rates[name][-1]:6.0f} requests/s",
                flush=True,
            )
    return {name: statistics.median(values) for name, values in rates.items()}


def _connection(port: int) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", port, timeout=20)


def _wait_for(port: int) -> None:
    """Return once the server answers, whatever it says; give up after 20 seconds."""
    for _ in range(200):
        connection = _connection(port)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except ConnectionError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise TimeoutError("the server did not start")

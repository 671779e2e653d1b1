"""Compare granian with gunicorn, the control, on this app.

Both get one process with four threads and the same SQLite database; eight
clients ask for the programme page. The two take turns, because machines are
noisy; what counts is the ratio.
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROUNDS, CLIENTS, REQUESTS = 5, 8, 400
SERVERS = {
    "granian": "granian --interface wsgi --port {port} --blocking-threads 4 --no-log wsgi:app",
    "gunicorn": "gunicorn --bind 127.0.0.1:{port} --threads 4 --log-level error wsgi:app",
}


def main() -> None:
    """Print requests per second of each round and the ratio of the medians."""
    with tempfile.TemporaryDirectory() as instance:
        environment = {**os.environ, "INSTANCE_PATH": instance, "SECRET_KEY": "benchmark"}
        for command in (["db", "upgrade"], ["trial", "prepare"]):
            flask = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
            subprocess.run(flask, check=True, env=environment, capture_output=True)
        rates = {name: [] for name in SERVERS}
        for number in range(1, ROUNDS + 1):
            for name, command in SERVERS.items():
                rates[name].append(measure(command, environment))
                print(
                    f"round {number}/{ROUNDS}  {name:<9} {rates[name][-1]:6.0f} requests/s",
                    flush=True,
                )
    medians = {name: statistics.median(values) for name, values in rates.items()}
    print(f"granian / gunicorn = {medians['granian'] / medians['gunicorn']:.2f}")


def measure(command: str, environment: dict[str, str]) -> float:
    """Start a server, warm it up, and count what it serves in a second."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    program = Path(sys.executable).parent / command.split(maxsplit=1)[0]
    arguments = command.format(port=port).split()[1:]
    server = subprocess.Popen([program, *arguments], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        ask(port, REQUESTS // CLIENTS)
        started = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda _: ask(port, REQUESTS // CLIENTS), range(CLIENTS)))
        return REQUESTS / (time.perf_counter() - started)
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    """Return once the server answers; give up after 20 seconds."""
    for _ in range(200):
        try:
            ask(port, 1)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not start")


def ask(port: int, times: int) -> None:
    """Fetch the programme page so many times over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for _ in range(times):
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()


if __name__ == "__main__":
    main()

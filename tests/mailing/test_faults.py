"""A mail server that falters at any point: nothing is lost, and nothing is sent twice.

The server here speaks SMTP over a plain socket, line by line, because a real
one cannot be made to stop in the middle of a sentence.
"""

import email
import socketserver
import threading
import time
from datetime import timedelta

import pytest

from chancendialog.mailing import delivery, outbox
from tests.mailing.specimens import deliver, post, row_of, states

BEFORE_A_LETTER = ["greeting", "ehlo"]
WITH_A_LETTER = ["mail", "rcpt", "data", "end"]
FAULTS = {
    "garbage": b"\x00\xff\xfe?!\r\n",
    "an endless line": b"250-" + b"x" * 20_000 + b"\r\n",
    "no such thing": b"500 5.5.1 what?\r\n",
    "come again": b"421 4.3.2 closing\r\n",
    "hangs up": None,
    "is silent": b"",
}
USUAL = {
    "greeting": b"220 test\r\n",
    "ehlo": b"250 test\r\n",
    "helo": b"250 test\r\n",
    "mail": b"250 OK\r\n",
    "rcpt": b"250 OK\r\n",
    "data": b"354 go on\r\n",
    "end": b"250 taken\r\n",
    "rset": b"250 OK\r\n",
    "quit": b"221 bye\r\n",
}


class Conversation(socketserver.StreamRequestHandler):
    """One connection. At the moment that the server falters, it does as it was told."""

    def handle(self):
        if not self.says("greeting"):
            return
        while line := self.rfile.readline():
            command = line[:4].decode().strip().lower()
            if not self.says(command) or command == "quit":
                return
            if command == "data" and not self.take(self.read()):
                return

    def read(self):
        """The message, without the dots that protect its lines."""
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return email.message_from_bytes(b"".join(lines))["Message-ID"] if line else None

    def take(self, message_id):
        """What was answered with „taken“ is taken, nothing else."""
        if message_id is None:
            return False
        self.server.offered.append(message_id)
        time.sleep(self.server.takes)
        falters = self.server.falters_at == "end"
        if said := self.says("end"):
            self.server.accepted += [] if falters else [message_id]
        return said

    def says(self, moment):
        """Answer, and say whether the conversation goes on."""
        answer = USUAL[moment]
        if moment == self.server.falters_at:
            self.server.falters_at, answer = None, self.server.fault
        if answer is None:
            return False
        if answer == b"":
            self.server.is_over.wait(5)
            return False
        self.wfile.write(answer)
        return True


class Faltering(socketserver.ThreadingTCPServer):
    """Falters once, at one moment of the conversation, and is well from then on."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.falters_at, self.fault = None, b""
        self.offered, self.accepted = [], []
        self.takes = 0  # seconds, for each letter
        self.is_over = threading.Event()

    def handle_error(self, request, client_address):
        """Who is hung up on finds a broken line here, as is to be expected."""


@pytest.fixture
def server(app, monkeypatch):
    """The app delivers to it, with a tenth of a second's patience."""
    server = Faltering()
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    monkeypatch.setattr(app.extensions["mail"], "port", server.server_address[1])
    monkeypatch.setattr(delivery, "TO_ANSWER", 0.2)
    monkeypatch.setattr(delivery, "TO_TAKE", 0.2)
    yield server
    server.is_over.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("moment", BEFORE_A_LETTER)
def test_a_server_that_falters_before_the_first_letter_costs_none_an_attempt(
    clock, server, moment, fault
):
    server.falters_at, server.fault = moment, FAULTS[fault]
    rows = [post("registration:A"), post("registration:B")]
    wanted = [row.message_id for row in rows]

    deliver()
    deliver()

    assert server.accepted == server.offered == wanted
    assert [row_of(row.id).attempts for row in rows] == [1, 1]


@pytest.mark.parametrize(
    ("moment", "fault"),
    [
        (moment, fault)
        for moment in WITH_A_LETTER
        for fault in FAULTS
        if moment == "mail" or fault != "no such thing"  # a refusal for good: see test_outbox
    ],
)
def test_a_server_that_falters_over_a_letter_gets_each_letter_once_in_the_end(
    clock, server, moment, fault
):
    server.falters_at, server.fault = moment, FAULTS[fault]
    rows = [post("registration:A"), post("registration:B")]
    first, second = [row.message_id for row in rows]

    deliver()
    clock.shift(60)
    deliver()

    assert states() == ["sent", "sent"]
    assert server.accepted == [second, first]
    assert server.offered == ([first] if moment == "end" else []) + [second, first]
    assert [row_of(row.id).attempts for row in rows] == [2, 1]
    assert row_of(rows[0].id).last_error == ""


def test_what_went_wrong_is_kept_for_staff_until_the_letter_leaves(clock, server):
    server.falters_at, server.fault = "end", b"451 4.7.1 greylisted for 60 s\r\n"
    row = post()

    deliver()

    assert row_of(row.id).last_error == "451 4.7.1 greylisted for 60 s"


def test_a_letter_is_given_up_or_taken_before_another_worker_may_send_it():
    commands = ["MAIL", "RCPT", "DATA"]
    longest = timedelta(seconds=len(commands) * delivery.TO_ANSWER + delivery.TO_TAKE)

    assert longest < outbox.LEASE


def test_a_server_has_longer_to_take_a_letter_than_to_answer(clock, server, monkeypatch):
    monkeypatch.setattr(delivery, "TO_TAKE", 5)
    server.takes = 0.5
    row = post()

    deliver()

    assert (server.accepted, row_of(row.id).attempts) == ([row.message_id], 1)

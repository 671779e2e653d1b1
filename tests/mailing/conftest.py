"""Mail servers that are difficult, and an outbox to fill."""

import pytest
from aiosmtpd.controller import Controller

from tests.conftest import PostOffice, free_port


class Clerk(PostOffice):
    """A mail server with moods: remembers what it was offered, not only what it took."""

    def __init__(self):
        super().__init__()
        self.refused = {}  # recipients that it does not take, and its words
        self.hang_ups = 0  # how many letters it still drops the connection on
        self.offered = []
        self.visits = 0

    async def handle_QUIT(self, server, session, envelope):
        self.visits += 1
        return "221 Bye"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.offered.append(envelope)
        if self.hang_ups:
            self.hang_ups -= 1
            server.transport.abort()
            return "451 nobody hears this"
        return await super().handle_DATA(server, session, envelope)

    @property
    def offered_ids(self):
        """Message-IDs in the order in which the letters were offered."""
        return [message["Message-ID"] for message in self.read(self.offered)]

    @property
    def accepted_ids(self):
        return [message["Message-ID"] for message in self.messages]

    @staticmethod
    def read(envelopes):
        office = PostOffice()
        office.envelopes = envelopes
        return office.messages


@pytest.fixture
def open_office(app, monkeypatch):
    """Open a mail server that the app delivers to; it closes with the test."""
    opened = []

    def start(office, **settings):
        server = Controller(
            office, hostname="127.0.0.1", port=free_port(), decode_data=False, **settings
        )
        server.start()
        opened.append(server)
        monkeypatch.setattr(app.extensions["mail"], "port", server.port)
        return office

    yield start
    for server in opened:
        server.stop()


@pytest.fixture
def clerk(open_office):
    """A real mail server that can be told to be difficult."""
    return open_office(Clerk())


@pytest.fixture
def reply_token(app, monkeypatch):
    """An installation whose letters are answered to one address per person."""
    monkeypatch.setitem(app.config, "MAIL_REPLY_ADDRESS", "termine+{token}@antwort.example.org")

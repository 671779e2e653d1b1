"""Letters and passwords travel encrypted, to the right server, or not at all."""

import ssl

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from tests.mailing.conftest import Clerk
from tests.mailing.specimens import deliver, post, row_of, states


class Listener(Clerk):
    """Remembers whether each letter came encrypted."""

    def __init__(self):
        super().__init__()
        self.encrypted = []

    async def handle_DATA(self, server, session, envelope):
        self.encrypted.append(session.ssl is not None)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def authority():
    """Whoever vouches for mail servers in this test."""
    return trustme.CA()


@pytest.fixture
def certificate(authority):
    """What our mail server proves with that it is 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trust(monkeypatch, tmp_path):
    """Make this machine believe an authority."""

    def believe(authority):
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

    return believe


@pytest.fixture
def setting(app, monkeypatch):
    """Set what Flask-Mail read from the environment."""

    def change(**settings):
        for name, value in settings.items():
            monkeypatch.setattr(app.extensions["mail"], name, value)

    return change


def test_a_trusted_server_gets_the_letter_encrypted(
    open_office, authority, certificate, trust, setting
):
    trust(authority)
    setting(use_tls=True)
    office = open_office(Listener(), tls_context=certificate, require_starttls=True)
    post()

    deliver()

    assert office.encrypted == [True]
    assert states() == ["sent"]


def test_a_server_that_speaks_nothing_but_TLS_gets_it_too(
    open_office, authority, certificate, trust, setting
):
    trust(authority)
    setting(use_ssl=True)
    office = open_office(Clerk(), ssl_context=certificate)
    post()

    deliver()

    assert len(office.envelopes) == 1


@pytest.mark.parametrize("tls", ["use_tls", "use_ssl"])
def test_a_server_that_nobody_vouches_for_gets_nothing(
    open_office, certificate, trust, setting, tls
):
    trust(trustme.CA())
    setting(**{tls: True})
    settings = {"use_tls": {"tls_context": certificate}, "use_ssl": {"ssl_context": certificate}}
    office = open_office(Clerk(), **settings[tls])
    row = post()

    deliver()

    assert office.offered == []
    assert (row_of(row.id).state, row_of(row.id).attempts) == ("queued", 0)


def test_a_server_with_the_certificate_of_another_gets_nothing(
    open_office, authority, trust, setting
):
    trust(authority)
    setting(use_tls=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("mail.example.org").configure_cert(context)
    office = open_office(Clerk(), tls_context=context)
    row = post()

    deliver()

    assert office.offered == []
    assert (row_of(row.id).state, row_of(row.id).attempts) == ("queued", 0)


def test_a_server_that_cannot_encrypt_gets_nothing(clerk, setting):
    setting(use_tls=True)
    row = post()

    deliver()

    assert clerk.offered == []
    assert (row_of(row.id).state, row_of(row.id).attempts) == ("queued", 0)


@pytest.mark.parametrize(
    ("password", "arrived", "state"), [("richtig", 1, "sent"), ("falsch", 0, "queued")]
)
def test_the_server_hears_who_we_are_and_a_wrong_password_costs_no_letter(
    open_office, authority, certificate, trust, setting, password, arrived, state
):
    def knows(server, session, envelope, mechanism, login):
        right = (login.login, login.password) == (b"amt", b"richtig")
        return AuthResult(success=right, handled=False)

    trust(authority)
    setting(use_tls=True, username="amt", password=password)
    office = open_office(Clerk(), tls_context=certificate, authenticator=knows, auth_required=True)
    row = post()

    deliver()

    assert len(office.envelopes) == arrived
    assert row_of(row.id).state == state
    assert row_of(row.id).attempts == arrived

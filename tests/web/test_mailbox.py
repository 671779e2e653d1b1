"""The development mailbox shows what a mail server would have got, in a trial only."""

import pytest

from chancendialog.extensions import db
from chancendialog.mailing import delivery
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant
from tests.browser_client import browser_of
from tests.factories import EventSessionFactory


@pytest.fixture
def mailbox(build, app):
    """The mailbox of a trial without a mail server, with one confirmation in it."""
    trial = build(MAIL_SERVER="")
    booking.register(
        EventSessionFactory(title="Wohnen"), Applicant(name="Kim", email="kim@example.org")
    )
    db.session.commit()
    with trial.app_context():
        delivery.deliver_due()
    return browser_of(trial)


def first_letter(mailbox):
    page = mailbox.get("/postfach/").text
    return page.partition('href="/postfach/')[2].partition('"')[0]


def test_letters_are_listed_and_opened(mailbox):
    letter = mailbox.get(f"/postfach/{first_letter(mailbox)}").text

    assert "Angemeldet: Wohnen" in letter
    assert "Kim &lt;kim@example.org&gt;" in letter
    assert 'href="http://localhost:5000/anmeldung/' in letter


def test_a_letter_is_shown_as_bytes_as_html_and_as_calendar(mailbox):
    key = first_letter(mailbox)

    raw = mailbox.get(f"/postfach/{key}.eml")
    html = mailbox.get(f"/postfach/{key}.html")
    calendar = mailbox.get(f"/postfach/{key}.ics")

    assert "Auto-Submitted: auto-generated" in raw.text
    assert "Sie sind angemeldet" in html.text
    assert '<img src="data:image/png;base64,' in html.text
    policy = html.headers["Content-Security-Policy"]
    assert ("script" in policy, policy.endswith("; sandbox")) == (False, True)
    assert "METHOD:REQUEST\r\n" in calendar.text


def test_what_is_not_there_is_no_page(mailbox):
    assert [mailbox.get(f"/postfach/1.M1P1Q1.host{kind}").status_code for kind in ("", ".eml")] == [
        404,
        404,
    ]


def test_an_installation_has_no_such_mailbox(build):
    installation = build(
        PUBLIC_URL="https://termine.example.de", MAIL_DEFAULT_SENDER="termine@example.de"
    )

    assert (
        browser_of(installation)
        .get("/postfach/", base_url="https://termine.example.de")
        .status_code
        == 404
    )

"""Where the screen is narrow, rows of tables become blocks: each cell has its label."""

from datetime import timedelta

import html5lib
import pytest

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import take_list

ABEND = "/verwaltung/termine/abend"
PAGES = [
    "",
    "termine/abend",
    "termine/abend/verlauf",
    "termine/abend/listen",
    "e-mails",
    "datenschutz",
    "briefe",
]


@pytest.fixture
def admin(app, signed_in):
    """Who sees all tables, and something in each."""
    abend = EventSessionFactory(slug="abend", capacity=10)
    for status in (Status.WAITING, Status.WITHDRAWN, Status.EXPIRED):
        RegistrationFactory(event_session=abend, status=status)
    RegistrationFactory(
        event_session=abend,
        status=Status.OFFERED,
        hold_until=clock.now() + timedelta(hours=20),
    )
    for number, state in enumerate((MailState.REFUSED, MailState.QUEUED, MailState.SENT)):
        kim = booking.register(abend, Applicant(name="Kim", email=f"kim{number}@example.org"))
        letter = db.session.query(OutgoingMail).filter_by(recipient=kim.email).one()
        letter.state, letter.sent_at = state, clock.now()
    browser = signed_in("admin")
    take_list(browser, "csv")
    gone = RegistrationFactory(event_session=abend)
    browser.fill_in(f"{ABEND}/personen/{gone.ulid}/loeschen")
    return browser


@pytest.fixture(params=PAGES)
def tables(request, admin):
    page = admin.get(f"/verwaltung/{request.param}")
    found = html5lib.parse(page.text, namespaceHTMLElements=False).findall(".//table")
    assert found
    return found


def test_every_cell_bears_the_label_of_its_column(tables):
    for table in tables:
        columns = [head.text for head in table.iterfind("thead/tr/th")]
        rows = [list(row) for row in table.iterfind("tbody/tr")]
        for row in [row for row in rows if not row[0].get("colspan")]:
            labels = [cell.get("data-label") for cell in row]
            assert labels == [
                column if cell.tag == "td" else None
                for column, cell in zip(columns, row, strict=True)
            ]

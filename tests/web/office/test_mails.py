"""Staff see what waits, what left and what did not arrive, and can do something about it."""

import re
from datetime import timedelta

import pytest

from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.mailing.models import MailState
from chancendialog.registration import letters as registration_letters
from chancendialog.registration.models import Status
from chancendialog.web.office.mails import SHOWN
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.mailing.specimens import letter
from tests.web.steps import cells, text_of

PAGE = "/verwaltung/e-mails"
REFUSED = {"state": MailState.REFUSED, "last_error": "550 5.1.1 No such user here"}


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen")


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def confirmation(registration, **facts):
    """The letter that somebody has a seat, in the state that a test says."""
    row = outbox.post(registration_letters.confirmed(registration), thread=registration.thread)
    for name, value in facts.items():
        setattr(row, name, value)
    db.session.commit()
    return row


def kim(event_session, **facts):
    known = {"name": "Kim Muster", "email": "kim@example.org"}
    return RegistrationFactory(event_session=event_session, **known | facts)


def figures(page):
    return dict(re.findall(r"<dt>([^<]*)</dt>\s*<dd>(\d+)</dd>", page.text))


def again(browser, row):
    """Press the button beside a lost letter, and open where that leads."""
    token = re.search(r'name="csrf_token" value="([^"]*)"', browser.get(PAGE).text)[1]
    return browser.post(f"{PAGE}/{row.id}/noch-einmal", data={"csrf_token": token})


def test_letters_stand_where_they_are_on_their_way(office, event_session, clock):
    confirmation(kim(event_session), **REFUSED)
    confirmation(
        kim(event_session, name="Lou", email="lou@example.org"),
        attempts=2,
        last_error="451 later",
    )
    confirmation(
        kim(event_session, name="Jo", email="jo@example.org"), state=MailState.SENDING, attempts=1
    )
    left = {"state": MailState.SENT, "sent_at": event_session.created_at}
    confirmation(kim(event_session, name="Uli", email="uli@example.org"), **left)
    confirmation(kim(event_session, name="Mo", email="mo@example.org"), state=MailState.SUPERSEDED)

    page = office.get(PAGE)

    subject, noon = "Angemeldet: Wohnen, Mi 07.10.2026, 12 Uhr", "Mo 07.09.2026, 12 Uhr"
    assert figures(page) == {"nicht angekommen": "1", "warten": "2", "verschickt": "1"}
    assert cells(page, "nicht-angekommen") == [
        [
            "Kim Muster kim@example.org",
            subject,
            noon,
            "550 5.1.1 No such user here",
            "Adresse berichtigen : Kim Muster Noch einmal senden : Kim Muster",
        ]
    ]
    assert cells(page, "warten") == [
        ["Lou lou@example.org", subject, noon, "2", "451 later"],
        ["Jo jo@example.org", subject, "gerade jetzt", "1", "–"],
    ]
    assert cells(page, "verschickt") == [["Uli uli@example.org", subject, noon]]


def test_page_without_letters_says_so(office):
    page = office.get(PAGE)

    assert [cells(page, one) for one in ("nicht-angekommen", "warten", "verschickt")] == [
        [["keine"]]
    ] * 3


def test_letter_to_staff_leads_to_no_person_and_is_not_written_again(office):
    row = outbox.post(letter(kind="staff_link"), thread="staff-1:X")
    row.state = MailState.FAILED

    page = office.get(PAGE)

    assert cells(page, "nicht-angekommen")[0][0] == "Erika Mustermann erika@example.org"
    assert cells(page, "nicht-angekommen")[0][4] == ""
    assert again(office, row).status_code == 404


def test_lost_letter_is_written_again_once(office, event_session, letters):
    row = confirmation(kim(event_session), **REFUSED)

    first = again(office, row)
    page = office.read(first.location)
    again(office, row)

    assert (first.status_code, first.location) == (303, f"{PAGE}#inhalt")
    assert "Die E-Mail geht noch einmal an Kim Muster." in page.text
    assert cells(page, "nicht-angekommen") == [["keine"]]
    assert letters() == [("confirmed", "kim@example.org")]


def test_second_press_says_that_there_is_nothing(office, event_session):
    row = confirmation(kim(event_session), **REFUSED)
    office.read(again(office, row).location)

    page = office.read(again(office, row).location)

    assert "Hier ist nichts mehr zu schicken." in page.text


@pytest.mark.parametrize("facts", [{"status": Status.WITHDRAWN}, {"status": Status.EXPIRED}])
def test_address_of_who_has_left_is_not_corrected_any_more(office, event_session, facts):
    confirmation(kim(event_session, **facts), **REFUSED)

    page = office.get(PAGE)

    assert cells(page, "nicht-angekommen")[0][4] == "Noch einmal senden : Kim Muster"


def test_page_leads_to_the_person_and_to_correcting_the_address(office, event_session):
    one = kim(event_session)
    confirmation(one, **REFUSED)

    page = office.get(PAGE)

    person = f"/verwaltung/termine/abend/personen/{one.ulid}"
    assert f'href="{person}"' in page.text
    assert f'href="{person}/adresse"' in page.text


@pytest.mark.parametrize("number", ["0", "4711", "2147483648", "9" * 40, "x", "-1"])
def test_unknown_letter_is_no_page(office, number):
    token = re.search(r'name="csrf_token" value="([^"]*)"', office.get(PAGE).text)[1]

    answer = office.post(f"{PAGE}/{number}/noch-einmal", data={"csrf_token": token})

    assert answer.status_code == 404


def test_words_of_a_mail_server_are_text(office, event_session):
    confirmation(kim(event_session), state=MailState.FAILED, last_error="<b>no</b>")

    assert "&lt;b&gt;no&lt;/b&gt;" in office.get(PAGE).text


def test_page_warns_when_nothing_leaves(office, event_session, clock):
    confirmation(kim(event_session))
    in_time = office.get(PAGE).text
    clock.shift(timedelta(minutes=10))

    page = office.get(PAGE)

    warning = "Es geht zurzeit keine E-Mail hinaus"
    assert (warning in in_time, warning in page.text) == (False, True)
    assert "Die älteste wartet seit Mo 07.09.2026, 12 Uhr." in page.text


def test_page_stays_short_and_says_how_many_there_are(office, event_session):
    for number in range(SHOWN + 1):
        confirmation(kim(event_session, email=f"kim{number}@example.org"))

    page = office.get(PAGE)

    assert len(cells(page, "warten")) == SHOWN
    assert f"Hier stehen {SHOWN} von {SHOWN + 1}." in text_of(page)


def test_a_hundred_letters_take_as_many_queries_as_one(office, event_session, count_queries):
    confirmation(kim(event_session), **REFUSED)
    for_one = count_queries(office, PAGE)
    for number in range(SHOWN):
        confirmation(
            RegistrationFactory(email=f"kim{number}@example.org"),
            state=[MailState.REFUSED, MailState.QUEUED, MailState.SENT][number % 3],
            sent_at=event_session.created_at,
        )

    assert count_queries(office, PAGE) == for_one


def test_looking_changes_nothing(office, event_session):
    confirmation(kim(event_session), **REFUSED)
    before = all_rows()

    office.get(PAGE)

    assert all_rows() == before


@pytest.mark.parametrize(("role", "shown"), [("office", True), ("admin", True), ("door", False)])
def test_only_who_may_write_is_led_there(signed_in, role, shown):
    assert (f'href="{PAGE}"' in signed_in(role).get("/verwaltung/").text) is shown

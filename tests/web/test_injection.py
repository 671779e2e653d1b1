"""Whatever people type into forms and files executes nowhere: neither in a spreadsheet, nor in
a calendar or a mail program, nor in a browser."""

import csv
import json
from email import message_from_bytes
from io import BytesIO, StringIO
from urllib.parse import quote
from zipfile import ZipFile

import html5lib
import icalendar
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from chancendialog.extensions import db, limiter
from chancendialog.mailing.message import as_bytes
from chancendialog.mailing.models import OutgoingMail
from chancendialog.operations import loading, worker
from chancendialog.programme import queries
from chancendialog.programme.file import FaultyFile, read
from chancendialog.registration.models import Dispatch, Registration
from tests.browser_client import form_fields
from tests.factories import EventSessionFactory, TopicFactory
from tests.hostile import LINES, MARKUP, ODD, TEXTS
from tests.programme.test_file import GOOD
from tests.web.steps import buttons, own_page, press, take_list

pytestmark = pytest.mark.no_cover  # others run the same lines, less often

RUNS = {"script", "img", "iframe", "object", "embed", "math", "base", "video", "audio", "style"}
STARTS = ("=", "+", "-", "@", "\t", "\r")
OFFICE = "/verwaltung/termine/abend"
VENUES, TOPICS = "/verwaltung/orte", "/verwaltung/themen"


@pytest.fixture(autouse=True)
def no_limit(app, monkeypatch):
    """So many forms in a minute come from nobody; what counts here is what is in them."""
    monkeypatch.setattr(limiter, "enabled", False)


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", capacity=1000)


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def assert_nothing_runs(page):
    """No element that loads or runs anything, no handler, no address that is code."""
    tree = html5lib.parse(page.text, namespaceHTMLElements=False)
    for element in tree.iter():
        ours = element.get("src", "").startswith(("/static/", f"{OFFICE}/e-mails/"))
        if element.attrib == {"type": "application/ld+json"}:
            json.loads(element.text)  # data; nothing of it has become a page's
            continue
        assert ours or element.tag not in RUNS, element.tag
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on"), (element.tag, name)
            assert name not in ("srcdoc", "autofocus", "style"), (element.tag, name)
            if name in ("href", "src", "action", "formaction"):
                assert not value.strip().lower().startswith(("javascript:", "data:")), value
    assert "7006652" not in page.text  # 1234 * 5678, if a template had been made of it


def headers_of(message):
    return sorted(name for name, _value in message.items())


def properties_of(content):
    """Every property and component that a calendar program finds, in order."""
    calendar = icalendar.Calendar.from_ical(content)
    return [
        (part.name, sorted(set(part.keys()) - {"DESCRIPTION", "LOCATION", "CATEGORIES"}))
        for part in calendar.walk()
        if part.name not in ("STANDARD", "DAYLIGHT", "VTIMEZONE")
    ]


def assert_letters_are_plain():
    """Each letter is one to one person, in the headers and properties of any other."""
    worker.write()
    mails = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
    shapes, calendars = set(), set()
    for mail in mails:
        message = message_from_bytes(as_bytes(mail))
        shapes.add((mail.kind, mail.calendar_method, tuple(headers_of(message))))
        assert len(message.get_all("To")) == 1
        assert message["Bcc"] is None
        assert message.defects == []
        if mail.calendar:
            calendars.add((mail.kind, json.dumps(properties_of(mail.calendar))))
            event = icalendar.Calendar.from_ical(mail.calendar).walk("VEVENT")[0]
            assert event["ATTENDEE"] == f"mailto:{mail.recipient}"
    kinds = {mail.kind for mail in mails}
    assert len(shapes) == len(kinds)
    assert len(calendars) <= len(kinds)
    return mails


def assert_lists_run_nothing(office):
    rows = len(db.session.scalars(select(Registration)).all()) + 1
    sent = take_list(office, "csv", whom="everybody").data.decode("utf-8-sig")
    table = list(csv.reader(StringIO(sent, newline=""), delimiter=";"))
    assert (len(table), {len(row) for row in table}) == (rows, {6})
    assert not [cell for row in table for cell in row if cell.lstrip(" ").startswith(STARTS)]
    content = take_list(office, "xlsx", whom="everybody").data
    sheet = load_workbook(BytesIO(content)).active
    assert sheet.max_row == rows
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert b"<f>" not in ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert not [name for name in ZipFile(BytesIO(content)).namelist() if "external" in name.lower()]
    for kind in ("sign-in-sheet", "badges"):
        assert take_list(office, kind, whom="everybody").data.startswith(b"%PDF-")


def test_names_that_residents_type(client, event_session, office, clock):
    page = client.get("/termine/abend/anmelden")
    clock.shift(5)
    taken = 0
    for number, text in enumerate(TEXTS):
        fields = form_fields(client.get("/termine/abend/anmelden").text)
        clock.shift(5)
        answer = client.post(
            "/termine/abend/anmelden",
            data=fields | {"name": text, "email": f"kim{number}@example.org"},
        )
        assert answer.status_code in (303, 422), text
        if answer.status_code == 303:
            taken += 1
            page = client.get(answer.location)
        assert_nothing_runs(page if answer.status_code == 303 else answer)

    assert taken > len(TEXTS) / 2
    assert_lists_run_nothing(office)
    assert len(assert_letters_are_plain()) == taken
    for url in (OFFICE, f"{OFFICE}/einlass", f"{OFFICE}/verlauf", "/verwaltung/e-mails"):
        assert_nothing_runs(office.get(url))
    for registration in db.session.scalars(select(Registration)).all():
        assert_nothing_runs(client.get(own_page(registration)))


@pytest.mark.parametrize(
    "raw", [b"%ED%A0%80", b"\xed\xa0\x80", b"%FF%FE", b"%C0%AE%C0%AE", b"+%00%00", b"%F4%90%80%80"]
)
def test_names_that_are_no_text(client, event_session, clock, raw):
    """Lone surrogates, overlong and broken UTF-8."""
    fields = form_fields(client.get("/termine/abend/anmelden").text)
    clock.shift(5)
    body = "&".join(
        f"{name}={quote(value)}"
        for name, value in (fields | {"email": "a@example.org"}).items()
        if name != "name"
    )

    answer = client.post(
        "/termine/abend/anmelden",
        data=body.encode() + b"&name=" + raw,
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code in (303, 400, 422)
    assert_letters_are_plain()


def test_names_that_staff_type(office, event_session):
    for text in TEXTS:
        fields = form_fields(office.get(f"{OFFICE}/anmelden").text)
        answer = office.post(f"{OFFICE}/anmelden", data=fields | {"name": text, "party_size": "1"})
        assert answer.status_code in (303, 422), text
        shown = office.read(answer.location) if answer.status_code == 303 else answer
        assert_nothing_runs(shown)

    assert_lists_run_nothing(office)


def test_searches_at_the_door(office, event_session):
    for text in TEXTS:
        office.fill_in(f"{OFFICE}/einlass", suche=text)
        assert_nothing_runs(office.get(f"{OFFICE}/einlass"))


def test_letters_that_staff_write(office, event_session, sign_up):
    sign_up(event_session)
    for text in MARKUP + LINES + ODD:
        fields = form_fields(office.get(f"{OFFICE}/e-mails/neu").text)
        words = {"audience": "seated", "subject": text, "text": f"{text}\n\n{text} {{name}}"}
        answer = office.post(f"{OFFICE}/e-mails/neu", data=fields | words)
        assert answer.status_code in (303, 422), text
        assert_nothing_runs(answer)
    for draft in db.session.scalars(select(Dispatch)).all():
        page = office.get(f"{OFFICE}/e-mails/{draft.ulid}")
        assert_nothing_runs(page)
        button = next(label for label in buttons(page) if label.startswith("An "))
        assert press(office, page, button).status_code == 303

    mails = [mail for mail in assert_letters_are_plain() if mail.kind == "message"]
    assert len(mails) > 15
    for mail in mails:
        tree = html5lib.parse(mail.html, namespaceHTMLElements=False)
        assert not {element.tag for element in tree.iter()} & (RUNS - {"style"} | {"svg", "iframe"})
        assert "7006652" not in mail.html + mail.text + mail.subject


def test_texts_of_a_programme_file(client, office, app, sign_up):
    """Titles, descriptions, places and the office's own name, in pages, feeds and letters."""
    accepted = []
    for text in TEXTS:
        word = json.dumps(text, ensure_ascii=False)
        try:
            read(
                GOOD.replace('title = "Abend"', f"title = {word}\ndescription = {word}"),
                venues=set(),
                topics=set(),
            )
        except FaultyFile:
            continue
        accepted.append(word)
    assert len(accepted) > len(TEXTS) / 2
    head, _, entry = GOOD.partition("[[sessions]]")
    entries = [
        entry.replace('slug = "abend"', f'slug = "abend-{number}"').replace(
            'title = "Abend"', f"title = {word}\ndescription = {word}"
        )
        for number, word in enumerate(accepted)
    ]
    places = head.replace('name = "Haus"', f"name = {json.dumps(TEXTS[12])}").replace(
        'title = "Reihe"', f"title = {json.dumps(TEXTS[12])}"
    )
    loading.load(read("[[sessions]]".join([places, *entries]), venues=set(), topics=set()))
    db.session.commit()

    sessions = [one for one in queries.sessions() if one.slug.startswith("abend-")]
    calendar = client.get("/kalender.ics").data
    shapes = {json.dumps(part) for part in properties_of(calendar) if part[0] == "VEVENT"}
    assert len(shapes) == 1
    assert len(icalendar.Calendar.from_ical(calendar).walk("VEVENT")) == len(sessions) + 1
    assert b"\r\nATTENDEE" not in calendar
    for url in ("/", "/kalender", "/verwaltung/", "/impressum"):
        assert_nothing_runs(office.get(url))
    for one in sessions:
        for page in (f"/termine/{one.slug}", f"/verwaltung/termine/{one.slug}"):
            assert_nothing_runs(office.get(page))
        assert sign_up(one).status_code == 303
    assert_letters_are_plain()


def test_places_topics_and_the_series_that_staff_name(client, office, event_session, sign_up):
    topic = TopicFactory(slug="thema")
    event_session.topics = [topic]
    venue, address = event_session.venue, f"{VENUES}/{event_session.venue.slug}"
    taken = 0
    for text in TEXTS:
        in_the_way = {"rooms": text, "stop": text, "access": text, "notes_en": text}
        answers = [
            press(office, office.get(address), "Weiter", **in_the_way | {"name": text}),
            press(office, office.get(f"{TOPICS}/thema"), "Speichern", title=text, title_en=text),
            press(office, office.get("/verwaltung/reihe"), "Speichern", title=text),
        ]
        assert {one.status_code for one in answers} <= {303, 422}, text
        taken += sum(one.status_code == 303 for one in answers)
        shown = [one for one in answers if one.status_code == 422]
        shown += [office.get(url) for url in (VENUES, address, TOPICS, f"{OFFICE}/verlegen")]
        shown += [client.get(url) for url in ("/", "/en/termine/abend", "/transformation")]
        for page in shown:
            assert_nothing_runs(page)
        db.session.refresh(venue)
        assert client.get("/api/termine/abend").json["venue"]["stop"] == venue.stop
        assert [part for part, _names in properties_of(client.get("/kalender/thema.ics").data)] == [
            "VCALENDAR", "VEVENT",
        ]  # fmt: skip
    assert taken > 2 * len(TEXTS)
    assert sign_up(event_session).status_code == 303
    assert len(assert_letters_are_plain()) == 1

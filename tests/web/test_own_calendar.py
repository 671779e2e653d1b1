"""One's own calendar, as the page behind the mailed link shows it."""

from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import html5lib
import pytest
from sqlalchemy import func, select, text

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import HELD, PersonalCalendar, Status
from tests.browser_client import all_rows, browser_of
from tests.calendars.specimens import line, names, read, summaries
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.registration.test_races import in_processes
from tests.web.steps import follow, history, own_page, press, text_of

ERIKA = "erika@example.org"
RENEW = "Neuen Link erzeugen"
TITLE = "Chancendialog Transformation: Wohnen der Zukunft"
SHOWN = {Status.CONFIRMED, Status.WAITING, Status.OFFERED}


@pytest.fixture
def evening(app, clock):
    return EventSessionFactory(slug="abend")


@pytest.fixture
def registration(evening):
    return RegistrationFactory(event_session=evening, email=ERIKA)


def standing(evening, status):
    """Erika, who stands like this for another hour."""
    return RegistrationFactory(
        event_session=evening,
        email=ERIKA,
        status=status,
        hold_until=app_clock.now() + timedelta(hours=1) if status in HELD else None,
    )


def links(page):
    """The section's links, in the order in which people come upon them."""
    main = html5lib.parse(page.text, namespaceHTMLElements=False).find(".//main")
    [section] = [one for one in main.iter("section") if one.get("aria-labelledby") == "kalender"]
    return {
        " ".join("".join(link.itertext()).split()): link.get("href") for link in section.iter("a")
    }


def address(page):
    """The address to copy."""
    tree = html5lib.parse(page.text, namespaceHTMLElements=False)
    return tree.find(".//code[@class='address']").text


def keys():
    return db.session.scalar(select(func.count()).select_from(PersonalCalendar))


def test_the_file_comes_first_and_then_the_ways_to_subscribe(client, registration):
    page = client.get(own_page(registration))

    url = address(page)
    webcal = url.replace("http://", "webcal://")
    name = "Meine Anmeldungen"
    assert list(links(page).items()) == [
        ("Kalender-Datei laden", f"{own_page(registration)}/termin.ics"),
        (f"Abonnieren: {name}", webcal),
        (
            f"In Google Kalender: {name}",
            f"https://calendar.google.com/calendar/render?cid={quote(webcal, safe='')}",
        ),
        (
            f"In Outlook.com: {name}",
            "https://outlook.live.com/calendar/0/addfromweb"
            f"?url={quote(url, safe='')}&name=Meine+Anmeldungen",
        ),
    ]
    assert "Google holt Änderungen nur etwa einmal am Tag." in text_of(page)


def test_the_address_on_the_page_is_that_of_the_calendar(client, stranger, registration):
    url = address(client.get(own_page(registration)))

    answer = stranger.get(urlsplit(url).path)

    assert url.startswith("http://localhost:5000/kalender/mein/")
    assert summaries(answer.data) == [TITLE]


@pytest.mark.parametrize("status", Status)
def test_whoever_has_something_to_see_finds_the_calendar(client, evening, status):
    page = client.get(own_page(standing(evening, status)))

    assert (RENEW in page.text) is (status in SHOWN)
    assert keys() == (status in SHOWN)


@pytest.mark.parametrize(
    "facts",
    [
        {"status": SessionStatus.CALLED_OFF},
        {"starts_at": app_clock.now() - timedelta(hours=1)},
        {"starts_at": app_clock.now() - timedelta(days=3)},
    ],
    ids=["called off", "begun", "over"],
)
def test_nobody_gets_a_key_for_what_is_over(client, facts):
    registration = RegistrationFactory(event_session=EventSessionFactory(**facts))

    page = client.get(own_page(registration))

    assert RENEW not in page.text
    assert keys() == 0


def test_who_has_a_key_can_give_it_up_after_the_evening_too(client, clock, registration):
    before = address(client.get(own_page(registration)))
    clock.move_to(registration.event_session.ends_at + timedelta(days=1))

    page = follow(client, press(client, client.get(own_page(registration)), RENEW))

    assert address(page) != before
    assert "Kalender-Datei laden" not in page.text


def test_the_first_look_makes_the_key_and_no_other_look_writes_anything(client, registration):
    url = address(client.get(own_page(registration)))
    before = all_rows()

    again = [client.get(own_page(registration)), client.get(own_page(registration))]

    assert [address(page) for page in again] == [url, url]
    assert all_rows() == before


def test_all_registrations_of_an_address_lead_to_one_calendar(client, registration):
    other = RegistrationFactory(email=ERIKA)
    stranger = RegistrationFactory(email="kim@example.org")

    pages = [client.get(own_page(one)) for one in (registration, other, stranger)]

    urls = [address(page) for page in pages]
    assert urls[0] == urls[1] != urls[2]


def test_looking_for_the_first_time_twice_at_once_makes_one_key(app, config, registration):
    def look(path):
        page = browser_of(app).get(path)
        assert page.status_code == 200

    in_processes(config, look, [[own_page(registration)]] * 4)

    assert keys() == 1


def test_page_is_there_also_while_nobody_can_write(client, registration):
    page = own_page(registration)
    db.session.commit()
    with db.engine.begin() as other:  # which is enough for SQLite
        if other.dialect.name == "postgresql":
            other.execute(text("LOCK TABLE personal_calendar IN EXCLUSIVE MODE"))
        first = client.get(page)

    second = client.get(page)

    assert first.status_code == second.status_code == 200
    assert "Ihr Platz ist sicher" in text_of(first)
    assert RENEW not in first.text
    assert RENEW in second.text


def test_a_new_link_ends_the_old_one_at_once(client, stranger, registration):
    page = client.get(own_page(registration))
    old = urlsplit(address(page)).path

    answer = press(client, page, RENEW)
    renewed = follow(client, answer)

    assert answer.status_code == 303
    assert answer.location == f"{own_page(registration)}?neu=1#kalender"
    assert "Der alte Link gilt nicht mehr. Abonnieren Sie den neuen." in text_of(renewed)
    assert stranger.get(old).status_code == 410
    assert stranger.get(urlsplit(address(renewed)).path).status_code == 200


def test_a_new_link_is_noted_without_telling_what_it_is(client, registration):
    page = follow(client, press(client, client.get(own_page(registration)), RENEW))

    assert history(page) == ["neuer Link für den eigenen Kalender, der alte gilt nicht mehr"]


def test_pressing_twice_gives_one_link_that_works(app, config, registration):
    client = browser_of(app)
    page = client.get(own_page(registration))

    def renew(page):
        assert press(client, page, RENEW).status_code == 303

    in_processes(config, renew, [[page]] * 4)

    live = PersonalCalendar.revoked_at.is_(None)
    assert db.session.scalars(select(PersonalCalendar.email).where(live)).all() == [ERIKA]
    assert client.get(urlsplit(address(page)).path).status_code == 410


def test_a_link_without_our_token_stays_what_it_is(client, registration):
    url = address(client.get(own_page(registration)))

    answer = client.post(f"{own_page(registration)}/kalender")

    assert answer.status_code == 400
    assert address(client.get(own_page(registration))) == url


def test_a_key_that_cannot_be_read_any_more_can_be_replaced(client, build, registration):
    old = address(client.get(own_page(registration)))
    forgetful = browser_of(build(FIELD_KEYS=("another key",)))

    page = forgetful.get(own_page(registration))
    renewed = follow(forgetful, press(forgetful, page, RENEW))

    assert "Abonnieren:" not in text_of(page)
    assert "/kalender/mein/" in address(renewed)
    assert client.get(urlsplit(old).path).status_code == 410


@pytest.mark.parametrize("status", Status)
def test_own_file_holds_what_the_calendar_shows(client, evening, status):
    registration = standing(evening, status)
    path = f"{own_page(registration)}/termin.ics"

    answer = client.get(path)

    assert answer.status_code == (200 if status in SHOWN else 404)
    if status in SHOWN:
        event = read(answer.data).vevent
        assert event.uid.value == registration.ical_uid
        assert event.status.value == ("CONFIRMED" if status is Status.CONFIRMED else "TENTATIVE")


def test_own_file_has_the_identity_of_the_invitation_and_nothing_to_answer(client, registration):
    registration.ical_sequence = 3

    answer = client.get(f"{own_page(registration)}/termin.ics")

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="termin.ics"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert line(answer.data, "UID") == f"UID:{registration.ical_uid}"
    assert line(answer.data, "SEQUENCE") == "SEQUENCE:3"
    assert {"METHOD", "ORGANIZER", "ATTENDEE"}.isdisjoint(names(answer.data))
    assert "BEGIN:VALARM" in names(answer.data)
    assert "/anmeldung/" not in answer.text


def test_own_file_dies_with_the_link(client, registration):
    path = f"{own_page(registration)}/termin.ics"
    registration.link_version += 1

    assert client.get(path).status_code == 410
    assert client.get("/anmeldung/erfunden/termin.ics").status_code == 404


def test_a_session_page_offers_its_file_and_ways_to_subscribe(client, evening):
    page = client.get("/termine/abend")

    url = "http://localhost:5000/termine/abend.ics"
    found = links(page)
    assert [name.partition(":")[0] for name in found] == [
        "Kalender-Datei laden",
        "Abonnieren",
        "In Google Kalender",
        "In Outlook.com",
        "Alle Termine abonnieren",
    ]
    file, webcal, google, outlook, more = found.values()
    assert (file, webcal, more) == ("/termine/abend.ics", "webcal" + url[4:], "/kalender")
    assert parse_qs(urlsplit(google).query) == {"cid": [webcal]}
    assert parse_qs(urlsplit(outlook).query) == {"url": [url], "name": ["Wohnen der Zukunft"]}
    assert "Eine Anmeldung ist das noch nicht." in text_of(page)
    assert "Google holt Änderungen nur etwa einmal am Tag." in text_of(page)


@pytest.mark.parametrize(
    "facts",
    [
        {"status": SessionStatus.CALLED_OFF},
        {"starts_at": app_clock.now() - timedelta(days=3)},
    ],
    ids=["called off", "over"],
)
def test_nobody_is_asked_to_note_down_what_does_not_take_place(client, facts):
    EventSessionFactory(slug="abend", **facts)

    assert "In den eigenen Kalender" not in client.get("/termine/abend").text

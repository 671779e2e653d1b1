"""A session's people: counted, searched, by state, sorted, each with a way to their page."""

import re
from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.registration import booking, people
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import cells, follow, text_of

PAGE = "/verwaltung/termine/abend"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen", capacity=10)


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def guest(event_session, name, status=Status.CONFIRMED, **facts):
    return RegistrationFactory(event_session=event_session, name=name, status=status, **facts)


def listed(page):
    """The names in the table, in the order of the page."""
    return re.findall(r'personen/\w+">([^<]*)</a>', page.text)


def links(page, name):
    """What the links of a navigation say, the current one in brackets, and where they lead."""
    part = page.text.partition(name)[2].partition("</nav>")[0]
    return [
        (f"[{text.strip()}]" if "aria-current" in facts else text.strip(), address)
        for address, facts, text in re.findall(r'<a href="([^"]*)"([^>]*)>([^<]*)</a>', part)
    ]


def look_for(office, words, page=PAGE):
    """Type it into the search, and come back to the list."""
    token = re.search(r'name="csrf_token" value="([^"]*)"', office.get(page).text)[1]
    answer = office.post(page, data={"csrf_token": token, "suche": words})
    assert answer.status_code == 303
    return follow(office, answer)


@pytest.fixture
def one_of_each(event_session):
    later = app_clock.now() + timedelta(hours=22)
    guest(event_session, "Gabi Geht", Status.WITHDRAWN)
    guest(event_session, "Ute Unklar", Status.UNVERIFIED, hold_until=later)
    guest(event_session, "Willi Wartet", Status.WAITING)
    guest(event_session, "Anna Sitzt")
    guest(event_session, "Olga Offen", Status.OFFERED, hold_until=later)
    guest(event_session, "Vera Verfallen", Status.EXPIRED, hold_until=app_clock.now())
    guest(event_session, "Olaf Offen", Status.OFFERED, hold_until=app_clock.now())
    guest(event_session, "Uwe Unklar", Status.UNVERIFIED, hold_until=app_clock.now())


def test_everybody_stands_on_the_list_in_the_order_of_their_sign_up(office, one_of_each):
    rows = cells(office.get(PAGE), "liste")

    assert [(row[0], row[2]) for row in rows] == [
        ("Gabi Geht", "abgemeldet"),
        ("Ute Unklar", "noch nicht bestätigt bis Di 08.09.2026, 10 Uhr"),
        ("Willi Wartet", "Warteliste, Stelle 1"),
        ("Anna Sitzt", "Platz sicher"),
        ("Olga Offen", "Platz angeboten bis Di 08.09.2026, 10 Uhr"),
        ("Vera Verfallen", "verfallen"),
        ("Olaf Offen", "verfallen"),
        ("Uwe Unklar", "verfallen"),
    ]


@pytest.mark.parametrize(
    ("stand", "names"),
    [
        ("confirmed", ["Anna Sitzt"]),
        ("offered", ["Olga Offen"]),
        ("unverified", ["Ute Unklar"]),
        ("waiting", ["Willi Wartet"]),
        ("expired", ["Vera Verfallen", "Olaf Offen", "Uwe Unklar"]),
        ("withdrawn", ["Gabi Geht"]),
    ],
)
def test_list_of_one_state_holds_those_that_stand_so_now(office, one_of_each, stand, names):
    """Also those whose hold has run out and nobody has noted it."""
    assert listed(office.get(f"{PAGE}?stand={stand}")) == names


def test_states_lead_to_their_lists_and_say_how_many_there_are(office, one_of_each):
    assert links(office.get(f"{PAGE}?stand=expired&sortiert=name"), 'id="nach-stand"') == [
        ("alle (8)", f"{PAGE}?sortiert=name#personen"),
        ("Platz sicher (1)", f"{PAGE}?stand=confirmed&amp;sortiert=name#personen"),
        ("Platz angeboten (1)", f"{PAGE}?stand=offered&amp;sortiert=name#personen"),
        ("noch nicht bestätigt (1)", f"{PAGE}?stand=unverified&amp;sortiert=name#personen"),
        ("Warteliste (1)", f"{PAGE}?stand=waiting&amp;sortiert=name#personen"),
        ("[verfallen (3)]", f"{PAGE}?stand=expired&amp;sortiert=name#personen"),
        ("abgemeldet (1)", f"{PAGE}?stand=withdrawn&amp;sortiert=name#personen"),
    ]


def test_names_are_sorted_as_in_a_german_directory(office, event_session):
    """DIN 5007-2: umlauts like ae, oe and ue, ß like ss, capitals and hyphens do not matter."""
    for name in ("Zoe", "Muster", "Österle", "Ole", "Anna-Lena", "Mueller", "Müller", "anna", "Opel",
                 "Straße", "Strasse Z", "Éric", "Emil", "Łukasz", "Lena"):  # fmt: skip
        guest(event_session, name)

    assert listed(office.get(f"{PAGE}?sortiert=name")) == [
        "anna", "Anna-Lena", "Emil", "Éric", "Lena", "Łukasz", "Mueller", "Müller", "Muster",
        "Österle", "Ole", "Opel", "Straße", "Strasse Z", "Zoe",
    ]  # fmt: skip


def test_list_can_begin_with_the_newest_or_the_largest(office, event_session):
    for name, size in (("Erste", 1), ("Zweite", 3), ("Dritte", 2), ("Vierte", 3)):
        guest(event_session, name, party_size=size)

    newest, largest = (
        listed(office.get(f"{PAGE}?sortiert={order}")) for order in ("neu", "personen")
    )

    assert newest == ["Vierte", "Dritte", "Zweite", "Erste"]
    assert largest == ["Zweite", "Vierte", "Dritte", "Erste"]


def test_who_waits_has_the_same_place_however_the_list_is_sorted(office, event_session):
    hours = app_clock.now() - timedelta(hours=5)
    guest(event_session, "Anton", Status.WAITING, registered_at=hours)
    guest(event_session, "Zita", Status.WAITING, registered_at=hours - timedelta(hours=1))
    RegistrationFactory(status=Status.WAITING, registered_at=hours - timedelta(hours=2))

    rows = cells(office.get(f"{PAGE}?sortiert=name"), "liste")

    assert [(row[0], row[2]) for row in rows] == [
        ("Anton", "Warteliste, Stelle 2"),
        ("Zita", "Warteliste, Stelle 1"),
    ]


@pytest.fixture
def many(event_session, monkeypatch):
    """Five pages, of two each."""
    monkeypatch.setattr(people, "ON_A_PAGE", 2)
    for number in range(1, 10):
        guest(event_session, f"Gast {number}")


@pytest.mark.parametrize(
    ("number", "names", "said"),
    [
        ("1", ["Gast 1", "Gast 2"], "1–2 von 9"),
        ("3", ["Gast 5", "Gast 6"], "5–6 von 9"),
        ("5", ["Gast 9"], "9–9 von 9"),
        ("6", ["Gast 9"], "9–9 von 9"),
        ("9" * 30, ["Gast 9"], "9–9 von 9"),
        ("0", ["Gast 1", "Gast 2"], "1–2 von 9"),
        ("-7", ["Gast 1", "Gast 2"], "1–2 von 9"),
        ("zwei", ["Gast 1", "Gast 2"], "1–2 von 9"),
    ],
)
def test_every_page_holds_its_own_and_what_is_none_is_the_nearest(
    office, many, number, names, said
):
    page = office.get(f"{PAGE}?seite={number}")

    assert listed(page) == names
    assert said in text_of(page)


def test_pages_lead_to_each_other_and_keep_state_and_order(office, many):
    page = office.get(f"{PAGE}?stand=confirmed&sortiert=neu&seite=2")
    base = f"{PAGE}?stand=confirmed&amp;sortiert=neu"

    assert links(page, 'aria-label="Seiten der Liste"') == [
        ("Zurück", f"{base}#personen"),
        ("1", f"{base}#personen"),
        ("[2]", f"{base}&amp;seite=2#personen"),
        ("3", f"{base}&amp;seite=3#personen"),
        ("4", f"{base}&amp;seite=4#personen"),
        ("5", f"{base}&amp;seite=5#personen"),
        ("Weiter", f"{base}&amp;seite=3#personen"),
    ]
    assert 'aria-label="Weiter zu Seite 3"' in page.text


@pytest.mark.parametrize("query", ["stand=x", "sortiert=x", "stand=&sortiert=&seite=", "stand=%00"])
def test_address_that_means_nothing_shows_the_whole_list(office, event_session, query):
    guest(event_session, "Kim")

    assert listed(office.get(f"{PAGE}?{query}")) == ["Kim"]


@pytest.mark.parametrize("words", ["müller", "MUELLER", "Muller", "kim mü", "mü kim", "ller"])
def test_search_forgives_how_a_name_is_spelled(office, event_session, words):
    guest(event_session, "Kim Müller")
    guest(event_session, "Anna Weiß")

    assert listed(look_for(office, words)) == ["Kim Müller"]


@pytest.mark.parametrize(
    "words",
    ["kim@bei", "beispiel.example", "kim muster beispiel", "7Q4K", "7q4k-9xwm", "7q4k 9XWM2"],
)
def test_search_finds_parts_of_the_address_and_the_code(office, event_session, words):
    guest(event_session, "Kim Muster", email="kim@beispiel.example.org", ticket="7Q4K9XWM2HTR")
    guest(event_session, "Anna Weiß", email="anna@x.test", ticket="ABCDEFGHJKLM")

    assert listed(look_for(office, words)) == ["Kim Muster"]


@pytest.mark.parametrize("words", ["%", "_", "\\", "-", "9XWM", "<script>", "x" * 200])
def test_what_is_no_part_of_a_name_finds_nobody(office, event_session, words):
    guest(event_session, "Kim Muster", ticket="7Q4K9XWM2HTR")

    page = look_for(office, words)

    assert listed(page) == []
    assert "Niemand gefunden. Suchen Sie nach einem Teil des Namens" in text_of(page)


def test_search_goes_through_all_states_and_counts_them(office, one_of_each):
    page = look_for(office, "offen", f"{PAGE}?stand=confirmed&sortiert=name")

    assert listed(page) == ["Olaf Offen", "Olga Offen"]
    assert [text for text, _ in links(page, 'id="nach-stand"') if "(0)" not in text] == [
        "[alle (2)]",
        "Platz angeboten (1)",
        "verfallen (1)",
    ]
    assert listed(office.get(f"{PAGE}?stand=expired")) == ["Olaf Offen"]


def test_search_stays_until_all_are_wanted_again(office, event_session):
    EventSessionFactory(slug="anderer")
    for name in ("Kim", "Lou"):
        guest(event_session, name)

    assert "„Kim“: 1 Anmeldung" in text_of(look_for(office, "Kim"))
    assert listed(office.get(PAGE)) == ["Kim"]
    assert "„Kim“" not in office.get("/verwaltung/termine/anderer").text
    assert listed(look_for(office, " ")) == ["Kim", "Lou"]


def test_what_was_looked_for_stands_in_no_address(office, event_session):
    guest(event_session, "Kim Muster")

    page = look_for(office, "Kim Muster")

    assert page.request.path == PAGE
    assert re.findall(r'(?:href|action)="[^"]*(?:Kim|Muster)[^"]*"', page.text) == []


@pytest.mark.parametrize(
    "words",
    ["Mulelr", "müllre", "Mülller kim", "Muler", "Miller", "kim muller@exampel.org", "Yilmas"],
)
def test_who_is_meant_is_found_though_a_letter_or_two_are_wrong(office, event_session, words):
    guest(event_session, "Kim Müller", email="muller@example.org")
    guest(event_session, "Zeynep Yılmaz", email="z@x.test")
    guest(event_session, "Anna Weiß", email="a@x.test")

    page = look_for(office, words)

    assert listed(page) == ["Zeynep Yılmaz" if words == "Yilmas" else "Kim Müller"]
    assert "Meinten Sie …?" in page.text


@pytest.mark.parametrize("words", ["Meier", "Kim Weiß", "Kip Meiermann", "Kxy"])
def test_nobody_is_meant_who_is_called_otherwise(office, event_session, words):
    guest(event_session, "Kim Müller", email="k@x.test")
    guest(event_session, "Anna Weiß", email="a@x.test")

    page = look_for(office, words)

    assert (listed(page), "Meinten Sie" in page.text) == ([], False)


def test_likeliest_is_named_first_and_no_more_than_ten(office, event_session):
    for number in range(12):
        guest(event_session, f"Gast{number} Schmitd")
    guest(event_session, "Jo Schmitt")

    assert listed(look_for(office, "Schmtit")) == [
        "Jo Schmitt",
        *(f"Gast{number} Schmitd" for number in range(9)),
    ]


def test_searching_changes_nothing(office, event_session):
    guest(event_session, "Kim Müller")
    before = all_rows()

    look_for(office, "Mulelr")

    assert all_rows() == before


def test_keys_follow_name_and_address_and_go_with_them(event_session):
    kim = guest(event_session, "Kim Müller", email="kim@x.test")

    def keys():
        db.session.commit()
        return db.session.query(Registration.sort_key, Registration.search_key).one()

    assert keys() == ("kim mueller", "kim muller kim@x.test")
    kim.name = "Kim Mueller"
    assert keys() == ("kim mueller", "kim muller kim@x.test")
    kim.email = None
    assert keys() == ("kim mueller", "kim muller")
    kim.name = ""
    assert keys() == ("", "")


@pytest.mark.parametrize("letter", ["\ufdfa", "🎉", "李", "ß", "ﬃ", "\u0345"])
def test_names_that_grow_when_they_are_spelled_out_are_kept(event_session, letter):
    """A database indexes only so much."""
    name = letter * 5000
    guest(event_session, name)

    assert db.session.query(Registration).one().name == name


def test_offer_that_no_letter_tells_of_asks_for_a_call(office, event_session):
    until = app_clock.now() + timedelta(hours=22)
    guest(event_session, "Mit", Status.OFFERED, email="m@x.test", hold_until=until)
    guest(event_session, "Ohne", Status.OFFERED, email=None, hold_until=until)
    guest(event_session, "Sitzt", email=None)

    assert [row[1] for row in cells(office.get(PAGE), "liste")] == [
        "m@x.test",
        "– bitte anrufen",
        "–",
    ]


def test_what_a_mail_server_said_is_for_who_asks(office, event_session):
    booking.register(event_session, Applicant(name="Kim", email="kim@x.test"))
    letter = db.session.query(OutgoingMail).one()
    letter.state, letter.last_error = MailState.REFUSED, "550 no such user"

    page = office.get(PAGE)

    assert [row[1] for row in cells(page, "liste")] == [
        "kim@x.test E-Mail kam nicht an Was der Mailserver sagt 550 no such user"
    ]
    assert "550" in page.text.partition("<details>")[2].partition("</details>")[0]


def test_name_leads_to_the_person(office, event_session):
    kim = guest(event_session, "Kim")

    assert f'<a href="{PAGE}/personen/{kim.ulid}">Kim</a>' in office.get(PAGE).text


def test_erased_person_has_a_link_that_can_be_seen(office, event_session):
    guest(event_session, "", email=None)

    assert ">(gelöscht)</a>" in office.get(PAGE).text


@pytest.mark.parametrize("page", ["einlass", "anmelden", "plaetze", "verlauf"])
def test_page_leads_to_what_can_be_done(office, event_session, page):
    assert f'href="{PAGE}/{page}"' in office.get(PAGE).text


def test_people_are_counted_by_state(office, event_session):
    guest(event_session, "Anna", party_size=3)
    guest(event_session, "Willi", Status.WAITING, party_size=2)
    guest(event_session, "Walli", Status.WAITING, party_size=4)

    figures = re.findall(r"<dt>([^<]*)</dt>\s*<dd>(\d+)</dd>", office.get(PAGE).text)

    assert figures == [("Plätze", "10"), ("Platz sicher", "3"), ("Warteliste", "6"), ("da", "0")]


@pytest.mark.parametrize("words", ["", "erika", "eriak"])
def test_list_asks_the_database_as_often_for_many_as_for_few(
    office, event_session, count_queries, words
):
    guest(event_session, "Erika", Status.WAITING)
    look_for(office, words)
    for_one = count_queries(office, PAGE)
    for status in (Status.WAITING, Status.CONFIRMED, Status.WITHDRAWN):
        RegistrationFactory.create_batch(20, event_session=event_session, status=status)

    assert count_queries(office, PAGE) == for_one

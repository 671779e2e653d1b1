"""How many seats, and how they are given: saved in full or not at all, and nobody is thrown out."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog import house, journal
from chancendialog.extensions import db
from chancendialog.house import Switch
from chancendialog.programme.models import Confirmation, EventSession
from chancendialog.registration.models import Registration, Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import cells, press, text_of

PAGE = "/verwaltung/termine/abend/plaetze"
WHOLE = "Geben Sie bei „{}“ eine ganze Zahl von {} bis {} ein"
MOMENT = "Geben Sie bei „{}“ Tag und Uhrzeit an, zum Beispiel 01.10.2026, 18:00"
OVERBOOKED = (
    "Vergeben sind 14 Plätze, der Raum hat jetzt 10. Niemand verliert seinen Platz; neue Plätze"
    " werden erst vergeben, wenn weniger als 10 vergeben sind."
)


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen", capacity=20)


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def saved(event_session):
    """The session as the database has it now."""
    return db.session.get(EventSession, event_session.id, populate_existing=True)


def change(browser, **values):
    """Fill in the form, and say yes if it is asked first."""
    page = browser.fill_in(PAGE, **values)
    is_asked = "Noch ist nichts geändert" in page.text
    return press(browser, page, "Plätze ändern") if is_asked else page


def seated(event_session, people, status=Status.CONFIRMED, **facts):
    return RegistrationFactory(
        event_session=event_session, party_size=people, status=status, **facts
    )


def figures(page):
    """The numbers of the page, by what they count."""
    return {
        name: int(number)
        for name, number in re.findall(r"<dt>([^<]*)</dt>\s*<dd>(\d+)</dd>", page.text)
    }


def summary(page):
    """The sentences on top of a form with faults, each with the field it leads to."""
    return re.findall(r'<li><a href="#([^"]*)">([^<]*)</a></li>', page.text)


def messages(browser, answer):
    """What the page says after a change."""
    page = browser.read(answer.location)
    return re.findall(r'<p class="kern-title">([^<]*)</p>', page.text)


def noted(event_session):
    return [journal.sentence(entry) for entry in journal.of_scope(event_session.thread)][::-1]


def test_form_shows_how_things_are_set(office, event_session):
    event_session.waiting_list_limit = 8
    event_session.registration_opens_at = datetime(2026, 9, 10, 16, tzinfo=UTC)

    assert (
        form_fields(office.get(PAGE).text).items()
        >= {
            "capacity": "20",
            "party_limit": "4",
            "waiting_list": "on",
            "waiting_list_limit": "8",
            "offers": "on",
            "confirmation": "direct",
            "registration_opens_at": "2026-09-10T18:00",
            "registration_closes_at": "",
        }.items()
    )


def test_page_says_how_full_it_is_in_people(office, event_session):
    soon = app_clock.now() + timedelta(hours=5)
    seated(event_session, 9)
    seated(event_session, 3, Status.OFFERED, hold_until=soon)
    seated(event_session, 2, Status.UNVERIFIED, hold_until=soon)
    seated(event_session, 4, Status.UNVERIFIED, hold_until=app_clock.now())
    seated(event_session, 8, Status.WAITING)
    seated(event_session, 7, Status.WAITING)

    page = office.get(PAGE)

    assert figures(page) == {
        "Plätze": 20,
        "vergeben": 14,
        "davon noch nicht bestätigt oder angenommen": 5,
        "frei": 6,
        "Personen warten": 15,
        "Anmeldungen warten": 2,
    }
    assert "14 von 20 Plätzen sind vergeben." in page.text


def test_bar_is_drawn_without_styles_that_the_policy_forbids(office, event_session):
    seated(event_session, 9)
    seated(event_session, 3, Status.OFFERED, hold_until=app_clock.now() + timedelta(hours=5))

    page = office.get(PAGE)

    assert "style=" not in page.text
    assert 'viewBox="0 0 20 1"' in page.text
    assert re.findall(
        r'<rect class="seats-bar__(\w+)"(?: x="(\d+)")? width="(\d+)"', page.text
    ) == [
        ("firm", "", "9"),
        ("held", "9", "3"),
    ]


def test_session_without_a_single_seat_is_drawn_too(office, event_session):
    event_session.capacity = 0

    assert 'viewBox="0 0 1 1"' in office.get(PAGE).text


def test_everything_is_saved_and_said(office, event_session):
    answer = office.fill_in(
        PAGE,
        capacity="30",
        party_limit="2",
        waiting_list="off",
        waiting_list_limit="12",
        offers="off",
        confirmation="by-mail",
        registration_opens_at="2026-09-10T18:00",
        registration_closes_at="2026-10-01T12:30",
    )

    now = saved(event_session)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#inhalt")
    assert messages(office, answer) == [
        "Gespeichert. Plätze: 30; Höchstens so viele Personen je Anmeldung: 2; Warteliste:"
        " geschlossen; Höchstens so viele Personen auf der Warteliste: 12; Freie Plätze für"
        " Wartende: direkt vergeben; Neue Anmeldungen gelten: erst nach einem Klick auf den Link"
        " in unserer E-Mail; Anmeldung ab: Do 10.09.2026, 18 Uhr; Anmeldung bis: Do 01.10.2026,"
        " 12:30 Uhr"
    ]
    assert (now.capacity, now.party_limit, now.waiting_list, now.waiting_list_limit) == (
        30, 2, False, 12,
    )  # fmt: skip
    assert (now.offers, now.confirmation) == (False, Confirmation.BY_MAIL)
    assert now.registration_opens_at == datetime(2026, 9, 10, 16, tzinfo=UTC)
    assert now.registration_closes_at == datetime(2026, 10, 1, 10, 30, tzinfo=UTC)


def test_optional_settings_can_be_emptied_and_that_is_said(office, event_session):
    event_session.waiting_list_limit = 8
    event_session.registration_closes_at = datetime(2026, 10, 1, 10, tzinfo=UTC)

    answer = office.fill_in(PAGE, waiting_list_limit="", registration_closes_at=" ")

    now = saved(event_session)
    assert (now.waiting_list_limit, now.registration_closes_at) == (None, None)
    assert messages(office, answer) == [
        "Gespeichert. Höchstens so viele Personen auf der Warteliste: –; Anmeldung bis: –"
    ]


def test_only_what_was_changed_is_saved_and_noted(office, event_session):
    office.fill_in(PAGE, party_limit="6")

    assert noted(event_session) == ["Einstellung geändert: Personen je Anmeldung, 4 → 6"]


def test_form_sent_as_it_was_changes_nothing(office, event_session):
    event_session.registration_opens_at = datetime(2026, 9, 1, 16, 0, 30, tzinfo=UTC)

    answer = office.fill_in(PAGE)

    assert messages(office, answer) == ["Es war nichts zu ändern."]
    assert saved(event_session).registration_opens_at == datetime(2026, 9, 1, 16, 0, 30, tzinfo=UTC)
    assert noted(event_session) == []


def test_two_colleagues_with_the_same_page_open_do_not_undo_each_other(office, event_session):
    fields = form_fields(office.get(PAGE).text)
    office.fill_in(PAGE, capacity="50")

    office.post(PAGE, data=fields | {"party_limit": "6"})

    now = saved(event_session)
    assert (now.capacity, now.party_limit) == (50, 6)


@pytest.mark.parametrize("shown", ["", "[]", "{", "null", "\x00"])
def test_form_that_forgot_what_it_showed_is_compared_with_what_is(office, event_session, shown):
    office.fill_in(PAGE, shown=shown, capacity="30")

    assert noted(event_session) == ["Plätze: 20 → 30"]


def test_journal_knows_who_changed_the_seats(office, event_session):
    office.fill_in(PAGE, capacity="30")

    (entry,) = journal.of_scope(event_session.thread)
    assert entry.actor.startswith("staff:")


def test_larger_room_is_given_to_who_waits_by_the_new_rules(office, event_session, letters):
    event_session.capacity = 2
    seated(event_session, 2)
    waits = seated(event_session, 2, Status.WAITING, email="willi@example.org")

    change(office, capacity="4", offers="off")

    assert db.session.get(Registration, waits.id, populate_existing=True).status is Status.CONFIRMED
    assert letters() == [("promoted", "willi@example.org")]


def test_what_a_larger_room_does_is_shown_before_it_is_done(office, event_session, letters):
    event_session.capacity = 2
    seated(event_session, 2)
    seated(event_session, 2, Status.WAITING)
    seated(event_session, 1, Status.WAITING, email=None)
    seated(event_session, 4, Status.WAITING)
    db.session.commit()
    before = all_rows()

    page = office.fill_in(PAGE, capacity="5")

    assert cells(page, "tabelle") == [["Plätze", "2", "5"]]
    for sentence in (
        "1 Anmeldung bekommt eine E-Mail.",
        "1 Anmeldung ist ohne Adresse: Rufen Sie dort bitte an.",
        "1 wartende Anmeldung hat dann einen Platz.",
        "1 wartende Anmeldung bekommt einen Platz angeboten.",
        "1 Anmeldung wartet weiter.",
    ):
        assert sentence in text_of(page)
    assert all_rows() == before


def test_smaller_room_than_is_taken_is_asked_back(office, event_session):
    seated(event_session, 14)
    db.session.commit()

    page = office.fill_in(PAGE, capacity="10")
    form = press(office, page, "Zurück zum Formular")

    assert OVERBOOKED in text_of(page)
    assert form_fields(form.text)["capacity"] == "10"
    assert saved(event_session).capacity == 20


def test_seat_whose_hold_has_just_run_out_is_not_given_on_in_a_smaller_room(office, event_session):
    event_session.capacity = 2
    seated(event_session, 1)
    seated(event_session, 1, Status.UNVERIFIED, hold_until=app_clock.now())
    waits = seated(event_session, 1, Status.WAITING)

    change(office, capacity="1", party_limit="2")

    assert db.session.get(Registration, waits.id, populate_existing=True).status is Status.WAITING


def test_smaller_room_throws_nobody_out_and_warns(office, event_session, letters):
    people = [seated(event_session, 4) for _party in range(3)]
    people.append(
        seated(event_session, 2, Status.OFFERED, hold_until=app_clock.now() + timedelta(hours=5))
    )

    answer = change(office, capacity="10")

    now = [db.session.get(Registration, one.id, populate_existing=True).status for one in people]
    assert now == [Status.CONFIRMED] * 3 + [Status.OFFERED]
    assert letters() == []
    assert saved(event_session).capacity == 10
    assert messages(office, answer) == ["Gespeichert. Plätze: 10", OVERBOOKED]


def test_warning_stays_as_long_as_more_is_taken_than_there_is(office, event_session):
    event_session.capacity = 10
    thirteen, one = seated(event_session, 13), seated(event_session, 1)

    full = office.get(PAGE)
    one.status = Status.WITHDRAWN
    thirteen.party_size = 10
    after = office.get(PAGE)

    assert full.text.count(OVERBOOKED) == 1
    assert '<rect class="seats-bar__over" x="10" width="4"' in full.text
    assert "Niemand verliert seinen Platz" not in after.text
    assert "seats-bar__over" not in after.text


def test_warning_is_said_once_even_right_after_saving(office, event_session):
    seated(event_session, 14)

    answer = change(office, capacity="10")

    assert office.read(answer.location).text.count(OVERBOOKED) == 1


def test_room_that_is_gone_gives_no_seats_at_all(office, event_session):
    seated(event_session, 1)

    answer = change(office, capacity="0")

    assert messages(office, answer)[1] == (
        "Vergeben ist 1 Platz, der Raum hat jetzt 0. Niemand verliert seinen Platz; neue Plätze"
        " werden nicht vergeben."
    )


def test_freed_seat_of_an_overbooked_room_goes_to_nobody(office, event_session):
    event_session.capacity = 10
    seated(event_session, 14)
    waits = seated(event_session, 1, Status.WAITING)

    change(office, capacity="13")

    assert db.session.get(Registration, waits.id, populate_existing=True).status is Status.WAITING


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"capacity": ""}, ("capacity", WHOLE.format("Plätze", 0, "100.000"))),
        ({"capacity": "viele"}, ("capacity", WHOLE.format("Plätze", 0, "100.000"))),
        ({"capacity": "-1"}, ("capacity", WHOLE.format("Plätze", 0, "100.000"))),
        ({"capacity": "1e3"}, ("capacity", WHOLE.format("Plätze", 0, "100.000"))),
        ({"capacity": "9" * 5000}, ("capacity", WHOLE.format("Plätze", 0, "100.000"))),
        (
            {"party_limit": "21"},
            ("party_limit", WHOLE.format("Höchstens so viele Personen je Anmeldung", 1, 20)),
        ),
        (
            {"party_limit": "0"},
            ("party_limit", WHOLE.format("Höchstens so viele Personen je Anmeldung", 1, 20)),
        ),
        (
            {"waiting_list_limit": "3,5"},
            (
                "waiting_list_limit",
                WHOLE.format("Höchstens so viele Personen auf der Warteliste", 0, "100.000"),
            ),
        ),
        ({"waiting_list": "vielleicht"}, ("waiting_list-0", "Wählen Sie eine der Möglichkeiten")),
        ({"offers": ""}, ("offers-0", "Wählen Sie eine der Möglichkeiten")),
        ({"confirmation": "x"}, ("confirmation-0", "Wählen Sie eine der Möglichkeiten")),
        (
            {"registration_opens_at": "morgen"},
            ("registration_opens_at", MOMENT.format("Anmeldung ab")),
        ),
        (
            {"registration_opens_at": "0001-01-01T00:00"},
            ("registration_opens_at", MOMENT.format("Anmeldung ab")),
        ),
        (
            {"registration_opens_at": "2027-03-28T02:30"},
            (
                "registration_opens_at",
                "Anmeldung ab: diese Uhrzeit gibt es nicht, die Uhr wird da vorgestellt",
            ),
        ),
        (
            {"registration_closes_at": "2026-10-25T02:30"},
            (
                "registration_closes_at",
                "Anmeldung bis: diese Uhrzeit gibt es in dieser Nacht zweimal, bitte eine andere"
                " wählen",
            ),
        ),
        (
            {"registration_closes_at": "2026-10-01T18:00+02:00"},
            (
                "registration_closes_at",
                "Anmeldung bis: ohne Zeitzone angeben, es gilt die Uhrzeit in Hannover",
            ),
        ),
        (
            {
                "registration_opens_at": "2026-10-01T18:00",
                "registration_closes_at": "2026-10-01T18:00",
            },
            ("registration_closes_at", "Die Anmeldung muss enden, nachdem sie begonnen hat"),
        ),
    ],
)
def test_one_fault_is_one_kind_sentence_and_nothing_is_saved(office, event_session, wrong, fault):
    before = all_rows()

    page = office.fill_in(PAGE, **{"party_limit": "7"} | wrong)

    assert page.status_code == 422
    assert summary(page) == [fault]
    assert "<title>Fehler: Plätze" in page.text
    assert all_rows() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("capacity", "viele"),
        ("capacity", "0009"),
        ("waiting_list_limit", "3,5"),
        ("registration_opens_at", "2027-03-28T02:30"),
    ],
)
def test_what_was_typed_stays_in_the_form_right_or_wrong(office, name, value):
    typed = {"party_limit": "99", "offers": "off", "confirmation": "by-mail", name: value}

    page = office.fill_in(PAGE, **typed)

    assert page.status_code == 422
    assert form_fields(page.text).items() >= typed.items()


def test_corrected_form_saves_what_was_changed_before_the_fault(office, event_session):
    page = office.fill_in(PAGE, party_limit="99", offers="off")

    office.post(PAGE, data=form_fields(page.text) | {"party_limit": "3"})

    now = saved(event_session)
    assert (now.party_limit, now.offers) == (3, False)


def test_form_without_our_token_saves_nothing(office, event_session):
    answer = office.fill_in(PAGE, csrf_token="", capacity="1")

    assert answer.status_code == 400
    assert saved(event_session).capacity == 20


def test_page_says_when_the_whole_house_confirms_by_mail(office, event_session):
    before = office.get(PAGE)
    house.turn(Switch.CONFIRM_BY_MAIL, on=True, actor=journal.SYSTEM)

    sentence = "Zurzeit sind die Anmeldungen aller Termine per E-Mail zu bestätigen."
    assert (sentence in before.text, sentence in office.get(PAGE).text) == (False, True)


def test_opening_the_page_changes_nothing(office, event_session):
    seated(event_session, 2, Status.OFFERED, hold_until=app_clock.now())
    before = all_rows()

    office.get(PAGE)
    office.head(PAGE)

    assert all_rows() == before


def test_unknown_session_is_no_page(office):
    page = "/verwaltung/termine/gibt-es-nicht/plaetze"

    assert office.get(page).status_code == 404

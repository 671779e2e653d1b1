"""Signing people up by phone: the same rules as for everybody, unless staff say so in words."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Registration, Source, Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory

PAGE = "/verwaltung/termine/abend/anmelden"
KIM = {"name": "Kim Muster", "email": "kim@example.org"}


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen", capacity=4)


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def entered():
    """Who was signed up by staff: name, address, people, status."""
    rows = db.session.scalars(
        select(Registration).where(Registration.source == Source.COUNTER).order_by(Registration.id)
    )
    return [(one.name, one.email, one.party_size, one.status) for one in rows]


def seated(event_session, people, status=Status.CONFIRMED, **facts):
    return RegistrationFactory(
        event_session=event_session, party_size=people, status=status, **facts
    )


def buttons(page):
    """What the buttons of the form say, and the names they send."""
    form = page.text.partition(f'action="{PAGE}')[2].partition("</form>")[0]
    return re.findall(
        r'<button [^>]*type="submit"\s*(?:name="(\w+)" value="1")?>\s*<span class="kern-label">([^<]*)<',
        form,
    )


def words(page):
    """The text of the page as people read it."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())


def summary(page):
    return re.findall(r'<li><a href="#([^"]*)">([^<]*)</a></li>', page.text)


def press(browser, page, button, **fields):
    """Send a shown form once more, by one of its buttons."""
    return browser.post(PAGE, data=form_fields(page.text) | {button: "1"} | fields)


def test_person_who_calls_gets_a_seat_and_a_letter(office, letters):
    answer = office.fill_in(PAGE, **KIM, party_size="2")

    registration = db.session.scalar(select(Registration))
    page = office.read(answer.location)
    assert answer.status_code == 303
    assert answer.location == f"/verwaltung/termine/abend/personen/{registration.ulid}#inhalt"
    assert entered() == [("Kim Muster", "kim@example.org", 2, Status.CONFIRMED)]
    assert letters() == [("confirmed", "kim@example.org")]
    assert "Kim Muster ist angemeldet. Die E-Mail dazu ist unterwegs." in page.text


def test_person_without_address_is_registered_and_must_be_told(office, letters):
    answer = office.fill_in(PAGE, name="Kim Muster", email=" ")

    page = office.read(answer.location)
    assert entered() == [("Kim Muster", None, 1, Status.CONFIRMED)]
    assert letters() == []
    assert (
        "Kim Muster ist angemeldet. Ohne Adresse gibt es keine E-Mail: Sagen Sie selbst Bescheid."
        in page.text
    )


def test_address_is_kept_as_everybody_elses(office):
    office.fill_in(PAGE, name="Kim", email=" KIM@Bücher.example ")

    assert entered() == [("Kim", "kim@xn--bcher-kva.example", 1, Status.CONFIRMED)]


def test_two_people_without_address_are_two_registrations(office):
    office.fill_in(PAGE, name="Kim Muster")
    office.fill_in(PAGE, name="Kim Muster")

    assert entered() == [("Kim Muster", None, 1, Status.CONFIRMED)] * 2


@pytest.mark.parametrize("email", ["", "kim@example.org"])
def test_form_sent_twice_is_one_registration(office, email):
    fields = form_fields(office.get(PAGE).text) | {"name": "Kim Muster", "email": email}

    answers = [office.post(PAGE, data=fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert len(entered()) == 1


def test_old_form_filled_in_for_somebody_else_is_a_new_registration(office):
    fields = form_fields(office.get(PAGE).text)

    office.post(PAGE, data=fields | {"name": "Kim Muster"})
    office.post(PAGE, data=fields | {"name": "Lou Muster"})
    office.post(PAGE, data=fields | {"name": "Lou Muster", "email": "lou@example.org"})

    assert [(name, email) for name, email, *_rest in entered()] == [
        ("Kim Muster", None),
        ("Lou Muster", None),
        ("Lou Muster", "lou@example.org"),
    ]


@pytest.mark.parametrize("number", ["", "x", "' OR 1=1", "\x00"])
def test_forged_number_of_a_form_is_a_new_one(office, number):
    assert office.fill_in(PAGE, **KIM, number=number).status_code == 303
    assert len(entered()) == 1


def test_journal_knows_who_signed_somebody_up(office, event_session):
    office.fill_in(PAGE, **KIM)

    (entry,) = journal.of_scope(event_session.thread)
    assert (entry.code, entry.actor[:6]) == ("registered", "staff:")


def test_hours_of_registration_do_not_bind_staff(office, event_session):
    event_session.registration_closes_at = app_clock.now() - timedelta(days=1)

    assert office.fill_in(PAGE, **KIM).status_code == 303


def test_who_calls_waits_like_everybody_while_others_wait(office, event_session):
    seated(event_session, 3)
    seated(event_session, 2, Status.WAITING)
    before = all_rows()

    page = office.fill_in(PAGE, **KIM)

    assert page.status_code == 409
    assert "Andere warten schon auf einen Platz" in page.text
    assert form_fields(page.text).items() >= KIM.items()
    assert buttons(page) == [
        ("waiting_list", "Auf die Warteliste setzen"),
        ("regardless", "Trotzdem Platz geben"),
    ]
    assert all_rows() == before


def test_warning_says_how_many_are_passed_and_that_no_room_is_overbooked(office, event_session):
    seated(event_session, 1)
    seated(event_session, 4, Status.WAITING)
    seated(event_session, 4, Status.WAITING)

    page = office.fill_in(PAGE, **KIM, party_size="2")

    assert (
        "„Trotzdem Platz geben“ heißt: 8 Personen warten schon und werden übergangen"
        " (2 Anmeldungen). Überbucht wird der Raum dadurch nicht."
    ) in words(page)


def test_warning_says_by_how_many_the_room_is_overbooked(office, event_session):
    seated(event_session, 3)

    page = office.fill_in(PAGE, **KIM, party_size="3")

    assert "Nur 1 Platz ist frei" in words(page)
    assert (
        "„Trotzdem Platz geben“ heißt: Es wartet niemand, der übergangen wird. Der Raum ist dann"
        " um 2 Personen überbucht: 6 auf 4 Plätzen."
    ) in words(page)


def test_warning_counts_what_has_just_been_offered_as_taken(office, event_session):
    seated(event_session, 2)
    seated(event_session, 2, Status.UNVERIFIED, hold_until=app_clock.now())
    seated(event_session, 2, Status.WAITING)

    page = office.fill_in(PAGE, **KIM)

    assert "Alle Plätze sind vergeben" in words(page)
    assert "0 Plätze sind frei, niemand wartet." in words(page)
    assert (
        "Es wartet niemand, der übergangen wird. Der Raum ist dann um 1 Person überbucht:"
        " 5 auf 4 Plätzen."
    ) in words(page)


def test_button_puts_them_on_the_waiting_list(office, event_session, letters):
    seated(event_session, 4)
    page = office.fill_in(PAGE, **KIM)

    answer = press(office, page, "waiting_list")

    shown = office.read(answer.location)
    assert entered() == [("Kim Muster", "kim@example.org", 1, Status.WAITING)]
    assert letters() == [("waiting", "kim@example.org")]
    assert "Kim Muster steht jetzt auf der Warteliste." in shown.text


def test_other_button_gives_the_seat_regardless_and_the_journal_says_so(office, event_session):
    seated(event_session, 4)
    seated(event_session, 1, Status.WAITING)
    page = office.fill_in(PAGE, **KIM, party_size="2")

    answer = press(office, page, "regardless")

    assert answer.status_code == 303
    assert entered() == [("Kim Muster", "kim@example.org", 2, Status.CONFIRMED)]
    assert journal.of_scope(event_session.thread)[0].code == "registered_regardless"


def test_smaller_party_than_refused_gets_its_seat_without_a_word(office, event_session):
    seated(event_session, 3)
    page = office.fill_in(PAGE, **KIM, party_size="2")

    press(office, page, "waiting_list", party_size="1")

    assert entered() == [("Kim Muster", "kim@example.org", 1, Status.CONFIRMED)]


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"waiting_list": False}, "Eine Warteliste gibt es nicht."),
        ({"waiting_list_limit": 0}, "Die Warteliste ist voll."),
    ],
)
def test_without_room_on_a_list_the_first_button_overbooks_nothing(
    office, event_session, rules, reason
):
    seated(event_session, 4)
    for name, value in rules.items():
        setattr(event_session, name, value)

    page = office.fill_in(PAGE, **KIM)

    assert page.status_code == 409
    assert reason in words(page)
    assert buttons(page) == [("", "Noch einmal prüfen"), ("regardless", "Trotzdem Platz geben")]


def test_form_that_is_not_refused_has_one_button(office):
    assert buttons(office.get(PAGE)) == [("", "Anmelden")]


def test_address_that_is_registered_already_leads_to_that_person(office, event_session, letters):
    there = seated(event_session, 1, name="Kim Vorher", email="kim@example.org")
    before = all_rows()

    page = office.fill_in(PAGE, **KIM)

    assert page.status_code == 409
    assert "Diese Adresse ist schon angemeldet" in page.text
    assert f'<a href="/verwaltung/termine/abend/personen/{there.ulid}">' in page.text
    assert "Zur Anmeldung von Kim Vorher : Platz sicher" in words(page)
    assert form_fields(page.text).items() >= KIM.items()
    assert letters() == []
    assert all_rows() == before


def test_address_that_is_registered_already_gets_no_second_seat_regardless(office, event_session):
    seated(event_session, 1, email="kim@example.org")

    page = office.fill_in(PAGE, **KIM, regardless="1")

    assert page.status_code == 409
    assert entered() == []


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"name": "  "}, ("name", "Geben Sie den Namen ein")),
        ({"name": "x" * 121}, ("name", "Der Name darf höchstens 120 Zeichen lang sein")),
        (
            {"name": "www.example.org"},
            ("name", "Schreiben Sie in das Feld „Name“ keine Internet-Adresse"),
        ),
        (
            {"email": "kim@"},
            ("email", "Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein"),
        ),
        (
            {"party_size": "0"},
            ("party_size", "Geben Sie bei „Personen“ eine ganze Zahl von 1 bis 20 ein"),
        ),
        (
            {"party_size": "zwei"},
            ("party_size", "Geben Sie bei „Personen“ eine ganze Zahl von 1 bis 20 ein"),
        ),
        (
            {"party_size": "5"},
            (
                "party_size",
                "Für diese Veranstaltung kann man höchstens 4 Personen zusammen anmelden.",
            ),
        ),
    ],
)
def test_one_fault_is_one_kind_sentence_and_the_form_stays_filled(office, wrong, fault):
    before = all_rows()
    typed = KIM | {"party_size": "2"} | wrong

    page = office.fill_in(PAGE, **typed)

    assert page.status_code == 422
    assert summary(page) == [fault]
    assert (
        form_fields(page.text).items()
        >= {key: value.strip() for key, value in typed.items()}.items()
    )
    assert all_rows() == before


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"status": SessionStatus.CALLED_OFF},
            "Diese Veranstaltung ist abgesagt. Eine Anmeldung ist nicht möglich.",
        ),
        (
            {"status": SessionStatus.DRAFT},
            "Für diese Veranstaltung kann man sich noch nicht anmelden.",
        ),
    ],
)
def test_session_that_takes_nobody_says_why_instead_of_a_form(
    office, event_session, facts, sentence
):
    fields = form_fields(office.get(PAGE).text) | KIM
    for name, value in facts.items():
        setattr(event_session, name, value)

    shown, sent = office.get(PAGE), office.post(PAGE, data=fields | {"regardless": "1"})

    assert (shown.status_code, sent.status_code) == (200, 409)
    assert [sentence in page.text for page in (shown, sent)] == [True, True]
    assert [buttons(page) for page in (shown, sent)] == [[], []]
    assert entered() == []


def test_nobody_is_entered_once_it_has_begun(office, event_session, clock):
    event_session.starts_at = app_clock.now() + timedelta(minutes=1)
    fields = form_fields(office.get(PAGE).text) | KIM
    clock.shift(60)

    page = office.post(PAGE, data=fields)

    assert page.status_code == 409
    assert "die Veranstaltung hat schon begonnen" in page.text


def test_form_without_our_token_enters_nobody(office):
    assert office.fill_in(PAGE, **KIM, csrf_token="").status_code == 400
    assert entered() == []


def test_browser_is_not_told_to_propose_the_colleagues_own_address(office):
    page = office.get(PAGE)

    assert page.text.count('autocomplete="off"') == 4


def test_opening_the_form_changes_nothing(office, event_session):
    seated(event_session, 2, Status.UNVERIFIED, hold_until=app_clock.now())
    before = all_rows()

    office.get(PAGE)
    office.head(PAGE)

    assert all_rows() == before


def test_unknown_session_is_no_page(office):
    assert office.get("/verwaltung/termine/gibt-es-nicht/anmelden").status_code == 404

"""Bringing fewer or more people: the form on one's own page."""

import re
from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.registration.models import Status
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import (
    buttons,
    everything_left,
    follow,
    give_up,
    history,
    own_page,
    posted,
    press,
    press_as,
    registered,
    states,
    text_of,
)

ERIKA, KIM = "erika@example.org", "kim@example.org"
CHANGE = "Anzahl ändern"
CHECK = "Prüfen Sie Ihre Angaben"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", capacity=4, party_limit=4)


@pytest.fixture
def page(client, event_session, sign_up):
    """Erika's own page; she comes with a companion, and has her confirmation."""
    sign_up(event_session, email=ERIKA, party_size="2")
    everything_left()
    return client.get(own_page(registered(ERIKA)))


def choices(page):
    """The numbers to choose from, the chosen one marked."""
    listed = page.text.partition("<select")[2].partition("</select>")[0]
    return re.findall(r"<option( selected)? value=\"(\d+)\">([^<]*)<", listed)


def party(email):
    return registered(email).party_size


def test_form_offers_every_number_the_session_allows_and_shows_the_present_one(page):
    assert choices(page) == [
        ("", "1", "1 Person"),
        (" selected", "2", "2 Personen"),
        ("", "3", "3 Personen"),
        ("", "4", "4 Personen"),
    ]
    assert (
        "Weniger geht jederzeit. Mehr geht, solange Plätze frei sind und niemand wartet."
    ) in text_of(page)


def test_fewer_people_free_seats_at_once(client, page):
    answer = press(client, page, CHANGE, party_size="1")

    assert answer.status_code == 303
    assert answer.location == f"{page.request.path}?getan=personen#inhalt"
    changed = follow(client, answer)
    assert "Gespeichert: 1 Person" in text_of(changed)
    assert "Ihr Platz ist sicher" in text_of(changed)
    assert "Personen 1" in text_of(changed)
    assert history(changed)[-1] == "Personen: 2 → 1"
    assert "nur noch 3 Plätze frei" in client.get("/").text
    assert posted() == [("confirmed", ERIKA, "REQUEST"), ("party_resized", ERIKA, None)]


def test_freed_seat_is_offered_to_who_waits(client, event_session, page):
    event_session.capacity = 2
    RegistrationFactory(event_session=event_session, email=KIM, status=Status.WAITING)

    press(client, page, CHANGE, party_size="1")

    assert states() == [(ERIKA, Status.CONFIRMED), (KIM, Status.OFFERED)]
    assert posted()[1:] == [("party_resized", ERIKA, None), ("offer", KIM, None)]


def test_more_people_come_while_seats_are_free(client, page):
    answer = press(client, page, CHANGE, party_size="4")

    assert answer.status_code == 303
    assert "Ihre 4 Plätze sind sicher" in text_of(follow(client, answer))
    assert party(ERIKA) == 4
    assert posted()[-1] == ("party_resized", ERIKA, None)


def test_change_before_the_confirmation_left_is_one_letter(client, event_session, sign_up):
    sign_up(event_session, email=ERIKA, party_size="2")

    press_as(ERIKA, client, CHANGE, party_size="3")

    assert posted() == [("confirmed", ERIKA, "REQUEST")]


def test_same_number_changes_nothing(client, page):
    answer = press(client, page, CHANGE)

    assert answer.status_code == 303
    assert party(ERIKA) == 2
    assert posted() == [("confirmed", ERIKA, "REQUEST")]


def test_changing_twice_with_one_form_is_one_letter(client, page):
    answers = [press(client, page, CHANGE, party_size="3") for _time in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert posted()[1:] == [("party_resized", ERIKA, None)]


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({"party_size": 1}, "Es ist nur noch 1 Platz frei. Deshalb bleibt es bei 2 Personen."),
        (
            {"party_size": 3, "status": Status.WAITING},
            "Andere warten schon auf einen Platz. Deshalb geht das nicht.",
        ),
    ],
)
def test_more_people_than_there_is_room_for_are_refused_on_the_same_page(
    client, event_session, page, others, reason
):
    RegistrationFactory(event_session=event_session, **others)
    before = all_rows()

    answer = press(client, page, CHANGE, party_size="4")

    assert answer.status_code == 409
    assert text_of(answer).startswith(f"{CHECK} {reason} Ihre Anmeldung: Wohnen der Zukunft")
    assert text_of(answer).count(reason) == 2  # on top, and at the field
    assert "Ihre 2 Plätze sind sicher" in text_of(answer)
    assert buttons(answer) == [CHANGE, "Plätze freigeben"]
    assert all_rows() == before


def test_full_session_with_a_list_is_not_said_to_have_none(client, event_session, page):
    RegistrationFactory(event_session=event_session, party_size=2)

    answer = press(client, page, CHANGE, party_size="3")

    assert answer.status_code == 409
    assert "Alle Plätze sind vergeben" in text_of(answer)
    assert "keine Warteliste" not in text_of(answer)


def test_refusal_is_where_the_browser_jumps_to(client, event_session, page):
    RegistrationFactory(event_session=event_session, party_size=2)

    answer = press(client, page, CHANGE, party_size="4")

    assert f'action="{page.request.path}/personen#fehler"' in page.text
    assert re.search(r'id="fehler" role="alert" tabindex="-1"', answer.text)
    assert 'href="#party_size"' in answer.text
    assert "<title>Fehler: Ihre Anmeldung: Wohnen der Zukunft" in answer.text


@pytest.mark.parametrize("value", ["", "0", "-1", "5", "zwei", "1.5", "9" * 30])
def test_number_that_is_none_of_the_choices_is_asked_for_again(client, page, value):
    before = all_rows()

    answer = press(client, page, CHANGE, party_size=value)

    assert answer.status_code == 422
    assert '<a href="#party_size">Wählen Sie, wie viele Personen kommen</a>' in answer.text
    assert "<title>Fehler: Ihre Anmeldung" in answer.text
    assert 'aria-describedby="party_size-error" aria-invalid="true"' in answer.text
    assert "Ihre 2 Plätze sind sicher" in text_of(answer)
    assert all_rows() == before


def test_form_without_a_number_changes_nothing(client, page):
    before = all_rows()["registration"]

    press(client, page, CHANGE, party_size=None)

    assert all_rows()["registration"] == before


@pytest.mark.parametrize(
    "status", [Status.WAITING, Status.OFFERED, Status.UNVERIFIED], ids=lambda one: one.value
)
def test_who_has_no_seat_yet_may_only_become_fewer(client, event_session, status):
    waiting = RegistrationFactory(
        event_session=event_session,
        email=ERIKA,
        party_size=3,
        status=status,
        hold_until=app_clock.now() + timedelta(days=1),
        offered_at=app_clock.now(),
    )
    event_session.capacity = 0
    page = client.get(own_page(waiting))

    refused = press(client, page, CHANGE, party_size="4")
    answer = press(client, page, CHANGE, party_size="2")

    assert [number for _chosen, number, _text in choices(page)] == ["1", "2", "3"]
    assert "Mehr geht erst, wenn Ihr Platz sicher ist." in text_of(page)
    assert refused.status_code == 422
    assert answer.status_code == 303
    assert states() == [(ERIKA, status)]
    assert party(ERIKA) == 2


def test_waiting_group_keeps_its_place(client, event_session):
    event_session.capacity = 0
    group = RegistrationFactory(
        event_session=event_session, email=ERIKA, party_size=3, status=Status.WAITING
    )
    RegistrationFactory(event_session=event_session, email=KIM, status=Status.WAITING)

    answer = press(client, client.get(own_page(group)), CHANGE, party_size="2")

    assert "Sie stehen an Stelle 1 der Warteliste" in text_of(follow(client, answer))


def test_party_of_one_where_only_one_may_come_has_nothing_to_choose(client):
    single = RegistrationFactory(event_session=EventSessionFactory(party_limit=1))

    assert buttons(client.get(own_page(single))) == ["Platz freigeben"]


def test_party_larger_than_the_limit_that_staff_let_in_may_stay_or_shrink(client, event_session):
    large = RegistrationFactory(event_session=event_session, email=ERIKA, party_size=6)
    page = client.get(own_page(large))

    stays = press(client, page, CHANGE)
    shrinks = press(client, page, CHANGE, party_size="5")

    assert [stays.status_code, shrinks.status_code] == [303, 303]
    assert party(ERIKA) == 5


def test_party_stays_as_it_is_once_the_session_has_begun(client, clock, event_session, page):
    event_session.starts_at = app_clock.now() + timedelta(minutes=1)
    clock.shift(60)

    answer = press(client, page, CHANGE, party_size="1")

    assert answer.status_code == 409
    assert "die Veranstaltung hat schon begonnen" in text_of(answer)
    assert buttons(answer) == []
    assert party(ERIKA) == 2


def test_who_gave_up_the_seat_meanwhile_changes_nothing_any_more(client, page):
    give_up(client, page, "Plätze freigeben")

    answer = press(client, page, CHANGE, party_size="1")

    assert answer.status_code == 409
    assert "Diese Anmeldung gilt nicht mehr." in text_of(answer)
    assert states() == [(ERIKA, Status.WITHDRAWN)]

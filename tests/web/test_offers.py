"""Who waits is asked: the offer, the last call, and why somebody was not asked yet."""

from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.registration import booking
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
    worker_comes_by,
)

SEATED, ERIKA, KIM = "seated@example.org", "erika@example.org", "kim@example.org"
TOMORROW_NOON = "Dienstag, 8. September 2026, 12 Uhr"
ACCEPT, PASS_ON, AFTER_ALL = "Platz annehmen", "Platz weitergeben", "Doch kommen"
TAKE = "Platz annehmen"
YES_BOTH = "Ja, Plätze weitergeben"
TOO_LATE = (
    "Der freie Platz ist schon vergeben. Sie bleiben auf der Warteliste. Wird noch ein Platz"
    " frei, schreiben wir Ihnen sofort."
)


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", capacity=1)


@pytest.fixture
def seated(event_session):
    """Who has the only seat."""
    return RegistrationFactory(event_session=event_session, email=SEATED)


@pytest.fixture
def erika(event_session, seated):
    """First in the queue."""
    return RegistrationFactory(event_session=event_session, email=ERIKA, status=Status.WAITING)


@pytest.fixture
def kim(event_session, erika):
    """Second in the queue."""
    return RegistrationFactory(event_session=event_session, email=KIM, status=Status.WAITING)


@pytest.fixture
def offered(client, erika, kim, seated):
    """Erika's own page, once the seat has become free and is held for her until tomorrow noon."""
    give_up(client, client.get(own_page(seated)))
    everything_left()
    return client.get(own_page(erika))


# the offer


def test_offer_says_until_when_and_asks_for_yes_or_no(offered):
    assert offered.status_code == 200
    assert (
        f"Für Sie ist ein Platz frei Wir halten Ihren Platz bis {TOMORROW_NOON}."
        " Hören wir bis dahin nichts von Ihnen, fragen wir die Nächsten."
    ) in text_of(offered)
    assert buttons(offered) == [ACCEPT, PASS_ON]
    assert (
        history(offered)[-1]
        == "Platz angeboten bis Di 08.09.2026, 12 Uhr: 1 Platz frei, 1 gewünscht"
    )
    assert posted()[-1] == ("offer", ERIKA, None)


def test_offer_for_a_party_speaks_of_all_its_seats(client, event_session):
    event_session.capacity = 2
    party = RegistrationFactory(
        event_session=event_session, party_size=2, status=Status.WAITING, email=ERIKA
    )
    worker_comes_by()

    page = client.get(own_page(party))

    assert "Für Sie sind 2 Plätze frei Wir halten Ihre 2 Plätze bis" in text_of(page)
    assert buttons(page) == ["Plätze annehmen", "Plätze weitergeben", "Anzahl ändern"]


def test_held_seat_is_nobody_elses(client, offered):
    assert "Warteliste" in client.get("/").text
    assert "Plätze frei" not in text_of(client.get("/"))
    assert "Platz frei" not in text_of(client.get("/"))


def test_opening_the_page_of_an_offer_changes_nothing(client, offered):
    link = offered.request.path
    before = all_rows()

    answers = [
        send(f"{link}{deed}")
        for send in (client.get, client.head)
        for deed in ("", "/zusagen", "/abmelden")
    ]

    assert [answer.status_code for answer in answers] == [200, 302, 200] * 2
    assert all_rows() == before


def test_accepted_offer_is_a_seat_and_an_invitation(client, offered):
    answer = press(client, offered, ACCEPT)

    assert answer.status_code == 303
    page = follow(client, answer)
    assert "Ihr Platz ist sicher" in text_of(page)
    assert buttons(page) == ["Anzahl ändern", "Platz freigeben"]
    assert history(page)[-1] == "Platzangebot angenommen, Personen: 1"
    assert states() == [
        (SEATED, Status.WITHDRAWN),
        (ERIKA, Status.CONFIRMED),
        (KIM, Status.WAITING),
    ]
    assert posted()[-1] == ("confirmed", ERIKA, "REQUEST")


def test_accepting_twice_is_one_letter(client, offered):
    answers = [press(client, offered, ACCEPT), press(client, offered, ACCEPT)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert posted()[2:] == [("confirmed", ERIKA, "REQUEST")]


def test_offer_passed_on_is_made_to_the_next(client, offered, kim):
    answer = give_up(client, offered, PASS_ON, "Ja, Platz weitergeben")

    assert answer.status_code == 303
    page = follow(client, answer)
    assert "Sie sind abgemeldet" in text_of(page)
    assert history(page)[-1] == "Platzangebot weitergegeben, Personen: 1"
    assert states() == [
        (SEATED, Status.WITHDRAWN),
        (ERIKA, Status.WITHDRAWN),
        (KIM, Status.OFFERED),
    ]
    assert posted()[2:] == [("withdrawn", ERIKA, None), ("offer", KIM, None)]
    assert ACCEPT in buttons(client.get(own_page(kim)))


def test_offer_passed_on_cannot_be_accepted_any_more(client, offered):
    give_up(client, offered, PASS_ON, "Ja, Platz weitergeben")

    answer = press(client, offered, ACCEPT)

    assert answer.status_code == 409
    assert "Sie sind abgemeldet. Melden Sie sich noch einmal an." in text_of(answer)
    assert states()[1:] == [(ERIKA, Status.WITHDRAWN), (KIM, Status.OFFERED)]


def test_accepted_offer_can_be_given_up_again(client, offered):
    accepted = follow(client, press(client, offered, ACCEPT))
    everything_left()

    give_up(client, accepted)

    assert states()[1:] == [(ERIKA, Status.WITHDRAWN), (KIM, Status.OFFERED)]
    assert posted()[-2:] == [("withdrawn", ERIKA, "CANCEL"), ("offer", KIM, None)]


# too late


@pytest.mark.parametrize("worker_was_here", [True, False])
def test_expired_offer_explains_itself_with_day_and_hour(client, clock, offered, worker_was_here):
    clock.shift(timedelta(days=1))
    if worker_was_here:
        worker_comes_by()

    page = client.get(offered.request.path)

    assert page.status_code == 200
    assert (
        f"Das Angebot ist abgelaufen Es galt bis {TOMORROW_NOON}. Zurzeit ist nichts frei."
        " Mit dem Knopf kommen Sie auf die Warteliste. Ihre Stelle dort richtet sich danach,"
        " wann Sie sich angemeldet haben."
    ) in text_of(page)
    assert buttons(page) == [AFTER_ALL]


def test_seat_of_an_expired_offer_goes_to_the_next(clock, offered):
    clock.shift(timedelta(days=1))
    worker_comes_by()

    assert states()[1:] == [(ERIKA, Status.EXPIRED), (KIM, Status.OFFERED)]
    assert posted()[2:] == [("offer_expired", ERIKA, None), ("offer", KIM, None)]


def test_click_in_the_last_second_is_in_time(client, clock, offered):
    clock.shift(timedelta(days=1, seconds=-1))

    press(client, offered, ACCEPT)

    assert states()[1:] == [(ERIKA, Status.CONFIRMED), (KIM, Status.WAITING)]


def test_click_at_the_deadline_is_too_late_and_keeps_the_place_in_the_queue(client, clock, offered):
    clock.shift(timedelta(days=1))

    answer = press(client, offered, ACCEPT)

    assert answer.status_code == 303
    page = follow(client, answer)
    assert "Sie stehen an Stelle 1 der Warteliste. Vor Ihnen wartet niemand." in text_of(page)
    assert history(page)[-2:] == [
        "Platzangebot verfallen am Di 08.09.2026, 12 Uhr, keine Antwort",
        "nach Ablauf der Frist zugesagt – Warteliste",
    ]
    assert states()[1:] == [(ERIKA, Status.WAITING), (KIM, Status.OFFERED)]


def test_click_after_the_deadline_gets_the_seat_nobody_else_wants(client, clock, offered, kim):
    booking.withdraw(kim)
    clock.shift(timedelta(days=1))

    page = client.get(offered.request.path)
    answer = press(client, page, AFTER_ALL)

    assert "Es ist noch Platz. Mit dem Knopf sind Sie doch dabei." in text_of(page)
    assert "Ihr Platz ist sicher" in text_of(follow(client, answer))
    assert posted()[-1] == ("confirmed", ERIKA, "REQUEST")


def test_who_said_nothing_may_join_again_where_they_stood(client, clock, offered):
    clock.shift(timedelta(days=1))
    worker_comes_by()

    answer = press(client, client.get(offered.request.path), AFTER_ALL)

    assert "Sie stehen an Stelle 1 der Warteliste" in text_of(follow(client, answer))
    assert states()[1:] == [(ERIKA, Status.WAITING), (KIM, Status.OFFERED)]


# the last call


@pytest.fixture
def called(client, event_session, clock, seated, erika, kim):
    """Two hours before the start a seat has become free, and everybody who waits was told."""
    event_session.starts_at = app_clock.now() + timedelta(hours=2)
    give_up(client, client.get(own_page(seated)))
    worker_comes_by()
    everything_left()
    return [client.get(own_page(one)) for one in (erika, kim)]


def test_shortly_before_the_start_everybody_who_waits_gets_a_letter(called):
    assert posted() == [
        ("withdrawn", SEATED, None),
        ("last_call", ERIKA, None),
        ("last_call", KIM, None),
    ]


def test_page_of_everybody_called_says_that_the_first_to_click_gets_it(called):
    assert [buttons(page) for page in called] == [[TAKE, "Warteliste verlassen"]] * 2
    assert [
        "1 Platz ist frei. Es geht bald los: Wer zuerst zusagt, bekommt den Platz." in text_of(page)
        for page in called
    ] == [True, True]
    assert [history(page)[-1] for page in called] == [
        "benachrichtigt: Wer zuerst zusagt, bekommt den Platz (1 Platz frei)"
    ] * 2


def test_opening_the_page_takes_no_seat(client, called):
    before = all_rows()

    client.get(called[0].request.path)
    client.head(f"{called[0].request.path}/zusagen")

    assert all_rows() == before


def test_first_click_gets_the_seat_and_the_second_a_kind_sentence(client, stranger, called, erika):
    first, second = client, stranger
    erikas_page = second.get(own_page(erika))

    got_it = press(first, called[1], TAKE)
    too_late = press(second, erikas_page, TAKE)

    assert got_it.status_code == 303
    assert "Ihr Platz ist sicher" in text_of(follow(first, got_it))
    assert too_late.status_code == 409
    assert text_of(too_late).startswith(TOO_LATE)
    assert "Sie stehen an Stelle 1 der Warteliste" in text_of(too_late)
    assert buttons(too_late) == ["Warteliste verlassen"]
    assert states()[1:] == [(ERIKA, Status.WAITING), (KIM, Status.CONFIRMED)]
    assert posted()[3:] == [("confirmed", KIM, "REQUEST")]


def test_taking_the_seat_twice_is_one_letter(client, called):
    answers = [press(client, called[0], TAKE), press(client, called[0], TAKE)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert posted()[3:] == [("confirmed", ERIKA, "REQUEST")]


def test_who_joins_the_queue_after_the_call_waits_for_what_it_leaves(
    client, clock, event_session, called, sign_up
):
    sign_up(event_session, email="later@example.org", waiting_list="1")
    later = [one for one in states() if one[0] == "later@example.org"]
    page = client.get(own_page(registered("later@example.org")))
    clock.shift(timedelta(minutes=30))
    half_an_hour_later = client.get(own_page(registered("later@example.org")))

    assert later == [("later@example.org", Status.WAITING)]
    assert (
        "Wer schon länger wartet, hat Vorrang bis Montag, 7. September 2026, 12:30 Uhr."
    ) in text_of(page)
    assert buttons(page) == ["Warteliste verlassen"]
    assert buttons(half_an_hour_later) == [TAKE, "Warteliste verlassen"]


def test_half_an_hour_after_the_call_newcomers_may_take_the_seat(
    client, clock, event_session, called, sign_up
):
    before = text_of(client.get("/"))
    clock.shift(timedelta(minutes=30))

    answer = sign_up(event_session, email="neu@example.org")

    assert "nur noch 1 Platz frei" not in before
    assert "Ihr Platz ist sicher." in text_of(follow(client, answer))


def test_offer_is_not_made_shortly_before_the_start(client, event_session, erika, seated):
    event_session.starts_at = app_clock.now() + timedelta(hours=2)

    page = client.get(own_page(erika))

    assert (
        "Alle Plätze sind vergeben."
        " Wird einer frei, schreiben wir Ihnen. Dann bekommt ihn, wer zuerst zusagt."
    ) in text_of(page)


# why not yet


@pytest.fixture
def two_are_free(client, event_session, sign_up, clock):
    """A group of three waits, and of the three who had the seats only one comes."""
    event_session.capacity = 3
    sign_up(event_session, email=SEATED, party_size="3")
    sign_up(event_session, email=ERIKA, party_size="3", waiting_list="1")
    everything_left()
    press_as(SEATED, client, "Anzahl ändern", party_size="1")


def test_group_that_does_not_fit_reads_how_many_are_free_and_how_many_it_wants(
    client, two_are_free
):
    page = client.get(own_page(registered(ERIKA)))

    assert (
        "Sie stehen an Stelle 1 der Warteliste. Vor Ihnen wartet niemand."
        " 2 Plätze sind frei, Sie wünschen 3."
        " Werden 3 für Sie frei, schreiben wir Ihnen sofort. Dann sagen Sie zu oder ab."
        " Mit weniger Personen kommen Sie vielleicht eher dran."
    ) in text_of(page)
    assert history(page) == [
        "angemeldet, Personen: 3 – Warteliste",
        "nicht angeboten: 2 Plätze frei, 3 gewünscht",
    ]


def test_group_reads_that_others_were_asked_because_it_did_not_fit(
    client, event_session, clock, two_are_free, sign_up
):
    clock.shift(60)
    sign_up(event_session, email=KIM, party_size="2", waiting_list="1")

    page = client.get(own_page(registered(ERIKA)))

    assert states()[-1] == (KIM, Status.CONFIRMED)
    assert "Alle Plätze sind vergeben." in text_of(page)
    assert history(page) == [
        "angemeldet, Personen: 3 – Warteliste",
        "nicht angeboten: 2 Plätze frei, 3 gewünscht",
    ]


def test_group_that_becomes_smaller_is_asked_at_once(client, two_are_free):
    answer = press_as(ERIKA, client, "Anzahl ändern", party_size="2")

    page = follow(client, answer)
    assert "Für Sie sind 2 Plätze frei" in text_of(page)
    assert states() == [(SEATED, Status.CONFIRMED), (ERIKA, Status.OFFERED)]
    assert posted()[-1] == ("offer", ERIKA, None)
    assert "nicht angeboten: 2 Plätze frei, 3 gewünscht" in history(page)


def test_history_speaks_of_the_party_as_it_was_when_others_were_asked(
    client, clock, event_session, sign_up
):
    event_session.capacity = 4
    sign_up(event_session, email=SEATED, party_size="4")
    sign_up(event_session, email=KIM, party_size="2", waiting_list="1")
    sign_up(event_session, email=ERIKA, party_size="1", waiting_list="1")
    clock.shift(60)
    press_as(SEATED, client, "Anzahl ändern", party_size="2")  # Kim is asked
    clock.shift(60)
    give_up(client, client.get(own_page(registered(SEATED))), "Plätze freigeben")  # Erika is asked
    press_as(ERIKA, client, ACCEPT)
    give_up(client, client.get(own_page(registered(KIM))), "Plätze weitergeben", YES_BOTH)

    press_as(ERIKA, client, "Anzahl ändern", party_size="3")

    assert history(client.get(own_page(registered(ERIKA)))) == [
        "angemeldet, Personen: 1 – Warteliste",
        "Platz angeboten bis Di 08.09.2026, 12:02 Uhr: 2 Plätze frei, 1 gewünscht",
        "Platzangebot angenommen, Personen: 1",
        "Personen: 1 → 3",
    ]


def test_who_has_a_seat_since_the_last_call_is_passed_over_by_nobody(client, clock, event_session):
    event_session.capacity = 3
    event_session.starts_at = app_clock.now() + timedelta(hours=2)
    RegistrationFactory(event_session=event_session)
    group = RegistrationFactory(event_session=event_session, party_size=2, status=Status.WAITING)
    journal.note(
        "registered", actor=journal.RESIDENT, thread=group.thread, scope=event_session.thread,
        party_size=2, status=Status.WAITING,
    )  # fmt: skip
    worker_comes_by()
    press(client, client.get(own_page(group)), "Plätze annehmen")
    event_session.starts_at += timedelta(days=9)
    event_session.capacity = 4
    RegistrationFactory(event_session=event_session, status=Status.WAITING)

    worker_comes_by()

    assert history(client.get(own_page(group))) == [
        "angemeldet, Personen: 2 – Warteliste",
        "benachrichtigt: Wer zuerst zusagt, bekommt den Platz (2 Plätze frei)",
        "Platzangebot angenommen, Personen: 2",
    ]


def test_where_nobody_is_asked_the_free_seat_is_theirs_at_once(
    client, event_session, seated, erika
):
    event_session.offers = False
    waiting = client.get(own_page(erika))

    give_up(client, client.get(own_page(seated)))
    page = client.get(own_page(erika))

    assert (
        "Alle Plätze sind vergeben."
        " Wird einer für Sie frei, ist es Ihrer, und wir schreiben Ihnen sofort."
    ) in text_of(waiting)
    assert "Ihr Platz ist sicher" in text_of(page)
    assert history(page) == ["von der Warteliste nachgerückt: 1 Platz frei, 1 gewünscht"]
    assert posted() == [("withdrawn", SEATED, None), ("promoted", ERIKA, "REQUEST")]

"""Sessions in which a sign-up counts once the mailed link was used: receipt, letters, own page."""

from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog import house
from chancendialog.house import Switch
from chancendialog.programme.models import Confirmation
from chancendialog.registration import booking, changes
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

ERIKA, KIM = "erika@example.org", "kim@example.org"
TOMORROW_NOON = "Dienstag, 8. September 2026, 12 Uhr"  # when the seats of Monday noon are given on
SIGN_UP, QUEUE, AFTER_ALL = "Anmeldung bestätigen", "Warteliste bestätigen", "Doch kommen"
ONCE_MORE = "E-Mail noch einmal senden"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", capacity=3, confirmation=Confirmation.BY_MAIL)


@pytest.fixture
def receipt(event_session, sign_up):
    """Where Erika's sign-up for two led; her seats are held until tomorrow noon."""
    return sign_up(event_session, email=ERIKA, party_size="2").location.partition("#")[0]


@pytest.fixture
def page(client, receipt):
    """Her own page, opened in time."""
    return client.get(own_page(registered(ERIKA)))


def day_passes(clock):
    """The deadline is over, and the worker has noted it."""
    clock.shift(timedelta(days=1))
    worker_comes_by()


# the receipt


def test_receipt_says_what_to_do_until_when_and_where_the_letter_went(client, receipt):
    page = client.get(receipt)

    assert page.status_code == 200
    assert "<h1>Bestätigen Sie noch Ihre Anmeldung</h1>" in page.text
    assert (
        "Wir schicken eine E-Mail an e••@example.org. Öffnen Sie den Link darin und drücken Sie"
        f" dort auf den Knopf. Wir halten Ihre 2 Plätze bis {TOMORROW_NOON}. Danach geben wir"
        " weiter, was nicht bestätigt ist."
    ) in text_of(page)
    assert "sicher" not in text_of(page)
    assert ERIKA not in page.text


def test_sign_up_confirms_nothing_and_posts_the_letter_with_the_link(receipt):
    assert states() == [(ERIKA, Status.UNVERIFIED)]
    assert posted() == [("please_confirm", ERIKA, None)]


def test_seats_are_held_until_the_click(client, receipt):
    assert "nur noch 1 Platz frei" in client.get("/").text


def test_form_says_beforehand_that_a_click_is_needed(client, event_session):
    page = client.get("/termine/abend/anmelden")

    assert (
        "Ihre Anmeldung gilt, wenn Sie sie bestätigt haben. Dafür schicken wir Ihnen einen Link."
    ) in text_of(page)


def test_same_form_sent_twice_is_one_letter_and_one_receipt(client, event_session, clock):
    fields = {"name": "Erika", "email": ERIKA}
    page = client.get("/termine/abend/anmelden")
    clock.shift(5)

    once = press(client, page, "Anmelden", **fields)
    twice = press(client, page, "Anmelden", **fields)

    assert once.location == twice.location
    assert posted() == [("please_confirm", ERIKA, None)]


def test_other_browser_learns_no_address_and_can_do_nothing(stranger, receipt):
    page = stranger.get(receipt)

    assert "an die Adresse, die Sie angegeben haben" in text_of(page)
    assert "example.org" not in text_of(page)
    assert buttons(page) == []


def test_other_browser_cannot_have_the_letter_sent_again(stranger, receipt):
    form = stranger.get("/termine/abend/anmelden")
    before = all_rows()

    answer = stranger.post(f"{receipt}/noch-einmal", data=token(form))

    assert answer.status_code == 410
    assert all_rows() == before


def test_receipt_whose_deadline_has_passed_says_so(client, receipt, clock):
    clock.shift(timedelta(days=1) - timedelta(seconds=5))

    page = client.get(receipt)

    assert (
        f"Die Zeit dafür war am {TOMORROW_NOON} zu Ende. Der Link hilft Ihnen trotzdem weiter."
    ) in text_of(page)
    assert "Wir halten" not in text_of(page)


# the letter once more


def ask_again_after_the_last_one_left(client, receipt):
    """Press the button, and read the page."""
    everything_left()
    return text_of(follow(client, press(client, client.get(receipt), ONCE_MORE)))


def test_letter_is_sent_again_when_asked_for(client, receipt):
    everything_left()

    answer = press(client, client.get(receipt), ONCE_MORE)

    assert answer.status_code == 303
    page = follow(client, answer)
    assert "Die E-Mail ist noch einmal unterwegs" in text_of(page)
    assert "Sehen Sie auch im Ordner für unerwünschte E-Mails nach." in text_of(page)
    assert posted() == [("please_confirm", ERIKA, None)] * 2


def test_letter_that_waits_to_be_sent_is_not_doubled(client, receipt):
    press(client, client.get(receipt), ONCE_MORE)

    assert posted() == [("please_confirm", ERIKA, None)]


def test_letter_leaves_three_times_an_hour_and_the_page_says_so_every_time(client, receipt, clock):
    told = {ask_again_after_the_last_one_left(client, receipt) for _time in range(5)}
    within_the_hour = posted()
    clock.shift(timedelta(hours=1))
    press(client, client.get(receipt), ONCE_MORE)

    assert within_the_hour == [("please_confirm", ERIKA, None)] * 3
    assert posted() == [("please_confirm", ERIKA, None)] * 4
    assert len(told) == 1
    assert "Öfter als dreimal in der Stunde schicken wir sie nicht." in told.pop()


def test_letter_sent_again_keeps_the_deadline(client, receipt, clock):
    clock.shift(timedelta(hours=5))

    page = follow(client, press(client, client.get(receipt), ONCE_MORE))

    assert f"bis {TOMORROW_NOON}." in text_of(page)
    assert f"bis {TOMORROW_NOON}." in text_of(client.get(own_page(registered(ERIKA))))


def test_who_confirmed_meanwhile_hears_that_they_are_registered(client, receipt, page):
    press(client, page, SIGN_UP)
    everything_left()

    press(client, client.get(receipt), ONCE_MORE)

    assert posted()[-1] == ("already_registered", ERIKA, None)


def test_who_withdrew_meanwhile_hears_nothing_more(client, receipt):
    booking.withdraw(registered(ERIKA))
    everything_left()
    before = posted()

    answer = press(client, client.get(receipt), ONCE_MORE)

    assert answer.status_code == 303
    assert posted() == before


def test_letter_is_not_asked_for_when_the_session_is_called_off(client, event_session, receipt):
    page = client.get(receipt)
    changes.call_off(event_session, actor="staff:1")
    before = posted()

    answer = press(client, page, ONCE_MORE)

    assert answer.status_code == 409
    assert "Diese Veranstaltung ist abgesagt." in text_of(answer)
    assert posted() == before


@pytest.mark.parametrize("worker_was_here", [True, False])
def test_after_the_deadline_no_letter_is_promised_that_would_not_help(
    client, event_session, sign_up, clock, worker_was_here
):
    event_session.starts_at = app_clock.now() + timedelta(hours=8)
    receipt = sign_up(event_session, email=ERIKA).location.partition("#")[0]
    everything_left()
    clock.shift(timedelta(hours=4))
    if worker_was_here:
        worker_comes_by()

    page = client.get(receipt)

    assert "Die Zeit dafür war am" in text_of(page)
    assert ONCE_MORE not in buttons(page)
    assert "Melden Sie sich noch einmal an" in text_of(page)


def test_opening_the_address_of_the_button_leads_to_the_page_with_the_button(client, receipt):
    before = all_rows()

    answers = [client.get(f"{receipt}/noch-einmal"), client.head(f"{receipt}/noch-einmal")]

    assert [(answer.status_code, answer.location) for answer in answers] == [(302, receipt)] * 2
    assert all_rows() == before


# the address corrected


def test_corrected_address_keeps_the_deadline(client, receipt, clock):
    everything_left()
    clock.shift(timedelta(hours=5))

    answer = client.fill_in(receipt, email=KIM)

    assert answer.status_code == 303
    assert f"Wir halten Ihre 2 Plätze bis {TOMORROW_NOON}." in text_of(follow(client, answer))
    assert f"Wir halten Ihre 2 Plätze bis {TOMORROW_NOON}." in text_of(
        client.get(own_page(registered(KIM)))
    )
    assert states() == [(ERIKA, Status.WITHDRAWN), (KIM, Status.UNVERIFIED)]
    assert posted() == [
        ("please_confirm", ERIKA, None),
        ("address_corrected", ERIKA, None),
        ("please_confirm", KIM, None),
    ]


def test_address_corrected_before_the_letter_left_is_all_that_anybody_hears(client, receipt):
    client.fill_in(receipt, email=KIM)

    assert posted() == [("please_confirm", KIM, None)]


def test_link_that_went_to_the_wrong_address_confirms_nothing(client, receipt, page):
    client.fill_in(receipt, email=KIM)

    answers = [client.get(page.request.path), press(client, page, SIGN_UP)]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert states() == [(ERIKA, Status.WITHDRAWN), (KIM, Status.UNVERIFIED)]


@pytest.mark.parametrize("waits", [False, True])
def test_address_is_not_corrected_once_its_owner_has_clicked(client, event_session, sign_up, waits):
    RegistrationFactory(event_session=event_session, party_size=3 if waits else 1)
    values = {"waiting_list": "1"} if waits else {}
    receipt = sign_up(event_session, email=ERIKA, **values).location.partition("#")[0]
    press_as(ERIKA, client, QUEUE if waits else SIGN_UP)
    everything_left()
    before = all_rows()

    answer = client.fill_in(receipt, email=KIM)

    assert answer.status_code == 409
    assert "Ihre Adresse ist schon bestätigt" in text_of(answer)
    assert "Brauchen Sie eine andere Adresse, rufen Sie uns an." in text_of(answer)
    assert all_rows() == before


def test_corrected_address_in_the_queue_keeps_the_place(client, event_session, sign_up, clock):
    RegistrationFactory(event_session=event_session, party_size=3)
    receipt = sign_up(event_session, email=ERIKA, waiting_list="1").location.partition("#")[0]
    clock.shift(60)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    clock.shift(60)

    client.fill_in(receipt, email=KIM)
    page = client.get(own_page(registered(KIM)))

    assert "Sie stehen an Stelle 1 der Warteliste" in text_of(
        follow(client, press(client, page, QUEUE))
    )


# the click


def test_own_page_asks_for_the_click_and_says_until_when(page):
    assert page.status_code == 200
    assert (
        "Bestätigen Sie noch Ihre Anmeldung"
        f" Wir halten Ihre 2 Plätze bis {TOMORROW_NOON}."
        " Danach geben wir weiter, was nicht bestätigt ist."
    ) in text_of(page)
    assert buttons(page) == [SIGN_UP, "Anzahl ändern", "Plätze freigeben"]


def test_opening_the_link_or_the_addresses_of_its_buttons_changes_nothing(client, page):
    link = page.request.path
    before = all_rows()

    answers = [
        send(f"{link}{deed}")
        for send in (client.get, client.head)
        for deed in ("", "/zusagen", "/abmelden", "/personen")
    ]

    assert [answer.status_code for answer in answers] == [200, 302, 200, 302] * 2
    assert {answer.location for answer in answers} == {None, link}
    assert all_rows() == before


def test_click_confirms_and_the_invitation_goes_out(client, page):
    everything_left()

    answer = press(client, page, SIGN_UP)

    assert answer.status_code == 303
    assert answer.location == f"{page.request.path}?getan=zugesagt#inhalt"
    assert states() == [(ERIKA, Status.CONFIRMED)]
    assert posted() == [("please_confirm", ERIKA, None), ("confirmed", ERIKA, "REQUEST")]
    confirmed = follow(client, answer)
    assert "Ihre 2 Plätze sind sicher" in text_of(confirmed)
    assert SIGN_UP not in buttons(confirmed)
    assert history(confirmed) == [
        "angemeldet, Personen: 2 – noch nicht bestätigt",
        "bestätigt – Platz sicher",
    ]


def test_click_needs_no_browser_that_knows_the_person(stranger, page):
    answer = press(stranger, stranger.get(page.request.path), SIGN_UP)

    assert answer.status_code == 303
    assert states() == [(ERIKA, Status.CONFIRMED)]


def test_click_before_the_letter_left_makes_it_superfluous(client, page):
    press(client, page, SIGN_UP)

    assert posted() == [("confirmed", ERIKA, "REQUEST")]


def test_clicking_twice_is_one_letter(client, page):
    everything_left()

    answers = [press(client, page, SIGN_UP), press(client, page, SIGN_UP)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert posted() == [("please_confirm", ERIKA, None), ("confirmed", ERIKA, "REQUEST")]


def test_click_in_the_last_second_is_in_time(client, clock, event_session, page):
    event_session.capacity = 2
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    clock.shift(timedelta(days=1) - timedelta(seconds=6))

    press(client, page, SIGN_UP)

    assert states()[0] == (ERIKA, Status.CONFIRMED)


def test_withdrawn_person_confirms_nothing_any_more(client, page):
    give_up(client, page, "Plätze freigeben")
    everything_left()
    before = all_rows()

    answer = press(client, page, SIGN_UP)

    assert answer.status_code == 409
    assert "Sie sind abgemeldet. Melden Sie sich noch einmal an." in text_of(answer)
    assert all_rows() == before


def test_click_after_registration_has_closed_still_confirms(client, clock, event_session, page):
    event_session.registration_closes_at = app_clock.now() + timedelta(minutes=1)
    clock.shift(timedelta(hours=1))

    press(client, page, SIGN_UP)

    assert states() == [(ERIKA, Status.CONFIRMED)]


# too late


@pytest.mark.parametrize("worker_was_here", [True, False])
def test_expired_link_explains_itself_with_day_and_hour(client, clock, page, worker_was_here):
    clock.shift(timedelta(days=1))
    if worker_was_here:
        worker_comes_by()

    late = client.get(page.request.path)

    assert late.status_code == 200
    assert (
        f"Die Anmeldung ist verfallen Sie konnten sie bestätigen bis {TOMORROW_NOON}."
        " Es ist noch Platz. Mit dem Knopf sind Sie doch dabei."
    ) in text_of(late)
    assert buttons(late) == [AFTER_ALL]


def test_seats_nobody_confirmed_are_free_again_and_nobody_is_written_to(client, clock, receipt):
    everything_left()

    day_passes(clock)

    assert states() == [(ERIKA, Status.EXPIRED)]
    assert "nur noch 3 Plätze frei" in client.get("/").text
    assert posted() == [("please_confirm", ERIKA, None)]


def test_late_click_gets_a_seat_if_one_is_free(client, clock, page):
    everything_left()
    clock.shift(timedelta(days=1))

    answer = press(client, client.get(page.request.path), AFTER_ALL)

    assert answer.status_code == 303
    assert "Ihre 2 Plätze sind sicher" in text_of(follow(client, answer))
    assert posted()[-1] == ("confirmed", ERIKA, "REQUEST")
    assert history(follow(client, answer))[1:] == [
        "verfallen am Di 08.09.2026, 12 Uhr, nicht bestätigt",
        "nach Ablauf der Frist zugesagt – Platz sicher",
    ]


def test_late_click_on_the_page_opened_in_time_counts_the_same(client, clock, page):
    clock.shift(timedelta(days=1))

    press(client, page, SIGN_UP)

    assert states() == [(ERIKA, Status.CONFIRMED)]


def test_late_click_without_a_free_seat_gets_the_place_the_sign_up_earned(
    client, clock, event_session, page
):
    everything_left()
    clock.shift(timedelta(days=1))
    RegistrationFactory(event_session=event_session, party_size=3)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)

    late = client.get(page.request.path)
    answer = press(client, late, AFTER_ALL)

    assert (
        "Zurzeit ist nichts frei. Mit dem Knopf kommen Sie auf die Warteliste. Ihre Stelle dort"
        " richtet sich danach, wann Sie sich angemeldet haben."
    ) in text_of(late)
    assert answer.status_code == 303
    assert (
        "Sie stehen auf der Warteliste Sie stehen an Stelle 1 der Warteliste."
        " Vor Ihnen wartet niemand."
    ) in text_of(follow(client, answer))
    assert states()[0] == (ERIKA, Status.WAITING)
    assert posted()[-1] == ("waiting", ERIKA, None)


def test_late_click_without_a_seat_and_without_a_list_is_refused_with_the_reason(
    client, clock, event_session, page
):
    event_session.waiting_list = False
    day_passes(clock)
    RegistrationFactory(event_session=event_session, party_size=3)
    before = all_rows()

    late = client.get(page.request.path)
    answer = press(client, late, AFTER_ALL)

    assert "Zurzeit ist nichts frei, und es gibt keine Warteliste." in text_of(late)
    assert answer.status_code == 409
    assert "Alle Plätze sind vergeben, und es gibt keine Warteliste." in text_of(answer)
    assert "Die Anmeldung ist verfallen" in text_of(answer)
    assert all_rows() == before


def test_seat_that_does_not_fit_who_waits_is_there_for_a_late_click(
    client, clock, event_session, sign_up
):
    sign_up(event_session, email=ERIKA)
    RegistrationFactory(event_session=event_session, party_size=2)
    RegistrationFactory(event_session=event_session, party_size=2, status=Status.WAITING)
    clock.shift(timedelta(days=1))

    late = client.get(own_page(registered(ERIKA)))
    press(client, late, AFTER_ALL)

    assert states()[0] == (ERIKA, Status.CONFIRMED)
    assert "Zurzeit ist nichts frei" not in text_of(late)


def test_old_link_of_somebody_who_signed_up_anew_leads_to_the_newest_letter(
    client, clock, event_session, page, sign_up
):
    day_passes(clock)
    sign_up(event_session, email=ERIKA)
    before = all_rows()

    answer = press(client, client.get(page.request.path), AFTER_ALL)

    assert answer.status_code == 409
    assert (
        "Sie haben sich inzwischen noch einmal angemeldet. Nehmen Sie den Link aus der neuesten"
        " E-Mail von uns."
    ) in text_of(answer)
    assert all_rows() == before


def test_expired_person_may_sign_up_anew(clock, event_session, receipt, sign_up):
    day_passes(clock)

    sign_up(event_session, email=ERIKA)

    assert states() == [(ERIKA, Status.EXPIRED), (ERIKA, Status.UNVERIFIED)]


@pytest.mark.parametrize("worker_was_here", [True, False])
def test_address_corrected_after_the_deadline_is_a_new_sign_up(
    client, event_session, sign_up, clock, worker_was_here
):
    event_session.starts_at = app_clock.now() + timedelta(hours=8)
    receipt = sign_up(event_session, email=ERIKA).location.partition("#")[0]
    clock.shift(timedelta(hours=4))
    if worker_was_here:
        worker_comes_by()

    answer = client.fill_in(receipt, email=KIM)

    assert answer.status_code == 303
    assert states() == [(ERIKA, Status.EXPIRED), (KIM, Status.UNVERIFIED)]


# a place in the queue


@pytest.fixture
def full(event_session):
    RegistrationFactory(event_session=event_session, party_size=3)
    return event_session


def test_place_in_the_queue_is_confirmed_without_a_deadline(client, full, sign_up):
    answer = sign_up(full, email=ERIKA, waiting_list="1")

    page = follow(client, answer)
    assert answer.status_code == 303
    assert "<h1>Bestätigen Sie noch, dass Sie warten möchten</h1>" in page.text
    assert (
        "Danach stehen Sie auf der Warteliste, an der Stelle, an der Sie sich angestellt haben."
    ) in text_of(page)
    assert "Wir halten" not in text_of(page)
    assert states()[-1] == (ERIKA, Status.UNVERIFIED)
    assert posted() == [("please_confirm", ERIKA, None)]


def test_full_session_asks_for_the_word_before_anything_is_sent(full, sign_up):
    page = sign_up(full, email=ERIKA)

    assert page.status_code == 409
    assert "Alle Plätze sind vergeben. Sie können sich auf die Warteliste setzen." in text_of(page)
    assert posted() == []


def test_click_joins_the_queue_where_they_lined_up(client, full, sign_up, clock):
    sign_up(full, email=ERIKA, waiting_list="1")
    everything_left()
    clock.shift(60)
    RegistrationFactory(event_session=full, status=Status.WAITING, party_size=4)
    clock.shift(timedelta(days=9))
    page = client.get(own_page(registered(ERIKA)))

    answer = press(client, page, QUEUE)

    assert "Bestätigen Sie noch, dass Sie auf die Warteliste möchten" in text_of(page)
    assert "Sie haben noch keinen Platz." in text_of(page)
    assert answer.status_code == 303
    assert "Sie stehen an Stelle 1 der Warteliste" in text_of(follow(client, answer))
    assert posted() == [("please_confirm", ERIKA, None), ("waiting", ERIKA, None)]


def test_click_takes_the_seat_that_has_become_free_meanwhile(client, full, sign_up):
    sign_up(full, email=ERIKA, waiting_list="1")
    full.capacity = 4

    press_as(ERIKA, client, QUEUE)

    assert states()[-1] == (ERIKA, Status.CONFIRMED)
    assert posted() == [("confirmed", ERIKA, "REQUEST")]


def test_nobody_is_asked_or_waited_for_who_has_not_confirmed_to_wait(client, full, sign_up):
    sign_up(full, email=ERIKA, waiting_list="1")
    full.capacity = 5

    worker_comes_by()

    assert states()[-1] == (ERIKA, Status.UNVERIFIED)
    assert "nur noch 2 Plätze frei" in client.get("/").text


# when it applies


@pytest.fixture
def switched_on(app):
    house.turn(Switch.CONFIRM_BY_MAIL, on=True, actor="staff:1")


def test_switch_for_the_whole_house_makes_every_sign_up_wait_for_the_click(
    client, clock, switched_on, sign_up
):
    event_session = EventSessionFactory(slug="direkt", confirmation=Confirmation.DIRECT)
    form = client.get("/termine/direkt/anmelden")

    page = follow(client, sign_up(event_session, email=ERIKA))

    assert "Ihre Anmeldung gilt, wenn Sie sie bestätigt haben." in text_of(form)
    assert f"Wir halten Ihren Platz bis {TOMORROW_NOON}." in text_of(page)
    assert states() == [(ERIKA, Status.UNVERIFIED)]
    assert posted() == [("please_confirm", ERIKA, None)]


def test_switch_turned_off_again_lets_sign_ups_count_at_once(switched_on, sign_up):
    house.turn(Switch.CONFIRM_BY_MAIL, on=False, actor="staff:1")

    sign_up(EventSessionFactory(), email=ERIKA)

    assert posted() == [("confirmed", ERIKA, "REQUEST")]


def test_who_signed_up_before_the_switch_keeps_the_seat(client, clock, sign_up):
    sign_up(EventSessionFactory(), email=ERIKA)
    house.turn(Switch.CONFIRM_BY_MAIL, on=True, actor="staff:1")
    clock.shift(timedelta(days=2))
    worker_comes_by()

    assert states() == [(ERIKA, Status.CONFIRMED)]


def test_in_the_last_three_hours_sign_ups_count_at_once(client, event_session, sign_up):
    event_session.starts_at = app_clock.now() + timedelta(hours=3)
    form = client.get("/termine/abend/anmelden")

    page = follow(client, sign_up(event_session, email=ERIKA))

    assert "bestätigt haben" not in text_of(form)
    assert "Ihr Platz ist sicher." in text_of(page)
    assert posted() == [("confirmed", ERIKA, "REQUEST")]


def test_shortly_before_that_the_deadline_is_three_hours_before_the_start(
    client, event_session, sign_up
):
    event_session.starts_at = app_clock.now() + timedelta(hours=4)

    page = follow(client, sign_up(event_session, email=ERIKA))

    assert "Wir halten Ihren Platz bis Montag, 7. September 2026, 13 Uhr." in text_of(page)


# the reminder


def test_missing_click_is_asked_for_once_more_after_four_hours(client, receipt, clock):
    everything_left()
    clock.shift(timedelta(hours=4))
    worker_comes_by()
    everything_left()
    clock.shift(timedelta(hours=4))
    worker_comes_by()

    assert posted() == [("please_confirm", ERIKA, None), ("confirm_reminder", ERIKA, None)]


def token(page):
    """A stranger's own CSRF token, to be refused for nothing else."""
    return {"csrf_token": page.text.partition('name="csrf_token"')[2].split('"')[3]}

"""Why a registration stands as it does, in words that hold for residents and staff."""

from datetime import timedelta

import pytest

from chancendialog.operations import worker
from chancendialog.programme.models import Confirmation, SessionStatus
from chancendialog.registration import booking, changes, waiting_list
from chancendialog.registration.booking import Applicant
from chancendialog.registration.explanation import explain, history
from chancendialog.registration.models import Status
from tests.conftest import MONDAY
from tests.factories import EventSessionFactory, RegistrationFactory

HOUR = timedelta(hours=1)


def register(event_session, name="kim", **facts):
    applicant = {"name": name, "email": f"{name}@example.org", "would_wait": True, **facts}
    return booking.register(event_session, Applicant(**applicant))


def told(registration):
    explanation = explain(registration)
    return f"{explanation.state}. {explanation.because} {explanation.change}", explanation.yes


def lines(registration):
    return [event.sentence for event in history(registration)]


def test_a_seat_that_is_theirs(app):
    assert told(RegistrationFactory(party_size=3)) == ("Ihre 3 Plätze sind sicher.  ", "")


def test_who_has_just_signed_up_is_not_thanked_for_saying_yes_again(app):
    """Without the frozen clock: both moments must be one, not a millisecond apart."""
    assert told(register(EventSessionFactory())) == ("Ihr Platz ist sicher.  ", "")


def test_a_click_that_is_missing(clock, app):
    registration = register(EventSessionFactory(confirmation=Confirmation.BY_MAIL))

    sentences, button = told(registration)

    assert "Wir halten Ihren Platz bis Dienstag, 8. September 2026, 12 Uhr." in sentences
    assert button == "Anmeldung bestätigen"


def test_a_place_in_the_queue_with_who_is_before_them(app):
    event_session = EventSessionFactory(capacity=0)
    for name, size in (("a", 1), ("b", 2), ("c", 3)):
        register(event_session, name, party_size=size)

    sentences, button = told(register(event_session, "d"))

    assert "Sie stehen an Stelle 4 der Warteliste. Vor Ihnen warten 6 Personen." in sentences
    assert "Alle Plätze sind vergeben." in sentences
    assert button == ""


def test_a_party_that_does_not_fit_reads_why_and_what_would_help(app):
    event_session = EventSessionFactory(capacity=2)
    RegistrationFactory(event_session=event_session, party_size=3, status=Status.WAITING)

    sentences, _button = told(register(event_session, "d", party_size=4))

    assert "2 Plätze sind frei, Sie wünschen 4." in sentences
    assert "Mit weniger Personen kommen Sie vielleicht eher dran." in sentences


def test_who_is_passed_over_reads_each_time_why(clock, app):
    event_session = EventSessionFactory(capacity=2)
    leaving = RegistrationFactory(event_session=event_session, party_size=2)
    large = register(event_session, "large", party_size=3)
    small = register(event_session, "small", party_size=1)
    clock.shift(HOUR)

    booking.withdraw(leaving)

    assert small.status is Status.OFFERED
    assert lines(large) == [
        "angemeldet, Personen: 3 – Warteliste",
        "nicht angeboten: 2 Plätze frei, 3 gewünscht",
        "nicht angeboten: 1 Platz frei, 3 gewünscht",
    ]
    assert (
        lines(small)[1] == "Platz angeboten bis Di 08.09.2026, 13 Uhr: 2 Plätze frei, 1 gewünscht"
    )


def test_who_came_later_or_left_the_queue_was_not_passed_over(clock, app):
    event_session = EventSessionFactory(capacity=2)
    leaving = RegistrationFactory(event_session=event_session, party_size=2)
    gone = register(event_session, "gone", party_size=3)
    register(event_session, "small")
    booking.withdraw(gone)
    clock.shift(HOUR)
    booking.withdraw(leaving)
    clock.shift(HOUR)

    late = register(event_session, "late", party_size=3)

    assert "nicht angeboten: 2 Plätze frei, 3 gewünscht" not in lines(gone) + lines(late)


def test_the_size_of_that_day_counts(clock, app):
    event_session = EventSessionFactory(capacity=2)
    leaving = RegistrationFactory(event_session=event_session, party_size=2)
    large = register(event_session, "large", party_size=3)
    register(event_session, "small")
    clock.shift(HOUR)
    booking.withdraw(leaving)
    clock.shift(HOUR)

    booking.resize_party(large, 2)

    assert lines(large)[1:] == [
        "nicht angeboten: 2 Plätze frei, 3 gewünscht",
        "nicht angeboten: 1 Platz frei, 3 gewünscht",
        "Personen: 3 → 2",
        "nicht angeboten: 1 Platz frei, 2 gewünscht",
    ]


def test_an_offer_and_what_became_of_it(clock, app):
    event_session = EventSessionFactory(capacity=1)
    leaving = RegistrationFactory(event_session=event_session)
    waiting = register(event_session)
    booking.withdraw(leaving)

    offered = told(waiting)
    clock.move_to(waiting.hold_until)
    overdue = told(waiting)
    waiting_list.give_away(event_session)

    assert offered[1] == "Platz annehmen"
    assert "Für Sie ist ein Platz frei. Wir halten Ihren Platz bis Dienstag, 8." in offered[0]
    assert overdue == told(waiting)  # the sweeper changes nothing
    assert "Das Angebot ist abgelaufen. Es galt bis Dienstag, 8. September" in overdue[0]
    assert overdue[1] == "Doch kommen"
    assert lines(waiting)[-1] == "Platzangebot verfallen am Di 08.09.2026, 12 Uhr, keine Antwort"


def test_a_sign_up_that_was_never_confirmed(clock, app):
    event_session = EventSessionFactory(confirmation=Confirmation.BY_MAIL)
    registration = register(event_session)
    clock.move_to(registration.hold_until)
    waiting_list.give_away(event_session)

    sentences, button = told(registration)

    assert "Die Anmeldung ist verfallen." in sentences
    assert "Es ist noch Platz." in sentences
    assert button == "Doch kommen"
    assert lines(registration)[-1] == "verfallen am Di 08.09.2026, 12 Uhr, nicht bestätigt"


def test_a_call_shortly_before_the_start(clock, app):
    event_session = EventSessionFactory(capacity=1)
    leaving = RegistrationFactory(event_session=event_session)
    waiting = register(event_session)
    clock.move_to(event_session.starts_at - 2 * HOUR)
    booking.withdraw(leaving)
    clock.shift(1)
    late = register(event_session, "late")

    assert told(waiting)[1] == "Platz annehmen"
    assert "Wer zuerst zusagt, bekommt den Platz." in told(waiting)[0]
    assert told(late)[1] == ""
    assert "Wer schon länger wartet, hat Vorrang bis" in told(late)[0]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"status": SessionStatus.CALLED_OFF}, "Diese Veranstaltung ist abgesagt"),
        ({"starts_at": None}, "Diese Veranstaltung ist vorbei"),
    ],
)
def test_a_session_that_is_off_or_over_says_only_that(clock, app, facts, state):
    event_session = EventSessionFactory(**{k: v for k, v in facts.items() if v})
    registration = RegistrationFactory(event_session=event_session, status=Status.WAITING)
    if "starts_at" in facts:
        clock.move_to(event_session.ends_at)

    explanation = explain(registration)

    assert (explanation.state, explanation.because, explanation.yes) == (state, "", "")


def test_who_is_to_confirm_their_place_in_the_queue_reads_that_they_have_no_seat(clock, app):
    event_session = EventSessionFactory(capacity=0, confirmation=Confirmation.BY_MAIL)

    sentences, button = told(register(event_session))

    assert "Bestätigen Sie noch, dass Sie auf die Warteliste möchten." in sentences
    assert "Sie haben noch keinen Platz." in sentences
    assert button == "Warteliste bestätigen"


def test_who_has_left_is_thanked(app):
    assert told(RegistrationFactory(status=Status.WITHDRAWN)) == (
        "Sie sind abgemeldet. Danke, dass Sie Bescheid gesagt haben."
        " So kann jemand anderes kommen. ",
        "",
    )


@pytest.mark.parametrize(
    ("offers", "sentence"),
    [
        (True, "Wird einer für Sie frei, schreiben wir Ihnen sofort. Dann sagen Sie zu oder ab."),
        (False, "Wird einer für Sie frei, ist es Ihrer, und wir schreiben Ihnen sofort."),
    ],
)
def test_who_waits_reads_what_happens_when_a_seat_becomes_free(app, offers, sentence):
    event_session = EventSessionFactory(capacity=0, offers=offers)

    assert sentence in told(register(event_session))[0]


def test_who_waits_reads_in_the_last_hours_that_the_first_to_click_gets_a_seat(clock, app):
    registration = register(EventSessionFactory(capacity=0))
    clock.move_to(registration.event_session.starts_at - 2 * HOUR)

    sentences, button = told(registration)

    assert "Wird einer frei, schreiben wir Ihnen. Dann bekommt ihn, wer zuerst zusagt." in sentences
    assert button == ""


@pytest.mark.parametrize(
    ("waiting_list", "sentence"),
    [
        (True, "Mit dem Knopf kommen Sie auf die Warteliste."),
        (False, "Zurzeit ist nichts frei, und es gibt keine Warteliste."),
    ],
)
def test_who_is_late_reads_what_a_click_brings_now(clock, app, waiting_list, sentence):
    event_session = EventSessionFactory(
        capacity=1, confirmation=Confirmation.BY_MAIL, waiting_list=waiting_list
    )
    late = register(event_session)
    clock.move_to(late.hold_until)
    register(event_session, "quick")

    assert sentence in told(late)[0]


def test_who_is_late_may_be_first_in_a_call(clock, app):
    event_session = EventSessionFactory(capacity=1, confirmation=Confirmation.BY_MAIL)
    late = register(event_session)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    clock.move_to(event_session.starts_at - 2 * HOUR)
    waiting_list.give_away(event_session)

    sentences, _button = told(late)
    booking.confirm(late)

    assert "Es ist noch Platz. Mit dem Knopf sind Sie doch dabei." in sentences
    assert late.status is Status.CONFIRMED


def test_history_of_somebody_who_waited_long_enough(clock, app):
    event_session = EventSessionFactory(capacity=1)
    leaving = RegistrationFactory(event_session=event_session)
    waiting = register(event_session)
    booking.withdraw(leaving)
    clock.shift(HOUR)

    booking.confirm(waiting)

    assert lines(waiting) == [
        "angemeldet, Personen: 1 – Warteliste",
        "Platz angeboten bis Di 08.09.2026, 12 Uhr: 1 Platz frei, 1 gewünscht",
        "Platzangebot angenommen, Personen: 1",
    ]


def test_history_of_somebody_who_was_called_and_left(clock, app):
    event_session = EventSessionFactory(capacity=1, starts_at=MONDAY + 2 * HOUR)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)
    worker.give_away_in([event_session])
    worker.call_the_waiting()

    booking.withdraw(waiting)

    assert lines(waiting) == [
        "benachrichtigt: Wer zuerst zusagt, bekommt den Platz (1 Platz frei)",
        "abgemeldet, Personen: 1",
    ]


def test_a_seat_from_the_waiting_list_says_where_it_came_from(app):
    event_session = EventSessionFactory(capacity=0, offers=False)
    waiting = register(event_session, party_size=2)

    changes.resize(event_session, 3, actor="staff:1")

    assert lines(waiting)[1:] == ["von der Warteliste nachgerückt: 3 Plätze frei, 2 gewünscht"]


def test_seats_that_nobody_fits_into_are_noted_once(app):
    event_session = EventSessionFactory(capacity=0)
    waiting = register(event_session, party_size=3)

    changes.resize(event_session, 2, actor="staff:1")
    worker.give_away_in([event_session])
    worker.give_away_in([event_session])

    assert lines(waiting)[1:] == ["nicht angeboten: 2 Plätze frei, 3 gewünscht"]

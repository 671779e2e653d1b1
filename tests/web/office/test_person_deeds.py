"""What staff do for somebody who calls, and who hears of it."""

import re
from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.registration import booking, changes, letters
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import (
    everything_left,
    follow,
    history,
    own_page,
    posted,
    registered,
    states,
    text_of,
)


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen", capacity=4, party_limit=4)


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


@pytest.fixture
def kim(event_session):
    """Two with a seat, who know of it."""
    return register(event_session, "kim@x.test", party_size=2)


def register(event_session, email, **facts):
    applicant = Applicant(name="Kim", email=email, would_wait=True, **facts)
    registration = booking.register(event_session, applicant)
    everything_left()
    return registration


def page_of(registration, deed=""):
    return f"/verwaltung/termine/abend/personen/{registration.ulid}{deed}"


def send(office, registration, deed, **filled_in):
    """Fill in the form of a deed and send it."""
    page = page_of(registration, deed)
    return office.post(page, data=form_fields(office.get(page).text) | filled_in)


def again(office, registration):
    """Press the button on the person's page."""
    token = form_fields(office.get(page_of(registration)).text)["csrf_token"]
    answer = office.post(page_of(registration, "/noch-einmal-senden"), data={"csrf_token": token})
    return text_of_all(follow(office, answer))


def text_of_all(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())


def noted(registration):
    return [
        (one.code, one.actor.partition(":")[0])
        for one in journal.of_thread(registration.thread)
        if one.code != "registered"
    ]


# party size


@pytest.mark.parametrize("people", ["1", "4"])
def test_party_becomes_smaller_or_larger_and_reads_of_it(office, kim, people):
    page = follow(office, send(office, kim, "/anzahl", party_size=people))

    assert "Die Anzahl ist geändert. Die E-Mail dazu ist unterwegs." in text_of_all(page)
    assert registered("kim@x.test").party_size == int(people)
    assert posted()[-1] == ("party_resized", "kim@x.test", None)
    assert noted(kim) == [("party_resized", "staff")]


def test_seats_that_become_free_go_to_who_waits(office, kim, event_session):
    register(event_session, "lou@x.test", party_size=3)

    send(office, kim, "/anzahl", party_size="1")

    assert states() == [("kim@x.test", Status.CONFIRMED), ("lou@x.test", Status.OFFERED)]


def test_more_than_are_free_is_asked_about_and_done_if_meant(office, kim, event_session):
    register(event_session, "lou@x.test", party_size=1)
    before = all_rows()

    asked = send(office, kim, "/anzahl", party_size="4")

    assert asked.status_code == 409
    assert "Nur 1 Platz ist frei" in text_of(asked)
    assert "Der Raum ist dann um 1 Person überbucht: 5 auf 4 Plätzen." in text_of(asked)
    assert all_rows() == before
    office.post(page_of(kim, "/anzahl"), data=form_fields(asked.text) | {"regardless": "1"})
    assert registered("kim@x.test").party_size == 4
    assert noted(kim) == [("party_resized_regardless", "staff")]
    said = "Personen: 2 → 4, ohne auf Warteliste und Plätze zu achten"
    assert said in history(office.get(page_of(kim)))


def test_who_waits_is_not_passed_without_a_word(office, kim, event_session):
    event_session.capacity = 3
    register(event_session, "lou@x.test", party_size=2)

    asked = send(office, kim, "/anzahl", party_size="3")

    assert asked.status_code == 409
    assert "2 Personen warten schon und werden übergangen (1 Anmeldung)." in text_of(asked)


def test_nothing_is_bent_where_there_is_room(office, kim):
    send(office, kim, "/anzahl", party_size="3", regardless="1")

    assert noted(kim) == [("party_resized", "staff")]


@pytest.mark.parametrize("people", ["0", "-1", "", "zwei", "1e1", "99999999999", "3.5"])
def test_what_is_no_number_of_people_is_asked_for_again(office, kim, people):
    page = send(office, kim, "/anzahl", party_size=people)

    assert page.status_code == 422
    assert "Geben Sie bei „Personen“ eine ganze Zahl von 1 bis 20 ein" in text_of(page)
    assert registered("kim@x.test").party_size == 2


def test_limit_of_the_session_holds_for_staff_too(office, kim):
    page = send(office, kim, "/anzahl", party_size="5", regardless="1")

    assert page.status_code == 422
    assert "höchstens 4 Personen zusammen" in text_of(page)


def test_who_waits_does_not_grow(office, event_session):
    register(event_session, "lou@x.test", party_size=4)
    kim = register(event_session, "kim@x.test", party_size=1)

    page = send(office, kim, "/anzahl", party_size="2", regardless="1")

    assert page.status_code == 409
    assert "wenn Ihr Platz sicher ist" in text_of(page)


def test_two_who_change_the_number_at_once_read_of_each_other(office, kim):
    stale = form_fields(office.get(page_of(kim, "/anzahl")).text)
    send(office, kim, "/anzahl", party_size="1")

    page = office.post(page_of(kim, "/anzahl"), data=stale | {"party_size": "3"})

    assert page.status_code == 422
    assert "Das hat inzwischen jemand anders geändert" in text_of(page)
    assert registered("kim@x.test").party_size == 1


def test_number_of_who_has_left_is_not_changed(office, kim):
    stale = form_fields(office.get(page_of(kim, "/anzahl")).text)
    booking.withdraw(kim)
    db.session.commit()

    answer = office.post(page_of(kim, "/anzahl"), data=stale | {"party_size": "1"})

    assert answer.status_code == 409
    assert "Diese Anmeldung gilt nicht mehr" in text_of(answer)
    assert (
        "An dieser Anmeldung ist nichts mehr zu ändern." in office.get(page_of(kim, "/anzahl")).text
    )


# withdrawal


def test_question_changes_nothing_and_says_who_hears_of_it(office, kim):
    before = all_rows()

    page = office.get(page_of(kim, "/abmelden"))

    assert "Die Person bekommt eine E-Mail: Das Büro hat sie abgemeldet." in text_of(page)
    assert all_rows() == before


def test_withdrawal_for_somebody_frees_the_seat_and_says_who_did_it(office, kim, event_session):
    register(event_session, "lou@x.test", party_size=4)

    page = follow(office, send(office, kim, "/abmelden"))

    assert "Kim ist abgemeldet. Die E-Mail dazu ist unterwegs." in text_of_all(page)
    assert states() == [("kim@x.test", Status.WITHDRAWN), ("lou@x.test", Status.OFFERED)]
    assert noted(kim) == [("withdrawn", "staff")]
    assert ("withdrawn", "kim@x.test", "CANCEL") in posted()


@pytest.mark.parametrize("language", ["de", "en", "de-simple"])
def test_letter_and_page_say_that_it_was_the_office_and_offer_no_button(
    office, client, kim, language
):
    kim.language = language
    send(office, kim, "/abmelden")
    letter = db.session.query(OutgoingMail).filter_by(kind="withdrawn").one()
    said = {
        "de": "Das Team im Büro hat Sie abgemeldet. War das ein Irrtum? Rufen Sie uns an.",
        "en": "The team in the office has cancelled your registration. Was that a mistake?",
        "de-simple": "Das Team im Büro hat Sie abgemeldet. Wollten Sie das nicht?",
    }[language]

    assert said in " ".join(letter.text.split())
    assert said in " ".join(re.sub(r"<[^>]*>", " ", letter.html).split())
    assert f"/anmeldung/{letters.own_token(kim)}\n" not in letter.text
    assert not re.search("Danke, dass|Thank you for", letter.text)
    assert "Danke, dass Sie Bescheid" not in client.get(own_page(kim)).text
    assert "Doch kommen" not in client.get(own_page(kim)).text


def test_who_gave_up_themselves_reads_of_no_office(office, kim):
    booking.withdraw(kim)
    db.session.commit()
    letter = db.session.query(OutgoingMail).filter_by(kind="withdrawn").one()

    assert "Danke, dass Sie uns Bescheid gegeben haben." in letter.text
    assert "Das Team im Büro" not in letter.text


def test_withdrawing_twice_is_withdrawing_once(office, kim):
    fields = form_fields(office.get(page_of(kim, "/abmelden")).text)
    send(office, kim, "/abmelden")
    before = all_rows()

    page = follow(office, office.post(page_of(kim, "/abmelden"), data=fields))

    assert "Hier ist nichts mehr abzumelden." in text_of_all(page)
    assert all_rows() == before
    assert office.get(page_of(kim, "/abmelden")).status_code == 302


def test_offer_is_passed_on_for_who_was_asked(office, kim, event_session):
    lou = register(event_session, "lou@x.test", party_size=3)
    booking.resize_party(kim, 1)
    db.session.commit()

    send(office, lou, "/abmelden")

    assert noted(lou)[-1] == ("offer_passed_on", "staff")
    letter = db.session.query(OutgoingMail).filter_by(kind="withdrawn").one()
    assert "Das Team im Büro hat Sie abgemeldet." in letter.text


def test_who_has_no_address_must_be_told(office, event_session):
    kim = RegistrationFactory(event_session=event_session, email=None, name="Kim")

    question = office.get(page_of(kim, "/abmelden"))
    page = follow(office, send(office, kim, "/abmelden"))

    assert "Ohne Adresse gibt es keine E-Mail" in text_of(question)
    assert "Kim ist abgemeldet. Ohne Adresse gibt es keine E-Mail" in text_of_all(page)


def test_after_the_beginning_nobody_is_withdrawn(office, kim, event_session):
    fields = form_fields(office.get(page_of(kim, "/abmelden")).text)
    event_session.starts_at = app_clock.now() - timedelta(minutes=5)
    db.session.commit()

    answer = office.post(page_of(kim, "/abmelden"), data=fields)

    assert answer.status_code == 409
    assert states() == [("kim@x.test", Status.CONFIRMED)]


# a letter once more


def test_letter_of_how_things_stand_is_sent_once_more(office, kim, clock):
    clock.shift(timedelta(hours=3))

    assert "Die E-Mail geht noch einmal an kim@x.test." in again(office, kim)
    assert posted() == [("confirmed", "kim@x.test", "REQUEST")] * 2
    assert noted(kim) == [("letter_repeated", "staff")]


def test_it_tells_how_things_stand_now(office, kim, clock):
    booking.withdraw(kim)
    everything_left()
    clock.shift(timedelta(hours=3))

    again(office, kim)

    assert posted()[-2:] == [("withdrawn", "kim@x.test", "CANCEL")] * 2


def test_letter_of_a_session_called_off_is_sent_again_too(
    office, kim, event_session, clock, letters
):
    changes.call_off(event_session, actor="staff:1")
    letters()
    everything_left()
    clock.shift(timedelta(hours=3))

    again(office, kim)

    assert posted()[-2:] == [("called_off", "kim@x.test", "CANCEL")] * 2


def test_letter_that_waits_is_replaced_and_not_doubled(office, kim, clock):
    db.session.query(OutgoingMail).one().state = MailState.QUEUED
    db.session.query(OutgoingMail).one().attempts = 0
    db.session.commit()
    clock.shift(timedelta(hours=3))

    again(office, kim)

    assert posted() == [("confirmed", "kim@x.test", "REQUEST")]


def test_one_a_minute_is_enough(office, kim, clock):
    clock.shift(timedelta(hours=3))
    again(office, kim)
    clock.shift(59)

    assert "In der letzten Minute ging schon eine E-Mail" in again(office, kim)
    assert len(posted()) == 2
    clock.shift(2)
    again(office, kim)
    assert noted(kim) == [("letter_repeated", "staff")] * 2


def test_nothing_is_sent_to_who_has_no_address(office, event_session, kim, clock):
    lou = RegistrationFactory(event_session=event_session, email=None)
    clock.shift(timedelta(hours=3))
    token = form_fields(office.get(page_of(kim)).text)["csrf_token"]
    address = page_of(lou, "/noch-einmal-senden")

    page = follow(office, office.post(address, data={"csrf_token": token}))

    assert "Hier ist nichts zu schicken." in text_of_all(page)
    assert "noch-einmal-senden" not in page.text
    assert len(posted()) == 1


def test_nothing_is_sent_to_an_address_that_was_corrected(office, kim, clock):
    booking.readdress(kim, "neu@x.test", actor="staff:1")
    everything_left()
    clock.shift(timedelta(hours=3))
    before = posted()
    newer = registered("neu@x.test")
    token = form_fields(office.get(page_of(newer)).text)["csrf_token"]

    office.post(page_of(kim, "/noch-einmal-senden"), data={"csrf_token": token})

    assert "noch-einmal-senden" not in office.get(page_of(kim)).text
    assert posted() == before


# mails


def test_staff_choose_language_and_question_and_the_journal_says_which(office, kim):
    send(office, kim, "/e-mails", language="en")
    send(office, kim, "/e-mails", wants_reminder="off")
    send(office, kim, "/e-mails")

    found = db.session.query(Registration).one()
    assert (found.language, found.wants_reminder) == ("en", False)
    assert noted(kim) == [("language_chosen", "staff"), ("reminder_chosen", "staff")]
    assert [line for line in history(office.get(page_of(kim))) if line != "E-Mail:"][1:] == [
        "Sprache der E-Mails: Deutsch → English",
        "E-Mail „Kommen Sie?“: an → aus",
    ]
    assert len(posted()) == 1


@pytest.mark.parametrize("wrong", [{"language": "fr"}, {"language": ""}, {"wants_reminder": "x"}])
def test_what_is_no_choice_is_asked_for_again(office, kim, wrong):
    page = send(office, kim, "/e-mails", **wrong)

    assert page.status_code == 422
    assert "Wählen Sie eine der" in text_of(page)
    assert noted(kim) == []


def test_two_who_choose_at_once_read_of_each_other(office, kim):
    stale = form_fields(office.get(page_of(kim, "/e-mails")).text)
    send(office, kim, "/e-mails", language="en")

    page = office.post(page_of(kim, "/e-mails"), data=stale | {"language": "de-simple"})

    assert page.status_code == 422
    assert "Das hat inzwischen jemand anders geändert" in text_of(page)


@pytest.mark.parametrize(
    ("status", "email", "offered"),
    [
        (Status.CONFIRMED, "kim@x.test", {"anzahl", "adresse", "abmelden", "senden", "e-mails"}),
        (Status.CONFIRMED, None, {"anzahl", "adresse", "abmelden"}),
        (Status.WAITING, "kim@x.test", {"anzahl", "adresse", "abmelden", "senden", "e-mails"}),
        (Status.WITHDRAWN, "kim@x.test", {"senden"}),
        (Status.EXPIRED, None, set()),
    ],
)
def test_page_offers_what_can_be_done(office, event_session, status, email, offered):
    kim = RegistrationFactory(event_session=event_session, status=status, email=email)

    page = office.get(page_of(kim)).text

    ends = {"anzahl", "adresse", "abmelden", "noch-einmal-senden", "e-mails"}
    assert {
        end.removeprefix("noch-einmal-") for end in ends if f'personen/{kim.ulid}/{end}"' in page
    } == offered

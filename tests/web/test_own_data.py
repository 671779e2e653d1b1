"""Reading, correcting and deleting what is stored about oneself."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog.attendance.models import AttendanceMark
from chancendialog.clock import now as clock_now
from chancendialog.extensions import Model, db, new_ulid
from chancendialog.i18n import when
from chancendialog.journal import JournalEntry
from chancendialog.mailing import outbox
from chancendialog.mailing.models import OutgoingMail
from chancendialog.operations import worker
from chancendialog.privacy import registry
from chancendialog.privacy.registry import Goes
from chancendialog.registration import booking, letters, personal_calendar
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import (
    Dispatch,
    DispatchRecipient,
    PersonalCalendar,
    Registration,
    Status,
)
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, NeedFactory, RegistrationFactory
from tests.mailing.specimens import deliver
from tests.web.steps import follow, own_page, posted, press, registered, states, text_of


@pytest.fixture
def kim(app, clock):
    """Somebody with a seat, a letter that left, a calendar and a mark at the door."""
    kim = RegistrationFactory(
        event_session=EventSessionFactory(title="Wohnen der Zukunft", capacity=1),
        name="Kim Muster",
        email="kim@example.org",
    )
    letters.tell(kim, letters.state)
    personal_calendar.begin(kim)
    db.session.commit()
    return kim


def data_page(client, kim):
    return client.get(f"{own_page(kim)}/daten")


def test_page_shows_all_that_is_stored(client, kim, post_office):
    deliver()
    page = client.get(f"{own_page(kim)}/daten")

    read = text_of(page)
    assert page.headers["Cache-Control"] == "no-store"
    for known in ("Kim Muster", "kim@example.org", "Angemeldet: Wohnen der Zukunft", kim.ulid):
        assert known in read
    assert "Wird gelöscht ab" in read


def test_page_shows_every_registration_of_the_address_and_nobody_elses(client, kim):
    RegistrationFactory(
        event_session=EventSessionFactory(title="Zweiter Abend"), email="kim@example.org"
    )
    RegistrationFactory(
        event_session=EventSessionFactory(title="Dritter Abend"), email="jo@example.org"
    )

    read = text_of(client.get(f"{own_page(kim)}/daten"))

    assert ["Zweiter Abend" in read, "Dritter Abend" in read] == [True, False]


def test_who_gave_no_address_reads_about_one_registration_only(client, app):
    kim, jo = (RegistrationFactory(name=name, email=None) for name in ("Kim", "Jo"))

    read = text_of(client.get(f"{own_page(kim)}/daten"))

    assert ["Kim" in read, jo.ulid in read] == [True, False]


def test_file_holds_every_column_of_every_row(client, kim):
    dispatch = Dispatch(event_session=kim.event_session, kind="message", actor="staff:1")
    db.session.add_all(
        [
            dispatch,
            AttendanceMark(operation="a", registration_id=kim.id, people=1, actor="staff:1"),
            JournalEntry(
                at=kim.registered_at,
                actor="staff:1",
                code="withdrawn",
                thread=kim.thread,
                facts={},
            ),
        ]
    )
    db.session.flush()
    db.session.add(DispatchRecipient(dispatch_id=dispatch.id, registration_id=kim.id))
    NeedFactory(registration=kim)
    db.session.commit()

    answer = client.get(f"{own_page(kim)}/daten.json")
    told = json.loads(answer.data)

    [one] = told["registrations"]
    found = {
        "registration": one,
        "outgoing_mail": one["letters"][0],
        "attendance_mark": one["attendance"][0],
        "journal_entry": one["journal"][0],
        "dispatch_recipient": one["letters_to_many"][0],
        "personal_calendar": told["personal_calendars"][0],
        "need": one["needs"][0],
    }
    tables = Model.metadata.tables
    assert {name: set(tables[name].columns.keys()) - row.keys() for name, row in found.items()} == {
        name: set() for name in found
    } | {"personal_calendar": {"key"}}
    assert one["name"] == "Kim Muster"
    assert one["journal"][0]["actor"] == "staff"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="daten.json"'


def test_every_table_with_something_personal_is_disclosed(client, kim):
    """A new one has to be added to `privacy.disclosure`, and here."""
    told = {
        table
        for data in registry.PERSONAL
        if data.goes is not Goes.WITH_ACCOUNT
        for table in data.columns
    }

    assert told - {"dispatch"} == {
        "registration",
        "outgoing_mail",
        "attendance_mark",
        "journal_entry",
        "dispatch_recipient",
        "personal_calendar",
        "need",
    }


def test_reading_changes_nothing(client, kim):
    before = all_rows()

    for page in ("daten", "daten.json", "loeschen", "name", "adresse", "e-mails"):
        assert client.get(f"{own_page(kim)}/{page}").status_code in (200, 302)

    assert all_rows() == before


def test_name_is_corrected_without_a_letter(client, kim):
    page = client.get(f"{own_page(kim)}/daten")

    answer = press(client, page, "Namen ändern", name="  Kim  Müller ")

    assert answer.status_code == 303
    assert "Kim Müller" in text_of(follow(client, answer))
    assert len(posted()) == 1


@pytest.mark.parametrize("name", ["", "x" * 121, "www.example.org"])
def test_bad_name_is_asked_again_and_kept(client, kim, name):
    answer = press(client, client.get(f"{own_page(kim)}/daten"), "Namen ändern", name=name)

    assert answer.status_code == 422
    assert f'value="{name}"' in answer.text
    assert registered("kim@example.org").name == "Kim Muster"


def test_address_is_changed_and_the_link_dies(client, kim):
    own = own_page(kim)

    answer = press(client, client.get(f"{own}/daten"), "Adresse ändern", email="neu@example.org")

    assert "Die Adresse ist geändert" in follow(client, answer).text
    assert client.get(own).status_code == 410
    assert states() == [
        ("kim@example.org", Status.WITHDRAWN),
        ("neu@example.org", Status.CONFIRMED),
    ]


def test_address_that_somebody_else_has_registered_gets_the_same_answer(client, kim):
    kim.event_session.capacity = 5
    RegistrationFactory(event_session=kim.event_session, email="jo@example.org")
    page = client.get(f"{own_page(kim)}/daten")

    answer = press(client, page, "Adresse ändern", email="jo@example.org")

    assert (answer.status_code, answer.location) == (303, "/erledigt/adresse#inhalt")


def test_address_that_looks_mistyped_is_asked_about_first(client, kim):
    before = all_rows()

    question = press(client, data_page(client, kim), "Adresse ändern", email="neu@gmial.com")

    assert question.status_code == 422
    assert "Sie haben neu@gmial.com angegeben. Meinten Sie neu@gmail.com?" in text_of(question)
    assert 'value="neu@gmial.com"' in question.text
    assert all_rows() == before


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        ("Ja, auf neu@gmail.com ändern", "neu@gmail.com"),
        ("Nein, neu@gmial.com stimmt", "neu@gmial.com"),
    ],
)
def test_either_answer_to_that_question_is_taken(client, kim, answer, address):
    question = press(client, data_page(client, kim), "Adresse ändern", email="neu@gmial.com")

    done = press(client, question, answer)

    assert done.location == "/erledigt/adresse#inhalt"
    assert registered(address).is_live


def test_mails_come_in_the_language_that_was_chosen(client, kim):
    page = data_page(client, kim)

    answer = press(client, page, "E-Mails ändern", language="en", wants_reminder="0")

    assert "Gespeichert" in text_of(follow(client, answer))
    db.session.refresh(kim)
    assert (kim.language, kim.wants_reminder) == ("en", False)
    assert letters.confirmed(kim).subject.startswith("Registered:")


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"wants_reminder": "vielleicht"}])
def test_choice_that_is_none_changes_nothing(client, kim, wrong):
    page, before = data_page(client, kim), all_rows()

    chosen = {"language": "de", "wants_reminder": "0"} | wrong

    assert press(client, page, "E-Mails ändern", **chosen).status_code == 400
    assert all_rows() == before


def test_choice_goes_along_to_another_address(client, kim):
    press(client, data_page(client, kim), "E-Mails ändern", language="de", wants_reminder="0")

    press(client, data_page(client, kim), "Adresse ändern", email="neu@example.org")

    assert registered("neu@example.org").wants_reminder is False


def test_own_address_once_more_changes_nothing(client, kim):
    page = client.get(f"{own_page(kim)}/daten")
    before = all_rows()

    answer = press(client, page, "Adresse ändern", email="kim@example.org")

    assert (answer.status_code, all_rows()) == (303, before)


def test_address_cannot_be_changed_once_the_session_has_begun(client, kim, clock):
    clock.move_to(kim.event_session.starts_at)
    page = client.get(f"{own_page(kim)}/daten")

    answer = client.post(
        f"{own_page(kim)}/adresse", data=form_fields(page.text) | {"email": "neu@example.org"}
    )

    assert "Adresse ändern" not in page.text
    assert answer.status_code == 409
    assert "hat schon begonnen" in answer.text


def test_deleting_asks_first_and_says_what_it_means(client, kim):
    page = client.get(f"{own_page(kim)}/loeschen")

    assert "Damit sind Sie auch abgemeldet" in text_of(page)
    assert "Alle 2 Anmeldungen" not in page.text


def test_deleting_gives_the_seat_to_whoever_waits(client, kim):
    kim.event_session.offers = False
    RegistrationFactory(
        event_session=kim.event_session, email="jo@example.org", status=Status.WAITING
    )
    page = client.get(f"{own_page(kim)}/loeschen")

    answer = press(client, page, "Diese Anmeldung löschen")

    assert "Ihre Daten sind gelöscht" in follow(client, answer).text
    assert states() == [(None, Status.WITHDRAWN), ("jo@example.org", Status.CONFIRMED)]


def test_last_letter_takes_the_entry_out_of_the_calendar_and_then_goes(client, kim, post_office):
    deliver()

    press(client, client.get(f"{own_page(kim)}/loeschen"), "Diese Anmeldung löschen")
    before = posted()
    deliver()
    worker.erase()

    assert before == [("erased", "kim@example.org", "CANCEL")]
    assert db.session.scalars(select(OutgoingMail)).all() == []
    last = post_office.messages[-1]
    assert last["Subject"].startswith("Ihre Daten sind gelöscht: Wohnen der Zukunft")
    assert [part.get_param("method") for part in last.walk() if part.get_param("method")] == [
        "CANCEL"
    ]


def test_who_never_got_an_invitation_gets_no_cancellation(client, kim):
    press(client, client.get(f"{own_page(kim)}/loeschen"), "Diese Anmeldung löschen")

    assert posted() == [("erased", "kim@example.org", None)]


def test_afterwards_the_link_is_dead_and_the_calendar_ended(client, kim):
    own, key = own_page(kim), personal_calendar.of(kim).key
    press(client, client.get(f"{own}/loeschen"), "Diese Anmeldung löschen")

    statuses = [client.get(f"{own}{page}").status_code for page in ("", "/daten", "/loeschen")]

    assert statuses == [410, 410, 410]
    assert client.get(f"/kalender/mein/{key}.ics").status_code == 410
    assert db.session.scalars(select(PersonalCalendar.email)).all() == [None]


def test_a_second_click_is_harmless(client, kim):
    page = client.get(f"{own_page(kim)}/loeschen")
    press(client, page, "Diese Anmeldung löschen")
    before = all_rows()

    answer = press(client, page, "Diese Anmeldung löschen")

    assert (answer.status_code, all_rows()) == (410, before)


def test_all_of_the_address_go_at_once(client, kim):
    RegistrationFactory(email="kim@example.org")
    other = RegistrationFactory(email="jo@example.org")
    page = client.get(f"{own_page(kim)}/loeschen")

    press(client, page, "Alle 2 Anmeldungen dieser Adresse löschen", all="1")

    left = db.session.scalars(select(Registration.email).where(Registration.email.is_not(None)))
    assert left.all() == [other.email]


def test_one_of_them_goes_alone_and_the_calendar_stays(client, kim):
    RegistrationFactory(email="kim@example.org")
    page = client.get(f"{own_page(kim)}/loeschen")

    press(client, page, "Diese Anmeldung löschen")

    assert len([one for one in states() if one[0] == "kim@example.org"]) == 1
    assert db.session.scalars(select(PersonalCalendar.email)).all() == ["kim@example.org"]


def test_after_the_session_it_still_counts_and_no_calendar_is_touched(client, kim, clock):
    clock.move_to(kim.event_session.ends_at + timedelta(days=2))

    press(client, client.get(f"{own_page(kim)}/loeschen"), "Diese Anmeldung löschen")

    assert states() == [(None, Status.CONFIRMED)]
    assert [kind for kind, _to, _method in posted()] == ["erased"]


def test_browser_forgets_the_receipt_too(client, sign_up, clock, app):
    evening = EventSessionFactory()
    receipt = sign_up(evening, name="Kim Muster", email="kim@example.org").location
    assert "k••@example.org" in client.read(receipt).text

    kim = registered("kim@example.org")
    press(client, client.get(f"{own_page(kim)}/loeschen"), "Diese Anmeldung löschen")

    assert "k••@example.org" not in client.read(receipt).text


def test_without_our_token_nothing_is_deleted(client, kim):
    before = all_rows()

    answers = [
        client.post(f"{own_page(kim)}/{deed}", data={"name": "X", "email": "x@example.org"})
        for deed in ("loeschen", "name", "adresse")
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert all_rows() == before


@pytest.fixture
def neu(client, kim):
    """Kim at another address; what the first one left names her, too."""
    page = client.get(f"{own_page(kim)}/daten")
    press(client, page, "Adresse ändern", email="neu@example.org")
    return registered("neu@example.org")


def test_what_an_earlier_address_left_is_shown_with_the_rest(client, neu):
    read = text_of(client.get(f"{own_page(neu)}/daten"))

    assert "kim@example.org" in read
    assert "Vertippt" not in read


def test_what_an_earlier_address_left_goes_with_the_rest(client, neu, post_office):
    press(client, client.get(f"{own_page(neu)}/loeschen"), "Diese Anmeldung löschen")

    assert [one[0] for one in states()] == [None, None]
    assert {to for _kind, to, _method in posted()} == {"neu@example.org"}
    deliver()
    worker.erase()
    assert db.session.scalars(select(OutgoingMail)).all() == []


@pytest.fixture
def slip(app, clock):
    """Kim typed Jo's address by mistake and corrected it; Jo comes to another evening."""
    event_session = EventSessionFactory(title="Abend der Anderen")
    applicant = Applicant(name="Kim Muster", email="jo@example.org", receipt=new_ulid())
    booking.sign_up(event_session, applicant)
    booking.sign_up(event_session, replace(applicant, email="kim@example.org"))
    jo = RegistrationFactory(name="Jo Beispiel", email="jo@example.org")
    db.session.commit()
    return jo


def test_whose_address_was_typed_by_mistake_hears_of_it_and_not_of_whom(client, slip):
    page = client.get(f"{own_page(slip)}/daten")
    file = client.get(f"{own_page(slip)}/daten.json")

    assert "Vertippt" in text_of(page)
    assert "Abend der Anderen : angegeben am" in text_of(page)
    assert [one["email"] for one in json.loads(file.data)["typed_by_mistake"]] == ["jo@example.org"]
    form = db.session.scalars(select(Registration.receipt).where(Registration.name == "Kim Muster"))
    for whose in ("Kim Muster", "kim@example.org", form.first()):
        assert [whose in answer.text for answer in (page, file)] == [False, False]


def test_whose_address_was_typed_by_mistake_deletes_that_without_a_letter(client, slip):
    page = client.get(f"{own_page(slip)}/loeschen")

    press(client, page, "Alle 2 Anmeldungen dieser Adresse löschen")

    assert states() == [
        (None, Status.WITHDRAWN),
        ("kim@example.org", Status.CONFIRMED),
        (None, Status.WITHDRAWN),
    ]
    letters_to_jo = [kind for kind, to, _method in posted() if to == "jo@example.org"]
    assert letters_to_jo == ["erased"]
    assert "Kim Muster" not in db.session.scalar(
        select(OutgoingMail.text).where(OutgoingMail.recipient == "jo@example.org")
    )


def test_who_typed_somebody_elses_address_hears_nothing_more_of_it(client, slip):
    personal_calendar.begin(slip)
    RegistrationFactory(email="jo@example.org", status=Status.WITHDRAWN, link_version=1)
    db.session.commit()
    own = own_page(registered("kim@example.org"))

    page, file = client.get(f"{own}/daten"), client.get(f"{own}/daten.json")

    told = json.loads(file.data)
    assert (told["personal_calendars"], told["typed_by_mistake"]) == ([], [])
    assert "Vertippt" not in page.text
    assert "Anmeldungen dieser Adresse" not in client.get(f"{own}/loeschen").text


def test_who_typed_somebody_elses_address_takes_it_along(client, slip):
    page = client.get(f"{own_page(registered('kim@example.org'))}/loeschen")

    press(client, page, "Diese Anmeldung löschen")

    assert [one[0] for one in states()] == [None, None, "jo@example.org"]


def test_letter_in_hand_does_not_leave_once_more_after_deletion(client, kim, post_office, clock):
    mail = outbox.upcoming()
    outbox.claim(mail)
    db.session.commit()
    press(client, client.get(f"{own_page(kim)}/loeschen"), "Diese Anmeldung löschen")
    outbox.note_failure(mail, "451 try later", for_good=False)
    db.session.commit()

    worker.erase()
    clock.shift(timedelta(hours=7))
    deliver()

    [last] = post_office.messages
    assert last["Subject"].startswith("Ihre Daten sind gelöscht: ")


def test_last_letter_that_cannot_leave_goes_in_the_end(client, kim, clock):
    press(client, client.get(f"{own_page(kim)}/loeschen"), "Diese Anmeldung löschen")
    before = posted()
    clock.shift(timedelta(days=31))

    worker.erase()

    assert [kind for kind, _to, _method in before] == ["erased"]
    assert db.session.scalars(select(OutgoingMail)).all() == []


def test_calendar_program_hears_that_an_evening_was_deleted(client, kim, clock):
    RegistrationFactory(email="kim@example.org")
    db.session.commit()
    feed = f"/kalender/mein/{personal_calendar.of(kim).key}.ics"
    clock.shift(timedelta(minutes=5))
    before = client.get(feed)
    clock.shift(timedelta(minutes=5))

    press(client, client.get(f"{own_page(kim)}/loeschen"), "Diese Anmeldung löschen")
    after = client.get(feed, headers={"If-Modified-Since": before.headers["Last-Modified"]})

    assert [one.text.count("BEGIN:VEVENT") for one in (before, after)] == [2, 1]


def test_what_was_corrected_away_goes_two_days_later(client, slip, clock):
    page = text_of(client.get(f"{own_page(slip)}/daten"))
    goes_at = clock_now() + timedelta(days=2)

    clock.move_to(goes_at - timedelta(minutes=1))
    worker.erase()
    before = [one[0] for one in states()]
    clock.move_to(goes_at)
    worker.erase()

    assert f"wird gelöscht ab {when(goes_at)}" in page
    assert before == ["jo@example.org", "kim@example.org", "jo@example.org"]
    assert [one[0] for one in states()] == [None, "kim@example.org", "jo@example.org"]


def test_page_says_when_a_sign_up_goes_that_nobody_confirmed(client, app, clock):
    jo = RegistrationFactory(status=Status.UNVERIFIED, hold_until=clock_now() + timedelta(days=1))

    read = text_of(client.get(f"{own_page(jo)}/daten"))

    assert f"Wird gelöscht ab {when(clock_now() + timedelta(days=3))}" in read


def test_last_letter_says_that_a_seat_is_gone_only_if_there_was_one(client, app, clock):
    jo = RegistrationFactory(status=Status.WITHDRAWN)

    press(client, client.get(f"{own_page(jo)}/loeschen"), "Diese Anmeldung löschen")

    assert "abgemeldet" not in db.session.scalar(select(OutgoingMail.text))

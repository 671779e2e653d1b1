"""Several sessions with one form: each has its own seat, queue and letter."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.operations import worker
from chancendialog.programme.models import Confirmation, SessionStatus
from chancendialog.registration import booking, changes, several
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from chancendialog.registration.several import Wish
from tests.factories import EventSessionFactory, RegistrationFactory, SeriesFactory

KIM = Applicant(name="Kim", email="kim@example.org", party_size=2, receipt="F1")


@pytest.fixture
def series(app):
    return SeriesFactory()


def evening(series, title, days, **facts):
    return EventSessionFactory(
        series=series, title=title, starts_at=app_clock.now() + timedelta(days=days), **facts
    )


def sign_up(first, *others, applicant=KIM):
    outcome, further = several.sign_up(first, applicant, [Wish(one, applicant) for one in others])
    db.session.flush()
    return outcome.status, [(one.title, came and came.status) for one, came in further]


def registrations():
    rows = db.session.scalars(select(Registration).order_by(Registration.id))
    return [(one.event_session.title, one.email, one.party_size, one.status) for one in rows]


def letters_to_kim():
    rows = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
    return [one for one in rows if one.recipient == "kim@example.org"]


def to_be_sent():
    queued = select(OutgoingMail).where(OutgoingMail.state == MailState.QUEUED)
    return db.session.scalars(queued.order_by(OutgoingMail.id)).all()


def registered_for(event_session):
    its = select(Registration).where(Registration.event_session == event_session)
    return db.session.scalars(its).one()


def test_each_session_has_a_registration_and_a_letter_of_its_own(series):
    evenings = [evening(series, f"Abend {n}", n) for n in (30, 40, 50)]

    assert sign_up(*evenings) == (
        Status.CONFIRMED,
        [("Abend 40", Status.CONFIRMED), ("Abend 50", Status.CONFIRMED)],
    )
    assert sorted(registrations()) == [
        (f"Abend {n}", "kim@example.org", 2, Status.CONFIRMED) for n in (30, 40, 50)
    ]
    letters = letters_to_kim()
    assert [(one.kind, one.calendar_method) for one in letters] == [("confirmed", "REQUEST")] * 3
    assert len({one.thread for one in letters}) == 3


def test_the_first_letter_names_the_others_and_only_that_one(series):
    first, second = evening(series, "Wohnen", 30), evening(series, "Klima", 40)
    full = evening(series, "Arbeit", 50, capacity=0)

    sign_up(first, second, full)

    by_subject = {one.subject.partition(",")[0]: one for one in letters_to_kim()}
    letter = by_subject["Angemeldet: Wohnen"]
    lines = " ".join(letter.text.split())
    assert "Sie haben sich auch angemeldet für: – Klima, " in lines
    assert "(Warteliste)" in lines.partition("– Arbeit, ")[2]
    assert "Für jeden Termin bekommen Sie eine eigene E-Mail." in lines
    assert "Klima" in letter.html
    assert "auch angemeldet" not in by_subject["Angemeldet: Klima"].text


def test_one_that_is_full_has_a_queue_or_no_way_in_and_undoes_none_of_the_others(series):
    first = evening(series, "Wohnen", 30)
    others = [
        evening(series, "Warteliste", 40, capacity=1),
        evening(series, "ausgebucht", 41, capacity=1, waiting_list=False),
        evening(series, "abgesagt", 42, status=SessionStatus.CALLED_OFF),
        evening(series, "zu viele", 43, party_limit=1),
        evening(series, "frei", 44),
    ]

    assert sign_up(first, *others) == (
        Status.CONFIRMED,
        [
            ("Warteliste", Status.WAITING),
            ("ausgebucht", None),
            ("abgesagt", None),
            ("zu viele", None),
            ("frei", Status.CONFIRMED),
        ],
    )
    assert sorted(title for title, *_rest in registrations()) == ["Warteliste", "Wohnen", "frei"]


def test_if_the_first_is_full_nothing_is_left_of_the_others(series):
    first, other = evening(series, "Wohnen", 30, capacity=1), evening(series, "Klima", 40)

    with pytest.raises(booking.SessionFull):
        sign_up(first, other)
    db.session.rollback()

    assert registrations() == []
    assert letters_to_kim() == []


def test_the_same_form_twice_is_one_registration_each(series):
    evenings = [evening(series, f"Abend {n}", n) for n in (30, 40)]

    assert sign_up(*evenings) == sign_up(*evenings)

    assert len(registrations()) == len(letters_to_kim()) == 2


def test_a_known_address_gets_the_same_answer_and_a_letter_about_what_it_has(series):
    first, other = evening(series, "Wohnen", 30), evening(series, "Klima", 40)
    RegistrationFactory(event_session=other, email="kim@example.org")

    assert sign_up(first, other) == (Status.CONFIRMED, [("Klima", Status.CONFIRMED)])
    assert sorted(one.kind for one in letters_to_kim()) == ["already_registered", "confirmed"]


def test_offered_beside_a_session_is_what_one_can_come_to_or_wait_for(series):
    first = evening(series, "Wohnen", 30)
    evening(series, "frei", 50)
    evening(series, "Warteliste", 40, capacity=0)
    evening(series, "ausgebucht", 41, capacity=0, waiting_list=False)
    evening(series, "abgesagt", 42, status=SessionStatus.CALLED_OFF)
    evening(series, "vorbei", -1)
    evening(series, "geschlossen", 43, registration_closes_at=app_clock.now())
    EventSessionFactory(title="andere Reihe")

    found = several.on_offer_beside(first)

    assert [one.title for one, _numbers in found] == ["Warteliste", "frei"]


def test_not_more_are_offered_than_letters_with_links_are_written(series):
    first = evening(series, "Wohnen", 30)
    EventSessionFactory.create_batch(14, series=series)

    assert len(several.on_offer_beside(first)) == several.MOST


def test_by_mail_each_of_them_has_its_letter(series):
    evenings = [
        evening(series, "Abend", 30 + n, confirmation=Confirmation.BY_MAIL)
        for n in range(several.MOST + 1)
    ]

    sign_up(*evenings)

    assert [one.kind for one in letters_to_kim()] == ["please_confirm"] * (several.MOST + 1)


def test_first_letter_that_is_replaced_names_the_others_still(series):
    first, other = evening(series, "Wohnen", 30), evening(series, "Klima", 40)
    sign_up(first, other)

    later = first.starts_at + timedelta(hours=1)
    changes.move(first, starts_at=later, ends_at=None, venue=first.venue, actor="office")
    db.session.commit()
    worker.write()

    letter = next(one for one in to_be_sent() if one.subject.startswith("Angemeldet: Wohnen"))
    assert [one.state for one in letters_to_kim()].count(MailState.SUPERSEDED) == 1
    assert "Sie haben sich auch angemeldet für: – Klima, " in " ".join(letter.text.split())
    assert "Klima" in letter.html


def test_link_asked_for_again_before_it_left_comes_with_the_others(series):
    first = evening(series, "Wohnen", 30, confirmation=Confirmation.BY_MAIL)
    sign_up(first, evening(series, "Klima", 40, capacity=0))

    booking.remind_of_registration(registered_for(first))

    [letter] = [one for one in to_be_sent() if one.kind == "please_confirm"]
    lines = " ".join(letter.text.split())
    assert "(Warteliste)" in lines.partition("– Klima, ")[2].partition("eigene E-Mail")[0]


def test_once_it_has_left_no_later_letter_names_them(series):
    first, other = evening(series, "Wohnen", 30), evening(series, "Klima", 40)
    sign_up(first, other)
    db.session.execute(update(OutgoingMail).values(state=MailState.SENT, attempts=1))

    booking.resize_party(registered_for(first), 1)

    [letter] = to_be_sent()
    assert "auch angemeldet" not in letter.text


def test_letter_to_the_corrected_address_names_the_others(series):
    first, other = evening(series, "Wohnen", 30), evening(series, "Klima", 40)
    sign_up(first, other, applicant=replace(KIM, email="kim@exampel.org"))

    sign_up(first, other)

    [letter] = [one for one in letters_to_kim() if "auch angemeldet" in one.text]
    assert letter.subject.startswith("Angemeldet: Wohnen")

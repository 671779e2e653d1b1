"""Who types somebody else's address again and again causes five letters a day, not more."""

from datetime import timedelta

import pytest

from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.operations import worker
from chancendialog.programme.models import Confirmation
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import everything_left, registered, states

ERIKA = "erika@example.org"


def sign_up(event_session, email=ERIKA, **facts):
    outcome = booking.sign_up(event_session, Applicant(name="Erika", email=email, **facts))
    db.session.commit()
    everything_left()
    return outcome


def evenings(number, confirmation):
    return EventSessionFactory.create_batch(number, confirmation=confirmation)


@pytest.fixture(autouse=True)
def _now(app, clock):
    pass


def test_sixth_letter_to_an_address_that_nobody_confirms_is_not_written(letters):
    outcomes = [sign_up(one) for one in evenings(6, Confirmation.BY_MAIL)]

    assert letters() == [("please_confirm", ERIKA)] * 5
    assert {one.status for one in outcomes} == {Status.UNVERIFIED}  # the page answers the same


def test_journal_says_why_there_was_no_letter(app):
    for one in evenings(6, Confirmation.BY_MAIL):
        sign_up(one)
    sixth = one

    codes = [entry.code for entry in journal.of_scope(sixth.thread)]

    assert codes == ["registered", "letter_withheld"]


def test_day_later_letters_go_out_again(letters, clock):
    first, *others = evenings(7, Confirmation.BY_MAIL)
    for one in others:
        sign_up(one)
    clock.shift(timedelta(days=1))
    sign_up(first)

    assert letters() == [("please_confirm", ERIKA)] * 6


def test_who_signs_up_for_many_evenings_at_once_hears_of_each(letters):
    for one in evenings(8, Confirmation.DIRECT):
        sign_up(one)

    assert letters() == [("confirmed", ERIKA)] * 8


def test_letters_that_were_answered_do_not_count(letters):
    first, *others = evenings(7, Confirmation.BY_MAIL)
    sign_up(first)
    booking.confirm(registered(ERIKA))
    everything_left()
    for one in others[:5]:
        sign_up(one)

    assert letters() == [
        ("please_confirm", ERIKA),
        ("confirmed", ERIKA),
        *[("please_confirm", ERIKA)] * 5,
    ]


def test_who_gave_up_many_seats_behind_her_own_link_still_gets_letters(letters):
    for one in evenings(6, Confirmation.DIRECT):
        sign_up(one)
        booking.withdraw(booking.live_registration(one, ERIKA))
        everything_left()
    sign_up(EventSessionFactory(confirmation=Confirmation.BY_MAIL))

    assert letters()[-1] == ("please_confirm", ERIKA)


def test_owner_hears_of_five_other_tries_a_day_whatever_the_session(letters):
    for one in evenings(7, Confirmation.DIRECT):
        RegistrationFactory(event_session=one, email=ERIKA)
        sign_up(one)

    assert letters() == [("already_registered", ERIKA)] * 5


def test_owner_who_was_told_of_five_tries_still_hears_of_her_own_seat(letters):
    for one in evenings(5, Confirmation.DIRECT):
        RegistrationFactory(event_session=one, email=ERIKA)
        sign_up(one)
    sign_up(EventSessionFactory(confirmation=Confirmation.DIRECT))

    assert letters()[-1] == ("confirmed", ERIKA)


def test_typing_an_address_and_correcting_it_again_and_again_floods_nobody(letters):
    evening = EventSessionFactory(capacity=50)
    for number in range(8):
        form = {"receipt": f"form-{number}"}
        sign_up(evening, **form)
        sign_up(evening, email=f"kim{number}@example.org", **form)

    to_erika = [kind for kind, email in letters() if email == ERIKA]
    assert to_erika == ["confirmed", "address_corrected"] * 2 + ["confirmed"]
    assert [status for email, status in states() if email != ERIKA] == [Status.CONFIRMED] * 8


def test_reminder_to_click_is_a_letter_like_the_others(letters, clock):
    for one in evenings(5, Confirmation.BY_MAIL):
        sign_up(one)
    clock.shift(timedelta(hours=5))

    worker.remind()

    assert letters() == [("please_confirm", ERIKA)] * 5


def test_staff_may_always_write(letters):
    for one in evenings(6, Confirmation.BY_MAIL):
        sign_up(one)
    applicant = Applicant(name="Erika", email=ERIKA)

    booking.enter(EventSessionFactory(), applicant, actor="staff:1")

    assert letters()[-1] == ("confirmed", ERIKA)


def test_tags_behind_a_plus_sign_reach_the_same_mailbox(letters):
    others = ["erika_neu@example.org", "erika+1@example.net"]
    tagged = [f"erika+{number}@example.org" for number in range(6)]

    for evening, email in zip(evenings(8, Confirmation.BY_MAIL), [*others, *tagged], strict=True):
        sign_up(evening, email)

    assert letters() == [("please_confirm", email) for email in [*others, *tagged[:5]]]

"""The code for the door: one for each registration, read however it is typed."""

import re

import pytest
from sqlalchemy.exc import IntegrityError

from chancendialog.registration import booking, tickets
from chancendialog.registration.booking import Applicant
from tests.factories import EventSessionFactory, RegistrationFactory


def test_code_is_twelve_letters_that_nobody_mistakes_for_others():
    codes = {tickets.new_code() for _ in range(1000)}

    assert len(codes) == 1000
    assert [code for code in codes if not re.fullmatch("[2-9A-HJ-NP-Z]{12}", code)] == []
    assert set("".join(codes)) == set("23456789ABCDEFGHJKLMNPQRSTUVWXYZ")


def test_code_is_shown_in_groups_of_four():
    assert tickets.shown("7Q4K9XWM2HTR") == "7Q4K-9XWM-2HTR"


@pytest.mark.parametrize(
    "typed",
    [
        "7Q4K-9XWM-2HTR",
        "7q4k9xwm2htr",
        "  7q4k 9xwm  2htr\n",
        "7Q4K–9XWM—2HTR",
        "7Q4K\u20119XWM\u20112HTR",
        "7-Q-4-K-9-X-W-M-2-H-T-R",
        "https://termine.example.org/t/7Q4K9XWM2HTR",
    ],
)
def test_code_is_read_however_it_is_typed(typed):
    assert tickets.read(typed) == "7Q4K9XWM2HTR"


@pytest.mark.parametrize(
    "typed",
    ["", "7Q4", "7Q4K9XWM2HTR2", "7Q4K9XWM2HT0", "OI01OI01OI01", "7Q4K_9XWM", "Müller", "\0"],
)
def test_what_is_no_code_is_none(typed):
    assert tickets.read(typed) == ""


def test_no_two_registrations_have_the_same(app):
    RegistrationFactory(ticket="7Q4K9XWM2HTR")

    with pytest.raises(IntegrityError):
        RegistrationFactory(ticket="7Q4K9XWM2HTR")


def test_corrected_address_gets_another_code(app, clock):
    """The stranger who got the first letter has read the old one."""
    event_session = EventSessionFactory()
    mistyped = booking.register(event_session, Applicant(name="Kim", email="falsch@example.org"))
    booking.correct_address(mistyped, "kim@example.org")
    corrected = booking.live_registration(event_session, "kim@example.org")

    assert None not in (mistyped.ticket, corrected.ticket)
    assert mistyped.ticket != corrected.ticket
    assert (mistyped.is_let_in, corrected.is_let_in) == (False, True)

"""What goes to one person's calendar, read by a program that did not write it."""

from datetime import datetime

import pytest

from chancendialog.calendars.invitations import cancellation, invitation
from chancendialog.clock import BERLIN
from chancendialog.mailing.outbox import Left
from chancendialog.registration import letters
from tests.calendars.specimens import lines, names, read, seat, session
from tests.factories import RegistrationFactory

EVERYTHING_ABOUT_THE_EVENT = [
    "ATTENDEE",
    "CREATED",
    "DESCRIPTION",
    "DTEND",
    "DTSTAMP",
    "LAST-MODIFIED",
    "LOCATION",
    "METHOD",
    "ORGANIZER",
    "SEQUENCE",
    "STATUS",
    "SUMMARY",
    "TRANSP",
    "UID",
    "URL",
    "X-MICROSOFT-CDO-BUSYSTATUS",
    "X-MICROSOFT-DISALLOW-COUNTER",
]


def test_an_invitation_puts_the_session_into_one_persons_calendar():
    calendar = read(invitation(session(), seat(sequence=3)))

    event = calendar.vevent
    (attendee,) = event.contents["attendee"]
    (organizer,) = event.contents["organizer"]
    assert calendar.method.value == "REQUEST"
    assert event.uid.value == "reg-1@termine.example.org"
    assert event.sequence.value == "3"
    assert event.status.value == "CONFIRMED"
    assert event.transp.value == "OPAQUE"
    assert event.dtstart.value == datetime(2026, 10, 7, 19, tzinfo=BERLIN)
    assert event.dtend.value == datetime(2026, 10, 7, 21, tzinfo=BERLIN)
    assert attendee.value == "mailto:erika@example.org"
    assert attendee.params == {
        "CN": ["Erika Mustermann"],
        "CUTYPE": ["INDIVIDUAL"],
        "ROLE": ["REQ-PARTICIPANT"],
        "PARTSTAT": ["ACCEPTED"],
        "RSVP": ["FALSE"],
    }
    assert organizer.value == "mailto:termine@termine.example.org"
    assert organizer.params == {"CN": ["Chancendialog Transformation"]}


def test_a_cancellation_takes_the_same_event_out_again():
    calendar = read(cancellation(session(), seat(sequence=4)))

    event = calendar.vevent
    assert calendar.method.value == "CANCEL"
    assert event.uid.value == "reg-1@termine.example.org"
    assert event.sequence.value == "4"
    assert event.status.value == "CANCELLED"
    assert event.transp.value == "TRANSPARENT"
    assert event.dtstart.value == datetime(2026, 10, 7, 19, tzinfo=BERLIN)
    assert [one.value for one in event.contents["attendee"]] == ["mailto:erika@example.org"]
    assert [one.value for one in event.contents["organizer"]] == [
        "mailto:termine@termine.example.org"
    ]


@pytest.mark.parametrize("message", [invitation, cancellation])
def test_a_message_holds_the_zone_one_event_and_no_alarm(message):
    content = message(session(), seat())

    assert [one for one in names(content) if one.startswith("BEGIN:")] == [
        "BEGIN:VCALENDAR",
        "BEGIN:VTIMEZONE",
        "BEGIN:DAYLIGHT",
        "BEGIN:STANDARD",
        "BEGIN:VEVENT",
    ]
    once = [name for name in names(content) if name in EVERYTHING_ABOUT_THE_EVENT]
    assert sorted(once) == EVERYTHING_ABOUT_THE_EVENT


INVITED = Left({}, invited=True)


@pytest.mark.parametrize(
    "compose",
    [
        letters.confirmed,
        letters.promoted,
        lambda one: letters.withdrawn(one, INVITED),
        lambda one: letters.called_off(one, INVITED),
        lambda one: letters.address_corrected(one, INVITED),
    ],
)
def test_the_personal_link_is_not_in_the_calendar(app, compose):
    registration = RegistrationFactory()
    link = letters.manage_url(registration)

    calendar = "\n".join(lines(compose(registration).calendar))

    assert link not in calendar
    assert link.rpartition("/")[2] not in calendar
    assert "/anmeldung/" not in calendar
    assert registration.ulid not in calendar

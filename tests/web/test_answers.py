"""„Kommen Sie?“: two links, each to a page with one button."""

from datetime import timedelta

import pytest

from chancendialog.extensions import db
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Status
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import buttons, follow, history, own_page, press, states, text_of

COMES, CANNOT = "/ich-komme", "/ich-kann-nicht"


@pytest.mark.parametrize(
    ("size", "answer", "button"),
    [
        (1, COMES, "Ich komme"),
        (2, COMES, "Wir kommen"),
        (1, CANNOT, "Ja, abmelden"),
        (2, CANNOT, "Ja, abmelden"),
    ],
)
def test_each_link_leads_to_one_button_and_opening_it_says_nothing(client, size, answer, button):
    registration = RegistrationFactory(party_size=size)
    before = all_rows()

    page = client.get(own_page(registration) + answer)

    assert buttons(page) == [button]
    assert all_rows() == before


def test_who_comes_keeps_the_seat_and_is_thanked(client, clock, letters):
    registration = RegistrationFactory()
    clock.shift(timedelta(days=1))
    page = client.get(own_page(registration) + COMES)

    own = follow(client, press(client, page, "Ich komme"))

    assert states() == [(registration.email, Status.CONFIRMED)]
    assert "Danke für Ihre Zusage vom Dienstag, 8. September 2026, 12 Uhr." in text_of(own)
    assert history(own) == ["auf die Frage geantwortet: kommt, Personen: 1"]
    assert letters() == []


def test_who_cannot_come_frees_the_seat_and_the_next_is_asked(client, clock, letters):
    event_session = EventSessionFactory(capacity=1)
    seated = RegistrationFactory(event_session=event_session)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)
    page = client.get(own_page(seated) + CANNOT)

    own = follow(client, press(client, page, "Ja, abmelden"))

    assert states() == [(seated.email, Status.WITHDRAWN), (waiting.email, Status.OFFERED)]
    assert letters() == [("withdrawn", seated.email), ("offer", waiting.email)]
    assert "auf die Frage geantwortet: kann nicht, Personen: 1" in history(own)


@pytest.mark.parametrize("answer", [COMES, CANNOT])
@pytest.mark.parametrize("status", [one for one in Status if one is not Status.CONFIRMED])
def test_who_has_no_seat_sees_how_they_stand(client, clock, status, answer):
    page = own_page(RegistrationFactory(status=status))

    assert client.get(page + answer).location == page


@pytest.mark.parametrize("answer", [COMES, CANNOT])
def test_there_is_nothing_to_answer_once_it_is_called_off_or_has_begun(client, clock, answer):
    off = RegistrationFactory(event_session__status=SessionStatus.CALLED_OFF)
    begun = RegistrationFactory()
    clock.move_to(begun.event_session.starts_at)

    pages = [own_page(off), own_page(begun)]

    assert [client.get(page + answer).location for page in pages] == pages


def test_who_says_yes_too_late_reads_why_that_is_no_use(client, clock):
    registration = RegistrationFactory()
    page = client.get(own_page(registration) + COMES)
    registration.status = Status.WITHDRAWN
    db.session.commit()

    refused = press(client, page, "Ich komme")

    assert refused.status_code == 409
    assert "Sie haben keinen Platz bei dieser Veranstaltung." in text_of(refused)


def test_answering_twice_does_no_more_than_once(client, clock, letters):
    registration = RegistrationFactory()
    page = client.get(own_page(registration) + CANNOT)

    press(client, page, "Ja, abmelden")
    again = press(client, page, "Ja, abmelden")

    assert again.status_code == 303
    assert letters() == [("withdrawn", registration.email)]


def test_a_link_that_is_none_of_ours_is_no_page(client):
    assert client.get("/anmeldung/erfunden/ich-komme").status_code == 404

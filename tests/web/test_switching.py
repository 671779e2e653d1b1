"""Going to another session instead, on the page behind the mailed link."""

from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import (
    buttons,
    follow,
    history,
    own_page,
    posted,
    press,
    registered,
    states,
    text_of,
)

LATER = timedelta(days=60)


@pytest.fixture
def kim(app):
    event_session = EventSessionFactory(title="Wohnen", capacity=2)
    return RegistrationFactory(event_session=event_session, email="kim@example.org", party_size=2)


def to_other_sessions(registration):
    return f"{own_page(registration)}/wechseln"


def the_button(page, label):
    """Its whole name, which also says where it leads."""
    [name] = [one for one in buttons(page) if one.startswith(label)]
    return name


def test_own_page_leads_to_the_other_sessions(client, kim):
    EventSessionFactory(title="Klima", starts_at=app_clock.now() + LATER)

    own = client.get(own_page(kim))
    page = client.get(to_other_sessions(kim))

    assert f'href="{to_other_sessions(kim)}"' in own.text
    assert "Zu einem anderen Termin wechseln" in text_of(page)
    assert [name.partition(",")[0] for name in buttons(page)] == [
        "Hierher wechseln: Klima",
        "Zusätzlich anmelden: Klima",
    ]
    assert "Warteliste" not in text_of(page)


def test_switch_to_a_free_seat_leads_to_the_registration_there(client, kim):
    to = EventSessionFactory(title="Klima", starts_at=app_clock.now() + LATER)
    page = client.get(to_other_sessions(kim))

    answer = press(client, page, the_button(page, "Hierher wechseln"))

    assert answer.status_code == 303
    assert states() == [
        ("kim@example.org", Status.WITHDRAWN),
        ("kim@example.org", Status.CONFIRMED),
    ]
    assert posted() == [
        ("confirmed", "kim@example.org", "REQUEST"),
        ("withdrawn", "kim@example.org", None),
    ]
    new = follow(client, answer)
    assert "Der Wechsel hat geklappt" in text_of(new)
    assert "Ihre Anmeldung: Klima" in text_of(new)
    assert "Ihre 2 Plätze sind sicher" in text_of(new)
    assert [line.partition(" am ")[0] for line in history(new)] == [
        "angemeldet, Personen: 2 – Platz sicher",
        "vom Termin",
    ]
    old = client.get(own_page(kim))
    assert "Sie sind abgemeldet" in text_of(old)
    assert history(old)[0].startswith("zum Termin am ")
    assert to.slug not in "".join(history(old))


def test_another_session_beside_the_first(client, kim):
    EventSessionFactory(title="Klima", starts_at=app_clock.now() + LATER)
    page = client.get(to_other_sessions(kim))

    answer = press(client, page, the_button(page, "Zusätzlich anmelden"))

    assert states() == [("kim@example.org", Status.CONFIRMED)] * 2
    assert posted() == [("confirmed", "kim@example.org", "REQUEST")]
    new = follow(client, answer)
    assert "Ihre andere Anmeldung gilt weiter" in text_of(new)
    assert "Ihre Anmeldung: Klima" in text_of(new)


def test_who_was_to_come_to_what_is_called_off_can_only_switch(client, kim):
    EventSessionFactory(title="Klima")
    kim.event_session.status = SessionStatus.CALLED_OFF

    names = buttons(client.get(to_other_sessions(kim)))

    assert [name.partition(":")[0] for name in names] == ["Hierher wechseln"]


def test_pressing_twice_leads_twice_to_the_same_registration(client, kim):
    EventSessionFactory(title="Klima", starts_at=app_clock.now() + LATER)
    page = client.get(to_other_sessions(kim))
    label = the_button(page, "Hierher wechseln")

    answers = [press(client, page, label), press(client, page, label)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert [status for _, status in states()] == [Status.WITHDRAWN, Status.CONFIRMED]
    assert len(posted()) == 2


def test_queue_elsewhere_is_joined_beside_the_seat(client, kim):
    EventSessionFactory(title="Klima", starts_at=app_clock.now() + LATER, capacity=0)
    page = client.get(to_other_sessions(kim))

    answer = press(client, page, the_button(page, "Auf die Warteliste"))

    assert "behalten Sie Ihre bisherige Anmeldung" in text_of(page)
    assert states() == [("kim@example.org", Status.CONFIRMED), ("kim@example.org", Status.WAITING)]
    assert posted() == [("waiting", "kim@example.org", None)]
    new = follow(client, answer)
    assert "Ihre bisherige Anmeldung bleibt" in text_of(new)
    assert "Sie stehen auf der Warteliste" in text_of(new)
    assert history(client.get(own_page(kim)))[0].startswith("steht auch auf der Warteliste")


def test_seat_that_is_gone_meanwhile_leaves_the_first_and_offers_the_queue(client, kim):
    to = EventSessionFactory(title="Klima", capacity=2)
    page = client.get(to_other_sessions(kim))
    RegistrationFactory(event_session=to, email="eva@example.org", party_size=2)

    answer = press(client, page, the_button(page, "Hierher wechseln"))

    assert answer.status_code == 409
    assert "Alle Plätze sind vergeben." in text_of(answer)
    assert "Ihre bisherige Anmeldung gilt weiter." in text_of(answer)
    assert the_button(answer, "Auf die Warteliste").startswith("Auf die Warteliste: Klima")
    assert [status for _, status in states()] == [Status.CONFIRMED] * 2
    assert posted() == []


def test_without_room_elsewhere_the_page_says_so_and_what_else_helps(client, kim):
    EventSessionFactory(capacity=1, waiting_list=False)

    page = client.get(to_other_sessions(kim))

    assert buttons(page) == []
    assert "Zurzeit ist bei keinem anderen Termin Platz für 2 Personen." in text_of(page)
    assert "Anzahl ändern" in text_of(page)
    assert "Zum Programm" in text_of(page)


def test_opening_the_page_changes_nothing(client, kim):
    EventSessionFactory()
    client.get(own_page(kim))
    before = all_rows()

    assert client.get(to_other_sessions(kim)).status_code == 200
    assert client.head(to_other_sessions(kim)).status_code == 200
    assert all_rows() == before


def test_button_without_our_token_does_nothing(client, kim):
    to = EventSessionFactory()

    answer = client.post(to_other_sessions(kim), data={"slug": to.slug})

    assert answer.status_code == 400
    assert states() == [("kim@example.org", Status.CONFIRMED)]


@pytest.mark.parametrize("hidden", ["gibt-es-nicht", ""])
def test_session_that_is_none_is_not_found(client, kim, hidden):
    EventSessionFactory()
    fields = form_fields(client.get(to_other_sessions(kim)).text)

    assert client.post(to_other_sessions(kim), data=fields | {"slug": hidden}).status_code == 404


def test_draft_is_not_found(client, kim):
    EventSessionFactory()
    draft = EventSessionFactory(status=SessionStatus.DRAFT)
    fields = form_fields(client.get(to_other_sessions(kim)).text)

    assert (
        client.post(to_other_sessions(kim), data=fields | {"slug": draft.slug}).status_code == 404
    )


def test_who_has_given_up_sees_how_they_stand(client, kim):
    to = EventSessionFactory()
    fields = form_fields(client.get(to_other_sessions(kim)).text)
    kim.status = Status.WITHDRAWN

    page = client.get(to_other_sessions(kim))
    answer = client.post(to_other_sessions(kim), data=fields | {"slug": to.slug})

    assert (page.status_code, page.location) == (302, own_page(kim))
    assert answer.status_code == 409
    assert "Diese Anmeldung gilt nicht mehr." in text_of(answer)
    assert "Noch einmal anmelden" in text_of(answer)


def test_who_was_to_come_to_what_is_called_off_may_go_elsewhere(client, kim):
    EventSessionFactory(title="Klima")
    kim.event_session.status = SessionStatus.CALLED_OFF

    assert "Zu einem anderen Termin wechseln" in text_of(client.get(own_page(kim)))
    page = client.get(to_other_sessions(kim))
    press(client, page, the_button(page, "Hierher wechseln"))

    assert registered_statuses() == [Status.WITHDRAWN, Status.CONFIRMED]


def registered_statuses():
    return [status for _, status in states()]


def test_dead_link_leads_nowhere(client, kim):
    page = to_other_sessions(kim)
    kim.link_version += 1

    assert client.get(page).status_code == 410


def test_queries_do_not_grow_with_the_sessions(client, count_queries, kim):
    EventSessionFactory()
    few = count_queries(client, to_other_sessions(kim))
    EventSessionFactory.create_batch(8, series=kim.event_session.series)

    assert count_queries(client, to_other_sessions(kim)) == few
    assert registered("kim@example.org") is kim

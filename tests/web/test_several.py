"""Further sessions of the series, ticked on the page where one signs up."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.programme.models import Confirmation, SessionStatus
from chancendialog.registration import several
from chancendialog.registration.models import Status
from chancendialog.web import limits
from tests.browser_client import form_fields, token_of
from tests.factories import EventSessionFactory, RegistrationFactory, SeriesFactory
from tests.web.steps import follow, posted, press, states, text_of


@pytest.fixture
def evenings(app, clock):
    series = SeriesFactory()
    return [
        EventSessionFactory(
            series=series,
            slug=slug,
            title=slug.title(),
            starts_at=app_clock.now() + timedelta(days=30 + number),
            capacity=4,
        )
        for number, slug in enumerate(("wohnen", "klima", "arbeit"))
    ]


def ticked(page):
    return [
        part.partition('"')[0]
        for part in page.text.split('name="also"')[1:]
        if "checked" in part.partition(">")[0]
        for part in [part.partition('value="')[2]]
    ]


def superseded():
    rows = select(OutgoingMail).where(OutgoingMail.state == MailState.SUPERSEDED)
    return db.session.scalars(rows).all()


def test_form_offers_the_others_with_date_and_room(client, evenings):
    evenings[2].capacity = 0

    page = client.get("/termine/wohnen/anmelden")

    assert "Möchten Sie auch zu diesen Terminen kommen?" in text_of(page)
    shown = "Donnerstag, 8. Oktober 2026, 12 bis 14 Uhr nur noch 4 Plätze frei"
    assert shown in text_of(page).replace("\N{NO-BREAK SPACE}", " ")
    assert text_of(page).partition("Arbeit")[2].count("Warteliste") == 1
    assert ticked(page) == []


def test_form_without_others_does_not_ask(client):
    event_session = EventSessionFactory()

    page = client.get(f"/termine/{event_session.slug}/anmelden")

    assert 'name="also"' not in page.text


def test_one_receipt_lists_all(client, sign_up, evenings):
    evenings[2].capacity = 0

    answer = sign_up(evenings[0], email="kim@example.org", also=["klima", "arbeit"])

    assert answer.status_code == 303
    assert sorted(states()) == [
        ("kim@example.org", Status.CONFIRMED),
        ("kim@example.org", Status.CONFIRMED),
        ("kim@example.org", Status.WAITING),
    ]
    page = text_of(follow(client, answer))
    assert "Sie sind angemeldet" in page
    further = page.partition("Ihre weiteren Termine")[2]
    assert "Klima Ihr Platz ist sicher." in further
    assert "Arbeit Sie stehen an Stelle 1 der Warteliste. Vor Ihnen wartet niemand." in further


def test_unticked_is_a_sign_up_as_ever(sign_up, evenings):
    answer = sign_up(evenings[0], email="kim@example.org")

    assert states() == [("kim@example.org", Status.CONFIRMED)]
    assert len(token_of(answer.location)) < 180


def test_one_that_filled_up_meanwhile_is_on_the_receipt_with_what_is_possible(
    client, sign_up, evenings
):
    evenings[1].capacity, evenings[1].waiting_list = 0, False

    page = follow(client, sign_up(evenings[0], email="kim@example.org", also=["klima", "arbeit"]))

    assert len(states()) == 2
    further = text_of(page).partition("Ihre weiteren Termine")[2]
    assert (
        "Klima Hier sind Sie nicht angemeldet. Alle Plätze sind vergeben, und es gibt keine Warteliste."
        " Die anderen Termine ansehen" in further
    )


def test_full_session_of_the_page_decides_and_keeps_the_ticks(client, sign_up, evenings):
    page = client.get("/termine/wohnen/anmelden")
    RegistrationFactory(event_session=evenings[0], email="eva@example.org", party_size=4)

    answer = sign_up(evenings[0], email="kim@example.org", also=["klima"])

    assert page.status_code == 200
    assert answer.status_code == 409
    assert ticked(answer) == ["klima"]
    assert states() == [("eva@example.org", Status.CONFIRMED)]
    assert "Auf die Warteliste setzen" in text_of(answer)


def test_fault_in_the_form_keeps_the_ticks(sign_up, evenings):
    answer = sign_up(evenings[0], email="", also=["arbeit"])

    assert answer.status_code == 422
    assert ticked(answer) == ["arbeit"]
    assert states() == []


def test_what_is_no_session_or_the_same_one_is_not_heeded(sign_up, evenings):
    answer = sign_up(evenings[0], email="kim@example.org", also=["wohnen", "gibt-es-nicht", "<b>"])

    assert answer.status_code == 303
    assert states() == [("kim@example.org", Status.CONFIRMED)]


def test_corrected_address_is_corrected_in_all(client, sign_up, evenings):
    receipt = sign_up(evenings[0], email="kim@exampel.org", also=["klima", "arbeit"]).location

    answer = client.fill_in(receipt.partition("#")[0], email="kim@example.org")

    assert sorted(states()) == [
        *[("kim@exampel.org", Status.WITHDRAWN)] * 3,
        *[("kim@example.org", Status.CONFIRMED)] * 3,
    ]
    page = text_of(follow(client, answer))
    assert "k••@example.org" in page
    assert "Klima Ihr Platz ist sicher." in page
    assert [to for kind, to, _ in posted() if kind == "confirmed"] == ["kim@example.org"] * 3


def test_suggested_address_is_taken_for_all(client, sign_up, evenings):
    page = follow(client, sign_up(evenings[0], email="kim@gmial.com", also=["klima"]))
    fields = {"csrf_token": form_fields(page.text)["csrf_token"], "meant": "1"}

    client.post(page.request.path, data=fields)

    assert sorted(states()) == [
        *[("kim@gmail.com", Status.CONFIRMED)] * 2,
        *[("kim@gmial.com", Status.WITHDRAWN)] * 2,
    ]


def test_by_mail_each_has_a_link_and_all_are_sent_again(client, sign_up, evenings):
    for one in evenings:
        one.confirmation = Confirmation.BY_MAIL

    page = follow(client, sign_up(evenings[0], email="kim@example.org", also=["klima"]))

    assert states() == [("kim@example.org", Status.UNVERIFIED)] * 2
    assert "Bestätigen Sie noch Ihre Anmeldung. Wir halten Ihren Platz bis" in text_of(page)
    fields = {"csrf_token": form_fields(page.text)["csrf_token"]}
    assert client.post(f"{page.request.path}/noch-einmal", data=fields).status_code == 303
    assert [kind for kind, *_ in posted()] == ["please_confirm"] * 2


def test_receipt_reads_the_same_for_known_and_unknown_addresses(client, sign_up, evenings):
    for one in evenings[:2]:
        RegistrationFactory(event_session=one, email="known@example.org")

    pages = [
        text_of(follow(client, sign_up(evenings[0], email=email, also=["klima"])))
        for email in ("known@example.org", "knew@example.org")
    ]

    assert pages[0].replace("known", "k") == pages[1].replace("knew", "k")


def test_form_for_several_counts_as_several(sign_up, evenings):
    most = int(limits.SIGN_UPS.split()[0])
    for number in range(most // 3):
        sign_up(evenings[0], email=f"kim{number}@example.org", also=["klima", "arbeit"])

    sign_up(evenings[1], email="eva@example.org", also=["arbeit"])

    assert [status for email, status in states() if email == "eva@example.org"] == [
        Status.UNVERIFIED
    ] * 2


def test_looking_for_others_takes_two_queries_however_many_there_are(client, count_queries):
    alone = EventSessionFactory()
    without = count_queries(client, f"/termine/{alone.slug}/anmelden")
    EventSessionFactory.create_batch(several.MOST + 3, series=alone.series)

    assert count_queries(client, f"/termine/{alone.slug}/anmelden") == without + 1


def test_confirmed_here_and_not_yet_there_offers_to_send_the_link_again(client, sign_up, evenings):
    evenings[1].confirmation = Confirmation.BY_MAIL
    page = follow(client, sign_up(evenings[0], email="kim@example.org", also=["klima"]))
    assert "Sie sind angemeldet" in text_of(page)

    answer = press(client, page, "E-Mail noch einmal senden")

    told = text_of(follow(client, answer))
    assert "Die E-Mail ist noch einmal unterwegs" in told
    assert "höchstens 5 solche E-Mails am Tag an eine Adresse" in told
    assert Counter(kind for kind, *_ in posted()) == {"confirmed": 1, "please_confirm": 1}
    assert [one.kind for one in superseded()] == ["please_confirm"]


def test_all_confirmed_offers_nothing_to_send_again(client, sign_up, evenings):
    page = follow(client, sign_up(evenings[0], email="kim@example.org", also=["klima"]))

    assert "E-Mail noch einmal senden" not in text_of(page)


def test_another_language_keeps_the_ticks(client, evenings):
    page = client.get("/termine/wohnen/anmelden")
    typed = form_fields(page.text) | {"also": ["arbeit"], "language": "en"}

    switched = client.post("/en/termine/wohnen/anmelden", data=typed)

    assert switched.status_code == 200
    assert '<html lang="en">' in switched.text
    assert ticked(switched) == ["arbeit"]
    assert states() == []


def test_ticked_one_that_fills_up_stays_in_sight(sign_up, evenings):
    evenings[1].capacity, evenings[1].waiting_list = 0, False

    answer = sign_up(evenings[0], email="", also=["klima"])

    assert ticked(answer) == ["klima"]
    assert "ausgebucht" in text_of(answer)


def test_form_sent_twice_is_one_registration_each(client, clock, evenings):
    page = client.get("/termine/wohnen/anmelden")
    typed = {"name": "Kim", "email": "kim@example.org", "also": ["klima", "arbeit"]}
    clock.shift(5)

    answers = [
        client.post(page.request.path, data=form_fields(page.text) | typed).status_code
        for _ in range(2)
    ]

    assert answers == [303, 303]
    assert states() == [("kim@example.org", Status.CONFIRMED)] * 3
    assert len(posted()) == 3


def test_party_too_large_for_another_session_reads_why(client, sign_up, evenings):
    evenings[1].party_limit = 1

    page = follow(
        client, sign_up(evenings[0], email="kim@example.org", party_size=2, also=["klima"])
    )

    further = text_of(page).partition("Ihre weiteren Termine")[2]
    assert (
        "Klima Hier sind Sie nicht angemeldet."
        " Für diese Veranstaltung kann man 1 Person anmelden." in further
    )


def test_one_that_has_room_again_leads_to_its_form(client, sign_up, evenings):
    evenings[1].capacity, evenings[1].waiting_list = 0, False
    answer = sign_up(evenings[0], email="kim@example.org", also=["klima"])
    evenings[1].capacity = 4

    page = follow(client, answer)

    assert "Es war kein Platz mehr frei. Jetzt geht es wieder." in text_of(page)
    assert 'href="/termine/klima/anmelden"' in page.text


def test_called_off_meanwhile_reads_so(client, sign_up, evenings):
    evenings[1].status = SessionStatus.CALLED_OFF

    page = follow(client, sign_up(evenings[0], email="kim@example.org", also=["klima"]))

    assert len(states()) == 1
    assert "Hier sind Sie nicht angemeldet. Diese Veranstaltung ist abgesagt." in text_of(page)


def test_strange_ticks_do_not_use_up_what_a_network_may(sign_up, evenings):
    sign_up(evenings[0], email="eva@example.org", also=[f"\0{number}" for number in range(50)])
    sign_up(evenings[0], email="kim@example.org")

    assert states() == [
        ("eva@example.org", Status.CONFIRMED),
        ("kim@example.org", Status.CONFIRMED),
    ]

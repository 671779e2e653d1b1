"""Saying what one needs to take part well: at the sign-up, and behind the mailed link."""

import re
from datetime import timedelta

import pytest
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from chancendialog.programme.models import Confirmation
from chancendialog.registration import needs
from chancendialog.registration.models import Arrangement, Need, NeedState, Registration
from chancendialog.registration.needs import NOTHING, Asked
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, HouseFactory, NeedFactory, RegistrationFactory
from tests.hostile import TEXTS
from tests.web.steps import follow, own_page, press, registered, text_of

LOOP, SEAT = Arrangement.HEARING_LOOP, Arrangement.WHEELCHAIR
DGS, WRITTEN = Arrangement.SIGN_LANGUAGE, Arrangement.SPEECH_TO_TEXT
TICKED = {"arrangements": ["hearing-loop", "wheelchair"], "needs": "Einen Platz an der Tür"}
BOTH = Asked((LOOP, SEAT), "Einen Platz an der Tür")
FORM = "/termine/abend/anmelden"


@pytest.fixture
def evening(app, clock):
    HouseFactory()
    return EventSessionFactory(slug="abend")


@pytest.fixture
def kim(evening):
    return RegistrationFactory(event_session=evening, email="kim@example.org")


def offered(page):
    """What can be ticked, and whether it is."""
    boxes = re.findall(r'<input ([^>]*)name="arrangements"([^>]*)>', page.text)
    facts = ["".join(one) for one in boxes]
    return {re.search(r'value="([^"]*)"', one)[1]: "checked" in one for one in facts}


def ticked(page):
    return [name for name, is_on in offered(page).items() if is_on]


def asked_of(email):
    return needs.asked_by(registered(email))


def summary(page):
    return re.findall(r'<li><a href="#([^"]*)">([^<]*)</a></li>', page.text)


def test_form_asks_for_arrangements_and_no_diagnoses_until_two_weeks_before(client, evening):
    page = client.get(FORM)

    assert list(offered(page)) == [one.value for one in needs.TO_TICK]
    text = text_of(page)
    assert "Was brauchen Sie, um gut teilzunehmen? (optional)" in text
    assert (
        "Bitte bis Mittwoch, 23. September 2026, 12 Uhr angeben, dann können wir es sicher"
        " vorbereiten. Bitte nennen Sie keine Diagnosen." in text
    )
    assert "Nur wer es vorbereitet, sieht es. Wir löschen es 7 Tage nach der Veranstaltung." in text


def test_after_that_the_phone_takes_the_place_of_who_must_be_booked(client, evening, clock):
    clock.move_to(evening.starts_at - timedelta(days=13))

    page = client.get(FORM)

    assert list(offered(page)) == [one.value for one in needs.TO_TICK if one not in needs.BOOKED]
    text = text_of(page)
    assert "Bitte bis" not in text
    assert (
        "Brauchen Sie Gebärdensprach- oder Schrift-Dolmetschung? Vielleicht geht es noch."
        " Rufen Sie uns an: 0123 456-789" in text
    )


def test_what_is_ticked_and_written_is_noted(evening, sign_up):
    answer = sign_up(evening, email="kim@example.org", **TICKED)

    assert answer.status_code == 303
    assert asked_of("kim@example.org") == BOTH


def test_receipt_and_letters_say_nothing_of_it(client, evening, sign_up):
    receipt = follow(client, sign_up(evening, **TICKED))

    [mail] = db.session.scalars(select(OutgoingMail))
    said = [receipt.text, mail.subject, mail.text, mail.html, str(mail.calendar)]
    assert [
        word for word in ("Höranlage", "Rollstuhl", "an der Tür") if word in " ".join(said)
    ] == []


def test_what_was_booked_too_late_is_told_beside_the_field_and_all_else_is_kept(
    client, evening, clock, sign_up
):
    evening.needs_until = app_clock.now() + timedelta(minutes=1)
    page = client.get(FORM)
    clock.shift(timedelta(minutes=2))
    before = all_rows()

    answer = client.post(
        FORM,
        data=form_fields(page.text)
        | {"name": "Kim", "email": "kim@example.org", "party_size": "2"}
        | TICKED
        | {"arrangements": ["sign-language", "hearing-loop"]},
    )

    assert answer.status_code == 422
    assert all_rows() == before
    assert summary(answer) == [
        (
            "arrangements-0",
            "Eine Dolmetschung lässt sich hier nicht mehr buchen. Rufen Sie uns an, vielleicht geht"
            " es noch.",
        )
    ]
    assert (ticked(answer), 'value="kim@example.org"' in answer.text) == (["hearing-loop"], True)
    assert "Einen Platz an der Tür</textarea>" in answer.text


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"needs": "x" * 301}, ("needs", "Ihre Angabe darf höchstens 300 Zeichen lang sein")),
        (
            {"arrangements": ["helicopter"]},
            ("arrangements-0", "Wählen Sie aus der Liste, was Sie brauchen"),
        ),
        (
            {"arrangements": ["other"]},
            ("arrangements-0", "Wählen Sie aus der Liste, was Sie brauchen"),
        ),
    ],
)
def test_fault_is_told_beside_its_field_and_the_rest_stays(client, evening, sign_up, typed, fault):
    answer = sign_up(evening, **(TICKED | {"email": "kim@example.org"} | typed))

    assert answer.status_code == 422
    assert summary(answer) == [fault]
    assert 'value="kim@example.org"' in answer.text
    assert "arrangements" in typed or ticked(answer) == TICKED["arrangements"]


def test_form_that_is_refused_keeps_it(client, evening, sign_up):
    evening.capacity = 0

    answer = sign_up(evening, **TICKED)
    waits = client.post(
        FORM,
        data=form_fields(answer.text)
        | TICKED
        | {"name": "Kim", "email": "kim@example.org", "waiting_list": "1"},
    )

    assert (answer.status_code, ticked(answer)) == (409, TICKED["arrangements"])
    assert "Einen Platz an der Tür</textarea>" in answer.text
    assert (waits.status_code, asked_of("kim@example.org")) == (303, BOTH)


@pytest.mark.parametrize("prefix", ["/en", "/einfach"])
def test_it_goes_along_to_another_language(client, evening, prefix):
    page = client.get(FORM)

    answer = client.post(
        f"{prefix}{FORM}", data=form_fields(page.text) | TICKED | {"language": prefix[1:]}
    )

    assert (answer.status_code, ticked(answer)) == (200, TICKED["arrangements"])
    assert "Einen Platz an der Tür</textarea>" in answer.text


def test_each_ticked_session_has_it_also_where_it_is_late(client, evening, sign_up):
    EventSessionFactory(
        slug="zweiter",
        series=evening.series,
        starts_at=app_clock.now() + timedelta(days=5),
    )

    sign_up(evening, email="kim@example.org", also=["zweiter"], arrangements=["sign-language"])

    theirs = db.session.scalars(select(Registration)).all()
    assert [needs.asked_by(one) for one in theirs] == [Asked((DGS,))] * 2


def test_who_signs_up_at_a_known_address_changes_nothing_there(evening, kim, sign_up, stranger):
    NeedFactory(registration=kim, kind="sign-language")

    sign_up(evening, stranger, email="kim@example.org", **TICKED)

    assert asked_of("kim@example.org") == Asked((DGS,))


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("mode", Confirmation)
def test_corrected_address_needs_the_same_whether_the_first_one_is_known_or_not(
    client, evening, sign_up, known, mode
):
    """Or whoever typed somebody's address would find out whether it is registered."""
    evening.confirmation = mode
    if known:
        RegistrationFactory(event_session=evening, email="erika@example.org")
    receipt = sign_up(evening, email="erika@example.org", **TICKED).location

    client.fill_in(receipt.partition("#")[0], email="kim@example.org")

    assert asked_of("kim@example.org") == BOTH
    needing = db.session.scalars(select(Need.registration_id).distinct()).all()
    assert needing == [registered("kim@example.org").id]


def test_suggested_address_needs_the_same_whether_the_first_one_is_known_or_not(
    client, evening, sign_up
):
    RegistrationFactory(event_session=evening, email="erika@gmial.com")
    receipt = follow(client, sign_up(evening, email="erika@gmial.com", **TICKED))

    shown = follow(client, press(client, receipt, "Ja, auf e••@gmail.com ändern"))
    client.fill_in(shown.request.path, email="kim@example.org")

    assert asked_of("kim@example.org") == BOTH


def cookie(client):
    signed = client.get_cookie("session").value
    return SecureCookieSessionInterface().get_signing_serializer(client.application).loads(signed)


def test_cookie_does_not_tell_what_somebody_needs(client, evening, sign_up):
    sign_up(evening, **TICKED)

    content = str(cookie(client))

    assert [word for word in ("hearing", "wheelchair", "Tür", "T\\u00fcr") if word in content] == []


def test_cookie_stays_small_enough_for_browsers(client, evening, sign_up):
    for number in range(5):
        words = "".join(chr(0x4E00 + number * 300 + at) for at in range(300))
        sign_up(evening, email=f"kim{number}@example.org", name="张" * 120, needs=words)

    assert len(client.get_cookie("session").value) < 4000
    receipts = cookie(client)["receipts"]
    assert ["needs" in one for one in receipts][-1]


def test_key_that_was_thrown_away_loses_only_what_it_locked(client, evening, sign_up, build):
    RegistrationFactory(event_session=evening, email="erika@example.org")
    receipt = sign_up(evening, email="erika@example.org", **TICKED).location.partition("#")[0]
    later = build(FIELD_KEYS=("another key",)).test_client()
    later.set_cookie("session", client.get_cookie("session").value)
    page = later.get(receipt).get_data(as_text=True)

    answer = later.post(receipt, data=form_fields(page) | {"email": "kim@example.org"})

    assert answer.status_code == 303
    assert asked_of("kim@example.org") == NOTHING


def test_own_page_shows_it_with_the_answer(client, kim):
    NeedFactory(registration=kim, state=NeedState.ARRANGED, answer="Sie ist an.\nBis bald!")
    NeedFactory(registration=kim, kind="other", text="Wasser")

    text = text_of(client.get(own_page(kim)))

    assert "Was Sie brauchen Höranlage vorbereitet Sie ist an. Bis bald! Wasser noch offen" in text


def test_own_page_asks_who_has_said_nothing(client, kim):
    page = client.get(own_page(kim))

    assert "Sagen, was Sie brauchen" in text_of(page)
    assert f'href="{own_page(kim)}/bedarf"' in page.text


def test_need_is_changed_on_the_own_page(client, kim):
    NeedFactory(registration=kim, kind="wheelchair")
    page = client.get(f"{own_page(kim)}/bedarf")

    answer = press(client, page, "Speichern", arrangements=["hearing-loop"], needs="Wasser")

    assert (answer.status_code, ticked(page)) == (303, ["wheelchair"])
    assert answer.location == f"{own_page(kim)}?getan=bedarf#inhalt"
    assert asked_of("kim@example.org") == Asked((LOOP,), "Wasser")
    assert "Gespeichert" in text_of(follow(client, answer))


def test_need_is_taken_back_on_the_own_page(client, kim):
    NeedFactory(registration=kim, kind="other", text="Wasser")
    page = client.get(f"{own_page(kim)}/bedarf")

    press(client, page, "Speichern", needs="")

    assert asked_of("kim@example.org") == NOTHING


def test_what_was_booked_in_time_stays_on_the_form_of_the_own_page(client, kim, clock):
    NeedFactory(registration=kim, kind="sign-language")
    clock.move_to(kim.event_session.starts_at - timedelta(days=1))

    page = client.get(f"{own_page(kim)}/bedarf")

    assert (ticked(page), "speech-to-text" in offered(page)) == (["sign-language"], False)


def test_what_can_no_longer_be_booked_is_refused_on_the_own_page(client, kim, clock):
    kim.event_session.needs_until = app_clock.now() + timedelta(minutes=1)
    page = client.get(f"{own_page(kim)}/bedarf")
    clock.shift(timedelta(minutes=2))

    answer = press(client, page, "Speichern", arrangements=["sign-language", "wheelchair"])

    assert (answer.status_code, ticked(answer)) == (409, ["wheelchair"])
    assert "Eine Dolmetschung lässt sich hier nicht mehr buchen" in text_of(answer)
    assert asked_of("kim@example.org") == NOTHING


def test_fault_on_the_own_page_is_told_and_the_rest_stays(client, kim):
    page = client.get(f"{own_page(kim)}/bedarf")

    answer = press(client, page, "Speichern", arrangements=["wheelchair"], needs="x" * 301)

    assert (answer.status_code, ticked(answer)) == (422, ["wheelchair"])
    assert summary(answer) == [("needs", "Ihre Angabe darf höchstens 300 Zeichen lang sein")]


def test_form_of_the_own_page_speaks_other_languages_with_what_was_typed(client, kim):
    page = client.get(f"{own_page(kim)}/bedarf")

    answer = client.post(
        f"/en{own_page(kim)}/bedarf", data=form_fields(page.text) | TICKED | {"language": "en"}
    )

    assert (answer.status_code, ticked(answer)) == (200, TICKED["arrangements"])
    assert "What do you need to take part?" in text_of(answer)
    assert db.session.scalars(select(Need)).all() == []


@pytest.mark.parametrize("why", ["over", "withdrawn"])
def test_without_anything_to_prepare_the_own_page_offers_no_form(client, kim, clock, why):
    if why == "over":
        clock.move_to(kim.event_session.ends_at)
    else:
        kim.status = "withdrawn"

    answer = client.get(f"{own_page(kim)}/bedarf")

    assert answer.location == own_page(kim)
    assert "Sagen, was Sie brauchen" not in text_of(client.get(own_page(kim)))


@pytest.mark.parametrize("words", TEXTS)
def test_hostile_words_are_shown_as_they_are(client, evening, sign_up, words):
    answer = sign_up(evening, email="kim@example.org", needs=words)

    if len(words) > 300:
        assert answer.status_code == 422
        return
    page = client.get(own_page(registered("kim@example.org")))
    kept = asked_of("kim@example.org").words
    assert (page.status_code, " ".join(kept.split()) in text_of(page)) == (200, True)


def test_disclosure_tells_all_of_it(client, kim):
    NeedFactory(registration=kim, kind="other", text="Wasser", answer="Ja", actor="staff:1")

    page = client.get(f"{own_page(kim)}/daten")
    [told] = client.get(f"{own_page(kim)}/daten.json").json["registrations"][0]["needs"]

    assert (
        "Was gebraucht wird, um gut teilzunehmen Wasser noch offen Ja Das wird schon gelöscht ab:"
        " Mittwoch, 14. Oktober 2026, 14 Uhr" in text_of(page)
    )
    assert (told["text"], told["answer"], told["actor"]) == ("Wasser", "Ja", "staff")
    assert told["goes_at"] == "2026-10-14T12:00:00+00:00"


def test_privacy_notice_says_that_it_is_kept_and_for_how_long(client):
    text = text_of(client.get("/datenschutz"))

    assert (
        "Was Sie brauchen, um gut teilzunehmen, und was wir dazu geantwortet haben, verschlüsselt"
        in text
    )
    assert "nur wer das plant, sieht es. Gelöscht 7 Tage nach der Veranstaltung." in text
    assert "Artikel 9 Absatz 2 Buchstabe a" in text


@pytest.mark.parametrize(
    "page", ["/termine/abend", "/api/termine", "/kalender.ics", "/termine.json"]
)
def test_strangers_read_nothing_of_it(client, kim, page):
    NeedFactory(registration=kim, kind="other", text="Unverwechselbares")

    assert "Unverwechselbares" not in client.get(page).text

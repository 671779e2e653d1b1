"""The office's task list of what people need, and who sees what of it."""

from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.registration import needs
from chancendialog.registration.models import Arrangement, Need, NeedState, Status
from chancendialog.registration.needs import Asked
from tests.browser_client import PASSWORD, all_rows, form_fields
from tests.factories import EventSessionFactory, HouseFactory, NeedFactory, RegistrationFactory
from tests.web.steps import cells, follow, posted, registered, take_list, text_of

PAGE = "/verwaltung/termine/abend/bedarf"
LOOP = Arrangement.HEARING_LOOP


@pytest.fixture
def evening(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen")


@pytest.fixture
def office(evening, signed_in):
    return signed_in("office")


def need_of(name, evening, kind=LOOP, email="", **facts):
    registration = RegistrationFactory(
        event_session=evening, name=name, email=email or f"{name.lower()}@example.org"
    )
    return NeedFactory(registration=registration, kind=kind, **facts)


def again(need):
    return db.session.get(Need, need.id, populate_existing=True)


def answered(browser, need, state, words=""):
    return browser.fill_in(f"{PAGE}/{need.ulid}", state=state, answer=words)


def test_list_is_grouped_by_arrangement_with_numbers(office, evening):
    need_of("Erika", evening)
    need_of("Jo", evening, state=NeedState.ARRANGED, answer="Ist an")
    need_of("Kim", evening, kind="other", text="Wasser")

    page = office.get(PAGE)

    assert "Höranlage: 2 Personen, 1 offen" in text_of(page)
    assert "anderes: 1 Person, 1 offen" in text_of(page)
    assert cells(page, "hearing-loop") == [
        ["Erika", "noch offen Mo 07.09.2026, 12 Uhr", "–", "Antworten : Erika, Höranlage"],
        ["Jo", "vorbereitet Mo 07.09.2026, 12 Uhr", "Ist an", "Antworten : Jo, Höranlage"],
    ]
    assert [row[0] for row in cells(page, "other")] == ["Kim Wasser"]


def test_list_says_until_when_interpreters_can_be_ticked(office, evening, clock):
    before = text_of(office.get(PAGE))
    clock.move_to(evening.starts_at - timedelta(days=13))

    after = text_of(signed_in_again(office))

    assert "Dolmetschung lässt sich ankreuzen bis Mittwoch, 23. September 2026, 12 Uhr." in before
    assert "Dolmetschung lässt sich seit Mittwoch, 23. September 2026, 12 Uhr nicht mehr" in after


def signed_in_again(browser):
    """Their visit has ended by then."""
    browser.fill_in("/verwaltung/anmelden", email="office@example.org", password=PASSWORD)
    return browser.get(PAGE)


def test_list_says_who_has_no_seat_yet(office, evening):
    need_of("Erika", evening).registration.status = Status.WAITING

    assert cells(office.get(PAGE), "hearing-loop")[0][0] == "Erika Warteliste"


def test_empty_list_says_so(office, evening):
    assert "Bisher braucht niemand etwas." in text_of(office.get(PAGE))


def test_answer_is_saved_and_told_once(office, evening):
    need = need_of("Erika", evening)

    answer = answered(office, need, "arranged", "Sie ist an.")

    assert (answer.status_code, answer.location) == (303, f"{PAGE}#inhalt")
    assert (again(need).state, again(need).answer) == (NeedState.ARRANGED, "Sie ist an.")
    assert posted() == [("needs_answered", "erika@example.org", None)]
    assert "Gespeichert." in text_of(follow(office, answer))


def test_all_who_need_the_same_are_answered_at_once(office, evening):
    erika, jo = (need_of(name, evening) for name in ("Erika", "Jo"))
    jo.registration.email = None
    done = need_of("Kim", evening, state=NeedState.ARRANGED, answer="Schon gesagt")
    seat = need_of("Lou", evening, kind="wheelchair")
    page = office.get(f"{PAGE}/{erika.ulid}")

    answer = office.post(
        page.request.path,
        data=form_fields(page.text) | {"state": "arranged", "answer": "Ist an", "for_all": "y"},
    )

    assert "Dasselbe antworten für eine weitere Person" in text_of(page)
    assert [again(one).answer for one in (erika, jo, done, seat)] == [
        "Ist an",
        "Ist an",
        "Schon gesagt",
        None,
    ]
    assert posted() == [("needs_answered", "erika@example.org", None)]
    told = text_of(follow(office, answer))
    assert "Gespeichert für 2 Personen." in told
    assert "Ohne E-Mail-Adresse, bitte anrufen: Jo" in told


def test_own_words_are_answered_one_by_one(office, evening):
    kim, _jo = (need_of(name, evening, kind="other", text="Wasser") for name in ("Kim", "Jo"))

    assert "for_all" not in office.get(f"{PAGE}/{kim.ulid}").text


def test_a_bare_no_is_asked_for_what_is_possible_instead(office, evening):
    need = need_of("Erika", evening)

    answer = answered(office, need, "cannot", " ")

    assert answer.status_code == 422
    assert "Schreiben Sie der Person, was stattdessen geht" in text_of(answer)
    assert again(need).state is NeedState.OPEN


@pytest.mark.parametrize(
    ("state", "words", "told"),
    [
        ("later", "", "Wählen Sie eine der Möglichkeiten"),
        ("arranged", "x" * 501, "Die Antwort darf höchstens 500 Zeichen lang sein"),
    ],
)
def test_fault_is_told_beside_its_field(office, evening, state, words, told):
    need = need_of("Erika", evening)

    answer = answered(office, need, state, words)

    assert (answer.status_code, told in text_of(answer)) == (422, True)
    assert words in answer.text


def test_two_colleagues_do_not_answer_over_each_other(office, evening):
    need = need_of("Erika", evening)
    page = office.get(f"{PAGE}/{need.ulid}")
    answered(office, need, "arranged", "Von der einen")

    typed = form_fields(page.text) | {"state": "cannot", "answer": "Von dem anderen"}
    first = office.post(f"{PAGE}/{need.ulid}", data=typed)
    kept = again(need).answer
    second = office.post(
        f"{PAGE}/{need.ulid}",
        data=form_fields(first.text) | typed | {"shown": form_fields(first.text)["shown"]},
    )

    assert (first.status_code, kept) == (422, "Von der einen")
    assert "Das hat inzwischen jemand anders geändert." in text_of(first)
    assert (second.status_code, again(need).answer) == (303, "Von dem anderen")


def test_need_that_is_gone_is_not_found(office, evening):
    need = need_of("Erika", evening)
    url = f"{PAGE}/{need.ulid}"
    form = form_fields(office.get(url).text)
    needs.say(need.registration, needs.NOTHING)

    answer = office.post(url, data=form | {"state": "arranged"})

    assert answer.status_code == 404


def test_who_has_no_address_is_to_be_called(office, evening):
    need = need_of("Erika", evening)
    need.registration.email = None

    listed = cells(office.get(PAGE), "hearing-loop")
    page = office.get(f"{PAGE}/{need.ulid}")
    saved = follow(office, answered(office, need, "arranged"))

    assert "bitte anrufen" in listed[0][2]
    assert "Diese Person hat keine E-Mail-Adresse angegeben." in text_of(page)
    assert "Ohne E-Mail-Adresse, bitte anrufen: Erika" in text_of(saved)
    assert posted() == []


def test_open_needs_are_marked_where_staff_look(office, evening):
    need = need_of("Erika", evening)
    places = ["/verwaltung/", "/verwaltung/termine/abend"]

    before = [text_of(office.get(one)) for one in places]
    answered(office, need, "arranged")
    after = [text_of(office.get(one)) for one in places]

    assert ["1 offen" in one for one in before + after] == [True, True, False, False]
    assert "Bedarf" in after[1]


def test_person_page_shows_it(office, evening):
    need = need_of("Erika", evening, kind="other", text="Wasser")

    page = office.get(f"/verwaltung/termine/abend/personen/{need.registration.ulid}")

    assert "Bedarf Wasser noch offen" in text_of(page)
    assert f'href="{PAGE}"' in page.text


def test_entry_by_phone_notes_it_at_any_time(office, evening, clock):
    evening.needs_until = app_clock.now() - timedelta(days=1)

    answer = office.fill_in(
        "/verwaltung/termine/abend/anmelden",
        name="Kim", party_size="1", email="kim@example.org",
        arrangements=["sign-language"], needs="Wasser",
    )  # fmt: skip

    assert answer.status_code == 303
    kim = registered("kim@example.org")
    assert needs.asked_by(kim) == Asked((Arrangement.SIGN_LANGUAGE,), "Wasser")
    assert {one.actor.partition(":")[0] for one in needs.of(kim)} == {"staff"}


def test_entry_that_is_refused_keeps_it(office, evening):
    evening.capacity = 0

    answer = office.fill_in(
        "/verwaltung/termine/abend/anmelden",
        name="Kim", party_size="1", arrangements=["wheelchair"], needs="Wasser",
    )  # fmt: skip

    assert answer.status_code == 409
    assert "checked" in answer.text.partition('value="wheelchair"')[0].rpartition("<input")[2]
    assert "Wasser</textarea>" in answer.text


@pytest.fixture
def tonight(evening):
    evening.starts_at = app_clock.now() + timedelta(hours=3)
    evening.ends_at = app_clock.now() + timedelta(hours=5)
    db.session.commit()
    return evening


@pytest.mark.parametrize(
    ("kind", "is_kept"), [("wheelchair", True), ("assistance-dog", True), ("hearing-loop", False)]
)
def test_door_sees_that_a_seat_is_kept_and_not_why(tonight, at_the_door, kind, is_kept):
    need_of("Erika", tonight, kind=kind)
    need_of("Jo", tonight, kind="other", text="Unverwechselbares", answer="Antwort")

    text = text_of(at_the_door(tonight).get("/verwaltung/termine/abend/einlass"))

    assert ("Erika Platz freihalten" in text) is is_kept
    hidden = ("Rollstuhl", "hund", "Höranlage", "Unverwechselbares", "Antwort")
    assert [word for word in hidden if word in text] == []


def test_door_may_not_read_needs(tonight, at_the_door):
    need = need_of("Erika", tonight)
    door = at_the_door(tonight)

    assert [door.get(one).status_code for one in (PAGE, f"{PAGE}/{need.ulid}")] == [403, 403]
    assert "Bedarf" not in text_of(door.get("/verwaltung/"))


def test_lists_to_take_away_hold_nothing_of_it(office, evening):
    need_of("Erika", evening, kind="other", text="Unverwechselbares")

    csv = take_list(office, "csv").data.decode()
    book = load_workbook(BytesIO(take_list(office, "xlsx").data))

    sheet = [cell for row in book.active.iter_rows(values_only=True) for cell in row]
    assert ("Erika" in csv, "Unverwechselbares" in csv) == (True, False)
    assert ("Erika" in sheet, "Unverwechselbares" in str(sheet)) == (True, False)


def test_deadline_is_set_on_the_page_of_seats(office, evening):
    url = "/verwaltung/termine/abend/plaetze"

    late = office.fill_in(url, needs_until="2027-01-01T12:00")
    saved = office.fill_in(url, needs_until="2026-10-01T12:00")

    assert late.status_code == 422
    assert "Diese Frist muss vor dem Beginn enden" in text_of(late)
    assert saved.status_code == 303
    db.session.refresh(evening)
    assert f"{evening.needs_until:%Y-%m-%d %H:%M}" == "2026-10-01 10:00"
    assert "ankreuzen bis Donnerstag, 1. Oktober 2026, 12 Uhr" in text_of(office.get(PAGE))


def test_reading_changes_nothing(office, evening):
    need = need_of("Erika", evening)
    before = all_rows()

    assert [office.get(one).status_code for one in (PAGE, f"{PAGE}/{need.ulid}")] == [200, 200]
    assert all_rows() == before


def test_pages_cost_the_same_for_any_number_of_needs(office, evening, count_queries):
    HouseFactory()
    pages = [PAGE, "/verwaltung/termine/abend", "/verwaltung/", "/verwaltung/termine/abend/einlass"]
    need_of("Erika", evening)
    few = [count_queries(office, page) for page in pages]
    for number in range(5):
        need_of(f"Kim{number}", evening)

    assert [count_queries(office, page) for page in pages] == few

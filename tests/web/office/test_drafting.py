"""From a draft to the public page: made once, changed by two, looked at, published, deleted."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.programme.models import Confirmation, EventSession, SessionStatus
from chancendialog.registration.models import Dispatch, Status
from tests.browser_client import all_rows
from tests.factories import (
    EventSessionFactory,
    RegistrationFactory,
    SeriesFactory,
    TopicFactory,
    VenueFactory,
)
from tests.hostile import MARKUP
from tests.web.steps import as_shown, buttons, press, text_of

NEW = "/verwaltung/termine/neu"
SESSION = "/verwaltung/termine/abend"
EDIT, PREVIEW, DISCARD = f"{SESSION}/bearbeiten", f"{SESSION}/vorschau", f"{SESSION}/loeschen"
EVENING = {
    "starts_at": "2026-11-12T18:00",
    "ends_at": "2026-11-12T20:00",
    "venue": "haus",
    "title_de": "Wie wollen wir wohnen?",
    "capacity": "40",
}


@pytest.fixture
def house(app, clock):
    """A series, a place and two topics, to plan with."""
    SeriesFactory()
    TopicFactory(slug="wohnen", title="Wohnen")
    TopicFactory(slug="bildung", title="Bildung")
    return VenueFactory(slug="haus", name="Haus")


@pytest.fixture
def office(house, signed_in):
    return signed_in("office")


@pytest.fixture
def draft(house):
    return EventSessionFactory(
        slug="abend", title="Wohnen", venue=house, status=SessionStatus.DRAFT, room="Raum 1"
    )


def saved(slug="abend"):
    db.session.rollback()
    return db.session.query(EventSession).filter_by(slug=slug).populate_existing().one()


def slugs():
    return [slug for (slug,) in db.session.query(EventSession.slug).order_by(EventSession.id)]


def create(browser, url=NEW, **values):
    return browser.post(url, data=as_shown(browser.get(url)) | EVENING | values)


def edit(browser, **values):
    return browser.post(EDIT, data=as_shown(browser.get(EDIT)) | values)


def summary(page):
    """The sentences on top of a form with faults, each with the field it leads to."""
    return re.findall(r'<li><a href="#([^"]*)">([^<]*)</a></li>', page.text)


def said(browser, answer):
    """What the page says after a deed."""
    page = browser.read(answer.location)
    return re.findall(r'<p class="kern-title">([^<]*)</p>', page.text)


def noted(event_session):
    return [journal.sentence(entry) for entry in journal.of_scope(event_session.thread)][::-1]


# making one


def test_new_session_is_a_draft_with_all_that_was_filled_in(office):
    answer = create(
        office,
        room="Raum 2",
        description_de="**Viel** zu sagen\r\n\r\n- eins",
        speakers_de="Kim Muster",
        title_en="How do we want to live?",
        notes_einfach="Kommen Sie früh.",
        topics=["bildung", "wohnen"],
        photos="on",
        party_limit="2",
        waiting_list="off",
        confirmation="by-mail",
        registration_opens_at="2026-10-01T08:00",
    )

    one = saved("2026-11-12-wie-wollen-wir-wohnen")
    assert (answer.status_code, answer.location) == (
        303,
        f"/verwaltung/termine/{one.slug}/vorschau#inhalt",
    )
    assert said(office, answer) == ["Der Entwurf ist angelegt."]
    assert (one.status, one.title, one.description, one.speakers) == (
        SessionStatus.DRAFT, "Wie wollen wir wohnen?", "**Viel** zu sagen\n\n- eins", "Kim Muster",
    )  # fmt: skip
    assert (one.starts_at, one.ends_at) == (
        datetime(2026, 11, 12, 17, tzinfo=UTC),
        datetime(2026, 11, 12, 19, tzinfo=UTC),
    )
    assert (one.venue.slug, one.room, [topic.slug for topic in one.topics]) == (
        "haus", "Raum 2", ["wohnen", "bildung"],
    )  # fmt: skip
    assert one.translations == {
        "en": {"title": "How do we want to live?"},
        "de-simple": {"notes": "Kommen Sie früh."},
    }
    assert (one.capacity, one.party_limit, one.waiting_list, one.offers) == (40, 2, False, True)
    assert (one.confirmation, one.photos) == (Confirmation.BY_MAIL, True)
    assert one.registration_opens_at == datetime(2026, 10, 1, 6, tzinfo=UTC)
    assert noted(one) == ["Termin angelegt"]


def test_form_sent_twice_makes_one_session(office):
    data = as_shown(office.get(NEW)) | EVENING

    answers = [office.post(NEW, data=data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert slugs() == ["2026-11-12-wie-wollen-wir-wohnen"]


def test_address_that_somebody_has_gets_a_number(office):
    for _ in range(3):
        create(office)

    address = "2026-11-12-wie-wollen-wir-wohnen"
    assert slugs() == [address, f"{address}-2", f"{address}-3"]


def test_address_may_be_chosen(office):
    create(office, slug="wohnen-2026")

    assert slugs() == ["wohnen-2026"]


def test_evening_in_english_has_its_own_words_in_english(office):
    create(office, language="en", title_en="Living", title_de="")

    one = saved("2026-11-12-living")
    assert (one.language, one.title, one.translations) == ("en", "Living", {})


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"title_de": " "}, ("title_de", "Geben Sie einen Titel auf Deutsch ein")),
        ({"language": "en"}, ("title_en", "Geben Sie einen Titel auf Englisch ein")),
        ({"language": "fr"}, ("language-0", "Wählen Sie eine der Möglichkeiten")),
        ({"title_de": "x" * 121}, ("title_de", "Titel auf Deutsch: höchstens 120 Zeichen")),
        (
            {"description_einfach": "x" * 10_001},
            ("description_einfach", "Beschreibung in Einfacher Sprache: höchstens 10.000 Zeichen"),
        ),
        ({"starts_at": ""}, ("starts_at", "Sagen Sie, wann es beginnt")),
        (
            {"starts_at": "2026-09-01T18:00", "ends_at": ""},
            ("starts_at", "Der Beginn liegt in der Vergangenheit"),
        ),
        ({"ends_at": "2026-11-12T17:00"}, ("ends_at", "Das Ende muss nach dem Beginn liegen")),
        (
            {"starts_at": "2027-03-28T02:30", "ends_at": ""},
            (
                "starts_at",
                "Beginn: diese Uhrzeit gibt es nicht, die Uhr wird da vorgestellt",
            ),
        ),
        ({"venue": "woanders"}, ("venue", "Wählen Sie einen Ort")),
        ({"topics": ["erfunden"]}, ("topics-0", "Wählen Sie unter diesen Themen")),
        (
            {"slug": "Große Adresse"},
            ("slug", "Nehmen Sie für die Adresse nur kleine Buchstaben, Ziffern und Bindestriche"),
        ),
        ({"slug": "neu"}, ("slug", "Diese Adresse brauchen wir selbst. Nehmen Sie eine andere")),
        ({"slug": "abend"}, ("slug", "Diese Adresse hat schon „Wohnen“")),
        ({"slug": "x" * 81}, ("slug", "Die Adresse darf höchstens 80 Zeichen lang sein")),
        (
            {"capacity": ""},
            ("capacity", "Geben Sie bei „Plätze“ eine ganze Zahl von 0 bis 100.000 ein"),
        ),
        (
            {
                "registration_opens_at": "2026-10-01T18:00",
                "registration_closes_at": "2026-10-01T18:00",
            },
            ("registration_closes_at", "Die Anmeldung muss enden, nachdem sie begonnen hat"),
        ),
    ],
)
def test_one_fault_is_one_kind_sentence_and_all_that_was_typed_stays(office, draft, values, fault):
    before = all_rows()

    page = create(office, **{"title_einfach": "Wohnen"} | values)

    assert page.status_code == 422
    assert summary(page) == [fault]
    assert "<title>Fehler: Neuer Termin" in page.text
    assert as_shown(page)["title_einfach"] == "Wohnen"
    assert all_rows() == before


def test_nothing_to_plan_with_is_said(app, signed_in):
    page = signed_in("office").get(NEW)

    assert page.status_code == 409
    assert "Laden Sie erst das Programm" in page.text


def test_as_much_as_the_fields_allow_is_let_in(office):
    emoji = "🎉" * 10_000
    texts = {f"description_{language}": emoji for language in ("de", "en", "einfach")}

    answer = office.post(
        NEW,
        data=as_shown(office.get(NEW)) | EVENING | texts,
        content_type="multipart/form-data",
    )

    assert answer.status_code == 303
    assert saved("2026-11-12-wie-wollen-wir-wohnen").description == emoji


@pytest.mark.parametrize("text", [*MARKUP, "=1+1", "\u202eabc", "🎉", "a\x00b", "%00", "{{ 7*7 }}"])
def test_hostile_words_are_stored_as_typed_and_shown_harmlessly(office, text):
    seen = re.sub(r"[\x00\u202e]", "", text).strip()

    answer = create(office, title_de=text, description_de=text, slug="abend")
    page = office.read(answer.location)

    assert (saved().title, saved().description) == (" ".join(seen.split()), seen)
    assert "<script>alert" not in page.text
    assert office.get(EDIT).status_code == 200


# copying


def test_copy_takes_over_everything_but_when_it_is(office, house):
    source = EventSessionFactory(
        slug="vorbild",
        title="Wohnen",
        description="Viel.",
        venue=house,
        room="Raum 1",
        capacity=33,
        reminder_days=None,
        needs_days=5,
        translations={"en": {"title": "Living"}},
        registration_closes_at=app_clock.now(),
    )
    page = office.get(f"{NEW}?von=vorbild")

    answer = office.post(
        f"{NEW}?von=vorbild", data=as_shown(page) | {"starts_at": "2026-12-01T18:00"}
    )

    assert (as_shown(page)["starts_at"], as_shown(page)["registration_closes_at"]) == ("", "")
    assert said(office, answer) == ["Der Entwurf ist angelegt."]
    one = saved("2026-12-01-wohnen")
    assert (one.title, one.description, one.room, one.capacity, one.venue.slug) == (
        "Wohnen", "Viel.", "Raum 1", 33, "haus",
    )  # fmt: skip
    assert (one.reminder_days, one.needs_days, one.translations) == (
        None, 5, {"en": {"title": "Living"}},
    )  # fmt: skip
    assert (one.ulid == source.ulid, one.ical_uid == source.ical_uid) == (False, False)


def test_colleague_who_changes_the_source_meanwhile_changes_no_copy(office, house):
    source = EventSessionFactory(slug="vorbild", title="Wohnen", venue=house)
    data = as_shown(office.get(f"{NEW}?von=vorbild")) | {"starts_at": "2026-12-01T18:00"}
    source.title = "Anders"

    office.post(f"{NEW}?von=vorbild", data=data)

    assert saved("2026-12-01-wohnen").title == "Wohnen"


def test_copy_of_nothing_is_no_page(office):
    assert office.get(f"{NEW}?von=gibt-es-nicht").status_code == 404


# changing


def test_form_sent_as_it_was_changes_nothing(office, draft):
    draft.starts_at += timedelta(seconds=30)
    db.session.commit()
    before = saved().changed_at, saved().starts_at

    answer = edit(office)

    assert said(office, answer) == ["Es war nichts zu ändern."]
    assert (saved().changed_at, saved().starts_at) == before
    assert noted(draft) == []


def test_draft_moves_and_gets_another_address_without_a_letter(office, draft, letters):
    VenueFactory(slug="rathaus")

    answer = edit(
        office, starts_at="2026-12-01T18:00", ends_at="", venue="rathaus", room="", slug="anders"
    )

    one = saved("anders")
    assert answer.location == "/verwaltung/termine/anders/vorschau#inhalt"
    assert (one.starts_at, one.ends_at, one.venue.slug, one.room) == (
        datetime(2026, 12, 1, 17, tzinfo=UTC), None, "rathaus", "",
    )  # fmt: skip
    assert letters() == []


def test_draft_whose_day_has_passed_can_still_be_reworded(office, draft):
    draft.starts_at, draft.ends_at = app_clock.now() - timedelta(hours=3), None

    answer = edit(office, title_de="Neu")

    assert (answer.status_code, saved().title) == (303, "Neu")


def test_words_of_a_published_session_change_and_calendars_hear_of_it(
    office, draft, letters, clock
):
    draft.status = SessionStatus.PUBLISHED
    RegistrationFactory(event_session=draft)
    revision = draft.series.revision
    clock.shift(60)

    answer = edit(office, title_de="Neu", title_en="New", topics=["wohnen"])

    assert said(office, answer) == ["Gespeichert."]
    one = saved()
    assert (one.title, one.translations) == ("Neu", {"en": {"title": "New"}})
    assert [topic.slug for topic in one.topics] == ["wohnen"]
    assert (one.changed_at == app_clock.now(), one.series.revision != revision) == (True, True)
    assert (one.ical_sequence, letters()) == (0, [])


def test_when_and_where_of_a_published_session_is_not_changed_here(office, draft):
    draft.status, before = SessionStatus.PUBLISHED, draft.starts_at

    page = office.get(EDIT)
    edit(office, starts_at="2026-12-01T18:00", slug="anders", capacity="1")

    assert f'href="{SESSION}/verlegen"' in page.text
    assert (saved().starts_at, saved().capacity) == (before, 10)


def test_session_that_turns_english_keeps_its_german_words(office, draft):
    edit(office, language="en", title_en="Living")

    one = saved()
    assert (one.title, one.text("title", "de").words) == ("Living", "Wohnen")
    assert (one.description, one.text("description", "de").words) == (
        "", "Wie wollen wir wohnen?",
    )  # fmt: skip


def test_two_colleagues_change_different_words(office, draft, signed_in):
    mine = as_shown(office.get(EDIT)) | {"title_en": "Living"}
    colleague = signed_in("admin")
    edit(colleague, room="Raum 2", topics=["wohnen"])

    answer = office.post(EDIT, data=mine)

    assert said(office, answer) == [
        "Gespeichert.",
        "Inzwischen hat jemand anders geändert, und das bleibt so: Themen: – → Wohnen;"
        " Raum: Raum 1 → Raum 2",
    ]
    one = saved()
    assert (one.room, one.translations, len(one.topics)) == (
        "Raum 2",
        {"en": {"title": "Living"}},
        1,
    )


def test_two_colleagues_change_the_same_words(office, draft, signed_in):
    mine = as_shown(office.get(EDIT)) | {"title_de": "Von mir"}
    edit(signed_in("admin"), title_de="Von der Kollegin")

    page = office.post(EDIT, data=mine)

    assert page.status_code == 422
    assert summary(page) == [
        (
            "title_de",
            "Inzwischen geändert von Büro, Mo 07.09.2026, 12 Uhr: Wohnen → Von der Kollegin",
        )
    ]
    assert as_shown(page)["title_de"] == "Von mir"
    assert saved().title == "Von der Kollegin"
    office.post(EDIT, data=as_shown(page))
    assert saved().title == "Von mir"


def test_what_every_language_is_to_have_is_marked_where_it_is_missing(office, draft):
    draft.translations = {"en": {"title": "Living", "description": "Much."}}

    assert re.findall(r">(\w+) fehlt<", office.get(EDIT).text) == ["Titel", "Beschreibung"]


# looking at it


def test_preview_is_the_public_page_for_staff_only(office, draft, client):
    draft.translations = {"en": {"title": "Living"}}

    german, english = office.get(PREVIEW), office.get(f"{PREVIEW}?sprache=en")

    assert "Das ist ein Entwurf, den außer dem Büro niemand sieht." in text_of(german)
    assert "10 Plätze frei" in text_of(german)
    assert ">Living</span></h1>" in english.text
    assert '<html lang="en">' in english.text
    assert "Back to the programme" in text_of(english)
    assert client.get("/termine/abend").status_code == 404


def test_preview_says_what_is_missing(office, draft):
    draft.room = ""

    assert (
        "Es fehlt noch: Titel auf Englisch, Beschreibung auf Englisch, Titel in Einfacher Sprache,"
        " Beschreibung in Einfacher Sprache, Raum, Themen." in text_of(office.get(PREVIEW))
    )


def test_session_says_on_its_page_what_is_missing_until_it_is_over(office, draft):
    before = text_of(office.get(SESSION))
    draft.starts_at = app_clock.now() - timedelta(days=1)
    draft.ends_at = None
    after = text_of(office.get(SESSION))

    assert ["unvollständig" in before, "unvollständig" in after] == [True, False]


def test_unknown_language_is_german(office, draft):
    assert '<html lang="de">' in office.get(f"{PREVIEW}?sprache=tlh").text


# publishing


def test_draft_is_published_once(office, draft, client):
    page = office.get(PREVIEW)

    answer = press(office, page, "Veröffentlichen")

    assert said(office, answer) == ["Der Termin ist veröffentlicht."]
    assert said(office, press(office, page, "Veröffentlichen")) == ["Es war nichts zu ändern."]
    assert client.get("/termine/abend").status_code == 200
    assert noted(draft) == ["Stand: Entwurf → veröffentlicht"]
    assert "Zur öffentlichen Seite" in text_of(office.get(PREVIEW))


def test_draft_that_somebody_changed_is_not_published_unseen(office, draft, signed_in, clock):
    page = office.get(PREVIEW)
    clock.shift(1)
    edit(signed_in("admin"), title_de="Von der Kollegin")

    answer = press(office, page, "Veröffentlichen")

    assert said(office, answer) == [
        "Der Entwurf ist inzwischen ein anderer. Sehen Sie ihn noch einmal an."
    ]
    assert saved().status is SessionStatus.DRAFT


def test_draft_of_the_past_cannot_be_published(office, draft):
    page = office.get(PREVIEW)
    draft.starts_at, draft.ends_at = app_clock.now() - timedelta(minutes=1), None

    answer = press(office, page, "Veröffentlichen")

    assert answer.status_code == 409
    assert "Geben Sie ihm erst einen neuen Beginn" in answer.text
    assert "Veröffentlichen" not in buttons(office.get(PREVIEW))
    assert saved().status is SessionStatus.DRAFT


# deleting


def test_draft_is_deleted_after_a_question_with_its_unsent_letters(office, draft):
    db.session.add(Dispatch(event_session=draft, kind="message", actor="staff:1", text="Hallo"))
    draft.topics = [TopicFactory()]
    thread = draft.thread

    answer = press(office, office.get(DISCARD), "Entwurf löschen")

    assert (answer.status_code, answer.location) == (303, "/verwaltung/#inhalt")
    assert said(office, answer) == ["Der Entwurf ist gelöscht."]
    assert slugs() == []
    assert [journal.sentence(one) for one in journal.of_scope(thread)] == [
        "Entwurf gelöscht: abend"
    ]


def test_what_people_know_of_is_not_deleted(office, draft):
    page = office.get(DISCARD)
    draft.status = SessionStatus.PUBLISHED

    answer = press(office, page, "Entwurf löschen")

    assert answer.status_code == 409
    assert "Löschen lässt sich nur ein Entwurf." in answer.text
    assert buttons(office.get(DISCARD)) == []
    assert slugs() == ["abend"]


def test_draft_that_somebody_had_signed_up_to_is_not_deleted(office, draft):
    RegistrationFactory(event_session=draft, status=Status.WITHDRAWN)

    answer = press(office, office.get(DISCARD), "Entwurf löschen")

    assert answer.status_code == 409
    assert slugs() == ["abend"]


@pytest.mark.parametrize("url", [EDIT, PREVIEW, DISCARD, NEW, f"{NEW}?von=abend"])
def test_pages_ask_the_database_as_often_for_many_as_for_one(office, draft, count_queries, url):
    for_one = count_queries(office, url)
    EventSessionFactory.create_batch(4)
    TopicFactory.create_batch(4)
    VenueFactory.create_batch(4)

    assert count_queries(office, url) == for_one


@pytest.mark.parametrize("page", ["bearbeiten", "vorschau", "loeschen", "wiederholen"])
def test_unknown_session_is_no_page(office, page):
    assert office.get(f"/verwaltung/termine/gibt-es-nicht/{page}").status_code == 404

"""Staff change what pages say, look at it before, and find what it said."""

import html
import re

import html5lib
import pytest
from sqlalchemy import select

from chancendialog import house, journal, versions
from chancendialog.extensions import db
from chancendialog.house import Fact
from chancendialog.i18n import Text
from chancendialog.journal import JournalEntry
from chancendialog.versions import TextVersion
from tests.browser_client import all_rows
from tests.factories import HouseFactory
from tests.hostile import MARKUP, ODD
from tests.web.steps import cells, press, text_of

TEXTS = "/verwaltung/texte"
CONTACT = f"{TEXTS}/buero"
NEW_HINT = f"{TEXTS}/hinweise/neu"
OFFICE = {
    "name": "Büro für Beispiele",
    "street": "Am Markt 1",
    "postcode": "12345",
    "city": "Musterstadt",
    "phone": "0123 456-789",
    "phone_hours": "",
    "email": "buero@example.org",
}
DAYS = {"first_day": "2026-09-07", "last_day": "2026-09-08"}


@pytest.fixture
def office(signed_in, clock):
    HouseFactory()
    return signed_in("office")


def fact(name):
    return f"{TEXTS}/angaben/{name}"


def send(browser, url, **values):
    """Open the page, fill in its form and save it."""
    return press(browser, browser.get(url), "Speichern", **values)


def look(browser, url, language="de", **values):
    """The same, to look at it: the page in the frame."""
    page = press(browser, browser.get(url), "Speichern", vorschau=language, **values)
    assert page.status_code == 200
    [found] = re.findall(r'srcdoc="([^"]*)"', page.text)
    return html.unescape(found)


def texts_of(*abouts):
    return [(one.language, one.before, one.after, one.actor) for one in versions.of(abouts)]


def notes():
    """What the journal says of texts."""
    rows = db.session.scalars(
        select(JournalEntry).where(JournalEntry.thread == versions.THREAD).order_by(JournalEntry.id)
    )
    return [journal.sentence(row) for row in rows]


def harmful(page):
    """What a text would have to be to do anything: scripts, frames, pictures and handlers."""
    elements = html5lib.parse(page.text, namespaceHTMLElements=False).iter()
    known = [one for one in elements if isinstance(one.tag, str)]
    return [
        one.tag
        for one in known
        if one.tag in ("script", "iframe")
        or (one.tag == "img" and not one.get("src").startswith("/"))
        or any(name.startswith(("on", "autofocus")) for name in one.attrib)
    ]


def put_back(browser, about):
    """Press what restores the text before its last change."""
    [last, *_older] = versions.of([about])
    page = browser.get(TEXTS)
    token = re.search(r'name="csrf_token" value="([^"]*)"', page.text)[1]
    return browser.post(f"{TEXTS}/fassungen/{last.id}/zurueck", data={"csrf_token": token})


def test_contact_is_changed_on_all_pages_and_what_it_was_is_kept(office, client):
    answer = send(office, CONTACT, **OFFICE | {"phone": "0511 1234", "phone_hours": "9 bis 12 Uhr"})

    assert answer.status_code == 303
    assert "9 bis 12 Uhr" in text_of(client.get("/impressum"))
    assert 'href="tel:05111234"' in client.get("/").text
    [editor] = {one.actor for one in versions.of(["contact:phone"])}
    assert editor.startswith("staff:")
    assert texts_of("contact:phone", "contact:phone_hours") == [
        ("de", "", "9 bis 12 Uhr", editor),
        ("de", "0123 456-789", "0511 1234", editor),
    ]
    assert notes() == [
        "Text geändert: Telefon des Büros (Deutsch)",
        "Text geändert: Zeiten, zu denen das Büro ans Telefon geht (Deutsch)",
    ]


def test_contact_is_written_where_no_programme_file_did(signed_in, client):
    send(signed_in("office"), CONTACT, **OFFICE)

    assert house.contact()._asdict() == OFFICE


def test_saving_what_stands_there_changes_nothing(office):
    before = all_rows()

    answers = [send(office, CONTACT, **OFFICE), send(office, fact("vat_id"), de="", en="")]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert all_rows() == before


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "Geben Sie den Namen des Büros ein"),
        ({"email": "buero@"}, "Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein"),
        ({"phone": "1" * 201}, "Schreiben Sie hier höchstens 200 Zeichen"),
    ],
)
def test_wrong_contact_is_asked_for_again_and_the_rest_kept(office, wrong, sentence):
    page = send(office, CONTACT, **OFFICE | {"city": "Neustadt"} | wrong)

    assert page.status_code == 422
    assert sentence in text_of(page)
    assert 'value="Neustadt"' in page.text
    assert house.contact().city == "Musterstadt"


def test_fact_is_said_in_two_languages_with_its_lines(office, client):
    send(office, fact("supervision"), de="Ministerium\nhttps://mi.example.org", en="The ministry")

    assert house.facts("en")[Fact.SUPERVISION] == Text("The ministry", "en")
    page = client.get("/impressum").text
    assert "<span>Ministerium<br>" in page
    assert 'href="https://mi.example.org"' in page
    assert "The ministry" in client.get("/en/impressum").text


def test_empty_fact_is_a_gap_again(office):
    send(office, fact("supervision"), de="Ministerium", en="")
    send(office, fact("supervision"), de=" ", en="")

    assert Fact.SUPERVISION in house.gaps()


def test_a_day_is_a_day(office, client):
    page = send(office, fact("assessed_on"), day="übermorgen")
    send(office, fact("assessed_on"), day="2026-09-01")

    assert page.status_code == 422
    assert "Geben Sie bei „Tag“ einen Tag an, zum Beispiel 01.10.2026" in text_of(page)
    assert "Zuletzt geprüft am: 1. September 2026" in text_of(client.get("/barrierefreiheit"))


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("supervision", "Impressum"),
        ("server_log", "Datenschutz-Hinweise"),
        ("arbitration", "Erklärung zur Barrierefreiheit"),
    ],
)
def test_fact_is_looked_at_on_its_page_and_not_saved(office, name, title):
    before = all_rows()

    page = look(office, fact(name), de="Probeweise gesagt", en="")

    assert f"<h1>{title}</h1>" in page
    assert "Probeweise gesagt" in page
    assert all_rows() == before


def test_preview_keeps_what_was_typed_and_speaks_the_language_asked_for(office):
    sent = {"de": "Ministerium", "en": "The ministry"}
    page = press(office, office.get(fact("supervision")), "Speichern", vorschau="en", **sent)

    assert ">\nMinisterium</textarea>" in page.text.replace("\r", "")
    assert "Supervisory authority" in html.unescape(page.text)
    assert "Gespeichert ist noch nichts" in text_of(page)


def test_contact_is_looked_at_in_imprint_and_footer(office, client):
    page = look(office, CONTACT, **OFFICE | {"phone": "0511 4321"})

    assert page.count("0511&nbsp;4321") >= 2
    assert "4321" not in client.get("/impressum").text


def test_preview_of_a_wrong_form_asks_again(office):
    page = press(office, office.get(CONTACT), "Speichern", vorschau="de", **OFFICE | {"name": ""})

    assert page.status_code == 422
    assert "srcdoc" not in page.text


def test_who_saves_over_somebody_elses_words_is_asked(office):
    page = office.get(fact("supervision"))
    house.say(Fact.SUPERVISION, "Von nebenan", actor="staff:1")

    answer = press(office, page, "Speichern", de="Von mir", en="")
    seen = house.facts()[Fact.SUPERVISION].words
    again = press(office, answer, "Speichern", de="Von mir", en="")

    assert answer.status_code == 422
    assert "Das hat inzwischen jemand anders geändert" in text_of(answer)
    assert seen == "Von nebenan"
    assert again.status_code == 303
    assert house.facts()[Fact.SUPERVISION].words == "Von mir"


def test_what_a_text_said_is_put_back_as_a_new_version(office):
    send(office, fact("supervision"), de="Erst", en="")
    send(office, fact("supervision"), de="Dann", en="")

    answer = put_back(office, "fact:supervision")
    rows = cells(office.get(fact("supervision")), "fassungen")

    assert answer.status_code == 303
    assert house.facts()[Fact.SUPERVISION].words == "Erst"
    assert [row[1:4] for row in rows] == [
        ["Kommunalaufsicht, Deutsch", "Dann", "Erst"],
        ["Kommunalaufsicht, Deutsch", "Erst", "Dann"],
        ["Kommunalaufsicht, Deutsch", "–", "Erst"],
    ]
    assert "office@example.org" in rows[0][0]


def test_contact_and_hint_are_put_back_too(office):
    send(office, CONTACT, **OFFICE | {"phone": "0511 1"})
    send(office, NEW_HINT, de="Heute zu", en="", simple="", **DAYS)
    [made] = db.session.scalars(select(TextVersion).where(TextVersion.about.startswith("hint:")))
    send(office, f"{TEXTS}/hinweise/{made.which}", de="Heute offen", en="", simple="", **DAYS)

    answers = [put_back(office, about) for about in ("contact:phone", made.about)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert house.contact().phone == "0123 456-789"
    assert "Heute zu" in office.get("/").text


def test_what_must_be_said_is_not_put_back_to_nothing(signed_in, clock):
    office = signed_in("office")
    send(office, CONTACT, **OFFICE)
    send(office, NEW_HINT, de="Heute zu", en="", simple="", **DAYS)
    [made] = db.session.scalars(select(TextVersion).where(TextVersion.about.startswith("hint:")))

    answers = [put_back(office, about) for about in ("contact:name", made.about)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert ["Davor gab es hier keinen Text" in text_of(answer) for answer in answers] == [True] * 2


def test_hint_is_read_on_all_pages_as_long_as_it_lasts(office, client, clock):
    send(office, NEW_HINT, de="Das Telefon\nschweigt.", en="No phone.", simple="", **DAYS)
    addresses = ("/", "/en/", "/einfach/", "/impressum", "/meine-anmeldungen", "/gibt-es-nicht")

    shown = [client.get(address).text for address in addresses]
    frame = client.get("/einbetten/termine").text
    clock.shift(2 * 24 * 3600)
    after = client.get("/").text

    assert ["Das Telefon<br>schweigt." in page for page in shown] == [True, False] + [True] * 4
    assert "<p>No phone." in shown[1].replace("\n", "").replace("<p> ", "<p>")
    assert '<p lang="de">' in shown[2]
    assert ["role=" in page.partition("<main")[2].partition("<h1")[0] for page in shown] == [
        False
    ] * 6
    assert ["Das Telefon" in page for page in (frame, after)] == [False, False]


def test_hint_of_tomorrow_is_looked_at_today_and_read_tomorrow(office, client, clock):
    tomorrow = {"de": "Morgen zu", "en": "", "simple": "", "first_day": "2026-09-08"}

    page = look(office, NEW_HINT, last_day="", **tomorrow)
    english = look(office, NEW_HINT, "en", last_day="", **tomorrow)
    send(office, NEW_HINT, last_day="", **tomorrow)
    today = client.get("/").text
    clock.shift(24 * 3600)

    assert "Morgen zu" in page
    assert '<p lang="de">' in english
    assert "Morgen zu" not in today
    assert "Morgen zu" in client.get("/").text


def test_hint_is_ended_and_the_journal_says_from_when_to_when(office, client):
    send(office, NEW_HINT, de="Heute zu", en="", simple="", first_day="2026-09-01", last_day="")
    [made] = db.session.scalars(select(TextVersion).where(TextVersion.about.startswith("hint:")))
    address = f"{TEXTS}/hinweise/{made.which}"
    send(office, address, de="Heute zu", en="", simple="", **DAYS | {"last_day": "2026-09-07"})
    send(
        office,
        address,
        de="Heute zu",
        en="",
        simple="",
        first_day="2026-09-01",
        last_day="2026-09-06",
    )

    assert "Heute zu" not in client.get("/").text
    assert [row[1] for row in cells(office.get(TEXTS), "hinweise")] == ["vorbei"]
    assert notes() == [
        "Hinweis auf allen Seiten: vom 01.09.2026 bis zum –",
        "Text geändert: Hinweis auf allen Seiten (Deutsch)",
        "Hinweis auf allen Seiten: vom 07.09.2026 bis zum 07.09.2026",
        "Hinweis auf allen Seiten: vom 01.09.2026 bis zum 06.09.2026",
    ]


def test_contact_that_was_only_looked_at_is_told_by_no_page(office, app):
    look(office, CONTACT, **OFFICE | {"phone": "0511 4321"})

    assert house.last_known_contact().phone == "0123 456-789"


def test_hint_that_ends_before_it_begins_is_asked_for_again(office):
    page = send(
        office, NEW_HINT, de="x", en="", simple="", first_day="2026-09-08", last_day="2026-09-07"
    )

    assert page.status_code == 422
    assert "Der letzte Tag darf nicht vor dem ersten liegen" in text_of(page)


def test_hint_sent_twice_is_one(office):
    page = office.get(NEW_HINT)

    for _twice in range(2):
        press(office, page, "Speichern", de="Heute zu", en="", simple="", **DAYS)

    assert [row[0] for row in cells(office.get(TEXTS), "hinweise")] == ["Heute zu"]


def test_personal_links_are_kept_out_of_texts(office):
    link = "https://example.org/anmeldung/abcdefgh"

    pages = [
        send(office, NEW_HINT, de=link, en="", simple="", **DAYS),
        send(office, fact("processors"), de="", en=link),
    ]

    assert [page.status_code for page in pages] == [422, 422]
    assert "steht ein persönlicher Link" in text_of(pages[0])


@pytest.mark.parametrize("text", [*MARKUP, *ODD[1:5]])
def test_hostile_text_is_only_text(office, client, text):
    send(office, NEW_HINT, de=text, en=text, simple=text, **DAYS)
    send(office, fact("supervision"), de=text, en=text)
    send(office, CONTACT, **OFFICE | {"name": text, "phone": text, "phone_hours": text})

    pages = [client.get(address) for address in ("/", "/en/", "/impressum", "/en/impressum")]
    pages += [office.get(address) for address in (TEXTS, CONTACT, fact("supervision"))]

    assert [page.status_code for page in pages] == [200] * 7
    assert [harm for page in pages for harm in harmful(page)] == []
    assert "7006652" not in "".join(page.text for page in pages)


def test_unknown_texts_are_no_pages(office):
    pages = [fact("nichts"), f"{TEXTS}/hinweise/nichts", f"{TEXTS}/e-mails/brake/de"]
    pages += [f"{TEXTS}/e-mails/confirmed/fr"]

    assert [office.get(page).status_code for page in pages] == [404] * 4


def test_overview_names_what_is_missing_and_who_changed_what(office):
    send(office, fact("supervision"), de="Ministerium", en="The ministry")

    rows = {row[0]: row[1:] for row in cells(office.get(TEXTS), "angaben")}

    assert rows["Kommunalaufsicht"][0] == "da, auch auf Englisch"
    assert "office@example.org" in rows["Kommunalaufsicht"][1]
    assert rows["Bildnachweise"] == ["fehlt", "–"]


def test_overview_asks_as_often_for_many_as_for_one(office, count_queries):
    send(office, NEW_HINT, de="Eins", en="", simple="", **DAYS)
    send(office, fact("supervision"), de="Eins", en="")
    for_one = count_queries(office, TEXTS)
    for number in range(4):
        send(office, NEW_HINT, de=str(number), en="", simple="", **DAYS)
        send(office, fact("supervision"), de=str(number), en=str(number))
        send(office, fact("vat_id"), de=str(number), en=str(number))

    assert count_queries(office, TEXTS) == for_one


def test_public_pages_ask_as_often_for_five_hints_as_for_none(office, client, count_queries):
    without = count_queries(client, "/")
    for number in range(5):
        send(office, NEW_HINT, de=str(number), en="", simple="", **DAYS)

    assert count_queries(client, "/") == without

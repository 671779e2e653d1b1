"""From the programme to one's own seat and back, and a day in the office.

Each flow goes through one view: with JavaScript or without, by mouse or by keyboard alone, German or
English, narrow to wide, light or dark; neighbours through different ones. SOAK=1 goes through all.
"""

import csv
import re
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import let_time_run_out, move_close
from tests.browser.visitor import TOO_FAST, Visitor, spelled

pytestmark = pytest.mark.xdist_group("flows")  # one system and one browser for all
LARGE_IN_GERMAN = "Beispiel: Wie wir uns morgen bewegen"
LARGE = {
    "de": LARGE_IN_GERMAN,
    "de-simple": LARGE_IN_GERMAN,
    "en": "Example: How we will get around",
}
FULL = "Beispiel: Gesund in der Stadt"
BY_MAIL = "Probe: Hitze in der Stadt"
FOR_TWO = "Probe: Zu zweit"


def test_a_resident_takes_a_seat_gives_it_up_and_comes_after_all(resident):
    erika, title = resident.someone("Erika Mustermann"), LARGE[resident.language]
    resident.go("/")
    resident.hand.press(resident.page.get_by_role("link", name=title, exact=True))
    resident.title(title)
    resident.follow("Anmelden")
    resident.fill_in(erika, people=2)
    resident.page.wait_for_timeout(TOO_FAST * 1000)
    resident.send()

    resident.heading("Sie sind angemeldet")
    resident.reads("Ihr Platz ist sicher.", 2)
    resident.reads("Wir schicken eine E-Mail an %(address)s.", address=erika.masked)

    resident.open_letter(erika, "confirmed")
    invitation = _calendar_file(resident.page)
    resident.open_own_page(erika, "confirmed")
    resident.heading("Ihre Anmeldung", about=title)
    resident.reads("Ihr Platz ist sicher", 2)
    resident.give_up(2)

    resident.hears("status", "Sie sind abgemeldet")
    resident.open_letter(erika, "withdrawn")
    cancellation = _calendar_file(resident.page)
    assert "METHOD:REQUEST" in invitation
    assert "METHOD:CANCEL" in cancellation
    assert _uid(cancellation) == _uid(invitation)

    resident.open_own_page(erika, "withdrawn")
    resident.reads("Es ist noch Platz. Mit dem Knopf sind Sie doch dabei.")
    resident.press("Doch kommen")
    resident.hears("status", "Schön, dass Sie doch kommen")
    assert resident.focus() == "inhalt"
    resident.reads("Ihr Platz ist sicher", 2)


def test_enter_in_a_field_sends_the_form_and_does_not_change_the_language(resident):
    resident.go("/meine-anmeldungen")
    resident.write("E-Mail-Adresse", "keine Adresse")
    resident.field("E-Mail-Adresse").press("Enter")

    resident.hears("alert", "Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein")


def test_who_changes_the_language_in_the_middle_goes_on_in_it_with_what_was_typed(resident):
    ada = resident.someone("Ada Example")
    resident.go("/termine/beispiel-gross/anmelden")
    resident.fill_in(ada, people=2)
    resident.switch_language()
    title = LARGE[resident.language]
    resident.heading("Anmelden", about=title)
    expect(resident.field("E-Mail-Adresse")).to_have_value(ada.email)
    expect(resident.field("%(num)s Person", 2)).to_be_checked()
    resident.page.wait_for_timeout(TOO_FAST * 1000)
    resident.press("Anmelden")

    resident.heading("Sie sind angemeldet")
    resident.open_letter(ada, "confirmed")
    resident.reads("Guten Tag %(name)s,", name="Ada Example")
    resident.open_own_page(ada, "confirmed")
    resident.heading("Ihre Anmeldung", about=title)
    resident.give_up(2)
    resident.hears("status", "Sie sind abgemeldet")
    resident.open_letter(ada, "withdrawn")


def test_a_lost_link_comes_again_by_mail(resident):
    vera = resident.someone("Vera Vergesslich")
    resident.sign_up("beispiel-gross", vera)
    resident.go("/")
    resident.follow("Meine Anmeldungen")
    resident.write("E-Mail-Adresse", vera.email)
    resident.press("Links schicken")

    resident.heading("Sehen Sie in Ihr E-Mail-Postfach")
    resident.open_own_page(vera, "already registered")
    resident.reads("Ihr Platz ist sicher")


def test_a_barrier_is_reported_from_the_page_where_it_is(resident):
    resident.go("/termine/beispiel-gross")
    resident.follow("Barriere melden")
    page = resident.path("/termine/beispiel-gross")
    expect(resident.field("Auf welcher Seite?")).to_have_value(page)
    resident.write("Was hindert Sie?", "Der Text ist zu klein.")
    resident.press("Meldung senden")

    resident.heading("Danke für Ihre Meldung")
    resident.language = "de"  # as the office that gets the letter
    resident.open_letter("info@region-hannover.de", "Barriere gemeldet: %(page)s")
    resident.reads("Der Text ist zu klein.")


def test_a_form_sent_in_haste_asks_once_more_and_keeps_what_was_typed(resident):
    resident.go("/termine/beispiel-gross/anmelden")
    resident.fill_in(resident.someone("Flinke Finger"), people=3)
    resident.send()

    assert resident.focus() == "fehler"
    resident.hears("alert", "Das ging sehr schnell. Senden Sie das Formular noch einmal.")
    resident.page.wait_for_timeout(TOO_FAST * 1000)
    resident.send()
    resident.heading("Sie sind angemeldet")
    resident.reads("Ihr Platz ist sicher.", 3)


def test_errors_take_the_focus_lead_to_their_fields_and_lose_nothing(resident):
    resident.go("/termine/beispiel-gross/anmelden")
    resident.write("E-Mail-Adresse", "keine Adresse")
    resident.hand.tick(resident.field("%(num)s Person", 3))
    resident.send()

    assert resident.focus() == "fehler"
    assert re.match(
        f"{resident.says('Fehler:')} {resident.says('Anmelden')}", resident.page.title()
    )
    links = resident.page.get_by_role("alert").get_by_role("link")
    sentences = [
        "Geben Sie Ihren Namen ein",
        "Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein",
    ]
    expect(links).to_have_text([re.compile(f"^{resident.says(one)}$") for one in sentences])
    for link, field in zip(links.all(), ("name", "email"), strict=True):
        resident.hand.press(link)
        assert resident.focus() == field
    expect(resident.field("E-Mail-Adresse")).to_have_value("keine Adresse")
    expect(resident.field("%(num)s Person", 3)).to_be_checked()


def test_a_full_session_has_a_waiting_list(resident):
    kim = resident.someone("Kim Mustermann")
    resident.go("/")
    resident.follow("Auf die Warteliste", about=FULL)
    resident.fill_in(kim)
    resident.page.wait_for_timeout(TOO_FAST * 1000)
    resident.press("Auf die Warteliste setzen")

    resident.heading("Sie stehen auf der Warteliste")
    resident.open_own_page(kim, "waiting")
    resident.reads("Sie stehen an Stelle %(number)s der Warteliste.")
    resident.leave_the_queue()
    resident.hears("status", "Sie sind abgemeldet")


def test_where_a_click_is_needed_the_mailed_link_leads_to_the_seat(resident):
    robin = resident.someone("Robin Muster")
    resident.go("/")
    resident.follow("Anmelden", about=BY_MAIL)
    resident.reads(
        "Ihre Anmeldung gilt, wenn Sie sie bestätigt haben. Dafür schicken wir Ihnen einen Link."
    )
    resident.fill_in(robin, people=2)
    resident.page.wait_for_timeout(TOO_FAST * 1000)
    resident.send()
    resident.heading("Bestätigen Sie noch Ihre Anmeldung")
    assert resident.focus() == "inhalt"
    resident.reads("Wir halten Ihren Platz bis %(moment)s.", 2)
    receipt = resident.page.url

    resident.open_letter(robin, "please confirm")
    expect(resident.page.get_by_role("link", name="Kalender-Datei")).to_have_count(0)
    resident.open_own_page(robin, "please confirm")
    resident.reads("Wir halten Ihren Platz bis %(moment)s.", 2)
    resident.press("Anmeldung bestätigen")
    resident.reads("Ihr Platz ist sicher", 2)
    assert resident.focus() == "inhalt"

    resident.open_letter(robin, "confirmed")
    assert "METHOD:REQUEST" in _calendar_file(resident.page)
    resident.page.goto(receipt)
    resident.press("E-Mail noch einmal senden")
    resident.hears("status", "Die E-Mail ist noch einmal unterwegs")
    resident.open_letter(robin, "already registered")


def test_a_mistyped_address_is_put_right_by_one_button_and_the_right_one_gets_the_link(resident):
    toni = resident.someone("Toni Muster")
    mistyped = toni._replace(email=f"{toni.email.replace('@', '.')}@gmial.com")
    meant = mistyped._replace(email=mistyped.email.replace("gmial", "gmail")).masked
    sent_to = "Wir schicken eine E-Mail an %(address)s. Öffnen Sie den Link darin und drücken Sie dort auf den Knopf."
    resident.sign_up("probe-per-mail", mistyped)
    resident.reads(
        "Sie haben %(given)s angegeben. Meinten Sie %(meant)s?"
        " Wenn %(given)s stimmt, müssen Sie nichts tun.",
        meant=meant,
    )
    resident.press("Ja, auf %(meant)s ändern", meant=meant)
    resident.heading("Bestätigen Sie noch Ihre Anmeldung")
    resident.reads(sent_to, address=meant)

    resident.write("E-Mail-Adresse", toni.email)
    resident.press("Adresse korrigieren")
    resident.reads(sent_to, address=toni.masked)
    resident.open_own_page(toni, "please confirm")
    resident.press("Anmeldung bestätigen")
    resident.reads("Ihr Platz ist sicher")


def test_a_seat_given_up_is_offered_passed_on_and_taken(resident):
    anna, bela, cleo = map(resident.someone, ("Anna Muster", "Bela Muster", "Cleo Muster"))
    first, second, third = resident.line_up("probe-angebot", anna, bela, cleo)
    first.heading("Sie sind angemeldet")
    second.heading("Sie stehen auf der Warteliste")
    second.reads("Sie stehen an Stelle %(number)s der Warteliste.", number=1)
    second.reads("Vor Ihnen wartet niemand.")
    third.reads("Sie stehen an Stelle %(number)s der Warteliste.", number=2)

    resident.open_own_page(anna, "confirmed")
    resident.give_up()
    resident.open_own_page(bela, "offer")
    resident.reads("Wir halten Ihren Platz bis %(moment)s.")
    expect(resident.control("button", "Platz annehmen")).to_be_visible()
    resident.pass_on()
    resident.hears("status", "Sie sind abgemeldet")

    resident.open_own_page(cleo, "offer")
    resident.press("Platz annehmen")
    resident.reads("Ihr Platz ist sicher")
    resident.reads("Platzangebot angenommen, Personen: %(party_size)s")
    resident.open_letter(cleo, "confirmed")
    assert "METHOD:REQUEST" in _calendar_file(resident.page)


def test_an_offer_nobody_answered_goes_to_the_next_and_explains_itself(resident, trial):
    lena, dana, eike = map(resident.someone, ("Lena Muster", "Dana Muster", "Eike Muster"))
    resident.line_up("probe-frist", lena, dana, eike)
    resident.open_own_page(lena, "confirmed")
    resident.give_up()
    resident.open_letter(dana, "offer")

    let_time_run_out(trial, dana.email)

    resident.open_letter(eike, "offer")
    resident.open_own_page(dana, "offer expired")
    resident.reads("Das Angebot ist abgelaufen")
    resident.reads("Es galt bis %(moment)s.")
    resident.press("Doch kommen")
    resident.reads("Sie stehen an Stelle %(number)s der Warteliste.", number=1)


def test_shortly_before_the_start_the_first_to_click_gets_the_seat(resident, trial):
    move_close(trial, "probe-bald")
    finn, gabi, hedi = map(resident.someone, ("Finn Muster", "Gabi Muster", "Hedi Muster"))
    resident.line_up("probe-bald", finn, gabi, hedi)
    resident.open_own_page(finn, "confirmed")
    resident.give_up()
    resident.open_own_page(gabi, "last call")
    other = resident.beside()
    other.open_own_page(hedi, "last call")

    other.press("Platz annehmen")
    other.reads("Ihr Platz ist sicher")
    resident.press("Platz annehmen")

    resident.hears(
        "alert",
        "Der freie Platz ist schon vergeben. Sie bleiben auf der Warteliste."
        " Wird noch ein Platz frei, schreiben wir Ihnen sofort.",
    )
    assert resident.focus() == "inhalt"
    expect(resident.control("button", "Platz annehmen")).to_have_count(0)
    expect(resident.control("link", "Warteliste verlassen")).to_be_visible()


def test_a_party_grows_and_shrinks_and_a_refusal_takes_the_focus(resident):
    ina = resident.someone("Ina Muster")
    resident.sign_up("probe-gruppe", ina)
    resident.open_own_page(ina, "confirmed")
    resident.change_party(2)
    resident.reads("Ihr Platz ist sicher", 2)

    resident.change_party(3)
    assert resident.focus() == "fehler"
    title = f"{resident.says('Fehler:')} {resident.says('Ihre Anmeldung')}"
    assert re.match(title, resident.page.title())
    resident.hears("alert", "Alle Plätze sind vergeben.")
    resident.reads("Ihr Platz ist sicher", 2)

    resident.change_party(1)
    resident.reads("Ihr Platz ist sicher")


def test_who_changes_to_another_session_leaves_the_first_one_with_the_seat_in_hand(resident):
    mara = resident.someone("Mara Muster")
    resident.sign_up("probe-gruppe", mara, people=2)
    resident.open_own_page(mara, "confirmed")
    resident.follow("Zu einem anderen Termin wechseln oder zusätzlich anmelden")
    title = LARGE[resident.language]
    label = rf"{resident.says('Hierher wechseln')} ?: {spelled(title)}, "
    button = resident.page.get_by_role("button", name=re.compile(label))
    resident.hand.press(button)

    resident.hears("status", "Der Wechsel hat geklappt")
    resident.heading("Ihre Anmeldung", about=title)
    resident.reads("Ihr Platz ist sicher", 2)
    resident.open_letter(mara, "confirmed", title=title)


def test_people_read_correct_and_delete_what_is_stored_about_them(resident):
    nele = resident.someone("Nele Mutser")
    resident.sign_up("beispiel-gross", nele)
    resident.open_own_page(nele, "confirmed")
    resident.follow("Daten ansehen und berichtigen")
    resident.heading("Ihre Daten")
    expect(resident.page.get_by_role("definition").filter(has_text=nele.email)).to_be_visible()
    resident.write("Name", "Nele Muster")
    resident.press("Namen ändern")
    expect(resident.page.get_by_text("Nele Muster", exact=True)).to_be_visible()

    resident.follow("Daten löschen")
    resident.heading("Ihre Daten löschen?")
    resident.press("Diese Anmeldung löschen")
    resident.heading("Ihre Daten sind gelöscht")
    resident.open_letter(nele, "erased")


def test_the_office_checks_somebody_in_and_takes_it_back(colleague):
    colleague.follow("Einlass", about=FULL)
    colleague.write("Name oder Code suchen", "person 2")
    colleague.press("Suchen")
    guest = colleague.page.locator(".guest")
    assert guest.locator("strong").all_inner_texts() == ["Beispielperson 2"]

    colleague.press("Beispielperson 2 Da")  # the whole row
    expect(colleague.page.get_by_role("status").last).to_have_text("1 von 4 da")
    expect(guest).to_contain_text("da seit")

    colleague.press("Rückgängig", about="Beispielperson 2")
    expect(colleague.page.get_by_role("status").last).to_have_text("0 von 4 da")
    expect(colleague.field("Name oder Code suchen")).to_have_value("person 2")


def test_the_office_takes_the_list_away(colleague):
    colleague.follow("Personen", about=FULL)
    colleague.follow("Listen")
    colleague.title(f"Listen {FULL}")
    colleague.hand.tick(colleague.field("E-Mail"))
    colleague.write("Stelle von: E-Mail", "2")
    table = list(
        csv.reader(
            _download(colleague, "CSV-Datei").read_text("utf-8-sig").splitlines(), delimiter=";"
        )
    )
    book = load_workbook(BytesIO(_download(colleague, "Excel-Datei (XLSX)").read_bytes()))
    papers = [
        _download(colleague, paper).read_bytes()[:5]
        for paper in ("Anwesenheitsliste (PDF)", "Namensschilder (PDF)")
    ]

    assert table[:3] == [
        ["Name", "E-Mail", "Personen", "Status", "Da"],
        ["Beispielperson 1", "", "1", "Platz sicher", "0"],
        ["Beispielperson 2", "", "1", "Platz sicher", "0"],
    ]
    assert [cell.value for cell in book.active["A"]] == [line[0] for line in table]
    assert papers == [b"%PDF-", b"%PDF-"]


def test_the_office_takes_a_call_finds_a_larger_room_and_writes_to_everybody(colleague):
    lilo = colleague.someone("Lilo Muster")
    colleague.follow("Plätze", about=FOR_TWO)
    colleague.write("Plätze", "3")
    colleague.press("Speichern")
    colleague.reads("0 von 3 Plätzen sind vergeben.")

    colleague.follow("Zu den Personen")
    colleague.follow("Anmelden")
    colleague.write("Name", lilo.name)
    colleague.write("E-Mail-Adresse", lilo.email)
    colleague.press("Anmelden")
    colleague.title(lilo.name)
    expect(colleague.page.get_by_text("Platz sicher", exact=True)).to_be_visible()

    colleague.follow("Zu den Personen")
    colleague.hand.press(colleague.page.get_by_role("main").get_by_role("link", name="E-Mails"))
    colleague.follow("E-Mail schreiben")
    colleague.write("Betreff", "Bitte früher kommen: {titel}")
    colleague.write("Text", "wir öffnen schon um 17 Uhr.")
    colleague.press("Speichern und ansehen")
    colleague.title(f"Entwurf Bitte früher kommen: {FOR_TWO}")
    colleague.press("An 1 Anmeldung senden")
    colleague.title(f"E-Mail Bitte früher kommen: {FOR_TWO}")
    colleague.open_letter(lilo, f"Bitte früher kommen: {FOR_TWO}")
    colleague.reads("wir öffnen schon um 17 Uhr.")

    colleague.page.goto("/verwaltung/termine/probe-gruppe/plaetze")
    colleague.write("Plätze", "2")
    colleague.press("Speichern")
    colleague.reads("1 von 2 Plätzen sind vergeben.")


def test_the_office_plans_an_evening_and_reads_its_numbers(colleague):
    """Planned, published, signed up by phone, moved, called about, enlarged, listed, counted."""
    title, place = f"Probe: Ein Tag im Büro {colleague.home}", colleague.page
    lilo = colleague.someone("Tilda Tagwerk")
    _publish_a_session(colleague, title)

    colleague.follow("Zu den Personen")
    colleague.follow("Anmelden")
    colleague.write("Name", lilo.name)
    colleague.write("E-Mail-Adresse", lilo.email)
    colleague.press("Anmelden")
    colleague.follow("Zu den Personen")
    colleague.follow("Anmelden")
    colleague.write("Name", "Wanda Wartend")
    colleague.write("Telefonnummer", "0511 12345")
    colleague.press("Anmelden")
    colleague.press("Auf die Warteliste setzen")
    colleague.title("Wanda Wartend")

    colleague.follow("Zu den Personen")
    colleague.follow("Verlegen")
    place.get_by_label("Beginn").fill("2031-05-08T19:00")
    place.get_by_label("Ende").fill("")
    colleague.press("Weiter")
    colleague.reads("Noch ist nichts geändert.")
    for sentence in (
        "1 Anmeldung bekommt eine E-Mail.",
        "1 Anmeldung ist ohne Adresse: Rufen Sie dort bitte an.",
        "1 Kalendereintrag ändert sich oder verschwindet.",
        "1 Anmeldung wartet weiter.",
    ):
        colleague.reads(sentence)
    colleague.press("Verlegen")
    colleague.hears("status", "Der Termin ist verlegt. 1 Anmeldung bekommt eine E-Mail.")
    colleague.follow("Zu den Personen")

    colleague.follow("Anrufe")
    colleague.reads("Verlegung")
    colleague.press("Weiß Bescheid", about="Wanda Wartend")
    colleague.hears("status", "Notiert: Wanda Wartend weiß Bescheid.")
    colleague.follow("Zu den Personen")

    colleague.follow("Plätze")
    colleague.write("Plätze", "2")
    colleague.press("Speichern")
    colleague.reads("1 wartende Anmeldung hat dann einen Platz.")
    colleague.press("Plätze ändern")
    colleague.reads("2 von 2 Plätzen sind vergeben.")
    colleague.follow("Zu den Personen")

    colleague.follow("Listen")
    table = _download(colleague, "CSV-Datei").read_text("utf-8-sig").splitlines()
    assert [line.partition(";")[0] for line in table] == ["Name", lilo.name, "Wanda Wartend"]
    colleague.follow("Zu den Personen")

    colleague.follow("Zahlen zum Termin")
    figures = place.get_by_role("main").locator(".figures")
    assert " ".join(figures.inner_text().split()).startswith(
        "Plätze im Raum 2 Personen angemeldet 2 mit festem Platz 2"
    )


def test_the_office_reads_a_letter_in_its_frame(colleague):
    colleague.follow("Musterbriefe")
    colleague.follow("Neue Zeit oder neuer Ort")
    colleague.follow("3 Personen")

    letter = colleague.page.frame_locator("iframe")
    expect(letter.get_by_role("heading")).to_have_text("Neue Zeit und neuer Ort")
    expect(letter.get_by_text("Sie behalten Ihre 3 Plätze.")).to_be_visible()


def test_the_office_signs_out(colleague):
    colleague.press("Abmelden")
    colleague.heading("Anmelden in der Verwaltung")

    colleague.page.goto("/verwaltung/")
    colleague.heading("Anmelden in der Verwaltung")


def _publish_a_session(colleague: Visitor, title: str) -> None:
    """For one person, and look at it first."""
    colleague.follow("Neuer Termin")
    colleague.page.get_by_label("Beginn").fill("2031-05-07T18:00")
    colleague.write("Titel auf Deutsch", title)
    colleague.write("Plätze", "1")
    colleague.press("Entwurf anlegen und ansehen")
    colleague.title(title)
    colleague.press("Veröffentlichen")
    colleague.hears("status", "Der Termin ist veröffentlicht.")


def _calendar_file(page: Page) -> str:
    """What hangs at the letter that is open."""
    address = page.get_by_role("link", name="Kalender-Datei").get_attribute("href")
    return page.request.get(address).text()


def _uid(calendar: str) -> str:
    return next(line for line in calendar.splitlines() if line.startswith("UID:reg-"))


def _download(visitor: Visitor, button: str) -> Path:
    with visitor.page.expect_download() as download:
        visitor.press(button)
    return download.value.path()

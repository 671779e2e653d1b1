"""From the programme to one's own seat and back, and a day in the office. No JavaScript anywhere."""

import csv
import re
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import TOO_FAST, fill_in, let_time_run_out, open_letter, send

pytestmark = pytest.mark.xdist_group("browser")  # one system and one browser for all
LARGE = "Beispiel: Wie wir uns morgen bewegen"
LARGE_IN_ENGLISH = "Example: How we will get around"
FULL = "Beispiel: Gesund in der Stadt"
BY_MAIL = "Probe: Hitze in der Stadt"


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def about(whom: str, what: str) -> re.Pattern[str]:
    """The name of one link or button among many: „Einlass: Gesund in der Stadt“."""
    return re.compile(f"^{what} ?: {whom}$")


def focused(page: Page) -> str:
    return page.locator(":focus").get_attribute("id")


def sign_up(page: Page, slug: str, name: str, email: str, people: int = 1) -> None:
    """Take a seat, or a place in the queue where there is none."""
    page.goto(f"/termine/{slug}/anmelden")
    fill_in(page, name, email, people)
    page.wait_for_timeout(TOO_FAST)
    send(page)


def open_own_page(page: Page, email: str, subject: str) -> None:
    """Follow the link in a letter."""
    open_letter(page, email, subject)
    page.get_by_role("link", name="/anmeldung/").click()


def give_up(page: Page, what: str = "Platz freigeben", yes: str = "Ja, abmelden") -> None:
    """Follow the link on the own page, and say yes to the question."""
    page.get_by_role("link", name=what).click()
    page.get_by_role("button", name=yes).click()


def test_a_resident_takes_a_seat_gives_it_up_and_comes_after_all(resident):
    resident.goto("/")
    resident.get_by_role("link", name=LARGE, exact=True).click()
    heading(resident, LARGE)
    resident.get_by_role("link", name="Anmelden", exact=True).click()
    fill_in(resident, "Erika Mustermann", "erika@example.org", people=2)
    resident.wait_for_timeout(TOO_FAST)
    send(resident)

    heading(resident, "Sie sind angemeldet")
    expect(resident.get_by_text("Ihre 2 Plätze sind sicher.")).to_be_visible()
    expect(resident.get_by_text("e••@example.org")).to_be_visible()

    open_letter(resident, "erika@example.org", "Angemeldet")
    invitation = _calendar_file(resident)
    resident.get_by_role("link", name="/anmeldung/").click()
    heading(resident, f"Ihre Anmeldung: {LARGE}")
    expect(resident.get_by_text("Ihre 2 Plätze sind sicher")).to_be_visible()
    give_up(resident, "Plätze freigeben")

    expect(resident.get_by_role("status")).to_contain_text("Sie sind abgemeldet")
    open_letter(resident, "erika@example.org", "Abgemeldet")
    cancellation = _calendar_file(resident)
    assert "METHOD:REQUEST" in invitation
    assert "METHOD:CANCEL" in cancellation
    assert _uid(cancellation) == _uid(invitation)

    resident.get_by_role("link", name="/anmeldung/").click()
    expect(resident.get_by_text("Es ist noch Platz.")).to_be_visible()
    resident.get_by_role("button", name="Doch kommen").click()
    expect(resident.get_by_role("status")).to_contain_text("Schön, dass Sie doch kommen")
    assert focused(resident) == "inhalt"
    expect(resident.get_by_text("Ihre 2 Plätze sind sicher")).to_be_visible()


def test_who_changes_the_language_in_the_middle_goes_on_in_english_with_what_was_typed(resident):
    resident.goto("/termine/beispiel-gross/anmelden")
    fill_in(resident, "Ada Example", "ada@example.org", people=2)
    resident.get_by_role("button", name="English").click()
    heading(resident, f"Register: {LARGE_IN_ENGLISH}")
    expect(resident.get_by_label("Email address")).to_have_value("ada@example.org")
    expect(resident.get_by_label("2 people")).to_be_checked()
    resident.wait_for_timeout(TOO_FAST)
    resident.get_by_role("button", name="Register").click()

    heading(resident, "You are registered")
    open_letter(resident, "ada@example.org", "Registered: ")
    expect(resident.get_by_text("Hello Ada Example,")).to_be_visible()
    resident.get_by_role("link", name="/en/anmeldung/").click()
    heading(resident, f"Your registration: {LARGE_IN_ENGLISH}")
    give_up(resident, "Give up your places", "Yes, cancel it")
    expect(resident.get_by_role("status")).to_contain_text("Your registration is cancelled")
    open_letter(resident, "ada@example.org", "Registration cancelled: ")


def test_a_lost_link_comes_again_by_mail(resident):
    sign_up(resident, "beispiel-gross", "Vera Vergesslich", "vera@example.org")
    resident.get_by_role("link", name="Meine Anmeldungen").click()
    resident.get_by_label("E-Mail-Adresse").fill("vera@example.org")
    resident.get_by_role("button", name="Links schicken").click()

    heading(resident, "Sehen Sie in Ihre E-Mails")
    open_own_page(resident, "vera@example.org", "Sie sind schon angemeldet")
    expect(resident.get_by_text("Ihr Platz ist sicher")).to_be_visible()


def test_a_barrier_is_reported_from_the_page_where_it_is(resident):
    resident.goto("/termine/beispiel-gross")
    resident.get_by_role("link", name="Barriere melden").click()
    expect(resident.get_by_label("Auf welcher Seite?")).to_have_value("/termine/beispiel-gross")
    resident.get_by_label("Was hindert Sie?").fill("Der Text ist zu klein.")
    resident.get_by_role("button", name="Meldung senden").click()

    heading(resident, "Danke für Ihre Meldung")
    open_letter(resident, "info@region-hannover.de", "Barriere gemeldet")
    expect(resident.get_by_text("Der Text ist zu klein.")).to_be_visible()


def test_a_form_sent_in_haste_asks_once_more_and_keeps_what_was_typed(resident):
    resident.goto("/termine/beispiel-gross/anmelden")
    fill_in(resident, "Flinke Finger", "flink@example.org", people=3)
    send(resident)

    assert focused(resident) == "fehler"
    expect(resident.get_by_role("alert")).to_contain_text("Senden Sie das Formular noch einmal.")
    resident.wait_for_timeout(TOO_FAST)
    send(resident)
    heading(resident, "Sie sind angemeldet")
    expect(resident.get_by_text("Ihre 3 Plätze sind sicher.")).to_be_visible()


def test_errors_take_the_focus_lead_to_their_fields_and_lose_nothing(resident):
    resident.goto("/termine/beispiel-gross/anmelden")
    fill_in(resident, "", "keine Adresse", people=3)
    send(resident)

    assert focused(resident) == "fehler"
    assert resident.title().startswith("Fehler: Anmelden")
    links = resident.get_by_role("alert").get_by_role("link")
    assert links.all_inner_texts() == [
        "Geben Sie Ihren Namen ein",
        "Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein",
    ]
    for link, field in zip(links.all(), ("name", "email"), strict=True):
        link.press("Enter")
        assert focused(resident) == field
    expect(resident.get_by_label("E-Mail-Adresse")).to_have_value("keine Adresse")
    expect(resident.get_by_label("3 Personen")).to_be_checked()


def test_a_full_session_has_a_waiting_list(resident):
    resident.goto("/")
    resident.get_by_role("link", name=about(FULL, "Auf die Warteliste")).click()
    fill_in(resident, "Kim Mustermann", "kim.mustermann@example.org")
    resident.wait_for_timeout(TOO_FAST)
    resident.get_by_role("button", name="Auf die Warteliste setzen").click()

    heading(resident, "Sie stehen auf der Warteliste")
    open_letter(resident, "kim.mustermann@example.org", "Warteliste")
    resident.get_by_role("link", name="/anmeldung/").click()
    expect(resident.get_by_text("Sie sind auf Platz")).to_be_visible()
    give_up(resident, "Warteliste verlassen", "Ja, Warteliste verlassen")
    expect(resident.get_by_role("status")).to_contain_text("Sie sind abgemeldet")


def test_where_a_click_is_needed_the_mailed_link_leads_to_the_seat(resident):
    resident.goto("/")
    resident.get_by_role("link", name=about(BY_MAIL, "Anmelden")).click()
    expect(resident.get_by_text("Ihre Anmeldung gilt, wenn Sie sie bestätigt")).to_be_visible()
    fill_in(resident, "Robin Muster", "robin@example.org", people=2)
    resident.wait_for_timeout(TOO_FAST)
    send(resident)
    heading(resident, "Bestätigen Sie noch Ihre Anmeldung")
    assert focused(resident) == "inhalt"
    expect(resident.get_by_text("Wir halten Ihre 2 Plätze bis")).to_be_visible()
    receipt = resident.url

    open_letter(resident, "robin@example.org", "Bitte bestätigen Sie bis")
    expect(resident.get_by_role("link", name="Kalender-Datei")).to_have_count(0)
    resident.get_by_role("link", name="/anmeldung/").click()
    expect(resident.get_by_text("Wir halten Ihre 2 Plätze bis")).to_be_visible()
    resident.get_by_role("button", name="Anmeldung bestätigen").click()
    expect(resident.get_by_text("Ihre 2 Plätze sind sicher")).to_be_visible()
    assert focused(resident) == "inhalt"

    open_letter(resident, "robin@example.org", "Angemeldet")
    assert "METHOD:REQUEST" in _calendar_file(resident)
    resident.goto(receipt)
    resident.get_by_role("button", name="E-Mail noch einmal senden").click()
    expect(resident.get_by_role("status")).to_contain_text("noch einmal unterwegs")
    open_letter(resident, "robin@example.org", "Sie sind schon angemeldet")


def test_a_mistyped_address_is_put_right_by_one_button_and_the_right_one_gets_the_link(resident):
    sign_up(resident, "probe-per-mail", "Toni Muster", "toni@gmial.com")
    expect(resident.get_by_text("Meinten Sie t••@gmail.com?")).to_be_visible()
    resident.get_by_role("button", name="Ja, auf t••@gmail.com ändern").click()
    heading(resident, "Bestätigen Sie noch Ihre Anmeldung")
    expect(resident.get_by_text("Wir schicken eine E-Mail an t••@gmail.com.")).to_be_visible()

    resident.get_by_role("textbox", name="E-Mail-Adresse").fill("toni@example.org")
    resident.get_by_role("button", name="Adresse korrigieren").click()
    expect(resident.get_by_text("Wir schicken eine E-Mail an t••@example.org.")).to_be_visible()
    open_own_page(resident, "toni@example.org", "Bitte bestätigen Sie bis")
    resident.get_by_role("button", name="Anmeldung bestätigen").click()
    expect(resident.get_by_text("Ihr Platz ist sicher")).to_be_visible()


def test_a_seat_given_up_is_offered_passed_on_and_taken(resident):
    sign_up(resident, "probe-angebot", "Anna Muster", "anna@example.org")
    heading(resident, "Sie sind angemeldet")
    sign_up(resident, "probe-angebot", "Bela Muster", "bela@example.org")
    heading(resident, "Sie stehen auf der Warteliste")
    expect(resident.get_by_text("Sie sind auf Platz 1 der Warteliste")).to_be_visible()
    sign_up(resident, "probe-angebot", "Cleo Muster", "cleo@example.org")
    expect(resident.get_by_text("Sie sind auf Platz 2 der Warteliste")).to_be_visible()

    open_own_page(resident, "anna@example.org", "Angemeldet")
    give_up(resident)
    open_own_page(resident, "bela@example.org", "Platz frei – bitte bis")
    expect(resident.get_by_text("Wir halten Ihren Platz bis")).to_be_visible()
    expect(resident.get_by_role("button", name="Platz annehmen")).to_be_visible()
    give_up(resident, "Platz weitergeben", "Ja, Platz weitergeben")
    expect(resident.get_by_role("status")).to_contain_text("Sie sind abgemeldet")

    open_own_page(resident, "cleo@example.org", "Platz frei – bitte bis")
    resident.get_by_role("button", name="Platz annehmen").click()
    expect(resident.get_by_text("Ihr Platz ist sicher")).to_be_visible()
    expect(resident.get_by_text("Platzangebot angenommen")).to_be_visible()
    open_letter(resident, "cleo@example.org", "Angemeldet")
    assert "METHOD:REQUEST" in _calendar_file(resident)


def test_an_offer_nobody_answered_goes_to_the_next_and_explains_itself(resident, trial):
    sign_up(resident, "probe-frist", "Lena Muster", "lena@example.org")
    sign_up(resident, "probe-frist", "Dana Muster", "dana@example.org")
    sign_up(resident, "probe-frist", "Eike Muster", "eike@example.org")
    open_own_page(resident, "lena@example.org", "Angemeldet")
    give_up(resident)
    open_letter(resident, "dana@example.org", "Platz frei – bitte bis")

    let_time_run_out(trial, "dana@example.org")

    open_letter(resident, "eike@example.org", "Platz frei – bitte bis")
    open_own_page(resident, "dana@example.org", "Platz weitergegeben")
    expect(resident.get_by_text("Das Angebot ist abgelaufen")).to_be_visible()
    expect(resident.get_by_text("Es galt bis")).to_be_visible()
    resident.get_by_role("button", name="Doch teilnehmen").click()
    expect(resident.get_by_text("Sie sind auf Platz 1 der Warteliste")).to_be_visible()


def test_shortly_before_the_start_the_first_to_click_gets_the_seat(resident):
    sign_up(resident, "probe-bald", "Finn Muster", "finn@example.org")
    sign_up(resident, "probe-bald", "Gabi Muster", "gabi@example.org")
    sign_up(resident, "probe-bald", "Hedi Muster", "hedi@example.org")
    open_own_page(resident, "finn@example.org", "Angemeldet")
    give_up(resident)
    open_own_page(resident, "gabi@example.org", "Platz frei – wer zuerst zusagt")
    other = resident.context.new_page()
    open_own_page(other, "hedi@example.org", "Platz frei – wer zuerst zusagt")

    other.get_by_role("button", name="Platz nehmen").click()
    expect(other.get_by_text("Ihr Platz ist sicher")).to_be_visible()
    resident.get_by_role("button", name="Platz nehmen").click()

    expect(resident.get_by_role("alert")).to_contain_text("Der freie Platz ist schon vergeben.")
    assert focused(resident) == "inhalt"
    expect(resident.get_by_role("button", name="Platz nehmen")).to_have_count(0)
    expect(resident.get_by_role("link", name="Warteliste verlassen")).to_be_visible()


def test_a_party_grows_and_shrinks_and_a_refusal_takes_the_focus(resident):
    sign_up(resident, "probe-gruppe", "Ina Muster", "ina@example.org")
    open_own_page(resident, "ina@example.org", "Angemeldet")
    people = resident.get_by_label("Personen", exact=True)
    people.select_option("2 Personen")
    resident.get_by_role("button", name="Ändern").click()
    expect(resident.get_by_text("Ihre 2 Plätze sind sicher")).to_be_visible()

    people.select_option("3 Personen")
    resident.get_by_role("button", name="Ändern").click()
    assert focused(resident) == "fehler"
    assert resident.title().startswith("Fehler: Ihre Anmeldung")
    expect(resident.get_by_role("alert")).to_contain_text("Alle Plätze sind vergeben")
    expect(resident.get_by_text("Ihre 2 Plätze sind sicher")).to_be_visible()

    people.select_option("1 Person")
    resident.get_by_role("button", name="Ändern").click()
    expect(resident.get_by_text("Ihr Platz ist sicher")).to_be_visible()


def test_the_office_checks_somebody_in_and_takes_it_back(colleague):
    colleague.get_by_role("link", name=about(FULL, "Einlass")).click()
    colleague.get_by_label("Name suchen").fill("person 2")
    colleague.get_by_role("button", name="Suchen").click()
    guest = colleague.get_by_role("main").get_by_role("listitem")
    assert guest.locator("strong").all_inner_texts() == ["Beispielperson 2"]

    colleague.get_by_role("button", name=about("Beispielperson 2", "Da")).click()
    expect(colleague.get_by_role("status").last).to_have_text("1 von 4 da")
    expect(guest).to_contain_text("da seit")

    colleague.get_by_role("button", name=about("Beispielperson 2", "Rückgängig")).click()
    expect(colleague.get_by_role("status").last).to_have_text("0 von 4 da")
    expect(colleague.get_by_label("Name suchen")).to_have_value("person 2")


def test_the_office_takes_the_list_away(colleague):
    colleague.get_by_role("link", name=about(FULL, "Personen")).click()
    heading(colleague, FULL)
    table = [
        line[:4]
        for line in csv.reader(
            _download(colleague, "Liste als CSV").read_text("utf-8-sig").splitlines(),
            delimiter=";",
        )
    ]
    book = load_workbook(BytesIO(_download(colleague, "Liste als Excel-Datei").read_bytes()))

    assert table[:3] == [
        ["Name", "E-Mail", "Personen", "Status"],
        ["Beispielperson 1", "", "1", "Platz sicher"],
        ["Beispielperson 2", "", "1", "Platz sicher"],
    ]
    assert [cell.value for cell in book.active["A"]] == [line[0] for line in table]


def test_the_office_reads_a_letter_in_its_frame(colleague):
    colleague.get_by_role("link", name="Briefe").click()
    colleague.get_by_role("link", name="Neue Zeit oder neuer Ort").click()
    colleague.get_by_role("link", name="3 Personen").click()

    letter = colleague.frame_locator("iframe")
    expect(letter.get_by_role("heading")).to_have_text("Neue Zeit und neuer Ort")
    expect(letter.get_by_text("Sie behalten Ihre 3 Plätze.")).to_be_visible()


def test_the_office_signs_out(colleague):
    colleague.get_by_role("button", name="Abmelden").click()
    heading(colleague, "Anmelden in der Verwaltung")

    colleague.goto("/verwaltung/")
    heading(colleague, "Anmelden in der Verwaltung")


def _calendar_file(page: Page) -> str:
    """What hangs at the letter that is open."""
    address = page.get_by_role("link", name="Kalender-Datei").get_attribute("href")
    return page.request.get(address).text()


def _uid(calendar: str) -> str:
    return next(line for line in calendar.splitlines() if line.startswith("UID:reg-"))


def _download(page: Page, link: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    return download.value.path()

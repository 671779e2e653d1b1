"""Every page in every state, judged by axe, by the keyboard and with a ruler.

Axe sees each page in one of four views; with SOAK=1 in the environment, in all of them. With
PICTURES=1 (`make pictures`), the light ones are also written to docs/pictures.
"""

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from chancendialog.registration import specimens
from tests.browser import pictures
from tests.browser.conftest import (
    Trial,
    from_elsewhere,
    let_time_run_out,
    listen,
    lose_letters,
    sign_in,
)
from tests.browser.pictures import Album
from tests.browser.visitor import FOCUSED, TOO_FAST, Person, Visitor, sign_up
from tests.browser_client import check_page

pytestmark = pytest.mark.xdist_group("browser")  # one system and one browser for all
AXE_COMES_WITH = ("axe_playwright_python", "axe_core_python")  # the first has the newer axe
AXE = (
    Path(next(filter(None, map(find_spec, AXE_COMES_WITH))).origin)
    .with_name("axe.min.js")
    .read_text("utf-8")
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
GOOD_PRACTICE = [*WCAG, "best-practice"]  # landmarks, order of headings: letters have none
VIEWS = [(width, scheme) for width in (1280, 375) for scheme in ("light", "dark")]
IN_EVERY_VIEW = os.environ.get("SOAK") or pictures.ARE_WANTED

STRANGERS_SEE = {
    "programme": "/",
    "session": "/termine/beispiel-gross",
    "session in English": "/termine/beispiel-english",
    "session with one seat left": "/termine/beispiel-klein",
    "session that is full": "/termine/beispiel-voll",
    "session that is over": "/termine/2024-06-19-auftakt",
    "form": "/termine/beispiel-gross/anmelden",
    "form with errors": "/termine/beispiel-gross/anmelden",
    "form of a full session": "/termine/beispiel-voll/anmelden",
    "calendar": "/kalender",
    "about the series": "/transformation",
    "programme of a topic": "/?thema=wohnen",
    "lost link": "/meine-anmeldungen",
    "lost link with errors": "/meine-anmeldungen",
    "code from paper": "/code",
    "code from paper with errors": "/code",
    "links sent": "/erledigt/links",
    "barrier to report": "/barriere-melden",
    "barrier to report with errors": "/barriere-melden",
    "barrier reported": "/erledigt/gemeldet",
    "programme in English": "/en/",
    "page of a session in English": "/en/termine/beispiel-gross",
    "form in English": "/en/termine/beispiel-gross/anmelden",
    "form in English with errors": "/en/termine/beispiel-gross/anmelden",
    "privacy in English": "/en/datenschutz",
    "no such page in English": "/en/gibt-es-nicht",
    "programme in simple words": "/einfach/",
    "page of a session in simple words": "/einfach/termine/beispiel-klein",
    "form in simple words": "/einfach/termine/beispiel-voll/anmelden",
    "form in simple words with errors": "/einfach/termine/beispiel-gross/anmelden",
    "film in sign language": "/gebaerdensprache",
    "imprint": "/impressum",
    "privacy": "/datenschutz",
    "accessibility": "/barrierefreiheit",
    "no such page": "/gibt-es-nicht",
    "sign in": "/verwaltung/anmelden",
    "sign in with errors": "/verwaltung/anmelden",
    "forgot password": "/verwaltung/passwort",
    "mailbox": "/postfach/",
    "data deleted": "/erledigt/geloescht",
    "ticket": "/t/",
}
RESIDENTS_SEE = [
    "form refused",
    "form by mail",
    "receipt",
    "receipt with errors",
    "receipt waiting",
    "receipt of several",
    "receipt by mail",
    "receipt by mail sent again",
    "receipt after a slip",
    "letter",
    "own page confirmed",
    "own page with a new link",
    "own page refused",
    "own page unverified",
    "own page waiting",
    "own page offered",
    "own page expired",
    "own page called",
    "own page withdrawn",
    "question before withdrawing",
    "own needs",
    "own needs with errors",
    "other sessions",
    "own page switched",
    "own data",
    "own data with errors",
    "data to delete",
]
COLLEAGUES_SEE = {
    "sessions": "/verwaltung/",
    "people": "/verwaltung/termine/probe-zugang",
    "people found": "/verwaltung/termine/probe-zugang",
    "people not found": "/verwaltung/termine/probe-zugang",
    "person": "/verwaltung/termine/probe-zugang",
    "party size": "/verwaltung/termine/probe-zugang",
    "party size with errors": "/verwaltung/termine/probe-zugang",
    "party size refused": "/verwaltung/termine/probe-zugang",
    "mails of a person": "/verwaltung/termine/probe-zugang",
    "question before withdrawing somebody": "/verwaltung/termine/probe-zugang",
    "letter as it was sent": "/verwaltung/termine/probe-zugang",
    "entry": "/verwaltung/termine/beispiel-voll/anmelden",
    "entry with errors": "/verwaltung/termine/beispiel-voll/anmelden",
    "entry refused": "/verwaltung/termine/beispiel-voll/anmelden",
    "seats": "/verwaltung/termine/probe-zugang/plaetze",
    "needs": "/verwaltung/termine/beispiel-gross/bedarf",
    "need": "/verwaltung/termine/beispiel-gross/bedarf",
    "need with errors": "/verwaltung/termine/beispiel-gross/bedarf",
    "door team": "/verwaltung/termine/probe-zugang/einlass-team",
    "seats with errors": "/verwaltung/termine/probe-zugang/plaetze",
    "history": "/verwaltung/termine/probe-zugang/verlauf",
    "lists": "/verwaltung/termine/probe-zugang/listen",
    "lists with errors": "/verwaltung/termine/probe-zugang/listen",
    "mails": "/verwaltung/e-mails",
    "mails of a session": "/verwaltung/termine/probe-zugang/e-mails",
    "mails of a session with errors": "/verwaltung/termine/probe-zugang/e-mails",
    "letter to write": "/verwaltung/termine/probe-zugang/e-mails/neu",
    "letter to write with errors": "/verwaltung/termine/probe-zugang/e-mails/neu",
    "draft": "/verwaltung/termine/probe-zugang/e-mails/neu",
    "letter to many": "/verwaltung/termine/probe-zugang/e-mails/neu",
    "move": "/verwaltung/termine/probe-zugang/verlegen",
    "move with errors": "/verwaltung/termine/probe-zugang/verlegen",
    "move to confirm": "/verwaltung/termine/probe-zugang/verlegen",
    "phone list": "/verwaltung/termine/probe-zugang/anrufe",
    "call off": "/verwaltung/termine/probe-zugang/absagen",
    "places and topics": "/verwaltung/orte-und-themen",
    "venues": "/verwaltung/orte",
    "venue": "/verwaltung/orte/haus-der-region",
    "venue with errors": "/verwaltung/orte/haus-der-region",
    "venue to confirm": "/verwaltung/orte/haus-der-region",
    "venue to add": "/verwaltung/orte/neu",
    "venue to delete": "/verwaltung/orte/haus-der-region/loeschen",
    "topics": "/verwaltung/themen",
    "topic": "/verwaltung/themen/wohnen",
    "topic with errors": "/verwaltung/themen/wohnen",
    "topic to delete": "/verwaltung/themen/wissenschaft/loeschen",
    "series": "/verwaltung/reihe",
    "new session": "/verwaltung/termine/neu",
    "new session with errors": "/verwaltung/termine/neu",
    "session to change": "/verwaltung/termine/probe-zugang/bearbeiten",
    "preview": "/verwaltung/termine/neu?von=beispiel-gross",
    "preview in English": "/verwaltung/termine/beispiel-english/vorschau?sprache=en",
    "dates to choose": "/verwaltung/termine/beispiel-gross/wiederholen",
    "dates proposed": "/verwaltung/termine/beispiel-gross/wiederholen?starts_at=2030-01-09T18:00"
    "&rhythm=month&count=6",
    "dates with errors": "/verwaltung/termine/beispiel-gross/wiederholen"
    "?starts_at=2030-01-09T18:00&rhythm=month&count=2",
    "draft to delete": "/verwaltung/termine/beispiel-gross/loeschen",
    "archive": "/verwaltung/archiv",
    "address": "/verwaltung/termine/probe-zugang",
    "address with errors": "/verwaltung/termine/probe-zugang",
    "address refused": "/verwaltung/termine/probe-zugang",
    "accounts": "/verwaltung/konten",
    "invitation": "/verwaltung/konten/einladen",
    "invitation with errors": "/verwaltung/konten/einladen",
    "account": "/verwaltung/konten",
    "account to remove": "/verwaltung/konten",
    "own account": "/verwaltung/konto",
    "password": "/verwaltung/konto/passwort",
    "password with errors": "/verwaltung/konto/passwort",
    "app to set up": "/verwaltung/konto/app",
    "app to set up with errors": "/verwaltung/konto/app",
    "passkey to add": "/verwaltung/konto/passkey",
    "texts": "/verwaltung/texte",
    "contact to change": "/verwaltung/texte/buero",
    "contact to change with errors": "/verwaltung/texte/buero",
    "contact looked at": "/verwaltung/texte/buero",
    "text of the law": "/verwaltung/texte/angaben/processors",
    "hint to write": "/verwaltung/texte/hinweise/neu",
    "hint to write with errors": "/verwaltung/texte/hinweise/neu",
    "wording of a letter": "/verwaltung/texte/e-mails/waiting/en",
    "wording of a letter with errors": "/verwaltung/texte/e-mails/waiting/de",
    "wording of a letter looked at": "/verwaltung/texte/e-mails/confirm_reminder/de",
    "letters": "/verwaltung/briefe",
    "letter to preview": "/verwaltung/briefe/moved",
    "privacy desk": "/verwaltung/datenschutz",
    "privacy desk with errors": "/verwaltung/datenschutz",
    "periods": "/verwaltung/datenschutz/fristen",
    "periods with errors": "/verwaltung/datenschutz/fristen",
    "periods of a session": "/verwaltung/termine/probe-zugang/fristen",
    "disclosure": "/verwaltung/termine/probe-zugang",
    "name": "/verwaltung/termine/probe-zugang",
    "phone number": "/verwaltung/termine/probe-zugang",
    "data to delete for somebody": "/verwaltung/termine/probe-zugang",
    "check-in": "/verwaltung/termine/beispiel-gross/einlass",
    "ticket scanned": "/t/",
    "door of today": "/verwaltung/termine/probe-zugang-bald/einlass",
    "guest without sign-up": "/verwaltung/termine/probe-zugang-bald/gaeste/neu",
    "guest without sign-up with errors": "/verwaltung/termine/probe-zugang-bald/gaeste/neu",
    "numbers": "/verwaltung/zahlen",
    "numbers of a session": "/verwaltung/termine/probe-zugang/zahlen",
    "journal": "/verwaltung/journal",
    "journal with errors": "/verwaltung/journal?von=2026-09-09&bis=2026-09-08",
    "no such page for staff": "/verwaltung/gibt-es-nicht",
}
PLACES = [*STRANGERS_SEE, *RESIDENTS_SEE, *COLLEAGUES_SEE]

FIRST_COME = {
    "first": ("beispiel-klein", "Erste Gruppe", "eins@example.org", 4),
    "second": ("beispiel-klein", "Zweite Gruppe", "zwei@example.org", 4),
    "third": ("beispiel-klein", "Dritte Gruppe", "drei@example.org", 3),
    "withdrawn": ("beispiel-gross", "Kim Beispiel", "kim@example.org", 1),
    "receipt waiting": ("beispiel-voll", "Lou Beispiel", "lou@example.org", 2),
    "receipt of several": ("beispiel-gross", "Alex Beispiel", "alex@example.org", 1, "Hitze"),
    "three of three": ("probe-zugang", "Jo Beispiel", "jo@example.org", 3),
    "one of one": ("probe-zugang-bald", "Uli Beispiel", "uli@example.org", 1),
}
THEN_COME = {  # the last three are those whose receipts the browser still knows
    "expires": ("probe-zugang", "Mika Beispiel", "mika@example.org", 1),
    "offered": ("probe-zugang", "Noa Beispiel", "noa@example.org", 2),
    "called": ("probe-zugang-bald", "Ole Beispiel", "ole@example.org", 1),
    "receipt by mail": ("probe-per-mail", "Pat Beispiel", "pat@example.org", 2),
    "receipt after a slip": ("probe-per-mail", "Sascha Beispiel", "sascha@gmial.com", 1),
    "receipt": ("beispiel-gross", "Çağla Öztürk-Großmann", "caglar@example.org", 3),
}
LETTERS = {  # whose letter, by its subject, leads to which page
    "own page waiting": ("lou@example.org", "waiting"),
    "own page withdrawn": ("kim@example.org", "confirmed"),
    "own page refused": ("jo@example.org", "confirmed"),
    "own page expired": ("mika@example.org", "waiting"),
    "own page offered": ("noa@example.org", "waiting"),
    "own page called": ("ole@example.org", "waiting"),
    "gives up": ("uli@example.org", "confirmed"),
    "own page unverified": ("pat@example.org", "please confirm"),
    "own page confirmed": ("caglar@example.org", "confirmed"),
}


@pytest.fixture(scope="package")
def known(browser: Browser, trial: Trial) -> Iterator[tuple[dict, dict[str, str]]]:
    """The cookie of somebody who signed up and works in the office, and their addresses."""
    context = browser.new_context(base_url=trial.url)
    visitor = Visitor(context.new_page())
    sign_in(visitor, trial, "admin")  # who may see everything
    office = visitor.page
    found = _sign_up(context, FIRST_COME) | _sign_up(context, THEN_COME)
    found["receipt with errors"] = found["receipt"]
    found["receipt by mail sent again"] = found["receipt by mail"]
    found["form refused"] = "/termine/beispiel-klein/anmelden"
    found["form by mail"] = "/termine/probe-per-mail/anmelden"
    for place, (recipient, subject) in LETTERS.items():
        visitor.open_letter(recipient, subject)
        found["letter"] = office.url
        found[place] = office.locator("main a", has_text="/anmeldung/").get_attribute("href")
    for place in ("own page withdrawn", "gives up"):
        office.goto(found[place])
        visitor.give_up()
    office.goto(found["own page confirmed"])
    code = office.locator("main .code").first.inner_text()
    office.get_by_role("button", name="Neuen Link erzeugen").click()
    found["own page with a new link"] = office.url
    office.goto(found["own page refused"])
    visitor.change_party(2)  # one seat is offered,
    let_time_run_out(trial, "mika@example.org")  # nobody answers,
    office.goto(found["own page refused"])
    visitor.change_party(1)  # and two are offered
    office.goto(COLLEAGUES_SEE["check-in"])
    office.get_by_role("button", name="eine Person mehr").first.click()
    office.goto(COLLEAGUES_SEE["people"])
    found |= COLLEAGUES_SEE | dict.fromkeys(("ticket", "ticket scanned"), f"/t/{code}")
    found["person"] = office.get_by_role("link", name="Mika").get_attribute("href")
    noa = office.get_by_role("link", name="Noa").get_attribute("href")
    found |= dict.fromkeys(("address", "address with errors", "address refused"), f"{noa}/adresse")
    found |= _of_a_person(office, "Jo Beispiel")
    pages = {
        "disclosure": "daten", "name": "name", "phone number": "telefon",
        "data to delete for somebody": "loeschen",
    }  # fmt: skip
    found |= {place: f"{noa}/{page}" for place, page in pages.items()}
    found |= _of_an_account(office, trial.accounts["door"])
    own = found["own page confirmed"]
    found |= {"data to delete": f"{own}/loeschen", "other sessions": f"{own}/wechseln"}
    found["question before withdrawing"] = f"{own}/abmelden"
    found |= dict.fromkeys(("own needs", "own needs with errors"), f"{own}/bedarf")
    found |= dict.fromkeys(("need", "need with errors"), _say_needs(office, own))
    office.goto(f"{found['own page offered']}/wechseln")
    office.get_by_role("button", name="Auf die Warteliste").first.click()
    found["own page switched"] = office.url
    found |= dict.fromkeys(("own data", "own data with errors"), f"{own}/daten")
    lose_letters(trial, "noa@example.org")
    found["draft"] = _write(office)
    found["letter to many"] = _write(office)
    office.get_by_role("button", name="Anmeldungen senden").or_(
        office.get_by_role("button", name="Anmeldung senden")
    ).click()
    yield context.storage_state(), found
    context.close()


def _sign_up(context: BrowserContext, wishes: dict) -> dict[str, str]:
    """Fill in a form for each, wait for all of them at once, and say where each led."""
    windows = {name: Visitor(context.new_page()) for name in wishes}
    for window in windows.values():
        window.page.set_extra_http_headers(from_elsewhere())
    sign_up(
        *(
            (windows[name], slug, Person(who, email), people, *also)
            for name, (slug, who, email, people, *also) in wishes.items()
        )
    )
    found = {name: window.page.url for name, window in windows.items()}
    for window in windows.values():
        window.page.close()
    return found


def _of_a_person(page: Page, name: str) -> dict[str, str]:
    """Where staff do something for somebody on the list."""
    own = page.get_by_role("link", name=name).get_attribute("href")
    page.goto(own)
    sizes = ("party size", "party size with errors", "party size refused")
    return {
        **dict.fromkeys(sizes, f"{own}/anzahl"),
        "mails of a person": f"{own}/e-mails",
        "question before withdrawing somebody": f"{own}/abmelden",
        "letter as it was sent": page.locator(".history a").first.get_attribute("href"),
    }


def _of_an_account(page: Page, email: str) -> dict[str, str]:
    """Where admins do something with an account."""
    page.goto(COLLEAGUES_SEE["accounts"])
    own = page.get_by_role("link", name=email).get_attribute("href")
    return {"account": own, "account to remove": f"{own}/loeschen"}


def _write(page: Page) -> str:
    """Save a draft, and say where it is."""
    page.goto(COLLEAGUES_SEE["letter to write"])
    page.get_by_label("Betreff").fill("Bitte früher kommen: {titel}")
    page.get_by_label("Text", exact=True).fill(
        "wir öffnen schon um 17 Uhr.\n\nAlles Weitere: {link}"
    )
    send(page)
    return page.url.partition("#")[0]


def _say_needs(page: Page, own: str) -> str:
    """Say what somebody needs, and where the office answers it."""
    page.goto(f"{own}/bedarf")
    page.get_by_label("Höranlage").check()
    page.get_by_label("Etwas anderes").fill("Ein Platz nahe der Tür")
    page.get_by_role("button", name="Speichern").click()
    page.goto(COLLEAGUES_SEE["needs"])
    return page.get_by_role("link", name="Antworten").first.get_attribute("href")


def send(page: Page) -> None:
    """Press the form's first button."""
    Visitor(page).send()


def _refused_entry(page: Page) -> None:
    page.get_by_label("Name").fill("Zu viele")
    send(page)


def _refused_form(page: Page) -> None:
    Visitor(page).fill_in(Person("Zu viele", "viele@example.org"), 2)
    page.wait_for_timeout(TOO_FAST * 1000)
    send(page)


def _wrong_letter(page: Page) -> None:
    page.get_by_label("Text", exact=True).fill("Liebe {vorname}")
    send(page)


def _wrong_move(page: Page) -> None:
    page.get_by_label("Beginn").fill("2020-01-01T19:00")
    send(page)


def _another_room(page: Page) -> None:
    page.get_by_label("Raum").fill("Raum S 002")
    page.get_by_role("button", name="Weiter").click()


def _no_street(page: Page) -> None:
    page.get_by_label("Straße und Hausnummer").fill("")
    send(page)


def _another_street(page: Page) -> None:
    page.get_by_label("Straße und Hausnummer").fill("Hildesheimer Straße 18")
    page.get_by_role("button", name="Weiter").click()


def _no_title(page: Page) -> None:
    page.locator("#title").fill("")
    send(page)


def _untick(page: Page) -> None:
    for box in page.locator("[name=dates]").all():
        box.uncheck()
    page.get_by_role("button", name="Entwürfe anlegen").click()


def _copy(page: Page) -> None:
    """A draft, as everybody will see it."""
    page.get_by_label("Beginn").fill("2030-02-06T18:00")
    send(page)


def _wrong_days(page: Page) -> None:
    page.get_by_label("Fragen, wer kommt").fill("0")
    send(page)


def _no_office(page: Page) -> None:
    page.get_by_label("Name des Büros").fill("")
    send(page)


def _no_place(page: Page) -> None:
    page.locator("main textarea").first.fill("Warteliste")
    send(page)


def _look(page: Page) -> None:
    page.get_by_role("button", name="Vorschau").first.click()


def _address_of_jo(page: Page) -> None:
    page.get_by_label("E-Mail-Adresse").fill("jo@example.org")
    send(page)


def _look_for(words: str) -> Callable[[Page], None]:
    def look(page: Page) -> None:
        page.get_by_label("Name, E-Mail-Adresse oder Code suchen").fill(words)
        page.get_by_role("button", name="Suchen").click()

    return look


def _size(people: str) -> Callable[[Page], None]:
    def fill_in(page: Page) -> None:
        page.get_by_label("Personen").fill(people)
        send(page)

    return fill_in


def _no_name(page: Page) -> None:
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Namen ändern").click()


def _too_many_words(page: Page) -> None:
    page.get_by_label("Etwas anderes").fill("x" * 301)
    page.get_by_role("button", name="Speichern").click()


def _bare_no(page: Page) -> None:
    page.get_by_label("geht nicht").check()
    send(page)


def _wrong_columns(page: Page) -> None:
    for box in page.locator("[name=facts]").all():
        box.uncheck()
    page.get_by_label("Stelle von: Name").fill("0")
    send(page)


def _no_days(page: Page) -> None:
    page.locator("#contact_days").fill("")
    send(page)


def _wrong_seats(page: Page) -> None:
    page.locator("#capacity").fill("")
    send(page)


def _one_walk_in(page: Page) -> None:
    plus = page.get_by_role("button", name="+1 Gast ohne Anmeldung")
    if plus.count():  # late in the evening, what begins soon begins tomorrow
        plus.click()


def _open_the_table(page: Page) -> None:
    page.evaluate("document.querySelector('main details').open = true")


DONE_THERE = {  # before a place is judged
    "form with errors": send,
    "form in English with errors": send,
    "form in simple words with errors": send,
    "lost link with errors": send,
    "code from paper with errors": send,
    "barrier to report with errors": send,
    "form refused": _refused_form,
    "receipt with errors": send,
    "receipt by mail sent again": send,
    "own page refused": lambda page: Visitor(page).change_party(4),
    "sign in with errors": send,
    "people found": _look_for("beispiel"),
    "people not found": _look_for("mikka beispeil"),
    "party size with errors": _size("0"),
    "party size refused": _size("3"),
    "entry with errors": send,
    "invitation with errors": send,
    "password with errors": send,
    "app to set up with errors": send,
    "entry refused": _refused_entry,
    "seats with errors": _wrong_seats,
    "lists with errors": _wrong_columns,
    "mails of a session with errors": _wrong_days,
    "letter to write with errors": _wrong_letter,
    "move with errors": _wrong_move,
    "move to confirm": _another_room,
    "new session with errors": send,
    "preview": _copy,
    "dates with errors": _untick,
    "address with errors": send,
    "own data with errors": _no_name,
    "privacy desk with errors": send,
    "periods with errors": _no_days,
    "own needs with errors": _too_many_words,
    "need with errors": _bare_no,
    "address refused": _address_of_jo,
    "venue with errors": _no_street,
    "venue to confirm": _another_street,
    "topic with errors": _no_title,
    "guest without sign-up with errors": send,
    "door of today": _one_walk_in,
    "numbers of a session": _open_the_table,
    "numbers": _open_the_table,
    "contact to change with errors": _no_office,
    "contact looked at": _look,
    "hint to write with errors": send,
    "wording of a letter with errors": _no_place,
    "wording of a letter looked at": _look,
}


VIOLATIONS = """tags =>
  axe.run({runOnly: tags, resultTypes: ["violations"]}).then(({violations}) => violations)"""
REACHABLE = """[...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, video, [tabindex='0']"
  )]
  .filter(one => one.tabIndex >= 0 && one.checkVisibility() && (one.type != "radio" || one.checked))
  .map(one => one.outerHTML.slice(0, 200))"""
TARGETS = """[...document.querySelectorAll("main :is(.kern-btn, .guest__all, .guest__step, input[type=text], input[type=email])")]
  .filter(one => one.checkVisibility() && one.tabIndex >= 0)
  .map(one => ({what: one.outerHTML.slice(0, 200), height: one.getBoundingClientRect().height}))"""

TOO_WIDE = """[...document.querySelectorAll(".table-scroll")]
  .filter(one => one.scrollWidth > one.clientWidth)
  .map(one => one.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def devices(browser: Browser, trial: Trial, known) -> Iterator[list[BrowserContext]]:
    """A stranger's, and that of somebody known."""
    both = [
        browser.new_context(base_url=trial.url, reduced_motion="reduce", storage_state=cookies)
        for cookies in (None, known[0])
    ]
    yield both
    for device in both:
        device.close()


@pytest.fixture(scope="module", params=PLACES)
def page(request, devices, known) -> Iterator[Page]:
    """One place after the other, each opened once for all tests; nothing may be amiss there."""
    place, addresses = request.param, {**STRANGERS_SEE, **known[1]}
    page = devices[place not in STRANGERS_SEE].new_page()
    complaints, documents = listen(page), []
    page.on(
        "response",
        lambda answer: (
            answer.frame == page.main_frame
            and answer.request.resource_type == "document"
            and documents.append(answer)
        ),
    )
    page.goto(addresses[place])
    DONE_THERE.get(place, Page.title)(page)
    page.wait_for_load_state()  # a click waits for the page it leads to, not for its styles
    check_page(documents[-1].text())
    yield page
    page.close()
    assert complaints == []


@pytest.fixture(scope="module")
def album() -> Iterator[Album | None]:
    """Where pictures go, if they are wanted."""
    album = Album() if pictures.ARE_WANTED else None
    yield album
    if album:
        album.close()


def _views(number: int) -> list[tuple[int, str]]:
    """All of them, or the turn of one: neighbours are seen in different ones."""
    return VIEWS if IN_EVERY_VIEW else [VIEWS[number % len(VIEWS)]]


def _stops(page: Page) -> Iterator[dict]:
    """Press Tab until the page is over; what has the focus in a frame shows it there."""
    has_frame = page.locator("iframe").count() > 0
    page.keyboard.press("Tab")
    while stop := _focused(page, patiently=has_frame):
        if not stop["what"].startswith("<iframe"):
            yield stop
        page.keyboard.press("Tab")


def _focused(page: Page, *, patiently: bool) -> dict | None:
    """A frame lives in a process of its own and takes a moment to take the focus and give it back."""
    stop = page.evaluate(FOCUSED)
    for _ in range(30 if patiently else 0):
        if stop:
            break
        page.wait_for_timeout(100)
        stop = page.evaluate(FOCUSED)
    return stop


def _goes_back(before: dict, after: dict) -> bool:
    """Whether the eye must go up, or to the left in the same line, to follow the focus."""
    is_above = after["bottom"] <= before["top"]
    is_beside = after["top"] < before["bottom"] and after["bottom"] > before["top"]
    return is_above or (is_beside and after["right"] <= before["left"])


def _heard(page: Page, role: str) -> int:
    """How many parts with a role the browser tells a screen reader of."""
    network = page.context.new_cdp_session(page)
    nodes = network.send("Accessibility.getFullAXTree")["nodes"]
    network.detach()
    return sum(not node["ignored"] and node["role"]["value"] == role for node in nodes)


def _has_parts(stop: dict) -> bool:
    """What the browser itself makes of several: the parts of a date, the buttons of a film."""
    return 'type="date' in stop["what"] or stop["what"].startswith("<video")


def test_axe_finds_nothing_wide_or_narrow_light_or_dark(page, request, album):
    page.evaluate(AXE)
    found = []
    place = request.node.callspec.params["page"]
    for width, scheme in _views(PLACES.index(place)):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        for violation in page.evaluate(VIOLATIONS, GOOD_PRACTICE):
            found += [(width, scheme, violation["id"], one["html"]) for one in violation["nodes"]]
        if album and scheme == "light":
            album.add(page, place)
    page.emulate_media(color_scheme=None)
    assert found == []


def test_nothing_is_cut_off_on_the_narrowest_screen(page):
    page.set_viewport_size({"width": 320, "height": 640})

    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate(TOO_WIDE) == []
    assert _heard(page, "row") == page.locator("table tr").count()  # still, though blocks by then


@pytest.mark.xdist_group("keyboard")  # the longest: beside the others, on a system of its own
def test_the_keyboard_reaches_everything_and_shows_where_it_is(page):
    page.set_viewport_size({"width": 375, "height": 640})
    reachable = page.evaluate(REACHABLE)
    if "#" in page.url:  # an error page starts in the middle: once to its end
        list(_stops(page))

    # a date and time has a stop for each of its parts; the last of them, the button that opens
    # a calendar, is marked by the browser itself
    stops = [list(parts) for _number, parts in groupby(_stops(page), itemgetter("number"))]

    assert stops[0][0]["what"].startswith('<a class="skip-link" href="#inhalt">')
    assert [parts[0]["what"] for parts in stops] == reachable
    assert [parts[0]["what"] for parts in stops if not parts[0]["shown"]] == []
    assert [
        parts[0]["what"] for parts in stops if len(parts) > 1 and not _has_parts(parts[0])
    ] == []
    assert [
        (before[-1]["what"], after[0]["what"])
        for before, after in pairwise(stops[1:])
        if _goes_back(before[-1]["box"], after[0]["box"])
    ] == []


def test_forced_colours_show_what_is_chosen_and_where_one_is(browser, trial):
    context = browser.new_context(base_url=trial.url, forced_colors="active", color_scheme="dark")
    page = context.new_page()
    page.goto("/termine/beispiel-gross/anmelden")
    page.focus("[name=email]")
    page.keyboard.press("Tab")
    shown = page.evaluate("""() => {
        const radio = document.activeElement, style = getComputedStyle(radio);
        return {
            is_chosen: radio.checked,
            dot: getComputedStyle(radio, "::before").backgroundColor,
            border: [style.borderTopColor, style.borderTopWidth],
            outline: [style.outlineStyle, style.outlineWidth],
        }
    }""")
    context.close()

    white = "rgb(255, 255, 255)"
    assert shown == {
        "is_chosen": True,
        "dot": white,
        "border": [white, "2px"],
        "outline": ["solid", "4px"],
    }


def test_film_in_sign_language_plays_with_its_captions(browser, trial):
    page = browser.new_page(base_url=trial.url)
    complaints = listen(page)
    page.goto("/gebaerdensprache")
    page.evaluate("document.querySelector('video').play()")
    page.wait_for_function("document.querySelector('video').currentTime > 0")
    page.wait_for_function("document.querySelector('video').textTracks[0].cues?.length")
    said = page.evaluate("document.querySelector('video').textTracks[0].cues[0].text")
    page.close()

    assert (said, complaints) == ("Guten Tag!", [])


def test_printed_pages_keep_their_icons_and_leave_out_what_one_presses(browser, trial):
    page = browser.new_page(base_url=trial.url)
    page.goto("/termine/beispiel-gross")
    page.emulate_media(media="print")
    icon = page.locator("main .kern-icon").first
    printed = icon.evaluate("icon => getComputedStyle(icon).printColorAdjust")
    pressed = page.locator(".kern-btn:visible, nav:visible").count()
    page.close()

    assert (printed, pressed) == ("exact", 0)


def test_what_one_taps_is_large_enough(page):
    page.set_viewport_size({"width": 375, "height": 640})
    least = 56 if page.url.split("?")[0].endswith("/einlass") else 44

    assert [size for size in page.evaluate(TARGETS) if size["height"] < least] == []


@pytest.fixture(scope="module")
def without_sandbox(browser: Browser, trial: Trial, known) -> Iterator[BrowserContext]:
    """Where nothing runs, as in the frame that letters are shown in, axe would wait for ever."""
    context = browser.new_context(base_url=trial.url, storage_state=known[0], bypass_csp=True)
    yield context
    context.close()


@pytest.mark.parametrize("kind", specimens.LETTERS)
def test_every_letter_can_be_read_by_everybody(without_sandbox, album, kind):
    page = without_sandbox.new_page()
    page.goto(f"/verwaltung/briefe/{kind}.html?personen=3")
    page.evaluate(AXE)
    found = []
    for width, scheme in _views(list(specimens.LETTERS).index(kind)):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        found += [(width, scheme, one["id"]) for one in page.evaluate(VIOLATIONS, WCAG)]
        if album and scheme == "light":
            album.add(page, f"mail {kind}")
    page.set_viewport_size({"width": 320, "height": 640})
    narrowest = page.evaluate("document.documentElement.scrollWidth")
    page.close()

    assert found == []
    assert narrowest == 320


@pytest.mark.parametrize("width", [375, 1280])
def test_frame_shows_every_letter_whole(without_sandbox, width):
    page = without_sandbox.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/verwaltung/briefe/reminder")
    frame = page.locator("iframe").bounding_box()
    page.set_viewport_size({"width": int(frame["width"]), "height": 100})
    heights = {}
    for kind in specimens.LETTERS:
        page.goto(f"/verwaltung/briefe/{kind}.html?personen=3")
        heights[kind] = page.evaluate("document.documentElement.scrollHeight")
    page.close()

    assert [kind for kind, height in heights.items() if height > frame["height"]] == []


@pytest.mark.skipif("oklch" not in AXE, reason="this axe is too old for KERN's colours (oklch)")
def test_axe_can_judge_contrast(browser, trial):
    page = browser.new_page(base_url=trial.url)
    page.goto("/")
    page.evaluate(AXE)
    judged = page.evaluate("axe.run({runOnly: ['color-contrast']}).then(({passes}) => passes)")
    page.close()

    assert [rule["id"] for rule in judged] == ["color-contrast"]


@pytest.mark.parametrize("path", ["/", "/en/", "/termine/beispiel-gross"])
def test_what_everybody_opens_first_is_light_and_lighter_the_second_time(browser, trial, path):
    """Bytes as they travel: 90 kB in at most 10 requests, then 15 kB, and a page of 20 kB."""
    context = browser.new_context(base_url=trial.url)
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    asked, sizes = {}, {}
    network.on(
        "Network.requestWillBeSent",
        lambda event: asked.update({event["requestId"]: event["request"]["url"]}),
    )
    network.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    visits = []
    for _visit in range(2):
        page.goto(path, wait_until="networkidle")
        visits.append([size for one, size in sizes.items() if asked[one].startswith("http")])
        page.goto("about:blank")
        sizes.clear()
    whole_page = context.request.get(path).body()
    context.close()

    assert sum(visits[0]) <= 90_000
    assert len(visits[0]) <= 10
    assert sum(visits[1]) <= 15_000
    assert len(whole_page) <= 20_000

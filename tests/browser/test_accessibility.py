"""Every page in every state, judged by axe, by the keyboard and with a ruler."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import axe_core_python
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import TOO_FAST, Trial, fill_in, listen, open_letter, send, sign_in

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
VIEWS = [(width, scheme) for width in (1280, 375) for scheme in ("light", "dark")]
PICTURES = Path(__file__).parent / "pictures" if os.environ.get("PICTURES") else None

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
    "form of a session that is over": "/termine/2024-06-19-auftakt/anmelden",
    "calendar": "/kalender",
    "imprint": "/impressum",
    "privacy": "/datenschutz",
    "accessibility": "/barrierefreiheit",
    "no such page": "/gibt-es-nicht",
    "sign in": "/verwaltung/anmelden",
    "sign in with errors": "/verwaltung/anmelden",
    "forgot password": "/verwaltung/passwort",
    "forgot password with errors": "/verwaltung/passwort",
    "mailbox": "/postfach/",
}
RESIDENTS_SEE = [
    "form refused",
    "receipt",
    "receipt with errors",
    "receipt waiting",
    "letter",
    "own page confirmed",
    "own page waiting",
    "own page withdrawn",
]
COLLEAGUES_SEE = {
    "sessions": "/verwaltung/",
    "people": "/verwaltung/termine/beispiel-gross",
    "check-in": "/verwaltung/termine/beispiel-gross/einlass",
    "check-in finds nobody": "/verwaltung/termine/beispiel-gross/einlass?suche=Xaver",
    "no such page for staff": "/verwaltung/gibt-es-nicht",
}
PLACES = [*STRANGERS_SEE, *RESIDENTS_SEE, *COLLEAGUES_SEE]


@pytest.fixture(scope="package")
def known(browser: Browser, trial: Trial) -> Iterator[tuple[dict, dict[str, str]]]:
    """The cookie of somebody who signed up and works in the office, and their addresses."""
    context = browser.new_context(base_url=trial.url)
    office = sign_in(context.new_page(), trial)
    wishes = {
        "first": ("beispiel-klein", "Erste Gruppe", "eins@example.org", 4),
        "second": ("beispiel-klein", "Zweite Gruppe", "zwei@example.org", 4),
        "third": ("beispiel-klein", "Dritte Gruppe", "drei@example.org", 3),
        "withdrawn": ("beispiel-gross", "Kim Beispiel", "kim@example.org", 1),
        "receipt waiting": ("beispiel-voll", "Lou Beispiel", "lou@example.org", 2),
        "receipt": ("beispiel-gross", "Çağla Öztürk-Großmann", "caglar@example.org", 3),
    }
    pages = {}
    for name, (slug, *who) in wishes.items():
        pages[name] = context.new_page()
        pages[name].goto(f"/termine/{slug}/anmelden")
        fill_in(pages[name], *who)
    office.wait_for_timeout(TOO_FAST)
    found = {name: send(page).url for name, page in pages.items()}
    found["receipt with errors"] = found["receipt"]
    found["form refused"] = "/termine/beispiel-klein/anmelden"
    for place, recipient in {
        "own page waiting": "lou@example.org",
        "own page withdrawn": "kim@example.org",
        "own page confirmed": "caglar@example.org",
    }.items():
        found["letter"] = open_letter(office, recipient, "Beispiel").url
        found[place] = office.locator("main a", has_text="/anmeldung/").get_attribute("href")
    office.goto(found["own page withdrawn"])
    office.get_by_role("button", name="Platz freigeben").click()
    office.goto(COLLEAGUES_SEE["check-in"])
    office.get_by_role("button", name="Eine Person da").first.click()
    yield context.storage_state(), found | COLLEAGUES_SEE
    context.close()


@pytest.fixture
def go_to(browser: Browser, trial: Trial, known) -> Iterator[Callable[..., Page]]:
    """Bring a new page to a place, and what is amiss there to light."""
    cookies, addresses = known
    contexts, complaints = [], []

    def go(place: str, **how) -> Page:
        how |= {} if place in STRANGERS_SEE else {"storage_state": cookies}
        context = browser.new_context(base_url=trial.url, reduced_motion="reduce", **how)
        contexts.append(context)
        complaints.append(listen(context))
        page = context.new_page()
        page.goto({**STRANGERS_SEE, **addresses}[place])
        if place.endswith("with errors"):
            send(page)
        if place == "form refused":
            fill_in(page, "Zu viele", "viele@example.org", 2)
            page.wait_for_timeout(TOO_FAST)
            send(page)
        return page

    yield go
    for context in contexts:
        context.close()
    assert sum(complaints, []) == []


@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_wide_or_narrow_light_or_dark(place, go_to):
    page = go_to(place, bypass_csp=True)  # ours forbids scripts, and axe is one
    page.evaluate(AXE)
    found = []
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        found += [
            (width, scheme, violation["id"], node["html"])
            for violation in page.evaluate(
                "tags => axe.run({runOnly: tags}).then(result => result.violations)", WCAG
            )
            for node in violation["nodes"]
        ]
        if PICTURES:
            name = f"{place}_{width}_{scheme}.png".replace(" ", "-")
            page.screenshot(path=PICTURES / name, full_page=True)
    assert found == []


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_cut_off_on_the_narrowest_screen(place, go_to):
    page = go_to(place, viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320


REACHABLE = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
  )].filter(one => one.tabIndex >= 0 && one.getClientRects().length
    && (one.type != "radio" || one.checked)).length"""
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect()
  return {
    what: one == document.body ? null : one.outerHTML.slice(0, 80),
    visible: parseFloat(style.outlineWidth) >= 2 && style.outlineStyle != "none",
    inSight: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  }
}"""


@pytest.mark.parametrize("place", PLACES)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(place, go_to):
    page = go_to(place, viewport={"width": 375, "height": 640})
    reachable = page.evaluate(REACHABLE)
    page.goto(page.url.partition("#")[0]) if "errors" not in place else None
    stops = []
    while (stop := (page.keyboard.press("Tab"), page.evaluate(FOCUSED))[1])["what"]:
        stops.append(stop)
    assert len(stops) == reachable

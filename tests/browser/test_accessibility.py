"""Every page in every state, judged by axe, by the keyboard and with a ruler.

With PICTURES=1 in the environment, each view is also written to tests/browser/pictures/.
"""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import TOO_FAST, Trial, fill_in, listen, open_letter, send, sign_in

AXE_COMES_WITH = ("axe_playwright_python", "axe_core_python")  # the first has the newer axe
AXE = (
    Path(next(filter(None, map(find_spec, AXE_COMES_WITH))).origin)
    .with_name("axe.min.js")
    .read_text("utf-8")
)
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
    "calendar": "/kalender",
    "imprint": "/impressum",
    "privacy": "/datenschutz",
    "accessibility": "/barrierefreiheit",
    "no such page": "/gibt-es-nicht",
    "sign in": "/verwaltung/anmelden",
    "sign in with errors": "/verwaltung/anmelden",
    "forgot password": "/verwaltung/passwort",
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


VIOLATIONS = """tags =>
  axe.run({runOnly: tags, resultTypes: ["violations"]}).then(({violations}) => violations)"""
REACHABLE = """[...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
  )]
  .filter(one => one.tabIndex >= 0 && one.checkVisibility() && (one.type != "radio" || one.checked))
  .map(one => one.outerHTML.slice(0, 200))"""
FOCUSED = """(() => {
  const one = document.activeElement
  const style = getComputedStyle(one), box = one.getBoundingClientRect()
  return one != document.body && {
    what: one.outerHTML.slice(0, 200),
    shown: style.outlineStyle != "none" && parseFloat(style.outlineWidth) >= 2
      && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  }
})()"""
TARGETS = """[...document.querySelectorAll("main :is(.kern-btn, input[type=text], input[type=email])")]
  .filter(one => one.checkVisibility() && one.tabIndex >= 0)
  .map(one => ({what: one.outerHTML.slice(0, 200), height: one.getBoundingClientRect().height}))"""


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
    complaints = listen(page)
    page.goto(addresses[place])
    if place.endswith("with errors"):
        send(page)
    if place == "form refused":
        fill_in(page, "Zu viele", "viele@example.org", 2)
        page.wait_for_timeout(TOO_FAST)
        send(page)
    yield page
    page.close()
    assert complaints == []


def _stops(page: Page) -> Iterator[dict]:
    """Press Tab until the page is over."""
    page.keyboard.press("Tab")
    while stop := page.evaluate(FOCUSED):
        yield stop
        page.keyboard.press("Tab")


def test_axe_finds_nothing_wide_or_narrow_light_or_dark(page, request):
    page.evaluate(AXE)
    found = []
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        for violation in page.evaluate(VIOLATIONS, WCAG):
            found += [(width, scheme, violation["id"], one["html"]) for one in violation["nodes"]]
        if PICTURES:
            name = f"{request.node.callspec.params['page']}_{width}_{scheme}.png"
            page.screenshot(path=PICTURES / name.replace(" ", "-"), full_page=True)
    page.emulate_media(color_scheme=None)
    assert found == []


def test_nothing_is_cut_off_on_the_narrowest_screen(page):
    page.set_viewport_size({"width": 320, "height": 640})

    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page):
    page.set_viewport_size({"width": 375, "height": 640})
    reachable = page.evaluate(REACHABLE)
    list(_stops(page))  # to the end, as an error page starts in the middle

    stops = list(_stops(page))

    assert stops[0]["what"].startswith('<a class="skip-link" href="#inhalt">')
    assert [stop["what"] for stop in stops] == reachable
    assert [stop["what"] for stop in stops if not stop["shown"]] == []


def test_what_one_taps_is_large_enough(page):
    page.set_viewport_size({"width": 375, "height": 640})
    least = 56 if page.url.split("?")[0].endswith("/einlass") else 44

    assert [size for size in page.evaluate(TARGETS) if size["height"] < least] == []


@pytest.mark.skipif("oklch" not in AXE, reason="this axe is too old for KERN's colours (oklch)")
def test_axe_can_judge_contrast(browser, trial):
    page = browser.new_page(base_url=trial.url)
    page.goto("/")
    page.evaluate(AXE)
    judged = page.evaluate("axe.run({runOnly: ['color-contrast']}).then(({passes}) => passes)")
    page.close()

    assert [rule["id"] for rule in judged] == ["color-contrast"]


def test_the_programme_is_light(browser, trial):
    page = browser.new_page(base_url=trial.url)
    answers = []
    page.on("response", lambda answer: answers.append(len(answer.body())))
    page.goto("/", wait_until="networkidle")
    page.close()

    assert sum(answers) <= 250_000
    assert len(answers) <= 10

"""Somebody who walks through the system, and the ways in which people do.

What they press, fill in and read stands here and in the flows in German, as in the code. For a page
in another language it is looked up in the catalog: a sentence that is not there any more fails.
"""

import re
import time
from itertools import product
from typing import NamedTuple

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po
from playwright.sync_api import Locator, Page, expect

from chancendialog.i18n import LOCALES, NAMES, PREFIXES, SIMPLE, SOURCE
from config import ROOT

TOO_FAST = 3.1  # seconds after which a form believes that a person filled it in
PATIENCE = 60  # seconds until letters must have come
WIDTHS = (320, 375, 820, 1280)
SCHEMES = ("light", "dark")
MOST_STOPS = 400  # of the Tab key, until whatever is looked for counts as out of reach


def _catalog(folder: str) -> Catalog:
    path = ROOT / "chancendialog/translations" / folder / "LC_MESSAGES/messages.po"
    with path.open("rb") as file:
        return read_po(file)


CATALOGS = {"en": _catalog("en"), SIMPLE: _catalog(LOCALES[SIMPLE])}
SUBJECTS = {
    "confirmed": "Angemeldet: %(title)s, %(when)s",
    "waiting": "Warteliste: %(title)s, %(when)s",
    "please confirm": "Bitte bestätigen Sie bis %(moment)s: %(title)s",
    "already registered": "Sie sind schon angemeldet: %(title)s, %(when)s",
    "offer": "Platz frei – bitte bis %(moment)s zusagen: %(title)s",
    "offer expired": "Platz weitergegeben: %(title)s, %(when)s",
    "last call": "Platz frei – wer zuerst zusagt, bekommt ihn: %(title)s, %(when)s",
    "withdrawn": "Abgemeldet: %(title)s, %(when)s",
    "erased": "Ihre Daten sind gelöscht: %(title)s, %(when)s",
}

FOCUSED = """(() => {
  const one = document.activeElement
  const style = getComputedStyle(one), box = one.getBoundingClientRect()
  return one != document.body && {
    what: one.outerHTML.slice(0, 200),
    number: [...document.all].indexOf(one),
    shown: style.outlineStyle != "none" && parseFloat(style.outlineWidth) >= 2
      && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    box: {top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left, right: box.right},
  }
})()"""
WAY_TO = """one => {
  const here = document.activeElement
  if (here == one) return ""
  return one.type == "radio" && here.type == "radio" && here.name == one.name ? "ArrowDown" : "Tab"
}"""


def spelled(words: str) -> str:
    """A regular expression for these words, whichever kind of space keeps them together."""
    return re.escape(words).replace(r"\ ", r"\s")


class View(NamedTuple):
    """How somebody sees our pages, and what they have to reach things there."""

    javascript: bool = True
    language: str = SOURCE
    width: int = 1280
    scheme: str = "light"
    keyboard: bool = False

    def __str__(self) -> str:
        script = "script" if self.javascript else "no script"
        hand = "keyboard" if self.keyboard else "mouse"
        return f"{script}, {self.language}, {self.width}, {self.scheme}, {hand}"


USUAL = View()
VIEWS = [View(*facts) for facts in product((True, False), NAMES, WIDTHS, SCHEMES, (False, True))]


class Person(NamedTuple):
    """Somebody who signs up."""

    name: str
    email: str

    @property
    def masked(self) -> str:
        """The address as pages show it."""
        return f"{self.email[0]}••@{self.email.partition('@')[2]}"


class Mouse:
    """Points at things."""

    def press(self, control: Locator) -> None:
        control.click()

    def tick(self, box: Locator) -> None:
        box.check()

    def write(self, field: Locator, text: str) -> None:
        field.fill(text)

    def choose(self, field: Locator, index: int) -> None:
        field.select_option(index=index)


class Keyboard:
    """Tab, arrows, Space, Enter and letters. What is in reach must show when it has the focus."""

    def press(self, control: Locator) -> None:
        self._reach(control)
        control.press("Enter")  # has the focus already, and waits for the page it leads to

    def tick(self, box: Locator) -> None:
        self._reach(box)
        if not box.is_checked():
            box.press("Space")
        expect(box).to_be_checked()

    def write(self, field: Locator, text: str) -> None:
        self._reach(field)
        field.press("ControlOrMeta+A")
        field.press("Delete")
        field.page.keyboard.type(text)

    def choose(self, field: Locator, index: int) -> None:
        self._reach(field)
        steps = index - field.evaluate("one => one.selectedIndex")
        for _step in range(abs(steps)):
            field.press("ArrowDown" if steps > 0 else "ArrowUp")
        assert field.evaluate("one => one.selectedIndex") == index

    def _reach(self, control: Locator) -> None:
        expect(control).to_be_visible()
        for _stop in range(MOST_STOPS):
            key = control.evaluate(WAY_TO)
            if not key:
                stop = control.page.evaluate(FOCUSED)
                assert stop["shown"], f"nobody sees that this has the focus: {stop['what']}"
                return
            control.page.keyboard.press(key)
        pytest.fail(f"the keyboard does not reach {control}")


class Visitor:
    """One person in front of one page; `page` is theirs for all that has no step here."""

    def __init__(self, page: Page, view: View = USUAL, home: str = "example.org") -> None:
        self.page, self.view, self.home = page, view, home
        self.language = view.language
        self.hand = Keyboard() if view.keyboard else Mouse()

    def someone(self, name: str) -> Person:
        """A person with an address that nobody else in these tests has."""
        return Person(name, f"{name.partition(' ')[0].lower()}@{self.home}")

    def beside(self) -> "Visitor":
        """The same person in a second window."""
        return Visitor(self.page.context.new_page(), self.view, self.home)

    # sentences and places

    def says(self, sentence: str, num: int = 1, **facts: object) -> str:
        """A regular expression for a sentence; whatever `facts` do not tell may be anything."""
        message = CATALOGS.get(self.language, CATALOGS["en"]).get(sentence)
        if self.language != SOURCE:
            assert message, f"not in the catalog: {sentence}"
        forms = sentence if not message else message.id
        if self.language != SOURCE and any(message.string):  # else said as in the source
            forms = message.string
        form = forms if isinstance(forms, str) else forms[num != 1]
        known = {"num": num, "count": num} | facts
        pieces = re.split(r"%\((\w+)\)s", form)
        pieces[::2] = map(spelled, pieces[::2])
        pieces[1::2] = [
            spelled(str(known[name])) if name in known else ".+" for name in pieces[1::2]
        ]
        return "".join(pieces)

    def path(self, path: str) -> str:
        """Where a page stands in this person's language."""
        prefix = PREFIXES.get(self.language)
        return f"/{prefix}{path}" if prefix else path

    def go(self, path: str) -> None:
        """Type an address."""
        self.page.goto(self.path(path))

    def switch_language(self) -> None:
        """Go on in the next language."""
        names = list(NAMES)
        other = names[(names.index(self.language) + 1) % len(names)]
        button = self.page.get_by_role("button", name=NAMES[other])
        self.hand.press(button)
        self.language = other

    # what one does

    def control(
        self, role: str, name: str, num: int = 1, *, about: str = "", **facts: object
    ) -> Locator:
        """What has this name; `about` tells it from its like: „Einlass: Gesund in der Stadt“."""
        about = rf" ?: {spelled(about)}(,\s.+)?" if about else ""
        name = re.compile(f"^{self.says(name, num, **facts)}{about}$")
        return self.page.get_by_role(role, name=name)

    def press(self, name: str, num: int = 1, *, about: str = "", **facts: object) -> None:
        """Press a button."""
        self.hand.press(self.control("button", name, num, about=about, **facts))

    def follow(self, name: str, num: int = 1, *, about: str = "", **facts: object) -> None:
        """Follow a link."""
        self.hand.press(self.control("link", name, num, about=about, **facts))

    def field(self, label: str, num: int = 1) -> Locator:
        """What to fill in, by its label."""
        return self.page.get_by_label(re.compile(rf"^\s*{self.says(label, num)}\s*(\(|$)"))

    def write(self, label: str, text: str) -> None:
        """Replace what stands in a field."""
        self.hand.write(self.field(label), text)

    def send(self) -> None:
        """Press the form's first button."""
        self.hand.press(self.page.locator("main form[method=post] button").first)

    # what one sees

    def heading(self, sentence: str, *, about: str = "") -> None:
        """What the page is called."""
        whole = self.says(sentence) + (f": {spelled(about)}" if about else "")
        self.title(re.compile(rf"^\s*{whole}\s*$"))

    def title(self, words: str | re.Pattern[str]) -> None:
        """What the page is called, where others than we chose the words."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(words)

    def reads(self, sentence: str, num: int = 1, **facts: object) -> None:
        """What stands there, once."""
        said = re.compile(self.says(sentence, num, **facts), re.IGNORECASE)
        expect(self.page.get_by_text(said)).to_be_visible()

    def hears(self, role: str, sentence: str, num: int = 1, **facts: object) -> None:
        """What a screen reader says of its own accord; role is „status“ or „alert“."""
        said = re.compile(self.says(sentence, num, **facts))
        expect(self.page.get_by_role(role)).to_contain_text(said)

    def focus(self) -> str:
        """The id of what has the focus."""
        return self.page.locator(":focus").get_attribute("id")

    def sees_everything(self) -> None:
        """Nothing is wider than the screen, once the page is there."""
        self.page.wait_for_load_state()
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.view.width, f"{self.page.url} is {width} px wide"

    # steps that several flows take

    def fill_in(self, person: Person, people: int = 1) -> None:
        """Fill in the sign-up form."""
        self.write("Name", person.name)
        self.write("E-Mail-Adresse", person.email)
        self.hand.tick(self.field("%(num)s Person", people))

    def sign_up(self, slug: str, person: Person, people: int = 1) -> None:
        """Take a seat, or a place in the queue where there is none."""
        sign_up((self, slug, person, people))

    def line_up(self, slug: str, *persons: Person) -> list["Visitor"]:
        """All of them sign up, one after the other, each in a window of their own."""
        windows = [self.beside() for _person in persons]
        first, *others = [
            (window, slug, who, 1) for window, who in zip(windows, persons, strict=True)
        ]
        sign_up(first)  # may get the last seat; then the others' forms are of another kind
        sign_up(*others)
        return windows

    def open_letter(self, to: Person | str, subject: str, **facts: object) -> None:
        """Wait in the development mailbox for a letter, told from its like by `facts`; open it."""
        address = to if isinstance(to, str) else to.email
        subject = self.says(SUBJECTS.get(subject, subject), **facts)
        self.page.goto("/postfach/")
        row = self.page.get_by_role("row").filter(has_text=address)
        row = row.filter(has_text=re.compile(rf"^\s*{subject}"))
        for _tenth in range(PATIENCE * 10):
            if row.count():
                break
            self.page.wait_for_timeout(100)
            self.page.reload()
        row.get_by_role("link").click()

    def open_own_page(self, to: Person, subject: str) -> None:
        """Follow the link in a letter."""
        self.open_letter(to, subject)
        self.page.get_by_role("link", name=self.path("/anmeldung/")).click()

    def give_up(self, people: int = 1) -> None:
        """Let others have one's seat."""
        self.follow("Platz freigeben", people)
        self.press("Ja, abmelden")

    def leave_the_queue(self) -> None:
        """Wait no longer."""
        self.follow("Warteliste verlassen")
        self.press("Ja, Warteliste verlassen")

    def pass_on(self) -> None:
        """Let the next one have what is offered."""
        self.follow("Platz weitergeben")
        self.press("Ja, Platz weitergeben")

    def change_party(self, people: int) -> None:
        """Come with more people, or fewer."""
        field = self.field("Personen")
        options = [option.strip() for option in field.locator("option").all_inner_texts()]
        wanted = re.compile(self.says("%(num)s Person", people))
        (index,) = [number for number, option in enumerate(options) if wanted.fullmatch(option)]
        self.hand.choose(field, index)
        self.press("Anzahl ändern")


def sign_up(*wishes: tuple) -> None:
    """Fill in a form for each, at the pace of a person but all at once, and send them in turn.

    A wish names who, where, as whom, how many, and the titles of further sessions.
    """
    for visitor, slug, person, people, *also in wishes:
        visitor.go(f"/termine/{slug}/anmelden")
        opened = time.monotonic()
        visitor.fill_in(person, people)
        for title in also:
            visitor.hand.tick(visitor.page.get_by_label(title))
    visitor.page.wait_for_timeout(max(0, opened + TOO_FAST - time.monotonic()) * 1000)
    for visitor, *_wish in wishes:
        visitor.send()

"""What people do on pages and what comes of it, for the tests of more than one page."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import html5lib
from sqlalchemy import select, update

from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.operations import worker
from chancendialog.registration import letters, waiting_list
from chancendialog.registration.models import Registration
from tests.browser_client import token_of


def own_page(registration):
    """Where the mailed link leads."""
    return f"/anmeldung/{token_of(letters.manage_url(registration))}"


def as_shown(page):
    """What a browser would send of the page's last form with texts in it, boxes as lists."""
    form = [one for one in _main(page).iterfind(".//form") if one.find(".//fieldset") is not None][
        -1
    ]
    boxes = [one for one in form.iterfind(".//input[@type='checkbox']") if "checked" in one.attrib]
    ticked = {
        name: [one.get("value") for one in boxes if one.get("name") == name]
        for name in {one.get("name") for one in boxes}
    }
    texts = {
        one.get("name"): (one.text or "").removeprefix("\n") for one in form.iterfind(".//textarea")
    }
    return _fields(form) | texts | ticked


def text_of(page):
    """What people read on it, without line breaks."""
    return " ".join(" ".join(_main(page).itertext()).split())


def cells(page, table):
    """The rows of a table as people read them, cell by cell; labels of narrow screens are not text."""
    rows = _main(page).iterfind(f".//table[@id='{table}']/tbody/tr")
    return [[" ".join(" ".join(cell.itertext()).split()) for cell in row] for row in rows]


def buttons(page):
    """What its buttons say about a registration, links that look like one included.

    That of the calendar has tests of its own.
    """
    return [one.label for one in _buttons(page) if not one.address.endswith("/kalender")]


def press(browser, page, label, **filled_in):
    """Press the one button that says this, with its form filled in; a link is opened."""
    [button] = [one for one in _buttons(page) if one.label == label]
    if button.is_link:
        return browser.get(button.address)
    return browser.post(button.address, data=button.fields | filled_in)


def give_up(browser, page, label="Platz freigeben", yes="Ja, abmelden"):
    """Press what gives up a place on somebody's own page, and say yes to the question."""
    return press(browser, press(browser, page, label), yes)


def press_as(email, browser, label, **filled_in):
    """Open the link that this address got, and press the button that says this."""
    return press(browser, browser.get(own_page(registered(email))), label, **filled_in)


def follow(browser, answer):
    """Open where an answer leads, as a browser does: without the fragment."""
    return browser.get(answer.location.partition("#")[0])


def take_list(browser, kind, slug="abend", **values):
    """Have the office's page make a list, with the usual columns unless others are named."""
    usual = {"facts": ["name", "email", "people", "status", "registered-at", "arrived"]}
    page = f"/verwaltung/termine/{slug}/listen"
    return browser.fill_in(page, kind=kind, **usual | values)


def history(page):
    """The lines of what happened, without their times."""
    return [
        " ".join((line.find("time").tail or "").split())
        for line in _main(page).iterfind(".//ol[@class='history']/li")
    ]


def states():
    """Everybody who ever signed up: the address and how it stands."""
    return [
        (row.email, row.status)
        for row in db.session.scalars(select(Registration).order_by(Registration.id))
    ]


def registered(email):
    """The registration of this address."""
    return db.session.scalars(select(Registration).where(Registration.email == email)).one()


def posted():
    """Every letter that was not taken back: kind, recipient, what it does in calendars."""
    return [
        (row.kind, row.recipient, row.calendar_method)
        for row in db.session.scalars(
            select(OutgoingMail)
            .where(OutgoingMail.state != MailState.SUPERSEDED)
            .order_by(OutgoingMail.id)
        )
    ]


def everything_left():
    """All letters so far are with their recipients."""
    db.session.execute(update(OutgoingMail).values(state=MailState.SENT, attempts=1))
    db.session.commit()


def worker_comes_by():
    """Its round but for the post, which tests look at before it leaves."""
    db.session.commit()
    worker.give_away_in(waiting_list.sessions_to_heal())
    worker.call_the_waiting()
    worker.remind()


@dataclass(frozen=True)
class _Button:
    label: str
    address: str
    fields: dict[str, str] = field(default_factory=dict)
    is_link: bool = False


def _main(page):
    return html5lib.parse(page.text, namespaceHTMLElements=False).find(".//main")


def _buttons(page):
    """In the order of the page."""
    found = {"form": _of_form, "a": _of_link}
    return [
        one
        for element in _main(page).iter()
        if element.tag in found
        for one in found[element.tag](element, page)
    ]


def _of_form(form, page):
    return [
        _Button(
            label=_label(button),
            address=urlsplit(form.get("action") or page.request.path).path,
            fields=_fields(form) | _name_of(button),
        )
        for button in form.iterfind(".//button")
    ]


def _of_link(link, page):
    """Only of somebody's own page: the others are looked for by their addresses."""
    address, styles = urlsplit(link.get("href")).path, (link.get("class") or "").split()
    looks_so = "kern-btn" in styles and "/anmeldung/" in address
    return [_Button(_label(link), address, is_link=True)] if looks_so else []


def _label(element):
    return " ".join("".join(element.itertext()).split())


def _fields(form):
    """What a browser would send if nobody touched the form."""
    inputs = {
        one.get("name"): one.get("value", "")
        for one in form.iterfind(".//input")
        if one.get("type") not in ("radio", "checkbox") or one.get("checked") is not None
    }
    selects = {
        one.get("name"): option.get("value")
        for one in form.iterfind(".//select")
        for option in one.iterfind(".//option[@selected]")
    }
    texts = {one.get("name"): "".join(one.itertext()) for one in form.iterfind(".//textarea")}
    return inputs | selects | texts


def _name_of(button):
    return {button.get("name"): button.get("value", "")} if button.get("name") else {}

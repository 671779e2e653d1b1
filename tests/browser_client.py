"""A test client that reads like a browser and complains like a validator."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit
from xml.etree.ElementTree import Comment

import html5lib
from flask.testing import FlaskClient
from html5lib.html5parser import HTMLParser as StrictParser
from sqlalchemy import select

from chancendialog.extensions import Model, db

PASSWORD = "ein Satz, den nur wir kennen"


class Browser(FlaskClient):
    """One person's browser: refuses malformed pages, and each request is one of its own.

    Without a context of its own, a request would share `g` (who is signed in,
    the CSRF token) and the database session with the test.
    """

    def open(self, *args, **kwargs):
        db.session.commit()  # what the test has prepared or read so far
        with self.application.app_context():
            response = super().open(*args, **{"buffered": True} | kwargs)
        if response.request.method in ("HEAD", "OPTIONS"):
            return response
        if response.mimetype == "text/html" and response.status_code not in (302, 303, 308):
            check_page(response.get_data(as_text=True))  # .text remembers
            response.data = response.data.replace(b"\xc2\xa0", b" ")  # which nobody sees
        return response

    def read(self, location):
        """Open where a redirect leads, as a browser does: without the fragment."""
        return self.get(urlsplit(location).path)

    def fill_in(self, url, **values):
        """Open a page with a form, fill it in and send it, hidden fields included."""
        page = self.get(url)
        return self.post(page.request.path, data={**form_fields(page.text), **values})


def form_fields(html: str) -> dict[str, str]:
    """What a browser would send for the last form of the page if nobody touched it."""
    reader = _FormReader()
    reader.feed(html)
    return reader.forms[-1]


def check_page(html: str) -> None:
    """Fail unless the page is well-formed, titled, and speaks its language."""
    parser = StrictParser(tree=html5lib.getTreeBuilder("etree"), strict=False)
    tree = parser.parse(html)
    assert not parser.errors, parser.errors[:3]
    assert [one for one in tree.iter() if one.tag is not Comment and _has_stray_space(one)] == []
    assert re.search(r'<html lang="(de|en|de-simple)"', html), "no lang"
    assert re.search(r"<title>\s*\S", html), "no title"
    assert not re.search(r'datetime="[^"]*\.\d{4}', html), "a moment finer than a millisecond"
    ids = re.findall(r'\sid="([^"]*)"', html)
    assert len(ids) == len(set(ids)), f"ids twice: {sorted(i for i in ids if ids.count(i) > 1)}"
    assert html.count("<h1") == 1, "not exactly one h1"


def _has_stray_space(element):
    """Whether a no-break space stands where it is not for the eye: somebody might copy it."""
    is_raw = element.tag.rpartition("}")[2] in ("pre", "script", "style", "textarea")
    places = [*element.attrib.values(), (element.text or "") if is_raw else ""]
    return any("\u00a0" in place for place in places)


def browser_of(app):
    return Browser(app, app.response_class)


def all_rows():
    """Everything that is in the database, by table."""
    db.session.rollback()
    return {
        table.name: [
            tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key))
        ]
        for table in Model.metadata.sorted_tables
    }


def token_of(url):
    """The last part of an address."""
    return urlsplit(url).path.rpartition("/")[2]


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attributes):
        facts = dict(attributes)
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and self.forms and facts.get("name"):
            kind = facts.get("type", "text")
            if kind not in ("radio", "checkbox") or "checked" in facts:
                self.forms[-1][facts["name"]] = facts.get("value") or ""

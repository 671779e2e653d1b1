"""Sessions for feed readers: JSON Feed 1.1 and Atom (RFC 4287), what changed last first.

They show what calendars show. A session keeps its name in both for ever,
whatever its title, its address or our domain become.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue
from ulid import ULID

from chancendialog.house import contact
from chancendialog.i18n import UNSEEN, language, when
from chancendialog.i18n import gettext as _
from chancendialog.links import link
from chancendialog.markdown import plain
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.web.cookieless import cookieless
from chancendialog.web.public import bp
from chancendialog.web.public.announcements import SERIES, in_hannover
from chancendialog.web.public.for_everybody import answer, as_json

JSON_FEED = "application/feed+json"
ATOM = "application/atom+xml"
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)  # before there was anything to tell


class Item(NamedTuple):
    """One session, as feeds tell of it. Nothing in it is markup."""

    name: str  # a URI that no other session has
    url: str
    title: str
    text: str
    language: str
    topics: list[str]
    published_at: str
    changed_at: str


@bp.get("/termine.json")
@cookieless
def json_feed() -> ResponseReturnValue:
    """What calendars show, as JSON Feed."""
    return as_json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": _title(),
            "description": _about(),
            "home_page_url": link("public.programme"),
            "feed_url": link("public.json_feed"),
            "language": language(),
            "authors": [{"name": _author()}],
            "items": [
                {
                    "id": one.name,
                    "url": one.url,
                    "title": one.title,
                    "content_text": one.text,
                    "language": one.language,
                    "tags": one.topics,
                    "date_published": one.published_at,
                    "date_modified": one.changed_at,
                }
                for one in _items(queries.shown_in_calendars().sessions)
            ],
        },
        JSON_FEED,
    )


@bp.get("/termine.atom")
@cookieless
def atom_feed() -> ResponseReturnValue:
    """The same as Atom."""
    shown = queries.shown_in_calendars()
    content = render_template(
        "public/termine.atom.xml",
        title=_title(),
        about=_about(),
        author=_author(),
        language=language(),
        page=link("public.programme"),
        source=link("public.atom_feed"),
        changed_at=in_hannover(shown.changed_at or LONG_AGO),
        items=_items(shown.sessions),
    )
    return answer(content, ATOM)


def _items(sessions: list[EventSession]) -> list[Item]:
    return [_item(one) for one in sorted(sessions, key=lambda one: one.changed_at, reverse=True)]


def _item(one: EventSession) -> Item:
    facts = f"{when(one.starts_at, one.ends_at)}\n{one.place}"
    title = _("Abgesagt: %(title)s", title=one.title) if one.is_called_off else one.title
    return Item(
        name=ULID.from_str(one.ulid).to_uuid().urn,
        url=link("public.session_page", slug=one.slug),
        title=_seen(title),
        text=_seen(f"{facts}\n\n{plain(one.description)}".strip()),
        language=one.language,
        topics=[_seen(topic.title) for topic in one.topics],
        published_at=in_hannover(one.created_at),
        changed_at=in_hannover(one.changed_at),
    )


def _title() -> str:
    series = queries.series()
    return _seen(series.title if series else SERIES)


def _about() -> str:
    return _("Öffentliche Abende im Haus der Region Hannover")


def _author() -> str:
    office = contact()
    return _seen(office.name if office else SERIES)


def _seen(text: str) -> str:
    """Without characters that XML refuses: one of them would break the whole feed."""
    return UNSEEN.sub("", text)

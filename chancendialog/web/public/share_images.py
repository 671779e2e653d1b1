"""The picture beside a link in messengers and on other sites: what, when, where.

It holds no mark of anybody: words, colours, and the hexagon of topics with those
of the session filled in.
"""

from typing import NamedTuple

from flask import Response, render_template
from flask_babel import gettext as _

from chancendialog.documents import typesetting
from chancendialog.extensions import only_read
from chancendialog.i18n import UNSEEN, Text, language, when
from chancendialog.links import link
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession, Topic
from chancendialog.typography import unbroken
from chancendialog.web.cookieless import cookieless
from chancendialog.web.public import bp
from chancendialog.web.public.announcements import SERIES, image_url
from chancendialog.web.public.for_everybody import AN_HOUR, answer
from chancendialog.web.public.programme import known_session


class ShareImage(NamedTuple):
    """Where the picture of a page is, and what it shows in words."""

    url: str
    alt: str


@bp.get("/bild.png")
@cookieless
def series_image() -> Response:
    """The series, for all pages that are not about one session."""
    series = queries.series()
    title = series.text("title", language()) if series else Text(SERIES, "de")
    return _picture(title, _hexagon(), lines=[_("Kostenlose Abende zum Mitreden")])


@bp.get("/termine/<slug>/bild.png")
@cookieless
def session_image(slug: str) -> Response:
    """One session, as it is now."""
    one = known_session(slug)
    return _picture(
        one.text("title", language()),
        _hexagon(one.topics),
        series=one.series.text("title", language()).words,
        called_off=_called_off(one),
        lines=[*_when_and_where(one), _("Die Teilnahme ist kostenlos.")],
    )


@bp.app_template_global()
def share_image(one: EventSession | None = None) -> ShareImage:
    """What a page says of its picture: that of a session, else that of the series."""
    if one is None:
        sentence = _("6 Themen bilden ein Sechseck. Es steht auf einem Fundament.")
        return ShareImage(link("public.series_image"), f"{SERIES}. {sentence}")
    said = [_called_off(one), one.text("title", language()).words, *_when_and_where(one)]
    return ShareImage(image_url(one), ". ".join(filter(None, said)))


def _called_off(one: EventSession) -> str:
    return _("Diese Veranstaltung ist abgesagt") if one.is_called_off else ""


def _when_and_where(one: EventSession) -> list[str]:
    return [when(one.starts_at, one.ends_at), f"{one.venue.name}, {one.venue.city}"]


def _hexagon(chosen: list[Topic] | None = None) -> str:
    """The comb as SVG; nothing as long as there are not six topics."""
    topics = queries.topics()
    six = [topic for topic in topics if not topic.is_foundation]
    if len(six) != 6:
        return ""
    foundations = [topic for topic in topics if topic.is_foundation]
    drawn = render_template(
        "public/share_image.svg", six=six, foundations=foundations, chosen=chosen or []
    )
    return UNSEEN.sub("", drawn)


def _picture(
    title: Text, hexagon: str, *, lines: list[str], series: str = "", called_off: str = ""
) -> Response:
    """Set it while the database is free for others; the same facts are set once per process."""
    facts = {
        "language": language(),
        "series": series or _("Region Hannover"),
        "title": title._asdict(),
        "called-off": called_off,
        "lines": [unbroken(line) for line in lines],
        "hexagon": hexagon,
    }
    only_read()
    return answer(typesetting.picture("share_image.typ", facts), "image/png", max_age=AN_HOUR)

"""What search engines ask: which pages there are, which address a page has, our icon."""

from datetime import datetime

from flask import render_template, request
from flask.typing import ResponseReturnValue

from chancendialog import house
from chancendialog.i18n import LOCALES, PREFIXES, SOURCE, language
from chancendialog.links import link
from chancendialog.logs import IS_KEY
from chancendialog.programme import queries
from chancendialog.web.cookieless import cookieless
from chancendialog.web.guards import PRIVATE
from chancendialog.web.public import bp
from chancendialog.web.public.for_everybody import AN_HOUR, answer
from config import ROOT

STANDING = (  # besides the programme and its sessions
    "public.about",
    "public.calendar_help",
    "public.accessibility",
    "public.privacy_notice",
    "public.imprint",
)
STATIC = ROOT / "chancendialog" / "static"
NOT_FOR_SEARCH = (*PRIVATE, "/kalender/mein/", "/t/")


@bp.get("/sitemap.xml")
@cookieless
def sitemap() -> ResponseReturnValue:
    """List the pages that anybody may find, and when they last changed (sitemaps.org 0.9)."""
    series = queries.series()
    places: list[tuple[str, dict[str, str], datetime | None]] = [
        ("public.programme", {}, series.changed_at if series else None),
        *(
            ("public.session_page", {"slug": one.slug}, one.changed_at)
            for one in queries.sessions()
        ),
        *((endpoint, {}, None) for endpoint in _standing()),
    ]
    pages = [
        ({other: link(endpoint, **names, language=other) for other in LOCALES}, changed_at)
        for endpoint, names, changed_at in places
    ]
    content = render_template("public/sitemap.xml", pages=pages)
    return answer(content, "application/xml; charset=utf-8", max_age=AN_HOUR)


@bp.get("/robots.txt")
@cookieless
def robots() -> ResponseReturnValue:
    """Say what is private, and where the list of pages is (RFC 9309)."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in NOT_FOR_SEARCH),
        *(f"Disallow: /{prefix}{path}" for prefix in PREFIXES.values() for path in NOT_FOR_SEARCH),
        f"Sitemap: {link('public.sitemap', language=SOURCE)}",
    ]
    return answer("\n".join(lines) + "\n", "text/plain; charset=utf-8", max_age=AN_HOUR)


@bp.get("/favicon.ico")
@cookieless
def favicon() -> ResponseReturnValue:
    """Our icon for whoever reads no SVG, where they look without being told."""
    return answer((STATIC / "favicon.ico").read_bytes(), "image/x-icon", max_age=AN_HOUR)


def _standing() -> tuple[str, ...]:
    return (*STANDING, "public.sign_language") if house.sign_language_film() else STANDING


@bp.app_template_global()
def page_address(other: str | None = None) -> str | None:
    """The one address of the page that is being made, in its language or in another.

    None where there is nothing to find or to pass on: answers to a form,
    addresses that are keys, and what is not for the public.
    """
    is_public = request.blueprint == bp.name and not IS_KEY.search(request.path)
    if not is_public or not request.endpoint or request.method not in ("GET", "HEAD"):
        return None
    return link(request.endpoint, **request.view_args or {}, language=other or language())

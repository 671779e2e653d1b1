"""The film in German Sign Language, if there is one: a page around it, and its files."""

from pathlib import Path

from flask import Response, abort, render_template, send_file
from flask.typing import ResponseReturnValue

from chancendialog import house
from chancendialog.web.cookieless import cookieless
from chancendialog.web.public import bp
from chancendialog.web.public.for_everybody import AN_HOUR
from chancendialog.web.weight import compressed


@bp.get("/gebaerdensprache")
@compressed()
def sign_language() -> ResponseReturnValue:
    """Show the film with its captions, and where the same is to be read; 404 without one."""
    film = house.sign_language_film() or abort(404)
    return render_template("public/sign_language.html", film=film)


@bp.get("/gebaerdensprache/film")
@cookieless
def sign_language_film() -> ResponseReturnValue:
    """Send the film, or the part of it that a player asks for (RFC 9110, section 14)."""
    film = house.sign_language_film() or abort(404)
    return _sent(film.path)


@bp.get("/gebaerdensprache/untertitel.vtt")
@cookieless
def sign_language_captions() -> ResponseReturnValue:
    """Send the captions (WebVTT)."""
    film = house.sign_language_film()
    return _sent(film.captions, "text/vtt") if film and film.captions else abort(404)


def _sent(file: Path, kind: str | None = None) -> Response:
    return send_file(file, mimetype=kind, conditional=True, max_age=AN_HOUR)

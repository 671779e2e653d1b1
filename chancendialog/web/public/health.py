"""What machines ask: alive, ready."""

from flask import Response
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from chancendialog.extensions import db
from chancendialog.programme.models import Series
from chancendialog.web.cookieless import cookieless
from chancendialog.web.public import bp


@bp.get("/healthz")
@cookieless
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return _plain("ok")


@bp.get("/readyz")
@cookieless
def readyz() -> ResponseReturnValue:
    """The database answers, too, and has our tables."""
    db.session.execute(select(Series.id).limit(1))
    return _plain("ready")


def _plain(word: str) -> Response:
    return Response(word, content_type="text/plain", headers={"Cache-Control": "no-store"})

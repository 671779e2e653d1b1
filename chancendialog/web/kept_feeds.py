"""Feeds that are ready to send, and go out before Flask begins.

Programs ask for them day and night, and nearly always nothing is new. So a view
leaves each feed that it made here. As long as the programme has the same
revision, the feed is sent as it was left: one question to the database, and
nothing of what pages need. Every process keeps its own; the revision is what
tells each of them about changes.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, Response, current_app, request
from werkzeug.http import is_resource_modified

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.programme import queries
from chancendialog.web.guards import is_for_us

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Feed(NamedTuple):
    """A feed as it is sent, and how long it is right."""

    content: bytes
    headers: dict[str, str]
    more_headers: dict[str, str]  # that a 304 has no need of
    changed_at: datetime | None
    revisions: tuple[str, ...]
    until: datetime | None  # then it is another one without anybody's doing

    def answer(self, environ: "WSGIEnvironment") -> Response:
        """The feed, or 304 for a program that has it. Response.make_conditional takes longer."""
        if is_resource_modified(environ, self.headers["ETag"], last_modified=self.changed_at):
            return Response(self.content, headers=self.headers | self.more_headers)
        return Response(status=304, headers=self.headers)


class KeptFeeds:
    """What stands before the app: knows the feeds by their path, and passes all else on."""

    def __init__(self, app: Flask) -> None:
        self._kept: dict[str, Feed] = {}
        self._app: WSGIApplication = app.wsgi_app
        self._config = app.config
        app.extensions["kept_feeds"] = self._kept
        with app.app_context():
            self._engine = db.engine

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        feed = self._kept.get(environ["PATH_INFO"])
        if feed and self._is_asked_for(environ) and self._is_right(feed):
            return feed.answer(environ)(environ, start_response)
        return self._app(environ, start_response)

    def _is_asked_for(self, environ: "WSGIEnvironment") -> bool:
        return environ["REQUEST_METHOD"] in ("GET", "HEAD") and is_for_us(environ, self._config)

    def _is_right(self, feed: Feed) -> bool:
        if feed.until and feed.until <= clock.now():
            return False
        try:
            return feed.revisions == queries.revisions_from(self._engine)
        except Exception:  # noqa: BLE001 -- whatever the matter is, Flask has a page for it
            return False


def keep(feed: Feed) -> Feed:
    """Keep the feed that is the answer to this request; none before there is a programme."""
    if feed.revisions:
        current_app.extensions["kept_feeds"][request.path] = feed
    return feed

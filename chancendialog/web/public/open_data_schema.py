"""The description of the open data, as OpenAPI 3.1: written by hand, held true by a test.

For developers, therefore in English like the names of the fields.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

from chancendialog.links import link
from chancendialog.programme.models import SessionStatus
from chancendialog.web.public.announcements import Way

Schema = dict[str, Any]
STATUSES = [status for status in SessionStatus if status is not SessionStatus.DRAFT]


def document() -> Schema:
    """The whole description, with the addresses of this installation."""
    outside = urlsplit(link("public.open_sessions"))
    not_changed = {"description": "Not changed since the answer whose ETag was sent along"}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Chancendialog Transformation: sessions",
            "version": "1.2.0",
            "summary": "The public sessions of the Region Hannover's series, read-only",
            "description": (
                "No key is needed, and any site may ask from a browser (CORS). Answers may be kept"
                " for a minute; after that, ask with If-None-Match. Texts and names are plain"
                " text, never markup. Fields may be added; none is removed without a new version."
            ),
        },
        "servers": [{"url": f"{outside.scheme}://{outside.netloc}"}],
        "paths": {
            _path("public.open_sessions"): {
                "get": {
                    "operationId": "listSessions",
                    "summary": "All sessions to come and of the last 90 days, the earliest first",
                    "responses": {
                        "200": _answer("The sessions", "SessionList"),
                        "304": not_changed,
                    },
                }
            },
            _path("public.open_session", slug="{slug}"): {
                "get": {
                    "operationId": "getSession",
                    "summary": "One session",
                    "parameters": [
                        {
                            "name": "slug",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string"},
                            "example": "2024-06-19-auftakt",
                        }
                    ],
                    "responses": {
                        "200": _answer("The session", "Session"),
                        "304": not_changed,
                        "404": _answer(
                            "There is no such session", "Problem", "application/problem+json"
                        ),
                    },
                }
            },
        },
        "components": {"schemas": SCHEMAS},
    }


def _path(endpoint: str, **values: str) -> str:
    return unquote(urlsplit(link(endpoint, **values)).path)


def _answer(description: str, name: str, kind: str = "application/json") -> Schema:
    return {"description": description, "content": {kind: {"schema": _ref(name)}}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _text(description: str, **more: Any) -> Schema:
    return {"type": "string", "description": description, **more}


def _answered(description: str) -> Schema:
    return {
        "type": ["boolean", "null"],
        "description": f"{description}; null if nobody has said",
    }


def _object(**properties: Schema) -> Schema:
    """Every field is always there."""
    return {"type": "object", "required": list(properties), "properties": properties}


SCHEMAS: dict[str, Schema] = {
    "SessionList": _object(sessions={"type": "array", "items": _ref("Session")}),
    "Session": _object(
        slug=_text("Its name in addresses; never changes"),
        url=_text("Its page for residents", format="uri"),
        registration_url=_text("The form to sign up; see `registration`", format="uri"),
        title=_text("In the session's language"),
        description=_text("In the session's language; may be empty"),
        language=_text("That is spoken (ISO 639-1)", examples=["de", "en"]),
        starts_at=_text("With Hannover's offset", format="date-time"),
        ends_at={
            "type": ["string", "null"],
            "format": "date-time",
            "description": "With Hannover's offset; null if nobody has said",
        },
        venue=_ref("Venue"),
        room=_text("In the venue; empty if nobody has said"),
        speakers=_text("Who speaks, in the session's language; may be empty"),
        interpreters=_text(
            "Sign languages and other help with what is spoken, in the session's language;"
            " may be empty"
        ),
        notes=_text(
            "What is different on that day, in the session's language; may be empty."
            " Show it together with the venue's"
        ),
        photos={"type": "boolean", "description": "Whether the organizer takes pictures"},
        topics={"type": "array", "items": _ref("Topic"), "description": "May be empty"},
        status=_text("Whether it takes place", enum=list(map(str, STATUSES))),
        registration=_text(
            "How somebody new gets in now. open: with a seat. waiting_list: all seats are taken,"
            " one can wait. full: nor can one wait. not_yet: sign-up has not begun. closed:"
            " sign-up has ended, or the session has begun or is called off.",
            enum=list(map(str, Way)),
        ),
        places_free={
            "type": "integer",
            "minimum": 0,
            "description": "Seats that somebody new may take, in people",
        },
        changed_at=_text(
            "When what is shown of it last changed; seats do not count", format="date-time"
        ),
    ),
    "Venue": _object(
        name=_text("As people know it"),
        street=_text("With house number"),
        postcode=_text("Five digits", examples=["30169"]),
        city=_text("In Germany"),
        stop=_text("The nearest stop of trams or buses, in German; may be empty"),
        directions=_text("How to get there, in German; may be empty"),
        entrance=_text("How to get in, in German; may be empty"),
        step_free=_answered("Whether there is no step from the street into the rooms"),
        hearing_loop=_answered("Whether there is a hearing loop"),
        access=_text("What else is to be known, such as lifts, in German; may be empty"),
        notes=_text("What is different these days, in German; may be empty"),
    ),
    "Topic": _object(slug=_text("Its name in addresses"), title=_text("In German")),
    "Problem": _object(
        title=_text("What is wrong, for people"),
        status={"type": "integer", "description": "The answer's status"},
    ),
}

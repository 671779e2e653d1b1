"""Answers for machines and other sites: the same whoever asks, kept by any cache.

Whoever has one already and asks again hears 304.
"""

import hashlib
from datetime import datetime

from flask import Response, json, request
from werkzeug.http import http_date

JSON = "application/json"
A_MINUTE, AN_HOUR = 60, 3600  # seconds
OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


def answer(
    content: bytes | str,
    kind: str,
    *,
    max_age: int = A_MINUTE,
    changed_at: datetime | None = None,
    status: int = 200,
) -> Response:
    """What every site may read and show, as one kind of file; `max_age` in seconds."""
    raw = content.encode() if isinstance(content, str) else content
    response = Response(raw, status, content_type=kind)
    response.headers.update(OPEN)
    if status != 200:
        response.headers["Cache-Control"] = "no-cache"
        return response
    response.headers["Cache-Control"] = f"public, max-age={max_age}"
    response.headers.update(revision(raw, changed_at))
    response.make_conditional(request)
    return response


def as_json(facts: dict[str, object], kind: str = JSON, *, status: int = 200) -> Response:
    """The same for facts, with the letters of every language as they are."""
    return answer(json.dumps(facts, ensure_ascii=False, sort_keys=False), kind, status=status)


def revision(content: bytes, changed_at: datetime | None) -> dict[str, str]:
    """What a program needs to ask „anything new?“ and hear 304."""
    headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"'}
    return headers | {"Last-Modified": http_date(changed_at)} if changed_at else headers

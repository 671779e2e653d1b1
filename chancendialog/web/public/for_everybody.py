"""Answers for machines and other sites: the same whoever asks, kept by any cache.

Whoever has one already and asks again hears 304.
"""

import hashlib

from flask import Response, json, request

JSON = "application/json"
A_MINUTE, AN_HOUR = 60, 3600  # seconds


def answer(
    content: bytes | str, kind: str, *, max_age: int = A_MINUTE, status: int = 200
) -> Response:
    """What every site may read and show, as one kind of file; `max_age` in seconds."""
    raw = content.encode() if isinstance(content, str) else content
    response = Response(raw, status, content_type=kind)
    response.headers["Cache-Control"] = (
        f"public, max-age={max_age}" if status == 200 else "no-cache"
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if status == 200:
        response.set_etag(hashlib.sha256(raw).hexdigest()[:32])
        response.make_conditional(request)
    return response


def as_json(facts: dict[str, object], kind: str = JSON, *, status: int = 200) -> Response:
    """The same for facts, with the letters of every language as they are."""
    return answer(json.dumps(facts, ensure_ascii=False, sort_keys=False), kind, status=status)

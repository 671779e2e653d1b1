"""Little to load: what is the same for everybody is compressed, and files are loaded once.

Other pages are not compressed. Where a token stands beside what somebody typed,
the length of the answer would tell of the token (BREACH, CVE-2013-3587).
All are sent without the indentation of their templates, which is a fifth of them.
"""

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request
from flask_compress import Compress
from jinja2.ext import Extension

compress = Compress()
compressed = compress.compressed  # for views that hold no token and nobody's data
FOR_EVER = "public, max-age=31536000, immutable"
INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
NEVER_CHANGES = "vendor/fira-sans/"  # named in the stylesheet, which knows no fingerprints


class Unindented(Extension):
    """Templates of pages as they are compiled; letters keep every blank."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Line by line, so that faults are still named with their line."""
        is_page = name and name.endswith(".html") and not name.startswith("mail/")
        return INDENTATION.sub("", source) if is_page else source


def init_app(app: Flask) -> None:
    """Compress static files, and let browsers keep those whose address has their fingerprint."""
    app.config["COMPRESS_REGISTER"] = False
    compress.init_app(app)
    app.jinja_env.add_extension(Unindented)
    app.view_functions["static"] = compressed()(app.view_functions["static"])
    app.url_defaults(_add_fingerprint)
    app.after_request(_keep)


def _add_fingerprint(endpoint: str, values: dict[str, Any]) -> None:
    """Another content is another address."""
    name = values.get("filename", "")
    if endpoint == "static" and not name.startswith(NEVER_CHANGES):
        values.setdefault("v", _fingerprint(current_app.static_folder or "", name))


@lru_cache
def _fingerprint(folder: str, name: str) -> str | None:
    file = Path(folder) / name
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else None


def _keep(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in (200, 304):
        name = (request.view_args or {})["filename"]
        if "v" in request.args or name.startswith(NEVER_CHANGES):
            response.headers["Cache-Control"] = FOR_EVER
    return response

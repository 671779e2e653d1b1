"""The control of `feeds.py`: a bare Flask app that has nothing to find out.

One address answers with the bytes of the file that FEED names, the other with 304.
"""

import os
from pathlib import Path

from flask import Flask, Response

app = Flask(__name__)
FEED = Path(os.environ["FEED"]).read_bytes()


@app.get("/feed")
def feed() -> Response:
    """The same bytes, and nothing to compare."""
    return Response(FEED, content_type="text/calendar; charset=utf-8")


@app.get("/nothing-new")
def nothing_new() -> Response:
    """Nothing new."""
    return Response(status=304)

"""Pictures of the pages for the docs, taken when PICTURES=1 asks for them (`make pictures`)."""

import os
import re
from base64 import b64decode
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

from config import ROOT

ARE_WANTED = bool(os.environ.get("PICTURES"))
DOCS = ROOT / "docs"
SCALES = {1280: 0.45, 375: 0.55}  # so that all of them together stay small
SUFFIX = " – Chancendialog Transformation – Region Hannover"  # of all titles
KEYS = re.compile(r"(?<=/)([\w.-]{40,}|[0-9A-Z]{26})(?=[/?#]|$)")  # in addresses, and always others
INDEX = """\
# Every page

`make pictures` takes them anew. The keys in the addresses are left out.

| page | its title | its address | wide | narrow |
|---|---|---|---|---|
"""


def photograph(page: Page, path: Path, *, scale: float = 1, height: int | None = None) -> None:
    """Take a picture of the whole page, or of its top."""
    window = page.viewport_size
    height = height or page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({**window, "height": height})  # frames draw what is in view only
    page.wait_for_timeout(100)
    network = page.context.new_cdp_session(page)
    clip = {"x": 0, "y": 0, "width": window["width"], "height": height, "scale": scale}
    how = {"format": "webp", "quality": 30, "clip": clip}
    picture = network.send("Page.captureScreenshot", how)
    network.detach()
    page.set_viewport_size(window)
    path.write_bytes(b64decode(picture["data"]))


class Album:
    """Pictures of all pages, and the list of them."""

    def __init__(self) -> None:
        self.folder = DOCS / "pictures"
        self.lines: dict[str, str] = {}
        self.folder.mkdir(exist_ok=True)
        for old in self.folder.glob("*.webp"):
            old.unlink()

    def add(self, page: Page, place: str) -> None:
        """Take a picture as wide as the window is."""
        width = page.viewport_size["width"]
        name = f"{place.replace(' ', '-')}-{width}.webp"
        photograph(page, self.folder / name, scale=SCALES[width])
        address = urlsplit(page.url)._replace(scheme="", netloc="", fragment="").geturl()
        title = page.title().removesuffix(SUFFIX)
        self.lines.setdefault(place, f"| {place} | {title} | `{KEYS.sub('…', address)}` |")
        self.lines[place] += f" [{width} px]({name}) |"

    def close(self) -> None:
        """Write the list."""
        (self.folder / "README.md").write_text(INDEX + "\n".join(self.lines.values()) + "\n")

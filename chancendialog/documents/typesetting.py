"""Pictures and papers set by Typst, from a template beside this file and facts.

The facts travel as JSON: whatever they say stays text and is never read as Typst.
Nothing is fetched, and the fonts are our own, so that the same facts give the
same bytes on every machine.
"""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from typst import Compiler, Fonts

HERE = Path(__file__).parent
KEPT = 64  # pictures of some 80 kB, in each process


def picture(template: str, facts: Mapping[str, object]) -> bytes:
    """A PNG; one point of the template is a pixel of it. 15 ms of work, and none the next time."""
    return _picture(template, json.dumps(facts, sort_keys=True))


def pdf(template: str, facts: Mapping[str, object]) -> bytes:
    """A PDF/UA-1; Typst refuses to set what is none. What people are on is never kept."""
    made = _compiler(template).compile(
        format="pdf", pdf_standards=["ua-1"], sys_inputs={"facts": json.dumps(facts)}
    )
    if not isinstance(made, bytes):
        raise TypeError(f"{template} is no single file")
    return made


@lru_cache(maxsize=KEPT)
def _picture(template: str, facts: str) -> bytes:
    made = _compiler(template).compile(format="png", ppi=72, sys_inputs={"facts": facts})
    if not isinstance(made, bytes):
        raise TypeError(f"{template} has more than one page")
    return made


def _compiler(template: str) -> Compiler:
    return Compiler(HERE / template, font_paths=_fonts(), ignore_system_fonts=True)


@cache
def _fonts() -> Fonts:
    return Fonts(include_system_fonts=False, font_paths=[HERE / "fonts"])

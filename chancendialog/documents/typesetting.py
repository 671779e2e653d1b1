"""Pictures set by Typst, from a template beside this file and facts.

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


@lru_cache(maxsize=KEPT)
def _picture(template: str, facts: str) -> bytes:
    compiler = Compiler(HERE / template, font_paths=_fonts(), ignore_system_fonts=True)
    made = compiler.compile(format="png", ppi=72, sys_inputs={"facts": facts})
    if not isinstance(made, bytes):
        raise TypeError(f"{template} has more than one page")
    return made


@cache
def _fonts() -> Fonts:
    return Fonts(include_system_fonts=False, font_paths=[HERE / "fonts"])

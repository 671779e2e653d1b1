"""Pictures and papers set by Typst, from a template beside this file and facts.

The facts travel as JSON: whatever they say stays text and is never read as Typst.
Nothing is fetched, and the fonts are our own, so that the same facts give the
same bytes on every machine.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from typst import Compiler, Fonts

HERE = Path(__file__).parent
KEPT = 64  # pictures of some 80 kB, in each process
UNKNOWN = "□"  # for what no font of ours has: U+25A1, for instance instead of 王 or an emoji
_PRINTED = (
    "\u0020-\u007e\u00a0-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1"
    "\u03a3-\u0482\u048a-\u052f\u0531-\u0556\u0561-\u0587\u05d0-\u05ea\u0621-\u063a"
    "\u0640-\u064a\u0660-\u066d\u067e\u0686\u0691\u0698\u06a4\u06a9\u06af\u06be\u06cc"
    "\u06f0-\u06f9\u10d0-\u10fa\u1e00-\u1eff\u1f00-\u1f15\u2010-\u2027\u2030-\u203a"
    "\u2070-\u2071\u2074-\u208e\u20a0-\u20bf\u2116\u2122"
)
"""Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic and Georgian: a test sets all of them."""
_UNPRINTED = re.compile(f"[^{_PRINTED}]+")
_ABOVE_AND_BELOW = re.compile(r"[\u0300-\u036f\u064b-\u0655\u0591-\u05c7\u200b-\u200f\ufe0f]")


def picture(template: str, facts: Mapping[str, object]) -> bytes:
    """A PNG; one point of the template is a pixel of it. 15 ms of work, and none the next time."""
    return _picture(template, json.dumps(facts, sort_keys=True))


def pdf(template: str, facts: Mapping[str, object]) -> bytes:
    """A PDF/UA-1; Typst refuses to set what is none. What people are on is never kept.

    A character that no font of ours has is set as □, or nothing could be set at all.
    """
    said = json.dumps(_all_printed(facts))
    made = _compiler(template).compile(
        format="pdf", pdf_standards=["ua-1"], sys_inputs={"facts": said}
    )
    if not isinstance(made, bytes):
        raise TypeError(f"{template} is no single file")
    return made


def printed(text: str) -> str:
    """The text in characters that our fonts have; of signs around letters, those that are part."""
    composed = unicodedata.normalize("NFC", text)
    return _UNPRINTED.sub(UNKNOWN, _ABOVE_AND_BELOW.sub("", composed))


def _all_printed(said: Any) -> Any:
    if isinstance(said, Mapping):
        return {name: _all_printed(one) for name, one in said.items()}
    if isinstance(said, list | tuple):
        return [_all_printed(one) for one in said]
    return printed(said) if isinstance(said, str) else said


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

"""Rebuild kern.css: of KERN UX keep what the templates use.

    python prune.py path/to/package/dist/kern.min.css

A class name put together in a template (`kern-badge--{{ kind }}`, `"kern-badge--" ~ kind`) keeps
every name that begins like it. What OFFERED names is kept even while no template uses it, so that
a new page rarely needs this script. The checksum in README.md is brought up to date.
"""

import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import tinycss2  # type: ignore[import-untyped]

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE.parents[3] / "templates"
NOTICE = (
    "/*! KERN UX 2.7.2 | EUPL-1.2 | modified 2026-11-22:"
    " rules the templates do not use left out, see README.md */\n"
)

OFFERED = {
    *("kern-accordion", "kern-accordion__header", "kern-accordion__body"),
    *("kern-btn", "kern-btn--primary", "kern-btn--secondary", "kern-btn--tertiary"),
    *("kern-btn--block", "kern-btn--x-small"),
    *("kern-body", "kern-body--bold", "kern-body--muted", "kern-body--small"),
    *("kern-icon", "kern-label", "kern-label--small", "kern-link", "kern-title"),
    *("kern-list", "kern-list--bullet", "kern-list--number", "kern-progress", "kern-sr-only"),
    *("kern-heading-x-large", "kern-heading-large", "kern-heading-medium", "kern-heading-small"),
    *("kern-icon--arrow-back", "kern-icon--arrow-forward", "kern-icon--calendar-today"),
    *("kern-icon--check", "kern-icon--close", "kern-icon--delete", "kern-icon--download"),
    *("kern-icon--edit", "kern-icon--help", "kern-icon--mail", "kern-icon--search"),
}


def main() -> None:
    """Prune the stylesheet named on the command line into kern.css."""
    rules = tinycss2.parse_stylesheet(
        Path(sys.argv[1]).read_text("utf-8"), skip_comments=True, skip_whitespace=True
    )
    names, beginnings = used(TEMPLATES)
    css = "\n".join(pruned(rules, names | OFFERED, beginnings))
    result = f"{NOTICE}{css}\n".encode("ascii")
    (HERE / "kern.css").write_bytes(result)
    readme = HERE / "README.md"
    line = f"| kern.css | `{hashlib.sha256(result).hexdigest()}` |"
    readme.write_text(re.sub(r"\| kern\.css \|.*", line, readme.read_text("utf-8")), "utf-8")


def used(templates: Path) -> tuple[set[str], set[str]]:
    """Find the `kern-…` classes of all templates: whole names, and beginnings of composed ones."""
    names: set[str] = set()
    beginnings: set[str] = set()
    for template in templates.rglob("*.html"):
        for name, composed in re.findall(
            r"(kern-[\w-]+)(\s*\{\{|[\"']\s*~)?", template.read_text("utf-8")
        ):
            # A space before "{{" ends the name: class="kern-btn {{ extra }}".
            (beginnings if composed and not composed[0].isspace() else names).add(name)
    return names, beginnings


def pruned(rules: Iterable[Any], names: set[str], beginnings: set[str]) -> Iterator[str]:
    """Yield the rules, one to a line, with the selectors that can match on our pages."""
    for rule in rules:
        content = tinycss2.serialize(rule.content or [])
        prelude = tinycss2.serialize(rule.prelude).strip()
        if rule.type == "qualified-rule":
            selectors = re.split(r",(?![^()]*\))", prelude)
            kept = [s.strip() for s in selectors if matches(s, names, beginnings)]
            if kept:
                yield f"{','.join(kept)}{{{content}}}"
        elif rule.lower_at_keyword in {"media", "supports"}:
            inner = tinycss2.parse_rule_list(content, skip_comments=True, skip_whitespace=True)
            lines = "".join(pruned(inner, names, beginnings))
            if lines:
                yield f"@{rule.at_keyword} {prelude}{{{lines}}}"
        # Dropped: @charset (the result is ASCII), @font-face, @keyframes (only the loader's).


def matches(selector: str, names: set[str], beginnings: set[str]) -> bool:
    """Whether a selector asks for nothing our pages lack.

    Classes inside :not() and :is() need not occur; themes are switched by media query only.
    """
    asked = re.sub(r":(?:not|is|where)\((?:[^()]|\([^()]*\))*\)", "", selector)
    return "[data-kern-theme" not in asked and all(
        name in names or name.startswith(tuple(beginnings))
        for name in re.findall(r"\.(kern-[\w-]+)", asked)
    )


if __name__ == "__main__":
    main()

"""The same pages in every language: German at the root, the others behind a prefix.

`/termine/auftakt`, `/en/termine/auftakt` and `/einfach/termine/auftakt` are one view.
It learns nothing of that: the language is taken out of what it is called with, and
`url_for` puts the page's own language into every address of a page that has more than one.
"""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request, url_for

from chancendialog.i18n import PREFIXES, SOURCE, language


class MultilingualBlueprint(Blueprint):
    """Pages that exist in every language."""

    def __init__(self, name: str, import_name: str) -> None:
        super().__init__(name, import_name)
        self.url_value_preprocessor(_take_language)
        self.url_defaults(_add_language)

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **more: Any
    ) -> None:
        """Once without a prefix, and once with any of the others."""
        prefix = f"/<any({', '.join(PREFIXES.values())}):language>"
        super().add_url_rule(
            rule, endpoint, view_func, *args, defaults={"language": SOURCE}, **more
        )
        super().add_url_rule(prefix + rule, endpoint, view_func, *args, **more)


def in_language(other: str) -> str:
    """Where this page is in another language, its query included; the programme if it is none."""
    if request.blueprint != "public":
        return url_for("public.programme", language=other)
    page = url_for(request.endpoint or "", **(request.view_args or {}), language=other)
    return f"{page}?{urlencode(list(request.args.items(multi=True)))}" if request.args else page


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    (values or {}).pop("language", None)


def _add_language(_endpoint: str, values: dict[str, Any]) -> None:
    spoken = values.get("language") or language()
    values["language"] = PREFIXES.get(spoken, SOURCE)

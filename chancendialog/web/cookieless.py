"""Answers that are the same whoever asks: what calendar programs and monitors fetch.

They are made without looking who asks. Otherwise the library for signing in
would open the session for each of them, and the answer would say `Vary: Cookie`,
so that no shared cache could keep it for the next who asks.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from chancendialog.web.guards import set_headers


def cookieless(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Say that a view has no use for cookies, forms, limits or anybody's account."""
    view.cookieless = True  # type: ignore[attr-defined]
    return view


class App(Flask):
    """Flask, which asks nobody who they are before a view that is `cookieless`."""

    def preprocess_request(self) -> ResponseReturnValue | None:
        return None if self._is_cookieless() else super().preprocess_request()

    def process_response(self, response: Response) -> Response:
        return (
            set_headers(response) if self._is_cookieless() else super().process_response(response)
        )

    def _is_cookieless(self) -> bool:
        view: Any = self.view_functions.get(request.endpoint or "")
        return getattr(view, "cookieless", False)

"""Answers that are the same whoever asks: what calendar programs and monitors fetch.

They are made without looking who asks. Otherwise the library for signing in
would open the session for each of them, and the answer would say `Vary: Cookie`,
so that no shared cache could keep it for the next who asks.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, abort, request
from flask.typing import ResponseReturnValue

from chancendialog.web.guards import is_for_us, set_headers


def cookieless(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Say that a view has no use for cookies, forms, limits or anybody's account."""
    view.cookieless = True  # type: ignore[attr-defined]
    return view


class App(Flask):
    """Flask, which refuses what is meant for others, and asks nobody before a `cookieless` view."""

    def preprocess_request(self) -> ResponseReturnValue | None:
        if not is_for_us(request.environ, self.config):
            abort(421)
        if not self._is_cookieless():
            return super().preprocess_request()
        for take_out in self.url_value_preprocessors.get(request.blueprint, ()):
            take_out(request.endpoint, request.view_args)  # what is no matter of the view
        return None

    def process_response(self, response: Response) -> Response:
        return (
            set_headers(response) if self._is_cookieless() else super().process_response(response)
        )

    def _is_cookieless(self) -> bool:
        view: Any = self.view_functions.get(request.endpoint or "")
        return getattr(view, "cookieless", False)

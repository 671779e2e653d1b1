"""Browsers for these tests."""

from tests.web.browser import (  # noqa: F401
    app,
    build,
    client,
    count_queries,
    sign_up,
    signed_in,
    stranger,
)

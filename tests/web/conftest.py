"""Browsers for these tests."""

from tests.web.browser import (  # noqa: F401
    build,
    client,
    count_queries,
    sign_up,
    signed_in,
    stranger,
)

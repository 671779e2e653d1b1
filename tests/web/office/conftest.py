"""A mail server that is difficult, also for staff."""

from tests.mailing.conftest import clerk, open_office

__all__ = ["clerk", "open_office"]

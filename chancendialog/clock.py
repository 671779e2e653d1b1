"""What time it is. Nothing else asks, so a test can say."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is in Hannover."""
    return now().astimezone(BERLIN).date()


def day_of(moment: datetime) -> date:
    """The day a moment falls on in Hannover."""
    return moment.astimezone(BERLIN).date()

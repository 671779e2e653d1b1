"""The brake for everything: when strangers make us write too much, every sign-up needs the click.

It is the same switch that staff have on their page. Pulled by itself, it
releases itself once it has been quiet; what staff switch stays as they want it.
"""

from datetime import datetime, timedelta

from chancendialog import clock, house, journal
from chancendialog.extensions import new_ulid
from chancendialog.house import Switch
from chancendialog.links import link
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import Letter, write
from chancendialog.registration import strangers

TOO_MANY = 300  # letters within an hour that strangers caused
QUIET = TOO_MANY // 2
HOUR = timedelta(hours=1)


def watch() -> None:
    """Pull the brake, or release it an hour later at the earliest. The worker looks each minute.

    Who has just released it is believed: only what happens after that counts.
    """
    last = house.last_turned()
    if not house.is_on(Switch.CONFIRM_BY_MAIL):
        since = max(_an_hour_ago(), last.at) if last else _an_hour_ago()
        if (letters := strangers.letters_since(since)) > TOO_MANY:
            _pull(letters)
    elif house.alarm() and last and last.at <= _an_hour_ago():
        letters = strangers.letters_since(_an_hour_ago())
        if letters <= QUIET:
            _turn(on=False, code=house.RELEASED, letters=letters)


def _pull(letters: int) -> None:
    _turn(on=True, code=house.PULLED, letters=letters)
    office = house.contact()
    if office and office.email:
        outbox.post(alarm(office), thread=f"staff-alarm:{new_ulid()}")


def alarm(office: house.Contact) -> Letter:
    """To the office: something is wrong, look here."""
    return write(
        "brake", name="", email=office.email, own_url=link("office.sessions"), house=office
    )


def _turn(*, on: bool, code: str, letters: int) -> None:
    house.turn(Switch.CONFIRM_BY_MAIL, on=on, actor=journal.SYSTEM, code=code, letters=letters)


def _an_hour_ago() -> datetime:
    return clock.now() - HOUR

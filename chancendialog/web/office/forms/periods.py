"""How long names, addresses and needs are kept."""

from flask_babel import lazy_gettext as _

from chancendialog.house import Period
from chancendialog.programme.models import EventSession
from chancendialog.programme.retention import LEAST_DAYS, MOST_DAYS
from chancendialog.web.office.fields import WholeNumber
from chancendialog.web.office.forms import UponWhatWasShown


class HousePeriodsForm(UponWhatWasShown):
    """For how many days what is kept, where a session does not say otherwise."""

    contact_days = WholeNumber(
        _("Namen, Adressen und E-Mails: Tage nach dem Termin"),
        least=LEAST_DAYS,
        most=MOST_DAYS,
    )
    needs_days = WholeNumber(
        _("Angaben dazu, was jemand zur Teilnahme braucht: Tage nach dem Termin"),
        least=0,
        most=MOST_DAYS,
    )
    unconfirmed_days = WholeNumber(
        _("Nicht bestätigte Anmeldungen: Tage nach Ablauf ihrer Frist"), least=0, most=MOST_DAYS
    )

    def __init__(self, now: dict[Period, int]) -> None:
        super().__init__({period.value: days for period, days in now.items()})

    def days(self) -> dict[Period, int]:
        """As the domain takes them."""
        return {period: self[period.value].data for period in Period}


class SessionPeriodsForm(UponWhatWasShown):
    """For how many days what is kept of one session's people."""

    contact_days = WholeNumber(
        _("Namen, Adressen und E-Mails: Tage nach dem Termin"),
        least=LEAST_DAYS,
        most=MOST_DAYS,
        optional=True,
        description=_("Leer heißt: so lange wie bei allen anderen Terminen."),
    )
    needs_days = WholeNumber(
        _("Angaben dazu, was jemand zur Teilnahme braucht: Tage nach dem Termin"),
        least=0,
        most=MOST_DAYS,
        optional=True,
        description=_("Leer heißt: so lange wie bei allen anderen Terminen."),
    )

    def __init__(self, event_session: EventSession) -> None:
        super().__init__(
            {"contact_days": event_session.contact_days, "needs_days": event_session.needs_days}
        )

    def days(self) -> dict[str, int | None]:
        """As the domain takes them."""
        return {"contact_days": self.contact_days.data, "needs_days": self.needs_days.data}

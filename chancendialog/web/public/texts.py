"""Pages that the law asks for."""

from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from chancendialog import clock, house
from chancendialog.house import Fact, Period
from chancendialog.i18n import Text, language, ngettext
from chancendialog.links import link
from chancendialog.privacy import registry
from chancendialog.privacy.registry import Goes
from chancendialog.web.public import bp
from chancendialog.web.public.receipts import CORRECTABLE
from chancendialog.web.weight import compressed


@bp.get("/impressum")
@compressed()
def imprint() -> ResponseReturnValue:
    """Who is responsible (§ 5 DDG, § 18 (1) MStV)."""
    return render_template("public/imprint.html", legal=house.facts(language()))


@bp.get("/datenschutz")
@compressed()
def privacy_notice() -> ResponseReturnValue:
    """What we do with personal data (Art. 13 DSGVO), as the registry and the settings say."""
    days = {period: house.days(period) for period in Period}
    goes = _when_it_goes(days)
    set_at = house.periods_set_at()
    as_of = max(registry.AS_OF, clock.day_of(set_at)) if set_at else registry.AS_OF
    return render_template(
        "public/privacy.html",
        legal=house.facts(language()),
        kept=[(data, goes[data.goes]) for data in registry.PERSONAL],
        days=days,
        backup_days=house.BACKUP_DAYS,
        correctable_hours=CORRECTABLE.total_seconds() // 3600,
        as_of=format_date(as_of, "long"),
    )


@bp.get("/barrierefreiheit")
@compressed()
def accessibility() -> ResponseReturnValue:
    """How accessible this is, and whom to tell (§ 9b NBGG)."""
    legal = house.facts(language())
    days = {
        name: format_date(date.fromisoformat(legal[name].words), "long")
        for name in (Fact.STATEMENT_MADE_ON, Fact.ASSESSED_ON)
        if name in legal
    }
    return render_template(
        "public/accessibility.html",
        legal=legal | {name: Text(day, language()) for name, day in days.items()},
        url=link("public.programme"),
    )


def _when_it_goes(days: dict[Period, int]) -> dict[Goes, str]:
    """What the page says of each; one that the registry knows and this does not fails at once."""
    return {
        Goes.AFTER_SESSION: _days_after(days[Period.CONTACT]),
        Goes.NEEDS_AFTER_SESSION: _days_after(days[Period.NEEDS]),
        Goes.WITH_LAST_REGISTRATION: _(
            "Gelöscht mit Ihrer letzten Anmeldung oder wenn Sie einen neuen Link erzeugen"
        ),
        Goes.WITH_ACCOUNT: _("Gelöscht mit dem Konto"),
        Goes.NEVER: _("Bleibt, aber ohne Namen und Adresse: Niemand weiß mehr, wer es war"),
    }


def _days_after(number: int) -> str:
    return ngettext(
        "Gelöscht einen Tag nach der Veranstaltung",
        "Gelöscht %(num)s Tage nach der Veranstaltung",
        number,
    )

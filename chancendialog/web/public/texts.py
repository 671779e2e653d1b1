"""Pages that the law asks for."""

from flask import render_template
from flask.typing import ResponseReturnValue

from chancendialog import house
from chancendialog.house import Period
from chancendialog.privacy import registry
from chancendialog.web.public import bp
from chancendialog.web.public.receipts import CORRECTABLE


@bp.get("/impressum")
def imprint() -> ResponseReturnValue:
    """Who is responsible (§ 5 DDG, § 18 (1) MStV)."""
    return render_template("public/imprint.html", controller=house.CONTROLLER)


@bp.get("/datenschutz")
def privacy_notice() -> ResponseReturnValue:
    """What we do with personal data (Art. 13 DSGVO), as the registry and the settings say."""
    return render_template(
        "public/privacy.html",
        controller=house.CONTROLLER,
        officer=house.PRIVACY_OFFICER,
        authority=house.SUPERVISORY_AUTHORITY,
        kept=registry.PERSONAL,
        days={period: house.days(period) for period in Period},
        correctable_hours=CORRECTABLE.total_seconds() // 3600,
    )


@bp.get("/barrierefreiheit")
def accessibility() -> ResponseReturnValue:
    """How accessible this is, and whom to tell (§ 9b NBGG)."""
    return render_template("public/accessibility.html")

"""Pages that the law asks for."""

from flask import render_template
from flask.typing import ResponseReturnValue

from chancendialog.privacy import RETENTION
from chancendialog.web.public import bp


@bp.get("/impressum")
def imprint() -> ResponseReturnValue:
    """Who is responsible (§ 5 DDG)."""
    return render_template("public/imprint.html")


@bp.get("/datenschutz")
def privacy_notice() -> ResponseReturnValue:
    """What we do with personal data (Art. 13 DSGVO)."""
    return render_template("public/privacy.html", days=RETENTION.days)


@bp.get("/barrierefreiheit")
def accessibility() -> ResponseReturnValue:
    """How accessible this is, and whom to tell (§ 9b NBGG)."""
    return render_template("public/accessibility.html")

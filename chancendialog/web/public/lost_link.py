"""For whoever cannot find our email any more: the links to one's registrations once more.

The answer never tells whether an address is known.
"""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from chancendialog.extensions import db, only_read
from chancendialog.registration import booking
from chancendialog.web import limits
from chancendialog.web.public import bp
from chancendialog.web.public.forms import AddressForm


@bp.get("/meine-anmeldungen")
def lost_link() -> ResponseReturnValue:
    """Ask for the address; the links travel by mail only."""
    return render_template("public/lost_link.html", form=AddressForm())


@bp.post("/meine-anmeldungen")
def send_links() -> ResponseReturnValue:
    """Write to the address if it is registered for something to come, and say the same if not."""
    form = AddressForm()
    if not form.validate():
        only_read()
        return render_template("public/lost_link.html", form=form), 422
    limits.count_form()
    booking.send_links(form.address)
    db.session.commit()
    return redirect(url_for(".done", what="links", _anchor="inhalt"), 303)

"""For whoever cannot find our email any more: the links to one's registrations once more.

The answer never tells whether an address is known.
"""

from time import perf_counter, sleep

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from chancendialog.errors import DomainError
from chancendialog.extensions import db, only_read
from chancendialog.registration import booking
from chancendialog.web import limits
from chancendialog.web.public import bp
from chancendialog.web.public.addresses import is_frequent, provider_meant
from chancendialog.web.public.forms import LinksForm
from chancendialog.web.public.shown_again import shown_again

ANSWER_AFTER = 0.1  # seconds: far more than it takes to write the letters


@bp.get("/meine-anmeldungen")
def lost_link() -> ResponseReturnValue:
    """Ask for the address; the links travel by mail only."""
    return _page(LinksForm())


def _once_more(refusal: DomainError) -> str:
    form = LinksForm()
    form.form_errors = [refusal.message]
    return _page(form)


@bp.post("/meine-anmeldungen")
@shown_again(_once_more)
def send_links() -> ResponseReturnValue:
    """Write to the address if it is registered for something to come, and say the same if not.

    Letters take a while to write, so every answer waits until the same moment: time
    would tell who is known. Nobody else waits for it, since all is committed by then.
    """
    began = perf_counter()
    form = LinksForm()
    if form.asks_for_another_language:
        return _page(form)
    if not form.validate():
        return _page(form), 422
    limits.count_form()
    booking.send_links(form.address)
    db.session.commit()
    sleep(max(0, ANSWER_AFTER - (perf_counter() - began)))
    meant = provider_meant(form.address)
    return redirect(url_for(".links_sent", meinten=meant, _anchor="inhalt"), 303)


@bp.get("/erledigt/links")
def links_sent() -> ResponseReturnValue:
    """Say what happens now, and where the mailbox is that was probably meant (`meinten`)."""
    meant = request.args.get("meinten", "")
    meant = meant if is_frequent(meant) else ""
    return render_template("public/done.html", what="links", meant=meant)


def _page(form: LinksForm) -> str:
    only_read()
    return render_template("public/lost_link.html", form=form)

"""„Barriere melden“: whoever cannot use a page tells the office (§ 9b NBGG).

The report goes by mail and is stored nowhere else. Nobody else is written to:
a receipt to a typed address would be a way to write to strangers.
"""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from chancendialog import house
from chancendialog.extensions import db, new_ulid, only_read
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import write
from chancendialog.web import limits
from chancendialog.web.public import bp
from chancendialog.web.public.forms import BarrierForm


@bp.get("/barriere-melden")
def report_barrier() -> ResponseReturnValue:
    """Ask what is in the way; the page is known if its footer led here (`seite`)."""
    page = request.args.get("seite", "")
    return _page(BarrierForm(page=page if page.startswith("/") and page.isprintable() else ""))


@bp.post("/barriere-melden")
def send_report() -> ResponseReturnValue:
    """Send the report to the office."""
    form = BarrierForm()
    if not form.validate():
        only_read()
        return _page(form), 422
    office = house.contact()
    if office is None or not office.email:
        abort(503)
    limits.count_form()
    report = write(
        "barrier_report",
        name="",
        email=office.email,
        own_url="",
        house=office,
        page=form.page.data,
        what=form.what.data,
        reporter=form.address,
    )
    outbox.post(report, thread=f"staff-barrier:{new_ulid()}")
    db.session.commit()
    return redirect(url_for(".done", what="gemeldet", _anchor="inhalt"), 303)


def _page(form: BarrierForm) -> str:
    return render_template("public/report_barrier.html", form=form)

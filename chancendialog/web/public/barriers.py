"""„Barriere melden“: whoever cannot use a page tells the office (§ 9b NBGG).

The report goes by mail and is stored nowhere else. Nobody else is written to:
a receipt to a typed address would be a way to write to strangers.
"""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded

from chancendialog import house
from chancendialog.extensions import csrf, db, new_ulid, only_read
from chancendialog.logs import without_keys
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
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks it itself, so that nothing typed is lost
def send_report() -> ResponseReturnValue:
    """Send the report to the office; whatever is in its way, the report stays in the form."""
    form = BarrierForm()
    if not form.validate():
        return _page(form), 400 if form.has_lost_its_cookie else 422
    office = house.contact()
    if office is None or not office.email:
        return _page(form), 409
    try:
        limits.count_form()
    except RateLimitExceeded:
        form.form_errors.append(
            _(
                "Von Ihrem Internet-Anschluss kam heute sehr viel auf einmal. Senden Sie das"
                " Formular später noch einmal, oder rufen Sie uns an. Ihre Angaben stehen noch da."
            )
        )
        return _page(form), 429, {"Retry-After": str(limits.seconds_to_wait())}
    report = write(
        "barrier_report",
        name="",
        email=office.email,
        own_url="",
        house=office,
        page=without_keys(form.page.data),  # some paste the address of their own registration
        what=without_keys(form.what.data),
        reporter=form.address,
    )
    outbox.post(report, thread=f"staff-barrier:{new_ulid()}")
    db.session.commit()
    return redirect(url_for(".done", what="gemeldet", _anchor="inhalt"), 303)


def _page(form: BarrierForm) -> str:
    only_read()
    return render_template("public/report_barrier.html", form=form)

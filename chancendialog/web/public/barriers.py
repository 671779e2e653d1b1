"""„Barriere melden“: whoever cannot use a page tells the office (§ 9b NBGG).

The report goes by mail and is stored nowhere else. Nobody else is written to:
a receipt to a typed address would be a way to write to strangers.
"""

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from chancendialog import house
from chancendialog.errors import DomainError
from chancendialog.extensions import db, new_ulid, only_read
from chancendialog.logs import without_keys
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import write
from chancendialog.web import limits
from chancendialog.web.public import bp
from chancendialog.web.public.forms import BarrierForm
from chancendialog.web.public.shown_again import shown_again


@bp.get("/barriere-melden")
def report_barrier() -> ResponseReturnValue:
    """Ask what is in the way; the page is known if its footer led here (`seite`)."""
    page = request.args.get("seite", "")
    return _page(BarrierForm(page=page if page.startswith("/") and page.isprintable() else ""))


def _once_more(refusal: DomainError) -> str:
    form = BarrierForm()
    form.form_errors = [refusal.message]
    return _page(form)


@bp.post("/barriere-melden")
@shown_again(_once_more)
def send_report() -> ResponseReturnValue:
    """Send the report to the office; whatever is in its way, the report stays in the form."""
    form = BarrierForm()
    if form.asks_for_another_language:
        return _page(form)
    if not form.validate():
        return _page(form), 422
    office = house.contact()
    if office is None or not office.email:
        return _page(form), 409
    limits.count_form()
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
    back = _page_of_ours(form.page.data or "")
    return redirect(url_for(".reported", seite=back, _anchor="inhalt"), 303)


@bp.get("/erledigt/gemeldet")
def reported() -> ResponseReturnValue:
    """Say thank you, and lead back to the page that was reported."""
    back = _page_of_ours(request.args.get("seite", ""))
    return render_template("public/done.html", what="gemeldet", back=back)


def _page_of_ours(named: str) -> str | None:
    """The page that was named, if residents have it and it is no key; people write anything."""
    pages = current_app.create_url_adapter(request)
    is_ours = named.startswith("/") and not named.startswith("//")  # that names a host
    if pages is None or not is_ours or "…" in without_keys(named):
        return None
    try:
        endpoint, _values = pages.match(named, method="GET")
    except HTTPException:  # there is none, or only at another address
        return None
    return named if endpoint.startswith(f"{bp.name}.") else None


def _page(form: BarrierForm) -> str:
    only_read()
    return render_template("public/report_barrier.html", form=form)

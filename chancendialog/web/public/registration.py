"""Signing up, the receipt, and one's own registration behind the mailed link."""

from datetime import timedelta

from flask import abort, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError

from chancendialog import clock, tokens
from chancendialog.extensions import csrf, db, is_busy, limiter
from chancendialog.i18n import language
from chancendialog.privacy import RETENTION
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, letters, seats, waiting_list
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from chancendialog.web.errors import SECONDS_TO_WAIT
from chancendialog.web.public import bp
from chancendialog.web.public.forms import AddressForm, RegistrationForm
from chancendialog.web.public.programme import known_session

RECEIPT = "receipt"  # what receipts are signed for
CORRECTABLE = timedelta(hours=24)
RECEIPTS_KEPT = 3  # in the browser's cookie
LIMIT = "50 per 10 minutes; 200 per day"  # per network: offices and libraries share one


# one count for both pages that make us write to an address somebody typed
limit = limiter.shared_limit(LIMIT, scope="sign-up", methods=["POST"])


@bp.route("/termine/<slug>/anmelden", methods=["GET", "POST"])
@limit
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks it itself, so that nothing typed is lost
def register(slug: str) -> ResponseReturnValue:
    """Let a resident sign up for a session."""
    try:
        return _register(slug)
    except OperationalError as trouble:
        if not is_busy(trouble):
            raise
        _let_go()
        form = RegistrationForm(known_session(slug))
        form.form_errors = [
            _("Gerade melden sich sehr viele Menschen an. Senden Sie das Formular noch einmal.")
        ]
        return _form_page(known_session(slug), form), 409, {"Retry-After": SECONDS_TO_WAIT}


def _register(slug: str) -> ResponseReturnValue:
    event_session = known_session(slug)
    form = RegistrationForm(event_session)
    if not form.is_submitted():
        return _form_page(event_session, form)
    if not form.validate():
        return _form_page(event_session, form), 400 if form.has_lost_its_cookie else 422
    applicant = form.applicant(would_wait="waiting_list" in request.form)
    try:
        status = _sign_up(event_session, applicant)
    except booking.PartyTooLarge as refusal:
        form.party_size.errors = [refusal.message]
        return _form_page(event_session, form), 422
    except booking.SessionFull as refusal:
        _let_go()
        return _form_page(event_session, form, refusal), 409
    return _done(event_session, applicant, status)


def _sign_up(event_session: EventSession, applicant: Applicant) -> Status:
    """Sign up, or correct the address if this form has signed the person up before.

    The same answer for an address that is registered already; its owner gets a letter.
    """
    before = booking.sent_with(event_session, applicant)
    if before and applicant.email and before.email != applicant.email:
        return booking.correct_address(before, applicant.email)
    try:
        return booking.register(event_session, applicant).status
    except booking.AlreadyRegistered as found:
        booking.remind_of_registration(found.registration)
        return found.status


def _done(event_session: EventSession, applicant: Applicant, status: Status) -> ResponseReturnValue:
    """Keep what was decided and lead to its receipt, which survives reload and bookmark."""
    content = [
        applicant.receipt, event_session.id, status, applicant.party_size,
        int(clock.now().timestamp()),
    ]  # fmt: skip
    receipt = tokens.sign(RECEIPT, content)
    target = url_for(".receipt", slug=event_session.slug, receipt=receipt, _anchor="inhalt")
    db.session.commit()
    _remember(applicant)
    return redirect(target, 303)


def _let_go() -> None:
    """Give the turn back: showing a page only reads, and others are waiting."""
    db.session.rollback()
    g.only_reads = True


def _form_page(
    event_session: EventSession,
    form: RegistrationForm,
    refusal: booking.SessionFull | None = None,
) -> str:
    free, waiting = seats.availability([event_session])[event_session.id]
    return render_template(
        "public/register.html",
        event_session=event_session,
        form=form,
        free=free,
        waiting=waiting,
        refusal=refusal,
        closed=booking.refusal(event_session),
        retention_days=RETENTION.days,
    )


@bp.route("/termine/<slug>/danke/<receipt>", methods=["GET", "POST"])
@limit
def receipt(slug: str, receipt: str) -> ResponseReturnValue:
    """Say what came of a sign-up; the browser that sent it may correct the address.

    Reads the same whether or not the address was registered before.
    """
    event_session = known_session(slug)
    number, status, party_size, signed_up_at = _read_receipt(event_session, receipt)
    late = clock.now().timestamp() - signed_up_at > CORRECTABLE.total_seconds()
    kept = None if late else _kept(number)
    form = AddressForm()
    if request.method == "POST" and kept is None:
        abort(410)
    if kept and form.validate_on_submit():
        applicant = Applicant(
            name=kept["name"],
            email=form.address,
            party_size=party_size,
            would_wait=True,
            language=language(),
            receipt=number,
        )
        if same := booking.sent_with(event_session, applicant, email=form.address):
            booking.remind_of_registration(same)  # they wait for a mail that did not come
        return _done(event_session, applicant, _sign_up(event_session, applicant))
    page = render_template(
        "public/receipt.html",
        event_session=event_session,
        status=status,
        party_size=party_size,
        masked=kept and kept["masked"],
        form=form,
    )
    return page, 422 if form.errors else 200, {"Cache-Control": "no-store"}


def _read_receipt(event_session: EventSession, receipt: str) -> tuple[str, Status, int, int]:
    try:
        number, session_id, status, people, signed_up_at = tokens.read(RECEIPT, receipt)
    except tokens.BadToken:
        abort(404)
    if session_id != event_session.id:
        abort(404)
    return number, Status(status), people, signed_up_at


def _remember(applicant: Applicant) -> None:
    """Keep in this browser's cookie what its receipt page shows; nobody else can ask for it."""
    others = [one for one in session.get("receipts", []) if one["number"] != applicant.receipt]
    shown = {
        "number": applicant.receipt,
        "name": applicant.name,
        "masked": masked(applicant.email or ""),
    }
    session["receipts"] = [*others, shown][-RECEIPTS_KEPT:]


def _kept(number: str) -> dict[str, str] | None:
    receipts = session.get("receipts", [])
    return next((one for one in receipts if one["number"] == number), None)


@bp.get("/anmeldung/<token>")
def registration(token: str) -> ResponseReturnValue:
    """Show what is registered. Opening it changes nothing: mail scanners open links."""
    found = _by_token(token)
    return render_template(
        "public/registration.html",
        token=token,
        registration=found,
        event_session=found.event_session,
        masked=masked(found.email or ""),
        position=waiting_list.position(found) if found.status is Status.WAITING else None,
    )


@bp.post("/anmeldung/<token>/abmelden")
def withdraw(token: str) -> ResponseReturnValue:
    """Give up the seat, or the place in the queue."""
    booking.withdraw(_by_token(token))
    db.session.commit()
    return redirect(url_for(".registration", token=token, _anchor="inhalt"), 303)


@bp.get("/anmeldung/<token>/abmelden")
def withdraw_reloaded(token: str) -> ResponseReturnValue:
    """Whoever opens the address of the button lands on the page with the button."""
    return redirect(url_for(".registration", token=token))


def _by_token(token: str) -> Registration:
    """The registration of a mailed link: 404 if it is none of ours, 410 if it is dead."""
    try:
        registration_id, version = tokens.read(letters.LINK, token)
    except tokens.BadToken:
        abort(404)
    found = db.session.get(Registration, registration_id)
    if found is None or found.erased_at or found.link_version != version:
        abort(410)
    return found


def masked(email: str) -> str:
    """„k••@example.org“: enough to recognise one's own address."""
    local, _at, domain = email.partition("@")
    return f"{local[:1]}••@{domain}"

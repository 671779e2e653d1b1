"""Signing up, and the receipt of it."""

from dataclasses import replace

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import OperationalError

from chancendialog import clock
from chancendialog.extensions import csrf, db, is_busy, only_read
from chancendialog.i18n import language
from chancendialog.programme import retention
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, seats
from chancendialog.registration.booking import Applicant, Outcome
from chancendialog.registration.models import Registration
from chancendialog.web import limits
from chancendialog.web.errors import SECONDS_TO_WAIT
from chancendialog.web.public import bp, receipts
from chancendialog.web.public.addresses import likely_meant
from chancendialog.web.public.forms import AddressForm, RegistrationForm
from chancendialog.web.public.programme import known_session
from chancendialog.web.public.receipts import Receipt


@bp.route("/termine/<slug>/anmelden", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks it itself, so that nothing typed is lost
def register(slug: str) -> ResponseReturnValue:
    """Let a resident sign up for a session."""
    try:
        return _register(slug)
    except RateLimitExceeded:
        wait = {"Retry-After": str(limits.seconds_to_wait())}
        told = _(
            "Von Ihrem Internet-Anschluss kamen heute sehr viele Anmeldungen. Senden Sie das"
            " Formular später noch einmal, oder rufen Sie uns an. Ihre Angaben stehen noch da."
        )
        return _to_be_sent_again(slug, told), 429, wait
    except OperationalError as trouble:
        if not is_busy(trouble):
            raise
        told = _("Gerade melden sich sehr viele Menschen an. Senden Sie das Formular noch einmal.")
        return _to_be_sent_again(slug, told), 409, {"Retry-After": SECONDS_TO_WAIT}


def _register(slug: str) -> ResponseReturnValue:
    form = RegistrationForm()
    if not form.is_submitted() or "language" in request.form:  # the same in another language
        return _form_page(known_session(slug), form)
    if not form.validate():
        only_read()  # nobody waits for a form with faults
        return _form_page(known_session(slug), form), 400 if form.has_lost_its_cookie else 422
    limits.count_form()
    by_mail = limits.must_click()
    event_session = seats.turn_at(slug) or abort(404)
    applicant = form.applicant(would_wait="waiting_list" in request.form, by_mail=by_mail)
    try:
        outcome = booking.sign_up(event_session, applicant)
    except booking.PartyTooLarge as refusal:
        only_read()
        form.party_size.errors = [refusal.message]
        return _form_page(event_session, form), 422
    except booking.SessionFull as refusal:
        only_read()
        return _form_page(event_session, form, refusal), 409
    return _done(event_session, applicant, outcome)


def _done(
    event_session: EventSession, applicant: Applicant, outcome: Outcome
) -> ResponseReturnValue:
    """Keep what was decided and lead to its receipt, which survives reload and bookmark."""
    receipt = receipts.write(event_session, applicant, outcome)
    target = receipts.url_of(receipt, event_session, _anchor="inhalt")
    db.session.commit()
    receipts.remember(receipt, applicant.name, applicant.email or "")
    return redirect(target, 303)


def _to_be_sent_again(slug: str, told: str) -> str:
    """The form with all that was typed: nothing is lost and nothing was done."""
    only_read()
    form = RegistrationForm()
    form.form_errors = [told]
    return _form_page(known_session(slug), form)


def _form_page(
    event_session: EventSession,
    form: RegistrationForm,
    refusal: booking.SessionFull | None = None,
) -> str:
    form.offer(event_session)
    return render_template(
        "public/register.html",
        event_session=event_session,
        form=form,
        admission=booking.admission(event_session, seats.numbers_of(event_session)),
        must_click=booking.must_click(event_session, by_mail=limits.must_click()),
        refusal=refusal,
        kept_days=retention.days(event_session),
    )


@bp.get("/termine/<slug>/danke/<receipt>")
def receipt(slug: str, receipt: str) -> ResponseReturnValue:
    """Say what came of a sign-up; the browser that sent it may correct the address.

    Reads the same whether or not the address was registered before.
    """
    event_session = known_session(slug)
    return _receipt_page(event_session, receipts.read(event_session, receipt), AddressForm())


@bp.post("/termine/<slug>/danke/<receipt>")
def correct_address(slug: str, receipt: str) -> ResponseReturnValue:
    """Send the letter to another address: the one typed here, or the one suggested."""
    event_session, made, kept, found = _kept_here(slug, receipt)
    if "meant" in request.form:
        return _take_suggestion(event_session, made, kept, found)
    form = AddressForm()
    if not form.validate():
        return _receipt_page(event_session, made, form)
    limits.count_form()
    if found and found.email == form.address:
        booking.remind_of_registration(found)  # they wait for a mail that did not come
    applicant = _applicant(made, found, kept["name"], form.address)
    return _done(event_session, applicant, booking.sign_up(event_session, applicant))


@bp.post("/termine/<slug>/danke/<receipt>/noch-einmal")
def send_again(slug: str, receipt: str) -> ResponseReturnValue:
    """Send the letter with the link once more, if this receipt stands for a registration."""
    event_session, made, _kept, found = _kept_here(slug, receipt)
    limits.count_form()
    booking.refuse_unless_it_takes_place(event_session)
    if found:
        booking.remind_of_registration(found)
    target = receipts.url_of(made, event_session, nochmal="1", _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)


@bp.get("/termine/<slug>/danke/<receipt>/noch-einmal")
def send_again_reloaded(slug: str, receipt: str) -> ResponseReturnValue:
    """Whoever opens the address of the button lands on the page with the button."""
    return redirect(url_for(".receipt", slug=slug, receipt=receipt))


def _kept_here(
    slug: str, receipt: str
) -> tuple[EventSession, Receipt, dict[str, str], Registration | None]:
    """A receipt that this browser knows, and the registration it stands for, if it stands for one.

    Any other browser gets a 410 page.
    """
    event_session = known_session(slug)
    made = receipts.read(event_session, receipt)
    kept = receipts.kept(made) or abort(410)
    forms = receipts.numbers_of(made)
    found = (booking.sent_with(event_session, number, kept["name"]) for number in forms)
    return event_session, made, kept, next(filter(None, found), None)


def _take_suggestion(
    event_session: EventSession, made: Receipt, kept: dict[str, str], found: Registration | None
) -> ResponseReturnValue:
    """Correct the address to the provider that was probably meant.

    This browser only knows it masked, so the rest comes from the registration. Where somebody
    else has registered the address there is none to correct, and the answer reads the same.
    """
    limits.count_form()
    if found and (meant := likely_meant(found.email or "")):
        applicant = _applicant(made, found, kept["name"], meant)
        return _done(event_session, applicant, booking.sign_up(event_session, applicant))
    made = replace(made, signed_up_at=int(clock.now().timestamp()))
    receipts.remember(made, kept["name"], likely_meant(kept["masked"]) or kept["masked"])
    return redirect(receipts.url_of(made, event_session, _anchor="inhalt"), 303)


def _applicant(made: Receipt, found: Registration | None, name: str, email: str) -> Applicant:
    """Whoever this receipt was for, once more, with another address."""
    return Applicant(
        name=name,
        email=email,
        party_size=made.party_size,
        would_wait=True,
        language=language(),
        receipt=found.receipt if found else made.number,
        hold_until=made.held_until,
        by_mail=limits.must_click(),
    )


def _receipt_page(
    event_session: EventSession, made: Receipt, form: AddressForm
) -> ResponseReturnValue:
    kept = receipts.kept(made)
    masked = kept and kept["masked"]
    page = render_template(
        "public/receipt.html",
        event_session=event_session,
        receipt=made,
        masked=masked,
        meant=likely_meant(masked) if masked else None,
        url=receipts.url_of(made, event_session),
        again_url=receipts.url_of(made, event_session, ".send_again"),
        sent_again="nochmal" in request.args,
        form=form,
    )
    return page, 422 if form.errors else 200, {"Cache-Control": "no-store"}

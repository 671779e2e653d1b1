"""Signing up, and the receipt of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import OperationalError

from chancendialog import clock
from chancendialog.extensions import csrf, db, is_busy, only_read
from chancendialog.i18n import language
from chancendialog.programme import queries, retention
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, seats, several
from chancendialog.registration.booking import Applicant, Outcome
from chancendialog.registration.models import Registration
from chancendialog.registration.several import Further, Wish
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
    others = _ticked(slug, form)
    event_session = _with_turns(slug, others)
    applicant = form.applicant(would_wait="waiting_list" in request.form, by_mail=by_mail)
    try:
        outcome, further = several.sign_up(
            event_session, applicant, [Wish(one, applicant) for one in others]
        )
    except booking.PartyTooLarge as refusal:
        only_read()
        form.party_size.errors = [refusal.message]
        return _form_page(event_session, form), 422
    except booking.SessionFull as refusal:
        only_read()
        return _form_page(event_session, form, refusal), 409
    return _done(event_session, applicant, outcome, further)


def _ticked(slug: str, form: RegistrationForm) -> list[EventSession]:
    """The further sessions that the form asks for; not more than it can show."""
    slugs = {one for one in form.also.data if one != slug}
    return queries.sessions_at(slugs)[: several.MOST] if slugs else []


def _with_turns(slug: str, others: list[EventSession]) -> EventSession:
    """The session of the page, once its turn and those of all others are taken."""
    if not others:
        return seats.turn_at(slug) or abort(404)
    event_session = known_session(slug)
    seats.take_turns(event_session, *others)
    return event_session


def _done(
    event_session: EventSession, applicant: Applicant, outcome: Outcome, further: list[Further]
) -> ResponseReturnValue:
    """Keep what was decided and lead to its receipt, which survives reload and bookmark."""
    receipt = receipts.write(event_session, applicant, outcome, further)
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
    admission = booking.admission(event_session, seats.numbers_of(event_session))
    return render_template(
        "public/register.html",
        event_session=event_session,
        form=form,
        admission=admission,
        others=[] if admission.closed else several.on_offer_beside(event_session),
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
    return _sign_up_at(form.address, event_session, made, kept, found)


@bp.post("/termine/<slug>/danke/<receipt>/noch-einmal")
def send_again(slug: str, receipt: str) -> ResponseReturnValue:
    """Send the letter with the link once more, if this receipt stands for a registration."""
    event_session, made, kept, found = _kept_here(slug, receipt)
    limits.count_form()
    booking.refuse_unless_it_takes_place(event_session)
    _remind([found, *(one.found for one in _further(made, kept))])
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
    return event_session, made, kept, _stands_for(made, event_session, kept)


def _stands_for(
    made: Receipt, event_session: EventSession, kept: dict[str, str]
) -> Registration | None:
    forms = receipts.numbers_of(made)
    found = (booking.sent_with(event_session, number, kept["name"]) for number in forms)
    return next(filter(None, found), None)


class _Part(NamedTuple):
    """What a receipt says of a further session, and the registration it stands for."""

    event_session: EventSession
    made: Receipt
    found: Registration | None


def _further(made: Receipt, kept: dict[str, str]) -> list[_Part]:
    """The further sessions of a receipt in which something came of it."""
    return [
        _Part(one, part, _stands_for(part, one, kept))
        for one, part in _sessions_of(made)
        if part.status
    ]


def _sessions_of(made: Receipt) -> list[tuple[EventSession, Receipt]]:
    parts = {part.session_id: part for part in made.further}
    sessions = queries.sessions_numbered(parts) if parts else []
    return [(one, parts[one.id]) for one in sessions]


def _sign_up_at(
    email: str,
    event_session: EventSession,
    made: Receipt,
    kept: dict[str, str],
    found: Registration | None,
) -> ResponseReturnValue:
    """Do once more what this receipt is of, for another address: the last one, if it was a slip."""
    further = _further(made, kept)
    if further:
        seats.take_turns(event_session, *(one.event_session for one in further))
    everything = [found, *(one.found for one in further)]
    _remind(one for one in everything if one and one.email == email)
    wishes = [
        Wish(one, _applicant(part, theirs, kept["name"], email)) for one, part, theirs in further
    ]
    applicant = _applicant(made, found, kept["name"], email)
    outcome, came_of_it = several.sign_up(event_session, applicant, wishes)
    return _done(event_session, applicant, outcome, came_of_it)


def _remind(some: Iterable[Registration | None]) -> None:
    """They wait for a mail that did not come. By session: each is held until all are written."""
    for one in sorted(filter(None, some), key=lambda one: one.event_session_id):
        booking.remind_of_registration(one)


def _take_suggestion(
    event_session: EventSession, made: Receipt, kept: dict[str, str], found: Registration | None
) -> ResponseReturnValue:
    """Correct the address to the provider that was probably meant.

    This browser only knows it masked, so the rest comes from the registration. Where somebody
    else has registered the address there is none to correct, and the answer reads the same.
    """
    limits.count_form()
    typed = [one.email for one in (found, *(one.found for one in _further(made, kept))) if one]
    if typed and (meant := likely_meant(typed[0] or "")):
        return _sign_up_at(meant, event_session, made, kept, found)
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
        further=[(one, part, _why_not(one, part)) for one, part in _sessions_of(made)],
    )
    return page, 422 if form.errors else 200, {"Cache-Control": "no-store"}


def _why_not(event_session: EventSession, part: Receipt) -> str:
    """What stands in the way now, where nothing came of a wish."""
    if part.status:
        return ""
    admission = booking.admission(event_session, seats.numbers_of(event_session))
    return admission.closed or admission.full

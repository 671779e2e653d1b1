"""Signing up, and the receipt of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from chancendialog import clock
from chancendialog.errors import DomainError
from chancendialog.extensions import db, only_read
from chancendialog.house import Period
from chancendialog.i18n import language
from chancendialog.programme import queries, retention
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, needs, seats, several, strangers
from chancendialog.registration.booking import Applicant, Outcome
from chancendialog.registration.models import Registration
from chancendialog.registration.several import Further, Wish
from chancendialog.web import limits
from chancendialog.web.public import bp, receipts
from chancendialog.web.public.addresses import likely_meant
from chancendialog.web.public.forms import AddressForm, RegistrationForm
from chancendialog.web.public.programme import known_session
from chancendialog.web.public.receipts import Receipt
from chancendialog.web.public.shown_again import NotNow, shown_again


def _form_once_more(slug: str, refusal: DomainError) -> str:
    form = RegistrationForm()
    if isinstance(refusal, NotNow):
        form.form_errors = [refusal.message]
        return _form_page(known_session(slug), form)
    return _form_page(known_session(slug), form, refusal)


@bp.route("/termine/<slug>/anmelden", methods=["GET", "POST"])
@shown_again(_form_once_more)
def register(slug: str) -> ResponseReturnValue:
    """Let a resident sign up for a session."""
    form = RegistrationForm()
    if not form.is_submitted() or form.asks_for_another_language:
        only_read()
        return _form_page(known_session(slug), form)
    if not form.validate():
        only_read()  # nobody waits for a form with faults
        return _form_page(known_session(slug), form), 422
    limits.count_form()
    by_mail = limits.must_click()
    event_session, others = _with_ticked(slug, form.also.data)
    applicant = form.applicant(would_wait="waiting_list" in request.form, by_mail=by_mail)
    wishes = [Wish(one, applicant) for one in others]
    try:  # for the other sessions it is noted in any case: the office says what is still possible
        needs.refuse_too_late(event_session, applicant.needs)
        outcome, further = several.sign_up(event_session, applicant, wishes)
    except booking.PartyTooLarge as refusal:
        only_read()
        form.party_size.errors = [refusal.message]
        return _form_page(event_session, form), 422
    except needs.TooLateToBook as refusal:
        only_read()
        form.arrangements.errors = [refusal.message]
        return _form_page(event_session, form), 422
    return _done(event_session, applicant, outcome, further)


def _with_ticked(slug: str, ticked: list[str]) -> tuple[EventSession, list[EventSession]]:
    """The session of the page, and those that were ticked beside it."""
    if not ticked:
        return seats.turn_at(slug) or abort(404), []
    event_session = known_session(slug)
    return event_session, several.ticked_beside(event_session, ticked)


def _done(
    event_session: EventSession, applicant: Applicant, outcome: Outcome, further: list[Further]
) -> ResponseReturnValue:
    """Keep what was decided and lead to its receipt, which survives reload and bookmark."""
    receipt = receipts.write(event_session, applicant, outcome, further)
    target = receipts.url_of(receipt, event_session, _anchor="inhalt")
    db.session.commit()
    receipts.remember(
        receipt, applicant.name, applicant.email or "", receipts.locked_needs(applicant.needs)
    )
    return redirect(target, 303)


def _form_page(
    event_session: EventSession,
    form: RegistrationForm,
    refusal: DomainError | None = None,
) -> str:
    form.offer(event_session)
    admission = booking.admission(event_session, seats.numbers_of(event_session))
    return render_template(
        "public/register.html",
        event_session=event_session,
        form=form,
        admission=admission,
        others=[]
        if admission.closed
        else several.on_offer_beside(event_session, form.also.data or []),
        must_click=booking.must_click(event_session, by_mail=limits.must_click()),
        refusal=refusal,
        kept_days=retention.days(event_session),
        needs_days=retention.days(event_session, Period.NEEDS),
    )


@bp.get("/termine/<slug>/danke/<receipt>")
def receipt(slug: str, receipt: str) -> ResponseReturnValue:
    """Say what came of a sign-up; the browser that sent it may correct the address.

    Reads the same whether or not the address was registered before.
    """
    event_session = known_session(slug)
    return _receipt_page(event_session, receipts.read(event_session, receipt), AddressForm())


def _receipt_once_more(slug: str, receipt: str, refusal: DomainError) -> ResponseReturnValue:
    event_session, form = known_session(slug), AddressForm()
    form.form_errors = [refusal.message]
    return _receipt_page(event_session, receipts.read(event_session, receipt), form)


@bp.post("/termine/<slug>/danke/<receipt>")
@shown_again(_receipt_once_more, needs_cookie=True)
def correct_address(slug: str, receipt: str) -> ResponseReturnValue:
    """Send the letter to another address: the one typed here, or the one suggested."""
    parts, kept = _kept_here(slug, receipt)
    if "meant" in request.form:
        return _take_suggestion(parts, kept)
    form = AddressForm()
    if not form.validate():
        return _receipt_page(parts[0].event_session, parts[0].made, form)
    limits.count_form()
    return _sign_up_at(form.address, parts, kept)


@bp.post("/termine/<slug>/danke/<receipt>/noch-einmal")
@shown_again(_receipt_once_more, needs_cookie=True)
def send_again(slug: str, receipt: str) -> ResponseReturnValue:
    """Send the letters with a link once more, if this receipt stands for registrations."""
    parts, _kept = _kept_here(slug, receipt)
    event_session, made, _found = parts[0]
    limits.count_form()
    to_click = [one for one in parts if one.made.needs_click and one.event_session.is_to_come]
    if not to_click:
        booking.refuse_unless_it_takes_place(event_session)
    _remind(one.found for one in to_click)
    target = receipts.url_of(made, event_session, nochmal="1", _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)


@bp.get("/termine/<slug>/danke/<receipt>/noch-einmal")
def send_again_reloaded(slug: str, receipt: str) -> ResponseReturnValue:
    """Whoever opens the address of the button lands on the page with the button."""
    return redirect(url_for(".receipt", slug=slug, receipt=receipt))


class _Part(NamedTuple):
    """One session of a receipt, what it says of it, and the registration that it stands for."""

    event_session: EventSession
    made: Receipt
    found: Registration | None


def _kept_here(slug: str, receipt: str) -> tuple[list[_Part], dict[str, str]]:
    """A receipt that this browser knows, the session of its address first.

    Any other browser gets a 410 page.
    """
    event_session = known_session(slug)
    made = receipts.read(event_session, receipt)
    kept = receipts.kept(made) or abort(410)
    forms = receipts.numbers_of(made)
    return [
        _Part(one, part, _stands_for(one, forms, kept["name"]))
        for one, part in [(event_session, made), *_further(made)]
    ], kept


def _further(made: Receipt) -> list[tuple[EventSession, Receipt]]:
    """The other sessions of a receipt, and what it says of each."""
    further = made.further
    sessions = queries.sessions() if further else []
    return [(one, further[one.id]) for one in sessions if one.id in further]


def _stands_for(event_session: EventSession, forms: list[str], name: str) -> Registration | None:
    found = (booking.sent_with(event_session, number, name) for number in forms)
    return next(filter(None, found), None)


def _sign_up_at(email: str, parts: list[_Part], kept: dict[str, str]) -> ResponseReturnValue:
    """Do once more what this receipt is of, for another address: the last one, if it was a slip."""
    seats.take_turns(*(one.event_session for one in parts))
    _remind(one.found for one in parts if one.found and one.found.email == email)
    (event_session, applicant), *wishes = (
        Wish(one, _applicant(made, found, kept, email)) for one, made, found in parts
    )
    outcome, further = several.sign_up(event_session, applicant, wishes)
    return _done(event_session, applicant, outcome, further)


def _remind(some: Iterable[Registration | None]) -> None:
    """They wait for a mail that did not come. By session: each is held until all are written."""
    for one in sorted(filter(None, some), key=lambda one: one.event_session_id):
        booking.remind_of_registration(one)


def _take_suggestion(parts: list[_Part], kept: dict[str, str]) -> ResponseReturnValue:
    """Correct the address to the provider that was probably meant.

    This browser only knows it masked, so the rest comes from the registration. Where somebody
    else has registered the address there is none to correct, and the answer reads the same.
    """
    limits.count_form()
    typed = next((one.found.email for one in parts if one.found), None)
    if typed and (meant := likely_meant(typed)):
        return _sign_up_at(meant, parts, kept)
    event_session, made, _found = parts[0]
    made = replace(made, signed_up_at=int(clock.now().timestamp()))
    masked = likely_meant(kept["masked"]) or kept["masked"]
    receipts.remember(made, kept["name"], masked, kept.get("needs", ""))
    return redirect(receipts.url_of(made, event_session, _anchor="inhalt"), 303)


def _applicant(
    made: Receipt, found: Registration | None, kept: dict[str, str], email: str
) -> Applicant:
    """Whoever this receipt was for, once more, with another address."""
    return Applicant(
        name=kept["name"],
        email=email,
        party_size=made.party_size,
        would_wait=True,
        language=language(),
        needs=receipts.unlocked_needs(kept),
        receipt=found.receipt if found else made.number,
        hold_until=made.held_until,
        by_mail=limits.must_click(),
    )


def _receipt_page(
    event_session: EventSession, made: Receipt, form: AddressForm
) -> ResponseReturnValue:
    kept = receipts.kept(made)
    masked = kept and kept["masked"]
    further = _further(made)
    page = render_template(
        "public/receipt.html",
        event_session=event_session,
        receipt=made,
        masked=masked,
        name=kept and kept["name"],
        meant=likely_meant(masked) if masked else None,
        url=receipts.url_of(made, event_session),
        again_url=receipts.url_of(made, event_session, ".send_again"),
        may_send_again=any(
            one.needs_click and not one.is_overdue for one in (made, *(part for _, part in further))
        ),
        sent_again="nochmal" in request.args,
        letters_per_day=strangers.PER_DAY,
        form=form,
        further=[
            (one, part, "" if part.status else booking.refusal_of(part.party_size, one))
            for one, part in further
        ],
    )
    return page, 422 if form.errors else 200, {"Cache-Control": "no-store"}

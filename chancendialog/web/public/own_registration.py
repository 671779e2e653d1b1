"""One's own registration, behind the mailed link."""

from collections.abc import Callable

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from chancendialog import tokens
from chancendialog.calendars import feeds
from chancendialog.errors import DomainError
from chancendialog.extensions import db, is_busy, only_read, write_from_here
from chancendialog.links import link
from chancendialog.registration import (
    booking,
    coming_back,
    letters,
    needs,
    personal_calendar,
    switching,
)
from chancendialog.registration.explanation import explain, history
from chancendialog.registration.models import Registration
from chancendialog.web.public import bp
from chancendialog.web.public.addresses import masked
from chancendialog.web.public.calendars import CALENDAR
from chancendialog.web.public.forms import PartySizeForm
from chancendialog.web.public.shown_again import shown_again
from chancendialog.web.public.tickets import picture


@bp.get("/anmeldung/<token>")
def registration(token: str) -> ResponseReturnValue:
    """Show what is registered. Opening it changes nothing: mail scanners open links.

    Only the first look leaves something behind, the key of the personal calendar.
    """
    found = by_token(token)
    if personal_calendar.is_missing(found):
        _begin_calendar(found)
    return own_page(token, found)


@bp.get("/anmeldung/<token>/termin.ics")
def own_file(token: str) -> ResponseReturnValue:
    """The session as a file, with the UID of its invitation, so that calendars show it once."""
    found = by_token(token)
    entry = personal_calendar.entry_of(found) or abort(404)
    response = Response(feeds.own_download(entry, language=found.language), content_type=CALENDAR)
    response.headers["Content-Disposition"] = 'attachment; filename="termin.ics"'
    return response


def own_page_with(token: str, refusal: DomainError, **_named: str) -> str:
    """How it stands after all, with the reason on top."""
    return own_page(token, by_token(token), refusal=refusal)


@bp.post("/anmeldung/<token>/zusagen")
@shown_again(own_page_with)
def confirm(token: str) -> ResponseReturnValue:
    """Say yes: to one's own sign-up, to an offer, to a free seat shortly before the start."""
    return changed(token, booking.confirm, said="zugesagt")


@bp.get("/anmeldung/<token>/abmelden")
def withdrawing(token: str) -> ResponseReturnValue:
    """Ask before anything is given up; who has nothing to give up sees how they stand."""
    found = by_token(token)
    if not (found.is_live and found.event_session.is_to_come):
        return redirect(url_for(".registration", token=token))
    return render_template(
        "public/withdraw.html",
        token=token,
        registration=found,
        event_session=found.event_session,
        action=url_for(".withdraw", token=token),
    )


@bp.post("/anmeldung/<token>/abmelden")
@shown_again(own_page_with)
def withdraw(token: str) -> ResponseReturnValue:
    """Give up the seat, the offer, or the place in the queue."""
    return changed(token, booking.withdraw)


@bp.post("/anmeldung/<token>/doch-kommen")
@shown_again(own_page_with)
def come_back(token: str) -> ResponseReturnValue:
    """Come after all, and lead to the registration that this makes."""
    back = coming_back.come_back(by_token(token), would_wait="waiting_list" in request.form)
    own_token = letters.own_token(back)
    db.session.commit()
    return redirect(url_for(".registration", token=own_token, wieder="1", _anchor="inhalt"), 303)


@bp.post("/anmeldung/<token>/personen")
@shown_again(own_page_with)
def resize_party(token: str) -> ResponseReturnValue:
    """Bring fewer or more people."""
    found = by_token(token)
    form = PartySizeForm(found)
    if not form.validate():
        return own_page(token, found, form=form), 422
    try:
        booking.resize_party(found, form.party_size.data)
    except (booking.CannotGrow, booking.PartyTooLarge) as refusal:
        only_read()
        form.party_size.errors = [refusal.message]
        return own_page(token, by_token(token), form=form), 409
    return _done(token, said="personen")


@bp.post("/anmeldung/<token>/kalender")
@shown_again(own_page_with)
def renew_calendar(token: str) -> ResponseReturnValue:
    """Give the personal calendar another address; the old one is dead at once."""
    personal_calendar.renew(by_token(token))
    db.session.commit()
    return redirect(url_for(".registration", token=token, neu="1", _anchor="kalender"), 303)


@bp.get("/anmeldung/<token>/<any('doch-kommen', zusagen, personen, kalender):deed>")
def button_reloaded(token: str, deed: str) -> ResponseReturnValue:
    """Whoever opens the address of a button lands on the page with the button."""
    return redirect(url_for(".registration", token=token))


def _begin_calendar(found: Registration) -> None:
    """Make the key; when too many want to write, the next look does it."""
    try:
        write_from_here()
        personal_calendar.begin(found)
        db.session.commit()
    except OperationalError as trouble:
        if not is_busy(trouble):
            raise
    only_read()


def changed(
    token: str, change: Callable[[Registration], None], *, said: str | None = None
) -> ResponseReturnValue:
    """Change a registration and show it again; `said` tells the page what to confirm."""
    change(by_token(token))
    return _done(token, said=said)


def _done(token: str, *, said: str | None) -> ResponseReturnValue:
    db.session.commit()
    return redirect(url_for(".registration", token=token, getan=said, _anchor="inhalt"), 303)


def own_page(
    token: str,
    found: Registration,
    *,
    form: PartySizeForm | None = None,
    refusal: DomainError | None = None,
) -> str:
    """How it stands, why, and what can be done about it."""
    explanation = explain(found)
    is_to_come = found.event_session.is_to_come
    way_back = coming_back.way_back(found) if is_to_come else None
    calendar = personal_calendar.of(found) if personal_calendar.entry_of(found) else None
    return render_template(
        "public/registration.html",
        token=token,
        registration=found,
        event_session=found.event_session,
        masked=masked(found.email or ""),
        explanation=explanation,
        history=history(found),
        form=form or PartySizeForm(found),
        refusal=refusal,
        calendar=calendar,
        calendar_url=calendar and calendar.key and link("public.personal_feed", key=calendar.key),
        has_answered=request.args.get("getan") == "zugesagt",
        has_resized=request.args.get("getan") == "personen",
        needs=needs.of(found),
        may_say_needs=needs.may_say(found),
        has_said_needs=request.args.get("getan") == "bedarf",
        renewed="neu" in request.args,
        has_switched="gewechselt" in request.args,
        comes_also="dazu" in request.args,
        qr_code=picture(found),
        way_back=way_back,
        newer_token=way_back and way_back.newer and letters.own_token(way_back.newer),
        is_back="wieder" in request.args,
        may_switch=switching.may_switch(found),
    )


def by_token(token: str) -> Registration:
    """The registration of a mailed link: 404 if it is none of ours, 410 if it is dead."""
    try:
        ulid, version = tokens.read(letters.LINK, token)
    except tokens.BadToken:
        abort(404)
    found = db.session.scalar(select(Registration).where(Registration.ulid == ulid))
    if found is None or found.erased_at or found.link_version != version:
        abort(410)
    return found

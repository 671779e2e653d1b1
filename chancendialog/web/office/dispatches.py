"""Letters to the people of a session: how far they are, and writing one.

A letter is a draft until it is sent. Its page shows it exactly as it will
arrive, composed by the function that composes it for each.
"""

from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import ColumnElement, select

from chancendialog import clock
from chancendialog.attendance import thanks
from chancendialog.attendance.audience import Audience, people_of
from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import Letter
from chancendialog.programme.models import EventSession
from chancendialog.registration import changes, dispatches, letters, seats, specimens
from chancendialog.registration.dispatches import SentAlready
from chancendialog.registration.models import Dispatch, Occasion
from chancendialog.registration.placeholders import PLACEHOLDERS
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms import fingerprint, say_what_stays
from chancendialog.web.office.forms.letters import AUDIENCES, LetterForm, OccasionsForm, words_of
from chancendialog.web.office.letters import framed, with_frame
from chancendialog.web.office.people import staff_session

LETTERS = "/termine/<slug>/e-mails"
LETTER = f"{LETTERS}/<ulid>"
DOUBLE_CLICK = timedelta(seconds=10)


@bp.route(LETTERS, methods=["GET", "POST"])
@requires(Permission.WRITE_TO_PEOPLE)
def mails_of_session(slug: str) -> ResponseReturnValue:
    """List the letters to many with how far they are, and set what is written by itself."""
    event_session = staff_session(slug)
    if request.method == "POST":
        seats.take_turn(event_session)  # what the form was filled in upon stays so
    form = OccasionsForm(event_session)
    if form.holds(event_session.thread):
        changes.set_switches(event_session, actor=current_user.actor, **form.switches())
        flash(_("Gespeichert."), "success")
        say_what_stays(form)
        db.session.commit()
        return redirect(url_for(".mails_of_session", slug=slug, _anchor="inhalt"), 303)
    every = dispatches.of_session(event_session)
    page = render_template(
        "office/dispatches.html",
        event_session=event_session,
        form=form,
        dispatches=every,
        subjects={one.id: _as_it_arrives(one).subject for one in every if one.subject},
        reach=dispatches.reach(every),
        begun={one.kind.value: one.started_at for one in every},
        asks_at=dispatches.asks_at(event_session),
        thanks_at=thanks.thanks_at(event_session),
        now=clock.now(),
    )
    return page, 422 if form.errors else 200


@bp.route(f"{LETTERS}/neu", methods=["GET", "POST"])
@requires(Permission.WRITE_TO_PEOPLE)
def new_letter(slug: str) -> ResponseReturnValue:
    """Write a draft; sending the form twice is one."""
    event_session = staff_session(slug)
    form = LetterForm(event_session)
    if not form.holds():
        return _form_page(form, url_for(".new_letter", slug=slug), event_session=event_session)
    seats.take_turn(event_session)
    draft = _find(event_session, form.number.data) or Dispatch(
        event_session=event_session,
        ulid=form.number.data,
        kind=Occasion.MESSAGE,
        actor=current_user.actor,
    )
    return _keep(draft, form)


@bp.route(f"{LETTER}/bearbeiten", methods=["GET", "POST"])
@requires(Permission.WRITE_TO_PEOPLE)
def edit_letter(slug: str, ulid: str) -> ResponseReturnValue:
    """Change a draft."""
    draft = _known(slug, ulid)
    form = LetterForm(draft.event_session, draft)
    if draft.started_at:
        raise SentAlready
    if form.holds():
        return _keep(draft, form)
    target = url_for(".edit_letter", slug=slug, ulid=ulid)
    return _form_page(form, target, event_session=draft.event_session, draft=draft)


@bp.get(LETTER)
@requires(Permission.WRITE_TO_PEOPLE)
def letter_to_many(slug: str, ulid: str) -> ResponseReturnValue:
    """Show a draft as it will arrive, or how far a letter is."""
    dispatch = _known(slug, ulid)
    reached, without_address = dispatches.reachable(dispatch.event_session, _people(dispatch))
    return with_frame(
        render_template(
            "office/dispatch.html",
            dispatch=dispatch,
            event_session=dispatch.event_session,
            audience=AUDIENCES[Audience(dispatch.audience)],
            letter=_as_it_arrives(dispatch),
            seen=fingerprint(*words_of(dispatch).values()),
            reached=reached,
            without_address=without_address,
            reach=dispatches.reach([dispatch])[dispatch.id] if dispatch.started_at else None,
            own_address=current_user.email,
        )
    )


@bp.get(f"{LETTER}.html")
@requires(Permission.WRITE_TO_PEOPLE)
def letter_to_many_html(slug: str, ulid: str) -> ResponseReturnValue:
    """The HTML as a mail program shows it."""
    return framed(_as_it_arrives(_known(slug, ulid)))


@bp.post(f"{LETTER}/test")
@requires(Permission.WRITE_TO_PEOPLE)
def try_letter(slug: str, ulid: str) -> ResponseReturnValue:
    """Send it to whoever looks at it, and to nobody else; a double click sends it once."""
    dispatch = _known(slug, ulid)
    letter = _as_it_arrives(dispatch)
    thread = f"{dispatches.trials_of(dispatch)}{current_user.id}"
    if not outbox.posted_within(thread, letter.kind, DOUBLE_CLICK):
        outbox.post(letter, thread=thread)
    flash(_("Die Probe geht an %(email)s.", email=current_user.email), "success")
    return _to_its_page(dispatch)


@bp.post(f"{LETTER}/senden")
@requires(Permission.WRITE_TO_PEOPLE)
def send_letter(slug: str, ulid: str) -> ResponseReturnValue:
    """Send what was shown; pressing the button twice sends it once."""
    dispatch = _known(slug, ulid)
    who = _people(dispatch)
    if request.form.get("seen") != fingerprint(*words_of(dispatch).values()):
        flash(_("Die E-Mail wurde inzwischen geändert. Sehen Sie sie noch einmal an."), "warning")
    elif dispatches.reachable(dispatch.event_session, who)[0] or dispatch.started_at:
        dispatches.send(dispatch, who, actor=current_user.actor)
    else:
        flash(_("Zurzeit gibt es niemanden, an den sie gehen könnte."), "info")
    return _to_its_page(dispatch)


@bp.post(f"{LETTER}/verwerfen")
@requires(Permission.WRITE_TO_PEOPLE)
def discard_letter(slug: str, ulid: str) -> ResponseReturnValue:
    """Throw a draft away."""
    draft = _known(slug, ulid)
    if draft.started_at:
        raise SentAlready
    db.session.delete(draft)
    flash(_("Der Entwurf ist gelöscht."), "success")
    db.session.commit()
    return redirect(url_for(".mails_of_session", slug=slug, _anchor="inhalt"), 303)


def _people(dispatch: Dispatch) -> ColumnElement[bool]:
    return people_of(Audience(dispatch.audience))


def _as_it_arrives(dispatch: Dispatch) -> Letter:
    """As somebody with a seat gets it, at the address of whoever looks."""
    somebody = specimens.resident(dispatch.event_session, email=current_user.email)
    return letters.message(somebody, dispatch.subject, dispatch.text)


def _form_page(form: LetterForm, target: str, **facts: object) -> ResponseReturnValue:
    page = render_template(
        "office/letter_form.html", form=form, target=target, placeholders=PLACEHOLDERS, **facts
    )
    return page, 422 if form.errors else 200


def _keep(draft: Dispatch, form: LetterForm) -> ResponseReturnValue:
    """Save a draft, unless somebody has sent it."""
    if draft.started_at:
        raise SentAlready
    for name, value in form.words().items():
        setattr(draft, name, value)
    db.session.add(draft)
    db.session.flush()
    return _to_its_page(draft)


def _to_its_page(dispatch: Dispatch) -> ResponseReturnValue:
    slug, ulid = dispatch.event_session.slug, dispatch.ulid
    target = url_for(".letter_to_many", slug=slug, ulid=ulid, _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)


def _known(slug: str, ulid: str) -> Dispatch:
    """The letter of staff that an address names, or a 404 page."""
    return _find(staff_session(slug), ulid) or abort(404)


def _find(event_session: EventSession, ulid: str) -> Dispatch | None:
    """The same, held if something is to be done with it: two colleagues follow each other."""
    query = select(Dispatch).where(
        Dispatch.ulid == ulid,
        Dispatch.event_session_id == event_session.id,
        Dispatch.kind == Occasion.MESSAGE,
    )
    if request.method == "POST":
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)

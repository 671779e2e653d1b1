"""Letters to the people of a session: how far they are, and writing one.

A letter is a draft until it is sent. Its page shows it exactly as it will
arrive, composed by the function that composes it for each.
"""

from flask import Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from chancendialog.attendance import thanks
from chancendialog.attendance.audience import Audience, people_of
from chancendialog.extensions import db, new_ulid
from chancendialog.i18n import gettext as _
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import Letter
from chancendialog.registration import changes, dispatches, letters, specimens
from chancendialog.registration.models import Dispatch, Occasion
from chancendialog.registration.placeholders import PLACEHOLDERS
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms import AUDIENCES, LetterForm, OccasionsForm
from chancendialog.web.office.letters import framed, with_frame
from chancendialog.web.office.people import staff_session

LETTERS = "/termine/<slug>/e-mails"
LETTER = f"{LETTERS}/<ulid>"


@bp.route(LETTERS, methods=["GET", "POST"])
@requires(Permission.WRITE_TO_PEOPLE)
def mails_of_session(slug: str) -> ResponseReturnValue:
    """List the letters to many with how far they are, and set what is written by itself."""
    event_session = staff_session(slug)
    form = OccasionsForm(event_session)
    if form.validate_on_submit():
        changes.set_switches(event_session, actor=current_user.actor, **form.switches())
        flash(_("Gespeichert."), "success")
        db.session.commit()
        return redirect(url_for(".mails_of_session", slug=slug, _anchor="inhalt"), 303)
    every = dispatches.of_session(event_session)
    page = render_template(
        "office/dispatches.html",
        event_session=event_session,
        form=form,
        dispatches=every,
        reach={one.id: dispatches.reach(one) for one in every if one.started_at},
        asks_at=dispatches.asks_at(event_session),
        thanks_at=thanks.thanks_at(event_session),
    )
    return page, 422 if form.errors else 200


@bp.route(f"{LETTERS}/neu", methods=["GET", "POST"])
@requires(Permission.WRITE_TO_PEOPLE)
def new_letter(slug: str) -> ResponseReturnValue:
    """Write a draft."""
    event_session = staff_session(slug)
    form = LetterForm(event_session)
    if not form.validate_on_submit():
        return _form_page(form, url_for(".new_letter", slug=slug), event_session=event_session)
    draft = Dispatch(
        event_session=event_session,
        kind=Occasion.MESSAGE,
        actor=current_user.actor,
        **form.words(),
    )
    db.session.add(draft)
    db.session.flush()
    return _saved(draft)


@bp.route(f"{LETTER}/bearbeiten", methods=["GET", "POST"])
@requires(Permission.WRITE_TO_PEOPLE)
def edit_letter(slug: str, ulid: str) -> ResponseReturnValue:
    """Change a draft."""
    draft = _draft(slug, ulid)
    form = LetterForm(draft.event_session, draft)
    if not form.validate_on_submit():
        target = url_for(".edit_letter", slug=slug, ulid=ulid)
        return _form_page(form, target, event_session=draft.event_session)
    for name, value in form.words().items():
        setattr(draft, name, value)
    return _saved(draft)


@bp.get(LETTER)
@requires(Permission.WRITE_TO_PEOPLE)
def letter_to_many(slug: str, ulid: str) -> ResponseReturnValue:
    """Show a draft as it will arrive, or how far a letter is."""
    dispatch = _known(slug, ulid)
    who = people_of(Audience(dispatch.audience))
    reached, without_address = dispatches.reachable(dispatch.event_session, who)
    return with_frame(
        render_template(
            "office/dispatch.html",
            dispatch=dispatch,
            event_session=dispatch.event_session,
            audience=AUDIENCES[Audience(dispatch.audience)],
            letter=_as_it_arrives(dispatch),
            reached=reached,
            without_address=without_address,
            reach=dispatches.reach(dispatch) if dispatch.started_at else None,
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
    """Send it to whoever wrote it, and to nobody else."""
    dispatch = _known(slug, ulid)
    outbox.post(_as_it_arrives(dispatch), thread=f"staff-letter:{new_ulid()}", first=True)
    flash(_("Die Probe geht an %(email)s.", email=current_user.email), "success")
    return _saved(dispatch)


@bp.post(f"{LETTER}/senden")
@requires(Permission.WRITE_TO_PEOPLE)
def send_letter(slug: str, ulid: str) -> ResponseReturnValue:
    """Send it; pressing the button twice sends it once."""
    dispatch = _known(slug, ulid)
    dispatches.send(dispatch, people_of(Audience(dispatch.audience)))
    return _saved(dispatch)


@bp.post(f"{LETTER}/verwerfen")
@requires(Permission.WRITE_TO_PEOPLE)
def discard_letter(slug: str, ulid: str) -> ResponseReturnValue:
    """Throw a draft away."""
    db.session.delete(_draft(slug, ulid))
    flash(_("Der Entwurf ist gelöscht."), "success")
    db.session.commit()
    return redirect(url_for(".mails_of_session", slug=slug, _anchor="inhalt"), 303)


def _as_it_arrives(dispatch: Dispatch) -> Letter:
    """As somebody with a seat gets it, at the address of whoever looks."""
    somebody = specimens.resident(dispatch.event_session, email=current_user.email)
    return letters.message(somebody, dispatch.subject, dispatch.text)


def _form_page(form: LetterForm, target: str, **facts: object) -> ResponseReturnValue:
    page = render_template(
        "office/letter_form.html", form=form, target=target, placeholders=PLACEHOLDERS, **facts
    )
    return page, 422 if form.errors else 200


def _saved(dispatch: Dispatch) -> Response:
    target = url_for(
        ".letter_to_many",
        slug=dispatch.event_session.slug,
        ulid=dispatch.ulid,
        _anchor="inhalt",
    )
    db.session.commit()
    return redirect(target, 303)  # type: ignore[return-value]


def _known(slug: str, ulid: str) -> Dispatch:
    """The letter of staff that an address names, or a 404 page."""
    event_session = staff_session(slug)
    found = db.session.scalar(
        select(Dispatch).where(
            Dispatch.ulid == ulid,
            Dispatch.event_session_id == event_session.id,
            Dispatch.kind == Occasion.MESSAGE,
        )
    )
    return found or abort(404)


def _draft(slug: str, ulid: str) -> Dispatch:
    """The same, as long as it is a draft; what is on its way is not changed any more."""
    found = _known(slug, ulid)
    return abort(404) if found.started_at else found

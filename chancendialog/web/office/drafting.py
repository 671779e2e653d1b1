"""Sessions from the first draft to the public page: new, copied, changed, looked at, published.

What is written about a session may be changed at any time; time and place only of a draft: for
what people know of there is „Verlegen“.
"""

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_security import current_user

from chancendialog.errors import DomainError
from chancendialog.extensions import db
from chancendialog.i18n import NAMES, gettext, speaking
from chancendialog.links import link, new_calendar_uid
from chancendialog.programme import addresses, planning, queries
from chancendialog.programme.models import EventSession, Series, SessionStatus
from chancendialog.programme.repetition import copied
from chancendialog.registration import booking, changes, seats
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms import fingerprint, say_what_stays
from chancendialog.web.office.forms import sessions as forms
from chancendialog.web.office.forms.sessions import DraftForm, NewSessionForm, TextsForm
from chancendialog.web.office.gaps import missing, missing_by_language
from chancendialog.web.office.people import staff_session

ROOM_FOR_TEXTS = 256 * 1024  # three languages, 10.000 characters each, some of four bytes
MUCH_TEXT = {"office.new_session", "office.edit_session"}


class NothingToPlanWith(DomainError):
    """A session belongs to a series and takes place somewhere."""

    message = _(
        "Es gibt noch keine Reihe oder keinen Ort. Laden Sie erst das Programm, dann legen Sie"
        " Termine an."
    )


class StartHasPassed(DomainError):
    """Nobody could sign up any more."""

    message = _(
        "Der Termin beginnt in der Vergangenheit. Geben Sie ihm erst einen neuen Beginn, dann"
        " veröffentlichen Sie ihn."
    )


@bp.url_value_preprocessor
def make_room(endpoint: str | None, _values: object) -> None:
    """Let long texts in, before anybody reads the form."""
    if endpoint in MUCH_TEXT:
        request.max_content_length = ROOM_FOR_TEXTS


@bp.route("/termine/neu", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def new_session() -> ResponseReturnValue:
    """Make a draft, from nothing or from another session; sending the form twice makes one."""
    series, venues = queries.series(), queries.venues()
    if series is None or not venues:
        raise NothingToPlanWith
    source = staff_session(request.args["von"]) if "von" in request.args else None
    if request.method == "POST":
        planning.queue_up(series)
    filled_in = forms.copy_of(source) if source else forms.USUAL
    form = NewSessionForm(filled_in, queries.topics(), venues)
    if not form.holds():
        target = url_for(".new_session", von=source.slug if source else None)
        return _form_page(form, target, source=source)
    made = queries.session_by_ulid(form.number.data) or _make(form, series, source)
    return _to_preview(made)


@bp.route("/termine/<slug>/bearbeiten", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def edit_session(slug: str) -> ResponseReturnValue:
    """Change what is written about a session, and of a draft also when, where and its address."""
    event_session = staff_session(slug)
    if request.method == "POST":
        seats.take_turn(event_session)  # what the form was filled in upon stays so
        planning.queue_up(event_session.series)
    topics = queries.topics()
    if event_session.is_draft:
        form = DraftForm(forms.draft_of(event_session), topics, queries.venues())
    else:
        form = TextsForm(forms.texts_of(event_session), topics)
    if not form.holds(event_session.thread):
        target = url_for(".edit_session", slug=slug)
        return _form_page(form, target, event_session=event_session)
    if form.changed:
        _save(event_session, form)
        flash(gettext("Gespeichert."), "success")
    else:
        flash(gettext("Es war nichts zu ändern."), "info")
    say_what_stays(form)
    return _to_preview(event_session)


@bp.get("/termine/<slug>/vorschau")
@requires(Permission.PLAN_SESSIONS)
def preview(slug: str) -> ResponseReturnValue:
    """Show the page that everybody will see, in one of its languages."""
    event_session = staff_session(slug)
    wanted = request.args.get("sprache", "")
    numbers = seats.numbers_of(event_session)
    with speaking(wanted if wanted in NAMES else "de"):
        admission = booking.admission(event_session, numbers)
        if event_session.is_draft and event_session.is_to_come:
            admission = replace(admission, closed="")  # as it will be
        return render_template(
            "office/preview.html",
            event_session=event_session,
            numbers=numbers,
            admission=admission,
            calendar_url=link("public.session_calendar", slug=slug),
            gaps=missing(event_session),
            seen=_as_seen(event_session),
        )


@bp.post("/termine/<slug>/veroeffentlichen")
@requires(Permission.PLAN_SESSIONS)
def publish(slug: str) -> ResponseReturnValue:
    """Let everybody see a draft, as it was looked at."""
    event_session = staff_session(slug)
    seats.take_turn(event_session)
    if not event_session.is_draft:
        flash(gettext("Es war nichts zu ändern."), "info")
    elif event_session.has_begun:
        raise StartHasPassed
    elif request.form.get("seen") != _as_seen(event_session):
        flash(
            gettext("Der Entwurf ist inzwischen ein anderer. Sehen Sie ihn noch einmal an."),
            "warning",
        )
    else:
        changes.publish(event_session, actor=current_user.actor)
        flash(gettext("Der Termin ist veröffentlicht."), "success")
    return _to_preview(event_session)


@bp.route("/termine/<slug>/loeschen", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def discard_session(slug: str) -> ResponseReturnValue:
    """Ask whether to delete a draft, and do it."""
    event_session = staff_session(slug)
    if request.method != "POST":
        return render_template("office/discard.html", event_session=event_session)
    changes.discard(event_session, actor=current_user.actor)
    flash(gettext("Der Entwurf ist gelöscht."), "success")
    db.session.commit()
    return redirect(url_for(".sessions", _anchor="inhalt"), 303)


def _make(form: NewSessionForm, series: Series, source: EventSession | None) -> EventSession:
    values, ulid = form.values(), form.number.data
    made = EventSession(
        **(copied(source) if source else {}) | values,
        ulid=ulid,
        slug=form.slug.data or addresses.propose(form.starts_at.data, values["title"]),
        ical_uid=new_calendar_uid("session", ulid),
        series=series,
        venue=queries.venue_by_slug(form.venue.data),
        topics=_topics(form),
        status=SessionStatus.DRAFT,
    )
    planning.add(made, actor=current_user.actor)
    flash(gettext("Der Entwurf ist angelegt."), "success")
    return made


def _save(event_session: EventSession, form: TextsForm) -> None:
    """Change what is another than it is; of a draft also its address, when and where it is."""
    texts = form.texts() | {"topics": _topics(form)}
    different = {
        name: value for name, value in texts.items() if getattr(event_session, name) != value
    }
    if different:
        planning.reword(event_session, actor=current_user.actor, **different)
    if isinstance(form, DraftForm):
        _save_time_and_place(event_session, form)


def _save_time_and_place(event_session: EventSession, form: DraftForm) -> None:
    actor, starts_at = current_user.actor, form.starts_at.data
    if form.slug in form.changed:
        slug = form.slug.data or addresses.propose(starts_at, event_session.title)
        planning.rename(event_session, slug, actor=actor)
    if {form.starts_at, form.ends_at, form.venue, form.room} & set(form.changed):
        changes.move(
            event_session,
            starts_at=starts_at,
            ends_at=form.ends_at.data,
            venue=queries.venue_by_slug(form.venue.data) or event_session.venue,
            room=form.room.data,
            actor=actor,
        )


def _topics(form: TextsForm) -> list[Any]:
    """Those that are ticked, in the order of the session."""
    ticked = [one for one in queries.topics() if one.slug in form.topics.data]
    return sorted(ticked, key=lambda topic: topic.position)


def _as_seen(event_session: EventSession) -> str:
    """What a look at the draft has shown: every change to it moves `changed_at`."""
    return fingerprint(event_session.slug, event_session.changed_at, event_session.capacity)


def _form_page(
    form: TextsForm,
    target: str,
    *,
    event_session: EventSession | None = None,
    source: EventSession | None = None,
) -> ResponseReturnValue:
    about = event_session or source
    page = render_template(
        "office/session_form.html",
        form=form,
        target=target,
        event_session=event_session,
        source=source,
        languages=forms.IN,
        missing=missing_by_language(about) if about else {},
    )
    return page, 422 if form.errors else 200


def _to_preview(event_session: EventSession) -> ResponseReturnValue:
    target = url_for(".preview", slug=event_session.slug, _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)

"""Topics: what they are called, and in which order people see them."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.programme import queries, surroundings
from chancendialog.programme.models import Topic
from chancendialog.registration import changes
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms import say_what_stays
from chancendialog.web.office.forms.surroundings import TopicForm


@bp.get("/themen")
@requires(Permission.PLAN_SESSIONS)
def topics() -> ResponseReturnValue:
    """The topics and the foundations, each in its order."""
    return render_template(
        "office/topics.html",
        topics=queries.topics(),
        used=queries.sessions_by_topic(),
    )


@bp.route("/themen/neu", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def new_topic() -> ResponseReturnValue:
    """Add a topic. One of that title is there once."""
    form = TopicForm()
    if not form.holds():
        return _form(form), 422 if form.errors else 200
    columns, known = form.columns(), queries.topics()
    twin = next((one for one in known if one.title == columns["title"]), None)
    if twin is None:
        slugs = {one.slug for one in known}
        slug = surroundings.slug_of(columns["title"], taken=slugs, otherwise="thema")
        last = Topic(slug=slug, position=len(known), **columns)
        surroundings.add(last, actor=current_user.actor)
    elif any(getattr(twin, name) != value for name, value in columns.items()):
        form.title.errors = [_("Dieses Thema gibt es schon. Ändern Sie es in der Liste")]
        return _form(form), 422
    return _done(_("Das Thema ist angelegt."))


@bp.route("/themen/<slug>", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def topic(slug: str) -> ResponseReturnValue:
    """Call a topic something else. Its address stays, or subscribed calendars would end."""
    found = known_topic(slug)
    if request.method == "POST":
        changes.take_turns_with(found)
    form = TopicForm(found)
    if not form.holds():
        return _form(form, found), 422 if form.errors else 200
    is_new = any(form.differences())
    changes.reword(found, actor=current_user.actor, **form.columns())
    say_what_stays(form)
    return _done(_("Das Thema ist geändert.") if is_new else "")


@bp.post("/themen/<slug>/verschieben")
@requires(Permission.PLAN_SESSIONS)
def shift_topic(slug: str) -> ResponseReturnValue:
    """Move a topic up or down by one, from where the page showed it: a double click moves once."""
    found = known_topic(slug)
    changes.take_turns_with(*queries.topics())
    is_there = request.form.get("from") == str(queries.topics().index(found))
    up = request.form.get("to") == "up"
    if is_there and surroundings.shift(found, up=up, actor=current_user.actor):
        return _done(_("Die Reihenfolge ist geändert."))
    return _done("")


@bp.get("/themen/<slug>/loeschen")
@requires(Permission.PLAN_SESSIONS)
def topic_removal(slug: str) -> ResponseReturnValue:
    """Ask whether to delete a topic, or say why that cannot be."""
    found = known_topic(slug)
    used = len(queries.sessions_with(found))
    return render_template("office/topic_removal.html", topic=found, used=used)


@bp.post("/themen/<slug>/loeschen")
@requires(Permission.PLAN_SESSIONS)
def remove_topic(slug: str) -> ResponseReturnValue:
    """Delete a topic that no session has."""
    found = known_topic(slug)
    changes.take_turns_with(found)
    surroundings.remove(found, actor=current_user.actor)
    return _done(_("Das Thema ist gelöscht."))


def known_topic(slug: str) -> Topic:
    """The topic that an address names, or a 404 page."""
    return queries.topic_by_slug(slug) or abort(404)


def _form(form: TopicForm, found: Topic | None = None) -> str:
    return render_template("office/topic.html", form=form, topic=found)


def _done(sentence: str) -> ResponseReturnValue:
    """Say what was done, and show the list."""
    flash(sentence or _("Es war nichts zu ändern."), "success" if sentence else "info")
    target = url_for(".topics", _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)

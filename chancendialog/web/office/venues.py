"""Places: where they are, which rooms they have, how to get there and in."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.programme import queries, surroundings
from chancendialog.programme.models import Venue
from chancendialog.registration import changes
from chancendialog.registration.effects import effects_of
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp, foresight
from chancendialog.web.office.forms import say_what_stays
from chancendialog.web.office.forms.surroundings import VenueForm


@bp.get("/orte")
@requires(Permission.PLAN_SESSIONS)
def venues() -> ResponseReturnValue:
    """Every place, how often it is used, and in which languages something is missing."""
    return render_template(
        "office/venues.html",
        venues=queries.venues(),
        used=queries.sessions_by_venue(),
    )


@bp.route("/orte/neu", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def new_venue() -> ResponseReturnValue:
    """Add a place. One of that name and address is there once."""
    form = VenueForm()
    if not form.holds():
        return _form(form), 422 if form.errors else 200
    columns, known = form.columns(), queries.venues()
    twins = [one for one in known if _is_at(one, columns)]
    if not twins:
        slugs = {one.slug for one in known}
        slug = surroundings.slug_of(columns["name"], taken=slugs, otherwise="ort")
        surroundings.add(Venue(slug=slug, **columns), actor=current_user.actor)
    elif not any(_is(one, columns) for one in twins):  # else it is a double click
        form.name.errors = [
            _("Diesen Ort gibt es schon, mit anderen Angaben. Ändern Sie ihn in der Liste")
        ]
        return _form(form), 422
    return _done(_("Der Ort ist angelegt."))


@bp.route("/orte/<slug>", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def venue(slug: str) -> ResponseReturnValue:
    """Change a place; what that does to people is shown before."""
    found = known_venue(slug)
    here = changes.take_turns_with(found) if request.method == "POST" else []
    form = VenueForm(found)
    if not form.holds() or foresight.goes_back():
        return _form(form, found), 422 if form.errors else 200
    name, ahead = found.name, [one for one in here if not one.has_begun]
    differences = foresight.differences(form)
    columns = form.columns()
    effects = effects_of(
        lambda: changes.change_venue(found, actor=current_user.actor, **columns), *ahead
    )
    if foresight.is_due(effects):
        return foresight.page_of_several(
            _("Ort ändern"), name, ahead, effects, differences, back=url_for(".venues")
        )
    say_what_stays(form)
    if not differences:
        return _done("")
    return _done(_("Der Ort ist geändert."), foresight.who_hears(effects))


@bp.get("/orte/<slug>/loeschen")
@requires(Permission.PLAN_SESSIONS)
def venue_removal(slug: str) -> ResponseReturnValue:
    """Ask whether to delete a place, or say why that cannot be."""
    found = known_venue(slug)
    used = len(queries.sessions_with(found))
    return render_template("office/venue_removal.html", venue=found, used=used)


@bp.post("/orte/<slug>/loeschen")
@requires(Permission.PLAN_SESSIONS)
def remove_venue(slug: str) -> ResponseReturnValue:
    """Delete a place that no session needs."""
    found = known_venue(slug)
    changes.take_turns_with(found)
    surroundings.remove(found, actor=current_user.actor)
    return _done(_("Der Ort ist gelöscht."))


def known_venue(slug: str) -> Venue:
    """The place that an address names, or a 404 page."""
    return queries.venue_by_slug(slug) or abort(404)


def _is_at(venue: Venue, columns: dict[str, object]) -> bool:
    return all(getattr(venue, name) == columns[name] for name in changes.MOVES)


def _is(venue: Venue, columns: dict[str, object]) -> bool:
    return all(getattr(venue, name) == value for name, value in columns.items())


def _form(form: VenueForm, found: Venue | None = None) -> str:
    return render_template("office/venue.html", form=form, venue=found)


def _done(*said: str) -> ResponseReturnValue:
    """Say what was done, and show the list."""
    sentence = " ".join(filter(None, said))
    flash(sentence or _("Es war nichts zu ändern."), "success" if sentence else "info")
    target = url_for(".venues", _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)

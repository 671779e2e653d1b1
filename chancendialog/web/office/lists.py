"""Lists of a session's people to take away: for a spreadsheet, for signing, for name badges."""

from tempfile import TemporaryFile
from typing import IO

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import clock, journal
from chancendialog.documents import choices
from chancendialog.documents import lists as documents
from chancendialog.documents.attendees import FACTS
from chancendialog.documents.lists import TYPES, Kind, Wish
from chancendialog.documents.sheets import TooManyForPaper
from chancendialog.documents.tables import Mark
from chancendialog.extensions import db, only_read, write_from_here
from chancendialog.i18n import gettext as _
from chancendialog.i18n import when
from chancendialog.programme.models import EventSession
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms.lists import ListForm
from chancendialog.web.office.people import staff_session


@bp.route("/termine/<slug>/listen", methods=["GET", "POST"])
@requires(Permission.EXPORT_PEOPLE)
def lists(slug: str) -> ResponseReturnValue:
    """Give out a list, or remember what was chosen for the next one."""
    event_session = staff_session(slug)
    form = ListForm(choices.last_of(current_user))
    if not form.validate_on_submit():
        return _page(event_session, form), 422 if form.errors else 200
    if (kind := request.form.get("kind")) in list(Kind):
        return _taken_away(event_session, form, form.wish(Kind(kind)))
    choices.remember(current_user, form.choice())
    flash(_("Gemerkt. Ihre nächste Liste beginnt so."), "success")
    db.session.commit()
    return redirect(url_for(".lists", slug=slug, _anchor="inhalt"), 303)


def _taken_away(event_session: EventSession, form: ListForm, wish: Wish) -> ResponseReturnValue:
    """The file. The journal notes who took which; others may write while it is made."""
    only_read()
    now = clock.now()
    mark = Mark(by=current_user.email, at=now, written_at=when(now))
    file = TemporaryFile()  # noqa: SIM115  # has no name, and goes with the answer
    try:
        number = documents.write(file, event_session, wish, mark)
    except TooManyForPaper as trouble:
        file.close()
        form.form_errors.append(trouble.message)
        return _page(event_session, form), 409
    name = documents.file_name(event_session, wish, mark)
    thread = event_session.thread
    write_from_here()
    journal.note(
        "exported", actor=current_user.actor, thread=thread, scope=thread,
        kind=wish.kind, whom=wish.whom, number=number,
    )  # fmt: skip
    choices.remember(current_user, wish.choice)
    db.session.commit()
    return _sent(file, name, TYPES[wish.kind])


def _sent(file: IO[bytes], name: str, content_type: str) -> Response:
    size = file.tell()
    file.seek(0)
    response = send_file(file, content_type, as_attachment=True, download_name=name)
    response.content_length = size
    return response


def _page(event_session: EventSession, form: ListForm) -> str:
    return render_template(
        "office/lists.html",
        event_session=event_session,
        form=form,
        names={fact: told.heading for fact, told in FACTS.items()},
    )

"""How letters say what they say: each sentence, in each language."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from chancendialog import versions
from chancendialog.extensions import db
from chancendialog.i18n import LOCALES, NAMES
from chancendialog.i18n import gettext as _
from chancendialog.mailing.letter import Letter
from chancendialog.mailing.message import with_pictures
from chancendialog.mailing.wording import Wording
from chancendialog.registration import sentences
from chancendialog.registration.specimens import LETTERS, PARTY, specimen
from chancendialog.staff import accounts
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp, previews
from chancendialog.web.office.forms import say_what_stays
from chancendialog.web.office.forms.wording import WordingForm, wording_form

LETTERS_TEXTS = "/texte/e-mails"


@bp.route(f"{LETTERS_TEXTS}/<kind>/<spoken>", methods=["GET", "POST"])
@requires(Permission.EDIT_TEXTS)
def letter_wording(kind: str, spoken: str) -> ResponseReturnValue:
    """Say a letter's sentences otherwise, look at it, and save it."""
    if kind not in LETTERS or spoken not in LOCALES:
        abort(404)
    previews.hold(select(Wording).where(Wording.language == spoken))
    said = sentences.said_in(spoken)
    form = wording_form(
        sentences.of_letter(kind), spoken, said, lambda one: _others_with(one, kind)
    )

    def save() -> None:
        for one in form.asked:
            sentences.reword(
                one.sentence.one,
                one.form,
                one.meant(form),
                language=spoken,
                actor=current_user.actor,
            )

    if size := previews.wanted():
        people = PARTY if size == str(PARTY) else 1
        look = previews.as_if(
            form, save, lambda: specimen(kind, party_size=people, language=spoken)
        )
        return _page(kind, spoken, form, look)
    if not form.holds():
        return _page(kind, spoken, form)
    save()
    say_what_stays(form)
    flash(_("Gespeichert. So schreiben wir ab sofort."), "success")
    db.session.commit()
    target = url_for(".letter_wording", kind=kind, spoken=spoken, _anchor="inhalt")
    return redirect(target, 303)


@bp.post(f"{LETTERS_TEXTS}/ohne-satz")
@requires(Permission.EDIT_TEXTS)
def drop_stray_wording() -> ResponseReturnValue:
    """Throw away what was said instead of sentences that no letter has any more."""
    for row in sentences.stray():
        sentences.reword(
            row.sentence, row.form, "", language=row.language, actor=current_user.actor
        )
    flash(_("Verworfen."), "success")
    db.session.commit()
    return redirect(url_for(".all_texts", _anchor="inhalt"), 303)


def _page(
    kind: str, spoken: str, form: WordingForm, look: Letter | None = None
) -> ResponseReturnValue:
    abouts = [sentences.about(one.sentence.one, one.form) for one in form.asked]
    former = versions.of(abouts, spoken)
    page = render_template(
        "office/letter_wording.html",
        kind=kind,
        spoken=spoken,
        known=LETTERS[kind],
        form=form,
        sizes=(1, PARTY),
        look=look,
        preview=look and previews.within(with_pictures(look.html)),
        versions=former,
        accounts=accounts.emails([one.actor for one in former]),
        names=NAMES,
    )
    return (previews.with_its_styles(page) if look else page), 422 if form.errors else 200


def _others_with(sentence: str, kind: str) -> list[str]:
    own = sentences.SAME_WORDS.get(kind, kind)
    return [other for other in sentences.letters_with(sentence) if other != own]

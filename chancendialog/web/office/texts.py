"""What pages say: the office's contact, what the law asks for, hints; and what each said before."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select

from chancendialog import clock, hints, house, journal, versions
from chancendialog.errors import DomainError
from chancendialog.extensions import db
from chancendialog.hints import Hint
from chancendialog.house import Contact, Fact, House, HouseText
from chancendialog.i18n import LOCALES, NAMES, SOURCE
from chancendialog.i18n import gettext as _
from chancendialog.registration import sentences
from chancendialog.registration.specimens import LETTERS
from chancendialog.staff import accounts
from chancendialog.staff.permissions import Permission
from chancendialog.versions import TextVersion
from chancendialog.web.guards import requires
from chancendialog.web.office import bp, previews
from chancendialog.web.office.forms import say_what_stays
from chancendialog.web.office.forms.texts import (
    DAYS,
    ContactForm,
    DayForm,
    FactForm,
    HintForm,
)

TEXTS = "/texte"
REQUIRED = ("contact:name", "contact:street", "contact:postcode", "contact:city")
PAGES = {  # where a fact is read; all others are in the accessibility statement
    **dict.fromkeys(
        (
            *(Fact.CONTROLLER, Fact.CONTROLLER_PHONE, Fact.CONTROLLER_EMAIL),
            *(Fact.REPRESENTED_BY, Fact.SUPERVISION, Fact.VAT_ID),
            *(Fact.SOURCE_CODE, Fact.IMAGE_CREDITS),
        ),
        "public.imprint",
    ),
    **dict.fromkeys(
        (Fact.PRIVACY_OFFICER, Fact.PRIVACY_AUTHORITY, Fact.PROCESSORS, Fact.SERVER_LOG),
        "public.privacy_notice",
    ),
}


@bp.get(TEXTS)
@requires(Permission.EDIT_TEXTS)
def all_texts() -> ResponseReturnValue:
    """List every text there is, which are missing, and who changed them last."""
    last = versions.last_ones()
    reworded = {language: set(sentences.said_in(language)) for language in LOCALES}
    return render_template(
        "office/texts.html",
        contact=house.contact(),
        facts=list(Fact),
        known={language: house.facts(language) for language in (SOURCE, "en")},
        gaps=house.gaps(),
        hints=hints.every(),
        letters=LETTERS,
        changed={kind: _changed(kind, reworded) for kind in LETTERS},
        names=NAMES,
        stray=sentences.stray(),
        words=journal.WORDS,
        last={one.about: one for one in last},
        last_of_contact=next((one for one in last if one.kind == "contact"), None),
        accounts=accounts.emails([one.actor for one in last]),
    )


@bp.route(f"{TEXTS}/buero", methods=["GET", "POST"])
@requires(Permission.EDIT_TEXTS)
def contact_text() -> ResponseReturnValue:
    """Say how to reach the office."""
    previews.hold(select(House))
    known = house.contact()
    form = ContactForm(known)

    def save() -> None:
        house.introduce(actor=current_user.actor, **form.contact())

    abouts = [f"contact:{name}" for name in Contact._fields]
    if language := previews.wanted():
        html = previews.as_if(form, save, lambda: _page_of("public.imprint", language))
        return _form_page("contact_text", form, abouts, html=html)
    if not form.holds():
        return _form_page("contact_text", form, abouts)
    save()
    say_what_stays(form)
    return _saved()


@bp.route(f"{TEXTS}/angaben/<name>", methods=["GET", "POST"])
@requires(Permission.EDIT_TEXTS)
def fact_text(name: str) -> ResponseReturnValue:
    """Say what the law asks for, of one thing."""
    if name not in list(Fact):
        abort(404)
    fact = Fact(name)
    previews.hold(select(HouseText).where(HouseText.name == fact))
    known = _known(fact)
    form: DayForm | FactForm = DayForm(known) if fact in DAYS else FactForm(known)

    def save() -> None:
        for language, text in form.texts().items():
            house.say(fact, text, language=language, actor=current_user.actor)

    page = PAGES.get(fact, "public.accessibility")
    if language := previews.wanted():
        html = previews.as_if(form, save, lambda: _page_of(page, language))
        return _form_page("fact_text", form, [f"fact:{fact}"], html=html, fact=fact)
    if not form.holds():
        return _form_page("fact_text", form, [f"fact:{fact}"], fact=fact)
    save()
    say_what_stays(form)
    return _saved()


@bp.route(f"{TEXTS}/hinweise/neu", methods=["GET", "POST"])
@requires(Permission.EDIT_TEXTS)
def new_hint() -> ResponseReturnValue:
    """Give a hint on all pages; sending the form twice is one."""
    form = HintForm()
    if not form.is_submitted():
        form.first_day.data = clock.today()
    return _hint(form, form.number.data or "")


@bp.route(f"{TEXTS}/hinweise/<ulid>", methods=["GET", "POST"])
@requires(Permission.EDIT_TEXTS)
def hint(ulid: str) -> ResponseReturnValue:
    """Say a hint otherwise, or end it."""
    previews.hold(select(Hint).where(Hint.ulid == ulid))
    found = hints.by_ulid(ulid) or abort(404)
    return _hint(HintForm(found), ulid, found)


@bp.post(f"{TEXTS}/fassungen/<int(max=2147483647):number>/zurueck")
@requires(Permission.EDIT_TEXTS)
def put_back(number: int) -> ResponseReturnValue:
    """Let a text say again what it said before a change. That is another version."""
    version = db.session.get(TextVersion, number) or abort(404)
    _say_again(version)
    flash(_("Der frühere Text gilt wieder."), "success")
    db.session.commit()
    return redirect(url_for(".all_texts", _anchor="inhalt"), 303)


def _say_again(version: TextVersion) -> None:
    before, language, actor = version.before, version.language, current_user.actor
    if not before and (version.about in REQUIRED or (version.kind, language) == ("hint", SOURCE)):
        raise DomainError(_("Davor gab es hier keinen Text. Schreiben Sie einen neuen."))
    if version.kind == "fact":
        house.say(Fact(version.which), before, language=language, actor=actor)
    elif version.kind == "contact":
        house.introduce(actor=actor, **{version.which: before})
    elif version.kind == "hint":
        found = hints.by_ulid(version.which) or abort(404)
        hints.reword(found, before, language=language, actor=actor)
    else:
        form, _colon, sentence = version.which.partition(":")
        sentences.reword(sentence, int(form), before, language=language, actor=actor)


def _hint(form: HintForm, ulid: str, found: Hint | None = None) -> ResponseReturnValue:
    def save() -> None:
        first_day = form.first_day.data or clock.today()
        hints.say(ulid, form.texts(), first_day, form.last_day.data, actor=current_user.actor)

    def save_for_today() -> None:
        """It is looked at on today's page, whenever it will be shown."""
        hints.say(ulid, form.texts(), clock.today(), None, actor=current_user.actor)

    abouts = [f"hint:{ulid}"]
    if language := previews.wanted():
        html = previews.as_if(form, save_for_today, lambda: _page_of("public.programme", language))
        return _form_page("hint_text", form, abouts, html=html, found=found)
    if not form.holds():
        return _form_page("hint_text", form, abouts, found=found)
    save()
    say_what_stays(form)
    return _saved()


def _form_page(
    template: str, form: FlaskForm, abouts: list[str], *, html: str | None = None, **facts: object
) -> ResponseReturnValue:
    former = versions.of(abouts)
    page = render_template(
        f"office/{template}.html",
        form=form,
        preview=html and previews.within(html),
        versions=former,
        accounts=accounts.emails([one.actor for one in former]),
        words=journal.WORDS,
        names=NAMES,
        **facts,
    )
    return page, 422 if form.errors else 200


def _page_of(endpoint: str, language: str) -> str:
    """The public page in a language; in German if it is none."""
    return previews.public_page(endpoint, language if language in LOCALES else SOURCE)


def _known(fact: Fact) -> dict[str, str]:
    rows = db.session.scalars(select(HouseText).where(HouseText.name == fact))
    return {row.language: row.text for row in rows}


def _changed(kind: str, reworded: dict[str, set[tuple[str, int]]]) -> dict[str, int]:
    """How many of a letter's sentences are said otherwise, by language."""
    own = {one.one for one in sentences.of_letter(kind)}
    return {
        language: len({sentence for sentence, _form in said if sentence in own})
        for language, said in reworded.items()
    }


def _saved() -> ResponseReturnValue:
    flash(_("Gespeichert. Das gilt ab sofort."), "success")
    db.session.commit()
    return redirect(url_for(".all_texts", _anchor="inhalt"), 303)

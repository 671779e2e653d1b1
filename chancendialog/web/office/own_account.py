"""One's own account: password, second factor, and where one is signed in."""

from typing import Any

from flask import abort, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import journal, qr, tokens
from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.staff import accounts, passkeys, second_factor, visits
from chancendialog.staff.models import User
from chancendialog.staff.permissions import Permission
from chancendialog.staff.signing_in import current_visit
from chancendialog.web.guards import must_set_up_second_factor, requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms.accounts import (
    AppForm,
    ConfirmedForm,
    PasskeyForm,
    PasswordForm,
)

NUMBER = "<int(max=2147483647):number>"


@bp.get("/konto")
@requires(Permission.OWN_ACCOUNT)
def own_account() -> ResponseReturnValue:
    """Show how one comes in, and where one is in."""
    user = _self()
    return render_template(
        "office/own_account.html",
        must_set_up=must_set_up_second_factor(),
        passkeys=passkeys.of(user),
        codes_left=second_factor.recovery_codes_left(user),
        visits=visits.of(user),
        here=current_visit(),
    )


@bp.route("/konto/passwort", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def change_password() -> ResponseReturnValue:
    """Choose a new password; other browsers sign in anew."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return _form("change_password", form)
    accounts.choose_password(_self(), form.password.data)
    accounts.end_visits(_self(), actor=current_user.actor, but=current_visit())
    flash(_("Das neue Passwort gilt. Auf anderen Geräten sind Sie abgemeldet."), "success")
    return _saved()


@bp.route("/konto/app", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def set_up_app() -> ResponseReturnValue:
    """Show a key to an app, and believe it once it shows the right code."""
    form = AppForm()
    key = _key_of(form)
    if form.validate_on_submit():
        if second_factor.set_up_app(_self(), key, form.code.data):
            return _factor_added("app")
        form.code.errors = [
            _(
                "Dieser Code stimmt nicht. Prüfen Sie die Uhrzeit des Geräts, und geben Sie den"
                " nächsten ein"
            )
        ]
    return _form(
        "set_up_app",
        form,
        drawn=qr.svg(second_factor.app_address(_self(), key)),
        key=second_factor.in_groups(key),
    )


@bp.route("/konto/passkey", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def add_passkey() -> ResponseReturnValue:
    """Let the browser make a passkey."""
    form = PasskeyForm()
    challenge = session.pop("challenge", "")
    if form.validate_on_submit():
        if passkeys.add(_self(), form.credential.data or "", challenge, form.name.data):
            return _factor_added("passkey")
        form.form_errors.append(
            _("Der Browser hat keinen Passkey angelegt. Versuchen Sie es noch einmal")
        )
    options, session["challenge"] = passkeys.to_create(_self())
    return _form("add_passkey", form, options=options)


@bp.route("/konto/codes", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def new_recovery_codes() -> ResponseReturnValue:
    """Show ten codes for emergencies, once; older ones are worth nothing from then on."""
    form = ConfirmedForm()
    if not second_factor.is_set_up(_self()):
        abort(404)
    if not form.validate_on_submit():
        return _form("ask_for_codes", form, left=second_factor.recovery_codes_left(_self()))
    codes = second_factor.new_recovery_codes(_self())
    _note("factor_added", factor="recovery-codes")
    page = render_template("office/recovery_codes.html", codes=codes)
    db.session.commit()
    return page


@bp.route("/konto/app/entfernen", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def remove_app() -> ResponseReturnValue:
    """Ask, then take codes of the app no longer."""
    if not current_user.totp_key:
        abort(404)
    form = ConfirmedForm()
    if not form.validate_on_submit():
        return _form("remove_factor", form, what=journal.WORDS["app"])
    second_factor.drop_app(_self())
    return _factor_removed("app")


@bp.route(f"/konto/passkey/{NUMBER}/entfernen", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def remove_passkey(number: int) -> ResponseReturnValue:
    """Ask, then forget a passkey."""
    passkey = next((one for one in passkeys.of(_self()) if one.id == number), None) or abort(404)
    form = ConfirmedForm()
    if not form.validate_on_submit():
        return _form("remove_factor", form, what=f"{journal.WORDS['passkey']} „{passkey.name}“")
    passkeys.remove(_self(), number)
    second_factor.forget_recovery_codes(_self())
    return _factor_removed("passkey")


@bp.post(f"/konto/besuche/{NUMBER}/beenden")
@requires(Permission.OWN_ACCOUNT)
def end_visit(number: int) -> ResponseReturnValue:
    """Sign out one other browser; doing it twice does nothing the second time."""
    if number == current_visit().id:
        abort(404)  # there is a button for that on every page
    if visits.end_one(_self(), number):
        _note("visits_ended", number=1)
    flash(_("Dieses Gerät ist abgemeldet."), "success")
    return _saved()


@bp.post("/konto/besuche/beenden")
@requires(Permission.OWN_ACCOUNT)
def end_other_visits() -> ResponseReturnValue:
    """Sign out all other browsers."""
    accounts.end_visits(_self(), actor=current_user.actor, but=current_visit())
    flash(_("Alle anderen Geräte sind abgemeldet."), "success")
    return _saved()


def _key_of(form: AppForm) -> str:
    """The key that the page showed, or a new one; nothing is kept until its code was right."""
    try:
        owner, key = tokens.read("app key", form.key.data or "")
    except tokens.BadToken:
        owner, key = None, ""
    if owner != current_user.id:
        key = second_factor.new_key()
    form.key.data = tokens.sign("app key", [current_user.id, key])
    return str(key)


def _factor_added(factor: str) -> ResponseReturnValue:
    """Whoever has one needs codes for the day they lose it; other browsers must have it, too."""
    _note("factor_added", factor=factor)
    accounts.end_visits(_self(), actor=current_user.actor, but=current_visit())
    if second_factor.recovery_codes_left(_self()):
        flash(_("Eingerichtet. Auf anderen Geräten sind Sie abgemeldet."), "success")
        return _saved()
    db.session.commit()
    flash(_("Eingerichtet. Jetzt fehlen noch Codes für den Notfall."), "success")
    return redirect(url_for(".new_recovery_codes", _anchor="inhalt"), 303)


def _factor_removed(factor: str) -> ResponseReturnValue:
    _note("factor_removed", factor=factor)
    accounts.end_visits(_self(), actor=current_user.actor, but=current_visit())
    flash(_("Entfernt."), "success")
    return _saved()


def _form(page: str, form: ConfirmedForm, **facts: Any) -> ResponseReturnValue:
    return render_template(f"office/{page}.html", form=form, **facts), 422 if form.errors else 200


def _note(code: str, **facts: Any) -> None:
    journal.note(code, actor=current_user.actor, thread=current_user.actor, **facts)


def _saved() -> ResponseReturnValue:
    db.session.commit()
    return redirect(url_for(".own_account", _anchor="inhalt"), 303)


def _self() -> User:
    user: User = current_user._get_current_object()  # noqa: SLF001  # a proxy cannot be stored
    return user

"""Who works here: inviting, roles, blocking, and help for whoever lost a second factor."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import FlaskForm

from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.staff import accounts, second_factor
from chancendialog.staff.models import User
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms.accounts import InviteForm, RoleForm

ACCOUNT = "/konten/<int(max=2147483647):number>"


@bp.get("/konten")
@requires(Permission.MANAGE_ACCOUNTS)
def all_accounts() -> ResponseReturnValue:
    """Show everybody who works here."""
    everybody = accounts.every()
    return render_template(
        "office/accounts.html",
        accounts=everybody,
        role_of=accounts.role_of,
        role_name=journal.WORDS,
        secured=second_factor.set_up_by(everybody),
    )


@bp.route("/konten/einladen", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def invite() -> ResponseReturnValue:
    """Add somebody, who gets a link to choose a password."""
    form = InviteForm(role="door")
    if not form.validate_on_submit():
        return render_template("office/invite.html", form=form), 422 if form.errors else 200
    try:
        user = accounts.invite(form.address, form.role.data, actor=current_user.actor)
    except accounts.AlreadyThere as trouble:
        form.email.errors = [trouble.message]
        return render_template("office/invite.html", form=form), 422
    flash(_("Eingeladen. An %(email)s geht jetzt ein Link.", email=user.email), "success")
    return _saved(user)


@bp.get(ACCOUNT)
@requires(Permission.MANAGE_ACCOUNTS)
def account(number: int) -> ResponseReturnValue:
    """Show one account, with what can be done with it."""
    user = _known(number)
    return _page(user, RoleForm(user))


@bp.post(f"{ACCOUNT}/rolle")
@requires(Permission.MANAGE_ACCOUNTS)
def set_role(number: int) -> ResponseReturnValue:
    """Give somebody another role."""
    user = _known(number)
    form = RoleForm(user)
    if not form.holds():
        return _page(user, form), 422
    accounts.set_role(user, form.role.data, actor=current_user.actor)
    flash(_("Gespeichert."), "success")
    return _saved(user)


@bp.post(f"{ACCOUNT}/link")
@requires(Permission.MANAGE_ACCOUNTS)
def send_link(number: int) -> ResponseReturnValue:
    """Write once more where they choose a password."""
    user = _known(number)
    accounts.send_link(user, actor=current_user.actor)
    flash(_("An %(email)s geht jetzt ein Link.", email=user.email), "success")
    return _saved(user)


@bp.post(f"{ACCOUNT}/sperren")
@requires(Permission.MANAGE_ACCOUNTS)
def block(number: int) -> ResponseReturnValue:
    """Let somebody in no longer."""
    user = _known(number)
    accounts.block(user, actor=current_user.actor)
    flash(_("Gesperrt und auf allen Geräten abgemeldet."), "success")
    return _saved(user)


@bp.post(f"{ACCOUNT}/freigeben")
@requires(Permission.MANAGE_ACCOUNTS)
def unblock(number: int) -> ResponseReturnValue:
    """Let somebody in again."""
    user = _known(number)
    accounts.unblock(user, actor=current_user.actor)
    flash(_("Wieder freigegeben."), "success")
    return _saved(user)


@bp.post(f"{ACCOUNT}/zuruecksetzen")
@requires(Permission.MANAGE_ACCOUNTS)
def reset_factors(number: int) -> ResponseReturnValue:
    """Forget the second factor of somebody who has lost it."""
    user = _known(number)
    accounts.reset_factors(user, actor=current_user.actor)
    flash(_("Zurückgesetzt. Die Person ist auf allen Geräten abgemeldet."), "success")
    return _saved(user)


@bp.route(f"{ACCOUNT}/loeschen", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def remove_account(number: int) -> ResponseReturnValue:
    """Ask, then remove an account."""
    form, user = FlaskForm(), _known(number)
    if not form.validate_on_submit():
        return render_template("office/remove_account.html", form=form, account=user)
    accounts.remove(user, actor=current_user.actor)
    db.session.commit()
    flash(_("Das Konto ist gelöscht."), "success")
    return redirect(url_for(".all_accounts", _anchor="inhalt"), 303)


def _page(user: User, form: RoleForm) -> str:
    return render_template(
        "office/account.html",
        account=user,
        form=form,
        role_name=journal.WORDS[accounts.role_of(user)] if user.roles else "",
        has_factor=second_factor.is_set_up(user),
        sentence=journal.sentence,
        history=journal.of_thread(user.actor),
    )


def _saved(user: User) -> ResponseReturnValue:
    target = url_for(".account", number=user.id, _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)


def _known(number: int) -> User:
    return db.session.get(User, number) or abort(404)

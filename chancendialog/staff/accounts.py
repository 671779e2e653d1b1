"""Adding members of staff, and the mails that Flask-Security writes to them."""

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any, cast

import flask_security
from email_validator import EmailNotValidError, validate_email
from flask import Flask, current_app, g, session
from flask_login import user_logged_in, user_logged_out
from flask_security import (
    LoginForm,
    MailUtil,
    Security,
    SQLAlchemyUserDatastore,
    hash_password,
)
from flask_security.recoverable import generate_reset_password_token
from itsdangerous import Serializer
from sqlalchemy import select

from chancendialog import journal, tokens
from chancendialog.errors import DomainError
from chancendialog.extensions import db, new_ulid
from chancendialog.house import contact
from chancendialog.links import link
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import Letter, write
from chancendialog.mailing.models import MailState
from chancendialog.staff.models import Role, User
from chancendialog.staff.permissions import ROLES

log = logging.getLogger(__name__)
NOBODY = "nobody@invalid"  # RFC 2606: can never be anybody's
LINKS_PER_DAY = 5  # strangers can ask for them, too
LINK_LASTS = timedelta(days=1)  # Flask-Security's RESET_PASSWORD_WITHIN
datastore = SQLAlchemyUserDatastore(db, User, Role)


class CannotAdd(DomainError):
    """The account cannot be made; the message says what to do."""


class NoSuchAccount(DomainError):
    """Nobody works here under this address."""


class SignInForm(LoginForm):
    """Address and password. Nobody stays signed in once the browser is closed."""

    remember = None

    def validate(self, **given: Any) -> bool:
        """Leave a trace of what is refused, though not of whom."""
        let_in = bool(super().validate(**given))
        if not let_in:
            log.warning("a sign-in was refused")
        return let_in


def init_app(app: Flask) -> None:
    """Let people sign in with a page and a cookie, and in no other way."""
    security = Security(
        app,
        datastore,
        mail_util_cls=OutboxMailUtil,
        login_form=SignInForm,
        forgot_password_form=ForgotPasswordForm,
    )
    security.want_json(lambda _request: False)  # or it would hand out tokens that never end
    _believe_older_keys(app, security)
    user_logged_in.connect(_begin_visit, app)
    user_logged_out.connect(_end_every_visit, app)


def by_address(email: str) -> User:
    """The account of this address. Raises `NoSuchAccount`."""
    user = datastore.find_user(email=email.strip().lower())
    if user is None:
        raise NoSuchAccount(f"Zu „{email}“ gibt es kein Konto.")
    return cast("User", user)


def add(email: str, role: str, *, password: str | None, actor: str = journal.SYSTEM) -> User:
    """Add a member of staff, or give one a further role or a new password.

    Raises `CannotAdd` for an unknown role, an impossible address, or a
    password that Flask-Security finds too weak.
    """
    if role not in ROLES:
        raise CannotAdd(f"Die Rolle „{role}“ gibt es nicht. Möglich sind: {', '.join(ROLES)}.")
    try:
        email = validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as trouble:
        raise CannotAdd(f"„{email}“ ist keine E-Mail-Adresse: {trouble}") from trouble
    hashed = hash_password(_accepted(password)) if password is not None else None
    found = datastore.find_user(email=email)
    user = cast("User", found or datastore.create_user(email=email, password=None))
    datastore.add_role_to_user(user, datastore.find_or_create_role(role))
    if hashed:
        user.password = hashed
    db.session.flush()
    journal.note("staff_added", actor=actor, thread=user.actor, role=role)
    return user


def remove(email: str, *, actor: str = journal.SYSTEM) -> None:
    """Remove an account with all that it holds. Raises `NoSuchAccount`."""
    user = by_address(email)
    journal.note("staff_removed", actor=actor, thread=user.actor)
    datastore.delete_user(user)


def emails(actors: Collection[str]) -> dict[str, str]:
    """The addresses of colleagues by their names in the journal, as far as they have accounts."""
    numbers = {int(actor.partition(":")[2]) for actor in actors if actor.startswith("staff:")}
    return {
        user.actor: user.email
        for user in db.session.scalars(select(User).where(User.id.in_(numbers)))
    }


def every_email() -> dict[str, str]:
    """The addresses of all who have an account, by their names in the journal, in order."""
    every = db.session.scalars(select(User).order_by(User.email))
    return {user.actor: user.email for user in every}


def one_time_link(user: User) -> str:
    """Where they choose a password; works once, for a day."""
    return link("security.reset_password", token=generate_reset_password_token(user))  # type: ignore[no-untyped-call]


class OutboxMailUtil(MailUtil):
    """Flask-Security's mails take the same way as all others: through the outbox."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: Any,
        sender: Any,
        body: str | None,
        html: str | None,
        **facts: Any,
    ) -> None:
        user = facts["user"]
        had_enough = outbox.posted_to(user.email, "staff_link", LINK_LASTS) >= LINKS_PER_DAY
        row = outbox.post(staff_link(user), thread=f"staff-link:{new_ulid()}")
        if had_enough or user.email == NOBODY:
            row.state = MailState.SUPERSEDED  # and as much work as for a letter that leaves
        db.session.commit()  # the view is Flask-Security's, and it does not


class ForgotPasswordForm(flask_security.ForgotPasswordForm):
    """Do the same for every address: who has no account here stands in for nobody."""

    def validate(self, **given: Any) -> bool:
        known = bool(super().validate(**given))
        if not known and self.email.data:
            self.user = _nobody()
            self.email.errors = []
        return known or self.user is not None


def _nobody() -> User:
    """An account that does not exist; its link opens nothing, and its letter never leaves."""
    return User(email=NOBODY, password=NOBODY, fs_uniquifier=new_ulid())


def staff_link(user: User) -> Letter:
    """A link to choose a new password."""
    own_url = one_time_link(user)
    return write("staff_link", name="", email=user.email, own_url=own_url, house=contact())


def _begin_visit(app: Flask, user: User) -> None:
    """Whoever signs in gets another CSRF token than the cookie had that they came with."""
    journal.note("signed_in", actor=user.actor, thread=user.actor)
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)


def _end_every_visit(app: Flask, user: User) -> None:
    """Copies of their cookies are worth nothing after signing out, and none keeps what it held."""
    journal.note("signed_out", actor=user.actor, thread=user.actor)
    session.clear()
    datastore.set_uniquifier(user)
    db.session.commit()  # the view is Flask-Security's, and it does not


def _believe_older_keys(app: Flask, security: Security) -> None:
    """Let Flask-Security's links be signed with the newest key and believe the older ones, too.

    Of itself it knows SECRET_KEY_FALLBACKS only as a list, and then signs with the oldest.
    """
    all_keys = tokens.keys(app.config["SECRET_KEY"], app.config["SECRET_KEY_FALLBACKS"])
    for serializer in vars(security).values():
        if isinstance(serializer, Serializer):
            serializer.secret_keys = [key.encode() for key in all_keys]


def _accepted(password: str) -> str:
    faults, normalised = current_app.extensions["security"].password_util.validate(password, False)
    if faults:
        raise CannotAdd(" ".join(str(fault) for fault in faults))
    return str(normalised)

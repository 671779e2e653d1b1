"""Coming in and going out: Flask-Security, set up the way it works here.

Its own pages for second factors are not registered: one of ours stands for five of
theirs (`web/office/second_step.py`). Who is in is said by `visits`, not by its cookie alone.
"""

import logging
from typing import Any, cast

import flask_security
from authlib.integrations.flask_client import OAuth
from flask import Flask, after_this_request, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseValue
from flask_babel import lazy_gettext as _
from flask_login import user_logged_in, user_logged_out
from flask_security import LoginForm, MailUtil, Security, UserMixin, password_reset
from flask_security.tf_plugin import TfPluginBase
from itsdangerous import Serializer

from chancendialog import clock, journal, tokens
from chancendialog.extensions import db, new_ulid
from chancendialog.mailing import outbox
from chancendialog.mailing.models import MailState
from chancendialog.staff import attempts, second_factor, visits
from chancendialog.staff.accounts import LINK_LASTS, datastore, staff_link
from chancendialog.staff.models import User, Visit
from chancendialog.staff.passwords import PasswordRules

log = logging.getLogger(__name__)
NOBODY = "nobody@invalid"  # RFC 2606: can never be anybody's
LINKS_PER_DAY = 5  # strangers can ask for them, too
TOO_MANY = _("Das waren zu viele Versuche. Versuchen Sie es in zehn Minuten noch einmal")
PROVIDER = "house's sign-in"  # where an app keeps its client
PROVIDER_PATIENCE = 5  # seconds
SECOND_STEP_LASTS = 600  # seconds between the password and the code


class SignInForm(LoginForm):
    """Address and password. Nobody stays signed in once the browser is closed."""

    remember = None

    def validate(self, **given: Any) -> bool:
        """Leave a trace of what is refused, though not of whom; count before looking."""
        try:
            attempts.count_password(self.email.data or "")
        except attempts.TooManyTries:
            self.form_errors.append(TOO_MANY)
            let_in = False
        else:
            let_in = bool(super().validate(**given))
        if not let_in:
            log.warning("a sign-in was refused")
        return let_in


class SecondStep(TfPluginBase):
    """Where Flask-Security leads whoever has a second factor once the password was right."""

    def create_blueprint(self, app: Flask, bp: Any, state: Any) -> None:
        """The page is one of the office's."""

    def get_setup_methods(self, user: UserMixin) -> list[tuple[str, str]]:
        return [("second step", "")] if second_factor.is_set_up(cast("User", user)) else []

    def tf_login(
        self, user: UserMixin, json_payload: dict[str, Any], next_loc: str | None
    ) -> ResponseValue:
        session["second_step_at"] = int(clock.now().timestamp())
        return redirect(url_for("office.second_step", next=request.form.get("next") or None))


def init_app(app: Flask) -> None:
    """Let people sign in with a page and a cookie, and in no other way."""
    security = Security(
        app,
        datastore,
        mail_util_cls=OutboxMailUtil,
        password_util_cls=PasswordRules,
        login_form=SignInForm,
        forgot_password_form=ForgotPasswordForm,
    )
    security.want_json(lambda _request: False)  # or it would hand out tokens that never end
    app.config["SECURITY_TWO_FACTOR"] = security.support_mfa = True  # without pages of its own
    security.login_manager.user_loader(_who_visits)
    _believe_older_keys(app, security)
    app.extensions[PROVIDER] = _provider(app)
    user_logged_in.connect(_begin_visit, app)
    user_logged_out.connect(_end_visit, app)
    password_reset.connect(_end_visits, app)


def half_way() -> User | None:
    """Who has given the right password and is asked for more; None if that was too long ago."""
    since = session.get("second_step_at", 0)
    if "tf_user_id" not in session or clock.now().timestamp() - since > SECOND_STEP_LASTS:
        return None
    user = cast("User | None", datastore.find_user(fs_uniquifier=session["tf_user_id"]))
    return user if user and user.active else None


def complete(user: User) -> None:
    """Let somebody in whose second factor was right."""
    session.pop("second_step_at", None)
    current_app.extensions["security"].two_factor_plugins.tf_complete(user, True)


def let_in(user: User) -> None:
    """Let somebody in for whom the house's own sign-in vouches."""
    g.by_provider = True
    flask_security.login_user(user, remember=False, authn_via=["oidc"])


def current_visit() -> Visit:
    """The visit of whoever is signed in."""
    visit: Visit = g.visit
    return visit


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


def _who_visits(uniquifier: str) -> User | None:
    """Who a cookie stands for: as long as there is its visit, and it is theirs."""
    visit = visits.current(session.get("visit", ""))
    if visit is None or visit.user.fs_uniquifier != uniquifier:
        return None
    g.visit = visit
    g.fs_authn_via = "session"  # as Flask-Security's own loader says
    return visit.user


def _begin_visit(app: Flask, user: User) -> None:
    """Whoever signs in gets another CSRF token than the cookie had that they came with."""
    journal.note("signed_in", actor=user.actor, thread=user.actor)
    by_provider = g.pop("by_provider", False)
    session["visit"] = visits.begin(user, request.user_agent.string, by_provider=by_provider)
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)
    email = user.email
    after_this_request(lambda response: attempts.remember(email, response))


def _end_visit(app: Flask, user: User) -> None:
    """A copy of their cookie is worth nothing after signing out, and none keeps what it held."""
    journal.note("signed_out", actor=user.actor, thread=user.actor)
    visits.end(session.get("visit", ""))
    session.clear()
    db.session.commit()  # the view is Flask-Security's, and it does not


def _end_visits(app: Flask, user: User, **facts: Any) -> None:
    """Whoever chose a new password behind a mailed link comes in anew everywhere."""
    journal.note("password_set", actor=user.actor, thread=user.actor)
    visits.end_all(user)


def _provider(app: Flask) -> Any:
    """What asks the house's own sign-in, with code flow and PKCE; None if there is none."""
    issuer = app.config["OIDC_ISSUER"].rstrip("/")
    if not issuer:
        return None
    return OAuth(app).register(
        "region",
        client_id=app.config["OIDC_CLIENT_ID"],
        client_secret=app.config["OIDC_CLIENT_SECRET"],
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": PROVIDER_PATIENCE,
        },
    )


def _believe_older_keys(app: Flask, security: Security) -> None:
    """Let Flask-Security's links be signed with the newest key and believe the older ones, too.

    Of itself it knows SECRET_KEY_FALLBACKS only as a list, and then signs with the oldest.
    """
    all_keys = tokens.keys(app.config["SECRET_KEY"], app.config["SECRET_KEY_FALLBACKS"])
    for serializer in vars(security).values():
        if isinstance(serializer, Serializer):
            serializer.secret_keys = [key.encode() for key in all_keys]

"""Registration for the „Chancendialog Transformation“; the app is put together here."""

from dataclasses import asdict
from datetime import timedelta

from werkzeug.middleware.proxy_fix import ProxyFix

from chancendialog import commands, extensions, i18n, logs, tokens, typography, web
from chancendialog.staff import signing_in
from chancendialog.web import limits
from chancendialog.web.cookieless import App
from chancendialog.web.kept_feeds import KeptFeeds
from config import ROOT, Config

AUTHN_FAILED = "E-Mail-Adresse oder Passwort stimmt nicht"
RESET_REQUESTED = "Wenn es zu dieser Adresse ein Konto gibt, ist der Link unterwegs."


def create_app(config: Config) -> App:
    """Put the application together: the only place that knows everything."""
    logs.mask_secrets()
    app = App(__name__, template_folder=ROOT / "templates", instance_path=str(config.INSTANCE_PATH))
    app.config.from_mapping(asdict(config), **_derived(config))
    config.INSTANCE_PATH.mkdir(parents=True, exist_ok=True)
    app.jinja_env.template_class = typography.Template
    extensions.db.init_app(app)
    extensions.prepare_sqlite(app)
    extensions.migrate.init_app(
        app, extensions.db, directory=str(ROOT / "migrations"), render_as_batch=True
    )
    extensions.mail.init_app(app)
    extensions.csrf.init_app(app)
    extensions.babel.init_app(app, locale_selector=i18n.select_locale)
    limits.init_app(app)
    signing_in.init_app(app)
    web.init_app(app)
    commands.init_app(app)
    app.wsgi_app = KeptFeeds(app)  # type: ignore[method-assign]
    if hops := config.TRUSTED_PROXIES:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _derived(config: Config) -> dict[str, object]:
    """What Flask and its extensions want to know, in their words."""
    return {
        "IS_TRIAL": config.is_trial,
        "SQLALCHEMY_DATABASE_URI": config.DATABASE_URL,
        "SQLALCHEMY_ENGINE_OPTIONS": extensions.engine_options(config.DATABASE_URL),
        "PREFERRED_URL_SCHEME": "https" if config.has_tls else "http",
        "MAX_CONTENT_LENGTH": 64 * 1024,
        "SESSION_COOKIE_NAME": "__Host-session" if config.has_tls else "session",
        "SESSION_COOKIE_SECURE": config.has_tls,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=36),  # longer than receipts ask for it
        "WTF_I18N_ENABLED": False,  # all sentences are ours, and loading its own takes time
        "WTF_CSRF_SECRET_KEY": tokens.keys(config.SECRET_KEY, config.SECRET_KEY_FALLBACKS),
        "WTF_CSRF_TIME_LIMIT": None,  # a slow person's form stays valid
        "WTF_CSRF_SSL_STRICT": False,  # some send no referrer; SameSite and the token hold
        "BABEL_DEFAULT_LOCALE": "de",
        "BABEL_DEFAULT_TIMEZONE": "Europe/Berlin",
        "SECURITY_URL_PREFIX": "/verwaltung",
        "SECURITY_LOGIN_URL": "/anmelden",
        "SECURITY_LOGOUT_URL": "/abmelden",
        "SECURITY_RESET_URL": "/passwort",
        "SECURITY_VERIFY_URL": "/nachweis",
        "SECURITY_POST_LOGIN_VIEW": "/verwaltung/#inhalt",
        "SECURITY_POST_LOGOUT_VIEW": "/verwaltung/anmelden",
        "SECURITY_POST_RESET_VIEW": "/verwaltung/anmelden",
        "SECURITY_RECOVERABLE": True,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL": False,
        "SECURITY_PASSWORD_SINGLE_HASH": True,  # argon2 has its own salt
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        # what links carry of a password is a hash already: the default would take half a second
        "SECURITY_HASHING_SCHEMES": ["hex_sha512"],
        "SECURITY_DEPRECATED_HASHING_SCHEMES": [],
        "SECURITY_TWO_FACTOR_IMPLEMENTATIONS": {
            "ours": f"{signing_in.SecondStep.__module__}.{signing_in.SecondStep.__name__}"
        },
        "SECURITY_LOGIN_USER_TEMPLATE": "office/sign_in.html",
        "SECURITY_FORGOT_PASSWORD_TEMPLATE": "office/forgot_password.html",
        "SECURITY_RESET_PASSWORD_TEMPLATE": "office/reset_password.html",
        "DEVICE_COOKIE_NAME": "__Host-device" if config.has_tls else "device",
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "REMEMBER_COOKIE_NAME": "__Host-remember" if config.has_tls else "remember",
        "REMEMBER_COOKIE_SECURE": config.has_tls,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_DURATION": timedelta(hours=12),
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_MSG_GENERIC_AUTHN_FAILED": (AUTHN_FAILED, "error"),
        "SECURITY_MSG_PASSWORD_RESET_REQUEST": (RESET_REQUESTED, "info"),
    }

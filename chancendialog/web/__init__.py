"""Pages: for residents in `public`, for staff in `office`."""

from flask import Flask, g
from werkzeug.local import LocalProxy

from chancendialog import hints
from chancendialog.house import Contact, alarm, contact, sign_language_film
from chancendialog.i18n import NAMES, how_far, language, when, when_short
from chancendialog.logs import without_keys
from chancendialog.markdown import html
from chancendialog.registration import needs as rules_for_needs
from chancendialog.registration import tickets as codes
from chancendialog.staff.permissions import may
from chancendialog.web import errors, guards, languages, mailbox, office, public, weight
from chancendialog.web.office import (
    accounts,
    archive,
    checkin,
    dispatches,
    door_team,
    drafting,
    entry,
    history,
    journal,
    letters,
    lists,
    mails,
    needs,
    numbers,
    own_account,
    people,
    person,
    person_deeds,
    personal_data,
    phone_list,
    planning,
    provider,
    repeating,
    seating,
    second_step,
    series,
    sessions,
    topics,
    venues,
    wording,
)
from chancendialog.web.office import texts as office_texts
from chancendialog.web.public import (
    answers,
    barriers,
    calendars,
    embedding,
    health,
    lost_link,
    news_feeds,
    open_data,
    own_data,
    own_needs,
    own_registration,
    paper_code,
    programme,
    registration,
    search_engines,
    share_images,
    sign_language,
    switching,
    texts,
    tickets,
)

PAGES = (
    accounts,
    answers,
    archive,
    barriers,
    calendars,
    checkin,
    dispatches,
    door_team,
    drafting,
    embedding,
    entry,
    health,
    history,
    journal,
    letters,
    lists,
    lost_link,
    mails,
    needs,
    numbers,
    news_feeds,
    office_texts,
    open_data,
    own_account,
    own_data,
    own_needs,
    own_registration,
    paper_code,
    people,
    person,
    person_deeds,
    personal_data,
    phone_list,
    planning,
    programme,
    provider,
    registration,
    repeating,
    search_engines,
    seating,
    series,
    second_step,
    sessions,
    share_images,
    sign_language,
    switching,
    texts,
    tickets,
    topics,
    venues,
    wording,
)


def init_app(app: Flask) -> None:
    """Register every page, its guards and what all templates know."""
    app.register_blueprint(public.bp)
    app.register_blueprint(office.bp)
    if app.config["IS_TRIAL"]:
        app.register_blueprint(mailbox.bp)
    weight.init_app(app)
    guards.init_app(app)
    errors.init_app(app)
    app.jinja_env.filters["without_keys"] = without_keys
    app.jinja_env.filters["as_code"] = codes.shown
    app.jinja_env.filters["markdown"] = html
    app.jinja_env.globals.update(
        how_far=how_far,
        when=when,
        when_short=when_short,
        may=may,
        needs_names=rules_for_needs.NAMES,
        open_needs=rules_for_needs.open_by_session,
        alarm=alarm,
        sign_language_film=sign_language_film,
        hints=lambda: hints.current(language()),
        language_names=NAMES,
        in_language=languages.in_language,
    )
    app.context_processor(
        # a proxy, so that pages that do not name the office need no database
        lambda: {"house": LocalProxy(_house), "page_language": language()}
    )


def _house() -> Contact | None:
    """The office, asked for once per request."""
    if "house" not in g:
        g.house = contact()
    return g.house  # type: ignore[no-any-return]

"""A confirmation on paper, for whoever has no e-mail: the letter's facts, the ticket, a way out."""

from typing import NamedTuple

from flask import current_app
from flask_babel import gettext as _

from chancendialog import house, qr
from chancendialog.documents import typesetting
from chancendialog.i18n import ngettext, speaking, when
from chancendialog.links import link
from chancendialog.programme import retention
from chancendialog.programme.facts import facts_of
from chancendialog.registration import letters, paper_codes, tickets
from chancendialog.registration.explanation import explain
from chancendialog.registration.models import Registration, Status


class Fact(NamedTuple):
    """One line of the table; `language` is that of the words."""

    what: str
    words: str
    language: str


def confirmation(registration: Registration) -> bytes:
    """A PDF/UA-1 of one page, in the language in which they would get e-mails."""
    with speaking(registration.language):
        return typesetting.pdf("confirmation.typ", _facts(registration))


def _facts(registration: Registration) -> dict[str, object]:
    language = registration.language
    session = facts_of(registration.event_session, language)
    interpreters = registration.event_session.text("interpreters", language)
    waits = registration.status is Status.WAITING
    contact = house.contact()
    lines = [
        Fact(_("Veranstaltung"), session.title, session.language),
        Fact(_("Wann"), when(session.starts_at, session.ends_at), language),
        Fact(_("Wo"), f"{session.venue}, {session.address}", "de"),
        Fact(_("Eingang"), session.entrance.words, session.entrance.language),
        Fact(_("Nächste Haltestelle"), session.stop.words, session.stop.language),
        Fact(_("So kommen Sie hin"), session.directions.words, session.directions.language),
        Fact(_("Barrierefreiheit vor Ort"), "\n".join(session.on_site), language),
        Fact("", session.access.words, session.access.language),
        Fact(_("Dolmetschen"), interpreters.words, interpreters.language),
        *(Fact(_("Bitte beachten Sie"), one.words, one.language) for one in session.notes),
        Fact(_("Personen"), str(registration.party_size), language),
    ]
    explanation = explain(registration)
    return {
        "language": "en" if language == "en" else "de",
        "title": _("Ihre Anmeldung"),
        "greeting": _("Guten Tag %(name)s,", name=registration.name),
        "state": f"{explanation.state}.",
        "because": explanation.because,
        "lines": [line._asdict() | {"language": line.language[:2]} for line in lines if line.words],
        "ticket": {
            "heading": _("Code für den Einlass"),
            "hint": _("Er gilt, sobald der Platz sicher ist.")
            if waits
            else _("Zeigen Sie dieses Blatt am Eingang."),
            "code": tickets.shown(registration.ticket or ""),
            "picture": qr.svg(letters.ticket_url(registration)),
        },
        "leave": {
            "heading": _("Können Sie doch nicht kommen?"),
            "why": ngettext(
                "Dann geben Sie Ihren Platz frei.",
                "Dann geben Sie Ihre Plätze frei.",
                registration.party_size,
            )
            + " "
            + _("So kann jemand anderes kommen."),
            "phone": _("Rufen Sie uns an: %(phone)s.", phone=contact.phone)
            if contact and contact.phone
            else "",
            "online": _("Oder öffnen Sie im Internet diese Seite und geben Sie den Code ein:"),
            "address": link("public.paper_code"),
            "code": paper_codes.code_of(registration),
            "keep": _(
                "Mit diesem Code kann man Ihre Anmeldung ändern. Geben Sie ihn niemandem, dem Sie"
                " nicht vertrauen."
            ),
        },
        "sender": [contact.name, f"{contact.street}, {contact.postcode} {contact.city}"]
        if contact
        else [current_app.config["PUBLIC_URL"]],
        "privacy": ngettext(
            "Wir löschen Ihre Angaben einen Tag nach der Veranstaltung.",
            "Wir löschen Ihre Angaben %(num)s Tage nach der Veranstaltung.",
            retention.days(registration.event_session),
        ),
    }

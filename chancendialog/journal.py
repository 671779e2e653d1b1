"""What happened: who did what, when and why.

Staff's deeds, residents' deeds and the system's decisions in one table. An
entry holds a code and facts, never a name or an address; the sentence is made
when it is read, in the reader's language. Entries are only ever added.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import JSON, ColumnElement, Index, delete, exists, select
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog import clock
from chancendialog.extensions import Model, db
from chancendialog.i18n import NAMES, ngettext, when_short

RESIDENT = "resident"
SYSTEM = "system"


class JournalEntry(Model):
    """One deed or decision.

    `thread` names what it is about (`registration:<ULID>`, `staff:<id>`),
    `scope` the session it belongs to, if any.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (  # the newest first of one kind, or of one who did it
        Index("ix_journal_entry_code_id", "code", "id"),
        Index("ix_journal_entry_actor_id", "actor", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    code: Mapped[str]
    thread: Mapped[str] = mapped_column(index=True)
    scope: Mapped[str | None] = mapped_column(index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


SENTENCES = {
    "registered": _("angemeldet, Personen: %(party_size)s – %(status)s"),
    "registered_regardless": _(
        "Platz gegeben, ohne auf Warteliste und Plätze zu achten, Personen: %(party_size)s"
    ),
    "signed_up_again": _("mit dieser Adresse noch einmal angemeldet; per E-Mail daran erinnert"),
    "confirmation_sent_again": _("E-Mail mit dem Link noch einmal geschickt"),
    "reminded_to_confirm": _("erinnert: noch nicht bestätigt"),
    "confirmed": _("bestätigt – %(status)s"),
    "offer_accepted": _("Platzangebot angenommen, Personen: %(party_size)s"),
    "offer_passed_on": _("Platzangebot weitergegeben, Personen: %(party_size)s"),
    "asked_too_late": _("nach Ablauf der Frist zugesagt – %(status)s"),
    "asked_who_comes": _("gefragt: Kommen Sie? – Personen: %(party_size)s"),
    "comes": _("auf die Frage geantwortet: kommt, Personen: %(party_size)s"),
    "cannot_come": _("auf die Frage geantwortet: kann nicht, Personen: %(party_size)s"),
    "withdrawn": _("abgemeldet, Personen: %(party_size)s"),
    "came_back": _("wieder angemeldet; es gilt die neue Anmeldung"),
    "switched": _("zum Termin am %(moment)s gewechselt, Personen: %(party_size)s"),
    "switched_here": _("vom Termin am %(moment)s hierher gewechselt"),
    "waits_elsewhere": _(
        "steht auch auf der Warteliste für den Termin am %(moment)s; diese Anmeldung bleibt"
    ),
    "party_resized": _("Personen: %(before)s → %(now)s"),
    "party_resized_regardless": _(
        "Personen: %(before)s → %(now)s, ohne auf Warteliste und Plätze zu achten"
    ),
    "address_corrected": _("Adresse berichtigt; es gilt die neue Anmeldung"),
    "offered": _("Platz angeboten bis %(until)s: %(free)s frei, %(party_size)s gewünscht"),
    "seated_from_waiting_list": _(
        "von der Warteliste nachgerückt: %(free)s frei, %(party_size)s gewünscht"
    ),
    "not_offered": _("nicht angeboten: %(free)s frei, %(party_size)s gewünscht"),
    "nobody_fits": _(
        "nichts angeboten: %(free)s frei, die kleinste wartende Gruppe wünscht %(wanted)s"
    ),
    "called_out": _("kurz vor Beginn %(free)s frei: Wer wartet, bekommt eine E-Mail"),
    "last_call": _("benachrichtigt: Wer zuerst zusagt, bekommt den Platz (%(free)s frei)"),
    "hold_changed": _("Frist geändert: gehalten bis %(until)s"),
    "confirmed_without_click": _("angemeldet ohne Bestätigung, weil keine Zeit mehr dafür war"),
    "offer_taken_back": _("Platzangebot zurückgenommen, weil keine Zeit mehr war – Warteliste"),
    "sign_up_expired": _("verfallen am %(until)s, nicht bestätigt"),
    "offer_expired": _("Platzangebot verfallen am %(until)s, keine Antwort"),
    "checked_in": _("Einlass, Personen: %(people)s"),
    "check_in_taken_back": _("Einlass zurückgenommen"),
    "walked_in": _("ohne Anmeldung eingelassen, zusammen jetzt: %(people)s"),
    "walked_in_when_full": _(
        "ohne Anmeldung eingelassen, obwohl kein Platz frei war, zusammen jetzt: %(people)s"
    ),
    "walk_in_taken_back": _("Einlass ohne Anmeldung zurückgenommen, zusammen jetzt: %(people)s"),
    "session_closed": _(
        "Veranstaltung abgeschlossen: %(came)s von %(seated)s Angemeldeten da, dazu %(walk_ins)s"
        " ohne Anmeldung"
    ),
    "calendar_renewed": _("neuer Link für den eigenen Kalender, der alte gilt nicht mehr"),
    "erased": _("Name und Adresse gelöscht"),
    "erased_on_request": _("Name und Adresse auf Wunsch gelöscht"),
    "given_up_with_name": _("gilt nicht mehr, weil Name und Adresse gelöscht sind"),
    "disclosed": _("Auskunft erteilt"),
    "period_set": _("Löschfristen für alle Termine: %(period)s, %(before)s → %(now)s"),
    "name_corrected": _("Name berichtigt"),
    "language_chosen": _("Sprache der E-Mails: %(before)s → %(now)s"),
    "reminder_chosen": _("E-Mail „Kommen Sie?“: %(before)s → %(now)s"),
    # how entries say it that are older than the two above
    "mails_chosen": _("anders gewählt: Sprache der E-Mails, oder ob wir vorher fragen"),
    "needs_told": _("Bedarf gemeldet oder geändert"),
    "need_answered": _("Bedarf beantwortet"),
    "session_added": _("Termin angelegt"),
    "session_reworded": _("Text geändert: %(fields)s"),
    "session_switched": _("Einstellung geändert: %(switch)s, %(before)s → %(now)s"),
    "session_moved": _("verlegt: %(starts_at)s, Ort %(venue)s"),
    "session_resized": _("Plätze: %(before)s → %(now)s"),
    "session_archived": _("ins Archiv gelegt"),
    "session_brought_back": _("aus dem Archiv geholt"),
    "session_discarded": _("Entwurf gelöscht: %(slug)s"),
    "session_status": _("Stand: %(before)s → %(now)s"),
    "series_changed": _("Angaben zur Reihe geändert: %(fields)s"),
    "topic_added": _("Thema angelegt: %(slug)s"),
    "topic_changed": _("Thema %(slug)s geändert: %(fields)s"),
    "topic_deleted": _("Thema gelöscht: %(slug)s"),
    "venue_added": _("Ort angelegt: %(slug)s"),
    "venue_changed": _("Ort %(slug)s geändert: %(fields)s"),
    "venue_deleted": _("Ort gelöscht: %(slug)s"),
    "brake_pulled": _(
        "automatisch für alle Termine: %(switch)s, %(before)s → %(now)s, weil binnen einer Stunde"
        " %(letters)s E-Mails an Adressen gingen, die niemand bestätigt hat"
    ),
    "brake_released": _(
        "automatisch für alle Termine: %(switch)s, %(before)s → %(now)s; in der letzten Stunde"
        " gingen nur noch %(letters)s E-Mails an Adressen, die niemand bestätigt hat"
    ),
    "letter_withheld": _(
        "E-Mail nicht geschrieben, weil an diese Adresse heute schon fünf gingen, um die sie"
        " vielleicht niemand gebeten hat"
    ),
    "house_switched": _("für alle Termine: %(switch)s, %(before)s → %(now)s"),
    "phoned": _("am Telefon Bescheid gesagt"),
    "phoned_in_vain": _("angerufen, niemanden erreicht"),
    "phone_noted": _("Telefonnummer notiert"),
    "paper_printed": _("Bestätigung auf Papier gedruckt"),
    "letter_sent_again": _("E-Mail noch einmal geschickt, weil sie nicht angekommen ist"),
    "letter_repeated": _("E-Mail auf Wunsch noch einmal geschickt"),
    "letter_sent": _("E-Mail an viele: %(occasion)s, Anmeldungen: %(people)s"),
    "exported": _("Liste geladen: %(kind)s, %(whom)s, Anmeldungen: %(number)s"),
    "staff_added": _("Konto mit der Rolle %(role)s angelegt"),
    "staff_removed": _("Konto gelöscht"),
    "staff_link_sent": _("Link zum Wählen eines Passworts geschickt"),
    "staff_role_set": _("Rolle: %(before)s → %(now)s"),
    "staff_blocked": _("Konto gesperrt"),
    "staff_unblocked": _("Konto wieder freigegeben"),
    "password_set": _("neues Passwort gewählt"),
    "factor_added": _("zweiter Faktor eingerichtet: %(factor)s"),
    "factor_removed": _("zweiter Faktor entfernt: %(factor)s"),
    "factors_reset": _("alle zweiten Faktoren zurückgesetzt"),
    "visits_ended": _("auf Geräten abgemeldet: %(number)s"),
    "text_changed": _("Text geändert: %(text)s (%(language)s)"),
    "hint_dated": _("Hinweis auf allen Seiten: vom %(first_day)s bis zum %(last_day)s"),
    "signed_in": _("eingeloggt"),
    "signed_out": _("abgemeldet"),
    "door_assigned": _("jemand gehört jetzt zum Einlass-Team"),
    "door_unassigned": _("jemand gehört nicht mehr zum Einlass-Team"),
}
"""What each code says. A code without a sentence is refused when it is written."""

WORDS = {
    "moved": _("Verlegung"),
    "called_off": _("Absage"),
    "reinstated": _("Findet doch statt"),
    "reminder": _("Kommen Sie?"),
    "thanks": _("Dank"),
    "message": _("eigener Text"),
    "confirmed": _("Platz sicher"),
    "waiting": _("Warteliste"),
    "unverified": _("noch nicht bestätigt"),
    "offered": _("Platz angeboten"),
    "expired": _("verfallen"),
    "withdrawn": _("abgemeldet"),
    "draft": _("Entwurf"),
    "published": _("veröffentlicht"),
    "called-off": _("abgesagt"),
    "direct": _("sofort"),
    "by-mail": _("per E-Mail bestätigen"),
    "on": _("an"),
    "off": _("aus"),
    "party_limit": _("Personen je Anmeldung"),
    "waiting_list": _("Warteliste"),
    "waiting_list_limit": _("Länge der Warteliste"),
    "offers": _("freie Plätze erst anbieten"),
    "confirmation": _("Bestätigung"),
    "registration_opens_at": _("Anmeldung ab"),
    "registration_closes_at": _("Anmeldung bis"),
    "reminder_days": _("so viele Tage vorher fragen, wer kommt"),
    "contact_days": _("Tage, die Namen und Adressen nach dem Termin bleiben"),
    "needs_until": _("Dolmetschung buchbar bis"),
    "needs_days": _("Tage, die Angaben zum Bedarf nach dem Termin bleiben"),
    "unconfirmed_days": _("Tage, die unbestätigte Anmeldungen nach ihrer Frist bleiben"),
    "door": _("Einlass"),
    "office": _("Büro"),
    "admin": _("Administration"),
    "app": _("Code aus einer App"),
    "passkey": _("Passkey"),
    "recovery-codes": _("Codes für den Notfall"),
    "confirm-by-mail": _("Anmeldungen per E-Mail bestätigen"),
    "csv": _("CSV"),
    "xlsx": _("Excel-Datei"),
    "sign-in-sheet": _("Anwesenheitsliste"),
    "badges": _("Namensschilder"),
    "seated": _("wer einen Platz hat"),
    "everybody": _("alle, die sich je angemeldet haben"),
    "contact:name": _("Name des Büros"),
    "contact:street": _("Straße und Hausnummer des Büros"),
    "contact:postcode": _("Postleitzahl des Büros"),
    "contact:city": _("Ort des Büros"),
    "contact:phone": _("Telefon des Büros"),
    "contact:phone_hours": _("Zeiten, zu denen das Büro ans Telefon geht"),
    "contact:email": _("E-Mail-Adresse des Büros"),
    "fact:controller": _("Verantwortliche Stelle"),
    "fact:controller_phone": _("Telefon der verantwortlichen Stelle"),
    "fact:controller_email": _("E-Mail-Adresse der verantwortlichen Stelle"),
    "fact:represented_by": _("Gesetzliche Vertretung"),
    "fact:supervision": _("Kommunalaufsicht"),
    "fact:vat_id": _("Umsatzsteuer-Identifikationsnummer"),
    "fact:source_code": _("Wo der Quelltext steht"),
    "fact:image_credits": _("Bildnachweise"),
    "fact:privacy_officer": _("Datenschutzbeauftragte Person"),
    "fact:privacy_authority": _("Aufsichtsbehörde für den Datenschutz"),
    "fact:processors": _("Dienstleister, die Daten bekommen"),
    "fact:server_log": _("Was der Webserver protokolliert"),
    "fact:accessibility_gaps": _("Was nicht barrierefrei ist"),
    "fact:statement_made_on": _("Tag der Erklärung zur Barrierefreiheit"),
    "fact:assessed_on": _("Tag der letzten Prüfung auf Barrierefreiheit"),
    "fact:arbitration": _("Schlichtungsstelle"),
    "hint": _("Hinweis auf allen Seiten"),
    "wording": _("Satz in E-Mails"),
    **NAMES,
}
"""The values that facts may have, as people call them."""


def note(
    code: str, *, actor: str, thread: str, scope: str | None = None, **facts: int | str | bool
) -> None:
    """Write down a deed, in the transaction of the deed itself.

    `facts` are what the sentence needs: numbers, slugs, ISO dates. Nothing
    personal. Raises `KeyError` for a code or a fact that no sentence knows.
    """
    SENTENCES[code] % facts
    db.session.add(
        JournalEntry(
            at=clock.now(), actor=actor, code=code, thread=thread, scope=scope, facts=facts
        )
    )


def sentence(entry: JournalEntry) -> str:
    """What happened, in the language of the page."""
    return said(entry.code, entry.facts)


def said(code: str, facts: dict[str, Any]) -> str:
    """The sentence of a code, with its facts as people read them.

    Sentences learn to tell more than older entries know; that is left open.
    """
    readable = {name: _readable(value) for name, value in facts.items()}
    if "free" in facts:
        readable["free"] = ngettext("%(num)s Platz", "%(num)s Plätze", facts["free"])
    return str(SENTENCES[code]) % defaultdict(lambda: "?", readable)


def of_thread(thread: str) -> list[JournalEntry]:
    """Everything about one registration, session or account, the oldest first."""
    return list(
        db.session.scalars(
            select(JournalEntry).where(JournalEntry.thread == thread).order_by(JournalEntry.id)
        )
    )


def of_threads(threads: Sequence[str], *codes: str) -> dict[str, list[JournalEntry]]:
    """Of each of them these codes only, the oldest first. One query."""
    found: dict[str, list[JournalEntry]] = defaultdict(list)
    query = select(JournalEntry).where(
        JournalEntry.thread.in_(threads), JournalEntry.code.in_(codes)
    )
    for entry in db.session.scalars(query.order_by(JournalEntry.id)):
        found[entry.thread].append(entry)
    return found


def latest(
    *which: ColumnElement[bool], before: int | None = None, limit: int
) -> list[JournalEntry]:
    """Entries of which all this is true, the newest first; only those before one, if named."""
    query = select(JournalEntry).where(*which).order_by(JournalEntry.id.desc()).limit(limit)
    return list(db.session.scalars(query.where(JournalEntry.id < before) if before else query))


def kind(code: str) -> str:
    """What a code says whatever its facts: „Plätze: … → …“."""
    return str(SENTENCES[code]) % defaultdict(lambda: "…")


def forget(codes: Iterable[str], *, before: datetime) -> None:
    """Delete entries that are kept for a while only."""
    db.session.execute(
        delete(JournalEntry).where(JournalEntry.code.in_(codes), JournalEntry.at <= before)
    )


def was_done(thread: str, codes: Iterable[str], *, by: str) -> bool:
    """Whether this actor has done one of these things."""
    which = (JournalEntry.thread == thread, JournalEntry.actor == by, JournalEntry.code.in_(codes))
    return bool(db.session.scalar(select(exists().where(*which))))


def was_done_by_staff(thread: str, codes: Iterable[str]) -> bool:
    """Whether a member of staff has done one of these things."""
    done = exists().where(
        JournalEntry.thread == thread,
        JournalEntry.code.in_(codes),
        JournalEntry.actor.not_in([RESIDENT, SYSTEM]),
    )
    return bool(db.session.scalar(select(done)))


def of_scope(scope: str, *codes: str, limit: int | None = None) -> list[JournalEntry]:
    """What happened in one session, the newest first; only these codes, if any are named."""
    query = select(JournalEntry).where(JournalEntry.scope == scope)
    if codes:
        query = query.where(JournalEntry.code.in_(codes))
    return list(db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(limit)))


def _readable(value: object) -> object:
    if isinstance(value, str) and value in WORDS:
        return WORDS[value]
    if isinstance(value, str) and value[10:11] == "T":
        return when_short(datetime.fromisoformat(value))
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    return value

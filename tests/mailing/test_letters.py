"""Every letter, written for one specimen: complete as text, correct as HTML."""

import re
from datetime import timedelta
from functools import partial

import html5lib
import pytest

from chancendialog.mailing.outbox import Left
from chancendialog.registration import letters, tickets
from chancendialog.registration.explanation import explain
from chancendialog.registration.models import Status
from chancendialog.registration.placeholders import IN_SUBJECTS, unknown_in
from chancendialog.registration.waiting_list import Place
from tests.browser_client import check_page
from tests.conftest import MONDAY
from tests.factories import HouseFactory, RegistrationFactory

pytestmark = pytest.mark.no_cover  # others run the same lines, less often

TOMORROW = MONDAY + timedelta(hours=24)
BY_TOMORROW = "bis Dienstag, 8. September 2026, 12 Uhr."
BEFORE = {
    "starts_at": "2026-10-01T17:00:00+00:00",
    "ends_at": "2026-10-01T19:00:00+00:00",
    "place": "Altes Haus",
}
INVITED = Left(BEFORE, invited=True)
SEATED = {"status": Status.CONFIRMED}
WAITS = {"status": Status.WAITING}
WAITS_TO_BE_SEATED = WAITS | {"event_session__offers": False}
UNVERIFIED = {"status": Status.UNVERIFIED, "hold_until": TOMORROW}
UNVERIFIED_QUEUING = {"status": Status.UNVERIFIED}
OFFERED = {"status": Status.OFFERED, "hold_until": TOMORROW, "offered_at": MONDAY}
PASSED_ON = OFFERED | {"status": Status.WITHDRAWN}
EXPIRED = OFFERED | {"status": Status.EXPIRED}
EXPIRED_FOR_GOOD = EXPIRED | {"event_session__waiting_list": False}
CALLED = WAITS | {"event_session__last_call_at": MONDAY}


def moved(registration):
    """Another time and place than they were told."""
    seated = registration.status is Status.CONFIRMED
    return letters.changed(registration, Left(told(registration, **BEFORE), invited=seated))


def resized(registration):
    """More people than they were told."""
    seated = registration.status is Status.CONFIRMED
    return letters.changed(registration, Left(told(registration, party_size="2"), invited=seated))


def message(registration):
    """Staff's own words, with everything that may stand in them."""
    return letters.message(
        registration,
        "Noch etwas zu {titel}, {wann}",
        "{name}, bitte lesen Sie das.\n\n"
        "Es geht um {titel}, {wann}, {wo}, und um {personen}.\n"
        "Mehr steht auf https://www.example.org/neues oder hier: {link}",
    )


def after_all(registration):
    """The session was called off, and takes place."""
    return letters.state(registration, after_all=True)


def told(registration, **otherwise):
    return letters.state(registration).told | otherwise


def waiting(people_ahead, number):
    return partial(letters.waiting, place=Place(number, people_ahead))


KINDS = {
    "please confirm a seat": (letters.please_confirm, UNVERIFIED),
    "please confirm the queue": (letters.please_confirm, UNVERIFIED_QUEUING),
    "confirm a seat, reminder": (letters.confirm_reminder, UNVERIFIED),
    "confirm the queue, reminder": (letters.confirm_reminder, UNVERIFIED_QUEUING),
    "confirmed": (letters.confirmed, SEATED),
    "promoted": (letters.promoted, SEATED),
    "waiting to be asked": (waiting(6, 4), WAITS),
    "waiting to be seated": (waiting(6, 4), WAITS_TO_BE_SEATED),
    "offer": (letters.offer, OFFERED),
    "offer expired": (letters.offer_expired, EXPIRED),
    "offer expired, no list": (letters.offer_expired, EXPIRED_FOR_GOOD),
    "last call": (letters.last_call, CALLED),
    "withdrawn after an invitation": (lambda one: letters.withdrawn(one, INVITED), SEATED),
    "withdrawn before": (lambda one: letters.withdrawn(one, None), SEATED),
    "offer passed on": (lambda one: letters.withdrawn(one, None), PASSED_ON),
    "moved with a seat": (moved, SEATED),
    "moved while waiting to be asked": (moved, WAITS),
    "moved while waiting to be seated": (moved, WAITS_TO_BE_SEATED),
    "resized with a seat": (resized, SEATED),
    "resized while waiting to be asked": (resized, WAITS),
    "resized while waiting to be seated": (resized, WAITS_TO_BE_SEATED),
    "called off after an invitation": (lambda one: letters.called_off(one, INVITED), SEATED),
    "called off while waiting": (lambda one: letters.called_off(one, None), WAITS),
    "called off before a click": (lambda one: letters.called_off(one, None), UNVERIFIED),
    "called off after an offer": (lambda one: letters.called_off(one, None), OFFERED),
    "already registered": (letters.already_registered, SEATED),
    "already waiting": (letters.already_registered, WAITS),
    "already asked to confirm a seat": (letters.already_registered, UNVERIFIED),
    "already asked to confirm the queue": (letters.already_registered, UNVERIFIED_QUEUING),
    "already offered a seat": (letters.already_registered, OFFERED),
    "address corrected": (lambda one: letters.address_corrected(one, INVITED), SEATED),
    "address corrected before a click": (
        lambda one: letters.address_corrected(one, Left(BEFORE, invited=False)),
        UNVERIFIED,
    ),
    "reminder": (letters.reminder, SEATED),
    "needs answered": (letters.needs_answered, SEATED),
    "thanks": (letters.thanks, SEATED),
    "message with a seat": (message, SEATED),
    "message while waiting": (message, WAITS),
    "message before a click": (message, UNVERIFIED),
    "after all confirmed": (after_all, SEATED),
    "after all waiting": (after_all, WAITS),
    "after all offered a seat": (after_all, OFFERED),
    "after all asked to confirm a seat": (after_all, UNVERIFIED),
    "after all asked to confirm the queue": (after_all, UNVERIFIED_QUEUING),
}
AFTER_ALL = [kind for kind in KINDS if kind.startswith("after all")]
WITHOUT_THE_PERSONAL_LINK = [
    "called off after an invitation",
    "called off while waiting",
    "called off before a click",
    "called off after an offer",
    "address corrected",
    "address corrected before a click",
    "thanks",
]
WITH_THE_CODE = ["confirmed", "promoted", "reminder", "after all confirmed"]
WITH_THE_DEADLINE = [
    "please confirm a seat",
    "confirm a seat, reminder",
    "offer",
    "offer expired",
    "offer expired, no list",
    "already asked to confirm a seat",
    "already offered a seat",
    "after all offered a seat",
    "after all asked to confirm a seat",
]
WITH_A_BUTTON_TO_PRESS = [
    "please confirm a seat",
    "please confirm the queue",
    "confirm a seat, reminder",
    "confirm the queue, reminder",
    "offer",
    "offer expired",
    "offer expired, no list",
    "last call",
    "already asked to confirm a seat",
    "already asked to confirm the queue",
    "already offered a seat",
    "after all offered a seat",
    "after all asked to confirm a seat",
    "after all asked to confirm the queue",
]
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def specimen(clock, app):
    """A registration that gets a letter of a kind."""

    def make(kind, **facts):
        usual = {
            "event_session__slug": "abend",
            "event_session__venue__directions": "Eingang im Hof",
        }
        return RegistrationFactory(**(usual | KINDS[kind][1] | facts))

    return make


@pytest.fixture
def write(specimen):
    """Write a letter of a kind to the specimen."""

    def compose(kind, **facts):
        HouseFactory()
        registration = specimen(kind, **facts)
        return KINDS[kind][0](registration), letters.manage_url(registration)

    return compose


@pytest.mark.parametrize(
    ("kind", "subject", "method"),
    [
        (
            "please confirm a seat",
            "Bitte bestätigen Sie bis Di 08.09.2026, 12 Uhr: Wohnen der Zukunft",
            None,
        ),
        (
            "please confirm the queue",
            "Bitte bestätigen Sie: Warteliste Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "confirm a seat, reminder",
            "Noch nicht bestätigt: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "confirm the queue, reminder",
            "Noch nicht bestätigt: Warteliste Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        ("confirmed", "Angemeldet: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", "REQUEST"),
        (
            "promoted",
            "Sie haben jetzt einen Platz: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            "REQUEST",
        ),
        ("waiting to be asked", "Warteliste: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", None),
        ("waiting to be seated", "Warteliste: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", None),
        (
            "offer",
            "Platz frei – bitte bis Di 08.09.2026, 12 Uhr zusagen: Wohnen der Zukunft",
            None,
        ),
        (
            "offer expired",
            "Platz weitergegeben: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "offer expired, no list",
            "Platz weitergegeben: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "last call",
            "Platz frei – wer zuerst zusagt, bekommt ihn: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "withdrawn after an invitation",
            "Abgemeldet: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            "CANCEL",
        ),
        ("withdrawn before", "Abgemeldet: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", None),
        ("offer passed on", "Abgemeldet: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", None),
        (
            "moved with a seat",
            "Verlegt: Wohnen der Zukunft, jetzt Mi 07.10.2026, 12 Uhr",
            "REQUEST",
        ),
        (
            "moved while waiting to be asked",
            "Verlegt: Wohnen der Zukunft, jetzt Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "moved while waiting to be seated",
            "Verlegt: Wohnen der Zukunft, jetzt Mi 07.10.2026, 12 Uhr",
            None,
        ),
        ("resized with a seat", "Geändert: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", None),
        (
            "resized while waiting to be asked",
            "Geändert: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "resized while waiting to be seated",
            "Geändert: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "called off after an invitation",
            "Fällt aus: Wohnen der Zukunft am Mi 07.10.2026, 12 Uhr",
            "CANCEL",
        ),
        (
            "called off while waiting",
            "Fällt aus: Wohnen der Zukunft am Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "called off before a click",
            "Fällt aus: Wohnen der Zukunft am Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "called off after an offer",
            "Fällt aus: Wohnen der Zukunft am Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "already registered",
            "Sie sind schon angemeldet: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "already waiting",
            "Sie stehen schon auf der Warteliste: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "already asked to confirm a seat",
            "Noch nicht bestätigt: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "already asked to confirm the queue",
            "Noch nicht bestätigt: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "already offered a seat",
            "Für Sie ist schon ein Platz frei: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "address corrected",
            "Adresse korrigiert: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            "CANCEL",
        ),
        (
            "address corrected before a click",
            "Adresse korrigiert: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        ("reminder", "Kommen Sie? Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", None),
        (
            "needs answered",
            "Antwort für Sie: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        ("thanks", "Danke, dass Sie da waren: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", None),
        (
            "message with a seat",
            "Noch etwas zu Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "after all confirmed",
            "Findet doch statt: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            "REQUEST",
        ),
        (
            "after all waiting",
            "Findet doch statt: Warteliste Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "after all offered a seat",
            "Findet doch statt: Wohnen der Zukunft – bitte bis Di 08.09.2026, 12 Uhr zusagen",
            None,
        ),
        (
            "after all asked to confirm a seat",
            "Findet doch statt: Wohnen der Zukunft – bitte bis Di 08.09.2026, 12 Uhr bestätigen",
            None,
        ),
        (
            "after all asked to confirm the queue",
            "Findet doch statt: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr – bitte bestätigen",
            None,
        ),
    ],
)
def test_the_subject_says_what_and_when_and_the_calendar_what_to_do(write, kind, subject, method):
    letter, _ = write(kind)

    assert letter.subject == subject
    assert letter.calendar_method == method
    assert (letter.calendar is None) is (method is None)


@every_kind
def test_the_text_is_complete_without_the_html(write, kind):
    letter, _ = write(kind)

    assert [fact for fact in FACTS if fact not in letter.text] == []
    assert [fact for fact in FACTS if fact not in in_words(letter.html)] == []
    assert links(letter.text) == links(letter.html)


@every_kind
@pytest.mark.parametrize("party_size", [1, 3])
def test_text_and_html_say_the_same(write, kind, party_size):
    letter, _ = write(kind, party_size=party_size)

    in_text, in_html = words(letter.text), words(in_words(letter.html))
    assert [one for one in letter.text.split("\n\n") if words(one) not in in_html] == []
    assert [one for one in paragraphs(letter.html) if words(one) not in in_text] == []


@every_kind
def test_the_personal_link_is_where_it_is_promised_and_nowhere_else(write, kind):
    letter, link = write(kind)

    promised = kind not in WITHOUT_THE_PERSONAL_LINK
    assert (link in letter.text) is promised
    assert (link in letter.html) is promised
    warned = re.search("Diese(r Link ist| Links sind) nur für Sie", letter.text)
    assert bool(warned) is promised


@every_kind
def test_the_code_for_the_door_is_where_it_is_promised_and_nowhere_else(write, kind):
    letter, _ = write(kind, ticket="7Q4K9XWM2HTR")

    promised = kind in WITH_THE_CODE
    said, address = "Code für den Einlass: 7Q4K-9XWM-2HTR", "http://localhost:5000/t/7Q4K9XWM2HTR"
    picture = f'<img src="qr:{address}" alt="{said}" width="164" height="164">'
    assert (f"\n{said}\n" in letter.text) is promised
    assert (f"\n{address}\n" in letter.text) is promised
    assert (said in in_words(letter.html)) is promised
    assert (picture in letter.html) is promised


@every_kind
@pytest.mark.parametrize("party_size", [1, 3])
def test_the_deadline_is_where_it_is_promised_and_nowhere_else(write, kind, party_size):
    letter, _ = write(kind, party_size=party_size)

    promised = kind in WITH_THE_DEADLINE
    assert (BY_TOMORROW in one_line(letter.text)) is promised
    assert (BY_TOMORROW in in_words(letter.html)) is promised


@every_kind
@pytest.mark.parametrize("party_size", [1, 3])
def test_the_button_to_press_is_named_as_on_the_page(specimen, kind, party_size):
    registration = specimen(kind, party_size=party_size)

    letter = KINDS[kind][0](registration)

    to_press = re.findall("drücken Sie dort auf „(.+?)“", one_line(letter.text))
    there = [explain(registration).yes] if kind in WITH_A_BUTTON_TO_PRESS else []
    assert to_press[:1] == there


@every_kind
def test_the_html_is_a_page_without_fault(write, kind):
    letter, _ = write(kind)

    check_page(letter.html)
    assert '<html lang="de" dir="ltr">' in letter.html


@every_kind
def test_nothing_of_the_template_shows(write, kind):
    letter, _ = write(kind)

    written = letter.subject + letter.text + letter.html
    assert re.findall(r"\{[{%#]|[}%#]\}|%\(|\bNone\b|\bUndefined\b|&amp;(?:lt|gt|#)", written) == []
    assert not re.search(r"\n{3}|[ \t]\n", letter.text)
    assert letter.text.endswith("\n")
    assert "\n" not in letter.subject


@every_kind
def test_lines_of_text_fit_into_78_columns(write, kind):
    letter, _ = write(
        kind,
        name="Dr. Erika " + "von und zu " * 8 + "Mustermann",
        party_size=4,
        event_session__title="Wie wollen wir in der Region wohnen, arbeiten und leben? " * 3,
        event_session__series__title="Chancendialog Transformation in der Region " * 2,
        event_session__venue__name="Haus der Wirtschaft und der Wissenschaft, großer Saal " * 2,
        event_session__venue__directions="Vom Bahnhof mit der Bahn, dann zu Fuß durch den Park "
        * 5,
    )

    long = [line for line in letter.text.splitlines() if len(line) > 78]
    assert [line for line in long if not line.startswith("http://localhost:5000/")] == []


@every_kind
def test_what_people_wrote_is_text_and_never_html(write, kind):
    letter, _ = write(
        kind,
        name="Erika <script>alert(1)</script> & Max",
        event_session__title="<b>Wohnen</b> & Leben – 100 % „gut“ {{ 7 * 7 }}",
    )

    assert "<b>Wohnen</b> & Leben – 100 % „gut“ {{ 7 * 7 }}" in letter.subject
    assert "<b>Wohnen</b> & Leben – 100 % „gut“ {{ 7 * 7 }}" in letter.text
    assert "<b>Wohnen</b> & Leben – 100 % „gut“ {{ 7 * 7 }}" in in_words(letter.html)
    assert "<script" not in letter.html
    assert "<b>" not in letter.html
    check_page(letter.html)


@every_kind
def test_a_letter_is_written_even_if_the_house_is_not_known(clock, app, kind):
    compose, facts = KINDS[kind]

    letter = compose(RegistrationFactory(**facts))

    check_page(letter.html)
    assert "Chancendialog Transformation, Region Hannover" in letter.text


@pytest.mark.parametrize(
    "kind",
    [
        "please confirm a seat",
        "confirm a seat, reminder",
        "confirmed",
        "promoted",
        "offer",
        "offer expired",
        "moved with a seat",
        "resized with a seat",
        "already registered",
        "already asked to confirm a seat",
        "already offered a seat",
    ],
)
def test_a_party_reads_how_many_seats_it_has(write, kind):
    letter, _ = write(kind, party_size=3)

    assert re.search(r"\b3 Plätze\b", letter.text)
    assert re.search(r"\b3 Plätze\b", in_words(letter.html))


@pytest.mark.parametrize(
    "kind",
    [
        "please confirm the queue",
        "confirm the queue, reminder",
        "waiting to be asked",
        "waiting to be seated",
        "last call",
        "resized while waiting to be asked",
        "already waiting",
    ],
)
def test_a_party_reads_how_many_people_wait(write, kind):
    letter, _ = write(kind, party_size=3)

    assert re.search(r"\b3 Personen\b", letter.text)
    assert re.search(r"\b3 Personen\b", in_words(letter.html))


@pytest.mark.parametrize(
    "kind",
    [
        "moved with a seat",
        "moved while waiting to be asked",
        "moved while waiting to be seated",
    ],
)
def test_who_is_moved_reads_the_old_and_the_new(write, kind):
    letter, _ = write(kind)

    assert (
        "Bisher:  Donnerstag, 1. Oktober 2026, 19 bis 21 Uhr\n         Altes Haus\n" in letter.text
    )
    assert "Neu:     Mittwoch, 7. Oktober 2026, 12 bis 14 Uhr\n         Stadtbibl" in letter.text


@pytest.mark.parametrize(
    ("differs", "subject", "sentence"),
    [
        (
            ["starts_at", "ends_at"],
            "Verlegt: Wohnen der Zukunft, jetzt Mi 07.10.2026, 12 Uhr",
            "Ihre Veranstaltung hat eine neue Zeit. Der Ort bleibt.",
        ),
        (
            ["place"],
            "Neuer Ort: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            "Ihre Veranstaltung hat einen neuen Ort. Die Zeit bleibt.",
        ),
        (
            ["ends_at", "place"],
            "Verlegt: Wohnen der Zukunft, jetzt Mi 07.10.2026, 12 Uhr",
            "Ihre Veranstaltung hat eine neue Zeit und einen neuen Ort.",
        ),
    ],
)
def test_who_is_moved_reads_first_what_is_new(clock, app, differs, subject, sentence):
    registration = RegistrationFactory(**SEATED)
    before = {name: BEFORE[name] for name in differs}

    letter = letters.changed(registration, Left(told(registration, **before), invited=True))

    assert letter.subject == subject
    assert sentence in " ".join(letter.text.split())
    assert sentence in " ".join(letter.html.split())


@pytest.mark.parametrize(
    ("number", "people_ahead", "sentence"),
    [
        (4, 6, "Sie stehen an Stelle 4 der Warteliste. Vor Ihnen warten 6 Personen."),
        (2, 1, "Sie stehen an Stelle 2 der Warteliste. Vor Ihnen wartet 1 Person."),
        (1, 0, "Sie stehen an Stelle 1 der Warteliste. Vor Ihnen wartet niemand."),
    ],
)
def test_who_waits_reads_their_place_and_who_is_ahead(clock, app, number, people_ahead, sentence):
    letter = waiting(people_ahead, number)(RegistrationFactory(**WAITS))

    assert sentence in one_line(letter.text)
    assert sentence in in_words(letter.html)


def test_a_party_that_waits_reads_their_place_and_for_how_many_in_one_sentence(clock, app):
    letter = waiting(0, 1)(RegistrationFactory(party_size=3, **WAITS))

    sentence = "Sie stehen mit 3 Personen an Stelle 1 der Warteliste. Vor Ihnen wartet niemand."
    assert sentence in one_line(letter.text)
    assert sentence in in_words(letter.html)


def test_who_waits_reads_of_no_place_if_none_is_known(clock, app):
    letter = letters.waiting(RegistrationFactory(**WAITS))

    assert "an Stelle" not in one_line(letter.text)


@pytest.mark.parametrize(
    ("situation", "promise"),
    [
        (
            "to be asked",
            "Sie müssen jetzt nichts tun. Wird ein Platz für Sie frei, fragen wir Sie per E-Mail."
            " Darin steht, bis wann Sie zusagen können.",
        ),
        (
            "to be seated",
            "Sie müssen nichts tun. Wird ein Platz für Sie frei, gehört er Ihnen."
            " Wir schreiben Ihnen dann sofort.",
        ),
    ],
)
@pytest.mark.parametrize("occasion", ["waiting", "moved while waiting", "resized while waiting"])
def test_who_waits_is_promised_what_their_session_does(write, occasion, situation, promise):
    letter, _ = write(f"{occasion} {situation}")

    shortly_before = "Nur kurz vor dem Beginn fragen wir alle zugleich."
    assert f"{promise} {shortly_before}" in one_line(letter.text)
    assert f"{promise} {shortly_before}" in in_words(letter.html)


@pytest.mark.parametrize(
    ("kind", "way_back"),
    [
        ("offer expired", "Sonst stehen Sie wieder an Ihrer alten Stelle auf der Warteliste."),
        ("offer expired, no list", "Ist dann ein Platz frei, bekommen Sie ihn."),
    ],
)
def test_who_let_an_offer_pass_reads_the_way_back_that_there_is(write, kind, way_back):
    letter, _ = write(kind)

    (answer,) = re.findall("„Doch kommen“[.] (.+?) Zu Ihrer", one_line(letter.text))
    assert answer.endswith(way_back)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("called off after an invitation", "Sie müssen sich nicht abmelden."),
        ("called off while waiting", "Sie müssen sich nicht abmelden."),
        ("called off before a click", "Sie müssen nichts mehr bestätigen."),
        ("called off after an offer", "Sie müssen nicht antworten."),
    ],
)
def test_who_reads_that_a_session_is_off_need_not_do_what_they_were_asked(write, kind, sentence):
    letter, _ = write(kind)

    (answer,) = re.findall("Wir hätten Sie gern begrüßt[.] (.+?) Steht", one_line(letter.text))
    assert answer.endswith(sentence)


@pytest.mark.parametrize(
    ("kind", "is_last"),
    [
        ("please confirm a seat", False),
        ("please confirm the queue", False),
        ("confirm a seat, reminder", True),
        ("confirm the queue, reminder", True),
    ],
)
def test_the_reminder_says_that_it_is_the_only_one(write, kind, is_last):
    letter, _ = write(kind)

    assert ("Wir erinnern Sie nur dieses eine Mal." in letter.text) is is_last


@pytest.mark.parametrize("kind", AFTER_ALL)
def test_who_reads_that_a_session_takes_place_after_all_reads_that_first(write, kind):
    letter, _ = write(kind)

    after_all = "wir hatten diese Veranstaltung abgesagt. Jetzt findet sie doch statt."
    assert letter.text.split("\n\n")[1] == after_all
    assert paragraphs(letter.html)[1] == after_all
    assert "<h1" in letter.html.partition("Die Veranstaltung findet doch statt</h1>")[0]


def test_the_reminder_asks_for_an_answer_and_leaves_the_seat_to_who_gives_none(write):
    letter, link = write("reminder")

    text = one_line(letter.text)
    assert "Ihre Veranstaltung beginnt am Mittwoch, 7. Oktober 2026, 12 Uhr." in text
    assert f"Ich komme: {link}/ich-komme Ich kann doch nicht: {link}/ich-kann-nicht" in text
    assert f'href="{link}/ich-komme"' in letter.html
    assert f'href="{link}/ich-kann-nicht"' in letter.html
    assert "Wenn Sie nicht antworten, behalten Sie Ihren Platz." in text


def test_the_reminder_lets_a_party_answer_for_all_of_them(clock, app):
    registration = RegistrationFactory(party_size=2)
    letter = letters.reminder(registration)

    link = letters.manage_url(registration)
    answers = f"Wir kommen: {link}/ich-komme Wir können doch nicht: {link}/ich-kann-nicht"
    assert answers in one_line(letter.text)


def test_thanks_say_that_nothing_is_left_to_do_and_when_the_data_goes(write):
    letter, _ = write("thanks")

    text = one_line(letter.text)
    assert "Sie müssen nichts mehr tun." in text
    assert text.count("30 Tage nach der Veranstaltung") == 1
    assert "Zu den nächsten Terminen: http://localhost:5000/ Freundliche" in text


@pytest.mark.parametrize(
    ("kind", "tells"),
    [("reminder", True), ("confirmed", True), ("thanks", False), ("message with a seat", False)],
)
def test_only_what_tells_how_things_stand_can_be_referred_to(write, kind, tells):
    letter, _ = write(kind)

    assert (letter.told is not None) is tells


@pytest.mark.parametrize(
    ("kind", "attached"),
    [("address corrected", True), ("address corrected before a click", False)],
)
def test_an_attachment_is_named_only_if_there_is_one(write, kind, attached):
    letter, _ = write(kind)

    assert (letter.calendar is not None) is attached
    assert ("Der Anhang entfernt den Termin" in one_line(letter.text)) is attached


def test_who_passed_an_offer_on_reads_that_they_no_longer_wait(write):
    letter, _ = write("offer passed on")

    assert "Damit stehen Sie auch nicht mehr auf der Warteliste." in one_line(letter.text)


def test_the_wrong_recipient_learns_nothing_about_the_person(write):
    letter, _ = write("address corrected", name="Erika Geheim")

    assert "Geheim" not in letter.subject + letter.text + letter.html


def test_staffs_words_are_filled_in_for_each(clock, app):
    registration = RegistrationFactory(name="Erika & Kim", party_size=3)

    letter = message(registration)

    link, words = letters.manage_url(registration), one_line(letter.text)
    assert words.startswith(
        "Guten Tag Erika & Kim, Erika & Kim, bitte lesen Sie das. Es geht um Wohnen der Zukunft,"
        " Mittwoch, 7. Oktober 2026, 12 bis 14 Uhr, Stadtbibliothek, Am Markt 1, 12345"
        " Musterstadt, und um 3 Personen. Mehr steht auf https://www.example.org/neues oder hier:"
        f" {link} Was: "
    )
    body = html5lib.parse(letter.html, namespaceHTMLElements=False)
    leads_to = {one.text: one.get("href") for one in body.iter("a")}
    assert leads_to["https://www.example.org/neues"] == "https://www.example.org/neues"
    assert leads_to[link] == link
    assert "Erika &amp; Kim, bitte" in letter.html


def test_staffs_lines_and_paragraphs_stay_as_they_wrote_them(clock, app):
    text = "\r\n Ein Absatz\r\nin zwei  Zeilen\r\n \r\n\r\n\r\nund noch einer \r\n"

    letter = letters.message(RegistrationFactory(), "Neues", text)

    assert "\n\nEin Absatz\nin zwei Zeilen\n\nund noch einer\n\nWas:" in letter.text
    assert [one_line(one) for one in paragraphs(letter.html)][1:3] == [
        "Ein Absatz in zwei Zeilen",
        "und noch einer",
    ]
    assert re.search("Ein Absatz\\s*<br>\\s*in zwei Zeilen", letter.html)


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        'https://example.org/"onmouseover="alert(1)',
        "https://example.org/'><script>alert(1)</script>",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "{{ 7 * 7 }}{% if %}",
        "&lt;script&gt;",
    ],
)
def test_staffs_words_stay_words(clock, app, words):
    letter = letters.message(RegistrationFactory(), f"Zu {words}", f"Bitte: {words}")

    body = html5lib.parse(letter.html, namespaceHTMLElements=False)
    assert letter.subject == f"Zu {words}"
    assert f"Bitte: {words}" in one_line(letter.text)
    assert f"Bitte: {words}" in one_line("".join(body.itertext()))
    assert [body.findall(f".//{name}") for name in ("script", "img")] == [[], []]
    assert {key for one in body.iter() for key in one.attrib if key.startswith("on")} == set()
    assert [
        one.get("href")
        for one in body.iter("a")
        if not one.get("href").startswith(("http://localhost", "https://example.org/", "mailto:"))
    ] == []


def test_nobody_types_a_link_to_somebodys_registration(clock, app):
    stands_for_name, stands_for_link = "\ue000", "\ue001"
    registration = RegistrationFactory(
        name=f"Mallory {stands_for_link}",
        event_session__title=f"Titel {stands_for_link}",
        event_session__venue__directions=f"Weg {stands_for_link} {stands_for_name}",
    )

    letter = letters.message(
        registration, f"Neues {stands_for_link}", f"Hier: {stands_for_link} {stands_for_name}"
    )

    link = letters.manage_url(registration)
    for written in (letter.text, in_words(letter.html)):
        assert written.count("Mallory") == 1
        assert f"Titel {link}" not in written
        assert f"Mallory {link}" not in written
    assert letter.text.count(link) == 1
    assert letter.subject == "Neues"


def test_what_is_filled_in_is_not_filled_in_again(clock, app):
    registration = RegistrationFactory(name="{link}", event_session__title="Alles zu {name}")

    letter = letters.message(registration, "{titel}", "{name}, {titel}")

    assert "\n\n{link}, Alles zu {name}\n\n" in letter.text
    assert letter.subject == "Alles zu {name}"


@pytest.mark.parametrize(
    ("written", "unknown"),
    [
        ("Guten Tag {name}, {titel} {wann} {wo} {personen} {link}", []),
        ("Hallo {vorname}, {Name}, {name}, noch einmal {vorname}", ["{vorname}", "{Name}"]),
        ("{{name}} { name } {} {name", ["{{name}}", "{ name }", "{}"]),
    ],
)
def test_placeholders_that_nobody_knows_are_found(written, unknown):
    assert unknown_in(written) == unknown


def test_a_subject_knows_fewer_placeholders():
    assert unknown_in("{titel}, {wann}: {name} {link}", known=IN_SUBJECTS) == ["{name}", "{link}"]


@pytest.mark.parametrize(
    ("facts", "promised"),
    [
        (SEATED, "Dann geben Sie Ihren Platz frei."),
        (WAITS, "Dann verlassen Sie die Warteliste."),
        ({"status": Status.WITHDRAWN}, None),
        (EXPIRED, None),
        (SEATED | {"event_session__starts_at": MONDAY}, None),
    ],
)
def test_who_has_nothing_to_give_up_is_not_asked_to(clock, app, facts, promised):
    registration = RegistrationFactory(**facts)

    letter = letters.message(registration, "Neues", "Es gibt Neues.")

    assert (letters.manage_url(registration) in letter.text) is (promised is not None)
    assert (promised or "") in one_line(letter.text)


FACTS = [
    "Wohnen der Zukunft",
    "Chancendialog Transformation",
    "Mittwoch, 7. Oktober 2026, 12 bis 14 Uhr",
    "Stadtbibliothek",
    "Am Markt 1, 12345 Musterstadt",
    "Büro für Beispiele",
    "0123 456-789",
    "buero@example.org",
]


def in_words(html):
    """What somebody reads who sees the HTML."""
    body = html5lib.parse(html, namespaceHTMLElements=False).find("body")
    return " ".join(" ".join(body.itertext()).split())


def links(text):
    return sorted(set(re.findall(r"https?://[^\s\"<]+", text)))


def one_line(text):
    return " ".join(text.split())


def words(text):
    """Its words in a row: line breaks, commas and addresses of pages left out."""
    return " ".join(re.findall(r"\w+", re.sub(r"https?://\S+", "", text)))


def paragraphs(html):
    """What is read below the heading, one piece each."""
    body = html5lib.parse(html, namespaceHTMLElements=False).find("body")
    return ["".join(one.itertext()) for name in ("p", "dt", "dd", "li") for one in body.iter(name)]


def test_who_comes_to_the_same_session_gets_the_same_letter_but_for_name_link_and_code(app):
    erika = RegistrationFactory(name="Erika")
    kim = RegistrationFactory(event_session=erika.event_session, name="Kim <Öz> \ue001\ue002\ue003")

    letter, other = letters.confirmed(erika), letters.confirmed(kim)

    own, others = letters.manage_url(erika), letters.manage_url(kim)
    codes = [
        (tickets.shown(kim.ticket), tickets.shown(erika.ticket)),
        (letters.ticket_url(kim), letters.ticket_url(erika)),
    ]
    text = other.text.replace(kim.name, "Erika").replace(others, own)
    for code, erikas in codes:
        assert (code in other.html, erikas in other.html) == (True, False)
        text = text.replace(code, erikas)
    assert text == letter.text
    assert "Guten Tag Kim &lt;Öz&gt; \ue001\ue002\ue003," in other.html
    assert (own in other.html, others in other.html) == (False, True)


def test_whatever_changes_is_in_the_next_letter(app):
    registration = RegistrationFactory()
    event_session, letter = registration.event_session, letters.confirmed(registration)

    event_session.title, event_session.venue.directions = "Ganz anders", "Klingeln bei Meyer"
    event_session.series.title, registration.party_size = "Neue Reihe", 3
    later = letters.confirmed(registration)

    changes = ("Ganz anders", "Klingeln bei Meyer", "Neue Reihe", "3 Plätze")
    for text in (letter.text, letter.html):
        assert [change for change in changes if change in text] == []
    for text in (later.text, later.html):
        read = text.replace("&nbsp;", " ")
        assert [change for change in changes if change not in read] == []
    assert b"Neue Reihe: Ganz anders" in later.calendar


def test_a_name_is_no_link_in_any_mail_program(app):
    named = RegistrationFactory(name="Gewinn auf boese-seite.com, Dr.Kim")

    letter = letters.confirmed(named)

    for told in (letter.text, letter.html):
        assert "boese-seite.com" not in told
        assert "Gewinn auf boese-seite. com, Dr. Kim" in " ".join(told.split())
    assert letter.name == "Gewinn auf boese-seite.com, Dr.Kim"


def test_who_reads_english_reads_english_as_far_as_somebody_wrote_it(app):
    registration = RegistrationFactory(language="en")
    event_session = registration.event_session
    event_session.translations = {"en": {"title": "Housing of the future"}}
    event_session.venue.directions = "Klingeln bei Meyer"

    letter = letters.confirmed(registration)

    assert "Housing of the future" in letter.subject
    assert b"Chancendialog Transformation: Housing of the future" in letter.calendar
    assert re.search(r'<span lang="de"[^>]*>Klingeln bei Meyer', letter.html)
    assert not re.search(r"<span lang=[^>]*>Housing", letter.html)


def test_who_comes_reads_the_room_the_way_in_and_what_is_different(app):
    registration = RegistrationFactory(event_session__room="Raum N 003")
    event_session = registration.event_session
    event_session.notes = "Beginn am Nordtor."
    event_session.venue.entrance = "Klingeln bei Meyer"
    event_session.venue.stop = "Markt (Bus)"
    event_session.venue.step_free, event_session.venue.hearing_loop = True, False
    event_session.venue.access = "Toilette im Erdgeschoss."
    event_session.venue.notes = "Der Aufzug ist außer Betrieb."

    facts = """\
Eingang: Klingeln bei Meyer
Halt:    Markt (Bus)
Vor Ort: Der Weg in die Räume hat keine Stufen.
         Eine Höranlage gibt es nicht.
         Toilette im Erdgeschoss.
Hinweis: Der Aufzug ist außer Betrieb.
Hinweis: Beginn am Nordtor.
"""
    for letter in (
        letters.confirmed(registration),
        letters.reminder(registration),
        moved(registration),
    ):
        assert facts in letter.text
        assert "Stadtbibliothek, Raum N 003" in letter.text
        for said in ("Raum N 003", "Klingeln bei Meyer", "keine Stufen", "Markt (Bus)", "Nordtor"):
            assert said in letter.html
    location = r"LOCATION:Stadtbibliothek\, Raum N 003\, Am Markt 1\, 12345 Musterstadt"
    assert location.encode() in letters.confirmed(registration).calendar.replace(b"\r\n ", b"")


@pytest.mark.parametrize("language", ["de", "en"])
def test_who_comes_reads_that_pictures_are_taken_and_how_to_stay_out_of_them(app, language):
    notice = {"de": "Sagen Sie es unserem Team am Eingang.", "en": "Tell our team at the entrance."}
    photographed = RegistrationFactory(event_session__photos=True, language=language)
    other = RegistrationFactory(language=language)

    for compose in (letters.confirmed, letters.promoted, letters.reminder):
        said, unsaid = compose(photographed), compose(other)
        for text in (said.text, said.html):
            assert notice[language] in " ".join(text.split())
        for text in (unsaid.text, unsaid.html):
            assert notice[language] not in " ".join(text.split())


def test_labels_of_the_way_in_stand_in_one_column_in_english_too(app):
    registration = RegistrationFactory(language="en", event_session__venue__entrance="Gate 1")
    venue = registration.event_session.venue
    venue.access, venue.notes = "No steps.", "The lift does not work."

    facts = """\
Way in:  Gate 1
On site: No steps.
Note:    The lift does not work.
"""
    assert facts in letters.confirmed(registration).text

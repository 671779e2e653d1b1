"""The message as a real SMTP server receives it."""

import random
from email.header import decode_header, make_header

import pytest
from sqlalchemy import update

from chancendialog import qr
from chancendialog.calendars.invitations import invitation
from chancendialog.extensions import db
from chancendialog.mailing import delivery
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.registration import letters
from chancendialog.tokens import person_token
from tests.calendars.specimens import seat, session
from tests.factories import HouseFactory, RegistrationFactory
from tests.mailing.specimens import deliver, event, part, post, states, text

ICS = invitation(session(title="Führung 🎉"), seat())
WITH_CALENDAR = {"calendar": ICS, "calendar_method": "REQUEST"}


@pytest.fixture
def confirmation(clock, post_office):
    """The message that confirms a seat, as it arrived."""
    HouseFactory()
    registration = RegistrationFactory(email="erika@example.org")
    letter = letters.confirmed(registration)
    post(
        registration.thread,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        calendar=letter.calendar,
        calendar_method=letter.calendar_method,
    )
    deliver()
    (message,) = post_office.messages
    return message


def test_the_tree_is_what_mail_programs_look_for(confirmation):
    tree = [
        (one.get_content_type(), one.get_content_disposition(), one["Content-Transfer-Encoding"])
        for one in confirmation.walk()
    ]

    assert tree == [
        ("multipart/mixed", None, None),
        ("multipart/alternative", None, None),
        ("text/plain", None, "quoted-printable"),
        ("multipart/related", None, None),
        ("text/html", None, "quoted-printable"),
        ("image/png", "inline", "base64"),
        ("text/calendar", None, "base64"),
        ("application/ics", "attachment", "base64"),
    ]


def test_the_picture_is_found_where_the_html_shows_it(confirmation):
    picture = part(confirmation, "image/png")

    name = picture["Content-ID"].strip("<>")
    assert f'<img src="cid:{name}" alt="Code für den Einlass: ' in html_of(confirmation)
    assert "qr:" not in html_of(confirmation)
    assert name == "qr." + confirmation["Message-ID"].strip("<>")
    assert picture.get_content().startswith(b"\x89PNG\r\n\x1a\n")


def test_the_picture_is_the_qr_code_of_the_ticket(app, clock, post_office):
    registration = RegistrationFactory(ticket="7Q4K9XWM2HTR")
    letters.tell(registration, letters.reminder)

    deliver()

    (message,) = post_office.messages
    drawn = qr.png("http://localhost:5000/t/7Q4K9XWM2HTR")
    assert part(message, "image/png").get_content() == drawn
    assert [one.get_content_type() for one in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]


def test_nobody_types_a_picture(post_office):
    typed = '<img src="qr:x">'
    letter = letters.waiting(RegistrationFactory(name=typed, event_session__title=typed))
    post(subject=letter.subject, text=letter.text, html=letter.html)

    deliver()

    (message,) = post_office.messages
    assert typed in text(message)
    assert [one for one in message.walk() if one.get_content_type() == "image/png"] == []


def test_a_letter_without_a_calendar_is_text_with_html_beside_it(post_office):
    post()

    deliver()

    (message,) = post_office.messages
    assert [one.get_content_type() for one in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_the_calendar_part_says_its_method_and_its_alphabet(confirmation):
    calendar = part(confirmation, "text/calendar")

    assert dict(calendar["Content-Type"].params) == {"charset": "UTF-8", "method": "REQUEST"}
    assert "METHOD:REQUEST" in calendar.get_content().split("\r\n")
    assert part(confirmation, "application/ics").get_filename() == "termin.ics"


def test_both_calendar_parts_are_the_bytes_of_the_outbox(post_office):
    post(**WITH_CALENDAR)

    deliver()

    (message,) = post_office.messages
    assert part(message, "text/calendar").get_payload(decode=True) == ICS
    assert part(message, "application/ics").get_payload(decode=True) == ICS


def test_the_headers_are_these_and_no_others(confirmation):
    facts = {name: str(value) for name, value in confirmation.items()}

    assert facts.pop("Content-Type").startswith("multipart/mixed; boundary=")
    assert facts.pop("Message-ID").endswith(".0@termine.example.org>")
    assert facts == {
        "From": '"Haus der Region, Hannover" <termine@termine.example.org>',
        "To": "Erika Mustermann <erika@example.org>",
        "Reply-To": '"Haus der Region, Hannover" <termine@termine.example.org>',
        "Subject": "Angemeldet: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
        "Date": "Mon, 07 Sep 2026 10:00:00 -0000",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "MIME-Version": "1.0",
        "Content-Language": "de",
    }


def test_the_attendee_is_the_recipient_and_the_organizer_is_who_is_answered(confirmation):
    assert event(confirmation).attendee.value == "mailto:erika@example.org"
    assert event(confirmation).organizer.value == "mailto:termine@termine.example.org"


def test_the_envelope_names_sender_and_recipient_only(post_office):
    post(name="Mustermann, Erika <evil@example.org>", email="erika+termine@example.org")

    deliver()

    assert [(one.mail_from, one.rcpt_tos) for one in post_office.envelopes] == [
        ("termine@termine.example.org", ["erika+termine@example.org"])
    ]


@pytest.mark.parametrize(
    ("setting", "name", "address"),
    [
        ("termine@example.org", "Region Hannover – Chancendialog", "termine@example.org"),
        ("Büro für Wandel, Hannover <a@example.org>", "Büro für Wandel, Hannover", "a@example.org"),
        ('"Büro, Haus A" <a@example.org>', "Büro, Haus A", "a@example.org"),
        ("Büro <termine@müller.example>", "Büro", "termine@xn--mller-kva.example"),
    ],
)
def test_the_sender_arrives_as_the_operator_wrote_it(
    post_office, app, monkeypatch, setting, name, address
):
    monkeypatch.setitem(app.config, "MAIL_DEFAULT_SENDER", setting)
    post()

    deliver()

    (sender,) = post_office.messages[0]["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, address)
    assert post_office.envelopes[0].mail_from == address


def test_the_organizer_is_spelled_as_in_the_headers_whatever_the_alphabet(
    post_office, app, monkeypatch
):
    monkeypatch.setitem(app.config, "MAIL_DEFAULT_SENDER", "Büro <termine@müller.example>")
    registration = RegistrationFactory()
    letters.tell(registration, letters.confirmed)

    deliver()

    (message,) = post_office.messages
    assert message["Reply-To"].addresses[0].addr_spec == "termine@xn--mller-kva.example"
    assert event(message).organizer.value == "mailto:termine@xn--mller-kva.example"


@pytest.mark.parametrize(
    "name",
    [
        "Mustermann, Erika",
        'Erika "Eri" Mustermann',
        "Erika <evil@example.org>",
        "Erika; Max: alle\\",
        "Ünal Çelik, Straße",
        "Анна 你好 🎉",
        "Dr. phil. " + "Ä" * 110,
        "x" * 120,
        "(Kommentar) @hier",
    ],
)
def test_a_recipients_name_arrives_whole_and_is_only_a_name(post_office, name):
    post(name=name)

    deliver()

    (message,) = post_office.messages
    (recipient,) = message["To"].addresses
    assert recipient.addr_spec == "erika@example.org"
    assert as_old_programs_decode(post_office, "To") in (
        f"{name} <erika@example.org>",
        f'"{escaped(name)}" <erika@example.org>',
    )


@pytest.mark.parametrize(
    "subject",
    [
        "Angemeldet: Wohnen, Di 22.12.2026, 16:49 Uhr",
        "Fällt aus: " + "Straße der Zukunft – " * 20 + "Ende",
        "🎉" * 100,
        "x" * 2000,
    ],
    ids=["plain", "folded", "emoji", "one long word"],
)
def test_a_subject_arrives_whole(post_office, subject):
    post(subject=subject)

    deliver()

    assert post_office.messages[0]["Subject"] == subject


@pytest.mark.parametrize(
    "facts",
    [
        {},
        WITH_CALENDAR,
        {"name": "Ä" * 120, "subject": "ß" * 300},
        {"subject": "x" * 2000},
        {"text": "Ä" * 5000 + "\n.\n..\nFrom hier\n" + "x" * 5000},
        {"html": f"<!doctype html><title>t</title><p>{'ü<b>x</b>' * 2000}"},
        {"text": "eins\rzwei\r\ndrei\n\n"},
    ],
)
def test_every_message_is_7bit_in_short_lines_with_the_line_ends_of_mail(post_office, facts):
    post(**facts)

    deliver()

    content = post_office.envelopes[0].original_content
    lines = content.split(b"\r\n")
    assert max(content) < 128
    assert max(len(line) for line in lines) <= 998
    assert not [line for line in lines if b"\r" in line or b"\n" in line]


def test_lines_of_dots_arrive_as_they_are(post_office):
    post(text=".\n..\n...eins\nEnde\n")

    deliver()

    assert text(post_office.messages[0]) == ".\n..\n...eins\nEnde\n"


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "Erika\r\nBcc: evil@example.org"},
        {"name": "Erika\nBcc: evil@example.org\n\nHallo"},
        {"name": "Erika\rX-Evil: 1\x0b\x0c\x1c\u2028x"},
        {"name": "=?utf-8?q?x=0D=0ABcc:_evil@example.org?="},
        {"name": "=?utf-8?q?x=0ABcc:_evil@example.org=0A=0AHallo?= Erika"},
        {"name": "Erika =?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5vcmc=?="},
        {"subject": "=?utf-8?q?x=0D=0ABcc:_evil@example.org?="},
        {"subject": "Angemeldet: =?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5vcmc=?="},
    ],
    ids=str,
)
def test_line_breaks_make_no_header_not_even_as_encoded_words(post_office, facts):
    post(thread="registration:harmless")
    post(thread="registration:evil", **facts)

    deliver()
    deliver()

    harmless, evil = post_office.messages
    assert evil.keys() == harmless.keys()
    assert post_office.envelopes[1].rcpt_tos == ["erika@example.org"]
    assert text(evil) == text(harmless)


def test_line_breaks_in_a_title_make_no_header(post_office):
    registration = RegistrationFactory(
        name="Erika\r\nBcc: evil@example.org",
        event_session__title="Wohnen\r\nBcc: evil@example.org\r\n\r\nHallo",
        event_session__venue__name="Haus\r\nX-Evil: 1",
    )
    letters.tell(registration, letters.confirmed)

    deliver()

    (message,) = post_office.messages
    assert message["Subject"].strip().startswith("Angemeldet: Wohnen Bcc: evil@example.org Hallo, ")
    assert {"Bcc", "X-Evil"} & set(message.keys()) == set()
    assert post_office.envelopes[0].rcpt_tos == [registration.email]


def test_letters_of_one_thread_refer_to_each_other(post_office):
    for _ in range(3):
        post("registration:A")
        deliver()

    first, second, third = post_office.messages
    assert (first["In-Reply-To"], first["References"]) == (None, None)
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["References"].split() == [first["Message-ID"]]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]


def test_a_long_thread_keeps_its_beginning_and_its_end(post_office):
    for _ in range(14):
        post("registration:01K4YJ5T7GZ0Q8V5W3N2M1P9XD")
        deliver()

    ids = [message["Message-ID"] for message in post_office.messages]
    assert post_office.messages[-1]["References"].split() == [ids[0], *ids[5:13]]
    assert ids == [f"<01K4YJ5T7GZ0Q8V5W3N2M1P9XD.{n}@termine.example.org>" for n in range(14)]
    assert max(len(one) for one in ids) <= 75
    assert b"=?" not in raw_headers(post_office.envelopes[-1])


def test_threads_do_not_refer_to_each_other(post_office):
    post("registration:A")
    post("registration:B")

    deliver()

    assert [message["References"] for message in post_office.messages] == [None, None]


def test_a_letter_refers_to_nothing_that_never_left(post_office):
    post("registration:A")
    delivery.outbox.supersede("registration:A")
    post("registration:A")

    deliver()

    (message,) = post_office.messages
    assert (message["In-Reply-To"], message["References"]) == (None, None)


def test_a_letter_says_its_language(post_office):
    post(language="en")

    deliver()

    assert post_office.messages[0]["Content-Language"] == "en"


def test_a_letter_is_dated_when_it_was_written_even_if_it_leaves_late(clock, post_office):
    post()
    clock.shift(3600)

    deliver()

    assert post_office.messages[0]["Date"] == "Mon, 07 Sep 2026 10:00:00 -0000"


@pytest.mark.usefixtures("reply_token")
def test_answers_and_returned_mail_come_back_with_a_token_of_the_person(post_office):
    registration = RegistrationFactory(email="erika@example.org")
    letters.tell(registration, letters.confirmed)

    deliver()

    token = person_token("erika@example.org")
    (message,) = post_office.messages
    assert message["From"].addresses[0].addr_spec == "termine@termine.example.org"
    assert message["Reply-To"].addresses[0].addr_spec == f"termine+{token}@antwort.example.org"
    assert event(message).organizer.value == f"mailto:termine+{token}@antwort.example.org"
    assert post_office.envelopes[0].mail_from == f"termine+b-{token}@antwort.example.org"


def test_a_reply_address_without_a_token_is_for_answers_only(post_office, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_REPLY_ADDRESS", "fragen@example.org")
    post()

    deliver()

    assert post_office.messages[0]["Reply-To"].addresses[0].addr_spec == "fragen@example.org"
    assert post_office.envelopes[0].mail_from == "termine@termine.example.org"


def test_the_development_mailbox_gets_what_a_mail_server_would_have_got(
    post_office, app, monkeypatch, tmp_path
):
    post("registration:A", **WITH_CALENDAR)
    random.seed(1)  # chooses the boundaries between parts
    deliver()
    db.session.execute(update(OutgoingMail).values(state=MailState.QUEUED))
    monkeypatch.setitem(app.config, "MAIL_SERVER", "")
    monkeypatch.setitem(app.config, "INSTANCE_PATH", tmp_path)
    random.seed(1)

    deliver()

    box = delivery.development_mailbox()
    assert [box.get_bytes(key) for key in box.iterkeys()] == [
        post_office.envelopes[0].original_content
    ]
    assert states() == ["sent"]


def as_old_programs_decode(office, name):
    """A header decoded without our own e-mail library's newer half."""
    content = office.envelopes[0].original_content.partition(b"\r\n\r\n")[0].decode()
    unfolded = content.replace("\r\n ", " ")
    (line,) = [one for one in unfolded.split("\r\n") if one.startswith(f"{name}: ")]
    return str(make_header(decode_header(line.removeprefix(f"{name}: "))))


def html_of(message):
    return message.get_body(("html",)).get_content()


def raw_headers(envelope):
    return envelope.original_content.partition(b"\r\n\r\n")[0]


def escaped(name):
    return name.replace("\\", "\\\\").replace('"', '\\"')

"""Staff write one letter to many: seen as it arrives, tried, sent once, watched."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.attendance.audience import Audience
from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from chancendialog.programme.models import EventSession
from chancendialog.registration import changes, dispatches
from chancendialog.registration import letters as registration_letters
from chancendialog.registration.models import Dispatch, Occasion, Status
from chancendialog.web.office.forms import fingerprint
from chancendialog.web.office.forms.letters import AUDIENCES
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.mailing.specimens import deliver
from tests.web.steps import buttons, press, text_of

PAGE = "/verwaltung/termine/abend/e-mails"
NEW = f"{PAGE}/neu"
WORDS = {
    "audience": "seated",
    "subject": "Neues zu {titel}",
    "text": "Guten Tag {name},\n\nbitte kommen Sie früher.",
}


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen")


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def draft(event_session, **facts):
    one = Dispatch(
        event_session=event_session, kind=Occasion.MESSAGE, actor="staff:1", **WORDS | facts
    )
    db.session.add(one)
    db.session.commit()
    return one


def page_of(dispatch):
    return f"{PAGE}/{dispatch.ulid}"


def filled_in(browser, url=NEW, **values):
    """The form as a browser would send it."""
    return form_fields(browser.get(url).text) | WORDS | values


def drafts():
    """Audience, subject and text of all that staff wrote."""
    query = select(Dispatch).filter_by(kind=Occasion.MESSAGE).order_by(Dispatch.id)
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return [(one.audience, one.subject, one.text) for one in found]


def summary(page):
    """The sentences on top of a form with faults."""
    part = page.text.partition('id="fehler"')[2].partition("</ul>")[0]
    return re.findall(r'<li>(?:<a href="#[^"]*">)?([^<]+)<', part)


def said(browser, answer):
    """What the page says after a deed."""
    page = browser.read(answer.location)
    return re.findall(r'<p class="kern-title">([^<]*)</p>', page.text)


# writing


def test_letter_is_a_draft_that_is_shown_and_not_sent(office, event_session, letters):
    RegistrationFactory(event_session=event_session)

    answer = office.post(NEW, data=filled_in(office))

    (one,) = db.session.scalars(select(Dispatch))
    assert (answer.status_code, answer.location) == (303, f"{page_of(one)}#inhalt")
    assert drafts() == [tuple(WORDS.values())]
    assert letters() == []


def test_list_names_a_letter_as_people_read_it(office, event_session):
    draft(event_session, subject="Bitte früher kommen: {titel}")

    assert f"Bitte früher kommen: {event_session.title}" in text_of(office.get(PAGE))


def test_form_offers_who_there_is(office, event_session):
    before = re.findall(r'name="audience"[^>]*value="([^"]*)"', office.get(NEW).text)
    event_session.starts_at = app_clock.now()
    after = re.findall(r'name="audience"[^>]*value="([^"]*)"', office.get(NEW).text)

    assert before == ["seated", "waiting", "asked", "everybody", "left"]
    assert after == [one.value for one in Audience]
    assert set(AUDIENCES) == set(Audience)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"audience": "came"}, "Wählen Sie, wer die E-Mail bekommt"),
        ({"audience": "alle"}, "Wählen Sie, wer die E-Mail bekommt"),
        ({"audience": "\x00"}, "Wählen Sie, wer die E-Mail bekommt"),
        ({"subject": " \r\n "}, "Geben Sie einen Betreff ein"),
        ({"subject": "x" * 151}, "Der Betreff darf höchstens 150 Zeichen lang sein"),
        (
            {"subject": "An {name}"},
            "{name} kennen wir nicht. Möglich sind: {titel}, {wann}",
        ),
        ({"text": " \n\t "}, "Schreiben Sie einen Text"),
        ({"text": "\x00\x07"}, "Schreiben Sie einen Text"),
        ({"text": "x" * 10_001}, "Der Text darf höchstens 10.000 Zeichen lang sein"),
        (
            {"text": "Liebe {vorname}, {{name}} { name } {vorname}"},
            "{vorname}, {{name}}, { name } kennen wir nicht. Möglich sind: {name}, {titel},"
            " {wann}, {wo}, {personen}, {link}",
        ),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_kept(office, values, sentence):
    data = filled_in(office, **values)
    before = all_rows()

    page = office.post(NEW, data=data)

    assert page.status_code == 422
    assert summary(page) == [sentence]
    assert page.text.count(sentence) == 2
    assert "<title>Fehler: " in page.text
    assert all_rows() == before


def test_missing_audience_is_said_at_the_choice(office):
    data = filled_in(office)
    del data["audience"]
    data["text"] = ""

    page = office.post(NEW, data=data)

    assert summary(page)[-1] == "Schreiben Sie einen Text"
    assert page.status_code == 422


def test_text_with_faults_is_marked_and_kept_as_typed(office):
    page = office.post(NEW, data=filled_in(office, text="Liebe {vorname}\n</textarea>"))

    area = re.search(r"<textarea[^>]*>[^<]*</textarea>", page.text)[0]
    assert 'aria-invalid="true"' in area
    assert 'aria-describedby="text-error text-hint"' in area
    assert "Liebe {vorname}\n&lt;/textarea&gt;" in area.replace("\r", "")


OWN = "/anmeldung/WyIwMUtFMVpYTlpCIiwwXQ.abc-def"


@pytest.mark.parametrize(
    "link",
    [
        f"http://localhost:5000{OWN}",
        f"https://termine.example.org:8443{OWN}",
        f"termine.example.org{OWN}",
        OWN,
        f"/en{OWN}/zusagen",
        OWN.upper(),
        OWN.replace("/anmeldung/", "/anmeldung//"),
        OWN.replace("/W", "%2FW"),
        OWN.replace("anmeldung", "%61nmeldung"),
        OWN.replace("/", "%252F"),
        "/anmeldung/.eJyLVjIwNFbS",
        "/kalender/mein/-A_b3x9Kq",
        "/kalender/mein/ab12cd34ef.ics",
        "/verwaltung/passwort/WyIxIiwi",
    ],
)
@pytest.mark.parametrize("place", ["text", "subject"])
def test_pasted_personal_link_is_refused(office, link, place):
    page = office.post(NEW, data=filled_in(office, **{place: f"Hier: {link} bitte."}))

    assert page.status_code == 422
    assert "steht ein persönlicher Link. Er gehört einer einzigen Person" in summary(page)[0]
    assert drafts() == []


def test_the_real_link_of_somebody_is_refused(office, event_session):
    own_url = registration_letters.manage_url(RegistrationFactory(event_session=event_session))

    page = office.post(NEW, data=filled_in(office, text=f"Ihr Link:\n{own_url}"))

    assert (page.status_code, drafts()) == (422, [])


@pytest.mark.parametrize(
    "text",
    [
        "Hier geht es zur Anmeldung: http://localhost:5000/termine/abend/anmelden",
        "http://localhost:5000/kalender und http://localhost:5000/kalender/wohnen.ics",
        "https://example.org/t/ein-langes-thema/123",
        "Die Seite /anmeldung/ gibt es nicht. 100 % sicher.",
        "x" * 10_000,
        "ß€😀" * 3_000,
    ],
)
def test_other_links_and_long_texts_are_welcome(office, text):
    page = office.get(NEW)
    data = form_fields(page.text) | WORDS | {"text": text}

    answer = office.post(NEW, data=data, content_type="multipart/form-data")

    assert 'enctype="multipart/form-data"' in page.text
    assert answer.status_code == 303
    assert drafts()[0][2] == text


def test_what_nobody_sees_is_left_out_and_line_breaks_are_of_one_kind(office):
    typed = "Eins\r\n\r\nzwei\x00\x1b\u202e\rdrei"

    office.post(NEW, data=filled_in(office, subject=" Viel\r\nNeues\t ", text=typed))

    assert drafts() == [("seated", "Viel Neues", "Eins\n\nzwei\ndrei")]


def test_form_sent_twice_is_one_draft(office):
    data = filled_in(office)

    answers = [office.post(NEW, data=data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert len(drafts()) == 1


@pytest.mark.parametrize("number", ["", "x", "\x00", "01ARZ3NDEKTSV4RRFFQ69G5FAü"])
def test_forged_number_of_a_form_is_a_new_one(office, number):
    assert office.post(NEW, data=filled_in(office, number=number)).status_code == 303


def test_number_of_another_letter_does_not_lend_its_name(office, event_session):
    elsewhere = draft(EventSessionFactory())

    answer = office.post(NEW, data=filled_in(office, number=elsewhere.ulid))

    assert answer.status_code == 409
    assert len(drafts()) == 1


# seeing


def test_draft_is_shown_exactly_as_it_will_arrive(office, event_session, post_office):
    kim = RegistrationFactory(event_session=event_session, name="Kim Beispiel")
    one = draft(event_session)
    shown, html = office.get(page_of(one)), office.get(f"{page_of(one)}.html")
    press(office, shown, "An 1 Anmeldung senden")
    deliver()

    (message,) = post_office.messages
    arrived = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    own = registration_letters.manage_url(kim)
    text = re.search(r'<pre class="letter">(.*?)</pre>', shown.text, re.DOTALL)[1]
    assert message["Subject"] == "Neues zu Wohnen"
    assert "Entwurf Neues zu Wohnen" in text_of(shown)
    assert [line for line in text.splitlines() if "/anmeldung/" not in line] == [
        line for line in arrived.splitlines() if own not in line
    ]
    assert "Guten Tag Kim Beispiel," in html.text


def test_html_in_a_letter_is_text(office, event_session):
    one = draft(event_session, subject="<i>Neu</i>", text="<b>fett</b> & „gut“ {name}")

    page, html = office.get(page_of(one)), office.get(f"{page_of(one)}.html")

    assert "</span> &lt;i&gt;Neu&lt;/i&gt;</h1>" in page.text
    assert "&lt;b&gt;fett&lt;/b&gt; &amp; „gut“ Kim Beispiel" in page.text
    assert "&lt;b&gt;fett&lt;/b&gt; &amp; „gut“" in html.text
    assert "<b>fett" not in html.text


def test_frame_holds_a_letter_and_nothing_else(office, event_session):
    one = draft(event_session)

    page = office.get(page_of(one)).headers["Content-Security-Policy"]
    html = office.get(f"{page_of(one)}.html").headers["Content-Security-Policy"]

    assert page.endswith("; frame-src 'self'")
    assert html == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'self'; sandbox"
    )


def test_page_says_to_how_many_it_goes_and_whom_to_call(office, event_session):
    RegistrationFactory.create_batch(2, event_session=event_session)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    RegistrationFactory(event_session=event_session, email=None)

    page = office.get(page_of(draft(event_session)))

    assert "Diese E-Mail geht an 2 Anmeldungen." in text_of(page)
    assert "1 Anmeldung ist ohne Adresse: Rufen Sie dort bitte an." in text_of(page)
    assert buttons(page) == ["An 2 Anmeldungen senden", "Probe an mich senden", "Verwerfen"]


def test_draft_for_nobody_cannot_be_sent(office, event_session):
    one = draft(event_session)
    page = office.get(page_of(one))

    data = form_fields(page.text) | {"seen": fingerprint(*WORDS.values())}
    answer = office.post(f"{page_of(one)}/senden", data=data)

    assert buttons(page) == ["Probe an mich senden", "Verwerfen"]
    assert said(office, answer) == ["Zurzeit gibt es niemanden, an den sie gehen könnte."]
    assert one.started_at is None


# trying


def test_trial_goes_to_oneself_and_to_nobody_else(office, event_session, post_office):
    RegistrationFactory(event_session=event_session)
    one = draft(event_session)

    answer = press(office, office.get(page_of(one)), "Probe an mich senden")
    deliver()

    assert said(office, answer) == ["Die Probe geht an office@example.org."]
    assert [envelope.rcpt_tos for envelope in post_office.envelopes] == [["office@example.org"]]
    assert one.started_at is None
    assert post_office.messages[0]["Subject"] == "Neues zu Wohnen"


def test_double_click_is_one_trial_and_later_there_may_be_another(office, event_session, clock):
    page = office.get(page_of(draft(event_session)))

    for seconds in (0, 1, 10):
        clock.shift(seconds)
        press(office, page, "Probe an mich senden")

    assert len(db.session.scalars(select(OutgoingMail)).all()) == 2


def test_link_of_a_trial_leads_to_no_registration(office, event_session, client):
    one = draft(event_session)
    press(office, office.get(page_of(one)), "Probe an mich senden")

    (mail,) = db.session.scalars(select(OutgoingMail))
    token = mail.text.partition("/anmeldung/")[2].split()[0]
    assert client.get(f"/anmeldung/{token}").status_code == 410


# sending


def test_letter_is_sent_once_however_often_the_button_is_pressed(office, event_session, letters):
    kim = RegistrationFactory(event_session=event_session)
    page = office.get(page_of(draft(event_session)))

    answers = [press(office, page, "An 1 Anmeldung senden") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert letters() == [("message", kim.email)]


def test_page_shows_how_far_it_is(office, event_session, clerk):
    people = RegistrationFactory.create_batch(4, event_session=event_session)
    clerk.refused = {people[0].email: "550 no", people[1].email: "450 later"}
    one = draft(event_session)
    press(office, office.get(page_of(one)), "An 4 Anmeldungen senden")
    before = text_of(office.get(page_of(one)))
    people[2].status = Status.WITHDRAWN
    deliver()
    deliver()

    page = office.get(page_of(one))

    assert "An 4 Anmeldungen: 0 verschickt, 4 warten noch." in before
    assert (
        "An 4 Anmeldungen: 1 verschickt, 1 wartet noch, 1 nicht angekommen, 1 nicht mehr nötig."
    ) in text_of(page)
    assert '<progress max="4" value="3"' in page.text
    assert 'href="/verwaltung/e-mails"' in page.text
    assert "E-Mail Neues zu Wohnen" in text_of(page)


def test_letter_that_reached_everybody_is_done(office, event_session, post_office):
    RegistrationFactory(event_session=event_session)
    one = draft(event_session)
    press(office, office.get(page_of(one)), "An 1 Anmeldung senden")
    deliver()

    page = office.get(page_of(one))

    assert "fertig An 1 Anmeldung: 1 verschickt." in text_of(page)
    assert "<progress" not in page.text


def test_letter_that_somebody_changed_is_not_sent_unseen(office, event_session, letters):
    RegistrationFactory(event_session=event_session)
    one = draft(event_session)
    page = office.get(page_of(one))
    one.text = "Bitte kommen Sie später."

    answer = press(office, page, "An 1 Anmeldung senden")

    assert said(office, answer) == [
        "Die E-Mail wurde inzwischen geändert. Sehen Sie sie noch einmal an."
    ]
    assert letters() == []


# changing and throwing away


def test_draft_is_changed(office, event_session):
    one = draft(event_session)

    answer = office.post(
        f"{page_of(one)}/bearbeiten",
        data=filled_in(office, f"{page_of(one)}/bearbeiten", text="Anders.", audience="waiting"),
    )

    assert (answer.status_code, answer.location) == (303, f"{page_of(one)}#inhalt")
    assert drafts() == [("waiting", WORDS["subject"], "Anders.")]


def test_double_click_changes_a_draft_once(office, event_session):
    edit = f"{page_of(draft(event_session))}/bearbeiten"
    data = filled_in(office, edit, text="Anders.")

    assert [office.post(edit, data=data).status_code for _ in range(2)] == [303, 303]


def test_two_colleagues_do_not_undo_each_other(office, event_session, signed_in):
    edit = f"{page_of(draft(event_session))}/bearbeiten"
    old_page = filled_in(office, edit, text="Von mir.")
    colleague = signed_in("admin")
    colleague.post(edit, data=filled_in(colleague, edit, text="Von der Kollegin."))

    page = office.post(edit, data=old_page)

    assert page.status_code == 422
    assert "Das hat inzwischen jemand anders geändert." in text_of(page)
    assert "Von mir." in page.text
    assert f'href="{edit.removesuffix("/bearbeiten")}"' in page.text
    assert drafts()[0][2] == "Von der Kollegin."
    office.post(edit, data=form_fields(page.text) | WORDS | {"text": "Von mir."})
    assert drafts()[0][2] == "Von mir."


@pytest.mark.parametrize("deed", ["bearbeiten", "verwerfen"])
def test_what_is_on_its_way_is_neither_changed_nor_thrown_away(office, event_session, deed):
    RegistrationFactory(event_session=event_session)
    one = draft(event_session)
    data = filled_in(office, f"{page_of(one)}/bearbeiten", text="Anders.")
    press(office, office.get(page_of(one)), "An 1 Anmeldung senden")

    page = office.post(f"{page_of(one)}/{deed}", data=data)

    assert page.status_code == 409
    assert "Diese E-Mail ist schon unterwegs und lässt sich nicht mehr ändern." in page.text
    assert drafts() == [tuple(WORDS.values())]


def test_draft_is_thrown_away(office, event_session):
    one = draft(event_session)

    answer = press(office, office.get(page_of(one)), "Verwerfen")

    assert (answer.status_code, answer.location) == (303, f"{PAGE}#inhalt")
    assert said(office, answer) == ["Der Entwurf ist gelöscht."]
    assert drafts() == []


@pytest.mark.parametrize("deed", ["senden", "test", "verwerfen", "bearbeiten"])
def test_draft_that_somebody_threw_away_is_no_page(office, event_session, deed):
    one = draft(event_session)
    data, url = filled_in(office, f"{page_of(one)}/bearbeiten"), page_of(one)
    db.session.delete(one)

    assert office.post(f"{url}/{deed}", data=data).status_code == 404


# what is none of these


@pytest.mark.parametrize("page", ["", ".html", "/bearbeiten"])
def test_letter_of_another_session_or_of_the_system_is_no_page_here(office, event_session, page):
    RegistrationFactory(event_session=event_session)
    changes.call_off(event_session, actor="staff:1")
    elsewhere = draft(EventSessionFactory())
    (news,) = dispatches.of_session(event_session)

    statuses = [office.get(f"{page_of(one)}{page}").status_code for one in (elsewhere, news)]

    assert statuses == [404, 404]


@pytest.mark.parametrize("ulid", ["x", "%00", "ü", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_unknown_letter_is_no_page(office, ulid):
    assert office.get(f"{PAGE}/{ulid}").status_code == 404


# the session's letters


def test_letters_of_a_session_stand_with_how_far_they_are(office, event_session):
    RegistrationFactory(event_session=event_session)
    draft(event_session, subject="Noch nichts")
    changes.call_off(event_session, actor="staff:1")

    words = text_of(office.get(PAGE))

    assert "Absage Mo 07.09.2026, 12 Uhr An 1 Anmeldung: 0 verschickt, 1 wartet noch." in words
    assert "Noch nichts Entwurf vom Mo 07.09.2026, 12 Uhr" in words


def test_words_that_were_deleted_leave_a_link_that_can_be_seen(office, event_session):
    draft(event_session, subject="", text="")

    assert ">(gelöscht)</a>" in office.get(PAGE).text


def test_many_letters_take_as_many_queries_as_one(office, event_session, count_queries):
    RegistrationFactory(event_session=event_session)
    office.post(NEW, data=filled_in(office))

    def send():
        one = draft(event_session)
        press(office, office.get(page_of(one)), "An 1 Anmeldung senden")

    send()
    for_one = count_queries(office, PAGE)
    for _ in range(5):
        send()

    assert count_queries(office, PAGE) == for_one


def saved(event_session):
    one = db.session.get(EventSession, event_session.id, populate_existing=True)
    return one.reminder_days, one.thanks


def test_what_is_written_by_itself_is_set_here(office, event_session):
    page = office.get(PAGE)

    answer = office.post(PAGE, data=form_fields(page.text) | {"reminder_days": "", "thanks": "off"})

    assert "ob sie kommen: Sonntag, 4. Oktober 2026, 10 Uhr." in text_of(page)
    assert "Wir danken allen, die da waren: Donnerstag, 8. Oktober 2026, 10 Uhr." in text_of(page)
    assert said(office, answer) == ["Gespeichert."]
    assert saved(event_session) == (None, False)
    words = text_of(office.get(PAGE))
    assert "Wer einen Platz hat, wird nicht gefragt, ob er kommt." in words
    assert "Gedankt wird nicht." in words


@pytest.mark.parametrize("days", ["0", "61", "-1", "drei", "3,5", "\x00"])
def test_days_that_cannot_be_are_said(office, event_session, days):
    page = office.fill_in(PAGE, reminder_days=days)

    sentence = (
        "Geben Sie bei „Fragen, wer kommt: so viele Tage vorher“ eine ganze Zahl von 1 bis 60 ein"
    )
    assert (page.status_code, summary(page)) == (422, [sentence])
    assert saved(event_session) == (3, True)


def test_page_says_when_people_were_asked(office, event_session, clock):
    RegistrationFactory(event_session=event_session)
    event_session.starts_at = app_clock.now() + timedelta(days=2)
    dispatches.ask_who_comes(event_session)

    words = text_of(office.get(PAGE))

    assert "Alle mit Platz sind gefragt, ob sie kommen: Montag, 7. September 2026, 12 Uhr." in words
    assert "Kommen Sie? Mo 07.09.2026, 12 Uhr An 1 Anmeldung: 0 verschickt, 1 wartet noch." in words


def test_while_it_is_called_off_nobody_is_asked_or_thanked(office, event_session):
    changes.call_off(event_session, actor="staff:1")

    words = text_of(office.get(PAGE))

    assert "Solange der Termin abgesagt ist, fragen wir niemanden." in words
    assert "Gedankt wird nicht." in words


def test_switches_are_noted_in_words(office, event_session):
    office.fill_in(PAGE, reminder_days="5")

    history = text_of(office.get("/verwaltung/termine/abend/verlauf"))
    assert "Einstellung geändert: so viele Tage vorher fragen, wer kommt, 3 → 5" in history

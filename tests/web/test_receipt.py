"""The receipt: what came of a sign-up, and correcting a mistyped address."""

from datetime import timedelta

import pytest
from itsdangerous import URLSafeSerializer
from sqlalchemy import select, update

from chancendialog import clock as app_clock
from chancendialog import tokens
from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from chancendialog.registration import booking
from chancendialog.registration import letters as registration_letters
from chancendialog.registration.models import Registration, Status
from tests.browser_client import all_rows, form_fields, token_of
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.mailing.specimens import take
from tests.web.steps import everything_left, posted, states

WRONG, RIGHT = "erika@exampel.org", "erika@example.org"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", capacity=3)


@pytest.fixture
def receipt(event_session, sign_up):
    """Where a sign-up with a mistyped address led."""
    return sign_up(event_session, email=WRONG).location.partition("#")[0]


def test_browser_that_signed_up_sees_its_address_masked(client, receipt):
    page = client.get(receipt)

    assert "Wir schicken eine E-Mail an e••@exampel.org." in page.text
    assert WRONG not in page.text
    assert list(form_fields(page.text)) == ["csrf_token", "email"]
    assert form_fields(page.text)["email"] == ""


def test_other_browser_sees_no_address_and_no_form(stranger, receipt):
    page = stranger.get(receipt)

    assert page.status_code == 200
    assert "Sie sind angemeldet" in page.text
    assert "an die Adresse, die Sie angegeben haben" in page.text
    assert "exampel.org" not in page.text
    assert "<form" not in page.text


def test_other_browser_cannot_correct_the_address(stranger, receipt):
    token = form_fields(stranger.get("/termine/abend/anmelden").text)["csrf_token"]
    before = all_rows()

    answer = stranger.post(receipt, data={"csrf_token": token, "email": RIGHT})

    assert answer.status_code == 410
    assert all_rows() == before


def test_receipt_holds_neither_address_nor_name(receipt, event_session):
    _known, content = URLSafeSerializer("any key").loads_unsafe(token_of(receipt))

    assert content == [
        db.session.scalar(select(Registration.receipt)),
        event_session.id,
        "confirmed",
        1,
        int(app_clock.now().timestamp()),
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("status", "heading"),
    [("confirmed", "Sie sind angemeldet"), ("waiting", "Sie stehen auf der Warteliste")],
)
def test_receipt_of_an_earlier_version_still_opens(client, event_session, status, heading):
    number, day_before = "01ARZ3NDEKTSV4RRFFQ69G5FAV", int(app_clock.now().timestamp()) - 86_400
    old = tokens.sign("receipt", [number, event_session.id, status, 1, day_before])

    page = client.get(f"/termine/abend/danke/{old}")

    assert page.status_code == 200
    assert f"<h1>{heading}</h1>" in page.text


def test_receipt_survives_reload_and_is_kept_by_nobody(client, receipt):
    before = all_rows()

    pages = [client.get(receipt), client.get(receipt)]

    assert [page.status_code for page in pages] == [200, 200]
    assert pages[0].headers["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in pages[0].text
    assert all_rows() == before


def test_forged_receipt_is_no_page(client, receipt):
    assert client.get(receipt[:-1]).status_code == 404
    assert client.get("/termine/abend/danke/erfunden").status_code == 404


def test_receipt_of_another_session_is_no_page(client, receipt):
    EventSessionFactory(slug="anderer-abend")

    assert client.get(receipt.replace("/abend/", "/anderer-abend/")).status_code == 404


def test_link_to_the_registration_does_not_stand_on_the_receipt(client, receipt):
    registration = db.session.scalar(select(Registration))

    page = client.get(receipt)

    assert "/anmeldung/" not in page.text
    assert token_of(registration_letters.manage_url(registration)) not in page.text


def test_address_corrected_before_the_mail_left_is_all_that_anybody_hears(client, receipt):
    answer = client.fill_in(receipt, email=RIGHT)

    assert answer.status_code == 303
    assert answer.location == f"{receipt}#inhalt"
    assert states() == [(WRONG, Status.WITHDRAWN), (RIGHT, Status.CONFIRMED)]
    assert posted() == [("confirmed", RIGHT, "REQUEST")]
    assert "Wir schicken eine E-Mail an e••@example.org." in client.get(receipt).text


def test_address_corrected_after_the_invitation_left_takes_it_out_of_the_wrong_calendar(
    client, receipt
):
    everything_left()

    client.fill_in(receipt, email=RIGHT)

    assert posted() == [
        ("confirmed", WRONG, "REQUEST"),
        ("address_corrected", WRONG, "CANCEL"),
        ("confirmed", RIGHT, "REQUEST"),
    ]


def test_corrected_entry_is_a_new_one_in_calendars(client, receipt):
    client.fill_in(receipt, email=RIGHT)

    assert len(set(db.session.scalars(select(Registration.ical_uid)))) == 2


def test_link_that_went_to_the_wrong_address_is_dead(client, stranger, receipt):
    registration = db.session.scalar(select(Registration))
    old = token_of(registration_letters.manage_url(registration))

    client.fill_in(receipt, email=RIGHT)

    corrected = db.session.scalar(select(Registration).where(Registration.email == RIGHT))
    new = token_of(registration_letters.manage_url(corrected))
    assert stranger.get(f"/anmeldung/{old}").status_code == 410
    assert stranger.get(f"/anmeldung/{new}").status_code == 200


def test_waiting_person_may_correct_the_address_too(client, sign_up):
    event_session = EventSessionFactory(capacity=0)
    receipt = sign_up(event_session, email=WRONG, waiting_list="1").location.partition("#")[0]

    client.fill_in(receipt, email=RIGHT)

    assert states() == [(WRONG, Status.WITHDRAWN), (RIGHT, Status.WAITING)]
    assert posted() == [("waiting", RIGHT, None)]


def test_correcting_twice_leaves_one_registration_at_the_last_address(client, receipt):
    client.fill_in(receipt, email="erika@example.net")
    client.fill_in(receipt, email=RIGHT)

    assert states() == [
        (WRONG, Status.WITHDRAWN),
        ("erika@example.net", Status.WITHDRAWN),
        (RIGHT, Status.CONFIRMED),
    ]
    assert posted() == [("confirmed", RIGHT, "REQUEST")]


def test_same_address_once_more_is_written_to_once_more(client, receipt):
    client.fill_in(receipt, email=WRONG.upper())
    client.fill_in(receipt, email=WRONG)

    assert states() == [(WRONG, Status.CONFIRMED)]
    assert posted() == [("confirmed", WRONG, "REQUEST"), ("already_registered", WRONG, None)]


def test_one_form_writes_to_a_few_addresses_only(client, receipt):
    pages = [client.fill_in(receipt, email=f"nr{number}@example.org") for number in range(4)]

    assert [page.status_code for page in pages] == [303, 303, 303, 409]
    assert "Rufen Sie uns an" in pages[-1].text
    assert states()[-1] == ("nr2@example.org", Status.CONFIRMED)


def test_who_gave_the_seat_back_meanwhile_gets_a_new_one(client, receipt):
    booking.withdraw(db.session.scalar(select(Registration)))

    client.fill_in(receipt, email=RIGHT)

    assert states() == [(WRONG, Status.WITHDRAWN), (RIGHT, Status.CONFIRMED)]
    assert posted()[-1] == ("confirmed", RIGHT, "REQUEST")


def test_correction_waits_for_no_letter_to_the_wrong_address(client, receipt):
    db.session.execute(
        update(OutgoingMail).values(
            attempts=1, next_attempt_at=app_clock.now() + timedelta(hours=6)
        )
    )

    client.fill_in(receipt, email=RIGHT)

    assert take().recipient == WRONG
    assert take().recipient == RIGHT


@pytest.mark.parametrize("email", ["", "erika@", "eine Adresse"])
def test_correction_that_is_no_address_is_asked_for_again(client, receipt, email):
    page = client.fill_in(receipt, email=email)

    assert page.status_code == 422
    assert '<a href="#email">Geben Sie' in page.text
    assert 'id="email"' in page.text
    assert form_fields(page.text)["email"] == email
    assert states() == [(WRONG, Status.CONFIRMED)]


def test_correction_without_our_token_is_refused_with_advice(client, receipt):
    client.get(receipt)

    page = client.post(receipt, data={"email": RIGHT})

    assert page.status_code == 400
    assert "senden Sie das Formular noch einmal" in page.text
    assert states() == [(WRONG, Status.CONFIRMED)]


def test_correcting_to_an_address_that_is_registered_ends_the_mistyped_one(
    client, event_session, receipt
):
    RegistrationFactory(event_session=event_session, email=RIGHT)

    client.fill_in(receipt, email=RIGHT)

    assert states() == [(WRONG, Status.WITHDRAWN), (RIGHT, Status.CONFIRMED)]
    assert posted() == [("already_registered", RIGHT, None)]


def test_seat_of_a_mistyped_second_registration_goes_to_whoever_waits(
    client, event_session, receipt
):
    RegistrationFactory(event_session=event_session, email=RIGHT, party_size=2)
    RegistrationFactory(event_session=event_session, email="kim@example.org", status=Status.WAITING)

    client.fill_in(receipt, email=RIGHT)

    assert states() == [
        (WRONG, Status.WITHDRAWN),
        (RIGHT, Status.CONFIRMED),
        ("kim@example.org", Status.OFFERED),
    ]
    assert posted() == [("already_registered", RIGHT, None), ("offer", "kim@example.org", None)]


def test_who_typed_a_registered_persons_address_gets_a_registration_of_her_own(
    client, event_session, sign_up
):
    RegistrationFactory(event_session=event_session, name="Karl", email="karl@example.org")
    receipt = sign_up(event_session, name="Kim", email="karl@example.org", party_size="2")
    receipt = receipt.location.partition("#")[0]

    client.fill_in(receipt, email="kim@example.org")

    rows = db.session.scalars(select(Registration).order_by(Registration.id)).all()
    assert [(row.name, row.email, row.party_size, row.status) for row in rows] == [
        ("Karl", "karl@example.org", 1, Status.CONFIRMED),
        ("Kim", "kim@example.org", 2, Status.CONFIRMED),
    ]
    assert posted() == [
        ("already_registered", "karl@example.org", None),
        ("confirmed", "kim@example.org", "REQUEST"),
    ]


def test_receipt_does_not_promise_a_seat_that_filled_up_before_the_correction(
    client, event_session, sign_up
):
    RegistrationFactory(event_session=event_session, email="karl@example.org")
    receipt = sign_up(event_session, email="karl@example.org").location.partition("#")[0]
    RegistrationFactory(event_session=event_session, party_size=2)

    answer = client.fill_in(receipt, email="kim@example.org")

    assert posted()[-1] == ("waiting", "kim@example.org", None)
    assert "Sie stehen auf der Warteliste" in client.read(answer.location).text


def test_address_may_be_corrected_for_a_day(client, receipt, clock):
    clock.shift(timedelta(hours=23, minutes=59))

    client.fill_in(receipt, email=RIGHT)

    assert states()[-1] == (RIGHT, Status.CONFIRMED)


def test_after_a_day_the_receipt_has_no_form(client, receipt, clock):
    clock.shift(timedelta(hours=24, seconds=1))

    page = client.get(receipt)

    assert page.status_code == 200
    assert "Sie sind angemeldet" in page.text
    assert "exampel.org" not in page.text
    assert "<form" not in page.text


def test_correction_sent_after_a_day_finds_a_link_that_is_dead(client, receipt, clock):
    fields = form_fields(client.get(receipt).text) | {"email": RIGHT}
    clock.shift(timedelta(hours=24, seconds=1))

    page = client.post(receipt, data=fields)

    assert page.status_code == 410
    assert states() == [(WRONG, Status.CONFIRMED)]


def test_correction_sent_days_later_by_a_browser_that_forgot_us_changes_nothing(
    client, receipt, clock
):
    fields = form_fields(client.get(receipt).text) | {"email": RIGHT}
    clock.shift(timedelta(days=2))

    page = client.post(receipt, data=fields)

    assert page.status_code == 400
    assert "Das Formular kam ohne sein Cookie an" in page.text
    assert states() == [(WRONG, Status.CONFIRMED)]


def test_session_that_has_begun_keeps_its_addresses(client, event_session, receipt):
    fields = form_fields(client.get(receipt).text) | {"email": RIGHT}
    event_session.starts_at = app_clock.now()

    page = client.post(receipt, data=fields)

    assert page.status_code == 409
    assert "hat schon begonnen" in page.text
    assert "<h1>Sie sind angemeldet</h1>" in page.text
    assert form_fields(page.text)["email"] == RIGHT
    assert states() == [(WRONG, Status.CONFIRMED)]


def test_browser_keeps_the_last_three_receipts(client, sign_up):
    receipts = [
        sign_up(EventSessionFactory(), email=f"{letter}@example.org").location.partition("#")[0]
        for letter in "abcd"
    ]

    pages = [client.get(receipt).text for receipt in receipts]

    assert ["••@example.org" in page for page in pages] == [False, True, True, True]


@pytest.mark.parametrize("party_size", ["3", "99"])
def test_same_form_with_another_address_and_size_says_what_is_registered(
    client, event_session, clock, party_size
):
    page = client.get("/termine/abend/anmelden")
    clock.shift(5)
    typed = form_fields(page.text) | {"name": "Erika", "email": WRONG}
    client.post("/termine/abend/anmelden", data=typed)

    answer = client.post(
        "/termine/abend/anmelden", data=typed | {"email": RIGHT, "party_size": party_size}
    )

    assert "Ihr Platz ist sicher" in client.get(answer.location).text
    assert states() == [(WRONG, Status.WITHDRAWN), (RIGHT, Status.CONFIRMED)]
    assert {one.party_size for one in db.session.scalars(select(Registration))} == {1}

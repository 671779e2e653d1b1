"""Which letter leaves when, and what happens when a mail server does not take it."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.operations import worker
from tests.conftest import MONDAY, free_port
from tests.mailing.specimens import deliver, letter, post, row_of, states, take, text

UNWRITABLE = "erika@" + "ä" * 70 + ".example"  # no such name fits into DNS


def test_letters_leave_once_in_the_order_in_which_they_were_posted(post_office):
    post("registration:A", text="eins\n")
    post("registration:B", text="zwei\n")
    post("registration:A", text="drei\n")

    assert deliver() == 3
    assert deliver() == 0
    assert [text(message) for message in post_office.messages] == ["eins\n", "zwei\n", "drei\n"]
    assert states() == ["sent", "sent", "sent"]


def test_a_newer_letter_waits_for_an_older_one_of_its_thread(clock, post_office):
    post_office.answers = ["451 later"]
    post("registration:A", text="eins\n")
    post("registration:A", text="zwei\n")
    post("registration:B", text="drei\n")
    deliver()
    deliver()

    meanwhile = [text(message) for message in post_office.messages]
    clock.shift(60)
    deliver()

    assert meanwhile == ["drei\n"]
    assert [text(message) for message in post_office.messages] == ["drei\n", "eins\n", "zwei\n"]


def test_a_newer_letter_waits_while_an_older_one_is_on_its_way(clock, post_office):
    post("registration:A")
    post("registration:A")
    take()

    assert deliver() == 0
    assert states() == ["sending", "queued"]


def test_a_letter_given_up_does_not_hold_up_the_next_of_its_thread(clerk):
    clerk.refused = {"wrong@example.org": "550 5.1.1 No such user"}
    post("registration:A", email="wrong@example.org")
    post("registration:A", email="right@example.org")

    deliver()
    deliver()

    assert [envelope.rcpt_tos for envelope in clerk.envelopes] == [["right@example.org"]]
    assert states() == ["refused", "sent"]


def test_a_letter_behind_another_one_calls_no_mail_server_by_itself(clock, clerk):
    clerk.answers = ["451 later"]
    post("registration:A")
    post("registration:A")
    deliver()

    deliver()

    assert clerk.visits == 1


def test_the_mail_server_is_not_called_when_there_is_nothing_to_send(clerk):
    deliver()

    assert clerk.visits == 0


def test_many_letters_take_one_connection(clerk):
    post("registration:A")
    post("registration:B")
    post("registration:C")

    deliver()

    assert (clerk.visits, len(clerk.envelopes)) == (1, 3)


def test_only_letters_that_nobody_has_in_hand_are_superseded(app):
    post("registration:A")
    post("registration:A")
    post("registration:B")
    take()

    outbox.supersede("registration:A")

    assert states() == ["sending", "superseded", "queued"]


def test_a_letter_that_is_refused_for_now_is_offered_again_under_its_name(clock, clerk):
    clerk.answers = ["451 greylisted, try later"]
    row = post()
    deliver()
    refused = row_of(row.id)
    assert (refused.state, refused.last_error) == ("queued", "451 greylisted, try later")

    clock.shift(59)
    too_early = deliver()
    clock.shift(1)
    in_time = deliver()

    assert (too_early, in_time) == (0, 1)
    assert clerk.offered_ids == [row.message_id, row.message_id]
    assert (row_of(row.id).state, row_of(row.id).attempts) == ("sent", 2)
    assert row_of(row.id).last_error == ""


def test_the_pauses_grow_and_end_after_two_days(clock, clerk):
    clerk.answers = ["451 later"] * 20
    row = post()

    minutes = minutes_of_attempts(clock, row.id)

    assert minutes == [0, 1, 6, 21, 81, 441, 801, 1161, 1521, 1881, 2241, 2601, 2961]
    assert row_of(row.id).state == "failed"
    assert row_of(row.id).last_error == "451 later"
    assert len(set(clerk.offered_ids)) == 1


@pytest.mark.parametrize("answer", ["450 mailbox busy", "421 too many connections"])
def test_a_recipient_who_is_refused_for_now_is_tried_again(clock, clerk, answer):
    clerk.refused = {"erika@example.org": answer}
    row = post()
    deliver()
    clerk.refused = {}
    clock.shift(60)

    deliver()

    assert clerk.accepted_ids == [row.message_id]


@pytest.mark.parametrize(
    ("refused", "answers", "words"),
    [
        (
            {"erika@example.org": "550 5.1.1 No such user here"},
            [],
            "550 5.1.1 No such user here",
        ),
        ({}, ["554 5.7.1 Message rejected as spam"], "554 5.7.1 Message rejected as spam"),
    ],
)
def test_what_is_refused_for_good_is_given_up_at_once_with_the_servers_words(
    clock, clerk, refused, answers, words
):
    clerk.refused, clerk.answers = refused, [*answers]
    row = post("registration:A")
    post("registration:B", email="max@example.org")
    deliver()
    deliver()
    clock.shift(timedelta(days=3))
    deliver()

    assert (row_of(row.id).state, row_of(row.id).attempts) == ("refused", 1)
    assert outbox.failures(["registration:A", "registration:B"]) == {"registration:A": words}
    assert [envelope.rcpt_tos for envelope in clerk.envelopes] == [["max@example.org"]]


def test_while_the_server_cannot_be_reached_nothing_is_claimed_and_nothing_counted(
    clock, clerk, app, monkeypatch
):
    row = post()
    with monkeypatch.context() as gone:
        gone.setattr(app.extensions["mail"], "port", free_port())
        deliver()
        deliver()
    untouched = row_of(row.id)
    assert (untouched.state, untouched.attempts, untouched.last_error) == ("queued", 0, "")
    assert untouched.next_attempt_at == MONDAY

    deliver()

    assert clerk.accepted_ids == [row.message_id]


def test_a_server_that_hangs_up_in_the_middle_gets_the_letter_again(clock, clerk):
    clerk.hang_ups = 1
    row = post()
    deliver()
    assert (row_of(row.id).state, row_of(row.id).attempts) == ("queued", 1)
    clock.shift(60)

    deliver()

    assert clerk.offered_ids == [row.message_id, row.message_id]
    assert clerk.accepted_ids == [row.message_id]


def test_one_letter_that_cannot_be_written_does_not_hold_up_the_others(clerk):
    poisoned = post("registration:A", email=UNWRITABLE)
    others = [post("registration:B"), post("registration:C")]

    deliver()
    deliver()

    assert row_of(poisoned.id).state == "refused"
    assert row_of(poisoned.id).last_error.startswith("UnicodeError")
    assert clerk.accepted_ids == [row.message_id for row in others]


@pytest.mark.parametrize(
    ("answers", "hang_ups"),
    [(["554 no"], 0), (["451 later"], 0), ([], 1)],
    ids=["refused", "later", "hung up"],
)
def test_one_round_sends_all_that_is_due_even_if_the_first_is_not_taken(clerk, answers, hang_ups):
    clerk.answers, clerk.hang_ups = [*answers], hang_ups
    post("registration:A")
    others = [post("registration:B").message_id, post("registration:C").message_id]

    worker.work(once=True)

    assert clerk.accepted_ids == others


def test_a_letter_in_the_hands_of_a_dead_worker_is_taken_over_when_its_lease_ends(clock, clerk):
    row = post()
    take()
    db.session.commit()
    clock.shift(299)
    too_early = deliver()
    clock.shift(1)

    in_time = deliver()

    assert (too_early, in_time) == (0, 1)
    assert clerk.accepted_ids == [row.message_id]
    assert (row_of(row.id).state, row_of(row.id).attempts) == ("sent", 2)
    assert row_of(row.id).leased_until is None


def test_what_a_late_worker_says_changes_nothing_about_a_letter_that_left(clock, clerk):
    post()
    late = take()
    db.session.flush()
    db.session.expunge(late)
    clock.shift(300)
    deliver()

    outbox.note_failure(late, "451 too late", for_good=False)

    assert states() == ["sent"]


def test_the_first_letter_of_a_thread_is_the_one_that_later_letters_answer(post_office):
    first = outbox.post(letter(), thread="registration:A", first=True)
    deliver()
    post("registration:A")

    deliver()

    assert [message["In-Reply-To"] for message in post_office.messages] == [None, first.message_id]


def test_a_letter_leaves_in_the_transaction_of_its_change_or_not_at_all(clerk):
    outbox.post(letter(), thread="registration:A")
    db.session.rollback()

    assert deliver() == 0
    assert clerk.envelopes == []


def test_what_was_posted_lately_is_counted_by_kind(clock, app):
    post("registration:A", kind="already_registered")
    clock.shift(timedelta(minutes=59))
    post("registration:A", kind="already_registered")

    hour = timedelta(hours=1)
    assert outbox.posted_within("registration:A", "already_registered", hour) == 2
    assert outbox.posted_within("registration:A", "confirmed", hour) == 0
    assert outbox.posted_within("registration:B", "already_registered", hour) == 0
    clock.shift(timedelta(minutes=1))
    assert outbox.posted_within("registration:A", "already_registered", hour) == 1


def to_many(thread, **facts):
    """One of a letter to many, in the outbox, committed."""
    row = outbox.post(letter(**facts), thread=thread, dispatch="D")
    db.session.commit()
    return row


def claimed():
    """The thread whose letter leaves next, if one does."""
    mail = outbox.upcoming()
    taken = mail is not None and outbox.claim(mail)
    db.session.commit()
    return mail.thread if taken else None


def test_letters_to_one_leave_before_letters_to_many(clock, app):
    to_many("registration:A")
    to_many("registration:B")
    clock.shift(1)
    post("registration:C")

    assert [claimed() for _ in range(4)] == [
        "registration:C",
        "registration:A",
        "registration:B",
        None,
    ]


def test_who_waits_behind_ones_own_letter_to_many_need_not_wait_for_the_others(clock, app):
    to_many("registration:A")
    kims = to_many("registration:B", told=None)
    post("registration:B")

    assert claimed() == "registration:B"
    assert row_of(kims.id).state == "sending"


def test_a_letter_to_many_is_written_once_per_thread(app):
    to_many("registration:A")

    with pytest.raises(IntegrityError):
        to_many("registration:A")


def test_no_more_letters_leave_in_a_minute_than_the_mail_server_allows(clock, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_RATE", 2)
    for name in "ABCDE":
        post(f"registration:{name}")

    at_once = [claimed() for _ in range(3)]
    clock.shift(59)
    too_early = claimed()
    clock.shift(1)
    a_minute_later = [claimed() for _ in range(3)]

    assert at_once == ["registration:A", "registration:B", None]
    assert too_early is None
    assert a_minute_later == ["registration:C", "registration:D", None]


def test_while_the_rate_is_used_up_the_mail_server_is_not_called(clock, clerk, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_RATE", 1)
    post("registration:A")
    post("registration:B")

    assert [deliver(), deliver()] == [1, 0]
    assert clerk.visits == 1


def test_letters_that_tell_nothing_that_lasts_are_dropped_and_staffs_own_words_stay(app):
    post("registration:A", kind="message", told=None)
    post("registration:A", kind="reminder", told={})
    post("registration:A", told={"status": "confirmed"})

    outbox.supersede("registration:A")

    assert states() == ["queued", "superseded", "superseded"]


SEATED = {"status": "confirmed"}


@pytest.mark.parametrize(
    ("told", "state", "attempts", "left"),
    [
        (SEATED, "sent", 1, True),
        (SEATED, "sending", 1, True),
        (SEATED, "failed", 13, True),
        (SEATED, "queued", 1, True),  # the server may have taken it and lost its voice
        (SEATED, "queued", 0, False),
        (SEATED, "superseded", 0, False),
        (SEATED, "refused", 1, False),
        ({}, "sent", 1, False),
        (None, "sent", 1, False),
    ],
)
def test_what_people_know_is_what_left_and_told_something(app, told, state, attempts, left):
    row = post("registration:A", told=told)
    row.state, row.attempts = state, attempts

    found = outbox.what_left("registration:A")

    assert (found and found.told) == (SEATED if left else None)


def test_the_last_that_was_told_is_what_left_or_will_leave(app):
    for told, state in (
        ({"n": "1"}, "sent"),
        ({"n": "2"}, "queued"),
        ({"n": "3"}, "superseded"),
        ({"n": "4"}, "refused"),
        ({}, "sent"),
        (None, "queued"),
    ):
        post("registration:A", told=told).state = state

    assert outbox.last_told("registration:A") == {"n": "2"}
    assert outbox.last_told("registration:B") is None


@pytest.mark.parametrize(("later", "shown"), [("sent", False), ("queued", True), (None, True)])
def test_a_failure_is_forgotten_once_a_later_letter_has_arrived(app, later, shown):
    failed = post("registration:A")
    failed.state, failed.last_error = "refused", "550 no"
    if later:
        post("registration:A").state = later

    assert outbox.failures(["registration:A"]) == ({"registration:A": "550 no"} if shown else {})


def test_a_failure_after_a_letter_that_arrived_is_shown(app):
    post("registration:A").state = "sent"
    failed = post("registration:A")
    failed.state, failed.last_error = "failed", "451 later"

    assert outbox.failures(["registration:A"]) == {"registration:A": "451 later"}


def test_staff_see_what_waits_by_its_turn_and_the_rest_by_when_it_was_tried(clock, clerk):
    clerk.refused = {"wrong@example.org": "550 no"}
    waits = [to_many("registration:A"), post("registration:B")]
    for row in waits:
        row.next_attempt_at = MONDAY + timedelta(hours=1)
    gone = [post("registration:C"), post("registration:D"), post("registration:E")]
    gone[0].next_attempt_at = MONDAY + timedelta(minutes=1)
    lost = post("registration:F", email="wrong@example.org")
    deliver()
    clock.shift(60)
    deliver()

    def shown(*states, limit=9):
        return [row.thread[-1] for row in outbox.letters_in(*states, limit=limit)]

    assert row_of(lost.id).state == "refused"
    assert shown("queued", "sending") == ["B", "A"]
    assert shown("sent") == ["C", "E", "D"]
    assert shown("sent", limit=1) == ["C"]
    assert shown("failed", "refused") == ["F"]


def test_letters_are_counted_by_how_far_they_are(app):
    for number, state in enumerate(
        ("queued", "sending", "sent", "failed", "refused", "superseded")
    ):
        to_many(f"registration:{number}").state = state
    post("registration:C").state = "sent"

    assert outbox.progress() == (2, 2, 2)
    assert outbox.progress_of(["D", "E"]) == {"D": (2, 1, 2)}


PATIENCE = timedelta(minutes=10)


def test_outbox_is_stuck_when_nothing_is_tried_although_something_could_leave(clock, app):
    post("registration:A")
    clock.shift(PATIENCE - timedelta(seconds=1))
    in_time = outbox.stuck_since(PATIENCE)
    clock.shift(1)

    assert (in_time, outbox.stuck_since(PATIENCE)) == (None, MONDAY)


def test_outbox_is_not_stuck_while_letters_leave_however_many_wait(clock, app):
    post("registration:A")
    post("registration:B")
    clock.shift(PATIENCE)
    claimed()
    clock.shift(PATIENCE - timedelta(seconds=1))

    assert outbox.stuck_since(PATIENCE) is None


def test_outbox_is_not_stuck_because_somebodys_server_asks_for_patience(clock, clerk):
    clerk.answers = ["451 later"] * 4
    post("registration:A")
    deliver()
    post("registration:A")
    for minutes in (1, 5, 15):
        clock.shift(timedelta(minutes=minutes))
        deliver()
    clock.shift(timedelta(minutes=30))

    assert states() == ["queued", "queued"]
    assert outbox.stuck_since(PATIENCE) is None


def minutes_of_attempts(clock, row_id):
    """When the letter was offered, in minutes since it was posted, until it was given up."""
    offered = []
    while row_of(row_id).state == "queued":
        clock.move_to(row_of(row_id).next_attempt_at)
        offered.append((row_of(row_id).next_attempt_at - MONDAY) // timedelta(minutes=1))
        deliver()
    return offered

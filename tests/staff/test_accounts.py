"""Adding members of staff, and who gets in with which password."""

import pytest
from sqlalchemy import select

from chancendialog.extensions import db
from chancendialog.journal import JournalEntry
from chancendialog.staff import accounts
from chancendialog.staff.models import User
from chancendialog.staff.permissions import Permission, may, only_at_the_door
from tests.browser_client import PASSWORD
from tests.factories import HouseFactory


def roles():
    return [
        (user.email, [role.name for role in user.roles])
        for user in db.session.scalars(select(User).order_by(User.id))
    ]


def test_account_is_kept_in_lower_case_and_noted_in_the_journal(app):
    user = accounts.add("Kim@Example.org", "door", password=PASSWORD)
    db.session.flush()

    entry = db.session.scalar(select(JournalEntry))
    assert roles() == [("kim@example.org", ["door"])]
    assert (entry.code, entry.actor, entry.thread, entry.facts) == (
        "staff_added",
        "system",
        f"staff:{user.id}",
        {"role": "door"},
    )


def test_password_is_not_kept_in_the_clear(app):
    user = accounts.add("kim@example.org", "door", password=PASSWORD)

    assert user.password.startswith("$argon2")
    assert PASSWORD not in user.password


@pytest.mark.parametrize(
    ("email", "role", "password", "sentence"),
    [
        ("kim@example.org", "boss", PASSWORD, "Möglich sind: door, office, admin."),
        ("kim", "door", PASSWORD, "„kim“ ist keine E-Mail-Adresse"),
        ("kim@example.org", "door", "kurz", "12"),
    ],
)
def test_account_that_cannot_be_made_says_why(app, email, role, password, sentence):
    with pytest.raises(accounts.CannotAdd, match=sentence):
        accounts.add(email, role, password=password)


def test_adding_somebody_again_is_no_second_account(app):
    accounts.add("kim@example.org", "door", password=None)
    accounts.add("KIM@example.org", "office", password=None)

    assert roles() == [("kim@example.org", ["door", "office"])]


def test_letter_with_the_link_says_who_sends_it_and_how_to_reach_them(app):
    house = HouseFactory()
    user = accounts.add("kim@example.org", "door", password=None)

    letter = accounts.staff_link(user)

    for text in (letter.text, letter.html.replace("&nbsp;", " ")):
        assert [fact for fact in (house.name, house.phone, house.email) if fact not in text] == []


@pytest.mark.parametrize(
    ("role", "permissions", "day_only"),
    [
        (
            "door",
            {Permission.OWN_ACCOUNT, Permission.SEE_SESSIONS, Permission.CHECK_IN},
            True,
        ),
        (
            "office",
            set(Permission)
            - {Permission.SET_RETENTION, Permission.SEE_JOURNAL, Permission.MANAGE_ACCOUNTS},
            False,
        ),
        ("admin", set(Permission), False),
    ],
)
def test_role_may_do_this_and_nothing_else(app, role, permissions, day_only):
    user = accounts.add("kim@example.org", role, password=None)

    assert {permission for permission in Permission if may(user, permission)} == permissions
    assert only_at_the_door(user) is day_only

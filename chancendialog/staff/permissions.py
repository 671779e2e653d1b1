"""What staff may do, and which role may do it."""

from enum import StrEnum

from chancendialog.staff.models import User


class Permission(StrEnum):
    """One thing that a page lets somebody do."""

    OWN_ACCOUNT = "own_account"  # password, second factor and visits of oneself
    SEE_SESSIONS = "see_sessions"  # the list, with numbers
    CHECK_IN = "check_in"  # names and party sizes, on the day of the session
    SEE_PEOPLE = "see_people"  # names and addresses, by state
    EXPORT_PEOPLE = "export_people"
    REGISTER_PEOPLE = "register_people"  # by phone or at the counter, also past the queue
    SEE_NEEDS = "see_needs"  # what people need to take part well, and answer it
    PLAN_SESSIONS = "plan_sessions"  # seats, waiting list and how both are given
    SEE_NUMBERS = "see_numbers"  # how a session went, without names
    SEE_LETTERS = "see_letters"  # what we write, as specimens to nobody
    WRITE_TO_PEOPLE = "write_to_people"  # letters to many, and those that did not arrive
    HANDLE_PERSONAL_DATA = "handle_personal_data"  # tell, correct and delete what people ask for
    SET_RETENTION = "set_retention"  # how long it is kept
    ASSIGN_DOOR = "assign_door"  # which door accounts see a session
    EDIT_TEXTS = "edit_texts"  # what pages and letters say, in every language
    SWITCH_HOUSE = "switch_house"  # what holds for all sessions at once
    SEE_JOURNAL = "see_journal"  # what everybody did, colleagues by their address
    MANAGE_ACCOUNTS = "manage_accounts"  # who works here, and as what


DOOR = frozenset({Permission.OWN_ACCOUNT, Permission.SEE_SESSIONS, Permission.CHECK_IN})
OFFICE = DOOR | {
    Permission.SEE_PEOPLE,
    Permission.EXPORT_PEOPLE,
    Permission.REGISTER_PEOPLE,
    Permission.SEE_NEEDS,
    Permission.PLAN_SESSIONS,
    Permission.SEE_NUMBERS,
    Permission.SEE_LETTERS,
    Permission.WRITE_TO_PEOPLE,
    Permission.HANDLE_PERSONAL_DATA,
    Permission.ASSIGN_DOOR,
    Permission.EDIT_TEXTS,
    Permission.SWITCH_HOUSE,
}
ADMIN = OFFICE | {
    Permission.SET_RETENTION,
    Permission.SEE_JOURNAL,
    Permission.MANAGE_ACCOUNTS,
}
ROLES: dict[str, frozenset[Permission]] = {"door": DOOR, "office": OFFICE, "admin": ADMIN}


def may(user: User, permission: Permission) -> bool:
    """Whether one of their roles allows it."""
    return any(permission in ROLES.get(role.name, ()) for role in user.roles)


def only_at_the_door(user: User) -> bool:
    """Whether they see only sessions assigned to them, each on its day: volunteers at the door."""
    return not may(user, Permission.SEE_PEOPLE)

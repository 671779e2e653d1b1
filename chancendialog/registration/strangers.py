"""Letters that anybody can cause who types somebody else's address, and how many are too many.

They are those of sign-ups that nobody has confirmed or whose address was
corrected away, and those that tell somebody registered of another try. Letters
of seats that stand, and of what people do behind their own link, never count:
a rush that is meant counts for nothing.
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, and_, bindparam, case, func, or_, select

from chancendialog import clock
from chancendialog.extensions import UTCDateTime, db
from chancendialog.journal import JournalEntry
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.registration.models import Registration, Status

PER_DAY = 5  # to one address
DAY = timedelta(days=1)
WITHHELD = "letter_withheld"  # what the journal calls the sixth
_TOLD_OF_ANOTHER_TRY = "already_registered"
_KINDS = (
    _TOLD_OF_ANOTHER_TRY,
    "please_confirm",
    "confirm_reminder",
    "address_corrected",
    "confirmed",
    "waiting",
)
_CAUSED = and_(
    OutgoingMail.created_at > bindparam("since", type_=UTCDateTime()),
    OutgoingMail.state != MailState.SUPERSEDED,
    OutgoingMail.kind.in_(_KINDS),
    or_(
        OutgoingMail.kind == _TOLD_OF_ANOTHER_TRY,
        Registration.status.in_([Status.UNVERIFIED, Status.EXPIRED]),
        Registration.is_corrected_away,
    ),
)
_LETTERS = (
    select(func.count(), func.count(case((Registration.is_corrected_away, 1))))
    .select_from(Registration)
    .join(OutgoingMail, OutgoingMail.thread == "registration:" + Registration.ulid)
    .where(_CAUSED)
)
_TO_ONE = _LETTERS.where(Registration.email == bindparam("email"))


def had_their_say(email: str | None, *, seated: bool = False) -> bool:
    """Whether strangers have made us write to this address as often as a day allows.

    Somebody `seated` gets the letter of a seat that stands, unless the address
    was typed and corrected away again and again: that is how one would flood it.
    """
    facts = {"email": email, "since": clock.now() - DAY}
    query = _to_mailbox(email) if email and "+" in email else _TO_ONE
    caused, corrected_away = db.session.execute(query, facts).one()
    return (corrected_away if seated else caused) >= PER_DAY


def letters_since(moment: datetime) -> int:
    """How many such letters the whole service has written or withheld since then."""
    withheld = select(func.count()).where(JournalEntry.at > moment, JournalEntry.code == WITHHELD)
    written, _corrected_away = db.session.execute(_LETTERS, {"since": moment}).one()
    return int(written) + (db.session.scalar(withheld) or 0)


def _to_mailbox(email: str) -> Select[int, int]:
    """Most providers deliver what stands behind a plus sign to the name before it."""
    name, _at, domain = email.rpartition("@")
    name = name.partition("+")[0]
    tagged = and_(
        Registration.email.startswith(f"{name}+", autoescape=True),
        Registration.email.endswith(f"@{domain}", autoescape=True),
    )
    return _LETTERS.where(or_(Registration.email == f"{name}@{domain}", tagged))

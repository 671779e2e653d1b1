"""What texts said before: whoever changes one leaves what it replaces.

Texts are for everybody to read and name nobody; the journal notes which one was
changed, and not what it says. Versions are only ever added.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog import clock, journal
from chancendialog.extensions import Model, db
from chancendialog.i18n import NAMES

THREAD = "texts"  # their name in the journal
SHOWN = 50  # of one page


class TextVersion(Model):
    """One change of one text in one language.

    `about` names the text: a kind, a colon, and which one of them.
    An empty text is none, or how a sentence reads that nobody has reworded.
    """

    __tablename__ = "text_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[str]
    language: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]

    @property
    def kind(self) -> str:
        """What kind of text it is."""
        return self.about.partition(":")[0]

    @property
    def which(self) -> str:
        """Which one of its kind."""
        return self.about.partition(":")[2]


def keep(about: str, language: str, before: str, after: str, *, actor: str) -> None:
    """Keep what a text says no longer, in the transaction of the change."""
    db.session.add(
        TextVersion(
            about=about, language=language, before=before, after=after, at=clock.now(), actor=actor
        )
    )
    name = about if about in journal.WORDS else about.partition(":")[0]
    journal.note("text_changed", actor=actor, thread=THREAD, text=name, language=NAMES[language])


def of(about: Collection[str], *languages: str) -> list[TextVersion]:
    """The last versions of these texts, the newest first; only in these languages, if any."""
    query = select(TextVersion).where(TextVersion.about.in_(about))
    if languages:
        query = query.where(TextVersion.language.in_(languages))
    return list(db.session.scalars(query.order_by(TextVersion.id.desc()).limit(SHOWN)))


def last_ones() -> list[TextVersion]:
    """The last version of each text, the newest first."""
    last = select(func.max(TextVersion.id)).group_by(TextVersion.about)
    query = select(TextVersion).where(TextVersion.id.in_(last))
    return list(db.session.scalars(query.order_by(TextVersion.id.desc())))

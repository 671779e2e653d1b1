"""Every sentence of residents' letters, where it stands, and how staff say it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import flask_babel
from flask import current_app
from jinja2 import nodes
from jinja2.ext import extract_from_ast
from sqlalchemy import select

from chancendialog import versions
from chancendialog.extensions import db
from chancendialog.i18n import speaking
from chancendialog.mailing.wording import OF_ONE, OF_SEVERAL, Wording, as_read, places
from chancendialog.registration.specimens import LETTERS

ABOUT = "wording"  # how versions call the kind of text
SAME_WORDS = {"after_all": "confirmed"}  # it opens the letter of whatever state with two sentences
TEMPLATES = ("subject.txt", "body.html", "body.txt")
SUBJECT, OWN, FRAME = "subject", "own", "frame"


class Sentence(NamedTuple):
    """One sentence: in German as the source has it, for one and, if it counts, for several."""

    one: str
    many: str
    part: str  # of the letter

    @property
    def forms(self) -> tuple[int, ...]:
        """Those it has."""
        return (OF_ONE, OF_SEVERAL) if self.many else (OF_ONE,)

    def places(self) -> set[str]:
        """The facts it may name."""
        return places(self.one, self.many) | ({"num"} if self.many else set())

    def original(self, form: int, language: str) -> str:
        """What it says in a language unless staff say something else."""
        with speaking(language):
            usual = flask_babel.get_translations()
            if self.many:
                said = usual.ungettext(self.one, self.many, 1 if form == OF_ONE else 2)
            else:
                said = usual.ugettext(self.one)
        return as_read(said)


def of_letter(kind: str) -> tuple[Sentence, ...]:
    """The sentences of a letter: its subject, its own ones, and those of its frame."""
    return _sentences(SAME_WORDS.get(kind, kind))


def letters_with(sentence: str) -> list[str]:
    """The kinds of letters that it stands in."""
    return [
        kind
        for kind in LETTERS
        if kind not in SAME_WORDS and sentence in {one.one for one in of_letter(kind)}
    ]


def said_in(language: str) -> dict[tuple[str, int], str]:
    """What staff say instead, by sentence and form."""
    rows = db.session.scalars(select(Wording).where(Wording.language == language))
    return {(row.sentence, row.form): row.text for row in rows}


def reword(sentence: str, form: int, text: str, *, language: str, actor: str) -> None:
    """Say it otherwise from now on; without a text it reads as it always did."""
    row = db.session.get(Wording, (sentence, form, language))
    before = row.text if row else ""
    if text == before:
        return
    if row and text:
        row.text = text
    elif row:
        db.session.delete(row)
    else:
        db.session.add(Wording(sentence=sentence, form=form, language=language, text=text))
    versions.keep(about(sentence, form), language, before, text, actor=actor)
    db.session.flush()


def about(sentence: str, form: int) -> str:
    """How versions call it."""
    return f"{ABOUT}:{form}:{sentence}"


def stray() -> list[Wording]:
    """What was said instead of sentences that no letter has any more."""
    known = {one.one for kind in LETTERS for one in of_letter(kind)}
    rows = db.session.scalars(select(Wording).order_by(Wording.sentence, Wording.form))
    return [row for row in rows if row.sentence not in known]


@lru_cache
def _sentences(folder: str) -> tuple[Sentence, ...]:
    found: dict[str, Sentence] = {}
    for template in TEMPLATES:
        for function, strings, name in _calls(f"mail/{folder}/{template}"):
            many = strings[1] if function == "ngettext" else ""
            known = found.setdefault(strings[0], Sentence(strings[0], many, _part(name, folder)))
            if many and not known.many:
                found[strings[0]] = known._replace(many=many)
    order = (SUBJECT, OWN, FRAME)
    return tuple(sorted(found.values(), key=lambda one: order.index(one.part)))


def _part(template: str, folder: str) -> str:
    if template.endswith("subject.txt"):
        return SUBJECT
    return OWN if template.startswith(f"mail/{folder}/") else FRAME


def _calls(
    name: str, macros: frozenset[str] | None = None
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Each call of gettext in a template and in what it takes from others.

    Of a template that macros are imported from, only those and what they call.
    """
    env = current_app.jinja_env
    assert env.loader
    tree = env.parse(env.loader.get_source(env, name)[0], name)
    for root in [tree] if macros is None else _reached(tree, macros):
        for _line, function, strings in extract_from_ast(root, babel_style=False):  # type: ignore[arg-type]
            yield function, tuple(str(one) for one in strings or ()), name
    for node in tree.find_all((nodes.Extends, nodes.Include, nodes.FromImport)):
        other = node.template  # type: ignore[attr-defined]
        assert isinstance(other, nodes.Const), f"{name} takes something from who knows where"
        taken = None
        if isinstance(node, nodes.FromImport):
            taken = frozenset(one if isinstance(one, str) else one[0] for one in node.names)
        yield from _calls(other.value, taken)


def _reached(tree: nodes.Template, wanted: frozenset[str]) -> list[nodes.Macro]:
    macros = {macro.name: macro for macro in tree.find_all(nodes.Macro)}
    reached = [name for name in macros if name in wanted]
    for name in reached:  # grows on the way
        used = {one.name for one in macros[name].find_all(nodes.Name)}
        reached += [other for other in macros if other in used and other not in reached]
    return [macros[name] for name in reached]

"""Every sentence is there in every language, and says what the German one says."""

import gettext
import re
import tomllib
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from chancendialog.i18n import LOCALES, NAMES, SOURCE, STYLES
from config import ROOT

CATALOGS = ROOT / "chancendialog" / "translations"
OTHERS = [language for language in LOCALES if language != SOURCE]
FOUND_IN = [
    (pattern, mapping["method"])
    for mapping in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    for pattern in (
        [mapping["pattern"]] if isinstance(mapping["pattern"], str) else mapping["pattern"]
    )
]


@pytest.fixture(scope="module")
def sentences():
    """What the code and the templates say, as `make translations` finds it."""
    found = Catalog()
    places = extract_from_dir(
        ROOT,
        FOUND_IN,
        keywords={"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)},
        directory_filter=lambda folder: not folder.startswith((".", f"{ROOT}/.")),
    )
    for _file, _line, message, _comments, context in places:
        found.add(message, context=context)
    return {message.id for message in found if message.id}


@pytest.fixture(params=OTHERS)
def catalog(request):
    with (CATALOGS / request.param / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=request.param)


def test_every_sentence_is_in_the_catalog_and_none_is_stale(sentences, catalog):
    """`make translations` finds what is missing here."""
    known = {message.id for message in catalog if message.id}

    assert (sorted(sentences - known, key=str), sorted(known - sentences, key=str)) == ([], [])


def test_no_sentence_hides_in_an_f_string():
    """Babel does not look into them."""
    hidden = re.compile(r"""f(["'])(?:(?!\1).)*\{[^}]*\b(?:_|n?gettext)\(""")
    modules = (ROOT / "chancendialog").rglob("*.py")

    assert [module.name for module in modules if hidden.search(module.read_text())] == []


def test_every_sentence_is_translated(catalog):
    missing = [
        message.id
        for message in catalog
        if message.id and (message.fuzzy or not all(map(str.strip, _forms(message))))
    ]

    assert missing == []


def test_translations_name_the_same_facts(catalog):
    """A placeholder that is missing or misspelled would be a page that fails."""
    assert [fault for message in catalog for fault in message.check(catalog)] == []


def test_translations_begin_and_end_as_the_sentence_does(catalog):
    """Blanks join sentences; without them two words become one."""
    differ = [
        message.id
        for message in catalog
        if message.id
        for form in _forms(message)
        if _edges(form) != _edges(_ids(message)[0])
    ]

    assert differ == []


def test_the_compiled_catalog_is_the_written_one(catalog):
    """`make translations` compiles it."""
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    with (CATALOGS / str(catalog.locale) / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        used = gettext.GNUTranslations(file)

    assert _sentences_of(used) == _sentences_of(gettext.GNUTranslations(compiled))


def test_every_language_has_a_name_and_a_way_to_write_dates():
    assert set(NAMES) == set(STYLES) == set(LOCALES)


def _forms(message):
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _ids(message):
    return message.id if isinstance(message.id, tuple) else (message.id,)


def _edges(text):
    return text[:1].isspace(), text[-1:].isspace()


def _sentences_of(translations):
    return {key: text for key, text in translations._catalog.items() if key}

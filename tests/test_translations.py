"""Every sentence is there in every language, and says what the German one says.

„Einfache Sprache“ may leave out what is beside the way, and is simple.
"""

import gettext
import re
import tomllib
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from chancendialog.i18n import LOCALES, NAMES, PREFIXES, SIMPLE, SOURCE, STYLES
from config import ROOT

CATALOGS = ROOT / "chancendialog" / "translations"
OTHERS = ["en", LOCALES[SIMPLE]]  # Babel finds en for en_GB
FOUND_IN = [
    (pattern, mapping["method"])
    for mapping in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    for pattern in (
        [mapping["pattern"]] if isinstance(mapping["pattern"], str) else mapping["pattern"]
    )
]
BESIDE_THE_WAY = (  # may be said as in the German source, all else is there in „Einfache Sprache“
    "chancendialog/documents/",
    "chancendialog/journal.py",
    "chancendialog/privacy/",
    "chancendialog/programme/surroundings.py",  # to staff
    "chancendialog/programme/planning.py",  # to staff
    "chancendialog/registration/changes.py",  # to staff
    "chancendialog/registration/dispatches.py",  # to staff
    "chancendialog/registration/placeholders.py",  # to staff
    "chancendialog/web/public/embedding.py",  # to other sites
    "chancendialog/web/public/open_data.py",  # to other sites
    "chancendialog/web/public/texts.py",  # for the legal pages
    "templates/components/disclosure.html",
    "templates/components/legal.html",
    "templates/public/accessibility.html",
    "templates/public/embedded.html",  # for other sites
    "templates/public/imprint.html",
    "templates/public/own_data.html",
    "templates/public/privacy.html",
)
A_MOMENT = re.compile(r"%\((?:day|moment|when)\)s")


def _forms(message):
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _ids(message):
    return message.id if isinstance(message.id, tuple) else (message.id,)


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
    return _read(request.param)


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
        if message.id
        if message.fuzzy or not all(map(str.strip, _forms(message)))
        if not _may_be_left_out(message, catalog)
    ]

    assert missing == []


def test_translations_name_the_same_facts(catalog):
    """A placeholder that is missing or misspelled would be a page that fails."""
    assert [
        fault for message in catalog if any(_forms(message)) for fault in message.check(catalog)
    ] == []


def test_translations_begin_and_end_as_the_sentence_does(catalog):
    """Blanks join sentences; without them two words become one."""
    differ = [
        message.id
        for message in catalog
        if message.id
        for form in filter(None, _forms(message))
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
    assert set(NAMES) == set(STYLES) == set(LOCALES) == {SOURCE, *PREFIXES}
    assert len(LOCALES) == 1 + len(OTHERS)


def test_what_is_beside_the_way_is_there():
    """Nothing is left out under an old name."""
    assert [place for place in BESIDE_THE_WAY if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("texts_of", [_ids, _forms], ids=["German", "English"])
def test_sentences_are_short(texts_of):
    """At most 20 words, also where the law is quoted."""
    texts = [text for message in _read("en") if message.id for text in texts_of(message)]

    assert [one for text in texts for one in _sentences_in(text) if _words(one) > 20] == []


def test_an_evening_has_one_name_in_simple_words():
    """Two words for a thing are two things to whoever reads slowly."""
    other = re.compile("Termin|Veranstaltung")

    assert [text for text in _simple_texts() if other.search(text)] == []


def test_english_has_one_word_for_a_thing():
    """An event and a place; the Region has its own name everywhere."""
    other = re.compile(r"\b(?:sessions?|seats?|Hannover Region)\b", re.IGNORECASE)
    texts = [text for message in _read("en") if message.id for text in _forms(message)]

    assert [text for text in texts if other.search(text)] == []


def test_english_sentences_after_the_greeting_begin_with_a_capital_letter():
    """German goes on in lower case after „Guten Tag,“."""
    low = [
        form
        for message in _read("en")
        if message.id and all(place.startswith("templates/mail/") for place, _ in message.locations)
        for form in _forms(message)
        if form[:1].islower()
    ]

    assert low == []


def test_simple_sentences_are_short():
    """At most 20 words, 15 on average, in every text (DIN 8581-1; where it says no number, ours)."""
    texts = _simple_texts()
    long = [one for text in texts for one in _sentences_in(text) if _words(one) > 20]
    lengths = {text: [_words(one) for one in _sentences_in(text)] for text in texts}
    heavy = [text for text, words in lengths.items() if sum(words) > 15 * len(words)]

    assert len(texts) > 400
    assert (long, heavy) == ([], [])


def test_simple_sentences_cut_nothing_short_and_have_no_signs():
    """„z. B.“ and „Teilnehmer*innen“ are hard to read and to listen to."""
    hard = re.compile(
        r"\b(?:z\.\s?B|d\.\s?h|u\.\s?a|usw|bzw|ggf|ca|inkl|evtl|Nr|Str)\.|\w[*:_]i|\w/-?i|[*;]"
    )

    assert [text for text in _simple_texts() if hard.search(text)] == []


def test_nothing_is_called_what_it_is_not():
    """Its name belongs to texts that readers with learning difficulties have checked."""
    name = re.compile("leicht\\w*" + r"\s+" + "sprache", re.IGNORECASE)  # not in this file either
    files = [
        path
        for folder in ("chancendialog", "templates", "docs", "tests", "migrations")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html", ".txt", ".xml", ".po", ".toml", ".md"}
    ]

    assert len(files) > 400
    assert [path for path in (*files, ROOT / "README.md") if name.search(path.read_text())] == []


def _read(locale):
    with (CATALOGS / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


def _may_be_left_out(message, catalog):
    beside = all(place.startswith(BESIDE_THE_WAY) for place, _line in message.locations)
    return str(catalog.locale) == LOCALES[SIMPLE] and beside


def _simple_texts():
    return [
        form
        for message in _read(LOCALES[SIMPLE])
        if message.id
        for form in filter(None, _forms(message))
    ]


def _sentences_in(text):
    """„19. Juni“ is no end of one."""
    return [one for one in re.split(r"(?<=[^\d\s][.!?:])\s+", text) if one.strip()]


def _words(sentence):
    """Numbers and signs between them count as what they are said as: a moment is five words."""
    return len(re.findall(r"\w\S*", A_MOMENT.sub("am 10. Februar 18 Uhr", sentence)))


def _edges(text):
    return text[:1].isspace(), text[-1:].isspace()


def _sentences_of(translations):
    return {key: text for key, text in translations._catalog.items() if key}

"""What staff write about a series or a session: as HTML for pages, as plain text for all else.

CommonMark, of which we take paragraphs, lists, emphasis, links and headings. HTML that somebody
types is shown as they typed it. Two habits of German are no markup: the asterisk within a word
(„Teilnehmer*innen“), and a date that a line begins with („19. Juni“).
"""

import re
from functools import lru_cache
from itertools import count

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "h2", "h3"}  # the page's own heading is h1
ATTRIBUTES = {"*": set[str](), "a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
MARKUP = re.compile(r"[*_\[<#]|^\s*(?:[-+]|\d+[.)])\s", re.MULTILINE)  # what may mean something
BACKSLASH = re.compile(r"\\(?![*_\[\]<#])")  # that is one, and takes no meaning from what follows
WITHIN_A_WORD = re.compile(r"(?<=\w)\*(?=\w)")
NUMBER = re.compile(r"^( {0,3})(\d{1,9})([.)])(?= +(\w*))", re.MULTILINE)
MONTHS = ("Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")


@lru_cache(maxsize=512)
def html(text: str) -> Markup:
    """For pages. What one library has made of it, another one looks through."""
    tokens = _READER.parse(_readable(text))
    first = next((one.tag for one in tokens if one.type == "heading_open"), "")
    for one in tokens:
        if one.type.startswith("heading"):
            one.tag = "h3" if one.tag > first else "h2"
    made = _READER.renderer.render(tokens, _READER.options, {})
    clean = nh3.clean(made, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None)
    return Markup(clean.strip())  # noqa: S704


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """For calendars, letters, feeds and other sites: links as „words (address)“."""
    if not MARKUP.search(text):
        return text
    blocks = list[str]()
    lists, mark = list["count[int] | None"](), ""
    for one in _READER.parse(_readable(text)):
        if one.type == "bullet_list_open":
            lists.append(None)
        elif one.type == "ordered_list_open":
            lists.append(count(int(one.attrs.get("start", 1))))
        elif one.type.endswith("list_close"):
            lists.pop()
        elif one.type == "list_item_open":
            number = lists[-1]
            mark = "- " if number is None else f"{next(number)}. "
        elif one.type == "inline":
            inset = "  " * len(lists)
            words = _words(one.children or []).replace("\n", f"\n{inset}")
            begins = (inset[2:] + mark) if mark else inset
            blocks.append(("\n" if lists and blocks else "\n\n") + begins + words)
            mark = ""
    return "".join(blocks).lstrip("\n")


def _words(tokens: list[Token]) -> str:
    """A line as people read it, each link followed by where it leads."""
    words, leads_to, since = "", "", 0
    for one in tokens:
        if one.type == "link_open":
            leads_to, since = str(one.attrs["href"]).removeprefix("mailto:"), len(words)
        elif one.type == "link_close" and words[since:] != leads_to:
            words += f" ({leads_to})"
        words += "\n" if one.type == "hardbreak" else one.content
    return words


def _readable(text: str) -> str:
    """With a backslash before what would be taken for markup and is none."""
    last = 0

    def number(found: re.Match[str]) -> str:
        nonlocal last
        goes_on = int(found[2]) in (1, last + 1) and not found[4].startswith(MONTHS)
        last = int(found[2]) if goes_on else last
        return found[0] if goes_on else f"{found[1]}{found[2]}\\{found[3]}"

    return NUMBER.sub(number, WITHIN_A_WORD.sub(r"\\*", BACKSLASH.sub(r"\\\\", text)))


def _leads_outside(url: str) -> bool:
    return url.partition(":")[0].lower() in SCHEMES


_READER = MarkdownIt("zero", {"html": False}).enable(
    ["heading", "list", "escape", "emphasis", "link", "autolink"]
)
_READER.validateLink = _leads_outside  # type: ignore[method-assign]

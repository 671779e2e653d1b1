"""Vendored files are what their READMEs say, complete, and reach for nothing outside."""

import hashlib
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "chancendialog" / "static"
KERN = STATIC / "vendor" / "kern"
FONTS = ROOT / "chancendialog" / "documents" / "fonts"
STYLESHEETS = [STATIC / "site.css", KERN / "kern.css"]


@pytest.mark.parametrize(
    "readme",
    [*sorted(STATIC.glob("vendor/*/README.md")), FONTS / "README.md"],
    ids=lambda path: path.parent.name,
)
def test_vendored_files_are_those_the_readme_lists(readme: Path) -> None:
    listed = dict(re.findall(r"^\| (\S+) \| `(\w+)` \|$", readme.read_text("utf-8"), re.MULTILINE))
    found = {
        name: hashlib.sha256((readme.parent / name).read_bytes()).hexdigest() for name in listed
    }
    assert listed
    assert found == listed


@pytest.mark.parametrize(
    ("fonts", "kind"), [(STATIC / "vendor" / "fira-sans", "woff2"), (FONTS, "ttf")]
)
def test_every_font_is_listed_with_its_checksum(fonts: Path, kind: str) -> None:
    listed = re.findall(rf"\| (\S+\.{kind}) \|", (fonts / "README.md").read_text("utf-8"))
    assert listed
    assert sorted(listed) == sorted(font.name for font in fonts.glob(f"*.{kind}"))


def test_kern_begins_with_its_licence_and_the_date_of_the_change() -> None:
    first_line = (KERN / "kern.css").read_text("utf-8").splitlines()[0]
    notice = r"/\*! KERN UX \d+\.\d+\.\d+ \| EUPL-1\.2 \| modified \d{4}-\d\d-\d\d: .+ \*/"
    assert re.fullmatch(notice, first_line)


def test_every_kern_class_in_the_templates_is_in_kern_css() -> None:
    names, beginnings = runpy.run_path(str(KERN / "prune.py"))["used"](ROOT / "templates")
    known = set(re.findall(r"\.(kern-[\w-]+)", (KERN / "kern.css").read_text("utf-8")))
    assert names - known == set(), "rebuild kern.css, see vendor/kern/README.md"
    assert {b for b in beginnings if not any(k.startswith(b) for k in known)} == set()


@pytest.mark.parametrize("stylesheet", STYLESHEETS, ids=lambda path: path.name)
def test_stylesheets_name_only_files_that_are_here(stylesheet: Path) -> None:
    urls = re.findall(r"""url\(\s*["']?([^"')\s]+)""", stylesheet.read_text("utf-8"))
    files = [url for url in urls if not url.startswith("data:image/svg+xml,")]
    assert [url for url in files if not (stylesheet.parent / url).is_file()] == []


@pytest.mark.parametrize("stylesheet", STYLESHEETS, ids=lambda path: path.name)
def test_stylesheets_name_no_address_outside(stylesheet: Path) -> None:
    css = stylesheet.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"(?:https?:)?//\w[^\s\"')]*|@import[^;]*", css) == []

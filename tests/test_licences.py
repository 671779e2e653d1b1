"""Every library that is installed with us may be, under the EUPL-1.2."""

import re
from importlib.metadata import PackageNotFoundError, metadata

from config import ROOT

FREE = {
    *("MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Apache-2.0", "PSF-2.0"),
    *("Unlicense", "LGPL-3.0-only", "MPL-2.0"),  # used as a library, unchanged
}
CLASSIFIERS = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: The Unlicense (Unlicense)": "Unlicense",
}


def test_every_library_has_a_licence_that_goes_with_ours():
    assert {name: said for name, said in licences().items() if not said & FREE} == {}


def test_the_documented_licences_are_those_of_the_libraries():
    documented = (ROOT / "docs" / "licences.md").read_text()

    assert [name for name in licences() if f"\n| {name} |" not in documented] == []


def licences():
    """What each locked library that is installed says of itself: alternatives."""
    found = {}
    locked = (ROOT / "requirements.lock").read_text()
    for name in re.findall(r"^([a-z0-9-]+)[^=]*==", locked, re.MULTILINE):
        try:
            about = metadata(name)
        except PackageNotFoundError:  # for another Python
            continue
        classified = {CLASSIFIERS.get(said) for said in about.get_all("Classifier") or []}
        spoken = about.get("License-Expression") or about.get("License") or ""
        found[name] = set(spoken.split(" OR ")) | classified
    return found

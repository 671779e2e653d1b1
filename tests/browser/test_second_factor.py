"""Passkeys, with the authenticator that Chromium itself pretends to have, and what axe says."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Trial, from_elsewhere, listen, sign_in
from tests.browser.test_accessibility import AXE, GOOD_PRACTICE, VIOLATIONS
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.xdist_group("flows")
OWN = "/verwaltung/konto"


@pytest.fixture
def page(browser: Browser, trial: Trial):
    context = browser.new_context(base_url=trial.url, extra_http_headers=from_elsewhere())
    page = context.new_page()
    complaints = listen(page)
    yield page
    context.close()
    assert complaints == []


def authenticator(page: Page, *, is_there: bool = True) -> None:
    """A key in the machine, that says yes or no."""
    network = page.context.new_cdp_session(page)
    network.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": is_there,
    }
    network.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def violations(page: Page) -> list[tuple[str, str]]:
    page.evaluate(AXE)
    return [
        (one["id"], node["html"])
        for one in page.evaluate(VIOLATIONS, GOOD_PRACTICE)
        for node in one["nodes"]
    ]


def test_passkey_is_added_asked_for_and_removed(page, trial):
    authenticator(page)
    visitor = Visitor(page)
    sign_in(visitor, trial, "door")
    page.goto(f"{OWN}/passkey")
    assert not page.locator(".passkey-missing").is_visible()
    visitor.write("Name des Passkeys", "Dienstrechner")
    visitor.press("Anlegen")
    visitor.heading("Codes für den Notfall")
    asked = violations(page)
    visitor.press("Codes erzeugen und zeigen")
    visitor.heading("Ihre Codes für den Notfall")
    shown = violations(page)
    codes = page.locator("main .code").all_inner_texts()
    visitor.press("Abmelden")

    for _time in range(2):  # its counter goes up
        page.goto("/verwaltung/anmelden")
        visitor.write("E-Mail-Adresse", trial.accounts["door"])
        visitor.write("Passwort", trial.password)
        visitor.press("Anmelden")
        visitor.heading("Zweiter Schritt")
        second = violations(page)
        visitor.press("Mit Passkey bestätigen")
        visitor.heading("Termine")

        page.goto(OWN)
        assert "Dienstrechner" in page.locator("main").inner_text()
        visitor.press("Abmelden")

    page.goto("/verwaltung/anmelden")
    visitor.write("E-Mail-Adresse", trial.accounts["door"])
    visitor.write("Passwort", trial.password)
    visitor.press("Anmelden")
    visitor.write("Code", codes[0])
    visitor.press("Weiter")
    visitor.heading("Termine")
    page.goto(OWN)
    page.get_by_role("link", name="Passkey entfernen").click()
    visitor.press("Entfernen")
    visitor.heading("Mein Konto")

    assert "Dienstrechner" not in page.locator("main").inner_text()
    assert (asked, shown, second) == ([], [], [])
    assert len(codes) == 10


def test_without_javascript_the_page_says_what_goes_instead(browser, trial):
    context = browser.new_context(
        base_url=trial.url, java_script_enabled=False, extra_http_headers=from_elsewhere()
    )
    visitor = Visitor(context.new_page())
    sign_in(visitor, trial, "door")
    visitor.page.goto(f"{OWN}/passkey")
    visitor.write("Name des Passkeys", "Dienstrechner")
    visitor.press("Anlegen")
    told = visitor.page.locator("main").inner_text()
    context.close()

    assert "Der Browser hat keinen Passkey angelegt" in told
    assert "Der Code aus einer App geht immer" in told

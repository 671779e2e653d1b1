"""Logs hold no keys of addresses, no queries and no mail addresses, whoever writes them."""

import logging

import pytest

from chancendialog.logs import masked
from tests.web_servers import SERVERS, fetch, served

KEYS = {
    "/anmeldung/GEHEIM.x-y_z": "/anmeldung/…",
    "/anmeldung/GEHEIM/abmelden": "/anmeldung/…/abmelden",
    "//anmeldung//GEHEIM": "//anmeldung//…",
    "/termine/abend/danke/GEHEIM": "/termine/abend/danke/…",
    "/termine/abend/danke/GEHEIM/adresse": "/termine/abend/danke/…/adresse",
    "/kalender/mein/GEHEIM.ics": "/kalender/mein/…",
    "/verwaltung/passwort/GEHEIM": "/verwaltung/passwort/…",
    "/t/GEHEIM": "/t/…",
    "/en/t/GEHEIM-GEHEIM": "/en/t/…",
    "/t/GEHEIM%20GEHEIM": "/t/…",
    "/verwaltung/anmelden?next=/GEHEIM": "/verwaltung/anmelden?…",
    "/?name=GEHEIM&x=%20": "/?…",
    "/?GEHEIM@example.org": "/?…",
    "/x/GEHEIM%40example.org": "/x/…@…",
}
HARMLESS = [
    "/",
    "/termine/abend",
    "/kalender/wohnen.ics",
    "/verwaltung/anmelden",
    "/termine/abend/anmelden",
    "letter 12 sent",
    "@bp.get('/termine/<slug>')",
    "Wie bitte? Ja.",
    'File "/srv/app/web.py", line 3, in x',
]


@pytest.mark.parametrize(("path", "shown"), KEYS.items())
def test_keys_are_masked_wherever_they_stand_in_a_line(path, shown):
    line = '10.0.0.1 - - [24/Nov/2026] "GET {} HTTP/1.1" 200 5 "http://localhost{}" "Mozilla"'

    assert masked(line.format(path, path)) == line.format(shown, shown)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays_readable(text):
    assert masked(text) == text


def test_tracebacks_are_masked_too(migrated_app, caplog):
    try:
        {}["Key (email)=(kim@example.org) already exists at /anmeldung/GEHEIM"]
    except KeyError:
        logging.getLogger("chancendialog.somewhere").exception("trouble with %s", "/t/GEHEIM")

    assert "trouble with /t/…" in caplog.text
    assert "Key (email)=(…@…) already exists at /anmeldung/…" in caplog.text
    assert "in test_tracebacks_are_masked_too" in caplog.text


@pytest.mark.parametrize("server", SERVERS)
def test_web_servers_log_no_keys(server, tmp_path):
    """Their access logs as they are when somebody switches them on; no tables are needed."""
    output = tmp_path / "log.txt"
    paths = [path for path in KEYS if path.startswith("/") and not path.startswith("//")]

    with served(SERVERS[server], output, tmp_path) as port:
        for path in paths:
            fetch(port, path)
        fetch(port, "/healthz?bis-hier")

    log = output.read_text()
    assert "/anmeldung/…" in log
    assert "/healthz" in log
    assert "GEHEIM" not in log


def test_what_postgresql_says_of_a_broken_rule_is_masked():
    said = (
        'new row for relation "registration" violates check constraint "party_size_is_positive"\n'
        "DETAIL:  Fehlgeschlagene Zeile enthält (1, Erika Mustermann,\n erika@example.org, 0).\n[SQL: INSERT …]"
    )

    assert masked(said) == (
        'new row for relation "registration" violates check constraint "party_size_is_positive"\n'
        "DETAIL: …\n[SQL: INSERT …]"
    )

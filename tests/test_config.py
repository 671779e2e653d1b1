"""A system starts only when it is told everything, and says all gaps at once."""

import pytest

from config import Config, ConfigError

INSTALLATION = {
    "PUBLIC_URL": "https://termine.example.de",
    "SECRET_KEY": "secret",
    "MAIL_SERVER": "mail.example.de",
    "MAIL_DEFAULT_SENDER": "termine@example.de",
}


def read(tmp_path, **env):
    return Config.from_environment({"INSTANCE_PATH": str(tmp_path), **env})


def test_an_empty_environment_is_a_trial(tmp_path):
    config = read(tmp_path)

    assert config.is_trial
    assert config.PUBLIC_URL == "http://localhost:5000"
    assert f"sqlite:///{tmp_path}/chancendialog.db" == config.DATABASE_URL


def test_a_trial_keeps_the_key_it_made_for_itself(tmp_path):
    assert read(tmp_path).SECRET_KEY == read(tmp_path).SECRET_KEY
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_port_is_part_of_a_trials_address(tmp_path):
    assert read(tmp_path, PORT="8080").PUBLIC_URL == "http://localhost:8080"


def test_an_installation_names_all_that_is_missing(tmp_path):
    with pytest.raises(ConfigError) as gaps:
        read(tmp_path, PUBLIC_URL="https://termine.example.de")

    assert str(gaps.value).splitlines()[1:] == [
        "  SECRET_KEY fehlt",
        "  MAIL_SERVER fehlt",
        "  MAIL_DEFAULT_SENDER fehlt",
    ]


def test_an_installation_with_everything_starts(tmp_path):
    config = read(tmp_path, **INSTALLATION)

    assert not config.is_trial
    assert config.has_tls


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("MAIL_PORT", "smtp", "MAIL_PORT: 'smtp' ist keine ganze Zahl"),
        ("TRUSTED_PROXIES", "-1", "TRUSTED_PROXIES: '-1' ist keine ganze Zahl"),
        ("MAIL_USE_TLS", "yes", "MAIL_USE_TLS: 'yes' ist weder 1/true noch 0/false"),
        ("PUBLIC_URL", "termine.example.de", "PUBLIC_URL: 'termine.example.de' ist keine Adresse"),
        ("PUBLIC_URL", "https://example.de/a", "PUBLIC_URL: 'https://example.de/a' ist keine"),
    ],
)
def test_a_wrong_value_is_named(tmp_path, name, value, fault):
    with pytest.raises(ConfigError) as trouble:
        read(tmp_path, **INSTALLATION | {name: value})

    assert fault in str(trouble.value)


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("true", True), ("0", False), ("False", False)]
)
def test_switches_are_1_0_true_or_false(tmp_path, text, value):
    assert read(tmp_path, MAIL_USE_TLS=text).MAIL_USE_TLS is value


def test_postgresql_is_spoken_to_through_psycopg(tmp_path):
    url = read(tmp_path, DATABASE_URL="postgresql://me@db/termine").DATABASE_URL

    assert url == "postgresql+psycopg://me@db/termine"


@pytest.mark.parametrize("name", ["SECRET_KEY_FALLBACKS", "FIELD_KEYS"])
def test_keys_are_listed_with_blanks_or_commas(tmp_path, name):
    keys = ("newest", "older", "oldest")

    assert getattr(read(tmp_path, **{name: "newest older,oldest"}), name) == keys
    assert getattr(read(tmp_path), name) == ()

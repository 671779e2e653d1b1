"""A system starts only when it is told everything, and says all gaps at once."""

import pytest

from config import SECRETS, Config, ConfigError

INSTALLATION = {
    "PUBLIC_URL": "https://termine.example.de",
    "SECRET_KEY": "a key for tests",
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


@pytest.mark.parametrize("name", ["film.txt", "missing.mp4"])
def test_a_film_must_be_one_that_browsers_play(tmp_path, name):
    (tmp_path / "film.txt").touch()

    with pytest.raises(ConfigError, match=r"SIGN_LANGUAGE_FILM: .* ist keine Datei mit der Endung"):
        read(tmp_path, SIGN_LANGUAGE_FILM=str(tmp_path / name))


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


@pytest.fixture
def file(tmp_path):
    """A file with a secret, as a container gets it."""

    def with_text(text):
        path = tmp_path / "secret"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return with_text


BESIDE = {
    "OIDC_CLIENT_SECRET": {"OIDC_ISSUER": "https://konto.example.de", "OIDC_CLIENT_ID": "termine"}
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_come_from_a_file(tmp_path, file, name):
    text = "postgresql+psycopg://me:word@db/termine" if name == "DATABASE_URL" else "from-a-file"

    value = getattr(
        read(tmp_path, **BESIDE.get(name, {}), **{f"{name}_FILE": file(text + "\n")}), name
    )

    assert value in (text, (text,))


def test_what_is_wrong_with_files_is_named_and_never_their_content(tmp_path, file):
    with pytest.raises(ConfigError) as faults:
        read(
            tmp_path,
            PUBLIC_URL="https://termine.example.de",
            SECRET_KEY_FILE=str(tmp_path / "nowhere"),
            MAIL_PASSWORD="open sesame",
            MAIL_PASSWORD_FILE=file(b"\xff"),
            REDIS_URL_FILE=file(b"\xff"),
            FIELD_KEYS_FILE=str(tmp_path),
        )

    assert str(faults.value).splitlines()[1:] == [
        f"  SECRET_KEY_FILE: {tmp_path}/nowhere ist nicht lesbar (No such file or directory)",
        f"  FIELD_KEYS_FILE: {tmp_path} ist nicht lesbar (Is a directory)",
        "  MAIL_PASSWORD und MAIL_PASSWORD_FILE: nur eines von beiden darf gesetzt sein",
        f"  REDIS_URL_FILE: {tmp_path}/secret ist nicht lesbar (kein Text in UTF-8)",
        "  SECRET_KEY fehlt",
        "  MAIL_SERVER fehlt",
        "  MAIL_DEFAULT_SENDER fehlt",
    ]


def test_an_empty_file_is_no_secret(tmp_path, file):
    with pytest.raises(ConfigError, match=r"SECRET_KEY_FILE: .*/secret ist leer"):
        read(tmp_path, SECRET_KEY_FILE=file("\n"))


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECRET_KEY_FALLBACKS", "FIELD_KEYS"])
@pytest.mark.parametrize("key", ["seven77", "Change-Me"])
def test_an_installation_does_not_start_with_what_is_no_key(tmp_path, name, key):
    with pytest.raises(ConfigError) as fault:
        read(tmp_path, **INSTALLATION | {name: key})

    assert f"{name}: zu leicht zu erraten" in str(fault.value)
    assert key not in str(fault.value)


def test_a_database_that_is_not_ours_is_named_without_its_password(tmp_path):
    with pytest.raises(ConfigError, match="DATABASE_URL: ist keine Adresse wie") as fault:
        read(tmp_path, DATABASE_URL="mysql://me:hunter2@db/termine")

    assert "hunter2" not in str(fault.value)


def test_whoever_prints_the_settings_sees_no_secret(tmp_path):
    secrets = {
        "SECRET_KEY": "s3cret-one",
        "SECRET_KEY_FALLBACKS": "s3cret-two",
        "FIELD_KEYS": "s3cret-three",
        "MAIL_PASSWORD": "s3cret-four",
        "DATABASE_URL": "postgresql://me:s3cret-five@db/termine",
        "REDIS_URL": "redis://:s3cret-six@cache",
        "OIDC_CLIENT_SECRET": "s3cret-seven",
    }

    assert set(secrets) == set(SECRETS)
    assert "s3cret" not in repr(
        read(tmp_path, **INSTALLATION | secrets | BESIDE["OIDC_CLIENT_SECRET"])
    )


def test_half_a_provider_is_no_sign_in(tmp_path):
    with pytest.raises(ConfigError) as faults:
        read(tmp_path, OIDC_ISSUER="http://konto.example.de", OIDC_CLIENT_ID="termine")

    assert str(faults.value).splitlines()[1:] == [
        "  OIDC_CLIENT_SECRET fehlt, gesetzt ist OIDC_ISSUER",
        "  OIDC_ISSUER: ist keine Adresse wie https://anmelden.example.de",
    ]

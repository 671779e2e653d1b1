"""An installation to be overrun and shot at, with a database of its own."""

import os
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest

from tests.soak.installation import Installation

IS_LONG = os.environ.get("SOAK") == "1"  # `make soak`


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def database_of_its_own(request, tmp_path_factory):
    """An empty database that nobody else uses: first SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('soak')}/soak.db"
        return
    server, name = request.getfixturevalue("postgres"), f"soak_{uuid4().hex}"
    server.psql(f"CREATE DATABASE {name}")
    yield server.get_uri(name)
    server.psql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="package")
def installation(database_of_its_own):
    """Four web servers with two threads each, in whose app the tests run; all end with it."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), database_of_its_own)
        try:
            for _ in range(4):
                installation.serve()
            with installation.app.app_context():
                yield installation
        finally:
            installation.close()

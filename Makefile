# Everything that a newcomer types. `make` alone lists it.

PYTHON ?= python3
FLASK = .venv/bin/flask --app wsgi
LOCK = .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-strip-extras --quiet pyproject.toml

# tools that are seldom used live in uv's cache
TOOL = .venv/bin/uv tool run --quiet

IN_PARALLEL = --numprocesses auto --maxprocesses 4 --dist loadgroup

# $(call from_debian,PACKAGES): install them where one may, else name the command
from_debian = if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	then apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(1); \
	else echo "Something is missing. Please run:  sudo apt-get install $(1)"; false; fi

.PHONY: help run test coverage check translations bench soak pictures lock audit licences sbom clean

help:  ## list these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */  make \1\t/' | expand -t 16

run: .venv/installed  ## try the system on http://localhost:5000 (PORT=… for another)
	@$(FLASK) db upgrade
	@$(FLASK) trial prepare
	@exec $(FLASK) trial serve

test: .venv/installed-for-development  ## all tests: SQLite, PostgreSQL, SMTP, a browser
	@{ command -v chromium && command -v redis-server && command -v pdftotext; } >/dev/null \
		|| { $(call from_debian,chromium fonts-liberation2 poppler-utils redis-server); } \
		|| echo "The tests in a browser, with Redis, or of what a PDF says, will be skipped."
	.venv/bin/pytest $(IN_PARALLEL)

coverage: .venv/installed-for-development  ## which lines no test runs; counting takes half as long as testing
	.venv/bin/pytest $(IN_PARALLEL) --cov --cov-report=term:skip-covered --cov-fail-under=95

check: .venv/installed-for-development  ## linters, types, import contract, migrations
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djlint templates --lint --quiet
	.venv/bin/mypy --strict
	.venv/bin/lint-imports
	@rm -rf instance/check
	@env -u DATABASE_URL -u PUBLIC_URL INSTANCE_PATH=instance/check sh -c "$(FLASK) db upgrade && $(FLASK) db check"

translations: .venv/installed-for-development  ## look for new sentences; then fill in chancendialog/translations and do it again
	@mkdir -p instance
	.venv/bin/pybabel -q extract -F pyproject.toml -k lazy_gettext --ignore-dirs ".*" --add-location=file --sort-by-file -o instance/messages.pot .
	.venv/bin/pybabel -q update -i instance/messages.pot -d chancendialog/translations \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	.venv/bin/pybabel -q compile -d chancendialog/translations

bench: .venv/installed-for-development  ## measure what matters, against a control
	.venv/bin/python -m benchmarks.serving
	.venv/bin/python -m benchmarks.sign_up
	.venv/bin/python -m benchmarks.delivery
	.venv/bin/python -m benchmarks.feeds
	.venv/bin/python -m benchmarks.people
	.venv/bin/python -m benchmarks.lists

soak: .venv/installed-for-development  ## hours of rushes, kill -9, fuzzing, timing, all flows in all views; SEED=… for other victims
	SOAK=1 .venv/bin/pytest tests/soak tests/test_fuzz.py tests/web/test_same_time.py tests/browser --capture=no

pictures: .venv/installed-for-development  ## every page, wide and narrow, into docs/pictures
	PICTURES=1 .venv/bin/pytest --no-cov tests/browser/test_accessibility.py

lock: .venv/installed-for-development  ## choose versions anew and note their hashes
	$(LOCK) --upgrade --output-file requirements.lock
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock

audit: .venv/installed-for-development  ## known holes in what is installed; asks PyPI, fails when it cannot
	@$(TOOL) pip-audit@2.10.1 --requirement requirements.lock --requirement requirements-dev.lock \
		--require-hashes --disable-pip --strict \
		|| { echo "Not clean, or not all could be asked: see above."; false; }

licences: .venv/installed-for-development  ## whose every file is, and what libraries may be used as
	$(TOOL) reuse@6.2.0 lint
	.venv/bin/pytest --no-cov --quiet tests/test_licences.py

sbom: .venv/installed-for-development  ## a list of parts (CycloneDX) in instance/sbom.json
	@mkdir -p instance
	$(TOOL) --from cyclonedx-bom==7.5.0 cyclonedx-py requirements --pyproject pyproject.toml \
		--mc-type application --output-reproducible --output-file instance/sbom.json requirements.lock

clean:  ## forget the environment and the trial's data
	rm -rf .venv instance

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; PYTHON=… names another one."; false; }
	@$(PYTHON) -m venv .venv 2>/dev/null || { rm -rf .venv; $(call from_debian,python3-venv) && $(PYTHON) -m venv .venv; }

.venv/installed: .venv/bin/python requirements.lock
	@echo "Installing what the application needs …"
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/installed-for-development: .venv/installed requirements-dev.lock
	@echo "Installing what development needs …"
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

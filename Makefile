# Dream Guilds. `make` alone says what there is.
PYTHON ?= python3
export PYTHON
BIN := .venv/bin
WORKERS ?= 2

.PHONY: help run demo setup test test-oracles check bench migrate

help:
	@echo "make run      web and clock on http://127.0.0.1:8000, with SQLite under var/"
	@echo "make demo     the same with a living movement to look at, under var/demo/"
	@echo "make setup    only the environment: .venv with the locked packages"
	@echo "make test     everything the tests need, then all tests"
	@echo "make test-oracles  counts against independent libraries, in an environment of their own"
	@echo "make check    style, types, floors, templates"
	@echo "make bench    measurements, one JSON line a figure"
	@echo "make migrate  bring the database to the newest schema"

run: .venv/.run
	exec $(BIN)/python app.py

# its own folder and SQLite, whatever the operator's settings are
DEMO := env -u GUILDS_DATABASE_URL GUILDS_DATA=var/demo

demo: .venv/.run
	@mkdir -p -m 700 var && mkdir -p -m 700 var/demo
	@test -e var/demo/who.txt || { \
		$(DEMO) $(BIN)/flask --app app demo > var/demo/who.new && \
		mv var/demo/who.new var/demo/who.txt; }
	@cat var/demo/who.txt
	exec $(DEMO) $(BIN)/python app.py

setup: .venv/.run

test: .venv/.dev
	@scripts/system-packages
	exec $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

# what it installs is large, and none of it is needed to run or to develop
ORACLES := var/oracles

test-oracles: $(ORACLES)/.installed
	exec $(ORACLES)/bin/python -m pytest -c tests/voting/counting/oracles/pytest.ini \
		tests/voting/counting/oracles $(ARGS)

# --no-deps: the lock is whole but for one library with a licence of its own, which nothing calls
$(ORACLES)/.installed: requirements-oracle.txt
	@echo "Installing what requirements-oracle.txt names into $(ORACLES) ..."
	@mkdir -p -m 700 var
	@$(PYTHON) -m venv --clear $(ORACLES)
	@$(ORACLES)/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements-oracle.txt
	@touch $@

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet templates

bench: .venv/.dev
	@set -e; for subject in pages signing record_day casting counting libraries closing notices servers dossier; do $(BIN)/python -m benchmarks.$$subject $(ARGS); done

migrate: .venv/.run
	exec $(BIN)/flask --app app migrate

.venv/.run: requirements.txt requirements-uv.txt scripts/sync
	@echo "Installing what requirements.txt names into .venv ..."
	@scripts/sync requirements.txt
	@touch $@

# the development lock holds all of the other one (tests/test_house.py)
.venv/.dev: requirements-dev.txt requirements-uv.txt scripts/sync
	@echo "Installing what requirements-dev.txt names into .venv ..."
	@scripts/sync requirements-dev.txt
	@touch $@ .venv/.run

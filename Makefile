.DEFAULT_GOAL := help
.NOTPARALLEL:
BIN := .venv/bin
# The first Python that is new enough, whatever the system calls it; PYTHON=... overrides.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
SOAK_MINUTES ?= 10
# No addresses in the locks: where packages come from is the machine's business, the hashes are ours.
COMPILE = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-config --no-emit-index-url --no-emit-find-links
UV = $(shell command -v uv || echo $(BIN)/uv)

# uv when it can be had, since it is many times faster; pip where it cannot, or where only pip is set up for the network.
define install
	@echo "installing $(1)"
	@$(UV) pip install --quiet --python $(BIN)/python $(1) 2>.venv/uv.log || $(BIN)/python -m pip install --quiet $(1)
endef

# Compiled once, whatever this machine's habit is, and not by each of the hundreds of processes that tests and bench start.
export PYTHONDONTWRITEBYTECODE =

# Tests wait more than they calculate. Those of survival measure times, and so run by themselves.
# The files go out in their order: those with few and long tests first, and the quick ones of the units last.
TEST_PROCESSES ?= 2

.PHONY: help install run gunicorn demo bench locust test test.resilience soak lint format check lock docker.up docker.down \
	clean

help: ## show this list
	@grep -E '^[a-z.]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 17

install: .venv/development.stamp ## make .venv with every locked dependency, the development ones too

run: .venv/service.stamp ## serve on port 8080: real exchanges, one process; keeps what lasts in ./data
	CROSSRATE_ENVIRONMENT=development $(BIN)/crossrate serve

gunicorn: .venv/service.stamp ## serve with CROSSRATE_WORKERS processes
	$(BIN)/gunicorn --config python:entrypoints.http.server.gunicorn_config

demo: .venv/service.stamp ## see it convert, with stand-in exchanges and without the internet
	@$(BIN)/python -m entrypoints.cli.demo

test: install ## run every test; domain and application must be covered to 95% by lines and branches
	$(BIN)/pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder --ignore tests/resilience \
		--cov=src/domain --cov=src/application --cov-branch --cov-report=term-missing --cov-fail-under=95
	$(BIN)/pytest tests/resilience

test.resilience: install ## every fault on every connection for 20 s under load; `make test` has each for a moment
	CROSSRATE_TEST_RESILIENCE=whole $(BIN)/pytest tests/resilience

soak: install ## mixed load with random faults for SOAK_MINUTES (10), looking for what leaks
	CROSSRATE_TEST_SOAK_MINUTES=$(SOAK_MINUTES) $(BIN)/pytest tests/resilience/soak.py --timeout=0 -s

bench: install ## measure it against bare aiohttp, msgspec and ccxt, in one table; BENCH="--short --check" for CI
	@$(BIN)/python -m benchmarks $(BENCH)

locust: install ## open the same traffic in locust; HEADLESS=1 for a table, HOST=http://... for a service of yours
	@$(BIN)/python -m benchmarks.swarm

lint: install ## check style, format, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## mend style and format where a tool can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

check: lint test ## what must pass before a change goes in: lint, then test

lock: .venv/service.stamp ## pin the newest versions that pyproject.toml allows
	$(COMPILE) --upgrade --group dev --extra tracing --output-file requirements-dev.lock
	$(COMPILE) --upgrade --no-annotate --constraints requirements-dev.lock --output-file requirements.lock

docker.up: ## build and start API, worker, scheduler, Redis and Postgres; returns when all are healthy
	./deploy.sh

docker.down: ## remove the containers, network, volumes and image that docker.up made
	POSTGRES_PASSWORD=any CROSSRATE_JWT_SECRET=any docker compose --profile observability --profile edge down --volumes \
		--remove-orphans --rmi local

clean: ## remove .venv and what the tools leave behind
	rm -rf .venv .*_cache .coverage .hypothesis .import_linter_cache .schemathesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null || { echo "Crossrate needs Python 3.11 or newer; $$(python3 --version || echo 'no python3') was found." \
		"Install one, or name it: make install PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv || { rm -rf .venv; exit 1; }
	@command -v uv >/dev/null || $(BIN)/python -m pip install --quiet uv 2>/dev/null || echo "no uv to be had: pip will do"

.venv/service.stamp: requirements.lock pyproject.toml | .venv/bin/python
	$(call install,--require-hashes --requirement requirements.lock)
	$(call install,--no-deps --editable .)
	@touch $@

.venv/development.stamp: requirements-dev.lock .venv/service.stamp
	$(call install,--require-hashes --requirement requirements-dev.lock)
	@touch $@

.DEFAULT_GOAL := help
.NOTPARALLEL:
BIN := .venv/bin
# The first Python that is new enough, whatever its name; PYTHON=... overrides.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(or $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done),python3)
SOAK_MINUTES ?= 10
# The locks hold hashes and no addresses: each machine decides where its packages come from. They keep the extras, such
# as coverage[toml], because pip before 24 takes a requirement with an extra for one that is not pinned.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-config --no-emit-index-url --no-emit-find-links --no-strip-extras
UV = $(shell command -v uv || echo $(BIN)/uv)
# uv brings its own certificates, which lack those of a company's proxy. The second name is that of older versions.
export UV_SYSTEM_CERTS ?= 1
export UV_NATIVE_TLS ?= 1
# What installs: uv, which is many times faster, with pip where uv fails; or INSTALLER=pip for pip alone.
INSTALLER ?= uv
# The pip that .venv gets; a Python brings an old one.
PIP ?= pip

define install
	@echo "installing $(1)"
	@{ [ '$(INSTALLER)' = uv ] && $(UV) pip install --quiet --python $(BIN)/python $(1); } || { \
		[ '$(INSTALLER)' = pip ] || echo "uv could not install; trying pip" >&2; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check $(1); }
endef

# Compile modules once, whatever this machine's default, not in each of the hundreds of processes of tests and benchmarks.
export PYTHONDONTWRITEBYTECODE =

# More than two cores run at once, because tests wait for a part of their time. Each process collects all tests: 5 s.
TEST_PROCESSES ?= 4
# Files run in their order: unit tests, many and short, come last, so that no process is left with a long one at the end.
PYTEST_PARALLEL := $(BIN)/pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder
# Two files at a time: a test needs half a core.
PYTEST_RESILIENCE := $(BIN)/pytest tests/resilience --numprocesses 2 --dist loadfile

.PHONY: help install run gunicorn demo bench locust test test.unit test.resilience test.generated test.money test.mutants soak soak.feeds \
	test.lane test.orders simulate.orders simulate.scale simulate.mutants \
	lint format docs client postman postman.test check lock docker.up docker.demo docker.down docker.purge clean

help: ## show this list
	@grep -E '^[a-z.]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 17

install: .venv/development.stamp ## create .venv with all locked dependencies, including those for development

run: .venv/service.stamp ## serve on port 8080 with the real exchanges, in one process; keeps its data in ./data
	$(BIN)/crossrate serve

gunicorn: .venv/service.stamp ## serve with CROSSRATE_WORKERS processes
	$(BIN)/gunicorn --config python:entrypoints.http.server.gunicorn_config

demo: .venv/service.stamp ## convert against simulated exchanges, without the internet
	@$(BIN)/python -m entrypoints.cli.demo

test: install ## run every test; unit tests and contracts must cover 95% of domain and application
	$(PYTEST_PARALLEL) --durations=20 \
		--cov=src/domain --cov=src/application --cov-branch --cov-report=term-missing --cov-fail-under=95

test.unit: install ## run the unit tests only, in half a minute
	$(PYTEST_PARALLEL) tests/unit

test.resilience: install ## run every fault on every connection for 20 s under load; `make test` runs a moment of each
	CROSSRATE_TEST_RESILIENCE=whole $(PYTEST_RESILIENCE)

test.generated: install ## answer 100 generated requests of each operation and kind; `make test` makes 2
	CROSSRATE_TEST_GENERATED=whole $(BIN)/pytest tests/integration/openapi/test_generated_requests.py

test.money: install ## move money in 500 generated histories and through 51 kills; `make test` does a little of each
	CROSSRATE_TEST_MONEY=whole $(BIN)/pytest --numprocesses 2 --dist loadfile \
		tests/integration/money/histories_of_workers.py tests/integration/money tests/resilience/test_money.py \
		tests/integration/database/test_upgrading_with_data.py tests/contracts/database/test_ledger_at_once.py --timeout=3600

test.mutants: install ## make 50 mistakes in the code that moves money, and see that tests find each
	$(BIN)/python -m tests.mutants $(MUTANTS)

test.lane: install ## answer CONNECTIONS (1000000) generated connections, from FIRST (0) on, with the fast lane and without it
	CROSSRATE_TEST_LANE=$(or $(CONNECTIONS),1000000) CROSSRATE_TEST_LANE_FIRST=$(FIRST) $(BIN)/pytest tests/integration/server/lane --timeout=0

test.orders: install ## buy ORDERS (10000) times while processes, connections and the exchange fail; `make test` buys 60 times
	CROSSRATE_TEST_ORDERS=$(or $(ORDERS),10000) $(BIN)/pytest tests/resilience/test_orders.py --timeout=0

simulate.orders: install ## tell SEEDS (100000) simulated lives of orders, or with SEED=... the story of one
	@PYTHONHASHSEED=0 PYTHONPATH=src:. $(BIN)/python -m tests.simulation.orders $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),100000))

simulate.scale: install ## what 1 to 100 nodes do together in SECONDS (60) of virtual time, with each fault
	@PYTHONHASHSEED=0 PYTHONPATH=src:. $(BIN)/python -m tests.simulation.scale --seconds $(or $(SECONDS),60)

simulate.mutants: install ## make mistakes in clearing orders, and see the simulation find each within 1000 seeds
	@PYTHONHASHSEED=0 PYTHONPATH=src:. $(BIN)/python -m tests.simulation.orders.mutants

soak: install ## run mixed load with random faults for SOAK_MINUTES (10) and look for leaks
	CROSSRATE_TEST_SOAK_MINUTES=$(SOAK_MINUTES) $(BIN)/pytest tests/resilience/soak.py --timeout=0 -s

soak.feeds: install ## break the exchanges' streams at random for SOAK_MINUTES (10) and recalculate every answer
	CROSSRATE_TEST_SOAK_MINUTES=$(SOAK_MINUTES) $(BIN)/pytest tests/resilience/feed_soak.py --timeout=0 -s

bench: install ## compare its speed with bare aiohttp, msgspec and ccxt; BENCH="--short --check" for CI
	@$(BIN)/python -m benchmarks $(BENCH)

locust: install ## drive mixed traffic with locust; HEADLESS=1 prints a table, HOST=http://... names your own service
	@$(BIN)/python -m benchmarks.swarm

lint: install ## check style, format, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## fix style and format where a tool can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

client: install ## write what clients/python takes from the OpenAPI document, and its blocking half
	PYTHONPATH=clients/python $(BIN)/python -m generator

postman: install ## write the Postman collection of the OpenAPI document to crossrate.postman_collection.json
	@PYTHONPATH=src:. $(BIN)/python -m tests.postman crossrate.postman_collection.json

postman.test: install ## run the collection by newman against simulated exchanges; needs npm
	@cd tests/postman && npm ci --no-audit --no-fund --ignore-scripts --silent
	@PYTHONPATH=src:. $(BIN)/python -m tests.postman run

docs: install ## write docs/settings.md and .env.example from the settings
	$(BIN)/python -m tests.integration.documentation.settings_page

screenshots: install ## write pictures of the page into docs/images, from simulated exchanges
	$(BIN)/python -m tests.integration.page.screenshots

check: lint test ## run what must pass before a change is merged: lint, then test

lock: .venv/service.stamp ## pin the newest versions that pyproject.toml allows
	$(COMPILE) --upgrade pyproject.toml clients/python/pyproject.toml --group dev --extra tracing --extra ccxt --output-file requirements-dev.lock
	$(COMPILE) --upgrade pyproject.toml clients/python/pyproject.toml --no-annotate --constraints requirements-dev.lock --output-file requirements.lock
	$(COMPILE) --upgrade --group build --no-annotate --constraints requirements-dev.lock --output-file requirements-build.lock

docker.up: ## build and start API, worker, scheduler, Redis and Postgres; return when all are healthy
	./deploy.sh

docker.demo: ## the same with simulated exchanges, without the internet
	COMPOSE_FILE=docker-compose.yml:docker-compose.simulate.yml ./deploy.sh

COMPOSE := docker compose --profile observability --profile edge

docker.down: ## stop and remove the containers of docker.up; its data stays
	$(COMPOSE) down --remove-orphans

docker.purge: ## remove containers, network, image and, when asked, ALL DATA of docker.up; YES=1 does not ask
	@[ '$(YES)' = 1 ] || { printf 'This deletes the database with all accounts, keys and quotes. Type "delete" to go on: '; \
		read -r answer && [ "$$answer" = delete ]; } || { echo "Nothing was deleted." >&2; exit 1; }
	$(COMPOSE) down --volumes --remove-orphans --rmi local

clean: ## remove .venv and every tool's cache
	rm -rf .venv .*_cache .coverage .hypothesis .import_linter_cache .schemathesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp, since a killed run leaves .venv/bin/python without pip.
.venv/python.stamp:
	@$(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null || { \
		echo "Crossrate needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo missing)." \
		"Install one, or name it: make install PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade '$(PIP)' || echo "pip could not be upgraded" >&2
	@[ '$(INSTALLER)' = pip ] || command -v uv >/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || echo "uv could not be installed" >&2
	@touch $@

# The build's requirements come from their lock too, instead of a build environment that would fetch them unchecked.
.venv/service.stamp: requirements.lock requirements-build.lock pyproject.toml clients/python/pyproject.toml | .venv/python.stamp
	$(call install,--require-hashes --requirement requirements.lock --requirement requirements-build.lock)
	$(call install,--no-deps --no-build-isolation --editable clients/python)
	$(call install,--no-deps --no-build-isolation --editable .)
	@touch $@

.venv/development.stamp: requirements-dev.lock .venv/service.stamp
	$(call install,--require-hashes --requirement requirements-dev.lock)
	@touch $@

# What to run. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset up test test-deep test-machines conformance bench check
PYTHON := .venv/bin/python
READY := .venv/.ready
PEOPLE ?= $(RETENTION_DEMO_PEOPLE)
DATASETS ?= $(RETENTION_DEMO_DATASETS)

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(READY) ## the virtual environment .venv with everything in it (takes no time when it is there)

$(READY): pyproject.toml constraints.txt scripts/setup
	@scripts/setup
	@touch $@

demo: $(READY) ## eight sample databases in .demo/, one hold, the real DAGs run to their end, tables and reports
	@RETENTION_DEMO_PEOPLE="$(PEOPLE)" RETENTION_DEMO_DATASETS="$(DATASETS)" $(PYTHON) -m demo

demo-reset: ## forget the demo: the next `make demo` starts over
	@rm -rf .demo
	@echo "The demo is gone. make demo starts over."

up: $(READY) ## Airflow with its UI on http://127.0.0.1:8080, on the demo's databases; Ctrl-C stops it
	@$(PYTHON) -m demo.up

test: $(READY) ## the tests; names at its end what was left out for want of a server or a browser
	@$(PYTHON) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not deep and not machines"

test-deep: $(READY) ## the slow sweeps too
	@$(PYTHON) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not machines"

test-machines: $(READY) ## Airflow with Celery, Redis and PostgreSQL as docker-compose.yml has it: one of two workers dies
	@$(PYTHON) -m pytest -q -m machines

conformance: $(READY) ## what a database must be able to do, on the server at URL=... (ONLY="fence,digests": some of it)
	@RETENTION_CONFORMANCE_URL="$${URL:?URL=mariadb://user:password@host:3306/ and the like, see docs/dialects.md}" \
	  RETENTION_CONFORMANCE_ONLY="$(ONLY)" \
	  $(PYTHON) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "conformance and not deep and not machines" \
	  tests/databases tests/property

bench: $(READY) ## speed on 200,000 people and under many laws, against the equivalent raw statements
	@$(PYTHON) -m tests.benchmarks

check: $(READY) ## linters, types, layers
	@$(PYTHON) -m ruff check --no-cache .
	@$(PYTHON) -m ruff format --no-cache --check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m mypy demo
	@.venv/bin/lint-imports

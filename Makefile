# Targets for daily work. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
USE_CASE ?= credit_default
PORT ?= 3000
# The first Python on this machine that the lock supports; name another with `make PYTHON=...`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	&& { echo $$p; break; }; done)
export DAGSTER_HOME := $(CURDIR)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test check ui bench lock docs gan

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-7s %s\n", $$1, $$2}'

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 was found; install one, or run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the $$(grep -c '==' requirements.lock) pinned packages of requirements.lock (one to four minutes) ..."
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

run: $(READY) ## materialize everything that is stale in one use case (USE_CASE=credit_default)
	@$(BIN)/mlops-assets run $(USE_CASE) --replay 2

test: $(READY) ## run every test
	@$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered --cov-fail-under=85

check: $(READY) ## run linters, mypy, layer contracts and the fast tests: about three minutes
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

ui: $(READY) ## start Dagster's UI and daemon, on this machine only (PORT=3000)
	@echo "http://127.0.0.1:$(PORT)"
	@$(BIN)/python -m mlops_assets.defs.instance
	@umask 077; $(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1 -p $(PORT)

bench: $(READY) ## measure speed and write docs/benchmarks.md; only print one part: WHAT=lifecycle, drift_power, large
	@$(BIN)/python -m mlops_assets_tests.bench$(if $(filter drift_power large,$(WHAT)),.$(WHAT),$(if $(WHAT), --only $(WHAT)))

docs: $(READY) ## regenerate the configuration reference and the JSON schemas
	@$(BIN)/python -m mlops_assets.use_case.generate

gan: $(READY) ## add the CTGAN synthesizer; install a CPU build of torch first to keep CUDA out
	@$(BIN)/python -m pip install --quiet "torch>=2.13,<2.14" && $(BIN)/python -m pip install --quiet ".[gan]"

lock: ## resolve the dependencies again (needs uv), with hashes and without host names
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --no-emit-index-url --fork-strategy fewest --no-build --quiet --output-file requirements.lock
	@sed -i.bak -E "s/ ; \(python_full_version[^\\]*linux.\)//" requirements.lock && rm requirements.lock.bak

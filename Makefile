# The interpreter that makes .venv: 3.11, 3.12 or 3.13.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
.DEFAULT_GOAL := help
# Many processes are begun here: none should compile what the one before has compiled.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo run test lint types contracts kills calendars alone browser kafka bench ci lock clean

help:       ## What can be made
	@sed -n 's/^\([a-z]*\):[^#]*## */\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

setup:      ## Make .venv from requirements.lock (quick when nothing changed)
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11, 3.12 or 3.13, or say PYTHON=/path/to/it."; exit 1; }
	@$(PYTHON) tools/bootstrap.py

demo: setup ## Play a conference in the whole house and stay up (EXIT=1: by itself, in a folder of its own)
	@$(PY) -m colloque_embedded demo $(if $(EXIT),--exit)

run: setup  ## Start the house empty, every room in one process, data under ./var
	@$(PY) -m colloque_embedded

test: setup ## Every test that needs no network, browser or Java
	@$(PY) -m pytest -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder

lint: setup ## ruff: rules and format
	@$(VENV)/bin/ruff check --quiet . && $(VENV)/bin/ruff format --quiet --check .

types: setup ## mypy, strict
	@$(VENV)/bin/mypy

contracts: setup ## Who may import whom
	@$(VENV)/bin/lint-imports --no-logo

kills: setup ## Kill the house's parts in mid-flight and count what is left
	@$(PY) -m pytest -m kills

calendars: setup ## Invitations in calendar programs of others (libical, Node, npm)
	@$(PY) -m pytest -m calendars

alone: setup ## Each room installed without its neighbours (asks the package index)
	@$(PY) -m pytest -m alone

browser: setup ## The pages in a real Chromium
	@$(PY) -m pytest -m browser tests/browser
	@$(PY) -m pytest -m browser tests/embedded

kafka: setup ## The bus and the story on a real Apache Kafka (Java 17 and Maven)
	@$(PY) -m pytest -m kafka

bench: setup ## Measure, each figure beside its floor
	@$(PY) -m bench

ci:         ## All that must hold before a change lands
	@.ci/run

lock: setup ## Resolve the requirements again into requirements.lock
	@$(PY) tools/lock.py

clean:      ## Remove .venv and the tools' caches (the data under ./var stay)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

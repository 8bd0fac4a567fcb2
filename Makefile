# Needs a POSIX shell, make and Python 3.11 or newer; everything else lands in .venv.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
READY := .venv/.ready
PYTHONS := python3.13 python3.12 python3.11 python3
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: help demo test test-servers check format reference lock bench build clean
.PHONY: check-format check-lint check-types check-imports check-reference check-links

help: ## list these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## open a case from examples/, scrubbed, and look at it
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tools/demo.sh

test: $(READY) ## run every test (ARGS="-k reopen" for some)
	@$(BIN)/pytest -q -n auto --dist worksteal $(ARGS)

test-servers: $(READY) ## run the tests against real servers (Debian packages, PyPI, loopback)
	@$(BIN)/pytest -q -rs -m servers -n 0 --timeout 600 tests/servers $(ARGS)

check: check-format check-lint check-types check-imports check-reference check-links ## format, lint, types, imports, reference, links

check-format: $(READY)
	@out=$$($(BIN)/ruff format --check .) || \
	  { printf '%s\n' "$$out" 'hint: make format' >&2; exit 1; }

check-lint: $(READY)
	@$(BIN)/ruff check --quiet .

check-types: $(READY)
	@$(BIN)/mypy --no-error-summary

check-imports: $(READY)
	@out=$$($(BIN)/lint-imports) || { printf '%s\n' "$$out" >&2; exit 1; }

check-reference: $(READY)
	@$(BIN)/python tools/reference.py check
	@$(BIN)/python tools/policy_pages.py check

check-links: $(READY)
	@$(BIN)/python tools/docs_links.py

format: $(READY) ## format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

reference: $(READY) ## write docs/reference/, man/ and completions/ anew
	@$(BIN)/python tools/reference.py write
	@$(BIN)/python tools/policy_pages.py write

lock: | $(BIN)/python ## write requirements/dev.txt anew (UPGRADE=--upgrade: newest versions)
	@$(BIN)/python -m venv build/lock
	@build/lock/bin/python -m pip --quiet --disable-pip-version-check install 'uv>=0.9'
	@build/lock/bin/uv pip compile pyproject.toml requirements/build.in \
	  --group dev --universal --python-version 3.11 --generate-hashes $(UPGRADE) \
	  --custom-compile-command 'make lock' --quiet --output-file requirements/dev.txt

bench: $(READY) ## measure; prints ratios
	@for each in benchmarks/*.py; do \
	  echo "== $$each" && $(BIN)/python "$$each" || exit 1; \
	done

build: $(READY) ## make the sdist and the wheel in dist/
	@$(BIN)/python -m build --no-isolation

clean: ## remove everything make has made, .venv too
	@rm -rf .venv .demo .hypothesis .import_linter_cache .mypy_cache .ruff_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installed from hashes alone, so that everybody has the same bytes whatever the index.
$(READY): requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "installing the development environment into .venv" >&2
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/python:
	@for python in $(PYTHONS); do \
	  if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    $$python -m venv .venv && exit 0; \
	    rm -rf .venv; exit 1; \
	  fi; \
	done; \
	echo "error: no Python 3.11 or newer with the venv module among: $(PYTHONS)" >&2; \
	echo "hint: on Debian and Ubuntu: apt-get install python3-venv" >&2; \
	exit 1

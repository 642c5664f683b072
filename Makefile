# make          set up .venv, render the samples into build/
# make quick    run the tests that are not slow, on all cores
# make test     run all tests, on all cores
# make lint     check formatting, lint, types and the layers of imports
# make bench    measure everything, print the table, and write docs/performance.md (15 minutes)
# make bench-large  measure a ledger of ten million recipients, and a campaign that is killed 100 times (an hour)
# make bench-many  measure an archive of 10,000 issues (half an hour)
# make torture  attack sending and the public pages, and print what became of it
# make golden   regenerate golden files, reference pages and the architecture diagram
# make lock     write requirements.lock from constraints.txt, with hashes
# make help     list these commands
# make clean    remove everything that was built
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest --numprocesses=logical --dist=worksteal
SAMPLES := issues/2021-week-10.yaml issues/029.yaml issues/2021-week-11-ja.yaml

.DEFAULT_GOAL := samples
.PHONY: samples setup test quick lint bench bench-large bench-many torture golden lock figures screenshots clean help

samples: .venv/ready
	@mkdir -p build
	@$(BIN)/newsletter render all $(SAMPLES) > build/rendered.txt
	@echo "Rendered $(words $(SAMPLES)) sample issues ($$(wc -l < build/rendered.txt | tr -d ' ') files):"
	@for slug in $(basename $(notdir $(SAMPLES))); do echo "  build/$$slug/email.html"; done
	@echo "Beside each: email.txt, medium.md, medium.html and medium.json. The command is $(BIN)/newsletter."

setup: .venv/ready

# pip's output is shown only if it fails.
.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is required. Run: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up .venv (once, about a minute) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[dev]' > .venv/pip.log 2>&1 \
		|| { cat .venv/pip.log; echo "pip failed; its output is above."; exit 1; }
	@touch $@

test: .venv/ready
	@$(BIN)/python -m tests.chromium
	$(PYTEST)

quick: .venv/ready
	$(PYTEST) -m "not slow"

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready
	$(BIN)/python -m benchmarks

bench-large: .venv/ready
	$(BIN)/python -m benchmarks --record kill large

bench-many: .venv/ready
	$(BIN)/python -m benchmarks --record many

torture: .venv/ready
	$(BIN)/python -m benchmarks torture

golden: .venv/ready
	$(BIN)/python -m tests.golden

# uv resolves for all systems and versions of Python. Its own version is fixed, so that the file does not change with it.
lock:
	@$(PYTHON) -m venv --clear build/lock
	@build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@build/lock/bin/uv pip compile pyproject.toml --extra dkim --extra postgresql --extra webhooks --constraint constraints.txt \
		--universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet > build/lock/hashes.txt
	@{ echo '# The dependencies of a release with the hashes of their files. Written by `make lock`; see docs/security.md.'; \
		cat build/lock/hashes.txt; } > requirements.lock

figures: .venv/ready
	$(BIN)/python issues/images/draw.py

screenshots: .venv/ready
	$(BIN)/python -m docs.screenshots

help:
	@sed -n 's/^# \(make.*\)/\1/p' Makefile

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .newsletter

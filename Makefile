# make        set up .venv and render the samples          make lint    ruff, mypy, import directions
# make test   set up and run all tests, on all cores       make bench   print the benchmarks' figures
# make quick  the same without the slow tests              make clean   take away what was made
# make golden refresh the golden files
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest --numprocesses=logical --dist=worksteal
SAMPLES := issues/2021-week-10.yaml issues/029.yaml issues/2021-week-11-ja.yaml

.DEFAULT_GOAL := samples
.PHONY: samples setup test quick lint bench golden figures screenshots clean

samples: .venv/ready
	@mkdir -p build
	@$(BIN)/newsletter render all $(SAMPLES) > build/rendered.txt
	@echo "Rendered $$(wc -l < build/rendered.txt | tr -d ' ') files from $(words $(SAMPLES)) issues:"
	@for slug in $(basename $(notdir $(SAMPLES))); do echo "  build/$$slug/"; done
	@echo "Each holds email.html, email.txt, medium.md, medium.html and medium.json; the images are in build/assets/."

setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up .venv (once; about a minute) …"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
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

golden: .venv/ready
	$(BIN)/python -m tests.golden

figures: .venv/ready
	$(BIN)/python issues/images/draw.py

screenshots: .venv/ready
	$(BIN)/python -m docs.screenshots

clean:
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .newsletter

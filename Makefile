# `make run` opens the window, `make test` checks everything. Each makes its own environment first.
.PHONY: run test test-quick check lint types manifest bench screenshots clean

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SCREEN := scripts/with-screen

$(STAMP): pyproject.toml scripts/system-libraries
	@scripts/system-libraries
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[app]" --group dev
	@touch $@

run: $(STAMP)
	@scripts/run $(BIN)/python

test: check $(STAMP)
	$(SCREEN) $(BIN)/python -m pytest

test-quick: $(STAMP)
	$(SCREEN) $(BIN)/python -m pytest -m "not slow and not window"

check: lint types manifest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

manifest: $(STAMP)
	$(BIN)/npe2 validate napari.yaml

bench: $(STAMP)
	$(SCREEN) $(BIN)/python -m benchmarks

screenshots: $(STAMP)
	$(SCREEN) $(BIN)/python docs/make_screenshots.py

clean:
	rm -rf $(VENV) dist build artifacts .pytest_cache .mypy_cache .ruff_cache

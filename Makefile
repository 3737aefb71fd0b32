# `make run` opens the window, `make test` checks everything. Each makes its own environment first.
.PHONY: run test test-quick fuzz conformance peer-tests check lint types manifest distribution docs bench bench-scale soak screenshots clean

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SCREEN := scripts/with-screen
# Libraries that the conformance tests ask, each in an environment of its own.
PEERS ?= voxcell brainglobe brainglobe3 allensdk
PEERS_DIR := .conformance

$(STAMP): pyproject.toml scripts/system-libraries
	@scripts/system-libraries
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[app]" --group dev
	@touch $@

run: $(STAMP)
	@scripts/run $(BIN)/python

# Two processes, each with a screen of its own where there is Xvfb.
test: check $(STAMP)
	$(SCREEN) $(BIN)/python -m pytest -n 2 --dist loadgroup

test-quick: $(STAMP)
	$(SCREEN) $(BIN)/python -m pytest -m "not slow and not window"

# Files damaged at random, other ones each time; `make test` runs a hundred of each format.
FUZZ ?= 5000
# Seconds of documents with changed fields through every command; what fails is put into the corpus.
FUZZ_SECONDS ?= 600
fuzz: $(STAMP)
	ATLAS_EXPLORER_FUZZ=$(FUZZ) $(BIN)/python -m pytest tests/formats/test_fuzz.py
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

conformance: $(STAMP) $(PEERS:%=$(PEERS_DIR)/%/.installed) peer-tests
	ATLAS_EXPLORER_PEERS=$(PEERS_DIR) $(BIN)/python -m pytest -m conformance

# The peers' own tests, which run on this library: docs/peer-suites.md.
peer-tests: $(STAMP)
	$(BIN)/python tests/conformance/scripts/fetch_tests.py $(PEERS_DIR)/tests

$(PEERS_DIR)/%/.installed: tests/conformance/requirements/%.txt
	@rm -rf $(@D)
	@python="$(PEER_PYTHON)" && $$python -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(@D)/bin/python -m pip install --quiet --requirement $<
	@touch $@

PEER_PYTHON = $(PYTHON)
# AllenSDK does not install on Python 3.12 and later; PYTHON310 names an older one.
$(PEERS_DIR)/allensdk/.installed: PEER_PYTHON = $$(scripts/python-for-allensdk $(PYTHON310))

check: lint types manifest distribution

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

manifest: $(STAMP)
	$(BIN)/npe2 validate napari.yaml

# What goes to PyPI: both archives, their metadata and contents.
distribution: $(STAMP)
	@rm -rf dist
	$(BIN)/validate-pyproject pyproject.toml
	$(BIN)/python -m build --no-isolation --outdir dist .
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl

# The site, into build/site; without a network once its libraries are there.
docs: $(VENV)/.docs
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -b html docs build/site

$(VENV)/.docs: $(STAMP)
	$(BIN)/python -m pip install --quiet --group docs
	@touch $@

bench: $(STAMP)
	$(SCREEN) $(BIN)/python -m benchmarks

# 16 GB of disk for a while; opens windows.
bench-scale: $(STAMP)
	$(SCREEN) $(BIN)/python -m benchmarks.scale --plot docs/images/scale.png

soak: $(STAMP)
	$(SCREEN) $(BIN)/python -m benchmarks.soak

screenshots: $(STAMP)
	$(SCREEN) $(BIN)/python docs/make_screenshots.py
	$(BIN)/python docs/make_floors.py

clean:
	rm -rf $(VENV) $(PEERS_DIR) dist build artifacts .pytest_cache .mypy_cache .ruff_cache

# Two commands: `make demo` runs the main job, `make test` the whole suite.
# Both make .venv, with uv where it is on PATH, else with venv and pip.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1 && echo uv)
DEMO_DIR ?= aiser-demo
DEMO_FLAGS ?=

AUDIT := .venv-audit

.PHONY: audit emulators demo test fast lint format coverage browser soak promises lock labextension pictures clean help

help:
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(VENV)/.run ## sample data -> executed notebook -> report.html and report.deck.html, then JupyterLab
	$(BIN)/aiser demo --to $(DEMO_DIR) $(DEMO_FLAGS)

test: $(VENV)/.test ## the whole suite, with coverage by package
	# Tests start hundreds of Python processes; where no bytecode may be written, each would compile the package anew.
	$(BIN)/python -m compileall -q aiser_jupyter magics widgets
	$(BIN)/python -m slipcover --out .coverage.json -m pytest -n 2 --dist worksteal --durations=10
	$(BIN)/python benchmarks/coverage_by_package.py

fast: $(VENV)/.test ## the suite without browsers and slow tests
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not browser and not slow"

lint: $(VENV)/.test ## ruff, pyright, import floors, house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/python benchmarks/house_rules.py
	$(BIN)/python benchmarks/support_table.py --check

format: $(VENV)/.test ## rewrite the sources in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

emulators: $(VENV)/bin/python ## stand-ins that need an environment of their own: fakesnow, for the Snowflake tests
ifeq ($(UV),uv)
	uv venv --quiet --allow-existing --python $(BIN)/python .venv-fakesnow
	uv pip install --quiet --python .venv-fakesnow/bin/python "fakesnow[server]==0.12.1" "snowflake-connector-python<5"
else
	$(BIN)/python -m venv .venv-fakesnow
	.venv-fakesnow/bin/python -m pip install --quiet --disable-pip-version-check "fakesnow[server]==0.12.1" "snowflake-connector-python<5"
endif

soak: $(VENV)/.test ## long runs, apart from the suite
	$(BIN)/python benchmarks/soak.py

promises: $(VENV)/.test ## measure what the product promises
	$(BIN)/python benchmarks/promises.py

lock: ## pin every dependency by name, version and hash; the whole set first, so that what runs alone fits it
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml --extra test --extra lint -o requirements/test.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -c requirements/test.txt -o requirements/run.txt

audit: $(VENV)/.test ## bill of materials, licences, start-up files, and known vulnerabilities (asks the network)
	$(BIN)/python benchmarks/supply_chain.py
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check "cyclonedx-bom==7.5.0" "pip-audit==2.10.1"
	mkdir -p build
	$(AUDIT)/bin/cyclonedx-py requirements requirements/run.txt --pyproject pyproject.toml --spec-version 1.6 --output-reproducible -o build/sbom.cdx.json
	$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements/test.txt

labextension: ## rebuild the JupyterLab extension (needs Node.js)
	$(MAKE) -C labextension

clean:
	rm -rf $(VENV) $(AUDIT) build dist .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
ifeq ($(UV),uv)
	uv venv --quiet --python $(PYTHON) $(VENV)
else
	$(PYTHON) -c 'import sys; sys.exit("aiser-jupyter needs Python 3.11 or newer; set PYTHON=python3.12, say." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	# A pip older than this takes a pinned package that another asks for with an extra as one without a pin.
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.3"
endif

ifeq ($(UV),uv)
INSTALL = uv pip install --quiet --python $(BIN)/python
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

$(VENV)/.run: $(VENV)/bin/python pyproject.toml requirements/run.txt
	$(INSTALL) --require-hashes -r requirements/run.txt
	$(INSTALL) --no-deps -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.txt
	$(INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

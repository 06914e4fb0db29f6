# Set-up, checks, tests and the demonstration. Python 3.11 to 3.13: `make test PYTHON=python3.13`.
PYTHON ?= python3
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
ifeq ($(VERSION),)
$(error no Python answers to `$(PYTHON)`; name one of version 3.11 to 3.13, as in: make test PYTHON=/path/to/python3.12)
endif
VENV := .venv-$(VERSION)
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# durable-rules has no wheel; this mends its missing optimisation and its build on Python 3.13.
ENGINE_FLAGS := CPPFLAGS="-O3 -DPyEval_CallObject=PyObject_CallObject"

.PHONY: setup demo test check fuzz bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f"Python 3.11, 3.12 or 3.13 is needed, not {v[0]}.{v[1]}; try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(ENGINE_FLAGS) $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-binary durable-rules --constraint constraints.txt "durable-rules==2.0.28"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $(STAMP)

demo: setup
	@sh scripts/demo.sh $(BIN)/rightscheck

test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: setup
	$(BIN)/ruff check engine tests benchmarks setup.py
	$(BIN)/ruff format --check engine tests benchmarks setup.py
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/rightscheck rules check
	$(BIN)/rightscheck rules test

fuzz: setup
	$(BIN)/python -m pytest -m fuzz --hypothesis-show-statistics

bench: setup
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv-* build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis engine/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The commands of this project; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-$(shell cat pyproject.toml constraints.txt | cksum | cut -d' ' -f1)
OUT ?= out
TRIES ?= 2000

.DEFAULT_GOAL := help
.PHONY: help replicate test coverage fuzz spark lowest lint docs bounds checksums clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(RUN_STAMP):
	$(PYTHON) -c 'import sys; sys.exit("aibaro needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[exact,excel,files,pdf]'
	@rm -f $(VENV)/.run-* $(VENV)/.test $(VENV)/.spark $(VENV)/.lint $(VENV)/.docs && touch $@

# each further set of packages is laid on top of the first, once
$(VENV)/.test $(VENV)/.spark $(VENV)/.lint $(VENV)/.docs: $(VENV)/.%: $(RUN_STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[exact,excel,files,pdf,$*]'
	@touch $@

replicate: $(RUN_STAMP) ## re-analyse all bundled surveys; writes out/report.html, tables and figures
	$(BIN)/aibaro replicate --out $(OUT)

# compiled modules are kept: every worker, and every command that a test runs, would compile the sources again
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.test ## run the tests
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# the rooms that compute, by their own tests alone: what another room happens to pass through is not tested by that
coverage: export PYTHONDONTWRITEBYTECODE :=
coverage: $(VENV)/.test ## hold a floor under the lines that tests pass through
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --cov=aibaro.weights --cov=aibaro.estimate \
	  --cov=aibaro.rounding --cov-report=term:skip-covered --cov-fail-under=85 \
	  tests/weights tests/estimate tests/laws tests/parity tests/test_rounding.py tests/test_notations.py \
	  tests/test_verbal_words.py src/aibaro/weights src/aibaro/estimate src/aibaro/rounding

fuzz: $(VENV)/.test ## try TRIES broken folders, tables, PDFs, files and frames of each kind (long)
	AIBARO_FUZZ=$(TRIES) $(BIN)/python -m pytest -s tests/fuzz

spark: $(VENV)/.test $(VENV)/.spark ## run the tests on Spark and Ibis (needs Java 17)
	$(BIN)/python -m pytest -m spark tests/spark

lowest: ## run the tests with the lowest versions that pyproject.toml allows
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(VENV)-lowest/bin/uv pip install --quiet --python $(VENV)-lowest/bin/python --resolution lowest-direct --editable '.[exact,files,pdf,notebook,test]'
	$(VENV)-lowest/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.lint ## style, types and docstrings
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python docs/validate_docstrings.py

docs: $(VENV)/.docs ## build the documentation into docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

bounds: $(RUN_STAMP) ## recompute all certified bounds (long)
	$(BIN)/aibaro bounds --recompute

checksums: $(RUN_STAMP) ## rewrite the checksums of data/*/datapackage.json
	$(BIN)/python -m aibaro.published.checksums data/*/

clean: ## remove what these commands made
	rm -rf $(VENV) $(VENV)-lowest $(OUT) docs/_build .pytest_cache .hypothesis .mypy_cache .ruff_cache

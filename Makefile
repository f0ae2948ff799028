# What a target needs is installed into .venv first; a machine with Python >= 3.11 and make is enough. The targets of the
# program itself need less than those of contributors, which add the extra "test".
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
REST = slow or notebook or browser or cluster or docs
SCENARIOS = publicity simpler_process supporting_services willingness supervision_feedback coordination all_five temporary_permit

.PHONY: demo compare dashboard docs test test-rest test-all faults fuzz mutation assignments verification results lint format bench schema translations clean

# Some seconds: 10,000 migrants under 30 draws, one policy beside doing nothing, a figure under results/demo/.
demo: $(VENV)/installed
	@$(BIN)/takeup demo
	@echo "In this terminal, first:  . $(BIN)/activate"

# The baseline and the eight scenarios over draws of the posterior: the table, and the report under results/.
compare: $(VENV)/installed
	$(BIN)/takeup compare $(SCENARIOS)

# The district, a policy and a migrant as pages in the browser, served by this machine to itself alone.
dashboard: $(VENV)/installed
	$(BIN)/takeup dashboard

# The documentation as a site without internet: open build/site/index.html. A broken link or an unlisted page is an error.
docs: export NO_MKDOCS_2_WARNING = 1
docs: $(VENV)/installed-test
	$(BIN)/mkdocs build --strict

# What a contributor needs before each commit: at most 4 minutes on two idle cores.
test: $(VENV)/installed-test
	$(BIN)/python -m pytest

# What `make test` leaves out: the whole district, notebooks, documents, the browser, a cluster, killed processes.
test-rest: $(VENV)/installed-test
	$(BIN)/python -m pytest -m "$(REST)"

# Everything that there is, with all examples of hypothesis.
test-all: export HYPOTHESIS_PROFILE = ci
test-all: test test-rest

# Of these, what interrupts, kills and damages.
faults: $(VENV)/installed-test
	$(BIN)/python -m pytest -m "" tests/faults tests/runs/test_killed.py tests/runs/test_killed_region.py

# More than 100,000 broken files, read in this process; the figures go to docs/verification/.
fuzz: $(VENV)/installed-test
	$(INSTALL) -e ".[fuzz]"
	$(BIN)/python -m tools.fuzz

# One change at a time to what decides results: do the tests notice? The figures go to docs/verification/.
mutation: $(VENV)/installed-test
	nice $(BIN)/python -m tools.mutation

# Some ten minutes: both engines agree after 10,000 lists of random values for attributes of agents, and none crashes.
assignments: $(VENV)/installed-test
	$(BIN)/python -m tools.verification --assignments

# Closed forms and stress are measured, docs/verification.md is written.
verification: $(VENV)/installed-test
	$(BIN)/python -m tools.verification

# Every number of Liwan in documents: tables of values, then the runs, resumed in results/documents/, and docs/results/.
results: $(VENV)/installed-test
	$(BIN)/python tools/generate_doc_tables.py
	$(BIN)/python -m tools.results

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python tools/check_vocabulary.py
	$(BIN)/mypy

format: $(VENV)/installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Speed and memory, as JSON in docs/performance/ and as tables in docs/performance.md; on an otherwise idle machine.
bench: $(VENV)/installed-test
	$(BIN)/python -m benchmarks all

schema: $(VENV)/installed
	$(BIN)/takeup scenario schema > scenarios/scenario.schema.json

# After a sentence of the report was added or changed: its entry in the message catalogue, and the compiled catalogue.
translations: $(VENV)/installed-test
	$(BIN)/python -m tools.update_translations

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.version_info >= (3, 11) or sys.exit('takeup needs Python 3.11 or newer; say make PYTHON=python3.12')"
	@echo "Setting up $(VENV): some minutes, once."
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -e ".[dashboard]"
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	@echo "Adding the packages of contributors to $(VENV): some minutes, once."
	$(INSTALL) -e ".[test]"
	touch $@

clean:
	rm -rf $(VENV) results build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

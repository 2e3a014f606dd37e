# What a person types here: make app, make test, make lint, make bench, make checkpoint, make screenshots.
# The packages are installed once; a stamp in .venv, older than the requirements, installs them again.

BIN := .venv/bin
APP_STAMP := .venv/.installed-app
DEV_STAMP := .venv/.installed-dev
BENCH_STAMP := .venv/.installed-bench

.PHONY: app test lint bench analyses checkpoint screenshots clean

app: $(APP_STAMP)
	@$(BIN)/hilander app $(ARGS)

# One thread a process: two test processes share the cores. ARGS goes to pytest: make test ARGS="tests/io -x"
test: $(DEV_STAMP)
	@tools/chromium.sh
	@tools/postgres.sh
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@tools/compose_lint.sh

# benchmarks/make_*.py make things that ship, analysis.py draws the paper's figures; everything else there measures.
# One that finds a figure short of what was asked ends with 1, and the others still run.
bench: $(BENCH_STAMP)
	@tools/chromium.sh
	@failed=0; for script in $(filter-out benchmarks/make_% benchmarks/analysis.py,$(wildcard benchmarks/*.py)); do \
		echo "== $$script"; $(BIN)/python $$script || failed=1; done; exit $$failed

# the paper's analyses: tables and figures under benchmarks/results
analyses: $(BENCH_STAMP)
	$(BIN)/python benchmarks/analysis.py all

# the default checkpoint, from its training data on; ARGS goes to the script
checkpoint: $(BENCH_STAMP)
	@tools/datasets.sh
	$(BIN)/python benchmarks/make_checkpoint.py --out assets/checkpoints/relational $(ARGS)

# the pictures of the README, taken by a browser test
screenshots: $(DEV_STAMP)
	@tools/chromium.sh
	HILANDER_SCREENSHOTS=assets/screenshots $(BIN)/python -m pytest tests/browser/test_screens.py

clean:
	rm -rf .venv build dist *.egg-info

$(APP_STAMP): requirements.txt pyproject.toml
	@tools/install.sh requirements.txt
	@touch $@

$(DEV_STAMP): requirements.txt requirements-dev.txt pyproject.toml
	@tools/install.sh requirements-dev.txt
	@touch $(APP_STAMP) $@

$(BENCH_STAMP): requirements.txt requirements-bench.txt pyproject.toml
	@tools/install.sh requirements-bench.txt
	@touch $(APP_STAMP) $@

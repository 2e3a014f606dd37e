# What a person types here: make app, make test, make lint, make bench, make screenshots.
# The packages are installed once; a stamp in .venv, older than the requirements, installs them again.

BIN := .venv/bin
APP_STAMP := .venv/.installed-app
DEV_STAMP := .venv/.installed-dev
BENCH_STAMP := .venv/.installed-bench

.PHONY: app test lint bench screenshots clean

app: $(APP_STAMP)
	@$(BIN)/hilander app $(ARGS)

# One thread a process: two test processes share the cores. ARGS goes to pytest: make test ARGS="tests/io -x"
test: $(DEV_STAMP)
	@tools/chromium.sh
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# benchmarks/make_*.py make things that ship; everything else there measures
bench: $(BENCH_STAMP)
	@set -e; for script in $(filter-out benchmarks/make_%,$(wildcard benchmarks/*.py)); do \
		echo "== $$script"; $(BIN)/python $$script; done

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

# Everything goes through .venv, which the first target that needs it makes.
PYTHON ?= python3
BIN := .venv/bin
# Bytecode is made when a module is first used: for all of them it takes longer than the rest of the install.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile
# The same pins with the same hashes: pip weighs every file of every release, which is most of a minute, uv does not.
# Authorities of the system, as pip has them: there may be a proxy. Where uv cannot be had, or finds no index because
# only pip was told of one, pip goes on.
UV := UV_LINK_MODE=copy $(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python
define install
$(PIP) --require-hashes -r requirements/uv.txt && $(UV) --require-hashes -r $(1) || $(PIP) --require-hashes -r $(1)
endef
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-full test-browser screenshots chromium simulate lint types imports lock docs clean bench bench-receiver bench-mirror bench-flow bench-pages play

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

.venv/bin/python:
	$(PYTHON) -m venv .venv

# What the product needs. A machine that already has the test set keeps it: it holds the same pins and more.
.venv/.installed: requirements/base.txt pyproject.toml | .venv/bin/python
	@test -e .venv/.installed-test || { $(call install,requirements/base.txt); }
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-test: requirements/test.txt pyproject.toml | .venv/bin/python
	$(call install,requirements/test.txt)
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch .venv/.installed $@

demo: .venv/.installed ## the main job, end to end, against the sandbox portal (ARGS="--keep", ARGS="--import FOLDER")
	$(BIN)/funnelwright demo $(ARGS)

# The quick ones stand first: where they fail, nothing else is begun.
test: .venv/.installed-test ## everything that must be green, in under five minutes
	@$(MAKE) --no-print-directory -j2 lint imports types play PLAY='-m "not slow"'

test-full: .venv/.installed-test ## and what takes longer
	@FUNNELWRIGHT_EXAMPLES=full $(MAKE) --no-print-directory -j2 lint imports types play

.venv/.installed-browser: requirements/browser.txt .venv/.installed-test
	$(call install,requirements/browser.txt)
	@touch $@

# The system's own browser: nothing is downloaded past the package manager.
chromium:
	@find_it() { command -v chromium || command -v chromium-browser || command -v google-chrome; }; \
	give_up() { echo "make $@: the pages are tried out in Chromium, which is not here, $$1" >&2; exit 1; }; \
	if find_it >/dev/null; then exit 0; fi; \
	command -v apt-get >/dev/null || give_up "and neither is apt-get: install Chromium by hand, then run this again."; \
	[ "$$(id -u)" -eq 0 ] || give_up "and only root may install it: sudo make $@, then run this again."; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core \
		|| give_up "and apt-get could not install it, see above: mend that, or install it by hand, then run this again."

test-browser: chromium .venv/.installed-browser ## every page in a real browser, in both languages
	$(BIN)/pytest -o tmp_path_retention_policy=failed -o addopts="-q --strict-markers --import-mode=importlib" tests/browser $(ARGS)

screenshots: chromium .venv/.installed-browser ## a picture of every page, wide and narrow, light and dark
	$(BIN)/python -m tests.browser.screenshots $(ARGS)

# Beside the types, which keep one core busy for half a minute the first time.
play: .venv/.installed-test
	$(BIN)/pytest -n 2 -o tmp_path_retention_policy=failed $(PLAY) $(ARGS)

lint: .venv/.installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/.installed-test
	$(BIN)/mypy

imports: .venv/.installed-test
	$(BIN)/lint-imports

simulate: .venv/.installed-test ## 1,000 seeds of everything that goes wrong (ARGS="--seed 123", ARGS="--planted")
	$(BIN)/python -m tests.simulation $(ARGS)

.venv/.installed-bench: requirements/bench.txt .venv/.installed-test
	$(call install,requirements/bench.txt)
	@touch $@

bench: .venv/.installed-bench ## signals per second through the engine, beside other engines; then loading
	$(BIN)/python -m tests.benchmarks.bench_engine $(ARGS)
	$(BIN)/python -m tests.benchmarks.bench_loading

bench-receiver: .venv/.installed-test ## acknowledged hints per second, beside a handler that does nothing
	$(BIN)/python -m tests.benchmarks.bench_receiver $(ARGS)

bench-mirror: .venv/.installed-bench ## listing 100,000 deals, writing the mirror, beside other clients (ARGS="--full", "--check")
	$(BIN)/python -m tests.benchmarks.bench_mirror $(ARGS)

bench-flow: .venv/.installed-test ## from a hint to the task in the CRM: seconds, and requests for each changed item
	$(BIN)/python -m tests.benchmarks.bench_flow $(ARGS)

bench-pages: .venv/.installed-test ## pages of figures on 50,000 deals and 1,000,000 lines of the journal
	$(BIN)/python -m tests.benchmarks.bench_pages $(ARGS)

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
LOCK := $(COMPILE) pyproject.toml requirements/build.in
lock: .venv/.installed-test ## compile the pins again
	$(PIP) --upgrade uv
	echo uv | $(COMPILE) - -o requirements/uv.txt
	$(LOCK) --extra distributed --extra test -o requirements/test.txt
	$(LOCK) -c requirements/test.txt -o requirements/base.txt
	$(LOCK) --extra distributed -c requirements/test.txt -o requirements/distributed.txt
	$(LOCK) --extra parquet -c requirements/test.txt -o requirements/parquet.txt
	$(LOCK) --extra bench -c requirements/test.txt -o requirements/bench.txt
	$(LOCK) --extra browser -c requirements/test.txt -o requirements/browser.txt

docs: .venv/.installed ## the parts of docs/mirror.md that are made of the schema
	$(BIN)/python -m connector.store.reference docs/mirror.md

clean: ## remove what was built here
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

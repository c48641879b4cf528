# Every target sets up what it needs. The first run makes .venv from the lock; later runs find the
# stamps of what is installed and install nothing.
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench up
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
DEMO_ARGS ?=
TEST_ARGS ?=
BENCH_ARGS ?=

# the tests of kernels and of what is built on them, run also as plain Python and with bounds checks;
# those of detectors apart: only theirs is the coverage that is asked for, and it slows kernels down
DETECTOR_TESTS = $(wildcard $(shell cat tests/detector_tests.txt))
KERNEL_TESTS = $(wildcard $(shell cat tests/kernel_tests.txt))
BENCHES = $(wildcard tests/benchmarks/cost.py tests/benchmarks/*_cost.py)
BESIDE := --numprocesses 2 --dist loadfile
QUICK := --hypothesis-profile=quick
COVERAGE := 95

SUITABLE := 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
NO_PYTHON := no Python 3.11 to 3.14 with venv and ensurepip, expected one on PATH; \
	install it (Debian: python3 and python3-venv) or name it: make PYTHON=/path/to/python3

export UV_COMPILE_BYTECODE := 1
export UV_PYTHON := $(BIN)/python

help: ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile

demo: $(VENV)/.warm ## simulate three days, plant attacks, find them (DEMO_ARGS="--seed 2")
	@$(BIN)/almenara demo $(DEMO_ARGS)

test: $(VENV)/.installed-dev $(VENV)/.warm ## all tests, in three ways (TEST_ARGS="-k zeek": those, in one way)
ifeq ($(strip $(TEST_ARGS)),)
	@echo "1 of 3: kernels as plain Python, detectors with coverage; 2 of 3, beside it: compiled with bounds checks"
	@$(MAKE) -j2 test-plain test-bounds
	@echo "3 of 3: everything, the tests of real servers in one process and the others in a second"
	$(PYTEST) $(BESIDE)
else
	$(PYTEST) $(TEST_ARGS)
endif

.PHONY: test-plain test-bounds
test-plain:
	NUMBA_CACHE_DIR= NUMBA_DISABLE_JIT=1 $(PYTEST) -q $(QUICK) --cov --cov-fail-under=$(COVERAGE) $(DETECTOR_TESTS)
	NUMBA_CACHE_DIR= NUMBA_DISABLE_JIT=1 $(PYTEST) -q $(QUICK) $(KERNEL_TESTS)

test-bounds:
	NUMBA_CACHE_DIR= NUMBA_BOUNDSCHECK=1 $(PYTEST) -q $(QUICK) $(DETECTOR_TESTS) $(KERNEL_TESTS)

lint: $(VENV)/.installed-dev ## format, style, types, layers, generated pages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m stream.pages --check

bench: $(VENV)/.installed-dev $(VENV)/.warm ## CPU per event beside orjson, and memory (BENCH_ARGS are handed on)
	@set -e; for script in $(BENCHES); do echo "$$script"; $(BIN)/python $$script $(BENCH_ARGS); done

up: ## the engine with Kafka, Elasticsearch and Kibana, by Docker Compose
	@deploy/passwords.sh
	docker compose up --build --detach

# an environment that answers is kept; one that a stopped set-up left half made is made again
$(VENV)/.uv: constraints.txt
	@set -e; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
			if $$candidate -c $(SUITABLE) 2>/dev/null; then found=$$candidate; break; fi; \
		done; \
		if [ -z "$$found" ]; then echo "make: found $(NO_PYTHON)" >&2; exit 1; fi; \
		echo "setting up $(VENV) with $$($$found --version), once"; \
		$$found -m venv --clear $(VENV); \
	fi; \
	sed -n '/^uv==/,/[^\\]$$/p' constraints.txt > $(VENV)/uv.txt; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.txt; \
	touch $@

$(VENV)/.installed: $(VENV)/.uv pyproject.toml constraints.txt
	@$(BIN)/uv pip install --quiet --require-hashes -c constraints.txt -r pyproject.toml --group build
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# kernels are compiled once an install; what edits change is compiled when it is used
$(VENV)/.warm: $(VENV)/.installed
	@$(BIN)/python -m stream.warm_up
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(BIN)/uv pip install --quiet --require-hashes -c constraints.txt -r pyproject.toml --group dev
	@touch $@

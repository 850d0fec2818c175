# Each target does its own set-up: it needs Python 3.11 or newer and make, nothing else.
#
#   PYTHON=python3.12 make test   with another interpreter (`make clean` first, if .venv is there already)
#   ARGS="-x -k erf" make test    with arguments for pytest; `make bench` hands them to the benchmarks
#   JOBS=8 make test              in eight processes

PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
ARGS ?=

SCRIPTS := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN := $(VENV)/$(SCRIPTS)
BENCH := $(VENV)-bench
BENCH_BIN := $(BENCH)/$(SCRIPTS)
PEERS := $(BENCH)-peers
PEERS_BIN := $(PEERS)/$(SCRIPTS)
INSTALL := -m pip install --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest

# One exact version, since results are compared with it. Where pip would bring its CUDA libraries along, several
# gigabytes, PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu finds the build without them.
TORCH := torch==2.13.0

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test test-thorough test-parity lint format bench bench-counts bench-quick notebooks notebooks-write clean

help:
	@echo "make demo           train a network on handwritten digits, into runs/digits-mlp"
	@echo "make test           all tests"
	@echo "make test-thorough  all tests, with many more random cases"
	@echo "make test-parity    all tests, PyTorch installed, so that comparisons with it are not skipped"
	@echo "make lint           format, style, types, layers of imports"
	@echo "make format         put the format right, and what else can be put right by itself"
	@echo "make bench          benchmarks against other libraries, in environments of their own; half an hour"
	@echo "make bench-quick    the same with fewer rounds, in three minutes"
	@echo "make bench-counts   calls and allocations of small workloads, compared with those written down"
	@echo "make notebooks      run every notebook of the course"
	@echo "make notebooks-write run them and write their outputs, as they are committed"
	@echo "make clean          remove environments and caches; runs/ stays"

demo: $(VENV)/.installed-viz
	$(BIN)/glassgrad train --model mlp --data digits --out runs/digits-mlp

# One BLAS thread a process: the processes share the cores, and idle BLAS threads would spin in their way.
test: $(VENV)/.installed-test
	OPENBLAS_NUM_THREADS=1 HYPOTHESIS_PROFILE=ci $(PYTEST) -n $(JOBS) --dist worksteal $(ARGS)

test-thorough: $(VENV)/.installed-test
	OPENBLAS_NUM_THREADS=1 HYPOTHESIS_PROFILE=thorough $(PYTEST) -n $(JOBS) --dist worksteal $(ARGS)

test-parity: $(VENV)/.installed-torch test

lint: $(VENV)/.installed-lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BENCH)/.installed $(PEERS)/.installed
	$(BENCH_BIN)/python benchmarks/run.py $(ARGS)

bench-quick: $(BENCH)/.installed $(PEERS)/.installed
	$(BENCH_BIN)/python benchmarks/run.py --quick $(ARGS)

# Part of `make test`, too; ARGS=--write renews what is written down.
bench-counts: $(VENV)/.installed-test
	$(BIN)/python benchmarks/counts.py $(ARGS)

NOTEBOOKS := $(wildcard notebooks/*.ipynb)

# GLASSGRAD_QUICK=1 make notebooks: with fewer epochs and samples, as in CI.
notebooks: $(VENV)/.installed-test
	OPENBLAS_NUM_THREADS=1 $(PYTEST) --nbmake -n $(JOBS) $(NOTEBOOKS) $(ARGS)

notebooks-write: $(VENV)/.installed-torch $(VENV)/.installed-test
	OPENBLAS_NUM_THREADS=1 $(BIN)/python notebooks/execute.py $(ARGS)

clean:
	rm -rf $(VENV) $(BENCH) $(PEERS) build dist *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find autograd nn tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environments: an empty file remembers an install, which is done again when pyproject.toml changes ---

%/pyvenv.cfg:
	@$(PYTHON) -c "import sys; sys.version_info < (3, 11) and sys.exit( \
	    'glassgrad needs Python 3.11 or newer, and this is %d.%d: try PYTHON=python3.12 make ...' % sys.version_info[:2])"
	$(PYTHON) -m venv $*

$(VENV)/.installed-torch: $(VENV)/pyvenv.cfg Makefile
	$(BIN)/python $(INSTALL) $(TORCH)
	@touch $@

$(VENV)/.installed-%: $(VENV)/pyvenv.cfg pyproject.toml
	$(BIN)/python $(INSTALL) --editable ".[$*]"
	@touch $@

# A path alone: the finder of an editable install loads, in every process, modules that an import is timed for.
$(BENCH)/.installed: $(BENCH)/pyvenv.cfg Makefile pyproject.toml benchmarks/requirements.txt
	$(BENCH_BIN)/python $(INSTALL) --requirement benchmarks/requirements.txt \
		--config-settings editable_mode=compat --editable .
	@touch $@

$(PEERS)/.installed: $(PEERS)/pyvenv.cfg benchmarks/requirements-peers.txt
	$(PEERS_BIN)/python $(INSTALL) --requirement benchmarks/requirements-peers.txt
	@touch $@

# The two commands of this repository are `make book` and `make test`. Both make their own environment in
# .venv from requirements.lock. To use an environment that is there already (conda): make test BIN=$CONDA_PREFIX/bin

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book viewer test pytest lint format lab links site wheel release fuzz bench lock clean distclean

PYTHON ?= python3
UV ?= uv
ifdef BIN
READY :=
else
BIN := .venv/bin
READY := .venv/.ready
endif
VIEWER := src/supracrystal/_static/3Dmol-min.js
NODE := node_modules/.package-lock.json
BUILD = $(BIN)/jupyter-book build book --config _config.yml --toc $(CURDIR)/_toc.yml --path-output .

export PATH := $(abspath $(BIN)):$(PATH)
# Matrices are small here: threads of the linear algebra and of tight binding only wait for one another, at up to
# thirty times the cost.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export JUPYTER_PREFER_ENV_PATH := 1
# Without this every start of Python would compile the package anew, where a machine has it set.
unexport PYTHONDONTWRITEBYTECODE

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

book: $(READY) $(VIEWER) ## the website, in _build/html; changed chapters are executed
	@$(BUILD) -n -W --keep-going
	@$(BIN)/python book/_ext/offline.py _build/html

test: lint pytest ## the checks of lint, then all tests

pytest: $(READY) $(VIEWER)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q

lint: $(READY) ## style, spelling and docstrings
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/codespell $$(git ls-files ':!*.lock' ':!*-lock.json' ':!*.svg' ':!*.bib' ':!data')
	@! grep -nE '^%' $$(git ls-files 'book/*.md') || { echo "MyST takes a line that begins with % for a comment" >&2; exit 1; }
	@$(BIN)/numpydoc lint $$(git ls-files "src/*.py")
	@$(BIN)/lint-imports --no-cache --no-logo >/dev/null || $(BIN)/lint-imports --no-cache
	@$(BIN)/python tests/house.py

format: $(READY) ## let ruff put the style right
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lab: $(READY) $(VIEWER) ## the chapters as notebooks in JupyterLab
	@$(BIN)/jupytext-config --settings-file $(dir $(BIN))etc/jupyter/labconfig/default_setting_overrides.json \
	    set-default-viewer markdown myst >/dev/null
	@$(BIN)/jupyter lab --notebook-dir=book

links: $(READY) $(VIEWER) ## do the addresses in the book answer?
	@$(BUILD) --builder linkcheck

site: $(READY) ## the built pages in a headless Chromium, if there is one, and chapters as notebooks
	@SUPRACRYSTAL_SITE=1 $(BIN)/python -m pytest -q -rs -n 2 tests/site

wheel: $(READY) $(VIEWER) ## the package alone, in an empty environment
	@$(BIN)/python tests/wheel.py

release: book ## of a tagged version: wheel, site, verdicts as an RO-Crate and checksums, in dist/
	@git tag --points-at HEAD | grep -qx "v$$($(BIN)/supracrystal --version | cut -d ' ' -f 2)" || \
	    { echo "HEAD has no tag of the version in pyproject.toml; make one with: git tag v0.1.0" >&2; exit 1; }
	@rm -rf dist
	@$(BIN)/python -m hatchling build -d dist
	@$(BIN)/supracrystal claims --crate dist/register >dist/register.txt
	@tar -czf dist/register.tar.gz -C dist register && rm -r dist/register
	@tar -czf dist/site.tar.gz -C _build html
	@cd dist && sha256sum * >SHA256SUMS && cat SHA256SUMS

fuzz: $(READY) ## a hundred thousand mutated inputs for every reader and every recipe
	@$(BIN)/python tests/fuzz.py --number 100000

bench: .venv-bench/.ready $(VIEWER) ## speed beside the peers, in an environment of its own
	@for script in benchmarks/bench_*.py; do .venv-bench/bin/python $$script || exit 1; done

lock: ## renew the lock files from pyproject.toml and package.json; needs uv (pip install uv)
	@$(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --extra book --extra lammps --extra structures --extra tomography --extra test --extra lint --extra build --extra workflow -o requirements.lock
	@$(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --extra bench -c requirements.lock -o requirements-bench.lock
	@awk 'FNR == NR {if (/^[^ ]/) there[$$1]; next} /^[^ ]/ {new = !($$1 in there)} new' \
	    requirements.lock requirements-bench.lock >requirements-bench.new && mv requirements-bench.new requirements-bench.lock
	@$(BIN)/npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund

clean: ## remove what was built
	rm -rf _build $(VIEWER)

distclean: clean ## remove the environments as well
	rm -rf .venv .venv-bench node_modules

# An environment is made anew when its lock changes, so that it never holds what the lock does not. The stamp
# is written last: an installation that was interrupted starts again.
define environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed; choose one with: make PYTHON=python3.12" >&2; exit 1; }
	rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --require-hashes $(patsubst %,-r %,$(filter %.lock,$^))
	$(@D)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
endef

.venv/.ready: requirements.lock pyproject.toml
	$(environment)

.venv-bench/.ready: requirements.lock requirements-bench.lock pyproject.toml
	$(environment)

# 3Dmol and MathJax come from npm, which for .venv comes from a Python wheel.
$(NODE): package.json package-lock.json | $(READY)
	$(BIN)/npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

viewer: $(VIEWER) ## the script of the 3D views, for Python sessions outside the book

$(VIEWER): $(NODE)
	@mkdir -p $(@D)
	@cp node_modules/3dmol/build/3Dmol-min.js $@

# utfall: `make` alone lists what can be made.
PYTHON ?= python3
UV     := uv==0.13.9
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.synced
CHECK  := .utfall/check
FAST   := not slow and not browser and not trust and not bench

export UV_COMPILE_BYTECODE     := 1
export UV_PYTHON_DOWNLOADS     := never
export UV_NO_PROGRESS          := 1
export UV_SYSTEM_CERTS         := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DO_NOT_TRACK            := 1
unexport VIRTUAL_ENV UV_PROJECT_ENVIRONMENT PYTHONDONTWRITEBYTECODE PYTHONPATH

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help report test check format validate bench trust browser docs pictures doctor clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Standard output of `make report` is the path alone, so that other programs can read it.
report: $(STAMP) ## Make the environment, run the reference study, print the path of its index.html
	@sh pipelines/setup_browser.sh >&2
	@$(MAKE) --no-print-directory .utfall/nsw/study.yml >&2
	@$(BIN)/utfall run --study .utfall/nsw --no-prefect >&2
	@$(BIN)/utfall run --study .

test: $(STAMP) ## Fast tests
	@$(BIN)/python -m pytest -m "$(FAST)"

check: $(STAMP) ## Lint, format, types, import rules, SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@mkdir -p $(CHECK)/typed/utfall
	@for part in analysis expectations models pipelines reports; do \
		ln -sfn ../../../../$$part $(CHECK)/typed/utfall/$$part; done
	MYPYPATH=$(CHECK)/typed $(BIN)/mypy $(CHECK)/typed/utfall
	$(BIN)/lint-imports --cache-dir $(CHECK)/imports
	$(BIN)/sqlfluff lint --processes 1 models

format: $(STAMP) ## Put code into the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP) ## What every column of the marts is, for the researcher; never published
	@$(BIN)/python -m utfall.pipelines.modeldocs .

validate: $(STAMP) ## Worlds with a known truth
	$(BIN)/utfall validate
	@sh tests/marked.sh slow

bench: $(STAMP) ## Speed and equality against peers
	@sh tests/marked.sh bench

trust: $(STAMP) ## Bad input, kills, attacks, same bytes: over an hour; UTFALL_TRUST=0.1 tries a tenth
	@$(BIN)/python -m tests.trust.whole

.PHONY: fuzz
fuzz: $(STAMP) ## Ten minutes of damaged files
	@sh tests/marked.sh fuzz

browser: $(STAMP) ## The built pages in a real browser
	@sh pipelines/setup_browser.sh >&2
	@test -d node_modules/axe-core || npm ci --ignore-scripts --silent >&2 \
		|| echo "npm could not install axe-core; its checks are skipped" >&2
	@sh tests/marked.sh browser

pictures: $(STAMP) ## The pictures of README, from the built report
	@$(BIN)/python .github/pictures.py

doctor: $(STAMP) ## What this machine has and lacks
	@$(BIN)/utfall doctor

clean: ## Remove what is derived; deliveries, protocols and the environment stay
	rm -rf .utfall reports/built build dist

$(STAMP): pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) >&2 || { \
		echo "no virtual environment could be made: $(PYTHON) needs its venv module" >&2; \
		echo "  Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet "$(UV)" >&2
	@$(BIN)/uv sync --frozen --python $(BIN)/python >&2
	@touch $@

# A copy of the example goes stale when its template changes, so it is made anew.
.utfall/nsw/study.yml: $(wildcard pipelines/examples/nsw/*.yml pipelines/examples/nsw/*/*.yml) pipelines/examples.py | $(STAMP)
	@rm -rf .utfall/nsw
	@$(BIN)/utfall init .utfall/nsw --example nsw --quiet

# Every command sets up its own virtual environment. Needs Python 3.11 or newer, make and git.
#   make PYTHON=/path/to/python3.12 …   another Python        make VENV=/elsewhere …   another place
SHELL := /bin/sh
PYTHON ?=
VENV ?= .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
LITELLM ?= .cache/litellm
FLOOR ?= .cache/airflow-3.2
S3 ?= .cache/s3
AZURE ?= .cache/azure
FAB ?= .cache/fab
GOOGLE ?= .cache/google
DOCS ?= .cache/docs
SITE ?= site
DIST ?= dist
DIST_TOOLS ?= .cache/dist
NEXT ?= .cache/next
PEER ?= .cache/openai-provider
PYTEST_ARGS ?=
# Twice the cores it was measured on: half of a run is waiting. tests/support/order.py says who gives way to whom.
WORKERS ?= 4
# Without bytecode each of the hundreds of processes that tests start would compile all it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help venv demo demo-again demo-film docs dist audit test test-fast test-system test-litellm test-s3 test-azure test-fab test-google test-floor test-next test-cluster up up-celery down lint format bench conformance constraints clean
.DEFAULT_GOAL := help

help:
	@echo "make demo         both DAGs through real Airflow: clips, stills and receipts in a local bucket; no key, no money"
	@echo "make demo-again   once more on the kept bucket: pays for nothing that is archived already"
	@echo "make demo-film    a film of sixteen scenes from its storyboard, left in .demo-film/film.mp4 (FILM_LANGUAGE=ja: in Japanese)"
	@echo "make up / down    Airflow's four processes, the bundled server and a bucket, with the UI on port 8080 (PORT=8090: there)"
	@echo "make up-celery    the same on PostgreSQL and Redis, with two Celery workers and two triggerers; make down ends it"
	@echo "make test-fast    tests/unit alone, for the inner loop; not tests/integration and tests/system: no DAG is run there, and"
	@echo "                  no bundled server, store or Airflow process started"
	@echo "make test         all tests, one row of the system tests per boundary; the next nine do the rest"
	@echo "make test-system  the full table of kills, restarts and clears on real Airflow processes; many minutes"
	@echo "make test-litellm through a real LiteLLM proxy, which gets an environment of its own"
	@echo "make test-s3      the archive on s3:// against moto, which gets a folder of packages of its own"
	@echo "make test-azure   the archive on abfs:// against Azurite, the same; needs Node.js and npm"
	@echo "make test-fab     who may see which clip under Airflow's FAB auth manager, which gets an environment of its own"
	@echo "make test-google  connections of Airflow's google provider, the extra [google], which get an environment of their own"
	@echo "make test-floor   on Airflow 3.2, the oldest supported, which gets an environment of its own"
	@echo "make test-next    a forecast: test-fast and a DAG on the newest Airflow that can be had, pre-releases included"
	@echo "make test-cluster kills and lost answers on PostgreSQL, Redis, two Celery workers and two triggerers; many minutes"
	@echo "make lint         ruff, mypy, the contracts on imports and the floor plan"
	@echo "make docs         the documentation site in the folder site, with its own search; the builder gets an environment of its own"
	@echo "make dist         what a release uploads, in the folder dist, looked at from all sides; nothing is uploaded"
	@echo "make audit        known weaknesses of the versions in constraints.txt, by pip-audit; says so where it could not look"
	@echo "make bench        what a parse costs, the archive, ten thousand waits, against named baselines"
	@echo "make conformance SERVER=http://host:port/v1 [KEY=...] [MODEL=...]   does the provider behave there? pays for 1 or 2 clips"
	@echo "make venv         only the virtual environment"

venv: $(READY)

$(READY): pyproject.toml constraints.txt devtools/make_venv.sh
	@sh devtools/make_venv.sh "$(VENV)" "$(PYTHON)"

demo: $(READY)
	@$(RUN) -m devtools.demo

demo-again: $(READY)
	@$(RUN) -m devtools.demo --again

demo-film: $(READY)
	@$(RUN) -m devtools.demo_film $(if $(FILM_LANGUAGE),--language $(FILM_LANGUAGE))

up: $(READY)
	@$(RUN) -m devtools.up $(if $(filter paused,$(DAGS)),--paused) $(if $(PORT),--port $(PORT))

up-celery: $(READY)
	@sh devtools/add_celery.sh "$(VENV)"
	@$(RUN) -m devtools.up --celery $(if $(filter paused,$(DAGS)),--paused) $(if $(PORT),--port $(PORT))

down:
	@if [ -x "$(RUN)" ]; then $(RUN) -m devtools.down; else echo "Nothing to stop: there is no $(VENV)."; fi

test: $(READY)
	@$(RUN) -m pytest -m "not full_table and not litellm" -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

test-fast: $(READY)
	@$(RUN) -m pytest tests/unit -m "not slow" -n 3 --dist loadfile $(PYTEST_ARGS)

test-system: $(READY)
	@$(RUN) -m pytest -m system $(PYTEST_ARGS)

test-litellm: $(READY)
	@sh devtools/make_litellm.sh "$(LITELLM)" "$(RUN)"
	@SORA_LITELLM="$(LITELLM)/bin/litellm" $(RUN) -m pytest -m litellm tests/integration/litellm $(PYTEST_ARGS)

# Nothing may be skipped here: SORA_S3 says that what the tests need is there.
test-s3: $(READY)
	@sh devtools/make_s3.sh "$(S3)" "$(RUN)"
	@SORA_S3=1 PYTHONPATH="$(S3)" $(RUN) -m pytest -n $(WORKERS) tests/integration/archive/test_object_storage.py \
	    tests/integration/archive/test_fault_table.py tests/integration/review/test_promotion_faults.py \
	    tests/integration/retention -k "object_storage or s3" $(PYTEST_ARGS)

# As above, with SORA_AZURE, which names the folder.
test-azure: $(READY)
	@sh devtools/make_azure.sh "$(AZURE)" "$(RUN)"
	@SORA_AZURE="$(abspath $(AZURE))" PYTHONPATH="$(AZURE)/packages" $(RUN) -m pytest -n $(WORKERS) \
	    tests/integration/archive/test_azure.py tests/integration/archive/test_fault_table.py \
	    tests/integration/review/test_promotion_faults.py -k "azure or abfs" $(PYTEST_ARGS)

test-fab: $(READY)
	@sh devtools/make_fab.sh "$(FAB)" "$(RUN)"
	@SORA_FAB="$(abspath $(FAB))/bin/python" $(RUN) -m pytest tests/integration/gallery/test_fab.py $(PYTEST_ARGS)

# Nothing may be skipped here: SORA_GOOGLE says that the provider is there.
test-google: $(READY)
	@sh devtools/make_google.sh "$(GOOGLE)" "$(RUN)"
	@SORA_GOOGLE=1 "$(GOOGLE)/bin/python" -m pytest -q -n 0 tests/integration/google $(PYTEST_ARGS)

test-floor: $(READY)
	@sh devtools/make_floor.sh "$(FLOOR)" "$(RUN)"
	@"$(FLOOR)/bin/python" -m pytest -q -n 2 --dist loadfile \
	    tests/unit tests/integration/operators/test_course.py::test_create_remix_archive \
	    tests/integration/operators/test_acts_by_version.py $(PYTEST_ARGS)

# Made anew every time; fails where a test does, which .ci/run reports and lets pass.
test-next: $(READY)
	@sh devtools/make_next.sh "$(NEXT)" "$(RUN)"
	@$(RUN) -m devtools.next_airflow "$(NEXT)/bin/python"

# Nothing may be skipped here: SORA_CLUSTER says that what the tests need is there.
test-cluster: $(READY)
	@sh devtools/add_celery.sh "$(VENV)"
	@SORA_CLUSTER=1 $(RUN) -m pytest -s -n 0 -m system tests/system/cluster $(PYTEST_ARGS)

# Warnings are errors: a dead link, a page that nothing leads to. The test looks at what was built, offline.
docs: $(READY)
	@sh devtools/make_docs.sh "$(DOCS)" "$(RUN)"
	@NO_MKDOCS_2_WARNING=1 "$(DOCS)/bin/python" -m mkdocs build --quiet --strict --site-dir "$(abspath $(SITE))"
	@SORA_SITE="$(abspath $(SITE))" $(RUN) -m pytest -q -n 0 tests/integration/site $(PYTEST_ARGS)
	@echo "Open $(abspath $(SITE))/index.html"

# Nothing may be skipped here: SORA_DIST_PYTHON says that what the tests need is there.
dist: $(READY)
	@sh devtools/make_dist.sh "$(DIST_TOOLS)" "$(RUN)"
	@rm -rf "$(DIST)"
	@"$(DIST_TOOLS)/bin/python" -m hatchling build -d "$(abspath $(DIST))"
	@"$(DIST_TOOLS)/bin/twine" check --strict "$(DIST)"/*
	@SORA_DIST="$(abspath $(DIST))" SORA_DIST_PYTHON="$(abspath $(DIST_TOOLS))/bin/python" \
	    $(RUN) -m pytest -q -n 0 tests/integration/packaging $(PYTEST_ARGS)

# Fails only on a weakness that a newer version mends.
audit: $(READY)
	@sh devtools/make_dist.sh "$(DIST_TOOLS)" "$(RUN)"
	@$(RUN) -m devtools.audit "$(DIST_TOOLS)/bin/python" $(if $(MUST_LOOK),--must-look)

lint: $(READY)
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(VENV)/bin/lint-imports --no-logo
	@$(RUN) -m devtools.floorplan
	@$(RUN) -m devtools.descriptions

format: $(READY)
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

bench: $(READY)
	@sh devtools/make_bench.sh "$(abspath $(PEER))" "$(RUN)"
	@$(RUN) -m benchmarks.imports --peer "$(abspath $(PEER))"
	@$(RUN) -m benchmarks.archive
	@$(RUN) -m benchmarks.watching

# The key goes through the environment, where other users' process lists do not show it.
conformance: export SORA_KEY := $(KEY)
conformance: $(READY)
	@if [ -z "$(SERVER)" ]; then echo "Name the server: make conformance SERVER=http://host:port/v1 [KEY=...] [MODEL=...]"; exit 2; fi
	@$(RUN) -m devtools.conformance "$(SERVER)" $(if $(MODEL),--model "$(MODEL)")

constraints:
	@sh devtools/compile_constraints.sh

clean:
	rm -rf .demo .demo-film .cache dist build site

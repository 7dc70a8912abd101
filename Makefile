# Each target uses a python3 on PATH that has what it needs, else makes .venv (see .ci/setup).

.DEFAULT_GOAL := help
.PHONY: help demo test check docs generated e2e browser formal fuzz mutants mutation bench bench-leader bench-real lock clean image sbom audit
.NOTPARALLEL:

RUN := .ci/setup run
DEV := .ci/setup dev
ALL := .ci/setup moto
SURFACE := .ci/setup surface

# Those that the core is held to: every line and branch, by unit and property tests alone.
CORE := daemonctl/model/*,daemonctl/planning/*,daemonctl/check/*

# Most of it waits for real processes, so more run at once than there are processors. What fails on
# a busy machine is run once more, by itself, and both are told.
CORED := coverage run -m pytest tests/unit tests/property
REST := pytest --ignore=tests/unit --ignore=tests/property --ignore=tests/real --ignore=tests/formal \
	--ignore=tests/browser

help: ## Say what there is
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 21

demo: ## Watch daemonctl work on a local ECS (KEEP=1 leaves it running)
	@$(RUN) daemonctl local demo $(if $(KEEP),--keep)

check: ## Lint, types, layers and promises (a minute)
	@$(DEV) ruff check --quiet --output-format concise .
	@$(DEV) ruff format --quiet --check .
	@$(DEV) mypy --no-error-summary
	@out=$$($(DEV) lint-imports --no-logo) || { printf '%s\n' "$$out"; exit 1; }
	@$(DEV) pytest tests/unit/test_project.py
	@$(MAKE) --no-print-directory docs

generated: ## Write anew what is made from the code: docs/cli.md, openapi.json, schemas, man page
	@$(DEV) python -m tests.generated

docs: ## The manual, as a site in .daemonctl/site; a link to nowhere fails
	@$(DEV) mkdocs build --quiet --strict --config-file .mkdocs.yml

test: check ## Everything: check, then every test, then coverage of the core
	@rm -f .coverage .coverage.*
	@$(ALL) $(CORED) -n 2 || { [ $$? = 1 ] \
		&& printf '%s\n' '--- once more, one by one: what failed' && $(ALL) $(CORED) --last-failed; }
	@$(ALL) coverage combine --quiet
	@$(ALL) coverage report --include='$(CORE)' --fail-under=100
	@$(ALL) $(REST) -n 4 --dist worksteal || { [ $$? = 1 ] \
		&& printf '%s\n' '--- once more, one by one: what failed' && $(ALL) $(REST) --last-failed; }

e2e: ## Real Docker engines, Consul and registrator (root, Debian or Ubuntu; FAILED=1: what failed)
	@$(DEV) pytest $(if $(FAILED),--last-failed) tests/real

browser: ## The status page in Chromium (installs it where it is missing: root, Debian)
	@$(SURFACE) python -m tests.browser.parts.chromium
	@$(SURFACE) pytest $(if $(FAILED),--last-failed) tests/browser

formal: ## Check the model of two controllers exhaustively (spin and gcc)
	@$(DEV) pytest -n 2 tests/formal

image: ## The image, from the Dockerfile (root, Debian or Ubuntu; your own engine: docs/image.md)
	@$(DEV) python -m tests.real.image.build

sbom: ## What the image is made of, as CycloneDX, in .daemonctl/daemonctl.cdx.json
	@mkdir -p .daemonctl
	@$(DEV) cyclonedx-py requirements deploy/lock/run.txt --pyproject pyproject.toml \
		--output-reproducible --of JSON -o .daemonctl/daemonctl.cdx.json

audit: ## Known holes in the locked packages
	@$(DEV) python .ci/audit.py

fuzz: ## Ten thousand made-up requests to the API of a real controller (three minutes; SEED=2: others)
	@$(SURFACE) python -m tests.fuzz $(if $(SEED),--seed $(SEED))

mutants: ## Break each rule on purpose and see a test catch it
	@$(DEV) python -m tests.mutants

mutation: ## Change planning/ in every small way (PART=planning/fit.py, SAMPLE=100 SEED=1: some)
	@$(DEV) python -m tests.mutation $(PART) $(if $(SAMPLE),--sample $(SAMPLE)) \
		$(if $(SEED),--seed $(SEED)) $(if $(JOBS),--jobs $(JOBS))

bench: ## Planning and placement at 5,000 instances, and how long the commands take to answer
	@$(DEV) python -m tests.bench plan --instances 5000 --daemons 2
	@$(DEV) python -m tests.bench place --instances 5000 --daemons 2
	@$(DEV) python -m tests.bench start --instances 3
	@$(DEV) python -m tests.bench start --instances 5000

bench-real: ## Real daemons beside Docker Swarm's, on the same engines (root)
	@$(DEV) python -m tests.real.bench

bench-leader: ## From a leader's end to the next one acting, on a real Consul (five minutes)
	@$(DEV) python -m tests.real.leader

# No index, path or comment of the machine that made them goes into the locks, so that they are
# the same wherever they are made (docs/adr/0004). The smaller ones take the largest one's versions.
COMPILE := uv pip compile --quiet --no-config \
	--universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header
BUILD := import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])

lock: ## Make deploy/lock anew from pyproject.toml (UPGRADE=1: newest versions)
	@$(DEV) sh -euc ' \
		command -v uv >/dev/null || python -m pip install --quiet uv; \
		python -c "$$BUILD" | tr " " "\n" >.lock-build.in; trap "rm -f .lock-build.in" EXIT; \
		compile="$(COMPILE) pyproject.toml .lock-build.in"; \
		$$compile $(if $(UPGRADE),--upgrade) --extra dev --extra moto --extra surface \
			-o deploy/lock/surface.txt; \
		$$compile -c deploy/lock/surface.txt --extra dev --extra moto -o deploy/lock/moto.txt; \
		$$compile -c deploy/lock/moto.txt --extra dev --extra local -o deploy/lock/dev.txt; \
		$$compile -c deploy/lock/moto.txt -o deploy/lock/run.txt'

lock: export BUILD := $(BUILD)

clean: ## Remove everything that was made here
	rm -rf .venv build dist *.egg-info .coverage .coverage.* .hypothesis .mypy_cache .ruff_cache \
		.pytest_cache .import_linter_cache .daemonctl
	find daemonctl tests -name __pycache__ -prune -exec rm -rf {} +

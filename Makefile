# `make` lists what there is. Every target sets up what it needs; .venv is made once per lock file.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RUST := fixtures/runtimes/gateway-rs
GO := fixtures/runtimes/validatord-go
# Of tests one more than there are processors: for a third of their time they wait for rows, spans and deadlines.
WORKERS = $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))

.PHONY: help setup demo doctor parity test runtimes chromium lint types audit mutants sbom load lock docs counts roster specification minefield conformance-long bench bench-quick bench-docs bench-extract bench-sessions bench-fuzz qualify steady clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-20s %s\n", $$1, $$2}'

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say PYTHON=...")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(READY) ## make the virtual environment from the lock file

demo: $(READY) ## build and start the bundled daemons, run every suite against them
	@$(BIN)/parity run --bundled

doctor: $(READY) ## check each thing that `make parity` needs, and say what to do
	@$(BIN)/parity doctor

parity: $(READY) ## the cutover gate: every suite against the live daemons of parity.yaml
	@$(BIN)/parity run

test: $(READY) ## run the project's tests: specification, harness, end to end with both daemons
	@$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

runtimes: ## build both bundled daemons, and run their own tests
	@if command -v cargo >/dev/null; then cd $(RUST) && cargo build --release --locked --quiet && cargo test --release --locked --quiet; fi
	@if command -v go >/dev/null; then cd $(GO) && go build -mod=readonly -o bin/ ./cmd/... && go test ./...; fi

chromium: ## install Debian's Chromium, for the tests of the HTML report, where it is missing and root can
	@if command -v chromium chromium-browser google-chrome >/dev/null; then exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core \
	  || echo "Chromium could not be installed: the tests of the page will be skipped"; \
	else echo "no Chromium, and this is no root on Debian: the tests of the page will be skipped"; fi

conformance-long: $(READY) ## 5,000,000 texts through both real adapters and the reference, fresh seed
	@$(BIN)/python -m tests.spec.conformance_long

bench-extract: $(READY) ## extraction: 10 MB of hostile text against 1 MB, and documents a second
	@$(BIN)/python benchmarks/extraction.py

bench-sessions: $(READY) ## report and audit of a million rows, next to grep -c and a plain group-by
	@$(BIN)/python -m benchmarks.sessions

bench: $(READY) ## how fast it is, as ratios with their spread: 7 interleaved rounds, a quarter of an hour
	@$(BIN)/python -m benchmarks --json reports/bench.json

bench-quick: $(READY) ## the same, small and twice, without peers: that the benchmarks work
	@$(BIN)/python -m benchmarks --quick

bench-docs: $(READY) ## write into docs/performance.md what `make bench` measured last
	@$(BIN)/python -m benchmarks.publishing

lint: $(READY) ## ruff, clippy, rustfmt, vet, gofmt
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@if command -v cargo >/dev/null; then cd $(RUST) && cargo fmt --check && cargo clippy --quiet --locked --all-targets -- -D warnings; fi
	@if command -v go >/dev/null; then cd $(GO) && go vet ./... && go vet -tags drift ./... && test -z "$$(gofmt -l . | tee /dev/stderr)"; fi
	@if command -v go >/dev/null; then cd benchmarks/bareclient && go vet ./... && test -z "$$(gofmt -l . | tee /dev/stderr)"; fi

types: $(READY) ## mypy, strict, on src
	@$(BIN)/mypy

specification: $(READY) ## write docs/specification.md from the clauses
	@$(BIN)/parity clauses --markdown > docs/specification.md

build/docs-environment/.ready: docs/requirements.lock
	@$(PYTHON) -m venv build/docs-environment
	@build/docs-environment/bin/pip install --quiet --disable-pip-version-check --require-hashes -r docs/requirements.lock
	@touch $@

docs: build/docs-environment/.ready ## build the guide and the reference as a site: build/docs/index.html
	@build/docs-environment/bin/sphinx-build -W --keep-going --quiet --jobs auto -d build/docs-trees docs build/docs
	@echo build/docs/index.html

counts: $(READY) ## write the counts of the README anew, after probes were added
	@$(BIN)/python -m tests.harness.counting

roster: $(READY) ## write the fixture roster from its readable source
	@$(BIN)/python fixtures/roster/build.py

minefield: $(READY) ## write anew what the real libraries make of the minefield
	@cd $(RUST) && cargo build --release --locked --quiet --bin extract-adapter
	@cd $(GO) && go build -mod=readonly -o bin/extractadapter ./cmd/extractadapter
	@$(BIN)/python fixtures/minefield/build.py

bench-fuzz: $(READY) ## what the fuzzer finds from nothing in a minute, how small, how fast
	@PYTHONPATH=. $(BIN)/python -m benchmarks.fuzz --json reports/bench-fuzz.json

qualify: $(READY) ## prove the harness: every mistake planted in a bundled daemon is caught and blamed rightly
	@$(BIN)/parity qualify --jobs 3 --json reports/qualify.json

steady: $(READY) ## no false alarm: 100 unmutated runs, each in another order, beside two busy processes
	@$(BIN)/parity qualify --control 100 --load 2

audit: $(READY) ## hold the locked dependencies against known vulnerabilities, as far as data can be had
	@test -x build/audit/bin/pip-audit || { $(PYTHON) -m venv build/audit && build/audit/bin/pip install --quiet --disable-pip-version-check pip-audit; } || true
	@$(BIN)/python -m supply.audit

mutants: ## change the pure middle in 2,600 small ways and name what no test notices; MUTANTS=... for a part
	@test -x build/mutants/bin/mutmut || { $(PYTHON) -m venv build/mutants && build/mutants/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock && build/mutants/bin/pip install --quiet --disable-pip-version-check mutmut==3.8.1; }
	@build/mutants/bin/mutmut run --max-children 2 $(MUTANTS)
	@build/mutants/bin/mutmut results

sbom: $(READY) ## write the software bill of materials: Python, Rust and Go, as CycloneDX
	@test -x build/bill/bin/cyclonedx-py || { $(PYTHON) -m venv build/bill && build/bill/bin/pip install --quiet --disable-pip-version-check cyclonedx-bom; } || true
	@$(BIN)/python -m supply.bill

load: $(READY) ## ten minutes of 200 probes in flight: memory, descriptors and verdicts stay what they were
	@$(BIN)/python -m benchmarks.load --minutes 10

lock: ## write the lock files anew, with hashes and without index addresses
	@$(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet pip-tools
	@build/lock/bin/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --allow-unsafe --output-file requirements.lock pyproject.toml
	@build/lock/bin/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --allow-unsafe --extra dev --output-file requirements-dev.lock pyproject.toml
	@for sdk in v2 current; do build/lock/bin/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --allow-unsafe --output-file tests/end_to_end/langfuse/$$sdk.lock tests/end_to_end/langfuse/$$sdk.in || exit; done
	@build/lock/bin/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --allow-unsafe --output-file docs/requirements.lock docs/requirements.in
	@for peer in httpx tavern schemathesis plot; do build/lock/bin/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --allow-unsafe --output-file benchmarks/requirements-$$peer.lock benchmarks/requirements-$$peer.in || exit; done

clean: ## remove what was built
	@rm -rf $(VENV) build mutants reports $(RUST)/target $(GO)/bin

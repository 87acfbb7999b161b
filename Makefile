# Everything that is done with this tree. `make` alone prints the list; `make run` and `make test` are the two to know.

DATA ?= ./data
# Flags for `make run`, as in: make run SERVE="--listen-http 0.0.0.0:8080"
SERVE ?=
# How often `make crash` kills the server.
ROUNDS ?= 20
# How many crashes `make simulate` tries.
POINTS ?= 100000
# How many days of alarms `make simulate-alarms` lives through.
DAYS ?= 10000
# Further steps of `make test`.
EXTRA ?=
SMOKE_SECONDS ?= 20
# For `make bench-peers`: how much (small, 10k, 100k, 1m), which systems, and which steps; nothing: all.
SCALE ?= small
SYSTEMS ?=
STEPS ?=
# How long `make soak` lasts.
SECONDS ?= 3600
FUZZ_SECONDS ?= 600
# How many requests graphite-web and Plumbago are both asked, and the seed of data and requests.
REQUESTS ?= 2500
SEED ?= 1
# For `make conformance`: a folder with other recorded answers and a check.py that judges, and the arguments of that.
CONFORMANCE ?=
CHECK ?= --allow-lenient-400 --strict-tags --area '^(render|archive|time|consolidation|grammar|pipeline|functions|events|find|tags|format)$$'

.DEFAULT_GOAL := help
.PHONY: help run build build-load test check-format lint tidy unit doc agents carbon-rules rules alarms crash full-disk simulate simulate-alarms oracle \
	grafana front-end fuzz-smoke fuzz bench bench-peers bench-events bench-rules bench-alarms bench-web soak harness deny conformance \
	reference test-tools clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## build and start Plumbago with its data in ./data
	@scripts/check-requirements run
	@cargo build --release --locked -p plumbago
	@echo "Plumbago starts: graphs of this machine at http://127.0.0.1:8080/, plaintext on port 2003, pickles on 2004,"
	@echo "data in $(DATA); Ctrl-C stops it and loses nothing."
	@exec target/release/plumbago serve --data-dir $(DATA) $(SERVE)

build: ## build target/release/plumbago
	@scripts/check-requirements run
	cargo build --release --locked -p plumbago

test: ## run all tests: format, lints, units, docs, fuzz smoke, real agents, graphite-web recorded and live, kill -9, a full disk
	@scripts/check-requirements test
	@scripts/install-test-tools debian python oracle graphite node alertmanager smtp fuzz
	@scripts/run-steps check-format tidy lint unit doc fuzz-smoke harness build agents carbon-rules grafana conformance oracle front-end rules alarms crash full-disk $(EXTRA)

check-format: ## cargo fmt, without changing anything
	cargo fmt --all --check

tidy: ## the rules of the tree that no compiler knows
	scripts/tidy

lint: ## clippy on everything; a warning is a failure
	cargo clippy --workspace --all-targets --locked -- -D warnings

unit: ## cargo's tests: units, integration, golden files, model, documentation's examples
	cargo test --workspace --locked

doc: ## the documentation of every package; a warning is a failure
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

reference: ## write docs/functions.md anew, from the functions themselves
	PLUMBAGO_RENEW=1 cargo test -p plumbago-query --test query --locked reference

agents: build ## real collectd, statsd, carbon-relay and carbon-c-relay against the release binary
	@scripts/install-test-tools debian python node
	python3 tests/run.py support agents

carbon-rules: build ## carbon's own aggregator beside the release binary, on the same rules and lines
	@scripts/install-test-tools python
	python3 tests/run.py carbon_rules

rules: build ## kill -9 while rules make series and events: no hole, nothing twice
	python3 tests/run.py rules

alarms: build ## alarms as real programs get them: webhooks that fail, Alertmanager and amtool, mail; kill -9 at twenty points
	@scripts/install-test-tools alertmanager smtp
	python3 tests/run.py alarms

crash: build ## kill -9 during full-speed ingest, ROUNDS times (20), and a clean stop
	CRASH_ROUNDS=$(ROUNDS) python3 tests/run.py crash

full-disk: build ## a server on a disk that fills up, and has room again (as root: it mounts a small one)
	python3 tests/run.py full_disk

simulate: ## a crash at every write, sync and rename of seeded workloads, POINTS in all (100000); device errors, full disks
	PLUMBAGO_SIMULATE_POINTS=$(POINTS) cargo test -p plumbago-engine --locked --test simulate -- --nocapture

simulate-alarms: ## DAYS (10000) seeded days of alarms, in which everything goes wrong, against a plain reading of the contract
	PLUMBAGO_ALARMS_DAYS=$(DAYS) cargo test -p plumbago-alerting --locked --test days -- --nocapture

oracle: build ## random requests, answered by graphite-web too: REQUESTS of them (2500), SEED (1), CASE for one only
	@scripts/install-test-tools oracle
	python3 tests/run.py oracle
	cd tests && python3 -m oracle --seed $(SEED) --count $(REQUESTS) $(if $(CASE),--case $(CASE))

grafana: build ## what Grafana sends, to the byte, and what it must get back
	python3 tests/run.py grafana

front-end: build ## graphite-web with Plumbago in CLUSTER_SERVERS answers as Plumbago itself; what carbonapi asks
	@scripts/install-test-tools graphite
	python3 tests/run.py front_end

fuzz-smoke: ## every fuzz target for SMOKE_SECONDS (20)
	@scripts/install-test-tools fuzz
	scripts/fuzz $(SMOKE_SECONDS)

fuzz: ## every fuzz target for FUZZ_SECONDS (600)
	@scripts/install-test-tools fuzz
	scripts/fuzz $(FUZZ_SECONDS)

bench: ## criterion's benchmarks (BENCH: a word in the names of those to run)
	cargo bench -p plumbago-benches --locked -- $(BENCH)

build-load:
	cargo build --release --locked -p plumbago-benches --bin plumbago-load

bench-peers: build build-load ## Plumbago beside VictoriaMetrics and carbon with graphite-web (SCALE, SYSTEMS, STEPS)
	@scripts/install-test-tools victoria graphite
	python3 benches/peers/run.py --scale "$(SCALE)" --systems "$(SYSTEMS)" --steps "$(STEPS)"

bench-events: build ## posts a second with an fsync for each, and pages of searches among a million events
	python3 benches/events/run.py

bench-rules: build ## a backtest over 30 days of 1,000 series; a core's share and lag of 1,000 rules over 100,000 series
	python3 benches/rules/run.py

bench-alarms: build ## 10,000 alert rules over 100,000 series: how soon a change is told, and a storm of 50,000 alarms
	python3 benches/alarms/run.py

bench-web: build build-load ## dashboards' requests at 50 a second over 100,000 series, ten times that, idle and slow clients
	python3 benches/web/run.py

soak: build build-load ## SECONDS (3600) of 100,000 points a second with churn, queries, expiry and merges
	python3 tests/soak/run.py --seconds $(SECONDS)

harness: ## the arithmetic of bench-peers and soak
	PYTHONPATH=tests python3 -m unittest discover -s benches/peers
	python3 tests/run.py soak

deny: ## licences, sources and duplicates of the dependencies
	@scripts/install-test-tools deny
	PATH="$(CURDIR)/.tools/deny/bin:$$PATH" cargo deny --locked check --hide-inclusion-graph licenses bans sources

conformance: build ## replay what graphite-web answered to 3,773 requests (or those of a folder CONFORMANCE, with its check.py)
ifeq ($(CONFORMANCE),)
	python3 tests/run.py conformance
	cd tests && python3 -m conformance
else
	cd tests && python3 -m conformance.outside $(abspath $(CONFORMANCE)) $(CHECK)
endif

test-tools: ## install what the tests need into .tools
	@scripts/check-requirements test
	scripts/install-test-tools

clean: ## remove what was built and installed here; data stays
	cargo clean
	rm -rf .tools fuzz/target fuzz/corpus fuzz/artifacts

# Twinlock: everything a person types. `make` alone lists the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
SECONDS ?= 60
# CI builds what the lock file says; a developer's build may update it.
LOCKED := $(if $(CI),--locked)
# One interpreter for every build of the native module: another one would compile it anew each time.
export PYO3_PYTHON := $(CURDIR)/$(PYTHON)

CHECKS := clippy types node jvm swift web ruff deny format purity
# Rust storages whose tests start real servers: they are tested, and built, with the other shared storages.
SERVED_STORAGES := twinlock-sqlx twinlock-redis twinlock-etcd
# Examples whose main ways are walked in the browser, beside FastAPI's, which has all tests.
WALKED := express fastify-prisma django ktor axum
# One selection of crates and features each: another one would be built anew.
TEST_RUST := cargo test --no-fail-fast $(LOCKED) --workspace --exclude twinlock-axum-bench $(SERVED_STORAGES:%=--exclude %)
TEST_STORAGES := cargo test --no-fail-fast $(LOCKED) $(SERVED_STORAGES:%=--package %) $(SERVED_STORAGES:%=--features %/real-servers)
SUITES := build purity vectors rust fuzz servers python node jvm swift storage http examples web browser readme

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# ---------------------------------------------------------------- use

.PHONY: demo demo-axum demo-django demo-express demo-fastify demo-ktor demo-react demo-spring demo-vue setup setup-node setup-jvm
demo: ## build what is missing and serve the FastAPI example on 127.0.0.1:8000 (accounts are kept in .demo)
	@scripts/bootstrap demo
	@cd examples/fastapi && exec "$(CURDIR)/$(PYTHON)" -m app.demo

demo-express: ## the same application in Express, on sessions
	@scripts/bootstrap express
	@cd examples/express && exec npm start --silent

demo-fastify: ## the same application in Fastify, on Prisma and JSON Web Tokens
	@scripts/bootstrap fastify
	@cd examples/fastify-prisma && exec npm start --silent

demo-django: ## the same application in Django, with pages that need no JavaScript
	@scripts/bootstrap django
	@cd examples/django && exec "$(CURDIR)/$(PYTHON)" -m app.demo

demo-axum: ## the same application in axum, with the calls of the Rust tutorial
	@scripts/bootstrap axum
	@APP_ENV=development TWINLOCK_DEV_PHONE=1 exec target/debug/twinlock-example-axum

demo-ktor: ## the same application in Ktor
	@scripts/bootstrap ktor
	@cd examples/ktor && APP_ENV=development TWINLOCK_DEV_PHONE=1 exec java -jar target/example.jar

demo-spring: ## the application of the Java tutorial in Spring Boot, with the pages
	@scripts/bootstrap spring
	@exec java -jar examples/spring/target/example.jar

demo-vue: ## the Vue application on 127.0.0.1:5173, in front of what `make demo` serves
	@scripts/bootstrap vue
	@cd examples/vue && exec npm run dev --silent

demo-react: ## the React application on 127.0.0.1:5173, in front of what `make demo-fastify` serves
	@scripts/bootstrap react
	@cd examples/react && exec npm run dev --silent

setup: ## build the Python package and its pages into .venv, nothing else
	@scripts/bootstrap package

setup-node: ## build the Node package in place, nothing else
	@scripts/bootstrap node

setup-jvm: ## build the JVM modules into ~/.m2, nothing else
	@scripts/bootstrap jvm

# ---------------------------------------------------------------- test

.PHONY: test $(SUITES:%=test-%)
test: ## every test of every language; one by one: make test-NAME (see the list below)
	@scripts/run-suites test $(SUITES)

test-build: ## what the other suites would build, two builds at once: few of them keep two cores busy
	@scripts/bootstrap venv
	@scripts/side-by-side \
	    '$(TEST_RUST) --quiet --no-run && $(TEST_STORAGES) --quiet --no-run && scripts/fuzz --build' \
	    'scripts/bootstrap python servers browser node storage-tests express fastify django vue react jvm ktor spring http-servers'

test-purity: ## the core has no clock, file, socket, thread or runtime; and the check finds planted ones
	@scripts/check-purity
	@scripts/check-purity --self-test

test-vectors: ## derive our own test vectors again with plain Python
	@python3 tests/derive/derive.py

test-rust: ## unit, property, model, scenario and documentation tests of the crates
	@scripts/bootstrap venv
	$(TEST_RUST)

test-fuzz: ## 5 seconds of each fuzz target on the kept corpus
	@scripts/fuzz 5

test-python: ## the Python package
	@scripts/bootstrap python
	cd bindings-python && ../$(PYTHON) -m pytest tests

test-servers: ## the real database servers that the tests start
	@scripts/bootstrap python servers
	$(PYTHON) -m pytest tests/servers

test-node: ## the Node package
	@scripts/bootstrap python node
	cd bindings-node && npm test

test-jvm: ## the JVM modules, from Kotlin and Java
	@scripts/bootstrap python jvm
	scripts/maven --quiet verify

test-swift: ## the Swift package, on a real toolchain
	@scripts/bootstrap python
	scripts/test-swift

test-storage: ## every shared storage of every language, on real servers
	@scripts/bootstrap python servers storage-tests jvm
	@scripts/side-by-side \
	    '$(PYTHON) -m pytest tests/storage/python' \
	    '$(TEST_STORAGES)' \
	    'cd tests/storage/node && npm test' \
	    'tests/storage/kotlin/run' \
	    'cd examples/storage && npm run --silent types && npm test'

test-http: ## the HTTP contract against every server; schemathesis for a minute against its schema
	@scripts/bootstrap python node http-servers
	@TWINLOCK_FUZZ_SECONDS=60 scripts/side-by-side \
	    '$(PYTHON) -m pytest tests/http --servers fastapi,express,spring,axum' \
	    '$(PYTHON) -m pytest tests/http --servers django,fastify,ktor'

test-examples: ## the example applications
	@scripts/bootstrap python servers browser express fastify ktor spring
	@scripts/side-by-side \
	    'cd examples/fastapi && ../../$(PYTHON) -m pytest tests' \
	    'cd examples/django && ../../$(PYTHON) -m pytest tests' \
	    'cd examples/fastify-prisma && npm run --silent types && npm test' \
	    'TWINLOCK_MAVEN_POM=examples/spring/pom.xml scripts/maven --quiet test' \
	    'cd examples/express && npm run --silent types && npm test' \
	    'TWINLOCK_MAVEN_POM=examples/ktor/pom.xml scripts/maven --quiet test'

test-web: ## the pages' own rules and parts, without a browser
	@scripts/bootstrap web
	cd web && npm test

test-browser: ## the pages in Chromium, with axe and the QR code read from a screenshot; their main ways in every example
	@scripts/bootstrap python browser express fastify django ktor axum vue react
	cd tests/browser && npm test
	@scripts/side-by-side $(WALKED:%='cd tests/browser && EXAMPLE=% npm run --silent ways')

test-readme: ## the snippets of README.md, run
	@scripts/bootstrap python
	$(PYTHON) -m pytest tests/readme

# ---------------------------------------------------------------- check

.PHONY: check $(CHECKS:%=check-%) fmt
check: ## formats, lints, types and licences
	@scripts/side-by-side $(CHECKS:%='$(MAKE) --no-print-directory check-%')

check-format:
	cargo fmt --all --check

check-clippy:
	@scripts/bootstrap venv
	cargo clippy --workspace --all-targets --keep-going $(LOCKED) $(SERVED_STORAGES:%=--features %/real-servers) -- -D warnings

check-purity:
	@scripts/check-purity

check-deny:
	@PATH="$$(scripts/cargo-tool cargo-deny 0.20.2):$$PATH" \
	    cargo deny --workspace $(LOCKED) check --hide-inclusion-graph bans licenses sources

check-ruff:
	@scripts/bootstrap python
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

check-types:
	@scripts/bootstrap python
	scripts/check-types

check-node:
	@scripts/bootstrap node
	cd bindings-node && npm run --silent check

check-jvm:
	@scripts/bootstrap jvm
	scripts/maven --quiet -Pstyle verify -DskipTests

check-swift:
	scripts/check-swift

check-web:
	@scripts/bootstrap web
	cd web && npm run check

fmt: ## format all sources
	@scripts/bootstrap python
	cargo fmt --all
	$(PYTHON) -m ruff check --fix-only --quiet .
	$(PYTHON) -m ruff format .
	scripts/check-swift --fix

# ---------------------------------------------------------------- measure, search, tidy

.PHONY: bench pictures fuzz clean
bench: ## measure against the peers; ratios count, absolute times drift
	@scripts/bootstrap python node servers browser
	bench/run

pictures: ## take the pictures of the README anew
	@scripts/bootstrap demo browser
	cd tests/browser && npm run --silent pictures

fuzz: ## every fuzz target for SECONDS (60): make fuzz SECONDS=600
	@scripts/fuzz $(SECONDS)

clean: ## remove what was built (not .demo: those are your accounts)
	rm -rf target .venv .cache web/dist fuzz/target fuzz/artifacts fuzz/coverage
	rm -rf bindings-node/dist bindings-node/web bindings-node/native/*.node bindings-node/ts/client/contract.gen.ts
	find . -name node_modules -prune -exec rm -rf {} +
	rm -rf bindings-kotlin/*/target examples/{ktor,spring}/target tests/http/servers/{ktor,spring}/target bench/kotlin/target
	rm -rf examples/{vue,react}/dist
	rm -rf bindings-swift/.build bench/swift/.build
	rm -rf bindings-python/python/twinlock/web bindings-python/python/twinlock/_native*.so
	find . \( -name __pycache__ -o -name .pytest_cache -o -name .mypy_cache -o -name .ruff_cache -o -name .hypothesis \) \
	    -prune -exec rm -rf {} +

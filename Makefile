# Everything a developer or operator runs. `make help` lists the targets.

GO       ?= go
BIN      := bin/switchhook
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)
TOOLS    := bin/tools
GOLANGCI := $(TOOLS)/golangci-lint
# Kept out of go.mod: the linter's dependencies are not the project's.
GOLANGCI_VERSION := v2.15.0
# Compares the unified API with the released one; kept out of go.mod likewise.
OASDIFF  := $(TOOLS)/oasdiff
OASDIFF_VERSION := v1.33.0
# Pinned by .ci/jaeger/go.mod.
JAEGER   := $(TOOLS)/jaeger
REDOC     := .ci/documents/node_modules/redoc
REFERENCE := core/gateway/reference/assets/redoc
SCRIPTS   := .ci/browser/node_modules
DASHBOARD := core/gateway/dashboard/assets
ARGS     ?=
# How long each benchmark of a stage runs; the end-to-end one has its own lengths.
BENCHTIME ?= 300ms

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z\/-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: build ## Run the gateway against a local receiver, one delivery a vendor (ARGS=--once ends then)
	$(BIN) demo $(ARGS)

.PHONY: run
run: build ## Run the gateway on ./data (ARGS adds flags)
	$(BIN) serve $(ARGS)

.PHONY: build
build: ## Build bin/switchhook, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/switchhook

.PHONY: test
test: ## Run all tests; Postgres tests need its server binaries or SWITCHHOOK_TEST_POSTGRES
	$(GO) test -timeout 20m $(ARGS) ./...

# SQLite is C translated to Go, in packages that share nothing with others without
# a lock: watching each of its reads and writes triples the time of the store's tests.
UNWATCHED := -gcflags='modernc.org/...=-race=false'

.PHONY: race
race: ## Run the tests with the race detector, but long ones and second databases that make test has (needs a C compiler)
	$(GO) test -race -short $(UNWATCHED) -timeout 20m $(ARGS) ./...

.PHONY: signatures
signatures: ## Verify deliveries' signatures with the subscribers' libraries (needs Node.js with npm)
	npm ci --prefix .ci/signatures --loglevel=error
	CI=true $(GO) test -count=1 -run 'TestSignature' $(ARGS) ./cmd/switchhook

.PHONY: alerts
alerts: ## Check the alert rules and the dashboard's expressions with Prometheus' own parser
	cd .ci/alerts && $(GO) run . ../../deployments/prometheus/alerts.yaml ../../deployments/grafana/switchhook.json

.PHONY: jaeger
jaeger: build $(JAEGER) ## Have Jaeger take a gateway's traces and answer one tree an event (ARGS=-v says more)
	SWITCHHOOK_TEST_JAEGER=$(CURDIR)/$(JAEGER) SWITCHHOOK_TEST_BINARY=$(CURDIR)/$(BIN) \
	  $(GO) test -count=1 -run '^TestJaeger' $(ARGS) ./cmd/switchhook

.PHONY: fuzz
fuzz: ## Fuzz every parser of outside bytes for FUZZTIME each (default 10000x)
	./.ci/fuzz

.PHONY: bench
bench: build ## Run the benchmarks of each stage, then the gateway end to end (ARGS adds flags to the latter)
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./core/... ./plugins/... ./cmd/...
	$(GO) run ./cmd/bench --binary $(BIN) $(ARGS)

.PHONY: chaos
chaos: build ## Break running gateways on purpose and count what is lost (ARGS adds flags, such as --short)
	$(GO) run ./cmd/chaos --binary $(BIN) $(ARGS)

.PHONY: generate
generate: ## Make gen/ from openapi/, and the pages of docs/ from documents and adapters (needs protoc)
	$(GO) generate ./openapi/...
	$(GO) generate ./cmd/switchhook/internal/docs

.PHONY: verify
verify: generate ## Fail where gen/ or docs/ is not what generate makes, or go.mod is not tidy
	@test -z "$$(git status --porcelain --untracked-files=all -- gen docs/api.md docs/events.md docs/providers)" || { git status --short -- gen docs; \
	  echo "gen/ or docs/ is out of date: run 'make generate' and commit"; exit 1; }
	$(GO) mod tidy -diff

.PHONY: lint
lint: $(GOLANGCI) ## Check style, import rules and common faults
	$(GOLANGCI) run ./...

.PHONY: lint/api
lint/api: ## Lint the OpenAPI documents (needs Node.js with npm)
	npm ci --prefix .ci/documents --ignore-scripts --loglevel=error
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
	  .ci/documents/node_modules/.bin/redocly lint --config .ci/documents/redocly.yaml
	@cmp $(REDOC)/bundles/redoc.standalone.js $(REFERENCE)/redoc.standalone.js || \
	  { echo "$(REFERENCE) is not what package-lock.json pins: run 'make assets' and commit"; exit 1; }

.PHONY: assets
assets: ## Bring the scripts that /docs and the dashboard serve, as .ci pins them (needs Node.js with npm)
	npm ci --prefix .ci/documents --ignore-scripts --loglevel=error
	cp $(REDOC)/LICENSE $(REDOC)/bundles/redoc.standalone.js $(REDOC)/bundles/redoc.standalone.js.LICENSE.txt $(REFERENCE)/
	npm ci --prefix .ci/browser --ignore-scripts --loglevel=error
	cp $(SCRIPTS)/htmx.org/LICENSE $(SCRIPTS)/htmx.org/dist/htmx.min.js $(DASHBOARD)/htmx/
	cp $(SCRIPTS)/uplot/LICENSE $(SCRIPTS)/uplot/dist/uPlot.iife.min.js $(SCRIPTS)/uplot/dist/uPlot.min.css $(DASHBOARD)/uplot/

.PHONY: browser
browser: build ## Use the dashboard in a browser, with screenshots (needs Node.js with npm, and chromium)
	npm ci --prefix .ci/browser --ignore-scripts --loglevel=error
	@for f in htmx.org/dist/htmx.min.js:htmx uplot/dist/uPlot.iife.min.js:uplot uplot/dist/uPlot.min.css:uplot; do \
	  cmp $(SCRIPTS)/$${f%%:*} $(DASHBOARD)/$${f##*:}/$$(basename $${f%%:*}) || \
	  { echo "$(DASHBOARD) is not what package-lock.json pins: run 'make assets' and commit"; exit 1; }; done
	node .ci/browser/run.js $(ARGS)

.PHONY: compat
compat: $(OASDIFF) ## Fail where clients of the released unified API would break
	OASDIFF=$(OASDIFF) ./.ci/documents/compat

.PHONY: release/api
release/api: $(OASDIFF) ## Keep openapi/switchhook.yaml as the released one (BREAKING=1 admits that clients break)
	OASDIFF=$(OASDIFF) ./.ci/documents/compat release

.PHONY: fmt
fmt: $(GOLANGCI) ## Format all Go files
	$(GOLANGCI) fmt ./...

$(GOLANGCI):
	GOBIN=$(CURDIR)/$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

$(OASDIFF):
	GOBIN=$(CURDIR)/$(TOOLS) $(GO) install github.com/oasdiff/oasdiff@$(OASDIFF_VERSION)

$(JAEGER): .ci/jaeger/go.mod .ci/jaeger/go.sum
	cd .ci/jaeger && CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o $(CURDIR)/$(JAEGER) \
	  github.com/jaegertracing/jaeger/cmd/all-in-one

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin

# nfoops: every target that .ci/run uses is here. "make help" lists them.
SHELL := /bin/sh
export CGO_ENABLED := 0

FUZZTIME ?= 10s
BENCHTIME ?= 1s
VERSION ?=
GOLANGCI_LINT_VERSION := v2.15.0
LINT := .cache/bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
E2E := testdata/kernels/e2e
LDFLAGS := -s -w $(if $(VERSION),-X github.com/nfoops/nfoops/cmd/internal/cli.release=$(VERSION))

.PHONY: all build test race lint fuzz bench bench-peers bench-scan generate check clean help e2e e2e-all e2e-symbols e2e-ci kb golden-update

all: build

build: ## build bin/nfoops
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/nfoops ./cmd/nfoops

test: ## go vet and all tests
	go vet ./...
	go test ./...

RACE ?= ./cmd/... ./oops/... ./kb/...
race: ## tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -short $(RACE)

lint: $(LINT) ## golangci-lint, with the import fences
	$(LINT) run --allow-parallel-runners ./...

$(LINT):
	mkdir -p .cache/bin
	GOBIN=$(CURDIR)/.cache/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv .cache/bin/golangci-lint $@

# go test fuzzes one target of one package at a time. Inputs are made small in few steps: where a decoder has goroutines
# the coverage of two runs differs, and go test would try for a minute with each.
fuzz: ## every fuzz target for FUZZTIME (10s)
	@set -eu; n=0; finds=; for pkg in $$(go list ./...); do \
	  dir=$$(go list -f '{{.Dir}}' $$pkg); \
	  ls "$$dir"/*_test.go >/dev/null 2>&1 && grep -lq '^func Fuzz' "$$dir"/*_test.go || continue; \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "fuzz $$pkg $$target $(FUZZTIME)"; n=$$((n+1)); \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x -parallel 2 $$pkg \
	      || finds="$$finds $$target"; \
	  done; \
	done; echo "fuzzed $$n targets"; test -z "$$finds" || { echo "finds:$$finds"; exit 1; }

bench: ## benchmarks, in the form that benchstat reads
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

bench-peers: ## a trace of 20 frames beside addr2line, eu-addr2line, llvm-symbolizer, decode_stacktrace.sh (1 GB by apt)
	$(MAKE) -s -C testdata/kernels/symbols bench-peers

SCANSIZE ?= 2048
bench-scan: build ## nfoops scan beside rg, grep and wc, over a log of SCANSIZE MiB (2048) that it makes
	@command -v rg >/dev/null || echo "rg is not installed (apt-get install ripgrep): its rows are left out"
	go run ./testdata/bench/scan -size $(SCANSIZE) -nfoops bin/nfoops
.PHONY: bench-listen
NETCONSD ?=
NETCONSD_MODULE ?=
MINUTES ?= 2
bench-listen: build ## what "nfoops listen" stands; NETCONSD= and NETCONSD_MODULE= name a netconsd to compare with
	go run ./testdata/netconsole/bench rate -nfoops bin/nfoops -netconsd '$(NETCONSD)' -module '$(NETCONSD_MODULE)'
	go run ./testdata/netconsole/bench memory -nfoops bin/nfoops -minutes $(MINUTES)

generate: ## write generated files anew
	go generate ./...

golden-update: ## write the goldens of reports and scripts anew; read the diff before you commit
	go test ./cmd/internal/render ./cmd/internal/tui -update
	go test ./cmd/nfoops -run 'TestScripts|InTmux' -update

kb: build ## check the built-in known bugs and their logs
	bin/nfoops kb lint
	bin/nfoops kb test -q

check: generate ## what has to hold before a commit
	go mod tidy -diff
	@out=$$(gofmt -s -l cmd oops disasm symbols kb testdata); test -z "$$out" || { echo "gofmt -s -w $$out"; exit 1; }
	$(MAKE) lint test
	@test -z "$$(git status --porcelain)" || { git status --short; echo "the tree is not clean"; exit 1; }

e2e e2e-all e2e-symbols e2e-ci: ## kernels that crash in a virtual machine (see testdata/kernels/e2e)
	$(MAKE) -C $(E2E) $@

clean: ## remove what was built
	rm -rf bin dist

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9 -]+:.*## / {printf "  %-38s %s\n", $$1, $$2}' Makefile

# `make demo` shows it working, `make test` proves it. Both install what is missing first.

# The cargo profile: release, or ci (quicker to build).
PROFILE ?= release
EXTENSION := target/$(PROFILE)/libs3storage.so
DEV_SERVER := target/$(PROFILE)/examples/dev_server

.PHONY: demo test build bench-cpu bench-instructions setup clean

## Builds the extension and runs the quickstart; FILE=… uploads a file of yours.
demo:
	@started=$$(date +%s); \
	$(MAKE) --no-print-directory build && \
	scripts/demo.sh $(EXTENSION) $(DEV_SERVER) $(FILE) && \
	echo "demo: done in $$(($$(date +%s) - started)) seconds"

## Every test, with a closing line `N passed, N failed, N skipped`.
test:
	@scripts/setup.sh test
	@scripts/test.sh $(PROFILE)

## CPU per operation beside PHP's curl, in a release build; TLS=1 over https.
bench-cpu:
	@scripts/setup.sh test
	@cargo build --release --lib --example dev_server
	@scripts/bench.sh cpu release $(if $(TLS),--tls)

## Instructions per operation beside benches/baseline.json, in the profile that CI tests; UPDATE=1 writes the baseline.
bench-instructions:
	@scripts/setup.sh test
	@cargo build --profile ci --lib --example dev_server
	@scripts/bench.sh instructions ci $(if $(UPDATE),--update)

## The extension, and the embedded server in the same command: one set of features, so that their dependencies build once.
build: setup
	@echo "build: cargo build --profile $(PROFILE) (some minutes the first time, seconds after that)"
	@cargo build --profile $(PROFILE) --lib --example dev_server

setup:
	@scripts/setup.sh

clean:
	cargo clean

# `make demo` shows it working, `make test` proves it. Both install what is missing first.

# The cargo profile of what is built: release is shipped and measured; ci is quicker to build, and what demo and test use.
PROFILE ?= release
EXTENSION = target/$(PROFILE)/libs3storage.so
DEV_SERVER = target/ci/examples/dev_server

.PHONY: demo test build install uninstall package bench bench-quick bench-long bench-build bench-cpu bench-instructions setup clean \
	soak test-fpm test-servers test-php84 test-zts test-frankenphp test-valgrind test-frameworks test-package faults fuzz fuzz-merge audit sbom

demo test test-fpm test-servers soak faults: PROFILE = ci

## Builds the extension and runs the quickstart; FILE=… uploads a file of yours.
demo:
	@started=$$(date +%s); \
	$(MAKE) --no-print-directory build PROFILE=$(PROFILE) && \
	{ [ -x $(DEV_SERVER) ] || cargo build --profile ci --example dev_server; } && \
	scripts/demo.sh $(EXTENSION) $(DEV_SERVER) $(if $(FILE),"$(FILE)") && \
	echo "demo: done in $$(($$(date +%s) - started)) seconds"

## Every test, with a closing line `N passed, N failed, N skipped`.
test:
	@scripts/setup.sh test
	@scripts/test.sh $(PROFILE)

## The extension in a real php-fpm behind nginx; REQUESTS=100000 is the long run, of some minutes.
test-fpm:
	@scripts/setup.sh fpm
	@scripts/build.sh $(PROFILE)
	@scripts/fpm.sh $(PROFILE) $(REQUESTS)

## The contract suite over servers of others, which are built once; writes docs/compatibility.md. SERVERS="minio moto" are some of them.
test-servers:
	@scripts/setup.sh test
	@S3STORAGE_COMPATIBILITY="$(CURDIR)/docs" scripts/servers.sh $(PROFILE) $(SERVERS)

## Mixed operations over a line that breaks at random, against servers that are killed: MINUTES=60. SEED=… repeats the draws of a run.
soak:
	@scripts/setup.sh test
	@cargo build --profile $(PROFILE) --lib --example dev_server --example chaos_proxy
	@scripts/soak.sh $(PROFILE) $(or $(MINUTES),2) $(SEED)

## The suites of tests-php/ on Debian 13's PHP 8.4, in a tree of its own in .cache/; needs root.
test-php84:
	@scripts/setup.sh test
	@scripts/versions/test-php84.sh

## The adapters beside Flysystem, Laravel and Symfony, on the packages of Debian 13 and of Debian's unstable; needs root.
test-frameworks:
	@scripts/setup.sh test
	@scripts/frameworks/test.sh

## The contracts of the engine on a PHP with threads, built once from Debian's source package, and many threads at once.
test-zts:
	@scripts/setup.sh test
	@scripts/versions/test-zts.sh

## 50,000 requests to FrankenPHP in worker mode on that PHP.
test-frankenphp:
	@scripts/setup.sh test
	@scripts/versions/test-frankenphp.sh

## Every method under valgrind's memcheck: no invalid access, no leak that grows.
test-valgrind:
	@scripts/setup.sh test
	@scripts/versions/test-valgrind.sh

## Every row of docs/faults.md with its tests and what came of them. One test needs root: it mounts a small disk.
faults:
	@scripts/setup.sh test
	@scripts/faults.sh $(PROFILE)

## Fuzzes what reads bytes from outside, each target for so many SECONDS; TARGET=… one of them. The first build takes some minutes.
fuzz:
	@scripts/fuzz.sh $(or $(SECONDS),60) $(TARGET)

## Takes what fuzzing has found to matter into fuzz/corpus/.
fuzz-merge:
	@scripts/fuzz.sh merge $(TARGET)

## Licences, bans, sources and advisories of all dependencies (deny.toml). It fails where advisories cannot be checked.
audit:
	@scripts/audit.sh

## What the extension is made of, as CycloneDX: target/sbom/s3storage.cdx.json.
sbom:
	@scripts/sbom.sh

## Every figure of docs/performance.md, beside the peers, and writes it anew: five minutes and the build. PEERS=… names a vendor directory.
bench: bench-build
	@scripts/bench.sh all --write

## The same, shorter and smaller: under two minutes. Nothing is written.
bench-quick: bench-build
	@scripts/bench.sh all --quick

## The same with 1 GiB in one read and 1,000,000 calls.
bench-long: bench-build
	@scripts/bench.sh all --long --write

bench-build:
	@scripts/setup.sh bench
	@scripts/build.sh release
	@cargo build --release --package bench-server

## CPU per operation beside PHP's curl, in a release build; TLS=1 over https.
bench-cpu:
	@scripts/setup.sh test
	@scripts/build.sh release
	@cargo build --profile ci --example dev_server
	@scripts/bench.sh cpu release $(if $(TLS),--tls)

## Instructions per operation beside benches/baseline.json, in the profile that CI tests; UPDATE=1 writes the baseline.
bench-instructions:
	@scripts/setup.sh test
	@scripts/build.sh ci
	@scripts/bench.sh instructions ci $(if $(UPDATE),--update)

## The extension as it is shipped: optimised as a whole, stripped. It prints its size.
build: setup
	@scripts/build.sh $(PROFILE)

## The extension and its ini file into `php`, or PHP=…; it builds what is not built. DESTDIR=…, EXTENSION_DIR=…, INI_DIR=… are other places.
install:
	@scripts/install.sh

uninstall:
	@scripts/install.sh --uninstall

## The archive for this PHP that PIE downloads, with its checksum: target/package/.
package: setup
	@scripts/build.sh release
	@scripts/package.sh

## The packages: manifests, an application of Composer's, phpize, and the archives for PHP 8.2 and 8.4 in clean trees of Debian; needs root.
## PARTS="composer phpize archive archive84" are all of them.
test-package:
	@scripts/setup.sh package
	@scripts/packages/test.sh $(PARTS)

setup:
	@scripts/setup.sh

clean:
	cargo clean

# SPDX-License-Identifier: GPL-3.0-or-later
# The commands people type. `make demo` and `make test` set up whatever is missing.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
DESTDIR ?=
SCENARIO ?= scenarios/loadbalancer.yaml

release := .build/release/simrun
debug := .build/debug/simrun
log := .build/test.log
xunit := .build/tests
sources := Sources Tests Package.swift $(wildcard Benchmarks/Package.swift Benchmarks/Sources)

.PHONY: help demo test setup build bench lint install clean

help:
	@cat <<'TEXT'
	make demo                 builds, runs $(SCENARIO), prints its report
	make test                 lint, unit tests and every scenario in scenarios/
	make setup                installs what the build needs (apt, as root)
	make build                the program, optimised: $(release)
	make bench                benchmarks, optimised
	make lint                 the formatter's check
	make install PREFIX=DIR   DIR/bin/simrun; $(PREFIX) when left out
	make clean                removes what was built
	TEXT

# Nothing is printed when nothing is missing. iptables is for the tests that ask the kernel.
setup:
	@missing=()
	command -v pkg-config >/dev/null || missing+=(pkg-config)
	pkg-config --exists gsl 2>/dev/null || missing+=(libgsl-dev)
	command -v git >/dev/null || missing+=(git ca-certificates)
	PATH="$$PATH:/usr/sbin:/sbin" command -v iptables-restore >/dev/null || missing+=(iptables)
	if ! command -v swift >/dev/null; then
	  echo "A Swift toolchain, 6.2 or later, is missing: https://www.swift.org/install/ and then the same command again." >&2
	  exit 1
	fi
	if (( $${#missing[@]} == 0 )); then exit 0; fi
	if ! command -v apt-get >/dev/null; then
	  echo "Missing: $${missing[*]}. There is no apt-get here; install their like and then give the same command again." >&2
	  exit 1
	fi
	if (( $$(id -u) != 0 )); then
	  echo "Missing: $${missing[*]}. To install, as root:" >&2
	  echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends $${missing[*]}" >&2
	  exit 1
	fi
	echo "Installing $${missing[*]} with apt-get."
	export DEBIAN_FRONTEND=noninteractive
	mkdir -p .build
	{ apt-get update && apt-get install -y --no-install-recommends "$${missing[@]}"; } >.build/setup.log 2>&1 || {
	  tail -n 20 .build/setup.log >&2
	  exit 1
	}

build: setup
	@[[ -d .build/checkouts ]] || echo "The first build fetches and compiles the dependencies too: a few minutes." >&2
	swift build -c release --product simrun -q

demo: build
	@$(release) run $(SCENARIO)

lint: setup
	@swift format lint --strict --parallel -r $(sources)

# The tests and the scenarios share one debug build. The last line counts the formatter, the tests and the scenarios' checks.
test: setup
	@[[ -d .build/checkouts ]] || echo "The first build fetches and compiles the dependencies too: a few minutes." >&2
	good=0 bad=0 tested=0
	if swift format lint --strict --parallel -r $(sources); then good=1; else bad=1; fi
	swift build --build-tests -q
	rm -f $(xunit)*.xml
	swift test --skip-build --disable-xctest --xunit-output $(xunit).xml >$(log) 2>&1 || {
	  tested=$$?
	  grep -E '^✘|^  *↳|error:|Fatal' $(log) || tail -n 40 $(log)
	  echo "The tests' whole output: $(log)"
	}
	count() { sed -n "s/.*<testsuite [^>]*$$1=\"\([0-9]*\)\".*/\1/p" $(xunit)*.xml | awk '{ n += $$1 } END { print n + 0 }'; }
	if ! compgen -G "$(xunit)*.xml" >/dev/null; then echo "The tests ended before their result was written."; exit 1; fi
	tests=$$(count tests) broken=$$(count failures)
	echo "tests: $$((tests - broken)) passed, $$broken failed"
	baseline=()
	[[ ! -d results/baseline ]] || baseline=(--baseline results/baseline)
	status=0
	$(debug) test scenarios "$${baseline[@]}" | tee .build/scenarios.log || status=$$?
	read -r kept _ lost _ < <(tail -n 1 .build/scenarios.log) || true
	if (( status > 1 )) || [[ ! "$${kept:-} $${lost:-}" =~ ^[0-9]+\ [0-9]+$$ ]]; then
	  echo "simrun test ended with $$status."
	  exit 1
	fi
	good=$$((good + tests - broken + kept)) bad=$$((bad + broken + lost))
	echo "in all: $$good passed, $$bad failed"
	(( bad == 0 && status == 0 && tested == 0 && tests > 0 ))

bench: setup
	@swift run -c release -q --package-path Benchmarks simbench

install: build
	@install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 $(release) "$(DESTDIR)$(PREFIX)/bin/simrun"
	echo "$(DESTDIR)$(PREFIX)/bin/simrun"

clean:
	@rm -rf .build Benchmarks/.build

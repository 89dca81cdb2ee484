# The one door to everything that is done with this tree. `make` alone lists the targets.
# Each target sets up what it needs by itself; see tools/.

DOOR := tools/door

.PHONY: help setup fmt lint test contract demo site bench mutants fuzz clean
.DEFAULT_GOAL := help

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; \
		do printf '  make %-10s %s\n' "$$name" "$$text"; done

setup: ## virtual environment and extension module, ready in build/venv
	@$(DOOR) setup

fmt: ## format all sources
	@$(DOOR) fmt

lint: ## formatting, clippy, documentation, ruff, mypy, stubs
	@$(DOOR) lint

test: ## everything that must pass, with the time of each stage
	@$(DOOR) test

contract: ## Django's own cache and session tests, on each store
	@$(DOOR) contract

demo: ## the six failures, played on the example site; with STORE=redis on a server
	@$(DOOR) demo

site: ## serve the example site to click through
	@$(DOOR) site

bench: ## surecache beside other caches; with QUICK=1 only the bars
	@$(DOOR) bench

mutants: ## take each mechanism out and name the test that notices
	@$(DOOR) mutants

fuzz: ## random bytes, led by coverage; with SECONDS=600 for longer
	@$(DOOR) fuzz

clean: ## remove what was built
	@$(DOOR) clean

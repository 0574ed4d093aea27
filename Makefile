# Everything starts here: `make help`.
STACK ?= dev
PYTHON ?= python3
PROJECT := .venv/.installed
PACK := policypack/venv/.installed
BENCH := bench/venv/.installed
COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
  --custom-compile-command "make lock" $(UPGRADE)
ROOMS := __main__.py components deploy plugin sandbox walkthrough $(wildcard audit team) tests bench .github/judge.py docs/demo_picture.py
PYTEST_WORKERS ?= auto
PYTEST_OPTIONS ?=
# Compiled modules are kept even where the environment says not to: the tests start Python a hundred times.
PYTEST = PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -n $(PYTEST_WORKERS) --dist worksteal --durations 10 $(PYTEST_OPTIONS)
# Two commands: should the first fail, an empty element of the PATH would be the current folder.
WITH_PACK := --policy-pack policypack $(if $(wildcard policy-pack.json),--policy-pack-config policy-pack.json)
WITH_ENGINE := engine="$$(.venv/bin/python -m sandbox engine)" && PATH="$$engine$${PATH:+:$$PATH}"

TEAM = $(if $(DEVELOPER)$(filter show review,$(MAKECMDGOALS)),,$(error Name the developer: DEVELOPER=jin)).venv/bin/python -m team
ONE_STACK = $(if $(filter file,$(origin STACK)),,--stack $(STACK))

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-picture test test-quick check check-workflows sandbox preview up hand-over add extend reissue off-board gone review show bench bench-policy bench-audit bench-exactness audit docs refresh lock clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: $(PROJECT) $(PACK) ## Create both virtual environments and get the Pulumi CLI
	@echo "* The Pulumi CLI that make preview, up and hand-over use is in $$(.venv/bin/python -m sandbox engine)"
	@echo "  For commands of your own, put that folder on your PATH, unless pulumi is there already."

demo: $(PROJECT) $(PACK) ## Walk through everything on a simulated AWS account
	@.venv/bin/python -m sandbox.command walkthrough.demo

demo-picture: $(PROJECT) $(PACK) ## Draw docs/demo.svg from a run of the demo
	@.venv/bin/python -m sandbox.command walkthrough.demo | .venv/bin/python docs/demo_picture.py docs/demo.svg

test: $(PROJECT) $(PACK) ## Run all tests
	@.venv/bin/python -m sandbox engine > /dev/null
	@$(PYTEST)

test-quick: $(PROJECT) $(PACK) ## Run the tests that need no Pulumi CLI, in less than a minute
	@$(PYTEST) -m "not engine"

check: $(PROJECT) $(PACK) check-workflows ## Check format, lint, types and workflows
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy $(ROOMS)
	@.venv/bin/mypy policypack

check-workflows: $(PROJECT)
	@.venv/bin/zizmor --offline --quiet .github
	@if command -v go > /dev/null; then go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12; \
	  else echo "* There is no Go for actionlint: only zizmor has checked the workflows" >&2; fi

sandbox: $(PROJECT) $(PACK) ## Open a shell where pulumi works on a fresh simulated account
	@echo "* A shell on a fresh simulated AWS account, where pulumi works; exit ends both." >&2
	@echo "  Commands write into the stack files of this folder, as always." >&2
	@.venv/bin/python -m sandbox run -- $${SHELL:-sh}

preview: $(PROJECT) $(PACK) ## Show what `make up` would change (STACK=dev), judged by the policy pack
	@$(WITH_ENGINE) pulumi preview --stack $(STACK) $(WITH_PACK)

up: $(PROJECT) $(PACK) ## Change the account to what the stack file says (STACK=dev), judged by the policy pack (YES=1: without asking)
	@$(WITH_ENGINE) pulumi up $(if $(YES),--yes) --stack $(STACK) $(WITH_PACK)

hand-over: $(PROJECT) ## Print the message for one developer (DEVELOPER=jin STACK=dev; PART=message or password)
	@test -n "$(DEVELOPER)" || { echo "Name the developer: make hand-over DEVELOPER=jin" >&2; exit 2; }
	@$(WITH_ENGINE) .venv/bin/python -m components.hand_over --stack $(STACK) $(if $(PART),--part "$(PART)") $(DEVELOPER)

add: $(PROJECT) ## Give someone access (DEVELOPER=mina STACK=dev; UNTIL=2027-03-31 to end it)
	@$(TEAM) add "$(DEVELOPER)" --stack $(STACK) $(if $(UNTIL),--until "$(UNTIL)")

extend: $(PROJECT) ## Change when someone's access ends (DEVELOPER=mina UNTIL=2027-06-30)
	@$(if $(UNTIL),,$(error Name the last day: UNTIL=2027-06-30))$(TEAM) extend "$(DEVELOPER)" --until "$(UNTIL)" $(ONE_STACK)

reissue: $(PROJECT) ## Issue a new password (DEVELOPER=jin STACK=dev)
	@$(TEAM) reissue "$(DEVELOPER)" --stack $(STACK)

off-board: $(PROJECT) ## Remove someone from every stack (DEVELOPER=jin), and say how to end access at once
	@$(TEAM) off-board "$(DEVELOPER)"

gone: $(PROJECT) ## Prove that nothing is left of someone in an account (DEVELOPER=jin)
	@$(TEAM) gone "$(DEVELOPER)"

review: $(PROJECT) ## Show since when, by whom and why each member has access; or what changed (SINCE=2026-10-01)
	@$(TEAM) show --history $(if $(SINCE),"$(SINCE)..") --format markdown $(ONE_STACK)

show: $(PROJECT) ## Show who has access (STACK=dev for one stack)
	@$(TEAM) show $(ONE_STACK)

docs: $(PROJECT) ## Regenerate the schemas, key tables, boundary and service control policy
	@.venv/bin/python -m components.settings_reference
	@$(WITH_ENGINE) pulumi package get-schema ./plugin > plugin/schema.json
	@.venv/bin/python -m deploy.caps

refresh: $(PROJECT) ## Update the pack's copy of AWS's managed policies from the newest locked moto
	@.venv/bin/python policypack/refresh_managed_policies.py

lock: $(PROJECT) ## Recompile the requirements files
	@$(COMPILE) requirements-dev.in --output-file requirements-dev.txt
	@for name in requirements policypack/requirements audit/requirements; do \
	  $(COMPILE) --constraints requirements-dev.txt $$name.in --output-file $$name.txt || exit; done
	@$(COMPILE) bench/requirements.in --output-file bench/requirements.txt

bench: $(PROJECT) $(PACK) $(BENCH) ## Measure everything that is not measured yet, and write bench/RESULTS.md (OPTIONS=--help)
	@.venv/bin/python -m bench.scale $(OPTIONS) || failed=1; bench/venv/bin/python -m bench.report && test -z "$$failed"

bench-policy: $(PROJECT) $(PACK) $(BENCH) ## Measure the policy pack and similar tools
	@bench/venv/bin/python bench/policy_evaluators.py
	@PYTHONPATH=. .venv/bin/python bench/policy_pack_in_preview.py

bench-audit: $(PROJECT) ## Measure the audit of a large account
	@PYTHONPATH=. .venv/bin/python bench/audit.py

bench-exactness: $(PROJECT) ## Compare the audit of 10,000 principals with a simulation
	@.venv/bin/python -m bench.audit_exactness

audit: $(PROJECT) ## Show who in the account can change a pipeline (exit code 1: someone)
	@.venv/bin/python -m audit

clean: ## Remove what these targets created in this folder
	rm -rf .venv policypack/venv bench/venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(PROJECT): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed: make PYTHON=python3.12" if sys.version_info < (3, 10) else 0)'
	@$(PYTHON) -m sandbox.environment .venv $<

$(PACK): policypack/requirements.txt | $(PROJECT)
	@$(PYTHON) -m sandbox.environment policypack/venv $<

$(BENCH): bench/requirements.txt | $(PROJECT)
	@$(PYTHON) -m sandbox.environment bench/venv $<

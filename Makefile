# Every habit is a target. `make help` lists them.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ICM := $(BIN)/icm
SERVICES := $(addprefix services/,intake cases consent portal audit)
LOCAL_PACKAGES := chassis $(SERVICES) witness gateway deploy/local
PINNED := $(VENV)/pinned.stamp
LOCAL := $(VENV)/local.stamp

.PHONY: help setup doctor up down demo test test-parts test-platform lint format contracts definitions lock clean \
	bench bench-rpc bench-write bench-revocation bench-events bench-upload bench-worklist bench-audit tamper bench-people bench-matching train-matching faults

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 16

# --- setting up and running ---------------------------------------------------------------------------------

setup: $(LOCAL) ## virtual environment from requirements.lock, local packages, the icm command

$(PINNED): requirements.lock deploy/local/virtual_environment.py
	$(PYTHON) deploy/local/virtual_environment.py $(VENV)
	@touch $@

$(LOCAL): $(PINNED) $(LOCAL_PACKAGES:%=%/pyproject.toml)
	$(BIN)/python -m pip install --quiet --no-index --no-deps --no-build-isolation $(LOCAL_PACKAGES:%=-e ./%)
	@touch $@

doctor: setup ## what is missing on this machine, and how to mend it
	@$(ICM) doctor

up: setup ## run the platform in the foreground
	@$(ICM) up

down: setup ## stop the platform
	@$(ICM) down

demo: setup ## set everything up, play the story through HTTP, stop everything
	@$(ICM) demo

clean: ## stop the platform and delete everything that was made here
	@if [ -x $(ICM) ]; then $(ICM) down; fi
	rm -rf .icm $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} + -o -name '*.egg-info' -prune -exec rm -rf {} +

# --- tests --------------------------------------------------------------------------------------------------

test: test-parts test-platform ## all tests, on real servers

# every part in a process of its own, as it runs in life
test-parts: setup
	@$(ICM) test-servers -- $(BIN)/python -m tests.parts $(LOCAL_PACKAGES)

test-platform: setup
	@echo "== tests"
	@port=$$($(BIN)/python -c "import socket; print(socket.create_server(('127.0.0.1', 0)).getsockname()[1])"); \
		OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$$port $(ICM) with-platform -- $(BIN)/python -m pytest -q tests

lint: setup ## style, types, borders between packages, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(foreach part,$(LOCAL_PACKAGES),$(part)/$(if $(filter deploy/local,$(part)),icm,$(notdir $(part))))
	$(BIN)/lint-imports
	$(BIN)/python -m chassis.topology check

format: setup ## let ruff lay the code out
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

contracts: setup ## what crosses a border still fits what is written in contracts/
	$(BIN)/python -m chassis.topology check
	@$(ICM) with-platform -- $(BIN)/python -m pytest -q tests/contracts

definitions: setup ## write deploy/rabbitmq/definitions.json from the event contracts
	@mkdir -p deploy/rabbitmq
	$(BIN)/python -m chassis.topology > deploy/rabbitmq/definitions.json

# --- figures ------------------------------------------------------------------------------------------------

bench: bench-rpc bench-write bench-events bench-revocation bench-decision bench-upload bench-worklist bench-people bench-matching bench-audit ## all benches; each ends with one line of JSON

bench-rpc: setup ## our door and client against stock nameko RPC
	@$(ICM) test-servers -- $(BIN)/python -m tests.bench.rpc

# the platform for ours, servers of its own for the unsafe one
bench-write: setup ## a safe write through HTTP against the usual unsafe one
	@$(ICM) with-platform -- $(ICM) test-servers -- $(BIN)/python -m tests.bench.write

bench-revocation: setup ## withdrawal to refusal in every service, while others work
	@$(ICM) with-platform -- $(BIN)/python -m tests.bench.revocation

bench-decision: setup ## what a decision costs, in process and with a million grants
	@$(ICM) test-servers -- $(BIN)/python -m tests.bench.decision

bench-events: setup ## outbox to effect in another service
	@$(ICM) test-servers -- $(BIN)/python -m tests.bench.events

bench-upload: setup ## 100,000 rows from a connected system, intake killed in the middle
	@$(ICM) with-platform -- $(BIN)/python -m tests.bench.upload

bench-worklist: setup ## a worker's and a team's worklist among 200,000 open referrals, through the gateway
	@$(ICM) with-platform -- $(BIN)/python -m tests.bench.worklist

bench-audit: setup ## the audit log: appends end to end, proofs at a million entries, offline verification
	@$(ICM) test-servers -- $(BIN)/python -W ignore -m tests.bench.audit

tamper: setup ## a superuser changes the audit log in a thousand ways: each must be found, and nothing else
	@$(ICM) test-servers -- $(BIN)/python -W ignore -m tests.tamper

bench-people: setup ## finding people among a million, and who may be the one being typed in
	@$(ICM) with-platform -- $(BIN)/python -m tests.bench.people

TRAINING := .icm/matching
TRAINING_LOCK := services/intake/matching-requirements.lock

# Splink and the labelled lists, apart from what the platform runs on
$(TRAINING)/made.stamp: $(TRAINING_LOCK) deploy/local/virtual_environment.py
	$(PYTHON) deploy/local/virtual_environment.py $(TRAINING) $(TRAINING_LOCK)
	@touch $@

bench-matching: setup $(TRAINING)/made.stamp ## linking labelled people: ours and Splink on the same files
	@$(BIN)/python -m tests.bench.matching $(TRAINING)/bin/python

train-matching: setup $(TRAINING)/made.stamp ## make intake/matching/weights.yaml again, as the recipe says
	cd services/intake && ../../$(TRAINING)/bin/python training/train_weights.py intake/matching/weights.yaml

faults: setup ## kill and pause everything in turn while a client writes
	@$(ICM) with-platform -- $(BIN)/python -m tests.faults.run

# --- pins ---------------------------------------------------------------------------------------------------

UV := .icm/uv/bin/uv

lock: $(UV) ## write requirements.lock from requirements.in; UPGRADE=1 takes the newest versions
	$(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header \
		--no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) requirements.in -o requirements.lock
	$(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header \
		--no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) -c requirements.lock \
		$(TRAINING_LOCK:.lock=.in) -o $(TRAINING_LOCK)

$(UV):
	$(PYTHON) -m venv .icm/uv
	.icm/uv/bin/pip install --quiet uv

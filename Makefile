# Every habit is a target. `make help` lists them.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ICM := $(BIN)/icm
LOCAL_PACKAGES := chassis services/intake services/cases services/consent services/portal services/audit gateway deploy/local
PINNED := $(VENV)/pinned.stamp
LOCAL := $(VENV)/local.stamp

.PHONY: help setup

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 16

setup: $(LOCAL) ## virtual environment from requirements.lock, local packages and the icm command

$(PINNED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; choose one with: make PYTHON=python3.11 setup")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(LOCAL): $(PINNED) $(LOCAL_PACKAGES:%=%/pyproject.toml)
	$(BIN)/python -m pip install --quiet --no-index --no-deps --no-build-isolation $(LOCAL_PACKAGES:%=-e ./%)
	@touch $@

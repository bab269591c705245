# Each target sets up what it needs. Everything goes below this folder (.venv, .uv, .run) and into package caches.
SHELL := /bin/bash
.DEFAULT_GOAL := help
ENGINE ?= sail
DAY ?=
DAYS ?= 180
ACCOUNTS ?= 20000
TRIGGERS ?=
SIZE ?= 20k
DATA ?= ../shared/data
export UV_PYTHON_DOWNLOADS = never
export CAMEO_ENGINE = $(ENGINE)
export CAMEO_DATA_FOLDER = $(DATA)
export CAMEO_ACCOUNTS = $(ACCOUNTS)
# matplotlib would keep its list of fonts in the home folder.
export MPLCONFIGDIR = $(CURDIR)/.run/cache/matplotlib
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help setup run run-real test test-slow check bench sql ui report catalogue docs clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

setup: .venv/.ready  ## install everything into .venv

.uv/bin/uv:
	@echo "no uv on this machine: installing it into .uv"
	@python3 -m venv .uv && .uv/bin/pip install -q uv

.venv/.ready: pyproject.toml uv.lock $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@$(UV) sync --frozen --quiet
	@touch $@

run: setup  ## the whole day of the simulated hospital (DAY=2026-06-29 DAYS=180 ACCOUNTS=20000 ENGINE=sail TRIGGERS=1)
	@$(BIN)/python dags/local_run.py --days $(DAYS) $(if $(DAY),--day $(DAY)) $(if $(filter 1,$(TRIGGERS)),--triggers)

run-real: setup  ## the same jobs over real files (DATA=../shared/data)
	@$(BIN)/cameo run-real

test: setup  ## all tests but the slow ones
	@$(BIN)/pytest -m "not slow" -n 2 --dist loadscope

test-slow: setup  ## the slow ones: a Spark cluster on loopback, a real scheduler
	@$(BIN)/pytest -m slow

check: setup  ## ruff, mypy, import-linter
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: setup  ## speed and memory, as ratios (SIZE=20k or 200k)
	@$(BIN)/python -m tests.bench --size $(SIZE)

sql: setup  ## a shell over the tables
	@$(BIN)/cameo sql

ui: setup  ## Airflow's and MLflow's web pages over what ran
	@$(BIN)/python dags/local_ui.py

report: setup  ## where the report of the day is; opens it where there is a desktop
	@$(BIN)/cameo report

catalogue: setup  ## where the page of all tags is; opens it where there is a desktop
	@$(BIN)/cameo catalogue

docs: setup  ## write the generated pages of docs/
	@$(BIN)/cameo docs

clean:  ## remove what running made (.run); the environment stays
	@rm -rf .run

# Nothing is needed before these commands but make and Python 3.11 or newer.
#
#   make run      make .venv, install Limen there, and serve it: an address and a one-time code are printed
#   make demo     show the whole way, from a photo to an open door, on real photos
#   make test     make the environment, run every test
#   make check    what a change must pass beside the tests: format, lint, strict types, import contracts
#   make format   format the code, and mend what can be mended
#   make bench    measure speed, memory and start against dlib
#   make kills    kill a door a thousand times, and look what is left each time (half an hour)
#   make displays twenty displays at five pictures a second each: how often each is answered, and how quickly a PIN is
#   make study    measure accuracy on Labeled Faces in the Wild: make study LFW=lfw/
#   make clean    remove what these commands made
#
# make PYTHON=python3.12 run    makes the environment with another Python

PYTHON ?= python3

environment := .venv
python := $(environment)/bin/python
code := src tests
LFW ?= lfw

.PHONY: run demo test check format bench kills displays study clean
.DELETE_ON_ERROR:
.NOTPARALLEL:

run: $(environment)/.installed-demo
	$(environment)/bin/limen serve

demo: $(environment)/.installed-demo
	$(environment)/bin/limen demo

test: $(environment)/.installed-dev
	$(python) -m pytest -n auto --maxprocesses 4 --dist worksteal

check: $(environment)/.installed-dev
	$(environment)/bin/ruff format --check $(code)
	$(environment)/bin/ruff check $(code)
	$(environment)/bin/mypy
	$(environment)/bin/lint-imports

format: $(environment)/.installed-dev
	$(environment)/bin/ruff check --fix $(code)
	$(environment)/bin/ruff format $(code)

bench: $(environment)/.installed-dev
	$(environment)/bin/limen bench

kills: $(environment)/.installed-dev
	cd tests && ../$(python) -m studies.kills --rounds 1000 --at-once 3

displays: $(environment)/.installed-dev
	cd tests && ../$(python) -m studies.displays --displays 20 --fps 5 --seconds 60

study: $(environment)/.installed-dev
	$(environment)/bin/limen evaluate calibration --images $(LFW) --leave-out docs/lfw-leave-out.txt --splits 20
	$(environment)/bin/limen evaluate search --images $(LFW) --leave-out docs/lfw-leave-out.txt
	$(environment)/bin/limen evaluate clusters --images $(LFW)
	$(environment)/bin/limen evaluate robustness --images $(LFW) --leave-out docs/lfw-leave-out.txt

clean:
	rm -rf $(environment) dist build limen-demo .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
	find $(code) -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written only after all before it succeeded: what failed is done again. Python compiles a module when it is
# first imported; compiling all that is installed would take half of the time.
$(environment)/.installed-demo: extras := demo
$(environment)/.installed-dev: extras := demo,bench,dev
$(environment)/.installed-%: pyproject.toml $(environment)/.made
	$(python) -m pip --disable-pip-version-check install --no-compile --editable '.[$(extras)]'
	@touch $@

$(environment)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is not." \
	    "Name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(environment)
	@touch $@

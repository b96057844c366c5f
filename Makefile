# The commands of this project. Each sets up what it needs the first time and works offline afterwards.
.PHONY: demo test bench docs check setup clean

demo: ## the whole story on this machine, with real agents
	@tools/setup
	@.venv/bin/medcred demo

test: ## everything: style, types, unit, flow, browser and independent tests
	@tools/setup tests
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@tools/with-postgres tools/run-tests $(PYTEST)

check: ## the quick part: style, types, and tests without agents, browser or Node.js
	@tools/setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/pytest -q -m "not agents and not browser and not postgres and not node" $(PYTEST)

bench: ## ratios measured side by side, into bench/results.json
	@tools/setup tests
	@tools/with-postgres .venv/bin/python -m tests.bench

docs: ## check the documentation: links, commands, help texts
	@tools/setup
	@.venv/bin/pytest -q tests/docs

setup:
	@tools/setup tests

clean: ## remove what make made, but not .medcred, which holds keys
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .coverage tests/independent/*/node_modules

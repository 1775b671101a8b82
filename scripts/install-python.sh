#!/usr/bin/env bash
# Makes .cache/python: a virtual environment with the official Python SDK and the linters of deploy/, for the tests that use them.
# Made anew where the requirements have changed, else left as it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

requirements=scripts/python-requirements.txt
environment=.cache/python
cmp -s "$requirements" "$environment/requirements.txt" && exit 0
python3 -m venv --clear "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$requirements"
cp "$requirements" "$environment/requirements.txt"

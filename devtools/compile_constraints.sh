#!/bin/sh
# Write constraints.txt anew: the versions that `make venv` installs, for every supported Python at once.
# Names and versions only, so that the file says nothing of the machine or the package index it was made on.
set -eu
cd "$(dirname "$0")/.."
uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra celery --upgrade \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    pyproject.toml -o constraints.txt.new
mv constraints.txt.new constraints.txt

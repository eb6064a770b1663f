#!/bin/sh
# Make the environment in which the documentation site is built: make_docs.sh FOLDER PYTHON
# Of its own: no Airflow is in it, since docstrings are read from the sources and nothing is imported.
# The list is what `mkdocs-material mkdocstrings mkdocstrings-python ruff` need.
set -eu
venv=$1
python=$2
[ -x "$venv/bin/mkdocs" ] && [ "$venv/.ready" -nt devtools/docs-constraints.txt ] && exit 0
if uv --version >/dev/null 2>&1; then uv=uv; else uv="$python -m uv"; fi
echo "docs: installing the versions of devtools/docs-constraints.txt in $venv"
# shellcheck disable=SC2086 # $uv may be several words
$uv venv --quiet --clear --python "$python" "$venv"
# shellcheck disable=SC2086
$uv pip install --quiet --compile-bytecode --python "$venv/bin/python" -r devtools/docs-constraints.txt
touch "$venv/.ready"

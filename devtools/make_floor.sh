#!/bin/sh
# Make an environment with the oldest Airflow that is supported: make_floor.sh FOLDER PYTHON
# The list is what was to be had in the week of Airflow 3.2.0, but for the clients and what only tests and the bundled
# server need.
set -eu
venv=$1
python=$2
[ "$venv/.ready" -nt devtools/airflow-3.2-constraints.txt ] && exit 0
if uv --version >/dev/null 2>&1; then uv=uv; else uv="$python -m uv"; fi
echo "airflow 3.2: installing the versions of devtools/airflow-3.2-constraints.txt in $venv"
# shellcheck disable=SC2086 # $uv may be several words
$uv venv --quiet --clear --python "$python" "$venv"
# shellcheck disable=SC2086
$uv pip install --quiet --compile-bytecode --python "$venv/bin/python" -r devtools/airflow-3.2-constraints.txt
# shellcheck disable=SC2086
$uv pip install --quiet --no-deps --python "$venv/bin/python" --editable .
touch "$venv/.ready"

#!/bin/sh
# Make an environment with the newest Airflow that can be had, pre-releases included: make_next.sh FOLDER PYTHON
# Made anew every time, since that is the question. All else is as constraints.txt has it, as far as that Airflow lets it be.
set -eu
venv=$1
python=$2
if uv --version >/dev/null 2>&1; then uv=uv; else uv="$python -m uv"; fi
# A lower bound that is itself a pre-release is what lets an installer choose one, of these packages alone: the version after
# the one that everything else runs on.
after() { sed -n "s/^$1==\([0-9]*\.[0-9]*\)\.\([0-9]*\)\$/\1 \2/p" constraints.txt | { read -r minor patch; echo "$1>=$minor.$((patch + 1)).dev0"; }; }
airflow="$(after apache-airflow) $(after apache-airflow-core) $(after apache-airflow-task-sdk)"
pins=$(mktemp)
trap 'rm -f "$pins"' EXIT
grep -v '^apache-airflow' constraints.txt >"$pins"
# shellcheck disable=SC2086 # $uv may be several words, $airflow is
$uv venv --quiet --clear --python "$python" "$venv"
# shellcheck disable=SC2086
$uv pip install --quiet --compile-bytecode --python "$venv/bin/python" --constraint "$pins" --editable '.[dev]' $airflow 2>/dev/null ||
    $uv pip install --quiet --compile-bytecode --python "$venv/bin/python" --editable '.[dev]' $airflow

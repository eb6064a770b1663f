#!/bin/sh
# An environment with Airflow and its FAB auth manager: make_fab.sh FOLDER PYTHON
# Of its own, since FAB needs an older python-dateutil than constraints.txt has.
set -eu
folder=$1
python=$2
[ "$folder/.ready" -nt devtools/fab-constraints.txt ] && exit 0
if uv --version >/dev/null 2>&1; then uv=uv; else uv="$python -m uv"; fi
echo "fab: installing the versions of devtools/fab-constraints.txt in $folder"
rm -rf "$folder"
# shellcheck disable=SC2086 # $uv may be several words
$uv venv --quiet --python "$python" "$folder"
# shellcheck disable=SC2086
$uv pip install --quiet --no-deps --compile-bytecode --python "$folder/bin/python" -r devtools/fab-constraints.txt -e .
touch "$folder/.ready"

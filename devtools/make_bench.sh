#!/bin/sh
# Put what the import benchmark compares with into a folder: make_bench.sh FOLDER PYTHON
# Beside the environment and not in it: nothing here needs Airflow's openai provider, and what it needs is there already.
set -eu
folder=$1
python=$2
[ "$folder/.ready" -nt "$0" ] && exit 0
if uv --version >/dev/null 2>&1; then uv=uv; else uv="$python -m uv"; fi
echo "bench: installing Airflow's openai provider in $folder"
rm -rf "$folder"
# shellcheck disable=SC2086 # $uv may be several words
$uv pip install --quiet --no-deps --python "$python" --compile-bytecode --target "$folder" apache-airflow-providers-openai==2.2.0
touch "$folder/.ready"

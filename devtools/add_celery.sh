#!/bin/sh
# Add Airflow's Celery provider to the virtual environment: add_celery.sh FOLDER
set -u
venv=$1
"$venv/bin/python" -c 'import airflow.providers.celery, redis' >/dev/null 2>&1 && exit 0
if uv --version >/dev/null 2>&1; then uv=uv; else uv="$venv/bin/python -m uv"; fi
echo "venv: installing the extra celery"
# shellcheck disable=SC2086 # $uv may be several words
$uv pip install --quiet --python "$venv/bin/python" --constraint constraints.txt --compile-bytecode --editable '.[celery]' &&
    exit 0
echo "The extra celery could not be installed: is the network, and a Python package index, within reach?" >&2
exit 2

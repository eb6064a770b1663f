#!/bin/sh
# An environment with Airflow's google provider, which is what the extra [google] brings: make_google.sh FOLDER PYTHON
# Of its own: that provider needs an older python-dateutil and tenacity than constraints.txt has, and 1.2 GB.
# The list is what `apache-airflow-providers-google`, the dependencies of pyproject.toml, pytest with its plugins, av,
# pylopdf-fonts-jp, gcp-storage-emulator and the openlineage provider need together.
set -eu
venv=$1
python=$2
[ "$venv/.ready" -nt devtools/google-constraints.txt ] && exit 0
if uv --version >/dev/null 2>&1; then uv=uv; else uv="$python -m uv"; fi
echo "google: installing the versions of devtools/google-constraints.txt in $venv"
rm -rf "$venv"
# shellcheck disable=SC2086 # $uv may be several words
$uv venv --quiet --python "$python" "$venv"
# shellcheck disable=SC2086
$uv pip install --quiet --no-deps --python "$venv/bin/python" -r devtools/google-constraints.txt -e .
touch "$venv/.ready"

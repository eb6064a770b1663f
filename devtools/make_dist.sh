#!/bin/sh
# Make an environment with what builds and checks a release, and audits the versions: make_dist.sh FOLDER PYTHON
# Of its own: nothing that runs needs any of it. The list is what `hatchling hatch-fancy-pypi-readme twine readme-renderer[md] pip-audit` need.
set -eu
venv=$1
python=$2
[ -x "$venv/bin/twine" ] && [ "$venv/.ready" -nt devtools/dist-constraints.txt ] && exit 0
if uv --version >/dev/null 2>&1; then uv=uv; else uv="$python -m uv"; fi
echo "dist: installing the versions of devtools/dist-constraints.txt in $venv"
# shellcheck disable=SC2086 # $uv may be several words
$uv venv --quiet --clear --python "$python" "$venv"
# shellcheck disable=SC2086
$uv pip install --quiet --compile-bytecode --python "$venv/bin/python" -r devtools/dist-constraints.txt
touch "$venv/.ready"

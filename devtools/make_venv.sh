#!/bin/sh
# Make the virtual environment: make_venv.sh FOLDER [PYTHON]
# Takes the first Python that is new enough; uses uv where it is there and brings it where it is not.
set -u
venv=$1
asked=${2:-}
log=$venv.log

say() { echo "$*" >&2; exit 1; }
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

if [ -n "$asked" ]; then
    new_enough "$asked" || say "PYTHON=$asked is missing or older than Python 3.11, which this project needs."
    python=$asked
else
    python=
    for candidate in python3 python3.13 python3.12 python3.11 python; do
        if new_enough "$candidate"; then python=$candidate; break; fi
    done
    [ -n "$python" ] || say "This project needs Python 3.11 or newer, and found none on PATH; install one or name it: make PYTHON=/path/to/python3.11"
fi

mkdir -p "$(dirname "$venv")"
: >"$log" || say "Cannot write $log."
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if ! { [ -x "$venv/bin/python" ] && "$venv/bin/python" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')"; } 2>/dev/null; then
    rm -rf "$venv"
    echo "venv: Python $version in $venv"
fi

if uv --version >>"$log" 2>&1; then
    uv=uv
    [ -x "$venv/bin/python" ] || uv venv --quiet --python "$python" "$venv" >>"$log" 2>&1 ||
        say "Could not make a virtual environment with $python; see $log."
else
    [ -x "$venv/bin/python" ] || "$python" -m venv "$venv" >>"$log" 2>&1 ||
        say "Could not make a virtual environment with $python (on Debian and Ubuntu the package python3-venv is needed); see $log."
    uv="$venv/bin/python -m uv"
    $uv --version >>"$log" 2>&1 || "$venv/bin/python" -m pip install --quiet uv >>"$log" 2>&1 ||
        say "Could not install packages: is the network, and a Python package index, within reach? The whole story is in $log."
fi

echo "venv: installing the versions of constraints.txt"
# shellcheck disable=SC2086 # $uv may be several words
if ! $uv pip install --quiet --python "$venv/bin/python" --constraint constraints.txt --compile-bytecode \
    --editable '.[dev]' >>"$log" 2>&1; then
    if grep -qiE 'dns error|connect|network|timed out|offline|failed to fetch|resolve host' "$log"; then
        say "Could not install packages: is the network, and a Python package index, within reach? The whole story is in $log."
    fi
    say "Could not install packages; the reason is at the end of $log."
fi
touch "$venv/.ready"

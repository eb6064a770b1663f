#!/bin/sh
# Make an environment with a real LiteLLM proxy: make_litellm.sh FOLDER PYTHON
# Of its own, because LiteLLM needs an OpenAI SDK of another major version.
set -eu
venv=$1
python=$2
[ -x "$venv/bin/litellm" ] && [ "$venv/.ready" -nt devtools/litellm-constraints.txt ] && exit 0
if uv --version >/dev/null 2>&1; then uv=uv; else uv="$python -m uv"; fi
echo "litellm: installing the versions of devtools/litellm-constraints.txt in $venv"
# shellcheck disable=SC2086 # $uv may be several words
$uv venv --quiet --clear --python "$python" "$venv"
# shellcheck disable=SC2086
$uv pip install --quiet --compile-bytecode --python "$venv/bin/python" -r devtools/litellm-constraints.txt
touch "$venv/.ready"

#!/bin/sh
# Put what the Azure tests need into a folder: make_azure.sh FOLDER PYTHON
# FOLDER/packages goes in front of the environment (PYTHONPATH), since that provider needs an older python-dateutil; it
# holds what `apache-airflow-providers-microsoft-azure adlfs` need beyond constraints.txt. FOLDER/node_modules gets
# Azurite, Microsoft's own emulator of the store, which is a package of npm and needs Node.js.
set -eu
folder=$1
python=$2
azurite=3.37.0
[ "$folder/.ready" -nt devtools/azure-constraints.txt ] && exit 0
command -v npm >/dev/null || { echo "The Azure tests need Node.js and npm, for Azurite." >&2; exit 1; }
if uv --version >/dev/null 2>&1; then uv=uv; else uv="$python -m uv"; fi
echo "azure: installing the versions of devtools/azure-constraints.txt, and azurite $azurite, in $folder"
rm -rf "$folder"
# shellcheck disable=SC2086 # $uv may be several words
$uv pip install --quiet --no-deps --python "$python" --target "$folder/packages" -r devtools/azure-constraints.txt
npm install --silent --no-fund --no-audit --prefix "$folder" "azurite@$azurite"
touch "$folder/.ready"

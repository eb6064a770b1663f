#!/bin/sh
# Put what the S3 tests need into a folder: make_s3.sh FOLDER PYTHON
# Beside the environment and not in it (PYTHONPATH puts it in front): botocore needs an older python-dateutil.
# The list is what `s3fs moto[s3] flask flask-cors apache-airflow-providers-amazon` need beyond constraints.txt.
set -eu
folder=$1
python=$2
[ "$folder/.ready" -nt devtools/s3-constraints.txt ] && exit 0
if uv --version >/dev/null 2>&1; then uv=uv; else uv="$python -m uv"; fi
echo "s3: installing the versions of devtools/s3-constraints.txt in $folder"
rm -rf "$folder"
# shellcheck disable=SC2086 # $uv may be several words
$uv pip install --quiet --no-deps --python "$python" --target "$folder" -r devtools/s3-constraints.txt
touch "$folder/.ready"

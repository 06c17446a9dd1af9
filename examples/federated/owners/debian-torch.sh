#!/usr/bin/env bash
# debian-torch.sh FOLDER: a Python with Debian's PyTorch, FOLDER/python, and nothing of it in the system: 142 MB, without what GPUs need,
# which PyPI's wheel for Linux comes with.
set -euo pipefail
folder=$(mkdir -p "$1/packages/partial" "$1/root" && cd "$1" && pwd)
apt-get update -qq
apt-get install -y -qq --no-install-recommends --download-only -o Dir::Cache::archives="$folder/packages" python3-torch
for package in "$folder"/packages/*.deb; do dpkg -x "$package" "$folder/root"; done
rm -r "$folder/packages"
/usr/bin/python3 -m pip install -q --target "$folder/pip" cryptography==50.0.2
libraries=$(find "$folder/root" -name '*.so*' -not -path '*/python3/*' -printf '%h\n' | sort -u | paste -sd:)
cat >"$folder/python" <<EOF
#!/bin/sh
export LD_LIBRARY_PATH="$libraries"
export PYTHONPATH="\${PYTHONPATH:+\$PYTHONPATH:}$folder/root/usr/lib/python3/dist-packages:$folder/pip"
exec /usr/bin/python3 "\$@"
EOF
chmod +x "$folder/python"
"$folder/python" -c 'import torch, numpy, cryptography'

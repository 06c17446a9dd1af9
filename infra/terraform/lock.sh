#!/usr/bin/env bash
# Writes .terraform.lock.hcl of every environment, with the providers' hashes for four platforms, so that an apply takes what was reviewed.
# Downloads the providers: needs a network, and no cloud. Commit what it writes; run it again with every new version.
set -euo pipefail
cd "$(dirname "$0")"
for folder in envs/*; do
  echo "== $folder"
  terraform -chdir="$folder" providers lock -platform=linux_amd64 -platform=linux_arm64 -platform=darwin_amd64 -platform=darwin_arm64
done

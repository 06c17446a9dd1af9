#!/usr/bin/env bash
# Writes .terraform.lock.hcl of every environment, with the providers' hashes for four platforms, so that an apply takes what was reviewed.
# Downloads the providers: needs a network, and no cloud. Commit what it writes; run it again with every new version.
#
#   lock.sh                    writes
#   lock.sh --check [FOLDER]   downloads nothing: refuses an environment of FOLDER (these) that has none, or fewer hashes; for a release
set -euo pipefail
platforms=(linux_amd64 linux_arm64 darwin_amd64 darwin_arm64)

# A provider has one h1 hash for each platform; an apply on a platform without one would take whatever it is given.
check() {
  local folder lock failed=0
  for folder in "$1"/*/; do
    lock=$folder.terraform.lock.hcl
    if [ ! -f "$lock" ]; then
      echo "${folder%/}: has no .terraform.lock.hcl: run infra/terraform/lock.sh, and commit what it writes"
      failed=1
    elif ! awk -v most="${#platforms[@]}" '
      /^provider "/ { name = $2; found = 0; providers++ }
      /"h1:[A-Za-z0-9+\/=]+"/ { found++ }
      /^}/ { if (name != "" && found < most) { printf "%s has hashes for %d of %d platforms\n", name, found, most; short = 1 } name = "" }
      END { if (providers == 0) print "names no provider"; exit short || providers == 0 }' "$lock"; then
      echo "$lock: run infra/terraform/lock.sh"
      failed=1
    fi
  done
  return "$failed"
}

here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" = --check ]; then
  check "${2:-$here/envs}"
  exit
fi
for folder in "$here"/envs/*; do
  echo "== ${folder##*/}"
  terraform -chdir="$folder" providers lock "${platforms[@]/#/-platform=}"
done

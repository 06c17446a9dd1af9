#!/usr/bin/env bash
# Writes .terraform.lock.hcl of every environment, with the providers' hashes for four platforms, so that an apply takes what was reviewed.
# Downloads the providers: needs a network, and no cloud. Commit what it writes; run it again with every new version.
#
#   lock.sh [OPTION…]          writes; options of `terraform providers lock`, such as -fs-mirror=FOLDER where there is a mirror of one's own
#   lock.sh --check [FOLDER]   downloads nothing: refuses an environment of FOLDER (these) that has none, or fewer hashes; for a release
set -euo pipefail
platforms=(linux_amd64 linux_arm64 darwin_amd64 darwin_arm64)

# A provider has one h1 hash for each platform; an apply on a platform without one would take whatever it is given.
check() {
  local folder lock source failed=0
  for folder in "$1"/*/; do
    lock=$folder.terraform.lock.hcl
    if [ ! -f "$lock" ]; then
      echo "${folder%/}: has no .terraform.lock.hcl: run infra/terraform/lock.sh, and commit what it writes"
      failed=1
      continue
    fi
    for source in $(sed -n 's/^ *source *= *"\(hashicorp\/[a-z]*\)"$/\1/p' "$folder"*.tf); do
      grep -q "^provider \"registry.terraform.io/$source\" {" "$lock" || {
        echo "$lock: names no $source: run infra/terraform/lock.sh"
        failed=1
      }
    done
    awk -v most="${#platforms[@]}" '
      /^provider "/ { name = $2; found = 0 }
      /"h1:[A-Za-z0-9+\/=]+"/ { found++ }
      /^}/ { if (name != "" && found < most) { printf "%s has hashes for %d of %d platforms: run infra/terraform/lock.sh\n", name, found, most; short = 1 } name = "" }
      END { exit short }' "$lock" || failed=1
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
  # which providers there are is known from the modules, which lie beside: nothing is downloaded for them
  terraform -chdir="$folder" get >/dev/null
  terraform -chdir="$folder" providers lock "${platforms[@]/#/-platform=}" "$@"
done

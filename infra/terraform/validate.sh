#!/usr/bin/env bash
# Runs `terraform init`, `validate` and `test` (with mocked providers) in every folder. Downloads the providers: needs a network, and no cloud.
set -uo pipefail
cd "$(dirname "$0")" || exit
failed=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for folder in modules/* modules/*/* envs/*; do
  compgen -G "$folder/*.tf" >/dev/null || continue
  echo "== $folder"
  terraform -chdir="$folder" init -backend=false -input=false -no-color >"$log" 2>&1 || {
    cat "$log"
    failed+=("$folder: init")
    continue
  }
  terraform -chdir="$folder" validate -no-color || failed+=("$folder: validate")
  if compgen -G "$folder/tests/*.tftest.hcl" >/dev/null; then
    terraform -chdir="$folder" test -no-color || failed+=("$folder: test")
  fi
done
terraform fmt -check -recursive . || failed+=("fmt")
if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed: %s\n' "${failed[@]}"
  exit 1
fi
echo 'all folders are valid'

#!/usr/bin/env bash
# Runs `terraform init`, `validate` and `test` (with mocked providers: plans and applies) in every folder, or in those that are named.
# Downloads the providers: needs a network or a mirror (`provider_installation` in the file of TF_CLI_CONFIG_FILE), and no cloud.
set -uo pipefail
cd "$(dirname "$0")" || exit
failed=()
terraform fmt -check -recursive . || failed+=("fmt")

# In a copy where nothing is kept from being destroyed: a test takes down what it has made.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/tests"
cp -r modules envs "$copy" && cp -r tests/mocks "$copy/tests" && cd "$copy" || exit
grep -rl --include='*.tf' 'prevent_destroy = true' . | xargs sed -i.kept 's/prevent_destroy = true/prevent_destroy = false/'

folders=("$@")
[ $# -gt 0 ] || folders=(modules/* modules/*/* envs/*)
for folder in "${folders[@]}"; do
  compgen -G "$folder/*.tf" >/dev/null || continue
  echo "== $folder"
  terraform -chdir="$folder" init -backend=false -input=false -no-color >"$copy/log" 2>&1 || {
    cat "$copy/log"
    failed+=("$folder: init")
    continue
  }
  terraform -chdir="$folder" validate -no-color || failed+=("$folder: validate")
  if compgen -G "$folder/tests/*.tftest.hcl" >/dev/null; then
    terraform -chdir="$folder" test -no-color || failed+=("$folder: test")
  fi
done
if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed: %s\n' "${failed[@]}"
  exit 1
fi
echo 'all folders are valid'

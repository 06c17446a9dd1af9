#!/usr/bin/env bash
# What CI leaves out since it takes minutes to build: Helm, Kyverno and the API server themselves, over the chart and the policies. For a release.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=${TOOLS:-$(mktemp -d)}
# Programs need no C compiler, and nobody debugs them: no symbols.
export GOBIN="$tools/bin" PATH="$tools/bin:$PATH" CI=true CGO_ENABLED=0
mkdir -p "$GOBIN"
command -v helm >/dev/null || go install helm.sh/helm/v3/cmd/helm@v3.22.0
command -v kubeconform >/dev/null || go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
command -v opa >/dev/null || go install github.com/open-policy-agent/opa@v1.22.0
if ! command -v kyverno >/dev/null; then
  # It replaces one of its dependencies, which `go install` refuses from afar.
  source=$(go mod download -json github.com/kyverno/kyverno@v1.19.1 | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  (cd "$source" && go build -o "$GOBIN/kyverno" ./cmd/cli/kubectl-kyverno)
fi
if ! command -v kube-apiserver >/dev/null; then
  # Its modules are named in the repository by folders that are not published with it: here by their versions.
  kubernetes=v1.36.3 staging=v0.36.3
  mkdir -p "$tools/kube-apiserver" && cd "$tools/kube-apiserver"
  about=$(go mod download -json "k8s.io/kubernetes@$kubernetes" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  {
    printf 'module example.org/apiserver\n\ngo 1.26.0\n\nrequire k8s.io/kubernetes %s\n\nreplace (\n' "$kubernetes"
    sed -n "s#^\s\(k8s.io/[a-z/-]*\) v0.0.0\( // indirect\)\?\$#\t\1 => \1 $staging#p" "$about" | sort -u
    printf ')\n'
  } >go.mod
  printf 'package main\n\nimport _ "k8s.io/kubernetes/cmd/kube-apiserver/app"\n\nfunc main() {}\n' >main.go
  export GOFLAGS=-mod=mod
  go mod tidy -e
  version=k8s.io/component-base/version
  go build -ldflags "-s -w -X $version.gitVersion=$kubernetes -X $version.gitMajor=1 -X $version.gitMinor=36" -o "$GOBIN" k8s.io/kubernetes/cmd/kube-apiserver
  unset GOFLAGS
  cd - >/dev/null
fi
command -v etcd >/dev/null || apt-get install -y etcd-server
python3 -m venv "$tools/python"
"$tools/python/bin/pip" install -q checkov==3.3.30
python3 -m venv "$tools/schemas"
"$tools/schemas/bin/pip" install -q kubernetes-validate==1.37.0
export CHECKOV="$tools/python/bin/checkov"
CREDENCE_TEST_KUBERNETES_SCHEMAS=$("$tools/schemas/bin/python" -c 'import kubernetes_validate, os; print(os.path.join(os.path.dirname(kubernetes_validate.__file__), "kubernetes-json-schema"))')
export CREDENCE_TEST_KUBERNETES_SCHEMAS
npx vitest run test/conformance/chart.test.ts test/conformance/policies.test.ts test/integration/deploy-chart.test.ts test/integration/deploy-policies.test.ts test/integration/deploy-apiserver.test.ts

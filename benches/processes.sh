#!/usr/bin/env bash
# Whole processes beside `kubectl kustomize` on an equal stack, in one run: the ratios are what counts.
#   benches/processes.sh [PROGRAM]      needs hyperfine, kubectl and GNU time
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$(realpath "${1:-target/release/previewc}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PREVIEWC_KEY=0123456789abcdef0123456789abcdef

stack() { # SERVICES: a manifest with so many services, a worker and a database
  cat <<TOP
version: 1
name: big
domain: big.preview.example.com
registry: ghcr.io/acme
services:
TOP
  for ((i = 0; i < $1; i++)); do
    cat <<SERVICE
  svc$i:
    build: services/svc$i
    port: 8080
    route: { host: svc$i }
    health: /healthz
    size: small
    uses: [db]
    env: { LOG_LEVEL: debug, INDEX: "$i", PEER: "\${services.svc$(((i + 1) % $1)).url}" }
SERVICE
  done
  printf 'databases:\n  db: { engine: postgres }\n'
}

for nodes in 12 200 2000; do
  mkdir "$work/$nodes"
  stack $((nodes - 1)) >"$work/$nodes/preview.yaml"
  (cd "$work/$nodes" && "$program" render --pr 1 --target k8s --sha 0123456 >/dev/null 2>&1)
done
seq 1 1000 | awk 'BEGIN { printf "[" } { printf "%s{\"number\": %d, \"sha\": \"0123456\"}", (NR > 1 ? ", " : ""), $1 } END { print "]" }' >"$work/prs.json"

echo "== 12 nodes"
(cd "$work/12" && hyperfine -N --warmup 5 --style basic \
  "$program --version" \
  "$program check" \
  "$program render --pr 142 --target k8s --sha 0123456" \
  "$program render --pr 142 --target compose --sha 0123456" \
  "kubectl kustomize .previewc/pr-1/kubernetes")
# `kubectl kustomize` needs minutes for 2,000 nodes, so that they are compared at 200.
echo "== 200 nodes"
(cd "$work/200" && hyperfine -N --warmup 1 --runs 5 --style basic \
  "$program render --pr 142 --target k8s --sha 0123456" \
  "kubectl kustomize .previewc/pr-1/kubernetes")
echo "== 2,000 nodes"
(cd "$work/2000" && hyperfine -N --warmup 1 --runs 10 --style basic \
  "$program check" \
  "$program render --pr 142 --target k8s --sha 0123456")
(cd "$work/2000" && /usr/bin/time -f 'render, 2,000 nodes: %M KiB at most' "$program" render --pr 142 --target k8s --sha 0123456 2>&1 >/dev/null | tail -n 1)
echo "== 1,000 pull requests of 12 nodes in one process"
(cd "$work/12" && hyperfine -N --runs 3 --style basic "$program render --prs $work/prs.json --target k8s")

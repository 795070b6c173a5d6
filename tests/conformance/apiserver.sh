#!/usr/bin/env bash
# A real API server takes the bundle under strict validation without an error or a warning, twice; its controllers create every pod
# under the namespace's quota and Pod Security level; deleting the namespace leaves nothing.
#   KUBECONFIG=… apiserver.sh BUNDLE
# Only on a server at a loopback address, unless PREVIEWC_DISPOSABLE_CLUSTER=1: the bundle's namespace is deleted.
set -euo pipefail
bundle=$1
if [ -z "${KUBECONFIG:-}" ] || ! command -v kubectl >/dev/null; then echo "no KUBECONFIG, or no kubectl"; exit 77; fi
server=$(kubectl config view --minify -o 'jsonpath={.clusters[0].cluster.server}')
case $server in
https://127.0.0.1:* | https://localhost:*) ;;
*) if [ "${PREVIEWC_DISPOSABLE_CLUSTER:-}" != 1 ]; then echo "the cluster $server is not on this machine; PREVIEWC_DISPOSABLE_CLUSTER=1 allows it"; exit 77; fi ;;
esac
work=$(mktemp -d)
manifests=$work/manifests
cp -r "$bundle/manifests" "$manifests"
namespace=$(python3 -c 'import sys, yaml, glob
print(next(d["metadata"]["name"] for f in sorted(glob.glob(sys.argv[1] + "/*.yaml")) for d in yaml.safe_load_all(open(f, "rb")) if d and d["kind"] == "Namespace"))' "$manifests")
trap 'kubectl delete namespace "$namespace" --ignore-not-found --timeout=90s >/dev/null 2>&1; rm -rf "$work"' EXIT
kubectl delete namespace "$namespace" --ignore-not-found --timeout=90s >/dev/null
fail() { echo "$1"; shift; head -n 30 "$@"; exit 1; }
kubectl apply --validate=strict -f "$manifests" >"$work/first" 2>"$work/said" || fail "refused:" "$work/said"
if [ -s "$work/said" ]; then fail "warnings:" "$work/said"; fi
kubectl apply --validate=strict -f "$manifests" >"$work/second" 2>"$work/said" || fail "refused the second time:" "$work/said"
if [ -s "$work/said" ]; then fail "warnings the second time:" "$work/said"; fi
# "configured" is also said when nothing changes (a StatefulSet's claim templates, to which the server adds defaults): the generation tells
if grep -v ' unchanged$' "$work/second" >"$work/changed"; then
  while read -r name _; do
    if [ "$(kubectl -n "$namespace" get "$name" -o 'jsonpath={.metadata.generation}')" != 1 ]; then echo "the second apply changes $name"; exit 1; fi
  done <"$work/changed"
fi
for level in baseline restricted; do
  kubectl label --dry-run=server --overwrite namespace "$namespace" "pod-security.kubernetes.io/enforce=$level" >/dev/null 2>"$work/$level" || true
done
if [ -s "$work/baseline" ]; then fail "not baseline:" "$work/baseline"; fi
# controllers need a moment; a workload whose pod is refused says so in an event
wanted=$(kubectl -n "$namespace" get deployments,statefulsets,jobs -o name | wc -l)
for _ in $(seq 40); do
  pods=$(kubectl -n "$namespace" get pods -o name | wc -l)
  if [ "$pods" -ge "$wanted" ]; then break; fi
  sleep 0.5
done
kubectl -n "$namespace" get events -o jsonpath='{range .items[?(@.reason=="FailedCreate")]}{.involvedObject.kind}/{.involvedObject.name}: {.message}{"\n"}{end}' >"$work/events"
if [ -s "$work/events" ]; then fail "pods were refused:" "$work/events"; fi
if [ "$pods" -lt "$wanted" ]; then kubectl -n "$namespace" get pods; echo "$pods pods for $wanted workloads"; exit 1; fi
kubectl delete namespace "$namespace" --timeout=90s >/dev/null 2>"$work/said" || fail "the namespace is not deleted:" "$work/said"
if [ -n "$(kubectl get namespace "$namespace" --ignore-not-found -o name)" ]; then echo "the namespace is still there"; exit 1; fi
echo "$(wc -l <"$work/first") objects, no warning, $pods pods; restricted: $(grep -c . "$work/restricted" || true) warnings"

#!/usr/bin/env bash
# kubectl kustomize accepts the bundle, says nothing on stderr, and yields exactly the objects of the manifests.
set -euo pipefail
cd "$1"
command -v kubectl >/dev/null || { echo "kubectl is missing"; exit 77; }
[ -f Kustomization ] || { echo "no Kustomization in $1"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kubectl kustomize . >"$work/all.yaml" 2>"$work/said"
if [ -s "$work/said" ]; then cat "$work/said"; exit 1; fi
ids='import sys, yaml
for name in sys.argv[1:]:
    for d in yaml.safe_load_all(open(name, "rb")):
        if d: print(d["apiVersion"], d["kind"], d["metadata"].get("namespace", ""), d["metadata"]["name"])'
python3 -c "$ids" "$work/all.yaml" | sort >"$work/a"
python3 -c "$ids" manifests/*.yaml | sort >"$work/b"
# What the users' component adds comes on top.
if [ -d overrides ]; then comm -12 "$work/a" "$work/b" >"$work/both" && mv "$work/both" "$work/a"; fi
if ! diff "$work/b" "$work/a"; then echo "kustomize yields other objects than manifests/ holds"; exit 1; fi
echo "$(wc -l <"$work/a") objects"

#!/usr/bin/env bash
# Kustomize calls previewc as a function and makes of it what a render writes: krm.sh PREVIEWC MANIFEST
set -euo pipefail
for tool in kustomize python3; do
  command -v "$tool" >/dev/null || { echo "$tool is missing"; exit 77; }
done
previewc=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$(dirname "$2")/." "$work"
cd "$work"
rm -rf .previewc
export PREVIEWC_KEY=0123456789abcdef0123456789abcdef
printf '#!/bin/sh\nexec %s krm\n' "$previewc" >previewc-krm
chmod +x previewc-krm
printf 'generators: [call.yaml]\n' >kustomization.yaml
cat >call.yaml <<CALL
apiVersion: previewc.dev/v1
kind: Preview
metadata:
  name: preview
  annotations:
    config.kubernetes.io/function: |
      exec: { path: ./previewc-krm }
spec: { file: $(basename "$2"), repo: acme/shop, pr: 142, sha: "0123456", git: false }
CALL
kustomize build --enable-alpha-plugins --enable-exec . >made.yaml
"$previewc" render --file "$(basename "$2")" --target k8s --repo acme/shop --pr 142 --sha 0123456 --out - >rendered.yaml 2>/dev/null
python3 - <<'PY'
import yaml
read = lambda name: sorted(([d for d in yaml.safe_load_all(open(name)) if d]), key=lambda d: (d["kind"], d["metadata"]["name"]))
made, rendered = read("made.yaml"), read("rendered.yaml")
assert made == rendered and len(made) > 5, (len(made), len(rendered))
print(f"{len(made)} objects")
PY

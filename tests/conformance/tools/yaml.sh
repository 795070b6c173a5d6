#!/usr/bin/env bash
# yamllint (relaxed; a value may be long) finds nothing in the bundle's YAML.
set -euo pipefail
cd "$1"
command -v yamllint >/dev/null || { echo "yamllint is missing"; exit 77; }
files=()
for name in Kustomization compose.yaml manifests/*.yaml; do if [ -f "$name" ]; then files+=("$name"); fi; done
if ! said=$(yamllint --strict -d '{extends: relaxed, rules: {line-length: disable}}' -f parsable "${files[@]}" 2>&1) || [ -n "$said" ]; then printf '%s\n' "$said" | head -n 20; exit 1; fi
echo "${#files[@]} files"

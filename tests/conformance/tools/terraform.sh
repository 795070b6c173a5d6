#!/usr/bin/env bash
# Terraform finds nothing to format, and the module valid with the real provider.
set -euo pipefail
command -v terraform >/dev/null || { echo "terraform is missing"; exit 77; }
said=$(terraform fmt -check -recursive -diff "$1") || { printf '%s\n' "${said:-not formatted}"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$1/." "$work"
cd "$work"
if ! said=$(terraform init -backend=false -input=false -no-color 2>&1); then
  case $said in
    *"Failed to query available provider packages"*) echo "the provider cannot be had: see tests/conformance/providers"; exit 77 ;;
    *) printf '%s\n' "$said"; exit 1 ;;
  esac
fi
terraform validate -json | python3 -c '
import json, sys
found = json.load(sys.stdin)
print("valid" if found["valid"] and not found["warning_count"] else json.dumps(found["diagnostics"], indent=1))
sys.exit(not found["valid"] or found["warning_count"] > 0)'

#!/usr/bin/env bash
# The bundle's scripts are executable, parse, and shellcheck finds nothing in them.
set -euo pipefail
cd "$1"
command -v shellcheck >/dev/null || { echo "shellcheck is missing"; exit 77; }
scripts=()
for name in *.sh; do if [ -f "$name" ]; then scripts+=("$name"); fi; done
for name in up.sh down.sh; do if [ ! -x "$name" ]; then echo "$name is missing or not executable"; exit 1; fi; done
shellcheck "${scripts[@]}"
for name in "${scripts[@]}"; do
  case $(head -n 1 "$name") in *bash*) bash -n "$name" ;; *) sh -n "$name" ;; esac
done
echo "${scripts[*]}"

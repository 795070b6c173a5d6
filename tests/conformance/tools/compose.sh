#!/usr/bin/env bash
# Docker Compose v2 accepts the project and warns of nothing.
set -euo pipefail
cd "$1"
docker compose version >/dev/null 2>&1 || { echo "docker compose is missing"; exit 77; }
files=(-f compose.yaml)
if [ -f compose.override.yaml ]; then files+=(-f compose.override.yaml); fi
if ! said=$(docker compose --env-file /dev/null "${files[@]}" config -q 2>&1) || [ -n "$said" ]; then printf '%s\n' "${said:-refused}"; exit 1; fi
echo "$(docker compose --env-file /dev/null "${files[@]}" config --services | wc -l) services"

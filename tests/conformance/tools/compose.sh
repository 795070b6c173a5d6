#!/usr/bin/env bash
# Docker Compose v2 accepts the project and warns of nothing.
set -euo pipefail
cd "$1"
docker compose version >/dev/null 2>&1 || { echo "docker compose is missing"; exit 77; }
if ! said=$(docker compose --env-file /dev/null -f compose.yaml config -q 2>&1) || [ -n "$said" ]; then printf '%s\n' "${said:-refused}"; exit 1; fi
echo "$(docker compose --env-file /dev/null -f compose.yaml config --services | wc -l) services"

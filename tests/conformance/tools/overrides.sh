#!/usr/bin/env bash
# What the users' files change is what the tools make of the bundle, and what its stages and up.sh apply.
#   overrides.sh BUNDLE BUNDLE-OF-CHANGED-OVERRIDES
set -euo pipefail
cd "$1"
changed=$2
fail() { echo "$*"; exit 1; }
if [ -f compose.yaml ]; then
  docker compose version >/dev/null 2>&1 || { echo "docker compose is missing"; exit 77; }
  plain=$(docker compose --env-file /dev/null config --format json) # as `docker compose up` finds the files
  said=$(grep 'docker compose -p ' up.sh)
  case $said in *"-f compose.yaml -f compose.override.yaml"*) ;; *) fail "up.sh does not name the override: $said" ;; esac
  named=$(docker compose --env-file /dev/null -f compose.yaml -f compose.override.yaml config --format json)
  [ "$plain" = "$named" ] || fail "up.sh and plain Compose see different projects"
  python3 - "$plain" <<'PY'
import json, sys
services = json.loads(sys.argv[1])["services"]
assert services["web"]["environment"]["EXTRA"] == "1" and "mirror" in services
assert any(v["target"] == "/etc/extra.conf" for v in services["web"]["volumes"])
for stage in json.load(open("bundle.json"))["stages"]:
    for argv in stage["run"] + stage["wait"]:
        assert " ".join(argv).count("-f compose.yaml -f compose.override.yaml") == 1, argv
PY
  echo "the same project by both ways"
  exit
fi
command -v kubectl >/dev/null || { echo "kubectl is missing"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kubectl kustomize . >"$work/now"
kubectl kustomize "$changed" >"$work/then"
python3 - "$work/now" "$work/then" <<'PY'
import json, sys, yaml
now, then = ([d for d in yaml.safe_load_all(open(name, "rb")) if d] for name in sys.argv[1:])
bundle = json.load(open("bundle.json"))
applied = [argv[argv.index("-l") + 1] for stage in bundle["stages"] for argv in stage["run"] if "-k" in argv]
assert not [argv for stage in bundle["stages"] for argv in stage["run"] if "-f" in argv], "a stage applies a plain file"
script = open("up.sh").read().replace("apply 'namespace'", "apply namespace")  # a word that shells know
assert 'kubectl apply --kustomize . --selector "previewc.dev/stage=$1"' in script
for stage in (selector.removeprefix("previewc.dev/stage=") for selector in applied):
    assert f"\napply {stage}\n" in script, f"up.sh does not apply the stage {stage}"
namespace = bundle["environment"]["id"]
for thing in now:
    meta = thing["metadata"]
    assert meta.get("namespace", namespace) == namespace, meta
    assert f"previewc.dev/stage={meta['labels']['previewc.dev/stage']}" in applied, meta
    assert meta["labels"]["previewc.dev/render"], meta
kinds = {(thing["kind"], thing["metadata"]["name"]): thing for thing in now}
assert ("PodDisruptionBudget", "web") in kinds
web = kinds["Deployment", "web"]["spec"]["template"]
assert "configMapRef" in web["spec"]["containers"][0]["envFrom"][0]
# Another override makes other Jobs and pods, because a Job cannot be changed.
def names(things):
    return {t["metadata"]["name"] for t in things if t["kind"] == "Job"}
assert names(now) and not names(now) & names(then), names(now)
def renders(things):
    return {t["metadata"]["labels"]["previewc.dev/render"] for t in things}
assert len(renders(now)) == 1 and renders(now) != renders(then)
print(len(now), "objects, each in one stage")
PY

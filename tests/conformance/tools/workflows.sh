#!/usr/bin/env bash
# The workflows of a manifest for one target, with and without options: workflows.sh PREVIEWC MANIFEST TARGET
set -euo pipefail
for tool in actionlint check-jsonschema shellcheck; do
  command -v "$tool" >/dev/null || { echo "$tool is missing"; exit 77; }
done
previewc=$(realpath "$1") target=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$(dirname "$2")"
manifest=$(basename "$2")
n=0
for options in '' '--runs-on=ubuntu-24.04-arm' '--runs-on=self-hosted,linux --install=./install.sh'; do
  n=$((n + 1))
  # shellcheck disable=SC2086 # several words
  "$previewc" ci github --file "$manifest" --target "$target" $options >"$work/github-$n.yml"
  # shellcheck disable=SC2086
  "$previewc" ci gitlab --file "$manifest" --target "$target" $options >"$work/gitlab-$n.yml"
done
if grep -q "^registry:" "$manifest"; then
  "$previewc" images --file "$manifest" --pr 142 --sha 1234567 --target "$target" --format sh >"$work/images.sh"
  shellcheck "$work/images.sh"
fi
# The label of a machine of the team's own, as they would tell it.
printf 'self-hosted-runner: { labels: [previews] }\n' >"$work/actionlint.yaml"
actionlint -no-color -config-file "$work/actionlint.yaml" -shellcheck shellcheck "$work"/github-*.yml
check-jsonschema -q --builtin-schema vendor.github-workflows "$work"/github-*.yml
check-jsonschema -q --builtin-schema vendor.gitlab-ci "$work"/gitlab-*.yml
# The jobs' scripts, each as one script, as GitLab's runner runs it.
python3 - "$work" <<'PY'
import pathlib, re, subprocess, sys
import yaml
for path in sorted(pathlib.Path(sys.argv[1]).glob("gitlab-*.yml")):
    for name, job in yaml.safe_load(path.read_text()).items():
        for part in ("before_script", "script", "after_script"):
            if part in job:
                text = "#!/bin/sh\n" + "\n".join(job[part]) + "\n"
                # SC2154: variables of GitLab's and of the part before
                words = ["shellcheck", "-s", "sh", "-e", "SC2154,SC2034", "-f", "gcc", "-"]
                said = subprocess.run(words, input=text, capture_output=True, text=True).stdout
                if said:
                    sys.exit(f"{path.name}: {name}.{part}: {said}")
PY
echo "$n of GitHub's and $n of GitLab's"

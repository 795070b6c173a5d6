#!/usr/bin/env python3
"""kubeconform -strict accepts every manifest; the schemas are those inside kubernetes-validate, so that no network is needed."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

from common import finish, objects

try:
    import kubernetes_validate
except ImportError:
    print("kubernetes-validate (whose schemas are used) is missing")
    sys.exit(77)
if not shutil.which("kubeconform"):
    print("kubeconform is missing")
    sys.exit(77)


def schemas(version, kinds, folder):
    """Writes the schemas of some kinds with references that kubeconform can follow."""
    source = os.path.join(os.path.dirname(kubernetes_validate.__file__), "kubernetes-json-schema", f"v{version}-local-strict")
    for kind, api in kinds | {("", "")}:
        group, _, release = api.rpartition("/")
        name = f"{kind.lower()}-{group.split('.')[0] + '-' if group else ''}{release}.json" if kind else "_definitions.json"
        path = os.path.join(source, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                schema = json.load(file)
            schema.pop("$id", None)
            text = json.dumps(schema).replace('"/api/_definitions.json#', '"_definitions.json#')
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)


def main():
    bundle = sys.argv[1]
    kinds = {(d["kind"], d["apiVersion"]) for _, d in objects(bundle)}
    problems, said = [], []
    newest = kubernetes_validate.latest_version()
    for version in ("1.30.0", newest):
        with tempfile.TemporaryDirectory() as folder:
            schemas(version, kinds, folder)
            template = os.path.join(folder, "{{ .ResourceKind }}{{ .KindSuffix }}.json")
            done = subprocess.run(["kubeconform", "-strict", "-summary", "-schema-location", template, "-kubernetes-version", version,
                                   "-skip", "HTTPRoute,ExternalSecret", os.path.join(bundle, "manifests")],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode:
                problems.append(done.stdout)
            said.append(f"{version}: {done.stdout.strip().splitlines()[-1]}")
    finish(problems, "; ".join(said))


main()

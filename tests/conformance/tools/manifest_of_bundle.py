#!/usr/bin/env python3
"""bundle.json tells the truth: it obeys its schema, lists every file with its digest and mode, and every object of the manifests with
a stage and a removal that exist.

  manifest_of_bundle.py BUNDLE [SCHEMA]"""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys

from common import finish, objects


def main():
    bundle = sys.argv[1]
    with open(os.path.join(bundle, "bundle.json"), encoding="utf-8") as file:
        told = json.load(file)
    problems = []
    listed = {f["path"]: f for f in told["files"]}
    there = {os.path.relpath(os.path.join(root, name), bundle) for root, _, names in os.walk(bundle) for name in names} - {"bundle.json"}
    for path in sorted(set(listed) ^ there):
        problems.append(f"{path}: {'listed, but not there' if path in listed else 'there, but not listed'}")
    for path in sorted(set(listed) & there):
        full = os.path.join(bundle, path)
        with open(full, "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != listed[path]["sha256"].removeprefix("sha256:"):
                problems.append(f"{path}: another digest")
        mode = listed[path].get("mode")
        mode = int(mode, 8) if isinstance(mode, str) else mode
        if mode is not None and stat.S_IMODE(os.stat(full).st_mode) != mode:
            problems.append(f"{path}: mode {stat.S_IMODE(os.stat(full).st_mode):o}, listed {mode:o}")
    if os.path.isdir(os.path.join(bundle, "manifests")):
        have = {(d["kind"], d["metadata"].get("namespace") or "", d["metadata"]["name"]) for _, d in objects(bundle)}
        tells = {(o["kind"], o.get("namespace") or "", o["name"]) for o in told["objects"]}
        problems += [f"{k}/{n} in {s or 'no namespace'}: not in bundle.json" for k, s, n in sorted(have - tells)]
    stages, steps = {s["name"] for s in told["stages"]}, {t["name"] for t in told["teardown"]}
    for entry in told["objects"]:
        if entry.get("stage") not in stages:
            problems.append(f"{entry['kind']}/{entry['name']}: stage {entry.get('stage')} does not exist")
        if not entry.get("removal"):
            problems.append(f"{entry['kind']}/{entry['name']}: no removal")
    if not steps:
        problems.append("no teardown")
    if len(sys.argv) > 2 and shutil.which("check-jsonschema"):
        done = subprocess.run(["check-jsonschema", "--schemafile", sys.argv[2], os.path.join(bundle, "bundle.json")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            problems.append(done.stdout)
    finish(problems, f"{len(listed)} files, {len(told['objects'])} objects, {len(stages)} stages")


main()

"""What the checks in Python share: reading a bundle, and how a check ends."""

import os
import sys

try:
    import yaml
except ImportError:
    print("PyYAML is missing")
    sys.exit(77)

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def objects(bundle):
    """[(file, object)] of the manifests, in the order of `kubectl apply -f`."""
    folder = os.path.join(bundle, "manifests")
    out = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            out += [(name, document) for document in yaml.load_all(file, LOADER) if document is not None]
    return out


def title(document):
    return f"{document.get('kind')}/{(document.get('metadata') or {}).get('name')}"


def templates(documents):
    """[(owner's title, pod template)] of all workloads."""
    out = []
    for document in documents:
        spec = document.get("spec") or {}
        if document.get("kind") == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if isinstance(spec.get("template"), dict) and "spec" in spec["template"]:
            out.append((title(document), spec["template"]))
    return out


def finish(problems, summary):
    """Ends the check: the problems and exit code 1, or the summary and 0."""
    if problems:
        print("\n".join(problems[:40]))
        sys.exit(1)
    print(summary)
    sys.exit(0)

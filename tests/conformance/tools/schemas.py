#!/usr/bin/env python3
"""Every object is valid under the strict schemas of Kubernetes 1.30 and of the newest release that kubernetes-validate knows."""

import sys

from common import finish, objects, title

try:
    import kubernetes_validate
except ImportError:
    print("kubernetes-validate is missing")
    sys.exit(77)

# kinds of installed extensions: Kubernetes' own schemas do not hold them
EXTENSIONS = ("gateway.networking.k8s.io/", "external-secrets.io/", "argoproj.io/", "keda.sh/", "cert-manager.io/")


def main():
    found = objects(sys.argv[1])
    problems, skipped = [], sorted({d["kind"] for _, d in found if d["apiVersion"].startswith(EXTENSIONS)})
    own = [(n, d) for n, d in found if not d["apiVersion"].startswith(EXTENSIONS)]
    versions = ["1.30", kubernetes_validate.latest_version()]
    for version in versions:
        for name, document in own:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                problems.append(f"{version} {name} {title(document)}: {'/'.join(map(str, error.path))}: {error.message[:300]}")
            except kubernetes_validate.SchemaNotFoundError as error:
                problems.append(f"{version} {name} {title(document)}: {error.message}")
    finish(problems, f"{len(own)} objects under {' and '.join(versions)}" + (f"; no schema: {', '.join(skipped)}" if skipped else ""))


main()

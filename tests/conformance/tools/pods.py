#!/usr/bin/env python3
"""Every pod keeps the rules: no token, no service links, no privilege escalation, seccomp, capabilities dropped, non-root where the
uid is known, requests and limits; Pod Security's baseline by hand; every reference leads somewhere; the namespace enforces baseline."""

import sys

from common import finish, objects, templates, title

# Pod Security Standards, baseline: capabilities that may be added
MAY_ADD = {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}


def main():
    documents = [d for _, d in objects(sys.argv[1])]
    problems = []
    names = {(d["kind"], d["metadata"]["name"]) for d in documents}
    keys = {(d["kind"], d["metadata"]["name"]): set(d.get("data") or {}) | set(d.get("stringData") or {}) for d in documents if d["kind"] in ("Secret", "ConfigMap")}
    stored = {n for k, n in names if k == "ExternalSecret"}
    accounts = {d["metadata"]["name"]: d for d in documents if d["kind"] == "ServiceAccount"}
    for document in documents:
        if document["kind"] == "Namespace" and (document["metadata"].get("labels") or {}).get("pod-security.kubernetes.io/enforce") not in ("baseline", "restricted"):
            problems.append(f"{title(document)}: does not enforce baseline")
    count = 0
    given = any(d["kind"] == "LimitRange" and any("memory" in (x.get("default") or {}) for x in d["spec"]["limits"]) for d in documents)
    for owner, template in templates(documents):
        spec, count = template["spec"], count + 1

        def wrong(text, owner=owner):
            problems.append(f"{owner}: {text}")

        if spec.get("enableServiceLinks") is not False:
            wrong("enableServiceLinks is not false")
        account = accounts.get(spec.get("serviceAccountName", "default"), {})
        if spec.get("serviceAccountName", "default") != "default" and not account:
            wrong(f"no ServiceAccount {spec['serviceAccountName']}")
        if spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True)):
            wrong("mounts the service account's token")
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(key):
                wrong(key)
        for volume in spec.get("volumes") or []:
            reference(volume, keys, stored, names, wrong)
        if (spec.get("securityContext") or {}).get("sysctls"):
            wrong("sysctls")
        for container in (spec.get("initContainers") or []) + spec["containers"]:
            check(container, spec.get("securityContext") or {}, keys, stored, given, lambda text, c=container["name"]: wrong(f"{c}: {text}"))
    finish(problems, f"{count} pod templates")


def reference(volume, keys, stored, names, wrong):
    for field, key, kind in (("configMap", "name", "ConfigMap"), ("secret", "secretName", "Secret")):
        if field in volume:
            exists(kind, volume[field][key], None, keys, stored, wrong)
            for item in volume[field].get("items") or []:
                exists(kind, volume[field][key], item["key"], keys, stored, wrong)
    if "persistentVolumeClaim" in volume and ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) not in names:
        wrong(f"no claim {volume['persistentVolumeClaim']['claimName']}")
    unknown = set(volume) - {"name", "configMap", "secret", "persistentVolumeClaim", "emptyDir"}
    if unknown:
        wrong(f"volume of kind {unknown}")


def exists(kind, name, key, keys, stored, wrong):
    if kind == "Secret" and name in stored:
        return
    if (kind, name) not in keys:
        wrong(f"no {kind} {name}")
    elif key is not None and key not in keys[kind, name]:
        wrong(f"no key {key} in {kind} {name}")


def check(container, pod, keys, stored, given, wrong):
    own = container.get("securityContext") or {}
    if own.get("allowPrivilegeEscalation") is not False:
        wrong("allows privilege escalation")
    if own.get("privileged"):
        wrong("privileged")
    if (own.get("seccompProfile") or pod.get("seccompProfile") or {}).get("type") != "RuntimeDefault":
        wrong("seccomp is not RuntimeDefault")
    user = own.get("runAsUser", pod.get("runAsUser"))
    capabilities = own.get("capabilities") or {}
    if set(capabilities.get("add") or []) - MAY_ADD:
        wrong(f"adds {capabilities['add']}")
    if user not in (None, 0):
        if "ALL" not in (capabilities.get("drop") or []):
            wrong(f"uid {user} keeps capabilities")
        if own.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
            wrong(f"uid {user} without runAsNonRoot")
    for port in container.get("ports") or []:
        if port.get("hostPort"):
            wrong("hostPort")
    resources = container.get("resources") or {}
    for which in ("requests", "limits"):
        if not given and "memory" not in (resources.get(which) or {}):
            wrong(f"no {which}.memory")
    for entry in container.get("env") or []:
        source = entry.get("valueFrom") or {}
        for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
            if field in source and not source[field].get("optional"):
                exists(kind, source[field]["name"], source[field]["key"], keys, stored, wrong)
    for entry in container.get("envFrom") or []:
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            if field in entry:
                exists(kind, entry[field]["name"], None, keys, stored, wrong)


main()

"""One namespace: its objects, as the API server holds them, and the names by which they stand on the engine."""

import copy
import hashlib
import json
import os
import secrets as random_source
import threading
import time

from . import admission, podspec, services
from .bundle import NOT_ENFORCED
from .fields import Fields, Refused

LABEL = "previewc.test.pods"
WORKLOADS = {"apps/v1/Deployment", "apps/v1/StatefulSet", "batch/v1/Job", "batch/v1/CronJob"}


def canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def digest(value):
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:10]


class World:
    def __init__(self, namespace, state):
        self.namespace, self.state = namespace, state
        self.prefix = self.network = f"pods-{namespace}"
        self.objects, self.jobs, self.events = {}, {}, []
        self.lock, self.wake = threading.RLock(), threading.Event()
        self._load()

    # names and labels on the engine
    def labels(self, **more):
        return {LABEL: self.namespace, **{f"{LABEL}.{k}": v for k, v in more.items()}}

    def domains(self):
        return ["", f".{self.namespace}", f".{self.namespace}.svc", f".{self.namespace}.svc.cluster.local"]

    def unique(self, what):
        return f"{self.prefix}_{what}_{random_source.token_hex(4)}"

    # what pods ask for
    def get(self, kind, name):
        with self.lock:
            return self.objects.get(f"{kind}/{name}")

    def of(self, kind):
        with self.lock:
            return [o for k, o in self.objects.items() if o["_kind"] == kind]

    def secret(self, name):
        return self.get("v1/Secret", name)

    def config(self, name):
        return self.get("v1/ConfigMap", name)

    def claim(self, name):
        return f"{self.prefix}-claim-{name}" if self.get("v1/PersistentVolumeClaim", name) else None

    def account(self, pod):
        """Whether the pod's ServiceAccount is there and mounts no token, which the rig could not give."""
        found = self.get("v1/ServiceAccount", pod.account)
        if found is None and pod.account != "default":
            return False
        mounts = pod.token if pod.token is not None else (found or {}).get("automountServiceAccountToken", True)
        if mounts:
            raise Refused("automountServiceAccountToken must be false on the pod or its account: the rig has no API server")
        return True

    def admit(self, pod, running):
        ranges = [rule for o in self.of("v1/LimitRange") for rule in admission.limit_range(o)]
        quotas = [admission.quota(o) for o in self.of("v1/ResourceQuota")]
        admission.admit(pod, ranges, quotas, running)

    def changed(self):
        self.wake.set()

    def event(self, text):
        if text not in [said for _, said in self.events[-6:]]:
            self.events.append((time.time(), text))
            del self.events[:-200]
            print(time.strftime("%H:%M:%S"), text, flush=True)

    # the API server's part
    def apply(self, documents):
        """Takes the objects one after another, as kubectl sends them; [(line, accepted)]."""
        out = []
        for document in documents:
            path = document["_path"]
            kind = document["_kind"].rsplit("/", 1)[1].lower()
            name = f"{kind}/{document['metadata']['name']}"
            if document["_kind"] in NOT_ENFORCED and document["_kind"] != "v1/ResourceQuota":
                name = f"{name} (not enforced by the rig)"
            try:
                with self.lock:
                    out.append((f"{name} {self._store(document)}", True))
            except Refused as error:
                out.append((f"error: {path}: {error}", False))
        self._save()
        self.changed()
        return out

    def _store(self, document):
        if document["_kind"] != "v1/Namespace":
            if document["metadata"].get("namespace") != self.namespace:
                raise Refused(f"metadata.namespace is {document['metadata'].get('namespace')!r}, not {self.namespace!r}")
            if self.get("v1/Namespace", self.namespace) is None:
                raise Refused(f'namespaces "{self.namespace}" not found')
        key = f"{document['_kind']}/{document['metadata']['name']}"
        before = self.objects.get(key)
        if before is not None:
            if canonical({**before, "_path": ""}) == canonical({**document, "_path": ""}):
                return "unchanged"
            _immutable(before, document)
        self.objects[key] = document
        return "created" if before is None else "configured"

    def delete(self, key):
        with self.lock:
            self.objects.pop(key, None)
            self.jobs.pop(key, None)
        self._save()
        self.changed()

    def select(self, selector, kinds):
        """The keys of the objects of some kinds (Job, Deployment, …) that a label selector matches."""
        terms = [t.partition("!=" if "!=" in t else "=") for t in selector.split(",") if t]
        with self.lock:
            found = []
            for key, o in self.objects.items():
                labels = o["metadata"].get("labels") or {}
                if o["kind"] in kinds and all((labels.get(k.strip()) == v.strip()) == (op == "=") for k, op, v in terms):
                    found.append(key)
            return found

    def job(self, key):
        with self.lock:
            return self.jobs.setdefault(key, {"failed": 0, "succeeded": 0, "condition": "", "started": time.time(), "finished": None, "retry": 0})

    def save(self):
        self._save()

    def _load(self):
        try:
            with open(os.path.join(self.state, "store.json"), encoding="utf-8") as file:
                stored = json.load(file)
            self.objects, self.jobs = stored["objects"], stored["jobs"]
        except FileNotFoundError:
            pass

    def _save(self):
        with self.lock:
            text = json.dumps({"objects": self.objects, "jobs": self.jobs}, default=str)
        path = os.path.join(self.state, "store.json")
        with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".new", path)


def check(document):
    """Reads one object to its last field, so that what the rig does not carry is refused before anything is applied."""
    kind, path = document["_kind"], document["_path"]
    fields = Fields({k: v for k, v in document.items() if not k.startswith("_")}, path)
    fields.ignore("apiVersion", "kind")
    metadata = fields.nested("metadata", required=True)
    metadata.text("name", required=True)
    metadata.text("namespace")
    metadata.text_map("labels"), metadata.text_map("annotations")
    metadata.done()
    if kind in NOT_ENFORCED:
        return admission.quota(document) if kind == "v1/ResourceQuota" else None
    if kind in ("v1/ConfigMap", "v1/Secret"):
        fields.text_map("data")
        fields.flag("immutable")
        fields.text_map("stringData" if kind == "v1/Secret" else "binaryData")
        if kind == "v1/Secret":
            fields.text("type")
        fields.done()
        return podspec.data(document)
    if kind == "v1/ServiceAccount":
        fields.take("automountServiceAccountToken", bool)
        fields.ignore("imagePullSecrets")
        return fields.done()
    if kind == "v1/Namespace":
        return fields.done()
    fields.nested("spec", required=True)
    fields.done()
    if kind == "v1/LimitRange":
        return admission.limit_range(document)
    if kind == "v1/Service":
        return services.check(document)
    if kind == "v1/PersistentVolumeClaim":
        return claim_spec(Fields(document["spec"], path + ".spec"))
    return None


def claim_spec(spec):
    for mode in spec.texts("accessModes"):
        if mode not in ("ReadWriteOnce", "ReadWriteOncePod"):
            raise Refused(f"{spec.path}.accessModes: {mode} is not carried by this rig")
    spec.only("volumeMode", ("Filesystem", None))
    spec.ignore("storageClassName")
    resources = spec.nested("resources", required=True)
    requests = resources.nested("requests", required=True)
    requests.take("storage", (str, int), required=True)
    requests.done(), resources.done(), spec.done()


def _immutable(before, after):
    """Refuses the changes that the API server refuses."""
    kind = after["_kind"]
    old, new = before.get("spec") or {}, after.get("spec") or {}
    fixed = {"batch/v1/Job": ("template", "selector", "completionMode", "completions"), "apps/v1/Deployment": ("selector",),
             "v1/Service": ("clusterIP",)}.get(kind, ())
    for key in fixed:
        if canonical(old.get(key)) != canonical(new.get(key)):
            raise Refused(f"spec.{key}: Invalid value: field is immutable")
    if kind == "apps/v1/StatefulSet":
        free = {"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy", "minReadySeconds"}
        for key in sorted(set(old) | set(new)):
            if key not in free and canonical(old.get(key)) != canonical(new.get(key)):
                raise Refused(f"spec: Forbidden: updates to statefulset spec for fields other than {', '.join(sorted(free))} are forbidden ({key})")
    if kind == "v1/PersistentVolumeClaim":
        old, new = copy.deepcopy(old), copy.deepcopy(new)
        grown = [s.get("resources", {}).get("requests", {}).pop("storage", None) for s in (old, new)]
        from .quantity import quantity
        if canonical(old) != canonical(new):
            raise Refused("spec: Forbidden: spec is immutable after creation except resources.requests")
        if quantity(grown[1], "storage") < quantity(grown[0], "storage"):
            raise Refused("spec.resources.requests.storage: Forbidden: field can not be less than previous value")
    if kind in ("v1/Secret", "v1/ConfigMap") and before.get("immutable"):
        if any(canonical(before.get(k)) != canonical(after.get(k)) for k in ("data", "stringData", "binaryData", "immutable")):
            raise Refused("data: Forbidden: field is immutable when `immutable` is set")
    if kind == "v1/Secret" and (before.get("type") or "Opaque") != (after.get("type") or "Opaque"):
        raise Refused("type: Invalid value: field is immutable")

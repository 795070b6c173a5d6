"""Reading the workloads' specs around their pod templates."""

import math
from dataclasses import dataclass, field

from . import podspec
from .fields import Fields, Refused
from .world import claim_spec, digest


@dataclass
class Workload:
    kind: str
    name: str
    template: str                 # digest of the whole template
    raw: dict                     # the template itself: pods are read from it anew, because admission fills in defaults
    path: str
    replicas: int = 1
    recreate: bool = False
    surge: int = 1
    unavailable: int = 0
    service: str = ""
    parallel: bool = False
    claims: list = field(default_factory=list)
    backoff_limit: int = 6
    deadline: int = None
    ttl: int = None
    suspended: bool = False
    progress: int = 600

    def pod(self, ordinal=0):
        """The template, read; a StatefulSet's own claims become volumes of the pod with that number."""
        raw = self.raw
        if self.claims:
            spec = dict(raw["spec"])
            own = [{"name": claim, "persistentVolumeClaim": {"claimName": f"{claim}-{self.name}-{ordinal}"}} for claim, _ in self.claims]
            spec["volumes"] = [v for v in spec.get("volumes") or [] if v.get("name") not in dict(self.claims)] + own
            raw = {**raw, "spec": spec}
        return podspec.pod(Fields(raw, self.path))


def read(document):
    """A Deployment, StatefulSet, Job or CronJob (its Job's template)."""
    kind, path = document["_kind"], document["_path"]
    spec = Fields(document["spec"], path + ".spec")
    name = document["metadata"]["name"]
    if kind == "batch/v1/CronJob":
        spec.text("schedule", required=True)
        spec.text("timeZone")
        spec.ignore("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "suspend")
        spec.only("concurrencyPolicy", ("Allow", "Forbid", "Replace", None))
        template = spec.nested("jobTemplate", required=True)
        spec.done()
        inner = template.nested("metadata")
        if inner:
            inner.text_map("labels"), inner.text_map("annotations"), inner.done()
        spec = template.nested("spec", required=True)
        template.done()
        return _job(spec, name)
    if kind == "batch/v1/Job":
        return _job(spec, name)
    raw = spec.take("template", dict, required=True)
    workload = Workload(kind.rsplit("/", 1)[1], name, digest(raw), raw, f"{path}.spec.template")
    workload.replicas = spec.number("replicas", 1)
    spec.ignore("revisionHistoryLimit")
    # Whether a process stays for some seconds is not looked at here.
    spec.only("minReadySeconds", (0, 5, None))
    if kind == "apps/v1/Deployment":
        workload.progress = spec.number("progressDeadlineSeconds", 600)
        strategy = spec.nested("strategy")
        workload.surge, workload.unavailable = math.ceil(workload.replicas / 4), workload.replicas // 4
        if strategy:
            workload.recreate = strategy.only("type", ("RollingUpdate", "Recreate"), "RollingUpdate") == "Recreate"
            rolling = strategy.nested("rollingUpdate")
            if rolling:
                workload.surge = _share(rolling, "maxSurge", workload.surge, workload.replicas, math.ceil)
                workload.unavailable = _share(rolling, "maxUnavailable", workload.unavailable, workload.replicas, math.floor)
                rolling.done()
            strategy.done()
        if workload.surge == 0 and workload.unavailable == 0:
            workload.unavailable = 1
    else:
        workload.service = spec.text("serviceName", "")
        workload.parallel = spec.only("podManagementPolicy", ("OrderedReady", "Parallel", None)) == "Parallel"
        strategy = spec.nested("updateStrategy")
        if strategy:
            strategy.only("type", ("RollingUpdate",))
            strategy.done()
        spec.ignore("persistentVolumeClaimRetentionPolicy")
        for claim in spec.each("volumeClaimTemplates"):
            claim.only("apiVersion", ("v1", None)), claim.only("kind", ("PersistentVolumeClaim", None))
            metadata = claim.nested("metadata", required=True)
            workload.claims.append((metadata.text("name", required=True), claim.value["spec"]))
            metadata.text_map("labels"), metadata.text_map("annotations"), metadata.done()
            claim_spec(claim.nested("spec", required=True))
            claim.done()
    pod = workload.pod()
    _selector(spec, pod)
    if pod.restart != "Always":
        raise Refused(f"{workload.path}.spec.restartPolicy: must be Always")
    spec.done()
    return workload


def _job(spec, name):
    raw = spec.take("template", dict, required=True)
    workload = Workload("Job", name, digest(raw), raw, f"{spec.path}.template")
    workload.backoff_limit = spec.number("backoffLimit", 6)
    workload.deadline, workload.ttl = spec.number("activeDeadlineSeconds"), spec.number("ttlSecondsAfterFinished")
    workload.suspended = spec.flag("suspend")
    for key in ("completions", "parallelism"):
        spec.only(key, (1, None))
    spec.only("completionMode", ("NonIndexed", None))
    spec.only("podReplacementPolicy", ("TerminatingOrFailed", "Failed", None))
    spec.done()
    if workload.pod().restart == "Always":
        raise Refused(f"{workload.path}.spec.restartPolicy: a Job needs OnFailure or Never")
    return workload


def _selector(spec, pod):
    selector = spec.nested("selector", required=True)
    labels = selector.text_map("matchLabels")
    selector.done()
    if not labels or any(pod.labels.get(k) != v for k, v in labels.items()):
        raise Refused(f"{spec.path}.selector: does not match the template's labels")


def _share(fields, key, default, replicas, rounded):
    value = fields.take(key, (int, str))
    if value is None:
        return default
    if isinstance(value, int):
        return value
    if not value.endswith("%"):
        raise Refused(f"{fields.path}.{key}: {value!r} is neither a number nor a percentage")
    return int(rounded(int(value[:-1]) * replicas / 100))

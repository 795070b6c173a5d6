"""What the controllers do: pods for Deployments, StatefulSets and Jobs, and the Services' endpoints."""

import random
import string
import time

from . import admission, workloads
from .fields import Refused
from .pod import BACKOFF, BACKOFF_MAX, PodRun
from .services import Service
from .workloads import read


class Controllers:
    def __init__(self, world):
        self.world, self.pods, self.services, self.progress = world, [], {}, {}

    def reconcile(self):
        """One round: every controller compares what is wanted with what is there."""
        self.pods = [p for p in self.pods if not p.gone.is_set()]
        owners = set()
        for kind, step in (("apps/v1/StatefulSet", self._stateful), ("batch/v1/Job", self._job), ("apps/v1/Deployment", self._deployment)):
            for document in self.world.of(kind):
                workload = read(document)
                owners.add(f"{workload.kind}/{workload.name}")
                try:
                    step(workload)
                except (admission.Denied, Refused) as error:
                    self.world.event(f"{workload.kind}/{workload.name}: FailedCreate: {error}")
        for pod in self.pods:
            if pod.owner not in owners:
                pod.delete()
        self._serve()

    def _of(self, workload):
        return [p for p in self.pods if p.owner == f"{workload.kind}/{workload.name}"]

    def _start(self, workload, name, labels, ordinal=0):
        pod = workload.pod(ordinal)
        self.world.admit(pod, [p.pod for p in self.pods if not p.finished])
        run = PodRun(name, pod, self.world, f"{workload.kind}/{workload.name}", workload.template, labels)
        self.pods.append(run)
        self.world.event(f"{run.owner}: created pod {name}")
        run.start()
        return run

    def _deployment(self, workload):
        pods = [p for p in self._of(workload)]
        live = [p for p in pods if not p.stop.is_set()]
        for pod in [p for p in live if p.finished]:
            pod.delete()
        live = [p for p in live if not p.finished]
        new, old = [p for p in live if p.template == workload.template], [p for p in live if p.template != workload.template]
        if workload.recreate and any(p.template != workload.template for p in pods):
            for pod in old:
                pod.delete()
            return
        for pod in sorted(new, key=lambda p: p.ready)[:max(0, len(new) - workload.replicas)]:
            pod.delete()
        for _ in range(min(workload.replicas - len(new), workload.replicas + workload.surge - len(live))):
            ending = "".join(random.choices(string.ascii_lowercase + string.digits, k=5))
            self._start(workload, f"{workload.name}-{workload.template}-{ending}", {"pod-template-hash": workload.template})
        available = sum(p.ready for p in live)
        for pod in sorted(old, key=lambda p: p.ready):
            if not pod.ready:
                pod.delete()
            elif available - 1 >= workload.replicas - workload.unavailable:
                available -= 1
                pod.delete()

    def _stateful(self, workload):
        pods = {p.pod_name: p for p in self._of(workload)}
        for claim, spec in workload.claims:
            for ordinal in range(workload.replicas):
                self._claim(f"{claim}-{workload.name}-{ordinal}", spec)
        for ordinal in range(workload.replicas):
            name = f"{workload.name}-{ordinal}"
            pod = pods.get(name)
            if pod is None:
                run = self._start(workload, name, {"statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": str(ordinal),
                                                   "controller-revision-hash": f"{workload.name}-{workload.template}"}, ordinal)
                run.pod.hostname, run.pod.subdomain = name, workload.service
                pod = run
            elif pod.finished:
                pod.delete()
            # ordered: a pod that is not ready stops everything behind it, also the roll-out of a repaired template
            if not workload.parallel and not pod.ready:
                return
        for name, pod in sorted(pods.items(), key=lambda item: -int(item[0].rsplit("-", 1)[1])):
            if int(name.rsplit("-", 1)[1]) >= workload.replicas:
                pod.delete()
                return
            if pod.template != workload.template:
                pod.delete()
                return
            if not pod.ready:
                return

    def _claim(self, name, spec):
        if self.world.get("v1/PersistentVolumeClaim", name) is None:
            self.world.apply([{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "_kind": "v1/PersistentVolumeClaim", "_path": name,
                               "metadata": {"name": name, "namespace": self.world.namespace}, "spec": spec}])

    def _job(self, workload):
        key = f"batch/v1/Job/{workload.name}"
        job, pods = self.world.job(key), self._of(workload)
        if job["condition"]:
            if workload.ttl is not None and time.time() - job["finished"] > workload.ttl:
                self.world.event(f"Job/{workload.name}: ttlSecondsAfterFinished has passed, deleted")
                self.world.delete(key)
            return
        if workload.suspended:
            return
        active = [p for p in pods if not p.finished and not p.stop.is_set()]
        failed = [p for p in pods if p.phase == "Failed"]
        condition = ""
        if any(p.phase == "Succeeded" for p in pods):
            condition = "Complete"
        elif workload.deadline is not None and time.time() - job["started"] > workload.deadline:
            condition = "Failed: DeadlineExceeded"
        elif len(failed) > workload.backoff_limit or self._restarts(active) > max(workload.backoff_limit - 1, 0):
            condition = "Failed: BackoffLimitExceeded"
        if condition:
            job["condition"], job["finished"] = condition, time.time()
            self.world.event(f"Job/{workload.name}: {condition}")
            self.world.save()
            for pod in active:
                pod.delete()
            return
        if active or any(p.stop.is_set() for p in pods):
            return
        if failed and time.time() < job["retry"]:
            return
        job["failed"] = len(failed)
        job["retry"] = time.time() + min(BACKOFF * 2 ** (len(failed) + 1), BACKOFF_MAX)
        ending = "".join(random.choices(string.ascii_lowercase + string.digits, k=5))
        labels = {"job-name": workload.name, "batch.kubernetes.io/job-name": workload.name}
        self._start(workload, f"{workload.name}-{ending}", labels)

    @staticmethod
    def _restarts(pods):
        """Restarts in place (restartPolicy OnFailure) count as failures, those of init containers too."""
        return sum(c.restarts for p in pods if p.pod.restart == "OnFailure" for c in p.inits + p.mains)

    def _serve(self):
        wanted = {o["metadata"]["name"]: o for o in self.world.of("v1/Service")}
        for name in [n for n in self.services if n not in wanted]:
            self.services.pop(name).remove()
        for name, document in wanted.items():
            service = self.services.setdefault(name, Service(self.world, name))
            service.update(document, self.pods)

    def rolled_out(self):
        """[(owner, whether it has got where it should be, why not)]."""
        out = []
        for kind in ("apps/v1/StatefulSet", "batch/v1/Job", "apps/v1/Deployment"):
            for document in self.world.of(kind):
                workload = workloads.read(document)
                pods = self._of(workload)
                if kind == "batch/v1/Job":
                    condition = self.world.job(f"batch/v1/Job/{workload.name}")["condition"]
                    done, why = condition == "Complete", condition or ("suspended" if workload.suspended else "running")
                else:
                    new = [p for p in pods if p.template == workload.template and not p.stop.is_set()]
                    ready = sum(p.ready for p in new)
                    done = ready == workload.replicas == len(pods)
                    why = f"{ready}/{workload.replicas} ready" + (f", {len(pods) - len(new)} old" if len(pods) > len(new) else "")
                out.append((f"{workload.kind}/{workload.name}", done, why))
        return out

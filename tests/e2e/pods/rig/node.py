"""A node for a real API server: registers itself, runs the pods that the scheduler gives it, reports their state, provides claims and
the Services' addresses. With it `up.sh` and `down.sh` run as they are, with the real kubectl and the real controllers."""

import base64
import http.client
import json
import os
import ssl
import threading
import time
import urllib.parse

import yaml

from . import daemon, engine, podspec
from .logserver import LogServer
from .fields import Fields, Refused
from .pod import PodRun
from .services import Service
from .world import LABEL

NODE = "rig"
CLASS = "rig"
# what the API server and the scheduler write into a pod; the rest of the rig reads templates
SERVER_SIDE = ("tolerations", "priority", "nodeName", "serviceAccount", "priorityClassName")


class Api:
    """Just enough of a client: a token, a CA, JSON."""

    def __init__(self, kubeconfig):
        with open(kubeconfig, encoding="utf-8") as file:
            config = yaml.safe_load(file)
        cluster = config["clusters"][0]["cluster"]
        self.where = urllib.parse.urlsplit(cluster["server"])
        self.token = config["users"][0]["user"]["token"]
        if "certificate-authority-data" in cluster:
            self.tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        else:
            self.tls = ssl.create_default_context(cafile=cluster["certificate-authority"])
        self.local = threading.local()

    def __call__(self, method, path, body=None, kind="application/json"):
        """(status, decoded body); one connection per thread, made anew when it was closed."""
        for attempt in (0, 1):
            connection = getattr(self.local, "connection", None)
            if connection is None:
                connection = self.local.connection = http.client.HTTPSConnection(self.where.hostname, self.where.port, context=self.tls, timeout=30)
            try:
                connection.request(method, path, None if body is None else json.dumps(body),
                                   {"Authorization": f"Bearer {self.token}", "Content-Type": kind, "Accept": "application/json"})
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read() or b"{}")
            except (http.client.HTTPException, OSError):
                connection.close()
                self.local.connection = None
                if attempt:
                    raise
        return None


class NodeWorld:
    """What a pod of one namespace asks for, answered by the API server."""

    def __init__(self, api, namespace, wake):
        self.api, self.namespace, self.wake = api, namespace, wake
        self.prefix = self.network = f"pods-{namespace}"
        self.services = {}

    def labels(self, **more):
        return {LABEL: self.namespace, **{f"{LABEL}.{k}": v for k, v in more.items()}}

    def domains(self):
        return ["", f".{self.namespace}", f".{self.namespace}.svc", f".{self.namespace}.svc.cluster.local"]

    def unique(self, what):
        return f"{self.prefix}_{what}_{os.urandom(4).hex()}"

    def _get(self, kind, plural, name):
        status, found = self.api("GET", f"/api/v1/namespaces/{self.namespace}/{plural}/{name}")
        return {**found, "_kind": kind, "_path": name} if status == 200 else None

    def secret(self, name):
        return self._get("v1/Secret", "secrets", name)

    def config(self, name):
        return self._get("v1/ConfigMap", "configmaps", name)

    def claim(self, name):
        found = self._get("v1/PersistentVolumeClaim", "persistentvolumeclaims", name)
        return f"{self.prefix}-claim-{name}" if found and found.get("status", {}).get("phase") == "Bound" else None

    def account(self, pod):
        return True                                      # the API server has admitted it

    def changed(self):
        self.wake.set()

    def event(self, text):
        print(time.strftime("%H:%M:%S"), self.namespace, text, flush=True)


class Node:
    def __init__(self, kubeconfig):
        self.api, self.wake = Api(kubeconfig), threading.Event()
        self.worlds, self.pods, self.reported = {}, {}, {}

    def serve(self):
        """Runs until the process is ended."""
        self.logs = LogServer(self._container)
        self._register()
        beat = 0
        while True:
            try:
                if time.time() - beat > 5:
                    self._heartbeat()
                    beat = time.time()
                self._claims()
                self._sync()
                self._serve()
            except Exception as error:                   # a restarted API server must not end the node
                print(time.strftime("%H:%M:%S"), f"{type(error).__name__}: {error}", flush=True)
                time.sleep(1)
            self.wake.wait(0.4)
            self.wake.clear()

    def _register(self):
        self.api("POST", "/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE, "labels": {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"}}})
        self.api("POST", "/apis/storage.k8s.io/v1/storageclasses", {
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "previewc.test/rig", "volumeBindingMode": "Immediate",
            "metadata": {"name": CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}})

    def _heartbeat(self):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        room = {"cpu": "64", "memory": "256Gi", "pods": "500", "ephemeral-storage": "500Gi"}
        self.api("PATCH", f"/api/v1/nodes/{NODE}/status", {"status": {
            "capacity": room, "allocatable": room, "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self.logs.port}},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "the rig", "lastHeartbeatTime": now, "lastTransitionTime": now}]}},
            "application/strategic-merge-patch+json")
        self.api("PATCH", f"/api/v1/nodes/{NODE}", {"spec": {"taints": None}}, "application/merge-patch+json")
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": NODE, "namespace": "kube-node-lease"},
                 "spec": {"holderIdentity": NODE, "leaseDurationSeconds": 40, "renewTime": now.replace("Z", ".000000Z")}}
        status, _ = self.api("PATCH", f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{NODE}", lease, "application/merge-patch+json")
        if status == 404:
            self.api("POST", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", lease)

    def _claims(self):
        """A volume for every claim that waits for one; the claim's Docker volume goes with the claim."""
        _, claims = self.api("GET", "/api/v1/persistentvolumeclaims")
        _, volumes = self.api("GET", "/api/v1/persistentvolumes")
        have = {(c["metadata"]["namespace"], c["metadata"]["name"]): c for c in claims["items"]}
        for (namespace, name), claim in have.items():
            volume = f"pvc-{claim['metadata']['uid']}"
            if claim["status"]["phase"] == "Pending" and not any(v["metadata"]["name"] == volume for v in volumes["items"]):
                self.api("POST", "/api/v1/persistentvolumes", {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": volume}, "spec": {
                    "capacity": claim["spec"]["resources"]["requests"], "accessModes": claim["spec"]["accessModes"], "storageClassName": claim["spec"].get("storageClassName", ""),
                    "persistentVolumeReclaimPolicy": "Retain", "hostPath": {"path": f"/var/lib/rig/{namespace}/{name}"},
                    "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace, "name": name, "uid": claim["metadata"]["uid"]}}})
        for volume in volumes["items"]:
            ref = volume["spec"]["claimRef"]
            if (ref["namespace"], ref["name"]) not in have and volume["status"].get("phase") == "Released":
                engine.remove_volume(f"pods-{ref['namespace']}-claim-{ref['name']}")
                self.api("DELETE", f"/api/v1/persistentvolumes/{volume['metadata']['name']}")

    def _container(self, namespace, pod, container, previous):
        """The engine's id of a pod's container, for its log."""
        for run in self.pods.values():
            if run.world.namespace == namespace and run.pod_name == pod:
                for each in run.inits + run.mains:
                    if each.spec.name == container:
                        return each.previous if previous else each.engine_id
        return None

    def _world(self, namespace):
        if namespace not in self.worlds:
            world = self.worlds[namespace] = NodeWorld(self.api, namespace, self.wake)
            daemon.sweep(namespace, volumes=False)
            engine.network(world.network, world.labels())
        return self.worlds[namespace]

    def _sync(self):
        _, listed = self.api("GET", f"/api/v1/pods?fieldSelector=spec.nodeName%3D{NODE}")
        there = {}
        for found in listed["items"]:
            meta = found["metadata"]
            there[meta["uid"]] = found
            run = self.pods.get(meta["uid"])
            if run is None and not meta.get("deletionTimestamp") and found["status"].get("phase") in (None, "Pending", "Running"):
                self._start(found)
            elif meta.get("deletionTimestamp"):
                self._delete(meta, run)
        for uid, run in list(self.pods.items()):
            if uid not in there:
                run.delete()
                if run.gone.is_set():
                    del self.pods[uid]
            else:
                self._report(there[uid], run)

    def _delete(self, meta, run):
        if run is not None:
            if not run.finished:
                run.pod.grace = min(run.pod.grace, meta.get("deletionGracePeriodSeconds") or run.pod.grace)
            run.delete()
            if not run.gone.is_set():
                return
        self.api("DELETE", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}", {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}})

    def _start(self, found):
        meta, world = found["metadata"], self._world(found["metadata"]["namespace"])
        spec = {k: v for k, v in found["spec"].items() if k not in SERVER_SIDE}
        labels = {k: meta[k] for k in ("labels", "annotations") if meta.get(k)}
        try:
            pod = podspec.pod(Fields({"metadata": labels, "spec": spec}, f"pod/{meta['name']}"))
        except Refused as error:
            world.event(f"refused: {error}")
            self._put(meta, {"phase": "Failed", "reason": "Refused", "message": str(error)})
            return
        run = PodRun(meta["name"], pod, world, meta["uid"], "")
        run.uid = meta["uid"]
        self.pods[run.uid] = run
        run.start()

    def _report(self, found, run):
        told = run.describe()
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        started = run.phase != "Pending"
        conditions = [{"type": t, "status": "True" if v else "False", "lastTransitionTime": now} for t, v in
                      (("PodScheduled", True), ("Initialized", started), ("ContainersReady", run.ready), ("Ready", run.ready))]
        status = {"phase": run.phase, "message": run.message[:1000], "hostIP": "127.0.0.1", "podIP": run.address or None,
                  "podIPs": [{"ip": run.address}] if run.address else None,
                  "startTime": found["status"].get("startTime") or now, "conditions": conditions,
                  "initContainerStatuses": [container(c, r, now) for c, r in zip(told["init"], run.inits, strict=True)],
                  "containerStatuses": [container(c, r, now) for c, r in zip(told["containers"], run.mains, strict=True)]}
        key = json.dumps(status).replace(now, "")
        if self.reported.get(run.uid) != key and self._put(found["metadata"], status):
            self.reported[run.uid] = key

    def _put(self, meta, status):
        code, _ = self.api("PATCH", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/status", {"metadata": {"uid": meta["uid"]}, "status": status}, "application/merge-patch+json")
        return code == 200

    def _serve(self):
        _, listed = self.api("GET", "/api/v1/services")
        wanted = {}
        for found in listed["items"]:
            if found["spec"].get("selector") and found["metadata"]["namespace"] in self.worlds:
                spec = {k: v for k, v in found["spec"].items() if k not in ("clusterIPs", "clusterIP")}
                if found["spec"].get("clusterIP") == "None":
                    spec["clusterIP"] = "None"
                wanted.setdefault(found["metadata"]["namespace"], {})[found["metadata"]["name"]] = {"metadata": found["metadata"], "spec": spec, "_path": found["metadata"]["name"]}
        for namespace, world in list(self.worlds.items()):
            mine = wanted.get(namespace, {})
            for name in [n for n in world.services if n not in mine]:
                world.services.pop(name).remove()
            for name, document in mine.items():
                world.services.setdefault(name, Service(world, name)).update(document, [p for p in self.pods.values() if p.world is world])
            if not mine and not any(p.world is world for p in self.pods.values()) and self.api("GET", f"/api/v1/namespaces/{namespace}")[0] == 404:
                daemon.sweep(namespace, volumes=True)
                del self.worlds[namespace]


def container(told, run, now):
    """A containerStatus."""
    reason = (told["reason"] or "ContainerCreating").split(":")[0]
    state = {"waiting": {"reason": reason if " " not in reason else "Waiting", "message": told["reason"][:500]}}
    if told["state"] == "running":
        state = {"running": {"startedAt": now}}
    elif told["state"] == "terminated":
        state = {"terminated": {"exitCode": told["code"], "reason": reason, "startedAt": now, "finishedAt": now}}
    ready = told["ready"] or (run.init and told["state"] == "terminated" and told["code"] == 0)
    return {"name": told["name"], "image": run.spec.image, "imageID": run.spec.image, "ready": bool(ready), "started": told["started"],
            "restartCount": told["restarts"], "state": state, **({"containerID": f"docker://{told['id']}"} if told["id"] else {})}

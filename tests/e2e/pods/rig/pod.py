"""One running pod: a pause container that holds the network, init containers in order, then the containers."""

import os
import threading
import time
import uuid

from . import engine, environment, volumes
from .container import ContainerRun
from .expand import expand
from .volumes import NotYet

PAUSE = "busybox:1.37.0-musl"
# Kubernetes waits 10 s, doubled up to 300 s, between restarts; the rig is faster so that tests are
BACKOFF = float(os.environ.get("RIG_BACKOFF", "1"))
BACKOFF_MAX = float(os.environ.get("RIG_BACKOFF_MAX", "15"))


class PodRun(threading.Thread):
    """Runs a pod until it finishes or `delete` is called; `describe` is its status."""

    def __init__(self, name, pod, world, owner, template_hash, extra_labels=None):
        super().__init__(name=f"pod {name}", daemon=True)
        self.pod_name, self.pod, self.world, self.owner, self.template = name, pod, world, owner, template_hash
        self.labels = {**pod.labels, **(extra_labels or {})}
        self.uid, self.created = str(uuid.uuid4()), time.time()
        self.phase, self.message, self.address, self.pause = "Pending", "", "", None
        self.stop, self.gone = threading.Event(), threading.Event()
        self.mounted = {}
        self.inits = [ContainerRun(c, self, init=True) for c in pod.init]
        self.mains = [ContainerRun(c, self, init=False) for c in pod.containers]

    @property
    def finished(self):
        return self.phase in ("Succeeded", "Failed")

    @property
    def ready(self):
        return self.phase == "Running" and not self.stop.is_set() and all(c.ready for c in self.mains)

    def delete(self):
        """Asks the pod to end; `gone` is set when nothing of it is left."""
        if not self.stop.is_set():
            self.stop.set()
            threading.Thread(target=self._clean, daemon=True).start()

    def run(self):
        try:
            if self._sandbox() and self._run_inits():
                self._run_mains()
        except Exception as error:                       # a fault of the rig or the engine must be seen, not lost
            self._fail(f"{type(error).__name__}: {error}")
        if self.pause and not self.stop.is_set():
            engine.stop(self.pause, 1)

    def _sandbox(self):
        """Network and volumes; tried again until what they name is there."""
        while not self.stop.is_set():
            try:
                if not self.world.account(self.pod):
                    raise NotYet(f"error looking up service account {self.pod.account}: not found")
                self.mounted = volumes.prepare(self.pod, self.world, self.pod_name)
                break
            except NotYet as error:
                self._say(str(error))
                self.stop.wait(1)
        if self.stop.is_set():
            return False
        name = self.pod.hostname or self.pod_name
        aliases = [f"{name}.{self.pod.subdomain}{end}" for end in self.world.domains()] if self.pod.subdomain else []
        self.pause = engine.create(f"{self.world.prefix}_{self.pod_name}_pause", {
            "Image": PAUSE, "Hostname": name[:63], "Labels": self.world.labels(pod=self.pod_name, container="pause"),
            "Entrypoint": ["/bin/busybox", "sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 86400 & wait $!; done"],
            "HostConfig": {"NetworkMode": self.world.network, "IpcMode": "shareable",
                           # Docker lowers this to 0; Kubernetes' runtimes do not, and an unprivileged process on port 80 fails there
                           "Sysctls": {"net.ipv4.ip_unprivileged_port_start": "1024"}},
            "NetworkingConfig": {"EndpointsConfig": {self.world.network: {"Aliases": aliases}}}})
        engine.start(self.pause)
        self.address = engine.inspect(self.pause)["NetworkSettings"]["Networks"][self.world.network]["IPAddress"]
        self._say("")
        return True

    def _run_inits(self):
        for run in self.inits:
            attempt = 0
            while True:
                if not run.launch():
                    return False
                code = run.until_exit()
                if self.stop.is_set():
                    return False
                if code == 0:
                    break
                if self.pod.restart == "Never":
                    self._fail(f"Init:Error: {run.spec.name} exited with {code}")
                    return False
                attempt += 1
                run.back_off(attempt)
                self.world.changed()
        return True

    def _run_mains(self):
        self.phase = "Running"
        self.world.changed()
        for run in self.mains:
            run.start_thread()
        while not self.stop.is_set():
            if all(run.done for run in self.mains):
                codes = [run.code for run in self.mains]
                self.phase = "Succeeded" if all(code == 0 for code in codes) else "Failed"
                self.message = "" if self.phase == "Succeeded" else f"exited with {codes}"
                self.world.changed()
                return
            self.stop.wait(0.2)
        for run in self.mains:
            run.join()

    def _fail(self, message):
        self.phase, self.message = "Failed", message
        self.world.changed()

    def _say(self, message):
        if message != self.message:
            self.message = message
            self.world.changed()

    def _clean(self):
        self.join()
        for run in self.inits + self.mains:
            run.remove()
        if self.pause:
            engine.remove(self.pause)
        for volume in self.pod.volumes.values():
            if volume.kind != "claim":
                engine.remove_volume(f"{self.world.prefix}-{self.pod_name}-{volume.name}")
        self.gone.set()
        self.world.changed()

    def create(self, spec, attempt):
        """Creates (does not start) a container of this pod; raises NotYet while something that it names is missing."""
        image = engine.image(spec.image)
        if image is None:
            if spec.pull == "Never":
                raise NotYet(f"ErrImageNeverPull: {spec.image} is not present")
            try:
                engine.pull(spec.image)
                image = engine.image(spec.image)
            except engine.EngineError as error:
                raise NotYet(f"ErrImagePull: {spec.image}: {error}") from None
            if image is None:
                raise NotYet(f"ErrImagePull: {spec.image}")
        environment.check_user(spec, image)
        env = environment.variables(spec, self.world, self._facts())
        words = {"Entrypoint": [expand(w, env) for w in spec.command] or None, "Cmd": [expand(w, env) for w in spec.args] or None}
        config = {"Image": spec.image, "Env": [f"{k}={v}" for k, v in env.items()],
                  "Labels": self.world.labels(pod=self.pod_name, container=spec.name),
                  **{k: v for k, v in words.items() if v is not None},
                  # health checks of the image are Docker's; Kubernetes does not run them
                  "Healthcheck": {"Test": ["NONE"]},
                  "HostConfig": self._host_config(spec)}
        if spec.directory:
            config["WorkingDir"] = spec.directory
        if spec.user is not None:
            config["User"] = str(spec.user) if spec.group is None else f"{spec.user}:{spec.group}"
        return engine.create(f"{self.world.prefix}_{self.pod_name}_{spec.name}_{attempt}", config)

    def _host_config(self, spec):
        options = [] if spec.escalation else ["no-new-privileges"]
        if spec.seccomp == "Unconfined":
            options.append("seccomp=unconfined")
        groups = [str(g) for g in self.pod.groups] + ([str(self.pod.fs_group)] if self.pod.fs_group is not None else [])
        return {"NetworkMode": f"container:{self.pause}", "IpcMode": f"container:{self.pause}", "GroupAdd": groups,
                "CapDrop": spec.drop, "CapAdd": spec.add, "ReadonlyRootfs": spec.read_only, "SecurityOpt": options,
                "Memory": int(spec.limits.get("memory", 0)), "MemorySwap": int(spec.limits.get("memory", 0)),
                "NanoCpus": int(spec.limits.get("cpu", 0) * 10**9),
                "Mounts": [self._mount(m) for m in spec.mounts]}

    def _mount(self, mount):
        own, path, read_only = self.mounted[mount["volume"]]
        read_only = read_only or mount["read_only"]
        if not mount["sub"]:
            return {"Type": "volume", "Source": own, "Target": mount["path"], "ReadOnly": read_only, "VolumeOptions": {"NoCopy": True}}
        if self.pod.volumes[mount["volume"]].kind in ("claim", "empty"):
            volumes.sub_path(own, mount["sub"], self.pod, self.world)
        return {"Type": "bind", "Source": os.path.join(path, mount["sub"]), "Target": mount["path"], "ReadOnly": read_only}

    def _facts(self):
        return {"metadata.name": self.pod_name, "metadata.namespace": self.world.namespace, "metadata.uid": self.uid,
                "metadata.labels": self.labels, "metadata.annotations": self.pod.annotations, "spec.nodeName": "rig",
                "spec.serviceAccountName": self.pod.account, "status.podIP": self.address, "status.hostIP": "127.0.0.1"}

    def describe(self):
        return {"name": self.pod_name, "uid": self.uid, "owner": self.owner, "template": self.template, "phase": self.phase,
                "ready": self.ready, "message": self.message, "address": self.address, "deleting": self.stop.is_set(),
                "labels": self.labels, "init": [c.describe() for c in self.inits], "containers": [c.describe() for c in self.mains]}

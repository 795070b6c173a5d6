"""Runs tasks of ECS on a Docker engine as Fargate's agent would: containers in line by `dependsOn`, volumes of the task, EFS access
points that outlive it, secrets, checks, logs. Limits of Fargate that matter here are kept: no capability is added."""

import json
import sys
import threading
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pods"))
from rig import engine  # noqa: E402

LABEL = "previewc.e2e.aws"


class Failed(Exception):
    """A task that did not come up."""


class Agent:
    """One machine for all tasks. `cloud` answers what ECS asks other services, `run` tells runs of this test apart."""

    def __init__(self, cloud, run, endpoint):
        self.cloud, self.run, self.endpoint = cloud, run, endpoint
        self.labels = {LABEL: run}
        self.network = f"{run}-vpc"
        engine.call("POST", "/networks/create", {"Name": self.network, "Labels": self.labels, "CheckDuplicate": True})
        self.volumes = set()
        self.lock = threading.Lock()

    def volume(self, name, owner=None):
        with self.lock:
            if name not in self.volumes:
                engine.call("POST", "/volumes/create", {"Name": name, "Labels": self.labels})
                self.volumes.add(name)
                if owner is not None:
                    self.own(name, owner)
        return name

    def own(self, volume, owner):
        config = {
            "Image": "busybox:1.37.0-musl", "Cmd": ["chown", f"{owner}:{owner}", "/data"], "Labels": self.labels,
            "HostConfig": {"Mounts": [{"Type": "volume", "Source": volume, "Target": "/data"}]},
        }
        container = engine.create(f"{self.run}-own-{uuid.uuid4().hex[:8]}", config)
        engine.start(container)
        engine.wait(container)
        engine.remove(container)

    def env(self, container):
        out = {one["name"]: one["value"] for one in container.get("environment", [])}
        out |= {one["name"]: self.cloud.secret(one["valueFrom"]) for one in container.get("secrets", [])}
        # What ECS gives by itself: whom to ask, and the task's role.
        out |= {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": "task", "AWS_SECRET_ACCESS_KEY": "task"}
        return [f"{name}={value}" for name, value in out.items()]

    def start(self, definition, alias=None):
        """Starts a task; hands on a running one or one that has ended."""
        return Task(self, definition, alias)

    def clean(self):
        for container in engine.call("GET", "/containers/json", query={"all": "1", "filters": json.dumps({"label": [f"{LABEL}={self.run}"]})}):
            engine.remove(container["Id"])
        for volume in engine.call("GET", "/volumes", query={"filters": json.dumps({"label": [f"{LABEL}={self.run}"]})})["Volumes"] or []:
            engine.call("DELETE", f"/volumes/{volume['Name']}", query={"force": "true"})
        engine.call("DELETE", f"/networks/{self.network}")


class Task:
    """One task: `exits` holds the exit codes of what has ended, `main` the container that stays."""

    def __init__(self, agent, definition, alias):
        self.agent, self.definition, self.alias = agent, definition, alias
        self.id = uuid.uuid4().hex
        self.exits, self.started, self.main = {}, {}, None
        self.scratch = []

    def mounts(self, container):
        out = []
        for mount in container.get("mountPoints", []):
            volume = next(one for one in self.definition["volumes"] if one["name"] == mount["sourceVolume"])
            efs = volume.get("efsVolumeConfiguration")
            if efs:
                name, owner = self.agent.cloud.access_point(efs["authorizationConfig"]["accessPointId"])
                source = self.agent.volume(f"{self.agent.run}-{name}", owner)
            else:
                source = self.agent.volume(f"{self.agent.run}-{self.id}-{volume['name']}")
                self.scratch.append(source)
            # An engine would copy what the image has into an empty volume, which Fargate does not.
            options = {"NoCopy": True}
            out.append({"Type": "volume", "Source": source, "Target": mount["containerPath"], "VolumeOptions": options})
        return out

    def create(self, container):
        host = {
            "Mounts": self.mounts(container),
            "CapDrop": container.get("linuxParameters", {}).get("capabilities", {}).get("drop", []),
            "NetworkMode": self.agent.network,
        }
        config = {"Image": container["image"], "Env": self.agent.env(container), "Labels": self.agent.labels, "HostConfig": host}
        if container["name"].endswith("--files"):
            # It must reach the stand-in for S3, which listens on loopback alone.
            host["NetworkMode"] = "host"
        elif self.alias and container["essential"]:
            config["NetworkingConfig"] = {"EndpointsConfig": {self.agent.network: {"Aliases": [self.alias]}}}
        if container.get("entryPoint"):
            config["Entrypoint"] = container["entryPoint"]
        if container.get("command"):
            config["Cmd"] = container["command"]
        if container.get("user"):
            config["User"] = container["user"]
        check = container.get("healthCheck")
        if check:
            second = 1_000_000_000
            config["Healthcheck"] = {
                "Test": check["command"], "Interval": check["interval"] * second, "Timeout": check["timeout"] * second,
                "Retries": check["retries"], "StartPeriod": check["startPeriod"] * second,
            }
        return engine.create(f"{self.agent.run}-{container['name']}-{self.id[:12]}", config)

    def run(self):
        """Runs the containers in their order. Ends when all have ended, or when the last one serves."""
        for container in self.definition["containerDefinitions"]:
            after = [one["containerName"] for one in container.get("dependsOn", []) if one["condition"] == "SUCCESS"]
            if any(self.exits.get(name) != 0 for name in after):
                return
            created = self.create(container)
            self.started[container["name"]] = created
            engine.start(created)
            if container["essential"] and container.get("healthCheck"):
                self.main = created
                self.serving(container)
                return
            if container["essential"] and self.alias is not None:
                self.main = created
                return
            self.exits[container["name"]] = engine.wait(created)
            self.log(container["name"])

    def serving(self, container):
        end = time.time() + 240
        while time.time() < end:
            state = engine.inspect(self.main)["State"]
            if not state["Running"]:
                self.exits[container["name"]] = state["ExitCode"]
                self.log(container["name"])
                raise Failed(f"{container['name']} ended with {state['ExitCode']}")
            if state["Health"]["Status"] == "healthy":
                return
            time.sleep(0.3)
        self.log(container["name"])
        raise Failed(f"{container['name']} does not serve: {state['Health']}")

    def log(self, name):
        data = engine.call("GET", f"/containers/{self.started[name]}/logs", query={"stdout": "1", "stderr": "1"})
        text, at = b"", 0
        # Each piece has a head of eight bytes, the last four its length.
        while at + 8 <= len(data):
            size = int.from_bytes(data[at + 4 : at + 8], "big")
            text += data[at + 8 : at + 8 + size]
            at += 8 + size
        family = self.definition["containerDefinitions"][0]["logConfiguration"]["options"]
        stream = f"{family['awslogs-stream-prefix']}/{name}/{self.id}"
        self.cloud_log(family["awslogs-group"], stream, text.decode("utf-8", "replace").splitlines())

    def cloud_log(self, group, stream, lines):
        self.agent.cloud.log(group, stream, [line for line in lines if line])

    def end(self):
        if self.main:
            engine.stop(self.main, 10)
        for container in self.started.values():
            engine.remove(container)
        for volume in set(self.scratch):
            engine.call("DELETE", f"/volumes/{volume}", query={"force": "true"})
            self.agent.volumes.discard(volume)

    def address(self):
        return engine.inspect(self.main)["NetworkSettings"]["Networks"][self.agent.network]["IPAddress"]

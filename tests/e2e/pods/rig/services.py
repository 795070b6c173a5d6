"""Services: a name in the namespace's network that leads to the pods which are ready."""

import json
import os

from . import engine
from .fields import Fields, Refused

PROXY_IMAGE = os.environ.get("RIG_PROXY_IMAGE", "python:3.12-slim")


def check(document):
    """Reads a Service's spec; (selector, [(name, port, target)], headless, publish not ready)."""
    spec = Fields(document.get("spec"), document["_path"] + ".spec")
    spec.only("type", ("ClusterIP", None))
    headless = spec.only("clusterIP", ("None", None)) == "None"
    spec.only("sessionAffinity", ("None", None))
    spec.ignore("ipFamilyPolicy", "ipFamilies", "internalTrafficPolicy")
    selector, early = spec.text_map("selector"), spec.flag("publishNotReadyAddresses")
    if not selector:
        raise Refused(f"{spec.path}: a Service without a selector is not carried by this rig")
    ports = []
    for port in spec.each("ports", required=True):
        number = port.number("port", required=True)
        port.only("protocol", ("TCP", None))
        port.ignore("appProtocol")
        ports.append((port.text("name", ""), number, port.take("targetPort", (int, str), number)))
        port.done()
    spec.done()
    if len(ports) > 1 and not all(name for name, _, _ in ports):
        raise Refused(f"{spec.path}: several ports need names")
    return selector, ports, headless, early


class Service:
    """The proxy container of one Service."""

    def __init__(self, world, name):
        self.world, self.name, self.container, self.sent, self.address = world, name, None, None, ""

    def update(self, document, pods):
        selector, ports, headless, early = check(document)
        table = {}
        for pod in pods:
            if not pod.address or pod.stop.is_set() or pod.finished or not (pod.ready or early):
                continue
            if any(pod.labels.get(k) != v for k, v in selector.items()):
                continue
            named = {k: v for c in pod.pod.containers for k, v in c.ports.items()}
            for _, port, target in ports:
                number = named.get(target) if isinstance(target, str) else target
                # a headless Service is only a name for the pods' own addresses: its port numbers change nothing
                if number is not None:
                    table.setdefault(str(number if headless else port), []).append([pod.address, number])
        text = json.dumps(table, sort_keys=True)
        if self.container is None:
            self._start(text)
        elif text != self.sent:
            engine.put(self.container, "/", self._file(text))
        self.sent = text

    def _file(self, text):
        return [("rig/endpoints.json", text.encode(), 0o644, 0, 0)]

    def _start(self, text):
        here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "proxy.py")
        aliases = [self.name] + [self.name + end for end in self.world.domains()]
        self.container = engine.create(f"{self.world.prefix}_svc_{self.name}", {
            "Image": PROXY_IMAGE, "Entrypoint": ["python3", "-u", "/rig/proxy.py"], "Labels": self.world.labels(service=self.name),
            "HostConfig": {"NetworkMode": self.world.network, "Init": True},
            "NetworkingConfig": {"EndpointsConfig": {self.world.network: {"Aliases": aliases}}}})
        with open(here, "rb") as file:
            engine.put(self.container, "/", [("rig/", None, 0o755, 0, 0), ("rig/proxy.py", file.read(), 0o644, 0, 0), *self._file(text)])
        engine.start(self.container)
        self.address = engine.inspect(self.container)["NetworkSettings"]["Networks"][self.world.network]["IPAddress"]

    def remove(self):
        if self.container:
            engine.remove(self.container)

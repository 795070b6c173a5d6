"""A pod template, read into what the rig can run. Every field is either carried or refused."""

import base64
import re
from dataclasses import dataclass, field

from .fields import Refused
from .quantity import quantity

# These change nothing on a single machine without a scheduler: requests, placement and pull order.
INERT_POD = ("schedulerName", "dnsPolicy", "preemptionPolicy")
INERT_CONTAINER = ("terminationMessagePath", "terminationMessagePolicy")


@dataclass
class Probe:
    how: str                      # exec, http or tcp
    command: list = field(default_factory=list)
    port: object = None           # a number or a port's name
    path: str = "/"
    host: str = ""
    headers: list = field(default_factory=list)
    delay: int = 0
    period: int = 10
    timeout: int = 1
    success: int = 1
    failure: int = 3


@dataclass
class Container:
    name: str
    image: str
    pull: str = ""
    command: list = field(default_factory=list)
    args: list = field(default_factory=list)
    directory: str = ""
    env: list = field(default_factory=list)         # (name, kind, details)
    env_from: list = field(default_factory=list)    # (kind, name, optional, prefix)
    mounts: list = field(default_factory=list)
    ports: dict = field(default_factory=dict)       # name -> number
    requests: dict = field(default_factory=dict)    # cpu in cores, memory in bytes
    limits: dict = field(default_factory=dict)
    startup: Probe = None
    readiness: Probe = None
    liveness: Probe = None
    user: int = None
    group: int = None
    non_root: bool = None
    drop: list = field(default_factory=list)
    add: list = field(default_factory=list)
    escalation: bool = True
    read_only: bool = False
    seccomp: str = ""


@dataclass
class Volume:
    name: str
    kind: str                     # empty, claim, config or secret
    source: str = ""
    mode: int = 0o644
    items: list = None            # (key, path, mode) or None for all
    optional: bool = False
    memory: bool = False
    size: int = 0
    read_only: bool = False


@dataclass
class Pod:
    labels: dict
    annotations: dict
    init: list
    containers: list
    volumes: dict
    restart: str
    grace: int
    account: str
    fs_group: int
    fs_on_mismatch: bool
    groups: list
    hostname: str
    subdomain: str
    deadline: int
    token: bool                   # automountServiceAccountToken: None leaves it to the account


def pod(template):
    """Reads `spec.template` of a workload."""
    metadata = template.nested("metadata")
    labels = metadata.text_map("labels") if metadata else {}
    annotations = metadata.text_map("annotations") if metadata else {}
    if metadata:
        metadata.ignore("creationTimestamp")
        metadata.done()
    spec = template.nested("spec", required=True)
    template.done()
    spec.ignore(*INERT_POD)
    if spec.take("enableServiceLinks", bool, True):
        raise Refused(f"{spec.path}.enableServiceLinks: must be false: the rig puts no Service variables into pods")
    token = spec.take("automountServiceAccountToken", bool, None)
    security = spec.nested("securityContext")
    defaults = _Security()
    fs_group, on_mismatch, groups = None, False, []
    if security:
        defaults.common(security)
        fs_group = security.number("fsGroup")
        on_mismatch = security.only("fsGroupChangePolicy", ("Always", "OnRootMismatch"), "Always") == "OnRootMismatch"
        groups = security.take("supplementalGroups", list, [])
        security.done()
    for secret in spec.each("imagePullSecrets"):
        secret.text("name", required=True)
        secret.done()
    read = Pod(
        labels=labels, annotations=annotations,
        init=[_container(c, defaults, init=True) for c in spec.each("initContainers")],
        containers=[_container(c, defaults, init=False) for c in spec.each("containers", required=True)],
        volumes={v.name: v for v in map(_volume, spec.each("volumes"))},
        restart=spec.only("restartPolicy", ("Always", "OnFailure", "Never"), "Always"),
        grace=spec.number("terminationGracePeriodSeconds", 30),
        account=spec.text("serviceAccountName", "default"),
        fs_group=fs_group, fs_on_mismatch=on_mismatch, groups=groups,
        hostname=spec.text("hostname", ""), subdomain=spec.text("subdomain", ""),
        deadline=spec.number("activeDeadlineSeconds"), token=token)
    spec.done()
    _check(read, spec.path)
    return read


def _check(read, path):
    names = [c.name for c in read.init + read.containers]
    if len(set(names)) != len(names):
        raise Refused(f"{path}: two containers of one name: {names}")
    for container in read.init + read.containers:
        for mount in container.mounts:
            if mount["volume"] not in read.volumes:
                raise Refused(f"{path}: container {container.name} mounts the volume {mount['volume']!r}, which the pod does not have")
        paths = [m["path"] for m in container.mounts]
        if len(set(paths)) != len(paths):
            raise Refused(f"{path}: container {container.name} mounts two volumes at one path: {paths}")


class _Security:
    user = group = non_root = None
    seccomp = ""

    def common(self, context):
        self.user = context.number("runAsUser", self.user)
        self.group = context.number("runAsGroup", self.group)
        self.non_root = context.take("runAsNonRoot", bool, self.non_root)
        profile = context.nested("seccompProfile")
        if profile:
            self.seccomp = profile.only("type", ("RuntimeDefault", "Unconfined"))
            profile.done()

    def copy(self):
        other = _Security()
        other.user, other.group, other.non_root, other.seccomp = self.user, self.group, self.non_root, self.seccomp
        return other


def _container(fields, defaults, init):
    security = defaults.copy()
    container = Container(name=fields.text("name", required=True), image=fields.text("image", required=True))
    fields.ignore(*INERT_CONTAINER)
    container.pull = fields.only("imagePullPolicy", ("Always", "IfNotPresent", "Never", None))
    container.command, container.args = fields.texts("command"), fields.texts("args")
    container.directory = fields.text("workingDir", "")
    container.env = [_env(e) for e in fields.each("env")]
    container.env_from = [_env_from(e) for e in fields.each("envFrom")]
    container.mounts = [_mount(m) for m in fields.each("volumeMounts")]
    for port in fields.each("ports"):
        number = port.number("containerPort", required=True)
        container.ports[port.text("name", str(number))] = number
        port.only("protocol", ("TCP", None))
        port.done()
    _resources(fields.nested("resources"), container)
    for name in ("startup", "readiness", "liveness"):
        probe = fields.nested(name + "Probe")
        if probe and init:
            raise Refused(f"{probe.path}: an init container has no probes")
        setattr(container, name, _probe(probe, container) if probe else None)
    context = fields.nested("securityContext")
    if context:
        security.common(context)
        container.escalation = context.take("allowPrivilegeEscalation", bool, True)
        container.read_only = context.flag("readOnlyRootFilesystem")
        context.only("privileged", (False, None))
        capabilities = context.nested("capabilities")
        if capabilities:
            container.drop, container.add = capabilities.texts("drop"), capabilities.texts("add")
            capabilities.done()
        context.done()
    fields.done()
    container.user, container.group = security.user, security.group
    container.non_root, container.seccomp = security.non_root, security.seccomp
    if container.group is not None and container.user is None:
        raise Refused(f"{fields.path}: runAsGroup without runAsUser is not carried by this rig")
    return container


def _env(fields):
    name = fields.text("name", required=True)
    value, source = fields.take("value", str), fields.nested("valueFrom")
    fields.done()
    if value is not None and source is not None:
        raise Refused(f"{fields.path}: value and valueFrom exclude each other")
    if source is None:
        return name, "value", value or ""
    taken = None
    for kind, key in (("secret", "secretKeyRef"), ("config", "configMapKeyRef")):
        ref = source.nested(key)
        if ref:
            taken = (name, kind, (ref.text("name", required=True), ref.text("key", required=True), ref.flag("optional")))
            ref.done()
    ref = source.nested("fieldRef")
    if ref:
        ref.only("apiVersion", ("v1", None))
        taken = (name, "field", ref.text("fieldPath", required=True))
        ref.done()
    source.done()
    if taken is None:
        raise Refused(f"{fields.path}: empty valueFrom")
    return taken


def _env_from(fields):
    prefix, taken = fields.text("prefix", ""), None
    for kind, key in (("secret", "secretRef"), ("config", "configMapRef")):
        ref = fields.nested(key)
        if ref:
            taken = (kind, ref.text("name", required=True), ref.flag("optional"), prefix)
            ref.done()
    fields.done()
    if taken is None:
        raise Refused(f"{fields.path}: neither secretRef nor configMapRef")
    return taken


def _mount(fields):
    mount = {"volume": fields.text("name", required=True), "path": fields.text("mountPath", required=True),
             "sub": fields.text("subPath", ""), "read_only": fields.flag("readOnly")}
    fields.done()
    if mount["sub"].startswith("/") or ".." in mount["sub"].split("/") or ":" in mount["path"]:
        raise Refused(f"{fields.path}: the API server refuses this path")
    return mount


def _resources(fields, container):
    if not fields:
        return
    wants, limits = fields.nested("requests"), fields.nested("limits")
    fields.done()
    found = {}
    for which, block in (("requests", wants), ("limits", limits)):
        for name, value in (block.value if block else {}).items():
            if name not in ("cpu", "memory", "ephemeral-storage"):
                raise Refused(f"{block.path}.{name}: not carried by this rig")
            found[which, name] = quantity(value, f"{block.path}.{name}")
    for name in ("cpu", "memory", "ephemeral-storage"):
        want, limit = found.get(("requests", name)), found.get(("limits", name))
        if want is not None and limit is not None and want > limit:
            raise Refused(f"{fields.path}.requests.{name}: {want} must be less than or equal to the limit {limit}")
    container.limits = {name: found["limits", name] for which, name in found if which == "limits"}
    container.requests = {name: found["requests", name] for which, name in found if which == "requests"}


def _probe(fields, container):
    command, http, tcp = fields.nested("exec"), fields.nested("httpGet"), fields.nested("tcpSocket")
    if sum(x is not None for x in (command, http, tcp)) != 1:
        raise Refused(f"{fields.path}: exactly one of exec, httpGet and tcpSocket is carried by this rig")
    probe = Probe("exec" if command else "http" if http else "tcp")
    if command:
        probe.command = command.texts("command")
        command.done()
    if http:
        probe.path, probe.host = http.text("path", "/"), http.text("host", "")
        http.only("scheme", ("HTTP", None))
        for header in http.each("httpHeaders"):
            probe.headers.append((header.text("name", required=True), header.text("value", required=True)))
            header.done()
    if http or tcp:
        probe.port = _port((http or tcp).take("port", (int, str), required=True), container, fields.path)
        (http or tcp).done()
    probe.delay, probe.period = fields.number("initialDelaySeconds", 0), fields.number("periodSeconds", 10)
    probe.timeout, probe.failure = fields.number("timeoutSeconds", 1), fields.number("failureThreshold", 3)
    probe.success = fields.number("successThreshold", 1)
    fields.done()
    return probe


def _port(port, container, path):
    if isinstance(port, str):
        if port not in container.ports:
            raise Refused(f"{path}: the container has no port named {port!r}")
        return container.ports[port]
    return port


def _volume(fields):
    name = fields.text("name", required=True)
    volume = None
    empty = fields.nested("emptyDir")
    if empty:
        size = empty.take("sizeLimit", (str, int))
        volume = Volume(name, "empty", memory=empty.only("medium", ("", "Memory", None)) == "Memory",
                        size=int(quantity(size, empty.path)) if size is not None else 0)
        empty.done()
    claim = fields.nested("persistentVolumeClaim")
    if claim:
        volume = Volume(name, "claim", claim.text("claimName", required=True), read_only=claim.flag("readOnly"))
        claim.done()
    for kind, key, ref in (("config", "configMap", "name"), ("secret", "secret", "secretName")):
        source = fields.nested(key)
        if source:
            items = [(i.text("key", required=True), i.text("path", required=True), i.number("mode"), i.done())[:3]
                     for i in source.each("items")] if source.has("items") else (source.each("items") or None)
            volume = Volume(name, kind, source.text(ref, required=True), source.number("defaultMode", 0o644), items, source.flag("optional"))
            source.done()
    fields.done()
    if volume is None:
        raise Refused(f"{fields.path}: a volume without a source that this rig carries")
    return volume


def data(config):
    """The keys of a ConfigMap or Secret, as bytes."""
    out = {k: v.encode() for k, v in (config.get("data") or {}).items()} if config["_kind"] == "v1/ConfigMap" else {}
    if config["_kind"] == "v1/Secret":
        out = {k: base64.b64decode(v, validate=True) for k, v in (config.get("data") or {}).items()}
        out.update({k: v.encode() for k, v in (config.get("stringData") or {}).items()})
    else:
        out.update({k: base64.b64decode(v, validate=True) for k, v in (config.get("binaryData") or {}).items()})
    for key in out:
        if not re.fullmatch(r"[-._a-zA-Z0-9]+", key):
            raise Refused(f"{config['_path']}: the key {key!r} is refused by the API server")
    return out

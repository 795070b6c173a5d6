"""The environment, command and identity of one container, as a kubelet composes them."""

from .expand import expand
from .podspec import data
from .volumes import NotYet

# these reach every pod, whatever enableServiceLinks says
API_SERVER = {
    "KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443", "KUBERNETES_SERVICE_PORT_HTTPS": "443",
    "KUBERNETES_PORT": "tcp://10.96.0.1:443", "KUBERNETES_PORT_443_TCP": "tcp://10.96.0.1:443",
    "KUBERNETES_PORT_443_TCP_PROTO": "tcp", "KUBERNETES_PORT_443_TCP_PORT": "443", "KUBERNETES_PORT_443_TCP_ADDR": "10.96.0.1"}


def variables(container, world, facts):
    """The variables in force: envFrom first, then env in its order, each seeing those before it."""
    known = {}
    for kind, name, optional, prefix in container.env_from:
        for key, value in (_source(kind, name, optional, world) or {}).items():
            known[prefix + key] = _text(value, f"{kind} {name}")
    for name, kind, value in container.env:
        if kind == "value":
            known[name] = expand(value, known, API_SERVER)
        elif kind == "field":
            known[name] = _field(value, facts)
        else:
            source, key, optional = value
            found = _source(kind, source, optional, world)
            if found is None or key not in found:
                if optional:
                    continue
                raise NotYet(f"CreateContainerConfigError: couldn't find key {key} in {kind} {source}")
            known[name] = _text(found[key], f"{kind} {source}")
    for name, value in known.items():
        if "\0" in value or "=" in name:
            raise NotYet(f"CreateContainerError: the variable {name} cannot be passed to a process")
    return {**API_SERVER, **known}


def _source(kind, name, optional, world):
    found = world.secret(name) if kind == "secret" else world.config(name)
    if found is None:
        if optional:
            return None
        raise NotYet(f"CreateContainerConfigError: {kind} \"{name}\" not found")
    content = data(found)
    if kind == "config":
        content = {k: v for k, v in content.items() if k in (found.get("data") or {})}
    return content


def _text(value, path):
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise NotYet(f"CreateContainerError: {path}: grpc: error while marshaling: string field contains invalid UTF-8") from None


def _field(path, facts):
    for prefix in ("metadata.labels", "metadata.annotations"):
        if path.startswith(prefix + "['") and path.endswith("']"):
            return facts[prefix].get(path[len(prefix) + 2:-2], "")
    if path not in facts or not isinstance(facts[path], str):
        raise NotYet(f"CreateContainerConfigError: unsupported fieldPath {path}")
    return facts[path]


def check_user(container, image):
    """runAsNonRoot, with the kubelet's two messages."""
    if not container.non_root:
        return
    if container.user is not None:
        if container.user == 0:
            raise NotYet("CreateContainerConfigError: container's runAsUser breaks non-root policy")
        return
    user = ((image["Config"] or {}).get("User") or "").split(":")[0]
    if user in ("", "0"):
        raise NotYet("CreateContainerConfigError: container has runAsNonRoot and image will run as root")
    if not user.isdigit():
        raise NotYet(f"CreateContainerConfigError: container has runAsNonRoot and image has non-numeric user ({user}), cannot verify user is non-root")

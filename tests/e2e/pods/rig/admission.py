"""What the API server decides about a pod before it exists: LimitRange and ResourceQuota."""

from .fields import Fields
from .quantity import quantity

COUNTED = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "pods")


class Denied(Exception):
    """The pod is not created now; its controller tries again."""


def limit_range(document):
    """Checks a LimitRange; [(resource rules of a container)]."""
    spec = Fields(document.get("spec"), document["_path"] + ".spec")
    rules = []
    for limit in spec.each("limits", required=True):
        limit.only("type", ("Container",))
        rule = {}
        for key in ("default", "defaultRequest", "min", "max"):
            block = limit.take(key, dict, {})
            rule[key] = {name: quantity(value, f"{limit.path}.{key}.{name}") for name, value in block.items()}
        limit.done()
        rules.append(rule)
    spec.done()
    return rules


def quota(document):
    """A ResourceQuota's hard limits that the rig keeps: {resource: Decimal}."""
    spec = Fields(document.get("spec"), document["_path"] + ".spec")
    hard = spec.take("hard", dict, required=True)
    spec.done()
    names = {"cpu": "requests.cpu", "memory": "requests.memory"}
    found = {names.get(k, k): quantity(v, f"{spec.path}.hard.{k}") for k, v in hard.items()}
    return {k: v for k, v in found.items() if k in COUNTED}


def admit(pod, ranges, quotas, running):
    """Fills in the LimitRange's defaults, then counts the pod against every quota beside the `running` pods' specs."""
    for container in pod.init + pod.containers:
        # a limit without a request is also the request; only then do the LimitRange's defaults come
        for name, value in container.limits.items():
            container.requests.setdefault(name, value)
        for rule in ranges:
            for name, value in rule["default"].items():
                container.limits.setdefault(name, value)
            for name, value in {**rule["default"], **rule["defaultRequest"]}.items():
                container.requests.setdefault(name, value)
            for name, value in rule["max"].items():
                if container.limits.get(name, value + 1) > value:
                    raise Denied(f"maximum {name} usage per Container is {value}, but limit of {container.name} is {container.limits.get(name)}")
            for name, value in rule["min"].items():
                if container.requests.get(name, 0) < value:
                    raise Denied(f"minimum {name} usage per Container is {value}: {container.name}")
            for name in container.limits:
                if container.requests.get(name, 0) > container.limits[name]:
                    raise Denied(f"{container.name}: must be less than or equal to {name} limit")
    for hard in quotas:
        for name, most in hard.items():
            used, wanted = sum(_usage(p, name) for p in running), _usage(pod, name, required=True)
            if used + wanted > most:
                raise Denied(f"exceeded quota: {name}: requested {wanted}, used {used}, limited to {most}")


def _usage(pod, name, required=False):
    if name == "pods":
        return 1
    which, resource = name.split(".")
    amounts = []
    for container in pod.init + pod.containers:
        found = getattr(container, which).get(resource)
        if found is None and required:
            raise Denied(f"failed quota: must specify {name} for: {container.name}")
        amounts.append(found or 0)
    inits, mains = amounts[:len(pod.init)], amounts[len(pod.init):]
    return max([sum(mains)] + inits)


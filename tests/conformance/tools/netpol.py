#!/usr/bin/env python3
"""Evaluates the NetworkPolicies of one or two bundles as a network plugin would: inside an environment every Service can be reached,
the door from the ingress controller is open, the internet is reachable without private and link-local ranges, and no pod of one
environment can reach a pod of the other.

  netpol.py BUNDLE [BUNDLE-OF-ANOTHER-PR]"""

import ipaddress
import sys

from common import finish, objects, templates

FORBIDDEN = ["10.0.0.1", "10.244.3.7", "172.16.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "127.0.0.1", "fd00::1", "fe80::1"]


class Pod:
    def __init__(self, namespace, owner, labels, ports):
        self.namespace, self.owner, self.labels, self.ports = namespace, owner, labels, ports


class Environment:
    def __init__(self, bundle):
        documents = [d for _, d in objects(bundle)]
        spaces = [d for d in documents if d["kind"] == "Namespace"]
        self.name = spaces[0]["metadata"]["name"]
        self.labels = {"kubernetes.io/metadata.name": self.name, **(spaces[0]["metadata"].get("labels") or {})}
        self.policies = [d["spec"] for d in documents if d["kind"] == "NetworkPolicy"]
        self.services = [d for d in documents if d["kind"] == "Service"]
        self.doors = [d for d in documents if d["kind"] in ("Ingress", "HTTPRoute")]
        self.pods = []
        for owner, template in templates(documents):
            named = {p.get("name", str(p["containerPort"])): p["containerPort"] for c in template["spec"]["containers"] for p in c.get("ports") or []}
            self.pods.append(Pod(self, owner, (template.get("metadata") or {}).get("labels") or {}, named))


class Address:
    """Something that is no pod: an address."""

    def __init__(self, text):
        self.ip = ipaddress.ip_address(text)


def selects(selector, labels):
    if selector is None:
        return False
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for term in selector.get("matchExpressions") or []:
        has, values = term["key"] in labels, term.get("values") or []
        good = {"In": has and labels.get(term["key"]) in values, "NotIn": not has or labels[term["key"]] not in values,
                "Exists": has, "DoesNotExist": not has}[term["operator"]]
        if not good:
            return False
    return True


def peer(rule, home, other):
    """Whether a `from` or `to` entry names `other`; `home` is the policy's environment."""
    if "ipBlock" in rule:
        if not isinstance(other, Address):
            return inside(rule["ipBlock"], POD_RANGE)    # a plugin may judge pods by address, too
        return inside(rule["ipBlock"], other.ip)
    if isinstance(other, Address):
        return False
    if "namespaceSelector" in rule:
        if not selects(rule["namespaceSelector"], other.namespace.labels):
            return False
    elif other.namespace is not home:
        return False
    return "podSelector" not in rule or selects(rule["podSelector"], other.labels)


POD_RANGE = ipaddress.ip_address("10.244.3.7")


def inside(block, ip):
    net = ipaddress.ip_network(block["cidr"])
    if ip.version != net.version or ip not in net:
        return False
    return not any(ip.version == ipaddress.ip_network(e).version and ip in ipaddress.ip_network(e) for e in block.get("except") or [])


def open_port(rule, port, protocol, named):
    entries = rule.get("ports")
    if not entries:
        return True
    for entry in entries:
        if entry.get("protocol", "TCP") != protocol:
            continue
        wanted = entry.get("port")
        wanted = named.get(wanted) if isinstance(wanted, str) else wanted
        if wanted is None or wanted <= port <= entry.get("endPort", wanted):
            return True
    return False


def allowed(direction, pod, other, port, protocol="TCP"):
    """Whether `pod`'s policies let it send to (Egress) or receive from (Ingress) `other`."""
    key, side = ("egress", "to") if direction == "Egress" else ("ingress", "from")
    mine = []
    for spec in pod.namespace.policies:
        types = spec.get("policyTypes") or (["Ingress"] + (["Egress"] if "egress" in spec else []))
        if direction in types and selects(spec.get("podSelector") or {}, pod.labels):
            mine.append(spec)
    if not mine:
        return True
    named = (other.ports if direction == "Egress" and isinstance(other, Pod) else pod.ports)
    for spec in mine:
        for rule in spec.get(key) or []:
            if open_port(rule, port, protocol, named) and (not rule.get(side) or any(peer(p, pod.namespace, other) for p in rule[side])):
                return True
    return False


def reaches(source, target, port, protocol="TCP"):
    sends = not isinstance(source, Pod) or allowed("Egress", source, target, port, protocol)
    takes = not isinstance(target, Pod) or allowed("Ingress", target, source, port, protocol)
    return sends and takes


class Stranger(Pod):
    """A pod of a namespace that is none of ours."""

    def __init__(self, labels, name):
        space = type("Space", (), {"labels": {"kubernetes.io/metadata.name": name, **labels}, "policies": []})()
        super().__init__(space, name, {}, {})


def inside_checks(env, problems):
    paths = 0
    for service in env.services:
        targets = [p for p in env.pods if selects({"matchLabels": service["spec"].get("selector") or {"\0": ""}}, p.labels)]
        if not targets:
            problems.append(f"Service {service['metadata']['name']} selects no pod")
        for port in service["spec"]["ports"]:
            for target in targets:
                number = port.get("targetPort", port["port"])
                number = target.ports.get(number) if isinstance(number, str) else number
                if number is None:
                    problems.append(f"Service {service['metadata']['name']}: {target.owner} has no port {port['targetPort']}")
                    continue
                for source in env.pods:
                    paths += 1
                    if not reaches(source, target, number):
                        problems.append(f"{source.owner} cannot reach {target.owner}:{number}")
    stranger = Stranger({}, "somebody-else")
    for pod in env.pods:
        for port in (53, 80, 443, 5432, 8080, 65535):
            if reaches(stranger, pod, port):
                problems.append(f"a pod of another namespace reaches {pod.owner}:{port}")
        if not reaches(pod, Address("1.1.1.1"), 443):
            problems.append(f"{pod.owner} cannot reach the internet")
        for protocol in ("UDP", "TCP"):
            if not reaches(pod, Address("169.254.20.10"), 53, protocol) or not allowed("Egress", pod, Stranger({}, "kube-system"), 53, protocol):
                problems.append(f"{pod.owner} cannot ask for names over {protocol}")
        for text in FORBIDDEN:
            for port in (80, 443, 5432, 6443):
                if reaches(pod, Address(text), port):
                    problems.append(f"{pod.owner} reaches {text}:{port}")
    return paths


def door_checks(env, problems):
    """Who stands before the door (the namespaces that ingress rules name) reaches the doors' pods and no other."""
    backends = set()
    for door in env.doors:
        for rule in door["spec"].get("rules") or []:
            backends |= {p["backend"]["service"]["name"] for p in (rule.get("http") or {}).get("paths") or []}
            backends |= {b["name"] for b in rule.get("backendRefs") or []}
    behind = [p for p in env.pods for s in env.services
              if s["metadata"]["name"] in backends and selects({"matchLabels": s["spec"].get("selector") or {"\0": ""}}, p.labels)]
    callers = [r["namespaceSelector"] for spec in env.policies for rule in spec.get("ingress") or [] for r in rule.get("from") or [] if "namespaceSelector" in r]
    for selector in callers:
        caller = Stranger(selector.get("matchLabels") or {}, "\0")
        caller.namespace.labels.update(selector.get("matchLabels") or {})
        if not selector.get("matchLabels") or selector.get("matchExpressions"):
            problems.append(f"an ingress rule lets in more than one namespace: {selector}")
        for pod in env.pods:
            opened = any(reaches(caller, pod, port) for port in set(pod.ports.values()) | {80, 443, 8080})
            if opened and pod not in behind:
                problems.append(f"{selector['matchLabels']} reaches {pod.owner}, which is behind no door")
            if pod in behind and not opened:
                problems.append(f"{selector['matchLabels']} does not reach {pod.owner}")
    if behind and not callers:
        problems.append("no rule lets anybody in through the door")


def across(first, second, problems):
    count = 0
    for one, two in ((first, second), (second, first)):
        for source in one.pods:
            for target in two.pods:
                for port in sorted(set(target.ports.values()) | {53, 80, 443, 5432, 8080}):
                    for protocol in ("TCP", "UDP"):
                        count += 1
                        if reaches(source, target, port, protocol):
                            problems.append(f"{one.name} {source.owner} reaches {two.name} {target.owner}:{port}/{protocol}")
    return count


def main():
    environments = [Environment(bundle) for bundle in sys.argv[1:]]
    problems = []
    said = []
    for env in environments:
        if not env.policies:
            problems.append(f"{env.name} has no NetworkPolicy")
        door_checks(env, problems)
        said.append(f"{env.name}: {len(env.policies)} policies, {inside_checks(env, problems)} paths inside")
    if len(environments) == 2:
        if environments[0].name == environments[1].name:
            problems.append("both bundles have one namespace")
        said.append(f"{across(*environments, problems)} paths across refused")
    finish(problems, "; ".join(said))


main()

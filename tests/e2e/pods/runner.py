#!/usr/bin/env python3
"""Runs a bundle's Kubernetes manifests on a Docker engine, as an API server, its controllers and a kubelet would.

  runner.py apply DIR [--stages] [--kustomize]   take all objects at once, as `kubectl apply -f DIR/manifests` does
                                                 (--stages: file by file, waiting after each; --kustomize: as `kubectl apply -k`)
  runner.py wait NAMESPACE [--timeout S]         until every Deployment, StatefulSet and Job is where it should be
  runner.py status NAMESPACE [--json]
  runner.py logs NAMESPACE POD[/CONTAINER]       POD: a pod's name or the head of it, such as a Deployment's name
  runner.py exec NAMESPACE POD[/CONTAINER] -- COMMAND…
  runner.py address NAMESPACE SERVICE [PORT]     where this machine reaches a Service
  runner.py cron NAMESPACE NAME                  run a CronJob's Job now, wait for it, show its log
  runner.py delete NAMESPACE -l SELECTOR [KIND…] what `kubectl delete KIND… -l` does
  runner.py down NAMESPACE                       remove everything, by label
  runner.py node KUBECONFIG                      instead of all this: be a node of a real API server (see README.md)

Exit codes: 0 fine; 1 refused by the API server's rules, failed or timed out; 2 wrong use, or a field that the rig does not carry.
"""

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import bundle, daemon, engine, node, report, workloads, world  # noqa: E402
from rig.fields import Refused  # noqa: E402


def state_folder(namespace):
    base = os.environ.get("RIG_STATE") or os.path.join(os.environ.get("XDG_RUNTIME_DIR") or "/tmp", f"previewc-pods-{os.getuid()}")
    folder = os.path.join(base, namespace)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return folder


def ask(namespace, request):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(os.path.join(state_folder(namespace), "socket"))
        with connection.makefile("rw", encoding="utf-8") as stream:
            stream.write(json.dumps(request, default=str) + "\n")
            stream.flush()
            answer = json.loads(stream.readline())
    if "error" in answer:
        raise SystemExit(f"the rig: {answer['error']}")
    return answer


def alive(namespace):
    try:
        ask(namespace, {"do": "status"})
        return True
    except (OSError, ValueError):
        return False


def ensure(namespace):
    if alive(namespace):
        return
    folder = state_folder(namespace)
    with open(os.path.join(folder, "log"), "ab") as log:
        process = subprocess.Popen([sys.executable, os.path.abspath(__file__), "daemon", namespace], stdout=log, stderr=log,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
    for _ in range(300):
        if alive(namespace):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"the rig does not answer; see {folder}/log")


def apply(arguments):
    if arguments.kustomize:
        rendered = subprocess.run(["kubectl", "kustomize", arguments.dir], check=True, stdout=subprocess.PIPE).stdout
        path = os.path.join(state_folder("kustomize"), f"{os.getpid()}.yaml")
        with open(path, "wb") as file:
            file.write(rendered)
        groups = [bundle.objects(path)]
        os.unlink(path)
    else:
        groups = [bundle.objects(path) for path in bundle.files(arguments.dir)]
    if not arguments.stages:
        groups = [[document for group in groups for document in group]]
    for document in (d for group in groups for d in group):
        world.check(document)
        if document["_kind"] in world.WORKLOADS:
            workloads.read(document)
    names = [d["metadata"]["name"] for group in groups for d in group if d["_kind"] == "v1/Namespace"]
    spaces = sorted({d["metadata"].get("namespace") for group in groups for d in group if d["_kind"] != "v1/Namespace"} | set(names), key=str)
    if len(spaces) != 1 or spaces[0] is None:
        raise Refused(f"the rig runs one namespace at a time, found {spaces}")
    ensure(spaces[0])
    good = True
    for group in groups:
        for line, accepted in ask(spaces[0], {"do": "apply", "documents": group})["lines"]:
            print(line, file=sys.stdout if accepted else sys.stderr)
            good = good and accepted
        if arguments.stages:
            good = wait_for(spaces[0], arguments.timeout) and good
    return 0 if good else 1


def wait_for(namespace, timeout):
    end, settled = time.time() + timeout, 0
    while True:
        status = ask(namespace, {"do": "status"})
        failed = [f"{owner}: {why}" for owner, _, why in status["workloads"] if why.startswith("Failed")]
        # two looks in a row: an apply of a moment ago may not have been seen by the controllers
        settled = settled + 1 if all(done for _, done, _ in status["workloads"]) else 0
        if settled >= 2:
            return True
        if failed or time.time() > end:
            print("\n".join(["failed: " + f for f in failed] or [f"not there after {timeout} s"]), file=sys.stderr)
            print(report.table(status), file=sys.stderr)
            print(report.blame(status), file=sys.stderr)
            return False
        time.sleep(0.7)


def find(namespace, what):
    head, _, container = what.partition("/")
    pods = [p for p in ask(namespace, {"do": "status"})["pods"] if p["name"] == head or p["name"].startswith(head + "-")]
    pods.sort(key=lambda p: (p["deleting"], not p["ready"]))
    for pod in pods:
        runs = pod["containers"] + pod["init"]
        for run in runs:
            if run["id"] and (not container or run["name"] == container):
                return run["id"]
    raise SystemExit(f"no container {what} in {namespace}")


def cron(arguments):
    found = ask(arguments.namespace, {"do": "get", "kind": "batch/v1/CronJob", "name": arguments.name})["object"]
    if not found:
        raise SystemExit(f"no CronJob {arguments.name} in {arguments.namespace}")
    template = found["spec"]["jobTemplate"]
    name = f"{arguments.name[:50]}-manual-{secrets.token_hex(2)}"
    meta = {**(template.get("metadata") or {}), "name": name, "namespace": arguments.namespace}
    job = {"apiVersion": "batch/v1", "kind": "Job", "_kind": "batch/v1/Job", "_path": f"Job/{name}", "metadata": meta, "spec": template["spec"]}
    for line, accepted in ask(arguments.namespace, {"do": "apply", "documents": [job]})["lines"]:
        if not accepted:
            raise SystemExit(line)
    end = time.time() + arguments.timeout
    while time.time() < end:
        why = {o: w for o, _, w in ask(arguments.namespace, {"do": "status"})["workloads"]}.get(f"Job/{name}", "running")
        if why.startswith(("Complete", "Failed")):
            sys.stdout.buffer.write(engine.logs(find(arguments.namespace, name)))
            return 0 if why == "Complete" else 1
        time.sleep(0.5)
    print(f"not done after {arguments.timeout} s", file=sys.stderr)
    return 1


def down(arguments):
    namespace = arguments.namespace
    try:
        ask(namespace, {"do": "stop"})
    except (OSError, ValueError):
        pass
    for _ in range(100):
        if not os.path.exists(os.path.join(state_folder(namespace), "socket")) or not alive(namespace):
            break
        time.sleep(0.1)
    daemon.sweep(namespace, volumes=True)
    folder = state_folder(namespace)
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
    label = f"{world.LABEL}={namespace}"
    left = [k for k in ("containers", "volumes", "networks") if engine.labelled(k, label)]
    print(f"namespace/{namespace} deleted" if not left else f"left over: {left}")
    return 1 if left else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name, *positional):
        sub = commands.add_parser(name)
        for each in positional:
            sub.add_argument(each)
        sub.add_argument("--timeout", type=float, default=300)
        return sub

    sub = command("apply", "dir")
    sub.add_argument("--stages", action="store_true")
    sub.add_argument("--kustomize", action="store_true")
    command("wait", "namespace")
    command("status", "namespace").add_argument("--json", action="store_true")
    command("logs", "namespace", "pod")
    command("exec", "namespace", "pod").add_argument("argv", nargs=argparse.REMAINDER)
    command("address", "namespace", "service").add_argument("port", nargs="?")
    command("cron", "namespace", "name")
    sub = command("delete", "namespace")
    sub.add_argument("-l", dest="selector", required=True)
    sub.add_argument("kinds", nargs="*", default=["Deployment", "StatefulSet", "Job", "CronJob", "Service", "ConfigMap", "Secret", "ServiceAccount"])
    command("down", "namespace")
    command("daemon", "namespace")
    command("node", "kubeconfig")
    arguments = parser.parse_args()
    try:
        return run(arguments)
    except Refused as error:
        print(f"refused: {error}", file=sys.stderr)
        return 2


def run(arguments):
    name, namespace = arguments.command, getattr(arguments, "namespace", None)
    if name == "apply":
        return apply(arguments)
    if name == "daemon":
        return daemon.serve(namespace, state_folder(namespace))
    if name == "node":
        return node.Node(arguments.kubeconfig).serve()
    if name == "wait":
        return 0 if wait_for(namespace, arguments.timeout) else 1
    if name == "cron":
        return cron(arguments)
    if name == "down":
        return down(arguments)
    if name == "logs":
        sys.stdout.buffer.write(engine.logs(find(namespace, arguments.pod)))
        return 0
    if name == "exec":
        argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
        code, output = engine.execute(find(namespace, arguments.pod), argv, arguments.timeout)
        sys.stdout.buffer.write(output)
        return 124 if code is None else code
    if name == "delete":
        answer = ask(namespace, {"do": "delete", "selector": arguments.selector, "kinds": arguments.kinds})
        print("\n".join(answer["lines"]) or "No resources found")
        return 0
    status = ask(namespace, {"do": "status"})
    if name == "address":
        service = status["services"].get(arguments.service)
        if not service or not (arguments.port or service["endpoints"]):
            print(f"no Service {arguments.service} with endpoints", file=sys.stderr)
            return 1
        print(f"{service['address']}:{arguments.port or min(service['endpoints'], key=int)}")
        return 0
    print(json.dumps(status, indent=1) if arguments.json else report.table(status))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ConnectionRefusedError, FileNotFoundError) as error:
        sys.exit(f"nothing runs there: {error}")

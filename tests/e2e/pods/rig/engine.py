"""The Docker Engine's HTTP API over its unix socket: no shell and no text between us and the bytes that a process gets."""

import http.client
import io
import json
import os
import socket
import struct
import tarfile
import urllib.parse

API = "/v1.41"


class EngineError(Exception):
    """The engine refused a request; `status` is the HTTP status."""

    def __init__(self, status, message):
        super().__init__(f"{message} ({status})")
        self.status = status


class _Connection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("engine", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def socket_path():
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not host.startswith("unix://"):
        raise SystemExit(f"the rig needs an engine on this machine (a unix socket); DOCKER_HOST is {host}")
    return host[len("unix://"):]


def call(method, path, body=None, query=None, timeout=120, raw=None):
    """One request. Returns the decoded JSON, or the bytes when the answer is not JSON."""
    status, kind, data = _send(method, path, body, query, timeout, raw)
    if status >= 400:
        try:
            message = json.loads(data)["message"]
        except (ValueError, KeyError):
            message = data.decode("utf-8", "replace")
        raise EngineError(status, message)
    if kind.startswith("application/json") and data.strip():
        return json.loads(data)
    return data


def _send(method, path, body, query, timeout, raw):
    url = API + path
    if query:
        url += "?" + urllib.parse.urlencode(query)
    headers = {}
    payload = None
    if raw is not None:
        payload, headers["Content-Type"] = raw, "application/x-tar"
    elif body is not None:
        payload, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    connection = _Connection(socket_path(), timeout)
    try:
        connection.request(method, url, payload, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type") or "", answer.read()
    finally:
        connection.close()


def create(name, config):
    return call("POST", "/containers/create", config, {"name": name})["Id"]


def start(container):
    call("POST", f"/containers/{container}/start")


def stop(container, grace):
    """SIGTERM (or the image's stop signal), then SIGKILL after `grace` seconds. A container that is gone is stopped."""
    _quiet("POST", f"/containers/{container}/stop", {"t": int(grace)}, timeout=grace + 60)


def kill(container):
    _quiet("POST", f"/containers/{container}/kill", {})


def remove(container):
    _quiet("DELETE", f"/containers/{container}", {"force": "true", "v": "true"})


def _quiet(method, path, query, timeout=120):
    try:
        call(method, path, query=query, timeout=timeout)
    except EngineError as error:
        if error.status not in (304, 404, 409):
            raise


def wait(container):
    """Blocks until the container has exited; its exit code."""
    return call("POST", f"/containers/{container}/wait", timeout=None)["StatusCode"]


def inspect(container):
    return call("GET", f"/containers/{container}/json")


def image(name):
    """The image's configuration, or None when the engine does not have it."""
    try:
        return call("GET", f"/images/{urllib.parse.quote(name, safe='')}/json")
    except EngineError as error:
        if error.status == 404:
            return None
        raise


def pull(name):
    """Pulls an image; raises EngineError with the reason when that fails."""
    data = call("POST", "/images/create", query={"fromImage": name}, timeout=900)
    for line in (data if isinstance(data, bytes) else json.dumps(data).encode()).splitlines():
        if b'"error"' in line:
            raise EngineError(500, json.loads(line)["error"])


def labelled(kind, label):
    """All containers, networks or volumes that carry `label` (`key=value`)."""
    query = {"filters": json.dumps({"label": [label]})}
    if kind == "containers":
        query["all"] = "true"
    answer = call("GET", "/containers/json" if kind == "containers" else f"/{kind}", query=query)
    return (answer.get("Volumes") or []) if kind == "volumes" else answer


def network(name, labels):
    """Makes the network unless it is there."""
    for found in call("GET", "/networks", query={"filters": json.dumps({"name": [name]})}):
        if found["Name"] == name:
            return
    call("POST", "/networks/create", {"Name": name, "Driver": "bridge", "CheckDuplicate": True, "Labels": labels})


def volume(name, labels, options=None):
    """Makes the volume unless it is there. Returns (its path on the engine's machine, whether it is new)."""
    try:
        return call("GET", f"/volumes/{name}")["Mountpoint"], False
    except EngineError as error:
        if error.status != 404:
            raise
    made = call("POST", "/volumes/create", {"Name": name, "Labels": labels, "DriverOpts": options or {}})
    return made["Mountpoint"], True


def remove_volume(name):
    _quiet("DELETE", f"/volumes/{name}", {"force": "true"})


def remove_network(name):
    _quiet("DELETE", f"/networks/{name}", {})


def put(container, directory, entries):
    """Writes `entries`, a list of (path, bytes or None for a folder, mode, uid, gid), into a container's folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content, mode, uid, gid in entries:
            info = tarfile.TarInfo(path)
            info.mode, info.uid, info.gid = mode, uid, gid
            if content is None:
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    call("PUT", f"/containers/{container}/archive", query={"path": directory}, raw=buffer.getvalue())


def execute(container, argv, timeout):
    """Runs a command in a container as the container's own user. Returns (exit code or None on time-out, output)."""
    made = call("POST", f"/containers/{container}/exec", {"AttachStdout": True, "AttachStderr": True, "Cmd": argv})
    try:
        data = call("POST", f"/exec/{made['Id']}/start", {"Detach": False, "Tty": False}, timeout=timeout)
    except (socket.timeout, TimeoutError):
        return None, b"timed out"
    code = call("GET", f"/exec/{made['Id']}/json")["ExitCode"]
    return code, frames(data if isinstance(data, bytes) else json.dumps(data).encode())


def logs(container, tail="all"):
    try:
        data = call("GET", f"/containers/{container}/logs", query={"stdout": "1", "stderr": "1", "tail": str(tail)})
    except EngineError as error:
        return f"({error})\n".encode()
    return frames(data if isinstance(data, bytes) else json.dumps(data).encode())


def frames(data):
    """Takes the headers out of the engine's multiplexed stream."""
    out, at = [], 0
    while at + 8 <= len(data) and data[at] in (0, 1, 2) and data[at + 1:at + 4] == b"\0\0\0":
        size = struct.unpack(">I", data[at + 4:at + 8])[0]
        out.append(data[at + 8:at + 8 + size])
        at += 8 + size
    return b"".join(out) if out else data

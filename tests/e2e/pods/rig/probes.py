"""Probes as a kubelet makes them: from outside the pod, to its address."""

import http.client
import socket

from . import engine
from .expand import expand


def succeeds(probe, container, engine_id, address):
    """Runs a probe once. Returns (whether it succeeded, what it said)."""
    try:
        if probe.how == "exec":
            return _exec(probe, container, engine_id)
        if probe.how == "tcp":
            socket.create_connection((address, probe.port), probe.timeout).close()
            return True, ""
        return _http(probe, address)
    except (OSError, http.client.HTTPException, engine.EngineError) as error:
        return False, str(error)


def _exec(probe, container, engine_id):
    # a probe's command sees only values that stand in the template: a reference to a Secret gives an empty text
    known = {name: value if kind == "value" else "" for name, kind, value in container.env}
    code, output = engine.execute(engine_id, [expand(word, known) for word in probe.command], probe.timeout)
    return code == 0, output.decode("utf-8", "replace").strip()[-300:]


def _http(probe, address):
    connection = http.client.HTTPConnection(probe.host or address, probe.port, timeout=probe.timeout)
    headers = {"User-Agent": "kube-probe/1.36", "Accept": "*/*", "Connection": "close"}
    headers.update(dict(probe.headers))
    try:
        connection.request("GET", probe.path, headers=headers)
        answer = connection.getresponse()
        return 200 <= answer.status < 400, f"HTTP probe failed with statuscode: {answer.status}"
    finally:
        connection.close()

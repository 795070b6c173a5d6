"""The process that keeps one namespace running; `runner.py` talks to it over a socket in the state folder."""

import json
import os
import socket
import threading
import time
import traceback

from . import engine
from .controllers import Controllers
from .world import LABEL, World


def serve(namespace, state):
    world = World(namespace, state)
    sweep(namespace, volumes=False)
    engine.network(world.network, world.labels())
    controllers = Controllers(world)
    stop = threading.Event()
    path = os.path.join(state, "socket")
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(16)
    threading.Thread(target=_listen, args=(listener, world, controllers, stop), daemon=True).start()
    while not stop.is_set():
        world.wake.wait(0.5)
        world.wake.clear()
        try:
            controllers.reconcile()
        except Exception:                                # the next round tries again; the reason is in the log and in `status`
            world.event(f"the rig: {traceback.format_exc(limit=-3)}")
            time.sleep(1)
    listener.close()
    os.unlink(path)
    os._exit(0)


def sweep(namespace, volumes):
    """Removes the namespace's containers (and, with `volumes`, its volumes and network) by label."""
    label = f"{LABEL}={namespace}"
    for found in engine.labelled("containers", label):
        engine.remove(found["Id"])
    for found in engine.labelled("volumes", label):
        if volumes or f"{LABEL}.claim" not in found["Labels"]:
            engine.remove_volume(found["Name"])
    if volumes:
        for found in engine.labelled("networks", label):
            engine.remove_network(found["Id"])


def _listen(listener, world, controllers, stop):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection, world, controllers, stop), daemon=True).start()


def _answer(connection, world, controllers, stop):
    with connection, connection.makefile("rw", encoding="utf-8") as stream:
        try:
            request = json.loads(stream.readline())
            answer = _handle(request, world, controllers, stop)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        stream.write(json.dumps(answer, default=str) + "\n")
        stream.flush()


def _handle(request, world, controllers, stop):
    what = request["do"]
    if what == "apply":
        return {"lines": world.apply(request["documents"])}
    if what == "delete":
        keys = world.select(request["selector"], request["kinds"])
        for key in keys:
            world.delete(key)
        return {"lines": [f"{key.split('/', 2)[-1]} deleted" for key in keys]}
    if what == "get":
        return {"object": world.get(request["kind"], request["name"])}
    if what == "status":
        controllers.world.changed()
        return {"workloads": controllers.rolled_out(), "pods": [p.describe() for p in controllers.pods if not p.gone.is_set()],
                "services": {n: {"address": s.address, "endpoints": json.loads(s.sent or "{}")} for n, s in controllers.services.items()},
                "events": world.events[-50:]}
    if what == "stop":
        stop.set()
        world.changed()
        return {}
    raise ValueError(f"unknown request {what!r}")

"""One container of a pod over its restarts: starting, probing, restarting with back-off."""

import threading
import time

from . import engine
from .probes import succeeds
from .volumes import NotYet


class ContainerRun:
    """`launch` and `until_exit` run it once (init containers); `start_thread` keeps it alive (the others)."""

    def __init__(self, spec, pod, init):
        self.spec, self.pod, self.init = spec, pod, init
        self.engine_id, self.previous, self.attempt = None, None, 0
        self.state, self.reason, self.code, self.restarts = "waiting", "", None, 0
        self.started, self.ready, self.done = False, False, False
        self.exited = threading.Event()
        self.thread = None

    def launch(self):
        """Creates and starts the container, however often that takes; False when the pod was deleted meanwhile."""
        while not self.pod.stop.is_set():
            try:
                fresh = self.pod.create(self.spec, self.attempt)
            except (NotYet, engine.EngineError) as error:
                self._waits(str(error))
                self.pod.stop.wait(1)
                continue
            self.attempt += 1
            if self.previous:
                engine.remove(self.previous)
            self.previous, self.engine_id = self.engine_id, fresh
            self.exited = threading.Event()
            try:
                engine.start(fresh)
            except engine.EngineError as error:
                self.code, self.reason = 128, f"StartError: {error}"
                self.exited.set()
                self._now("terminated", self.reason)
                return True
            threading.Thread(target=self._watch, args=(fresh, self.exited), daemon=True).start()
            self._now("running", "")
            return True
        return False

    def _watch(self, engine_id, exited):
        try:
            code = engine.wait(engine_id)
        except (engine.EngineError, OSError):
            code = 137
        if engine_id == self.engine_id:
            self.code = code
        exited.set()

    def until_exit(self):
        """Waits for the exit; ends the container when the pod is deleted."""
        while not self.exited.wait(0.2):
            if self.pod.stop.is_set():
                engine.stop(self.engine_id, self.pod.pod.grace)
        if self.state == "running":
            self._now("terminated", "Completed" if self.code == 0 else "Error")
        return self.code

    def back_off(self, failures):
        from .pod import BACKOFF, BACKOFF_MAX
        self.restarts += 1
        self._now("waiting", f"CrashLoopBackOff: exited with {self.code}")
        self.pod.stop.wait(min(BACKOFF * 2 ** (failures - 1), BACKOFF_MAX))

    def start_thread(self):
        self.thread = threading.Thread(target=self._keep, name=f"{self.pod.pod_name}/{self.spec.name}", daemon=True)
        self.thread.start()

    def join(self):
        if self.thread:
            self.thread.join()

    def _keep(self):
        failures = 0
        while not self.pod.stop.is_set():
            if not self.launch():
                break
            began = time.time()
            self.started = self.ready = False
            self._probe_until_exit()
            self.started = self.ready = False
            code = self.until_exit()
            if self.pod.stop.is_set():
                break
            if self.pod.pod.restart == "Never" or (self.pod.pod.restart == "OnFailure" and code == 0):
                break
            failures = failures + 1 if time.time() - began < 600 else 1
            self.back_off(failures)
        self.done = True
        self.pod.world.changed()

    def _probe_until_exit(self):
        spec, began = self.spec, time.time()
        self.started = spec.startup is None
        counts = {}
        due = {}
        while not self.exited.is_set() and not self.pod.stop.is_set():
            if self.started and spec.readiness is None and not self.ready:
                self._becomes(True)
            which = ["startup"] if not self.started else ["readiness", "liveness"]
            for name in which:
                probe = getattr(spec, name)
                if probe is None:
                    continue
                now = time.time()
                if now < due.setdefault(name, began + probe.delay):
                    continue
                good, said = succeeds(probe, spec, self.engine_id, self.pod.address)
                # an unready container is asked again at once when it has just started, as a kubelet does
                due[name] = now + probe.period
                if self.exited.is_set():
                    return
                self._judge(name, probe, good, said, counts)
            wake = min([due[n] for n in which if n in due] or [time.time() + 1])
            self.exited.wait(max(0.05, min(0.5, wake - time.time())))

    def _judge(self, name, probe, good, said, counts):
        last, streak = counts.get(name, (None, 0))
        streak = streak + 1 if last == good else 1
        counts[name] = (good, streak)
        if good and streak >= probe.success:
            if name == "startup":
                self.started = True
                self.pod.world.changed()
            elif name == "readiness" and not self.ready:
                self._becomes(True)
        elif not good:
            self.reason = f"{name} probe failed: {said}"
            if streak >= probe.failure:
                if name == "readiness":
                    if self.ready:
                        self._becomes(False)
                else:
                    self.pod.world.event(f"{self.pod.pod_name}/{self.spec.name}: {name} probe failed {streak} times, will be restarted: {said}")
                    engine.stop(self.engine_id, self.pod.pod.grace)

    def _becomes(self, ready):
        self.ready = ready
        if ready:
            self.reason = ""
        self.pod.world.changed()

    def _waits(self, reason):
        if reason != self.reason:
            self._now("waiting", reason)

    def _now(self, state, reason):
        self.state, self.reason = state, reason
        self.pod.world.changed()

    def remove(self):
        for engine_id in (self.engine_id, self.previous):
            if engine_id:
                engine.remove(engine_id)

    def describe(self):
        return {"name": self.spec.name, "state": self.state, "reason": self.reason, "code": self.code, "restarts": self.restarts,
                "ready": self.ready, "started": self.started, "id": self.engine_id, "previous": self.previous}

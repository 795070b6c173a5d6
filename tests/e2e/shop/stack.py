"""One environment of the shop that is up: its front door, its stores seen from inside, and what does not belong there."""

import concurrent.futures
import http.client
import json
import os
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from docker import container, environment, run_in

# Reads a queue without taking anything from it: what is not acknowledged goes back when the connection closes.
PEEK = """
import json, os, sys, pika
connection = pika.BlockingConnection(pika.URLParameters(os.environ["QUEUE_URL"]))
channel, found = connection.channel(), []
while True:
    method, _, body = channel.basic_get(sys.argv[1])
    if method is None:
        break
    found.append(json.loads(body))
connection.close()
print(json.dumps(found))
"""


class Stack:
    def __init__(self, pr):
        self.bundle = Path(os.environ["E2E_BUNDLES"], f"pr-{pr}", os.environ["E2E_TARGET"])
        facts = json.loads((self.bundle / "bundle.json").read_text())
        self.id = facts["environment"]["id"]
        self.url = facts["environment"]["url"]
        self.teardown = facts.get("teardown", [])

    def request(self, method, path, body=None):
        """Asks the gateway as a browser would, but without a resolver that knows *.localhost."""
        at = urlsplit(self.url)
        connection = http.client.HTTPConnection("127.0.0.1", at.port, timeout=20)
        try:
            connection.request(method, path, body and json.dumps(body), {"Host": at.netloc})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def json(self, method, path, body=None):
        status, _, text = self.request(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{self.id}: {method} {path}: {status} {text[:200]}")
        return json.loads(text)

    def post(self, count, item="teapot"):
        """Posts orders, eight at a time, and gives back their ids."""
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            made = pool.map(lambda _: self.json("POST", "/api/orders", {"item": item}), range(count))
            return [order["id"] for order in made]

    def service(self, name):
        return container(self.id, name)

    def variables(self):
        return environment(self.service("api"))

    def sql(self, query):
        """Rows of a query, by psql inside the database's container."""
        env = {"DATABASE_URL": self.variables()["DATABASE_URL"]}
        shell = ["sh", "-c", 'exec psql "$DATABASE_URL" -qtA -v ON_ERROR_STOP=1']
        out = run_in(self.service("db"), shell, env, query)
        return [tuple(line.split("|")) for line in out.splitlines()]

    def cached(self):
        """Every key and value, by redis-cli inside the cache's container."""
        at = urlsplit(self.variables()["CACHE_URL"])
        env = {"REDISCLI_AUTH": unquote(at.password or "")}
        shell = ["redis-cli", "-p", str(at.port), "-n", at.path[1:] or "0", "--user", unquote(at.username or "") or "default"]
        keys = [key for key in run_in(self.service("cache"), [*shell, "--scan"], env).splitlines() if key]
        if not keys:
            return {}
        values = run_in(self.service("cache"), shell, env, "".join(f"GET {key}\n" for key in keys)).splitlines()
        return dict(zip(keys, values, strict=True))

    def queues(self):
        """Messages per queue, by rabbitmqctl inside the broker's container."""
        vhost = unquote(urlsplit(self.variables()["QUEUE_URL"]).path[1:]) or "/"
        command = ["rabbitmqctl", "-q", "list_queues", "-p", vhost, "--no-table-headers", "name", "messages"]
        return {
            name: int(count) for name, count in (line.split("\t") for line in run_in(self.service("jobs"), command).splitlines())
        }

    def messages(self, queue):
        return json.loads(run_in(self.service("api"), ["python3", "-", queue], stdin=PEEK))

    def settle(self, ids, seconds):
        """Waits until these orders are handled; how many are not when the time is over."""
        end = time.monotonic() + seconds
        while True:
            handled = {row[0] for row in self.sql("SELECT id FROM orders WHERE status = 'handled'")}
            waiting = [one for one in ids if one not in handled]
            if not waiting or time.monotonic() > end:
                return len(waiting)
            time.sleep(0.5)


def foreign(stack, orders, poisoned):
    """Everything in an environment's stores that another environment put there or handled, as lines to read; and counts."""
    found, own = [], set(orders)
    rows = stack.sql("SELECT id, preview_env, coalesce(handled_by, '-') FROM orders")
    for order, env, handled_by in rows:
        if order not in own | set(poisoned) or env != stack.id or handled_by not in (stack.id, "-"):
            found.append(f"row {order}: of {env}, handled by {handled_by}")
    jobs = stack.sql("SELECT order_id, job_env, worker_env FROM jobs")
    for order, job_env, worker_env in jobs:
        if order not in own | set(poisoned) or (job_env, worker_env) != (stack.id, stack.id):
            found.append(f"job of order {order}: of {job_env}, taken by {worker_env}")
    cached = {key: value for key, value in stack.cached().items() if not key.startswith("previewc")}
    for key, text in cached.items():
        value = json.loads(text)
        expected = f"{stack.id}:order:{value['order']}"
        if key != expected or value["order"] not in own or {value["preview_env"], value["job_env"]} != {stack.id}:
            found.append(f"key {key}: of {value['job_env']}, written by {value['preview_env']}")
    counts = {"rows": len(rows), "jobs": len(jobs), "keys": len(cached)}
    return found, counts

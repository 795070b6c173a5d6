"""What the recipe of RabbitMQ must do."""

import json
import time

from rig import Store, has_image

ONE = {"PREVIEWC_QUEUES": "jobs\na.b:c/d-e_f", "PREVIEWC_DEAD_LETTER": "1", "PREVIEWC_IDENTITY": "1" * 16}
TTL = {**ONE, "PREVIEWC_MESSAGE_TTL": "60000", "PREVIEWC_IDENTITY": "2" * 16}
RETRY = {**ONE, "PREVIEWC_MAX_RETRIES": "2", "PREVIEWC_IDENTITY": "3" * 16}
API = """
auth=$(printf '%s:%s' "$RABBITMQ_USER" "$RABBITMQ_PASSWORD" | base64 | tr -d '\\n')
timeout 20 wget -q -O - --header "Authorization: Basic $auth" """
# An application that knows nothing of previewc: it declares its queue plainly and gives every message back.
APPLICATION = """
import os, sys, pika
def text(part): return part.replace("%", "%25").replace("/", "%2F").replace("'", "%27")
parameters = pika.ConnectionParameters("db", 5672, os.environ["RABBITMQ_VHOST"],
    pika.PlainCredentials(os.environ["RABBITMQ_USER"], os.environ["RABBITMQ_PASSWORD"]))
channel = pika.BlockingConnection(parameters).channel()
queue = sys.argv[1]
channel.queue_declare(queue, durable=True)
channel.basic_publish("", queue, b"work", pika.BasicProperties(delivery_mode=2))
seen = 0
for delivery, _, _ in channel.consume(queue, inactivity_timeout=3):
    if delivery is None: break
    seen += 1
    if seen > 20: break
    channel.basic_nack(delivery.delivery_tag, requeue=sys.argv[2] == "again")
print(seen)
"""


def suite(engine):
    """The checks, in the order in which they build on each other."""
    broker = Store(engine)

    def get(path):
        done = broker.script(f'{API} "$RABBITMQ_API/{path}"')
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def told(path, holds):
        """What the management API says, at the latest after 30 s: it gathers its figures every 5 s, and knows none before."""
        end = time.monotonic() + 30
        while not holds(found := get(path)) and time.monotonic() < end:
            time.sleep(1)
        return found

    def state():
        found = told(f"queues/{broker.own['vhost']}", lambda queues: all(q.get("policy") or q["name"].endswith(".dead") for q in queues))
        return {queue["name"]: (queue["type"], queue.get("policy")) for queue in found}

    def depth(queue):
        path = f"queues/{broker.own['vhost']}/{queue.replace('/', '%2F')}"
        return told(path, lambda found: found.get("messages", 0)).get("messages", 0)

    def application(queue, what):
        image = "previewc-local/client" if has_image("previewc-local/client") else "python:3.12-slim"
        client = Store(engine)
        done = client.script(f"exec python3 - {queue} {what} <<'EOF'\n{APPLICATION}\nEOF\n", image=image)
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    def refused(told):
        done = broker.step("declare", **told)
        assert done.returncode == 1, done.stdout
        return done.stderr

    def first():
        """the first start: waited for, vhost and queues made, known to be done"""
        broker.fresh()
        assert broker.step("ready").returncode != 0
        assert broker.step("done", **ONE).returncode != 0
        broker.run("declare", "done", "ready", **ONE)
        broker.healthy(5)
        queues = state()
        assert queues["jobs"] == ("classic", "previewc:jobs"), queues
        assert queues["a.b:c/d-e_f"] == ("classic", "previewc:a.b:c/d-e_f"), queues
        assert set(queues) == {"jobs", "jobs.dead", "a.b:c/d-e_f", "a.b:c/d-e_f.dead"}, queues
        assert queues["jobs.dead"][1] is None, queues

    def limited():
        """the server knows its memory"""
        limit = told("nodes", lambda nodes: nodes[0].get("mem_limit"))[0]["mem_limit"]
        assert limit < int(broker.own["memory"]), limit

    def declared():
        """an application's plain declare fits, and what it rejects becomes a dead letter"""
        assert application("jobs", "never") == 1
        assert depth("jobs.dead") == 1
        assert application("a.b:c/d-e_f", "never") == 1
        assert depth("a.b:c/d-e_f.dead") == 1

    def changed():
        """changed content is declared anew, there and back, and only then done"""
        assert broker.step("done", **TTL).returncode != 0
        broker.run("declare", "done", **TTL)
        policy = f"policies/{broker.own['vhost']}/previewc:jobs"
        assert get(policy)["definition"]["message-ttl"] == 60000
        assert broker.step("done", **ONE).returncode != 0
        broker.run("declare", "done", **ONE)
        assert "message-ttl" not in get(policy)["definition"]
        assert depth("jobs.dead") == 1

    def wrong():
        """a wrong password is named at once"""
        other = Store(engine, password="anotherKey1")
        began = time.monotonic()
        done = other.step("declare", **ONE)
        assert done.returncode == 1 and "made with another key" in done.stderr, done.stderr
        assert time.monotonic() - began < 15
        assert other.step("ready").returncode != 0

    def kept():
        """the server ends in time, and another container on the kept volume has queues and messages"""
        seconds, code = broker.stop()
        assert seconds < 40 and code != 137, (seconds, code)
        broker.start()
        broker.healthy()
        broker.run("declare", "done", **ONE)
        assert depth("jobs.dead") == 1

    def late():
        """a retry limit on queues that cannot count is refused in words"""
        assert "max_retries needs quorum queues" in refused(RETRY)

    def rotated():
        """rotation gives the server the new password, once"""
        new = Store(engine, password='new"Password\\1')
        new.run("rotate", PREVIEWC_OLD_PASSWORD=broker.own["password"])
        new.run("rotate", PREVIEWC_OLD_PASSWORD=broker.own["password"])
        new.run("ready")
        new.run("declare", "done", **ONE)
        assert broker.step("ready").returncode != 0

    def retried():
        """with a retry limit a message is given out once and twice again, then it is a dead letter"""
        broker.fresh()
        broker.run("declare", "done", **RETRY)
        queues = state()
        assert {kind for kind, _ in queues.values()} == {"quorum"}, queues
        assert application("jobs", "again") == 3
        assert depth("jobs.dead") == 1
        assert application("a.b:c/d-e_f", "never") == 1
        assert depth("a.b:c/d-e_f.dead") == 1

    def unlimited():
        """a limit that is taken back stays out of the way"""
        broker.run("declare", "done", **ONE)
        assert application("jobs", "never") == 1

    return [first, limited, declared, changed, wrong, kept, late, rotated, retried, unlimited]

"""What the recipes of SQS, Kafka and Temporal must do."""

import json
import re

from rig import Store, docker

TWO = {"PREVIEWC_QUEUES": "jobs\nmail", "PREVIEWC_DEAD_LETTER": "1", "PREVIEWC_IDENTITY": "1" * 16}


def sqs(engine):
    """The checks, in the order in which they build on each other."""
    broker = Store(engine)
    prefix = broker.own["prefix"]
    retry = {**TWO, "PREVIEWC_MAX_RETRIES": "1", "PREVIEWC_IDENTITY": "2" * 16}
    plain = {"PREVIEWC_QUEUES": "jobs\nmail", "PREVIEWC_IDENTITY": "3" * 16}

    def call(words):
        done = broker.script(f"timeout 20 wget -q -O - --post-data '{words}' \"$SQS_URL/\"")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def of(queue, words):
        return call(f"{words}&QueueUrl=http://db:9324/000000000000/{prefix}{queue}")

    def policy(queue):
        found = re.search(r"\{.*\}", of(queue, "Action=GetQueueAttributes&AttributeName.1=RedrivePolicy").replace("&quot;", '"'))
        return found and json.loads(found.group())["maxReceiveCount"]

    def receive(queue):
        return of(queue, "Action=ReceiveMessage&VisibilityTimeout=0&WaitTimeSeconds=1").count("<Body>")

    def first():
        """the first start: waited for, queues made, known to be done, advertised under the name that clients use"""
        broker.fresh()
        assert broker.step("ready").returncode != 0
        assert broker.step("done", **TWO).returncode != 0
        broker.run("declare", "done", "ready", **TWO)
        broker.healthy(10)
        found = re.findall("<QueueUrl>(.*)</QueueUrl>", call("Action=ListQueues").replace("</QueueUrl><", "</QueueUrl>\n<"))
        names = ["jobs", "jobs-dead", "mail", "mail-dead"]
        assert sorted(found) == [f"http://db:9324/000000000000/{prefix}{name}" for name in names], found
        assert policy("jobs") == 10 and policy("mail") == 10 and policy("jobs-dead") is None

    def changed():
        """changed content is declared anew, there and back, and only then done"""
        assert broker.step("done", **retry).returncode != 0
        broker.run("declare", "declare", "done", **retry)
        assert policy("jobs") == 2
        assert broker.step("done", **plain).returncode != 0
        broker.run("declare", "done", **plain)
        assert policy("jobs") == 1000
        broker.run("declare", "done", **retry)
        assert policy("jobs") == 2

    def declared():
        """an application's plain declare fits, and what is given out too often becomes a dead letter"""
        call(f"Action=CreateQueue&QueueName={prefix}jobs")
        assert policy("jobs") == 2
        of("jobs", "Action=SendMessage&MessageBody=work")
        assert [receive("jobs"), receive("jobs"), receive("jobs")] == [1, 1, 0]
        assert receive("jobs-dead") == 1

    def kept():
        """the server ends in time, and another container on the kept volume has queues, policies and messages"""
        of("mail", "Action=SendMessage&MessageBody=letter")
        seconds, _ = broker.stop()
        assert seconds < 15, seconds
        broker.start()
        broker.healthy()
        broker.run("declare", "done", **retry)
        assert policy("jobs") == 2
        assert receive("mail") == 1

    return [first, changed, declared, kept]


def kafka(engine):
    """The checks, in the order in which they build on each other."""
    broker = Store(engine)
    ttl = {**TWO, "PREVIEWC_MESSAGE_TTL": "3600000", "PREVIEWC_IDENTITY": "2" * 16}
    more = {**TWO, "PREVIEWC_QUEUES": "jobs\nmail\na.b_c-d", "PREVIEWC_IDENTITY": "3" * 16}

    def tool(words, text=None):
        given = f"printf '%s\\n' '{text}' | " if text else ""
        done = broker.script(f"{given}timeout 60 /opt/kafka/bin/kafka-{words} --bootstrap-server db:9092 2>/tmp/said || {{ cat /tmp/said >&2; exit 1; }}")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def topics():
        return sorted(tool("topics.sh --list").split())

    def first():
        """the first start: waited for, topics made, known to be done"""
        broker.fresh()
        assert broker.step("done", **TWO).returncode != 0
        broker.run("declare", "done", "ready", **TWO)
        broker.healthy(5)
        assert topics() == ["jobs", "jobs.dead", "mail", "mail.dead", "previewc." + "1" * 16], topics()

    def changed():
        """changed content is declared anew, there and back, and only then done"""
        assert broker.step("done", **ttl).returncode != 0
        broker.run("declare", "declare", "done", **ttl)
        assert "retention.ms=3600000" in tool("configs.sh --describe --entity-type topics --entity-name jobs")
        assert broker.step("done", **more).returncode != 0
        broker.run("declare", "done", **more)
        assert "retention.ms=3600000" not in tool("configs.sh --describe --entity-type topics --entity-name jobs")
        assert {"a.b_c-d", "a.b_c-d.dead", "previewc." + "3" * 16} < set(topics()), topics()
        assert broker.step("done", **ttl).returncode != 0

    def written():
        """a client writes and reads by the name that the broker advertises"""
        tool("console-producer.sh --topic jobs", text="work")
        assert tool("console-consumer.sh --topic jobs --from-beginning --max-messages 1 --timeout-ms 30000") == "work\n"

    def kept():
        """the server ends in time, and another container on the kept volume has topics and messages"""
        seconds, code = broker.stop()
        assert seconds < 30 and code != 137, (seconds, code)
        broker.start()
        broker.healthy()
        broker.run("declare", "done", **more)
        assert tool("console-consumer.sh --topic jobs --from-beginning --max-messages 1 --timeout-ms 30000") == "work\n"

    def cheap():
        """what each consumer asks again and again takes no second of CPU"""
        spent = broker.script(f"{broker.recipe['steps']['done']}\ntimes", **more)
        user = re.search(r"(\d+)m([\d.]+)s \S+\n?$", spent.stdout)
        assert user and int(user.group(1)) == 0 and float(user.group(2)) < 1, spent.stdout + spent.stderr

    return [first, changed, written, kept, cheap]


def temporal(engine):
    """The checks, in the order in which they build on each other."""
    server = Store(engine)

    def tool(words):
        done = server.script(f"exec temporal {words} --address db:7233 --command-timeout 30s -o json", image=server.image)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def history(workflow):
        return [event["eventType"].removeprefix("EVENT_TYPE_") for event in tool(f"workflow show -w {workflow}")["events"]]

    def first():
        """the first start: not ready before it serves, healthy and ready then, its page served"""
        server.fresh()
        assert server.step("ready").returncode != 0
        server.healthy()
        # Its API answers some moments after its port opens; whoever waits asks each second.
        server.eventually("ready")
        assert "<html" in server.script("timeout 10 wget -q -O - http://db:8233/").stdout
        assert server.fill("${self.namespace}") in [found["namespaceInfo"]["name"] for found in tool("operator namespace list")]

    def written():
        """a client starts workflows on queues that nobody declared, and sends to them"""
        tool("workflow start -t orders --type Order -w order-1 -i '{\"n\":1}'")
        tool("workflow signal -w order-1 --name paid")
        tool("workflow start -t mails --type Mail -w mail-1")
        tool("workflow terminate -w mail-1 --reason tried")
        assert history("order-1") == ["WORKFLOW_EXECUTION_STARTED", "WORKFLOW_TASK_SCHEDULED", "WORKFLOW_EXECUTION_SIGNALED"]

    def kept():
        """the server ends in time, and another container on the kept volume has every workflow; so has one after a crash"""
        seconds, code = server.stop()
        assert seconds < 15 and code != 137, (seconds, code)
        assert server.step("ready").returncode != 0
        server.start()
        server.healthy()
        assert history("order-1")[-1] == "WORKFLOW_EXECUTION_SIGNALED"
        tool("workflow signal -w order-1 --name sent")
        server.kill()
        server.start()
        server.healthy()
        assert history("order-1").count("WORKFLOW_EXECUTION_SIGNALED") == 2
        assert history("mail-1")[-1] == "WORKFLOW_EXECUTION_TERMINATED"

    def light():
        """what its health asks takes no second of CPU"""
        health = server.recipe["container"]["health"].removeprefix("exec ")
        children = docker("exec", server.name, "sh", "-c", f"{health} >/dev/null; times").stdout.splitlines()[1]
        assert all(re.fullmatch(r"0m0\..*s", spent) for spent in children.split()), children

    return [first, written, kept, light]

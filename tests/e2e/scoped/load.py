"""Writers of the environments that stay, while others go: everything that a server has acknowledged must be there at the end."""

import threading
import time
import urllib.parse

import probes


class Writer(threading.Thread):
    def __init__(self, environment, stop):
        super().__init__(daemon=True)
        self.environment, self.stop = environment, stop
        self.acknowledged, self.problems = 0, []

    def run(self):
        try:
            self.open()
            while not self.stop.is_set():
                self.write(self.acknowledged + 1)
                self.acknowledged += 1
                time.sleep(0.05)
        except Exception as problem:
            self.problems.append(f"{type(self).__name__} of {self.environment.id}: {problem!r}")


class Sql(Writer):
    server = variable = ""

    def open(self):
        self.session = probes.session(self.server, self.environment.env[self.variable])
        self.say("CREATE TABLE load_test (number int PRIMARY KEY); SELECT 0;", "0")

    def say(self, text, expected):
        self.session.stdin.write(text + "\n")
        said = self.session.stdout.readline().strip()
        if said != expected:
            raise RuntimeError(f"said {said!r}: {self.session.stderr.read()[-300:] if not said else ''}")

    def write(self, number):
        self.say(f"INSERT INTO load_test VALUES ({number}); SELECT max(number) FROM load_test;", str(number))

    def count(self):
        self.session.stdin.write("SELECT count(*) FROM load_test;\n")
        return int(self.session.stdout.readline())


class Postgres(Sql):
    server, variable = "postgres", "DB_URL"


class Mariadb(Sql):
    server, variable = "mariadb", "MY_URL"


class Redis(Writer):
    server = "redis"

    def open(self):
        parts = urllib.parse.urlsplit(self.environment.env["CACHE_URL"])
        self.redis, self.prefix = probes.Redis(parts.username, parts.password), self.environment.env["CACHE_PREFIX"]

    def write(self, number):
        said = self.redis.ask("RPUSH", f"{self.prefix}load", str(number))
        if said != str(number):
            raise RuntimeError(said)

    def count(self):
        return int(self.redis.ask("LLEN", f"{self.prefix}load"))


class Rabbitmq(Writer):
    server = "rabbitmq"

    def open(self):
        parts = urllib.parse.urlsplit(self.environment.env["JOBS_URL"])
        self.user, self.password, self.vhost = parts.username, parts.password, parts.path[1:]

    def write(self, number):
        body = {"properties": {"delivery_mode": 2}, "routing_key": "jobs", "payload": str(number), "payload_encoding": "string"}
        path = f"exchanges/{self.vhost}/amq.default/publish"
        said = probes.management(self.user, self.password, path, "POST", body)
        if said != (200, {"routed": True}):
            raise RuntimeError(said)

    def count(self):
        # The management's own figures come late: taken out in one go, counted, and put back.
        body = {"count": 100_000, "ackmode": "ack_requeue_true", "encoding": "auto"}
        return len(probes.management(self.user, self.password, f"queues/{self.vhost}/jobs/get", "POST", body)[1])


class Kafka(Writer):
    server = "kafka"

    def open(self):
        self.broker, self.topic = probes.broker(self.environment), f"{self.environment.env['JOBS_PREFIX']}load"
        if (said := self.broker.create(self.topic)) != "done":
            raise RuntimeError(said)

    def write(self, number):
        said = self.broker.write(self.topic, str(number))
        # A topic is made a moment before the broker knows it.
        while number == 1 and said == "no such topic":
            time.sleep(0.1)
            said = self.broker.write(self.topic, str(number))
        if said != "done":
            raise RuntimeError(said)

    def count(self):
        return self.broker.end(self.topic)[1]


class Minio(Writer):
    server = "minio"

    def open(self):
        self.bucket = probes.bucket(self.environment)

    def write(self, number):
        status, text = self.bucket.ask("PUT", f"load/{number}", str(number))
        if status != 200:
            raise RuntimeError(text)

    def count(self):
        return len(self.bucket.names("load/"))


KINDS = [Postgres, Mariadb, Redis, Rabbitmq, Kafka, Minio]

"""Clients as an application has them: each with the credentials of one environment."""

import base64
import hashlib
import hmac
import http.client
import json
import re
import socket
import struct
import subprocess
import time
import urllib.parse

import kafka
import servers

WHERE = {}  # host and ports, from servers.start


class Redis:
    """The little of RESP that is needed; an error is a text that begins with `-`."""

    def __init__(self, user, password):
        self.socket = socket.create_connection((WHERE["host"], int(WHERE["redis"])), 10)
        self.file = self.socket.makefile("rb")
        self.greeting = self.ask("AUTH", user, password)

    def ask(self, *words):
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(
            b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words))
        return self.read()

    def read(self):
        line = self.file.readline().decode().rstrip("\r\n")
        if not line:
            raise OSError("the server closed the connection")
        if line[0] == "$":
            size = int(line[1:])
            return None if size < 0 else self.file.read(size + 2)[:-2].decode()
        if line[0] in "*>":
            return [self.read() for _ in range(int(line[1:]))]
        return line if line[0] == "-" else line[1:]


def management(user, password, path, method="GET", body=None):
    """The broker's management API: status and decoded body."""
    connection = http.client.HTTPConnection(WHERE["host"], int(WHERE["management"]), timeout=20)
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    connection.request(method, f"/api/{path}", body and json.dumps(body), {"Authorization": f"Basic {auth}", "Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text.startswith((b"{", b"[")) else None


def amqp(user, password, vhost):
    """AMQP 0-9-1 as far as connection.open: "open", or what the broker refuses with."""
    def short(text):
        return bytes([len(text)]) + text.encode()

    def long(text):
        return struct.pack(">I", len(text)) + text.encode()

    with socket.create_connection((WHERE["host"], int(WHERE["rabbitmq"])), 10) as wire:
        file = wire.makefile("rb")

        def send(method, arguments):
            payload = struct.pack(">HH", *method) + arguments
            wire.sendall(struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce")

        def receive():
            head = file.read(7)
            if len(head) < 7:
                raise OSError("the broker closed the connection")
            payload = file.read(struct.unpack(">I", head[3:])[0])
            file.read(1)
            return struct.unpack(">HH", payload[:4]), payload[4:]

        wire.sendall(b"AMQP\x00\x00\x09\x01")
        receive()
        send((10, 11), struct.pack(">I", 0) + short("PLAIN") + long(f"\0{user}\0{password}") + short("en_US"))
        method, arguments = receive()
        if method != (10, 30):
            return arguments[3:].decode(errors="replace")
        send((10, 31), arguments)
        send((10, 40), short(vhost) + b"\0\0")
        method, arguments = receive()
        return "open" if method == (10, 41) else arguments[3 : 3 + arguments[2]].decode()


def broker(environment):
    """A connection to Kafka as an environment."""
    parts = urllib.parse.urlsplit(environment.env["JOBS_URL"])
    return kafka.Kafka(WHERE, parts.username, parts.password)


class Bucket:
    """S3 with one environment's keys (AWS Signature Version 4, path style)."""

    def __init__(self, name, user, password):
        self.name, self.user, self.password = name, user, password

    def ask(self, method, key="", body="", bucket=None, **query):
        """Status and body; a bucket of "" asks for the list of buckets."""
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        bucket = self.name if bucket is None else bucket
        path = "/" + urllib.parse.quote(f"{bucket}/{key}".lstrip("/") if bucket else "")
        asked = urllib.parse.urlencode(sorted(query.items()), quote_via=urllib.parse.quote, safe="")
        digest = hashlib.sha256(body.encode()).hexdigest()
        headers = {"host": f"{WHERE['host']}:{WHERE['minio']}", "x-amz-content-sha256": digest, "x-amz-date": now}
        signed = ";".join(headers)
        canonical = "\n".join([method, path, asked, *(f"{key}:{value}" for key, value in headers.items()), "", signed, digest])
        scope = f"{now[:8]}/us-east-1/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = f"AWS4{self.password}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={self.user}/{scope}, SignedHeaders={signed}, Signature={signature}"
        connection = http.client.HTTPConnection(WHERE["host"], int(WHERE["minio"]), timeout=30)
        connection.request(method, f"{path}?{asked}" if asked else path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def names(self, prefix):
        """The names of all objects that begin with a prefix."""
        found, more = [], {}
        while True:
            _, text = self.ask("GET", **{"list-type": "2", "prefix": prefix, **more})
            found += re.findall("<Key>([^<]*)</Key>", text)
            token = re.search("<NextContinuationToken>([^<]*)</NextContinuationToken>", text)
            if not token:
                return found
            more = {"continuation-token": token[1]}


def bucket(environment):
    return Bucket(*(environment.env[f"FILES_{part}"] for part in ("BUCKET", "ACCESS_KEY", "SECRET_KEY")))


def session(kind, url, database=None):
    """A client of the database as an open process: lines of SQL in, lines of results out."""
    parts = urllib.parse.urlsplit(url)
    database = database or parts.path.lstrip("/")
    if kind == "postgres":
        command = ["psql", "-X", "-q", "-At", "-h", parts.hostname, "-p", str(parts.port), "-U", parts.username, "-d", database]
        env = {"PGPASSWORD": parts.password}
    else:
        command = ["mariadb", "-h", parts.hostname, "-P", str(parts.port), "-u", parts.username, "-BNn", database]
        env = {"MYSQL_PWD": parts.password}
    names = [word for variable in env for word in ("-e", variable)]
    import os

    return subprocess.Popen(
        ["docker", "exec", "-i", *names, servers.name(kind), *command], env={**os.environ, **env},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1,
    )


# One process that tries many: the list on standard input, a line per answer.
TRY = {
    "postgres": r"""while IFS='|' read -r host port user password database; do
PGPASSWORD=$password psql -X -At -h "$host" -p "$port" -U "$user" -d "$database" -c "SELECT 'entered'" </dev/null 2>&1 | tr '\n' ' '; echo
done""",
    "mariadb": r"""while IFS='|' read -r host port user password database; do
MYSQL_PWD=$password mariadb -h "$host" -P "$port" -u "$user" -BN "$database" -e "SELECT 'entered'" </dev/null 2>&1 | tr '\n' ' '; echo
done""",
}


def tries(kind, pairs):
    """For pairs of a URL and a database: what the server says to these credentials there."""
    def line(url, database):
        parts = urllib.parse.urlsplit(url)
        return "|".join([parts.hostname, str(parts.port), parts.username, parts.password, database])

    text = "".join(line(*pair) + "\n" for pair in pairs)
    return servers.docker("exec", "-i", servers.name(kind), "bash", "-c", TRY[kind], stdin=text).split("\n")[:-1]

"""Clients as an application has them: each with the credentials of one environment."""

import base64
import http.client
import json
import socket
import struct
import subprocess
import urllib.parse

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

"""As much of Kafka's protocol as a user's rights can be tried with: a login by SCRAM-SHA-512 and a few requests, of versions
that every broker since 2.1 takes."""

import base64
import hashlib
import hmac
import itertools
import os
import socket
import struct
import time

NAMES = {0: "done", 3: "no such topic", 5: "no leader", 6: "not the leader", 29: "topic refused", 30: "group refused", 31: "cluster refused", 36: "it exists", 53: "transaction refused"}
TABLE = []
for _byte in range(256):
    for _ in range(8):
        _byte = _byte >> 1 ^ (0x82F63B78 if _byte & 1 else 0)
    TABLE.append(_byte)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def text(value):
    return struct.pack(">h", -1) if value is None else struct.pack(">h", len(value.encode())) + value.encode()


def many(*items):
    return struct.pack(">i", len(items)) + b"".join(items)


def varint(number):
    number = number << 1 ^ number >> 63
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def batch(value):
    """A record batch (version 2) of one record without a key, of now: an old one would soon be gone."""
    now = int(time.time() * 1000)
    record = b"\0" + varint(0) + varint(0) + varint(-1) + varint(len(value)) + value + varint(0)
    rest = struct.pack(">hiqqqhii", 0, 0, now, now, -1, -1, -1, 1) + varint(len(record)) + record
    rest = struct.pack(">ibI", -1, 2, crc32c(rest)) + rest
    return struct.pack(">qi", 0, len(rest)) + rest


class Refused(Exception):
    """The login."""


class Kafka:
    """One connection as one user. Every call answers with an error's name, and `done` where there is none."""

    def __init__(self, where, user, password):
        self.socket = socket.create_connection((where["host"], int(where["kafka"])), 30)
        self.file = self.socket.makefile("rb")
        self.count = itertools.count()
        self.send(17, 1, text("SCRAM-SHA-512"))
        self.login(user, password)

    def send(self, key, version, body):
        message = struct.pack(">hhi", key, version, next(self.count)) + text("probe") + body
        self.socket.sendall(struct.pack(">i", len(message)) + message)
        size = self.file.read(4)
        if len(size) < 4:
            raise OSError("the broker closed the connection")
        return self.file.read(struct.unpack(">i", size)[0])[4:]

    def login(self, user, password):
        def say(words):
            answer = self.send(36, 0, struct.pack(">i", len(words)) + words)
            (error,) = struct.unpack(">h", answer[:2])
            size = max(0, struct.unpack(">h", answer[2:4])[0])
            if error:
                raise Refused(answer[4 : 4 + size].decode())
            return answer[4 + size + 4 :]

        def mac(key, words):
            return hmac.new(key, words, "sha512").digest()

        first = f"n={user},r={base64.b64encode(os.urandom(18)).decode()}".encode()
        said = say(b"n,," + first)
        fields = dict(part.split(b"=", 1) for part in said.split(b","))
        salted = hashlib.pbkdf2_hmac("sha512", password.encode(), base64.b64decode(fields[b"s"]), int(fields[b"i"]))
        last = b"c=biws,r=" + fields[b"r"]
        key = mac(salted, b"Client Key")
        signature = mac(hashlib.sha512(key).digest(), b",".join([first, said, last]))
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        say(last + b",p=" + base64.b64encode(proof))

    @staticmethod
    def code(answer, at):
        (code,) = struct.unpack(">h", answer[at : at + 2])
        return NAMES.get(code, f"error {code}")

    def after(self, name):
        """Where the error stands in an answer of one topic, one partition: behind list, name, list, partition."""
        return 4 + 2 + len(name.encode()) + 4 + 4

    def write(self, topic, value):
        """Asks again while the broker is only becoming the topic's leader, as every client does: nothing is written by then."""
        records = batch(value.encode())
        partition = many(struct.pack(">ii", 0, len(records)) + records)
        for _ in range(100):
            answer = self.send(0, 3, text(None) + struct.pack(">hi", -1, 10_000) + many(text(topic) + partition))
            said = self.code(answer, self.after(topic))
            if said not in ("no leader", "not the leader"):
                return said
            time.sleep(0.1)
        return said

    def read(self, topic):
        """The error, and the records as they lie there."""
        partition = many(struct.pack(">iqi", 0, 0, 1 << 20))
        answer = self.send(1, 4, struct.pack(">iiiib", -1, 500, 1, 1 << 20, 0) + many(text(topic) + partition))
        return self.code(answer, 4 + self.after(topic)), answer

    def end(self, topic):
        """How many records there are of those that were written one by one; topics here keep all of them."""
        answer = self.send(2, 1, struct.pack(">i", -1) + many(text(topic) + many(struct.pack(">iq", 0, -1))))
        at = self.after(topic)
        return self.code(answer, at), struct.unpack(">q", answer[at + 10 : at + 18])[0]

    def create(self, topic):
        answer = self.send(19, 2, many(text(topic) + struct.pack(">ih", 1, 1) + many() + many()) + struct.pack(">ib", 10_000, 0))
        return self.code(answer, 4 + 4 + 2 + len(topic.encode()))

    def delete(self, topic):
        answer = self.send(20, 1, many(text(topic)) + struct.pack(">i", 10_000))
        return self.code(answer, 4 + 4 + 2 + len(topic.encode()))

    def coordinated(self, name, kind, ask):
        """Looks for who keeps a group (0) or a transaction (1), which a young broker makes a topic for, and asks."""
        for _ in range(60):
            said = self.code(self.send(10, 1, text(name) + bytes([kind])), 4)
            said = ask() if said == "done" else said
            if said not in ("error 14", "error 15", "error 16"):
                return said
            time.sleep(0.5)
        return said

    def group(self, group, topic):
        """Keeps a place for a group, which makes the group."""
        return self.coordinated(group, 0, lambda: self.place(group, topic))

    def place(self, group, topic):
        place = struct.pack(">iq", 0, 1) + text(None)
        answer = self.send(8, 2, text(group) + struct.pack(">i", -1) + text("") + struct.pack(">q", -1) + many(text(topic) + many(place)))
        return self.code(answer, self.after(topic))

    def delete_group(self, group):
        answer = self.send(42, 0, many(text(group)))
        return self.code(answer, 4 + 4 + 2 + len(group.encode()))

    def transaction(self, name):
        return self.coordinated(name, 1, lambda: self.code(self.send(22, 0, text(name) + struct.pack(">i", 10_000)), 4))

    def allow(self, user):
        """Gives a user every right on every topic."""
        rule = struct.pack(">b", 2) + text("*") + struct.pack(">b", 3) + text(f"User:{user}") + text("*") + struct.pack(">bb", 2, 3)
        return self.code(self.send(30, 1, many(rule)), 8)

    def topics(self):
        """The names of all topics that the user may know of."""
        answer = self.send(3, 1, struct.pack(">i", -1))
        at = 0

        def take(form):
            nonlocal at
            at += struct.calcsize(form)
            return struct.unpack_from(form, answer, at - struct.calcsize(form))[0]

        def word():
            nonlocal at
            size = max(0, take(">h"))
            at += size
            return answer[at - size : at].decode()

        for _ in range(take(">i")):
            take(">i"), word(), take(">i"), word()
        take(">i")
        names = []
        for _ in range(take(">i")):
            take(">h")
            names.append(word())
            take(">b")
            for _ in range(take(">i")):
                take(">h"), take(">i"), take(">i")
                for _ in range(2):
                    for _ in range(take(">i")):
                        take(">i")
        return names

    def groups(self):
        """The names of all groups that the user may know of."""
        answer = self.send(16, 1, b"")
        (count,) = struct.unpack(">i", answer[6:10])
        at, names = 10, []
        for _ in range(count):
            for keep in (True, False):
                (size,) = struct.unpack(">h", answer[at : at + 2])
                names += [answer[at + 2 : at + 2 + size].decode()] if keep else []
                at += 2 + size
        return names

"""Kafka, MinIO and MongoDB: what each of some environments can do, and what it cannot.

FerretDB stands in for MongoDB. It refuses to make users with roles, so the one line that asks for them is taken out of the
bundles: who has the password of a user can do everything there, and only that nobody has another's is tried."""

import re

import probes
import servers
from checks import check, parts

MANIFEST = "second.yaml"
FILES = {"seed.js": "db.seeds.insertOne({ seeded: true });\n"}
KINDS = ["kafka", "minio", "mongodb"]
STORES = ["jobs", "files", "docs"]
# The services that make them.
MAKERS = ["jobs-prepare-create", "files-prepare", "docs-prepare-create"]


def rendered(bundle):
    file = bundle / "compose.yaml"
    text, count = re.subn(r"const roles = \[.*\];", "const roles = [];", file.read_text())
    assert count == 1, count
    file.write_text(text)


def documents(script, environments, urls=()):
    return servers.mongosh(script, urls or [e.env["DOCS_URL"] for e in environments])


def own(environments):
    said = []
    for e in environments:
        broker, prefix = probes.broker(e), e.env["JOBS_PREFIX"]
        said.append([
            broker.write(f"{prefix}jobs", e.id), broker.write(f"{prefix}jobs.dead", e.id), broker.create(f"{prefix}own") in ("done", "it exists"),
            broker.group(f"{prefix}group", f"{prefix}jobs"), broker.transaction(f"{prefix}work"), e.id.encode() in broker.read(f"{prefix}jobs")[1],
        ])
    check(f"each of {len(said)} writes to its queue and reads it, makes a topic, has a group and a transaction", all(one == ["done", "done", True, "done", "done", True] for one in said), said)
    said = []
    for e in environments:
        bucket = probes.bucket(e)
        said.append([bucket.ask("PUT", "own", e.id)[0], bucket.ask("GET", "own") == (200, e.id), bucket.names("own") == ["own"]])
    check("each writes to its bucket, reads and lists it", all(one == [200, True, True] for one in said), said)
    said = documents("""for (const url of urls) {
        const database = new Mongo(url).getDB(url.split("/").pop());
        database.own.updateOne({ _id: 1 }, { $set: { at: 1 } }, { upsert: true });
        print(database.own.countDocuments() + " " + database.seeds.countDocuments());
    }""", environments)
    check("each writes to its database in MongoDB's place, which was seeded once", said == ["1 1"] * len(environments), said)


def others(environments):
    brokers = {e.id: probes.broker(e) for e in environments}
    pairs = [(a, b) for a in environments for b in environments if a is not b]
    said = []
    for a, b in pairs:
        broker, theirs = brokers[a.id], b.env["JOBS_PREFIX"]
        topic, refused = f"{theirs}jobs", "topic refused"
        said.append([
            (broker.write(topic, "x"), refused), (broker.read(topic)[0], refused), (broker.end(topic)[0], refused), (broker.delete(topic), refused),
            (broker.create(f"{theirs}new"), refused), (broker.group(f"{theirs}group", f"{a.env['JOBS_PREFIX']}jobs"), "group refused"),
            (broker.delete_group(f"{theirs}group"), "group refused"), (broker.transaction(f"{theirs}work"), "transaction refused"),
        ])
    good = sum(all(found == wanted for found, wanted in one) for one in said)
    check(f"{good} of {len(pairs)} tries to write to, read, measure, remove and make another's topics, and to use its group and transaction: refused", good == len(pairs), said[:2])
    said = []
    for a, b in pairs:
        mine, theirs = probes.bucket(a), probes.bucket(b).name
        asked = [mine.ask("GET", "own", bucket=theirs), mine.ask("PUT", "own", "x", bucket=theirs), mine.ask("DELETE", "own", bucket=theirs),
                 mine.ask("GET", bucket=theirs, **{"list-type": "2"}), mine.ask("DELETE", bucket=theirs), mine.ask("GET", bucket=theirs, policy="")]
        said.append([(status, "AccessDenied" in text) for status, text in asked])
    good = sum(one == [(403, True)] * 6 for one in said)
    check(f"{good} of {len(pairs)} tries to read, write, remove and list in another's bucket, and to remove it: access denied", good == len(pairs), said[:2])
    urls = [a.env["DOCS_URL"].rsplit("/", 1)[0] + "/" + b.name("docs") for a, b in pairs]
    said = documents("""for (const url of urls) {
        try { new Mongo(url).getDB(url.split("/").pop()).own.findOne(); print("entered"); } catch (problem) { print(problem.message); }
    }""", (), urls)
    good = said.count("Authentication failed.")
    check(f"{good} of {len(pairs)} tries to log in to another's database in MongoDB's place: refused", good == len(pairs), said[:2])


def lists(environments):
    """What one environment sees of all."""
    a = environments[0]
    broker, prefix = probes.broker(a), a.env["JOBS_PREFIX"]
    seen = broker.topics()
    check("Kafka shows an environment its own topics and groups alone", len(seen) >= 4 and all(name.startswith(prefix) for name in seen) and broker.groups() == [f"{prefix}group"], (seen, broker.groups()))
    said = [broker.create(f"{prefix[:-1]}x"), broker.create("x"), broker.allow(parts(a, "JOBS_URL").username), broker.write("__consumer_offsets", "x")]
    check("and gives it no topic beside its prefix and no rule", said == ["topic refused", "topic refused", "cluster refused", "topic refused"], said)
    bucket = probes.bucket(a)
    seen = re.findall("<Name>([^<]*)</Name>", bucket.ask("GET", bucket="")[1])
    said = [bucket.ask("PUT", bucket="another-one")[0], bucket.ask("DELETE")[0]]
    check("MinIO shows an environment its own bucket alone, and lets it neither make another nor remove it", seen == [bucket.name] and said == [403, 403], (seen, said))
    call = f"MC_CONFIG_DIR=/tmp/asked MC_HOST_own=http://{bucket.user}:{bucket.password}@127.0.0.1:9000 mc admin"
    said = [servers.inside("minio", f"{call} {words} 2>&1 || true") for words in ("info own", "user list own", f"policy info own {bucket.user}", f"policy attach own consoleAdmin --user {bucket.user}")]
    check("and nothing of its administration", all("Access Denied" in one for one in said), said)


def left(environments):
    """What the servers still have of some environments."""
    from kafka import Kafka

    names = {e.name(store) for e in environments for store in STORES}
    buckets = {f"{e.id}--files" for e in environments}
    broker = Kafka(probes.WHERE, "admin", servers.ADMIN)
    found = [name for name in broker.topics() + broker.groups() if name.split("-")[0] in names]
    said = servers.inside("kafka", f"{servers.USERS} --describe; /opt/kafka/bin/kafka-acls.sh {servers.BROKER} --list")
    found += [word for word in re.findall(r"(?:user-principal '|name=|principal=User:)([a-z0-9_]+)", said) if word in names]
    said = servers.inside("minio", "mc ls shared; mc admin user list shared; mc admin policy list shared")
    found += [word for word in re.findall(r"[a-z0-9_-]+", said) if word in names | buckets]
    said = servers.mongosh("""for (const { name } of admin.getDB("admin").adminCommand({ listDatabases: 1, nameOnly: true }).databases) print(name);
        for (const { db } of admin.getDB("admin").system.users.find().toArray()) print(db);
        for (const { _id } of admin.getDB("previewc").owner.find().toArray()) print(_id);""")
    return found + [word for word in said if word.split("-")[0] in names]


def opened(environments):
    """Connections that nobody closes."""
    return [(probes.broker(e), e) for e in environments]


def closed(sessions):
    """What is left of them once their environments are gone."""
    said = [broker.write(f"{e.env['JOBS_PREFIX']}jobs", "x") for broker, e in sessions]
    check("an old connection to Kafka has no rights any more", set(said) == {"topic refused"}, said)
    said = [probes.bucket(e).ask("GET", "own") for _, e in sessions]
    check("old keys open no bucket any more", all(status == 403 and "InvalidAccessKeyId" in text for status, text in said), said)

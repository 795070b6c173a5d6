"""PostgreSQL, MariaDB, RabbitMQ and Redis: what each of many environments can do, and what it cannot."""

import probes
import servers
from checks import check, parts

MANIFEST = "preview.yaml"
FILES = {}
KINDS = ["postgres", "mariadb", "rabbitmq", "redis"]
STORES = ["db", "my", "jobs", "cache"]
# The services that make them.
MAKERS = ["db-prepare", "my-prepare", "jobs-prepare-create", "cache-prepare"]
OPEN = [("postgres", "DB_URL"), ("mariadb", "MY_URL")]


def own(environments):
    for kind, variable in (("postgres", "DB_URL"), ("mariadb", "MY_URL")):
        said = probes.tries(kind, [(e.env[variable], parts(e, variable).path[1:]) for e in environments])
        check(f"each of {len(environments)} enters its own database on {kind}", all(line.strip() == "entered" for line in said), said)
    said = [probes.amqp((u := parts(e, "JOBS_URL")).username, u.password, u.path[1:]) for e in environments]
    check("each opens its own vhost", set(said) == {"open"}, said)
    said = []
    for e in environments:
        redis = probes.Redis((u := parts(e, "CACHE_URL")).username, u.password)
        said += [redis.ask("SET", e.env["CACHE_PREFIX"] + "own", e.id), redis.ask("EVAL", "return redis.call('GET', KEYS[1])", "1", e.env["CACHE_PREFIX"] + "own")]
    check("each writes and reads its own keys, by scripts too", said == [x for e in environments for x in ("OK", e.id)], said)


def others(environments):
    pairs = [(a, b) for a in environments for b in environments if a is not b]
    total = len(pairs)
    for kind, variable, words in (
        ("postgres", "DB_URL", "permission denied for database"),
        ("mariadb", "MY_URL", "ERROR 1044"),  # access denied to the database
    ):
        said = probes.tries(kind, [(a.env[variable], parts(b, variable).path[1:]) for a, b in pairs])
        refused = sum(words in line for line in said)
        check(f"{refused} of {total} tries to enter another's database on {kind}: permission denied", refused == total == len(said),
              [line for line in said if words not in line][:3])
    said = [probes.amqp((u := parts(a, "JOBS_URL")).username, u.password, parts(b, "JOBS_URL").path[1:]) for a, b in pairs]
    refused = sum("NOT_ALLOWED" in line for line in said)
    check(f"{refused} of {total} tries to open another's vhost: access refused", refused == total, said[:3])
    said = []
    for a in environments:
        redis = probes.Redis((u := parts(a, "CACHE_URL")).username, u.password)
        for b in environments:
            if a is not b:
                key = b.env["CACHE_PREFIX"] + "own"
                said.append([redis.ask("GET", key), redis.ask("SET", key, "x"), redis.ask("PUBLISH", key, "x"), redis.ask("EVAL", f"return redis.call('GET', '{key}')", "0")])
    refused = sum(all(word.startswith("-") and ("NOPERM" in word or "No permissions" in word or "can't access" in word or "permission" in word.lower()) for word in four) for four in said)
    check(f"{refused} of {total} tries to read, write, publish and run a script on another's keys: no permission", refused == total, said[:2])


def lists(environments):
    """What one environment sees of all."""
    a = environments[0]
    redis = probes.Redis((u := parts(a, "CACHE_URL")).username, u.password)
    said = [redis.ask(*words) for words in (["KEYS", "*"], ["SCAN", "0"], ["RANDOMKEY"], ["FLUSHALL"], ["FLUSHDB"], ["ACL", "LIST"], ["CONFIG", "GET", "*"], ["FUNCTION", "LIST"], ["PUBSUB", "CHANNELS"], ["MONITOR"])]
    check("Redis lists and flushes nothing for an environment", all(word and word[0] == "-" for word in said), said)
    u = parts(a, "JOBS_URL")
    vhosts = probes.management(u.username, u.password, "vhosts")
    users = probes.management(u.username, u.password, "users")
    other = probes.management(u.username, u.password, f"queues/{environments[1].name('jobs')}")
    check("RabbitMQ shows an environment its own vhost alone", ([v["name"] for v in vhosts[1]] if vhosts[0] == 200 else []) == [u.path[1:]] and users[0] == 401 and other[0] == 401, (vhosts, users, other))
    client = probes.session("mariadb", a.env["MY_URL"])
    said = client.communicate("SHOW DATABASES; SELECT count(*) FROM information_schema.processlist WHERE user <> current_user();\n")[0].split()
    check("MariaDB shows an environment no other's database", not [name for name in said if name.startswith(a.app.replace("-", "_")) and name != a.name("my")], said)
    # Databases' names are no secret in PostgreSQL; what is in them is.
    client = probes.session("postgres", a.env["DB_URL"])
    said = client.communicate("CREATE DATABASE more; CREATE ROLE more; ALTER ROLE CURRENT_USER SUPERUSER;\n")[1]
    check("PostgreSQL gives an environment no database, role or rights beside its own", said.count("ERROR") >= 1 and "permission denied" in said or "must be superuser" in said, said)


def left(environments):
    """What the servers still have of some environments."""
    found = []
    names = {e.name(store) for e in environments for store in ("db", "my", "jobs", "cache")}
    found += [n for n in servers.sql("postgres", "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles;\n") if n in names]
    found += [n for n in servers.sql("mariadb", "SELECT schema_name FROM information_schema.schemata; SELECT user FROM mysql.user; SELECT name FROM previewc.owner; SELECT table_name FROM information_schema.tables WHERE table_schema = 'previewc'; SELECT db FROM mysql.db; SELECT user FROM mysql.tables_priv;\n") if n.replace("\\", "") in names]
    for path in ("vhosts", "users"):
        found += [one["name"] for one in probes.management("admin", servers.ADMIN, path)[1] if one["name"] in names]
    redis = probes.Redis("default", servers.ADMIN)
    found += [n for n in redis.ask("ACL", "USERS") if n in names]
    found += [key for key in redis.ask("KEYS", "*") if any(name in key for name in names)]
    return found


def rendered(bundle):
    """What a stand-in cannot do is taken out; here nothing."""


def opened(environments):
    """Connections that nobody closes."""
    found = [probes.session(kind, e.env[variable]) for e in environments for kind, variable in OPEN]
    for one in found:
        one.stdin.write("SELECT 1;\n")
        one.stdout.readline()
    return found


def closed(sessions):
    """What is left of them once their environments are gone."""
    for one in sessions:
        one.kill()

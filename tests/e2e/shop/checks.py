"""The checks of tests/e2e/shop/run, one function each. What they must remember stands in the file $E2E_STATE."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import docker
from stack import Stack, foreign

BOTH = (142, 143)
STORES = {"db": (5432,), "jobs": (5672, 15672), "cache": (6379,)}
SEEDED_PRODUCTS = 5

# Run in a container: which of these addresses can be reached?
KNOCK = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def knock(door):
    try:
        socket.create_connection(door, 3).close()
        return True
    except OSError:
        return False
doors = [tuple(door) for door in json.loads(sys.argv[1])]
with ThreadPoolExecutor(32) as pool:
    print(json.dumps([door for door, is_open in zip(doors, pool.map(knock, doors)) if is_open]))
"""

# Run in a container: what do the three servers say to these credentials? An address that does not answer is no refusal.
LOG_IN = """
import json, os, pika, psycopg2, redis
def database():
    try:
        psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=5).close()
    except psycopg2.OperationalError as error:
        return "refused" if "authentication failed" in str(error) else "error"
    return "accepted"
def broker():
    try:
        pika.BlockingConnection(pika.URLParameters(os.environ["QUEUE_URL"])).close()
    except (pika.exceptions.ProbableAuthenticationError, pika.exceptions.AuthenticationError):
        return "refused"
    except pika.exceptions.AMQPError:
        return "error"
    return "accepted"
def cache():
    try:
        redis.Redis.from_url(os.environ["CACHE_URL"], socket_timeout=5).ping()
    except (redis.AuthenticationError, redis.ResponseError):
        return "refused"
    except redis.RedisError:
        return "error"
    return "accepted"
print(json.dumps({"db": database(), "jobs": broker(), "cache": cache()}))
"""


class State(dict):
    """What one step leaves for the next, and the results."""

    def __init__(self):
        self.path = Path(os.environ["E2E_STATE"])
        super().__init__(json.loads(self.path.read_text()) if self.path.exists() else {})
        for key, value in {"passed": 0, "failed": 0, "orders": {}, "poison": {}, "images": [], "volumes": []}.items():
            self.setdefault(key, value)

    def save(self):
        self.path.write_text(json.dumps(self))

    def expect(self, holds, text, detail=""):
        self["passed" if holds else "failed"] += 1
        print(f"{'ok   ' if holds else 'FAIL '} {text}", flush=True)
        for line in [] if holds else str(detail).splitlines()[:12]:
            print(f"       {line}")


def record(state, outcome, text):
    state.expect(outcome == "pass", text)


def summary(state):
    print(f"{state['passed']} passed, {state['failed']} failed")
    return 0 if state["passed"] and not state["failed"] else 1


def answers(state):
    for pr in BOTH:
        stack = Stack(pr)
        status, headers, page = stack.request("GET", "/")
        fits = status == 200 and headers["X-Preview-Env"] == stack.id and f'"{stack.url}/api"' in page
        state.expect(fits, f"{stack.url}/ is {stack.id}'s page and knows its API's address", page)
        overview = stack.json("GET", "/api")
        fits = (overview["preview_env"], overview["url"]) == (stack.id, stack.url)
        state.expect(fits, f"{stack.url}/api answers as {stack.id}", overview)
        doors = [
            f"{port} of {one['Name']} on {door['HostIp']}:{door['HostPort']}"
            for one in docker.containers(stack.id)
            for port, bound in (one["NetworkSettings"]["Ports"] or {}).items()
            for door in bound or []
        ]
        fits = len(doors) == 1 and doors[0].endswith(f"127.0.0.1:{urlsplit(stack.url).port}")
        state.expect(fits, f"{stack.id} publishes one port, on 127.0.0.1", "\n".join(doors))


def orders(state, count):
    """Posts while the workers are stopped, so that the jobs can be looked at in the brokers, and then lets them work."""
    stacks = [Stack(pr) for pr in BOTH]
    workers = [stack.service("mailer") for stack in stacks]
    docker.docker("stop", *workers)
    for stack in stacks:
        state["orders"][stack.id] = stack.post(int(count))
    for stack in stacks:
        messages, held = stack.messages("jobs"), stack.queues()["jobs"]
        own = [m for m in messages if m["preview_env"] == stack.id and m["order"] in state["orders"][stack.id]]
        fits = len(own) == len(messages) == held == int(count)
        state.expect(fits, f"{stack.id}'s broker holds {held} jobs, {len(messages) - len(own)} of them foreign", messages[:3])
    docker.docker("start", *workers)
    begun = time.monotonic()
    left = [stack.settle(state["orders"][stack.id], 60) for stack in stacks]
    total = sum(len(ids) for ids in state["orders"].values())
    spent = time.monotonic() - begun
    state.expect(not any(left), f"{total - sum(left)} of {total} orders handled in {spent:.1f} s", left)


def isolation(state):
    stacks = [Stack(pr) for pr in BOTH]
    crossings, text = crossings_in(state, stacks)
    state.expect(not crossings, f"0 crossings: {text}", "\n".join(crossings))
    for stack in stacks:
        ids, env = state["orders"][stack.id], {stack.id}
        seen = [stack.json("GET", f"/api/orders/{one}") for one in ids]
        whole = [
            one
            for one in seen
            if {one["preview_env"], one["order"]["preview_env"], one["order"]["handled_by"], one["job"]["job_env"]} == env
            and {one["job"]["worker_env"], one["cache"]["preview_env"], one["cache"]["job_env"]} == env
        ]
        state.expect(len(whole) == len(ids), f"{stack.id} shows row, job and cache value of {len(whole)} of {len(ids)} orders")
        _, counts = foreign(stack, ids, [])
        fits = set(counts.values()) == {len(ids)}
        state.expect(
            fits,
            f"{stack.id} holds nothing but its orders: {counts['rows']} rows, {counts['jobs']} jobs, {counts['keys']} keys",
            counts,
        )


def crossings_in(state, stacks):
    """The check itself: everything foreign in the stores of all environments. Also run where it must fail."""
    found, figures = [], []
    for stack in stacks:
        lines, counts = foreign(stack, state["orders"][stack.id], state["poison"].get(stack.id, []))
        found += [f"{stack.id}: {line}" for line in lines]
        figures.append(f"{stack.id} " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    return found, "; ".join(figures)


def dead_letters(state):
    """A job that always fails is tried again as often as the manifest says and then rests in its own dead-letter queue."""
    mine, other = (Stack(pr) for pr in BOTH)
    state["poison"][mine.id] = mine.post(1, "poison")
    end = time.monotonic() + 60
    while mine.queues().get("jobs.dead", 0) < 1 and time.monotonic() < end:
        time.sleep(0.5)
    dead, queues = mine.messages("jobs.dead"), mine.queues()
    fits = [job["order"] for job in dead] == state["poison"][mine.id] and queues["jobs"] == 0
    state.expect(fits, f"{mine.id}: the poisoned job rests in jobs.dead", queues)
    attempts = mine.sql(f"SELECT attempts FROM jobs WHERE order_id = '{state['poison'][mine.id][0]}'")
    state.expect(attempts == [("6",)], f"it was tried {attempts[0][0] if attempts else 0} times: once and 5 retries", attempts)
    dead = other.queues().get("jobs.dead", -1)
    state.expect(dead == 0, f"{other.id}'s own jobs.dead exists and is empty", dead)


def cron(state):
    """The digest runs when it is asked for, as its own environment, and a crontab would run it by the clock."""
    mine = Stack(142)
    script = str(mine.bundle / "cron.sh")
    lines = subprocess.run([script, "--crontab"], check=True, capture_output=True, text=True).stdout.splitlines()
    state.expect(f"0 6 * * * '{script}' digest" in lines, "142's cron.sh writes the digest's line for a crontab", "\n".join(lines))
    ran = subprocess.run([script, "digest"], check=False, capture_output=True, text=True)
    rows = mine.sql("SELECT preview_env, orders FROM digests")
    fits = ran.returncode == 0 and rows == [(mine.id, str(len(mine.sql("SELECT 1 FROM orders"))))]
    state.expect(fits, f"142's digest ran once and counted {rows[0][1] if rows else 0} orders", ran.stderr[-400:])


def doors_of(stack):
    found = []
    for service, ports in STORES.items():
        networks = docker.inspect(stack.service(service))[0]["NetworkSettings"]["Networks"]
        found += [(net["IPAddress"], port) for net in networks.values() for port in ports]
    return found


def unreachable(state):
    mine, other = (Stack(pr) for pr in BOTH)
    doors = doors_of(other)

    def knock(stack, at):
        return json.loads(docker.run_in(stack.service("api"), ["python3", "-", json.dumps(at)], stdin=KNOCK))

    state.expect(len(knock(other, doors)) == len(doors), f"{other.id}'s stores answer at {len(doors)} addresses to {other.id}")
    got = knock(mine, doors)
    state.expect(not got, f"{len(got)} of them to {mine.id}", got)
    names = [(one["Name"].lstrip("/"), port) for one in docker.containers(other.id) for port in (5432, 5672, 6379, 8080)]
    got = knock(mine, names)
    state.expect(not got, f"{len(got)} of {other.id}'s containers answer to {mine.id} by name", got)
    networks = docker.inspect(mine.service("api"))[0]["NetworkSettings"]["Networks"].values()
    host = [(net["Gateway"], urlsplit(other.url).port) for net in networks if net["Gateway"]]
    got = knock(mine, host)
    state.expect(not got, f"{other.id}'s gateway does not answer to {mine.id} through the host", got)


def refused(state):
    """One client, in 143's network, first with 143's credentials and then with 142's."""
    mine, other = (Stack(pr) for pr in BOTH)
    image = docker.inspect(other.service("api"))[0]["Image"]
    wanted = ("DATABASE_URL", "QUEUE_URL", "CACHE_URL")

    def log_in(stack):
        env = {name: stack.variables()[name] for name in wanted}
        names = [word for name in wanted for word in ("-e", name)]
        net = docker.network(other.service("db"))[0]
        return json.loads(
            docker.docker("run", "--rm", "-i", "--network", net, *names, image, "python3", "-", env=env, stdin=LOG_IN)
        )

    said = log_in(other)
    state.expect(set(said.values()) == {"accepted"}, f"{other.id}'s servers accept {other.id}'s credentials", said)
    said = log_in(mine)
    state.expect(
        set(said.values()) == {"refused"}, f"{other.id}'s servers refuse {mine.id}'s credentials: db, broker and cache", said
    )
    values = [{stack.variables()[name] for name in (*wanted, "SESSION_KEY")} for stack in (mine, other)]
    state.expect(not values[0] & values[1], "the two have no credential and no session key in common")


def facts_of(stack):
    """What a repeated run of the migration or the seed would change, seen in the database."""
    return {
        "runs": len(stack.sql("SELECT 1 FROM migration_runs")),
        "applied": [name for name, *_ in stack.sql("SELECT name FROM schema_migrations ORDER BY name")],
        "products": len(stack.sql("SELECT 1 FROM products")),
        "orders": sorted(name for name, *_ in stack.sql("SELECT id FROM orders")),
        "keys": sorted(stack.cached()),
        "queues": stack.queues(),
    }


def remember(state):
    state["images"] = sorted({*state["images"], *built_images(Stack(142))})
    state["volumes"] = sorted({*state["volumes"], *docker.volumes(Stack(142).id)})
    state["before"] = {}
    for pr in BOTH:
        stack = Stack(pr)
        running = {one["Id"]: one["State"]["StartedAt"] for one in docker.containers(stack.id)}
        state["before"][stack.id] = {**facts_of(stack), "running": running}


def built_images(stack):
    return {docker.inspect(stack.service(name))[0]["Image"] for name in ("web", "api", "mailer")}


def ran_once(state):
    for pr in BOTH:
        stack = Stack(pr)
        before, now = state["before"][stack.id], facts_of(stack)
        fits = now["runs"] == before["runs"] == 1 and now["applied"] == before["applied"]
        state.expect(
            fits,
            f"{stack.id}: the migration has run {now['runs']} time, {len(now['applied'])} files",
            (before["runs"], now["runs"]),
        )
        fits = now["products"] == before["products"] == SEEDED_PRODUCTS
        state.expect(
            fits, f"{stack.id}: the seed has run once, {now['products']} products", (before["products"], now["products"])
        )
        kept = all(now[what] == before[what] for what in ("orders", "keys", "queues"))
        state.expect(kept, f"{stack.id}: {len(now['orders'])} orders, {len(now['keys'])} keys and the queues are as before")


def pushed(state, migration):
    mine, other = (Stack(pr) for pr in BOTH)
    before, now = state["before"][mine.id], facts_of(mine)
    overview = mine.json("GET", "/api")
    state.expect(overview.get("release") == 2, "142 answers with the pushed code", overview)
    fits = now["runs"] == before["runs"] + 1 and now["applied"] == [*before["applied"], migration]
    state.expect(fits, f"the new migration was applied, by one run more ({now['runs']})", now["applied"])
    state.expect(now["products"] == SEEDED_PRODUCTS, f"the seed did not run again, {now['products']} products")
    kept = all(now[what] == before[what] for what in ("orders", "keys", "queues"))
    state.expect(
        kept,
        f"its data is kept: {len(now['orders'])} orders, {len(now['keys'])} keys, {now['queues'].get('jobs.dead')} dead letter",
    )
    one = mine.post(1)
    state["orders"][mine.id] += one
    state.expect(mine.settle(one, 30) == 0, "an order posted after the push is handled")
    before, running = state["before"][other.id], {c["Id"]: c["State"]["StartedAt"] for c in docker.containers(other.id)}
    state.expect(running == before["running"], f"none of 143's {len(running)} containers was recreated or started again")
    same = facts_of(other) == {what: before[what] for what in before if what != "running"}
    state.expect(same, "143's data is as before")


def control(state):
    """142's worker is given 143's broker on purpose. The check that found nothing must find it."""
    mine, other = (Stack(pr) for pr in BOTH)
    broker, net = other.service("jobs"), docker.network(mine.service("mailer"))[0]
    worker = docker.inspect(mine.service("mailer"))[0]
    stand_in = f"{mine.id}-misled"
    docker.docker("network", "connect", "--alias", "broker-of-143", net, broker)
    docker.docker("stop", worker["Id"])
    try:
        at = urlsplit(other.variables()["QUEUE_URL"])
        shared = at._replace(netloc=at.netloc.replace(f"@{at.hostname}:", "@broker-of-143:")).geturl()
        env = {**docker.environment(worker["Id"]), "QUEUE_URL": shared}
        names = [word for name in env for word in ("-e", name)]
        words = [*(worker["Config"]["Entrypoint"] or []), *(worker["Config"]["Cmd"] or [])]
        image = worker["Config"]["Image"]
        docker.docker("run", "-d", "--name", stand_in, "--network", net, *names, "--entrypoint", words[0], image, *words[1:], env=env)
        for stack in (mine, other):
            state["orders"][stack.id] += stack.post(40)
        other.settle(state["orders"][other.id], 15)
        crossings, _ = crossings_in(state, [mine, other])
        state.expect(crossings, f"with a shared broker the same check finds {len(crossings)} crossings")
    finally:
        docker.docker("rm", "-fv", stand_in, check=False)
        docker.docker("network", "disconnect", net, broker)
        docker.docker("start", worker["Id"])


def gone(state):
    mine, other = (Stack(pr) for pr in BOTH)
    left = docker.left_of(mine.id, state["volumes"], state["images"])
    had = f"of {len(state['volumes'])} volumes and {len(state['images'])} images in all"
    state.expect(not any(left.values()), f"142 leaves {', '.join(f'{n} {what}' for what, n in left.items())} {had}")
    verify = [command for step in mine.teardown for command in step.get("verify", [])]
    said = "".join(docker.docker(*command[1:]) for command in verify if command[0] == "docker")
    state.expect(verify and not said, f"the teardown's own {len(verify)} verifications say so too", said)
    status, headers, _ = other.request("GET", "/")
    overview = other.json("GET", "/api")
    fits = status == 200 and headers["X-Preview-Env"] == overview["preview_env"] == other.id
    state.expect(fits, "143 still answers, its page and its API")
    running = {c["Id"]: c["State"]["StartedAt"] for c in docker.containers(other.id)}
    state.expect(running == state["before"][other.id]["running"], "143's containers are the same ones")
    one = other.post(1)
    state.expect(other.settle(one, 30) == 0, "143 handles another order")


def main(name, *args):
    state = State()
    checks = (
        record,
        summary,
        answers,
        orders,
        isolation,
        dead_letters,
        cron,
        unreachable,
        refused,
        remember,
        ran_once,
        pushed,
        control,
        gone,
    )
    check = {one.__name__: one for one in checks}[name]
    try:
        return check(state, *args) or 0
    except Exception as error:  # a check that cannot be made has failed; the others still run
        state.expect(False, f"{name} could not be checked", f"{type(error).__name__}: {error}")
        return 0
    finally:
        state.save()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

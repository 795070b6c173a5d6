"""The shared servers: one container each, published on the address of the engine's own bridge, which every environment reaches."""

import os
import subprocess
import time

ADMIN = "q'u\"o`te $x ${y} \\ end"  # what scripts must carry through
PREFIX = "previewc-e2e-scoped"
REDIS = r"""[ -f /tmp/redis.conf ] || {
  password=$(printf %s "$PASSWORD" | od -An -v -tx1 | tr -d ' \n' | sed 's/../\\x&/g')
  printf 'requirepass "%s"\nprotected-mode no\ndir /data\nappendonly yes\n' "$password" >/tmp/redis.conf
}
exec redis-server /tmp/redis.conf"""
KINDS = {
    "postgres": ("postgres:16", {"POSTGRES_PASSWORD": ADMIN}, [5432], []),
    "mariadb": ("mariadb:11", {"MARIADB_ROOT_PASSWORD": ADMIN}, [3306], []),
    "rabbitmq": (
        "rabbitmq:3.13-management",
        {"RABBITMQ_DEFAULT_USER": "admin", "RABBITMQ_DEFAULT_PASS": ADMIN},
        [5672, 15672],
        [],
    ),
    "redis": ("redis:7", {"PASSWORD": ADMIN}, [6379], ["sh", "-c", REDIS]),
}


def docker(*args, env=None, stdin=None, check=True, timeout=300):
    done = subprocess.run(
        ["docker", *args], check=False, env={**os.environ, **(env or {})}, input=stdin,
        capture_output=True, text=True, timeout=timeout,
    )
    if check and done.returncode:
        raise RuntimeError(f"docker {' '.join(args[:4])}: {done.stderr.strip()[-400:]}")
    return done.stdout


def name(kind):
    return f"{PREFIX}-{kind}"


def gateway():
    # `docker network inspect` does not always name it.
    return docker("run", "--rm", "busybox:1.37.0-musl", "ip", "route").split("default via ")[1].split()[0]


def start():
    """Starts every server; returns what the manifest's placeholders stand for."""
    host = gateway()
    values = {"host": host}
    for kind, (image, env, ports, command) in KINDS.items():
        docker("rm", "-fv", name(kind), check=False)
        names = [word for variable in env for word in ("-e", variable)]
        published = [word for port in ports for word in ("-p", f"{host}::{port}")]
        docker("run", "-d", "--name", name(kind), *names, *published, image, *command, env=env)
    for kind, (_, _, ports, _) in KINDS.items():
        for port in ports:
            # An ephemeral port changes with a restart of the container: see `again`.
            found = docker("port", name(kind), str(port)).split()[0].rsplit(":", 1)[1]
            values["management" if port == 15672 else kind] = found
    return values


def stop():
    for kind in KINDS:
        docker("rm", "-fv", name(kind), check=False)


def sql(kind, text, check=True):
    """What a statement prints, asked as the administrator."""
    if kind == "postgres":
        command = ["psql", "-X", "-q", "-At", "-h", "127.0.0.1", "-U", "postgres", "-v", "ON_ERROR_STOP=1"]
        env = {"PGPASSWORD": ADMIN}
    else:
        command, env = ["mariadb", "-h", "127.0.0.1", "-u", "root", "-BN"], {"MYSQL_PWD": ADMIN}
    names = [word for variable in env for word in ("-e", variable)]
    return docker("exec", "-i", *names, name(kind), *command, env=env, stdin=text, check=check).split("\n")[:-1]


def ready(tries=90):
    """Waits for all of them."""
    import probes

    def answers(check):
        for _ in range(tries):
            try:
                if check():
                    return True
            except (OSError, RuntimeError):
                pass
            time.sleep(1)
        return False

    for kind in ("postgres", "mariadb"):
        assert answers(lambda kind=kind: sql(kind, "SELECT 1;\n") == ["1"]), kind
    assert answers(lambda: probes.management("admin", ADMIN, "whoami")[0] == 200), "rabbitmq"
    assert answers(lambda: probes.Redis("default", ADMIN).ask("PING") == "PONG"), "redis"

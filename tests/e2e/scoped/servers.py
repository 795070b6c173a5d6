"""The shared servers: one container each, published on the address of the engine's own bridge, which every environment reaches."""

import os
import socket
import subprocess
import time

ADMIN = "q'u\"o`te $x ${y} \\ end"  # what scripts must carry through
PREFIX = "previewc-e2e-scoped"
REDIS = r"""[ -f /tmp/redis.conf ] || {
  password=$(printf %s "$PASSWORD" | od -An -v -tx1 | tr -d ' \n' | sed 's/../\\x&/g')
  printf 'requirepass "%s"\nprotected-mode no\ndir /data\nappendonly yes\n' "$password" >/tmp/redis.conf
}
exec redis-server /tmp/redis.conf"""
# Clients log in, and nobody may do what no rule allows; who comes from inside of the container is an administrator.
KAFKA = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@127.0.0.1:9093",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
    "KAFKA_LISTENERS": "CLIENTS://:9092,CONTROLLER://127.0.0.1:9093,INSIDE://127.0.0.1:9094",
    "KAFKA_ADVERTISED_LISTENERS": "CLIENTS://@host@:@port@,INSIDE://127.0.0.1:9094",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CLIENTS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT",
    "KAFKA_SASL_ENABLED_MECHANISMS": "SCRAM-SHA-512",
    "KAFKA_LISTENER_NAME_CLIENTS_SCRAM___SHA___512_SASL_JAAS_CONFIG": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    "KAFKA_AUTHORIZER_CLASS_NAME": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "KAFKA_SUPER_USERS": "User:admin;User:ANONYMOUS",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "1",
    "KAFKA_HEAP_OPTS": "-Xms256m -Xmx256m",
}
MINIO = "minio/minio:RELEASE.2025-09-07T16-13-09Z"
# In MongoDB's place: it keeps users and their passwords, and no roles.
FERRETDB = """cd /data/db
FERRETDB_SETUP_PASSWORD=$PASSWORD exec ferretdb --handler=sqlite --sqlite-url=file:/data/db/ --state-dir=/data/db --telemetry=disable \\
  --log-level=error --listen-addr=:27017 --debug-addr=- --test-enable-new-auth --setup-database=admin --setup-username=admin"""
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
    "kafka": ("apache/kafka:4.1.1", KAFKA, [9092], []),
    "minio": (MINIO, {"MINIO_ROOT_USER": "admin", "MINIO_ROOT_PASSWORD": ADMIN}, [9000], ["minio", "server", "/data", "--address", ":9000"]),
    "mongodb": ("mongo:7", {"PASSWORD": ADMIN}, [27017], ["sh", "-c", FERRETDB]),
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


def free(host):
    """A port that nobody uses: a broker must know where it is reached before it starts."""
    with socket.create_server((host, 0)) as taken:
        return str(taken.getsockname()[1])


def start(kinds):
    """Starts servers; returns what the manifest's placeholders stand for."""
    host = gateway()
    values = {"host": host}
    for kind in kinds:
        image, env, ports, command = KINDS[kind]
        docker("rm", "-fv", name(kind), check=False)
        outside = free(host) if kind == "kafka" else ""
        env = {key: value.replace("@host@:@port@", f"{host}:{outside}") for key, value in env.items()}
        names = [word for variable in env for word in ("-e", variable)]
        published = [word for port in ports for word in ("-p", f"{host}:{outside}:{port}")]
        entry = ["--entrypoint", command[0]] if kind in ("minio", "mongodb") else []
        docker("run", "-d", "--name", name(kind), *names, *published, *entry, image, *command[len(entry) // 2 :], env=env)
    for kind in kinds:
        for port in KINDS[kind][2]:
            # An ephemeral port changes with a restart of the container: see `again`.
            found = docker("port", name(kind), str(port)).split()[0].rsplit(":", 1)[1]
            values["management" if port == 15672 else kind] = found
    return values


def stop(kinds):
    for kind in kinds:
        docker("rm", "-fv", name(kind), check=False)


def inside(kind, script, stdin=None, check=True):
    """What a script prints in a server's container."""
    return docker("exec", "-i", name(kind), "sh", "-c", script, stdin=stdin, check=check)


def sql(kind, text, check=True):
    """What a statement prints, asked as the administrator."""
    if kind == "postgres":
        command = ["psql", "-X", "-q", "-At", "-h", "127.0.0.1", "-U", "postgres", "-v", "ON_ERROR_STOP=1"]
        env = {"PGPASSWORD": ADMIN}
    else:
        command, env = ["mariadb", "-h", "127.0.0.1", "-u", "root", "-BN"], {"MYSQL_PWD": ADMIN}
    names = [word for variable in env for word in ("-e", variable)]
    return docker("exec", "-i", *names, name(kind), *command, env=env, stdin=text, check=check).split("\n")[:-1]


BROKER = "--bootstrap-server 127.0.0.1:9094"
USERS = f"/opt/kafka/bin/kafka-configs.sh {BROKER} --entity-type users"


def broker():
    """Gives the broker its administrator."""
    words = "SCRAM-SHA-512=password=" + ADMIN.replace("\\", "\\\\") + "\n"
    return "Completed" in inside("kafka", f"{USERS} --entity-name admin --alter --add-config-file /dev/stdin", stdin=words)


def store():
    """Tells the client in the server's container who the administrator is."""
    return "Added" in inside("minio", 'printf "%s\\n" "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD" | mc alias set shared http://127.0.0.1:9000 && mc ls shared')


def mongosh(script, urls=()):
    """What a script prints, line by line. `admin` in it is the administrator's connection, `urls` a list."""
    begin = """const admin = new Mongo("mongodb://admin:" + encodeURIComponent(process.env.PASSWORD) + "@127.0.0.1/?authSource=admin");
        const urls = process.env.URLS.split(" ");"""
    words = ["mongosh", "--nodb", "--quiet", "--norc", "--eval", begin, "--eval", script]
    return docker("exec", "-e", "URLS", "-e", "HOME=/tmp", name("mongodb"), *words, env={"URLS": " ".join(urls)}).split("\n")[:-1]


def ready(kinds, tries=90):
    """Waits for all of them."""
    import probes

    answers = {
        "postgres": lambda: sql("postgres", "SELECT 1;\n") == ["1"],
        "mariadb": lambda: sql("mariadb", "SELECT 1;\n") == ["1"],
        "rabbitmq": lambda: probes.management("admin", ADMIN, "whoami")[0] == 200,
        "redis": lambda: probes.Redis("default", ADMIN).ask("PING") == "PONG",
        "kafka": broker,
        "minio": store,
        "mongodb": lambda: mongosh('print(admin.getDB("admin").hello().isWritablePrimary)') == ["true"],
    }
    for kind in kinds:
        for _ in range(tries):
            try:
                if answers[kind]():
                    break
            except (OSError, RuntimeError):
                pass
            time.sleep(1)
        else:
            raise RuntimeError(f"{kind} does not answer")

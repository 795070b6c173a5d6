"""The docker command line, as little of it as the checks need. Secrets travel in environments, never in arguments."""

import json
import os
import subprocess

# Every target puts this on everything that it makes.
ENVIRONMENT = "previewc.dev/environment"


def docker(*args, env=None, stdin=None, check=True):
    done = subprocess.run(
        ["docker", *args],
        check=False,
        env={**os.environ, **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if check and done.returncode:
        raise RuntimeError(f"docker {' '.join(args[:3])}: {done.stderr.strip()[-400:]}")
    return done.stdout


def lines(*args):
    return docker(*args).split()


def container(project, service):
    """The id of a service's running container. Compose numbers the containers of a service."""
    found = lines("ps", "-q", "--filter", f"label={ENVIRONMENT}={project}", "--filter", f"name=^/{project}[-_]{service}(-1)?$")
    if len(found) != 1:
        raise RuntimeError(f"{project}: {len(found)} running containers for the service {service}")
    return found[0]


def inspect(*ids):
    return json.loads(docker("inspect", *ids)) if ids else []


def containers(project):
    """Every container of an environment, those that have ended too, as `docker inspect` shows it."""
    return inspect(*lines("ps", "-aq", "--filter", f"label={ENVIRONMENT}={project}"))


def environment(container_id):
    """The environment a container was created with."""
    return dict(entry.split("=", 1) for entry in inspect(container_id)[0]["Config"]["Env"])


def network(container_id):
    """The names of the networks a container is in."""
    return sorted(inspect(container_id)[0]["NetworkSettings"]["Networks"])


def run_in(container_id, command, env=None, stdin=None):
    """Runs a command in a running container; `env` reaches it without standing in the argument list."""
    names = [word for name in (env or {}) for word in ("-e", name)]
    return docker("exec", "-i", *names, container_id, *command, env=env, stdin=stdin)


def volumes(project):
    """The names of all volumes that a project's containers hold; those without a name of their own bear no label."""
    return {mount["Name"] for one in containers(project) for mount in one["Mounts"] if mount["Type"] == "volume"}


def left_of(project, held, images):
    """How much of a project is still there, and how many of the volumes and images that it had at any time."""
    label = f"label={ENVIRONMENT}={project}"
    known = set(lines("image", "ls", "-aq", "--no-trunc"))
    return {
        "containers": len(lines("ps", "-aq", "--filter", label)),
        "networks": len(lines("network", "ls", "-q", "--filter", label)),
        "volumes": len(set(lines("volume", "ls", "-q", "--filter", label)) | set(held) & set(lines("volume", "ls", "-q"))),
        "images": len((set(lines("image", "ls", "-q", "--no-trunc", "--filter", label)) | set(images)) & known),
    }

"""A recipe's store on a Docker engine: the server as its container states it, the steps as its client runs them.

Both run as the recipe's numeric user with every capability dropped and no way to new privileges, as the targets run them.
"""

import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import yaml

RECIPES = Path(__file__).resolve().parents[3] / "templates" / "recipes"
# Where a registry cannot be reached, images of the same protocol stand in; what runs is printed.
STAND_INS = {"mysql": "mariadb:11", "valkey": "redis:7"}
# Two runs at once do not meet.
RIG = f"previewc-recipes-{os.getpid()}"
# The clients' containers, by server and image: another description of the same server finds its client there.
CLIENTS = {}
# Scripts and seeds that containers mount; the folder goes with the run.
KEEP = tempfile.TemporaryDirectory()
FILES = Path(KEEP.name)
FILES.chmod(0o755)


def docker(*words, check=True, text=None):
    """Runs docker; fails with what it said."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, input=text, timeout=400)
    if check and done.returncode != 0:
        raise AssertionError(f"docker {' '.join(words[:4])} …: {done.stdout}{done.stderr}")
    return done


def has_image(reference):
    return docker("image", "inspect", reference, check=False).returncode == 0


class Store:
    """One server with its volume, and the client beside it."""

    def __init__(self, engine, section=None, password="Hdf7sKw09xQ", **told):
        self.engine = engine
        self.recipe = yaml.safe_load((RECIPES / f"{engine}.yaml").read_text())
        self.name = f"{RIG}-{engine}"
        self.told = told
        self.options = {}
        self.version = self.recipe["version"]
        image = self.recipe["image"]
        self.image = self.fill(image if isinstance(image, str) else image["reference"])
        if not has_image(self.image):
            self.image = STAND_INS.get(engine, self.image)
        if not has_image(self.image):
            raise LookupError(self.image)
        ports = self.recipe["ports"]
        self.own = {
            **{name: str(port) for name, port in ports.items()},
            "host": "db",
            "port": str(next(iter(ports.values()))),
            "section": section or self.recipe["serves"][0],
            "memory": str(size(self.recipe["container"]["size"]["memory"])),
            "data": self.recipe["container"].get("data", {}).get("path", ""),
        }
        for name, atom in self.recipe.get("atoms", {}).items():
            kinds = {"secret": f"{name}9secret" * 3, "name": "shop_pr_142__db", "label": "shop-pr-142--db"}
            self.own[name] = self.fill(atom["text"]) if "text" in atom else next(kinds[kind][:size] for kind, size in atom.items())
        self.own["password"] = password

    def fill(self, text):
        """A template's text."""

        def value(match):
            root, _, name = match.group(1).partition(".")
            if root == "version":
                return self.version
            return self.own[name] if root == "self" else self.options.get(name, "")

        return re.sub(r"\$\{([^}]*)\}", value, str(text))

    def env(self, table):
        return [word for name, text in table.items() for word in ("-e", f"{name}={self.fill(text)}")]

    def limits(self, user):
        known = [] if user is None else ["--user", str(user), "--cap-drop", "ALL"]
        return [*known, "--security-opt", "no-new-privileges", "--network", RIG]

    def start(self):
        """Starts the server on the volume as it is."""
        container = self.recipe["container"]
        words = [*self.limits(container.get("user")), "--network-alias", "db", "-m", self.own["memory"], *self.env(container.get("env", {}))]
        if self.own["data"]:
            words += ["--mount", f"type=volume,src={self.name},dst={self.own['data']}"]
        for index, (path, text) in enumerate(container.get("files", {}).items()):
            words += ["-v", f"{written(f'{self.name}-file-{index}', text)}:{path}:ro"]
        for program in ("server", "cli") if self.image == STAND_INS.get("valkey") and self.engine == "valkey" else ():
            words += ["-v", f"{wrapper(program)}:/usr/local/bin/valkey-{program}:ro"]
        command = container.get("command", [])
        if command:
            words += ["--entrypoint", command[0]]
        docker("run", "-d", "--name", self.name, *words, self.image, *command[1:], *container.get("args", []))

    def stop(self):
        """Stops the server; gives the seconds that it took and its exit code."""
        began = time.monotonic()
        docker("stop", "-t", str(self.recipe["container"]["stop_seconds"]), self.name)
        code = json.loads(docker("inspect", "-f", "{{json .State.ExitCode}}", self.name).stdout)
        docker("rm", self.name)
        return time.monotonic() - began, code

    def kill(self):
        """Ends the server as a crash does."""
        docker("rm", "-f", self.name)

    def remove(self):
        for store, image in [key for key in CLIENTS if key[0] == self.name]:
            docker("rm", "-f", CLIENTS.pop((store, image)), check=False)
        for words in (("rm", "-f", self.name), ("volume", "rm", "-f", self.name), ("volume", "rm", "-f", f"{self.name}-run")):
            docker(*words, check=False)

    def healthy(self, seconds=180):
        """Waits until the health script ends with 0 in the server's container."""
        end = time.monotonic() + seconds
        while True:
            done = docker("exec", self.name, "sh", "-c", self.recipe["container"]["health"], check=False)
            if done.returncode == 0:
                return True
            if time.monotonic() > end:
                raise AssertionError(f"not healthy: {done.stderr}{docker('logs', '--tail', '20', self.name, check=False).stderr}")
            time.sleep(1)

    def script(self, script, files=None, image=None, admin=True, **told):
        """Runs a script in the client's container: one that stays for many scripts, or one of its own where it needs files."""
        client = self.recipe.get("client", {})
        words = self.env(client.get("env", {}))
        if admin:
            words += self.env(client.get("admin", {}))
        mounts, seeds = [], []
        for index, (path, text) in enumerate((files or {}).items()):
            mounts += ["-v", f"{written(f'{self.name}-{index}.sql', text)}:{path}:ro"]
            seeds.append(path)
        told = {"PREVIEWC_FLAGS": "/previewc/run/db", "PREVIEWC_SEED_FILES": "\n".join(seeds), **self.told, **told}
        words += [word for name, value in told.items() if value for word in ("-e", f"{name}={value}")]
        image = image or client.get("image", self.image)
        if files:
            return docker("run", "--rm", *self.beside(client), *words, *mounts, "--entrypoint", "sh", image, "-c", script, check=False)
        key = (self.name, image)
        if key not in CLIENTS:
            stay = ["--entrypoint", "sh", image, "-c", "exec sleep 86400"]
            CLIENTS[key] = docker("run", "-d", "--init", *self.beside(client), *stay).stdout.strip()
        return docker("exec", *words, CLIENTS[key], "sh", "-c", script, check=False)

    def beside(self, client):
        """The client's container but for its variables."""
        words = [*self.limits(client.get("user", 999)), "--mount", f"type=volume,src={self.name}-run,dst=/previewc/run/db"]
        if self.image == STAND_INS.get("valkey") and self.engine == "valkey":
            words += ["-v", f"{wrapper('cli')}:/usr/local/bin/valkey-cli:ro"]
        return words

    def step(self, name, **more):
        return self.script(self.recipe["steps"][name], admin=name not in ("ready", "done"), **more)

    def run(self, *names, **more):
        """Steps that must succeed."""
        for name in names:
            done = self.step(name, **more)
            assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"

    def eventually(self, name, seconds=60):
        """A step that must succeed soon, as whoever waits would see."""
        end = time.monotonic() + seconds
        while (done := self.step(name)).returncode:
            assert time.monotonic() < end, f"{name}: {done.stdout}{done.stderr}"
            time.sleep(1)

    def flags(self):
        return sorted(self.script("ls /previewc/run/db").stdout.split())

    def fresh(self):
        """A new volume and scratch folder, and the server on it."""
        self.remove()
        docker("run", "--rm", "--mount", f"type=volume,src={self.name}-run,dst=/run", "busybox:1.37.0-musl", "chmod", "1777", "/run")
        self.start()


def wrapper(program):
    """Redis in the place of Valkey, which came from it."""
    return written(f"{RIG}-valkey-{program}", f'#!/bin/sh\nexec redis-{program} "$@"\n')


def written(name, text):
    """A file that any user may read and run."""
    path = FILES / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def size(text):
    number, unit = re.fullmatch(r"(\d+)([KMG]i)", str(text)).groups()
    return int(number) << {"Ki": 10, "Mi": 20, "Gi": 30}[unit]

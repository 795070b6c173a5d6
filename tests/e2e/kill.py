#!/usr/bin/env python3
"""Kills `previewc render` at every file-system call in turn: the whole old or the whole new bundle must be left.

    tests/e2e/kill.py                          # with target/debug/previewc and examples/shop
    tests/e2e/kill.py --program PATH --target compose

Needs strace. Three passes: a folder that is exchanged with another, a file system that cannot do that (`renameat2` fails
with ENOSYS; there the folder may be half moved while `.previewc-commit` stands in it, and the next render must finish), and
a folder that is not there yet. After every kill the same render runs again and must leave the new bundle and nothing else.
Without strace it says so and ends well, or badly with PREVIEWC_REQUIRE_TOOLS=1.
"""

import argparse
import collections
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Calls on paths and on open files.
CALLS = "%file,%desc"
KEY = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"


def snapshot(folder):
    """Everything below a folder: kind, mode and contents, or None where there is no folder."""
    if not os.path.lexists(folder):
        return None
    tree = {}
    for here, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(here, name)
            meta = os.lstat(path)
            if stat.S_ISLNK(meta.st_mode):
                what = os.readlink(path)
            elif stat.S_ISDIR(meta.st_mode):
                what = None
            else:
                with open(path, "rb") as file:
                    what = file.read()
            tree[os.path.relpath(path, folder)] = (stat.S_IFMT(meta.st_mode), stat.S_IMODE(meta.st_mode), what)
    return tree


def extras(folder):
    """What a user and a tool have put beside the bundle's files."""
    (folder / ".terraform" / "providers").mkdir(parents=True)
    (folder / ".terraform" / "providers" / "tool").write_bytes(b"tool")
    (folder / ".terraform" / "providers" / "tool").chmod(0o755)
    (folder / "notes.md").write_text("mine\n")
    (folder / "link").symlink_to("notes.md")
    (folder / "dangling").symlink_to("/nowhere/at/all")


class Pass:
    """One way of writing, killed everywhere."""

    def __init__(self, name, render, work, fresh=False, inject=()):
        self.name, self.render, self.fresh, self.inject = name, render, fresh, list(inject)
        self.place = work / name.replace(" ", "-")
        self.folder = self.place / "bundle"
        self.log = work / "calls"
        self.states = {"old": 0, "new": 0, "half": 0}

    def prepare(self):
        """The folder as it is before the render."""
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir()
        if not self.fresh:
            shutil.copytree(self.before, self.folder, symlinks=True)

    def run(self, options=(), which="new"):
        """Runs a render; says whether it came to its end."""
        options = [*options, *self.inject]
        command = self.render(which, self.folder)
        if options:
            command = ["strace", "-f", "-qqq", "-o", str(self.log), *options, *command]
        done = subprocess.run(command, capture_output=True)
        # strace ends as its child did.
        if done.returncode not in (0, -9, 137):
            sys.exit(f"{self.name}: {command} ended with {done.returncode}:\n{done.stderr.decode()}")
        return done.returncode == 0

    def all(self):
        self.before = self.place.with_name(self.place.name + ".before")
        self.place.mkdir()
        if not self.fresh:
            self.run(which="old")
            extras(self.folder)
            shutil.copytree(self.folder, self.before, symlinks=True)
        old = snapshot(self.folder)
        self.run()
        new = snapshot(self.folder)
        assert old != new and "bundle.json" in new
        if self.fresh:
            assert old is None
        else:
            assert all(new[name] == old[name] for name in ("notes.md", "link", "dangling", ".terraform/providers/tool"))

        self.prepare()
        self.run(["-e", f"trace={CALLS}"])
        # strace counts each call by itself and in each thread, so each is killed by its name and number.
        counts = collections.Counter(re.findall(r"^(\d+) +(\w+)\(", self.log.read_text(), re.MULTILINE))
        most = {}
        for (_, call), count in counts.items():
            most[call] = max(count, most.get(call, 0))
        if set(most).isdisjoint({"renameat2", "rename"}) or not sum(most.values()) > 50:
            sys.exit(f"{self.name}: too few calls to be true: {most}")
        injected = {option.split("=")[1].split(":")[0] for option in self.inject if "=" in option}
        points = [(call, when) for call, count in most.items() if call not in injected for when in range(1, count + 1)]
        for call, when in points:
            self.kill(call, when, old, new)
        told = ", ".join(f"{count} {state}" for state, count in self.states.items() if count)
        print(f"{self.name}: killed at {len(points)} calls: {told}", flush=True)

    def kill(self, call, when, old, new):
        self.prepare()
        finished = self.run(["-e", f"inject={call}:signal=KILL:when={when}"])
        left, point = snapshot(self.folder), f"{call} {when}"
        self.states[self.judge(left, old, new, point)] += 1
        if finished and left != new:
            self.fail(point, "is not the new bundle after a whole run", left, old, new)
        self.run()
        if snapshot(self.folder) != new:
            self.fail(point, "is not the new bundle after the next run", snapshot(self.folder), old, new)
        beside = sorted(os.listdir(self.place))
        if beside != ["bundle"]:
            sys.exit(f"{self.name}, killed at {point}: left beside the bundle: {beside}")

    def judge(self, left, old, new, point):
        if left == old:
            return "old"
        if left == new:
            return "new"
        if self.inject:
            if ".previewc-commit" in left:
                return "half"
            if {path: what for path, what in left.items() if not path.startswith(".previewc-staging")} == old:
                return "old"
        return self.fail(point, "is neither the old nor the new bundle", left, old, new)

    def fail(self, point, what, left, old, new):
        lines = [f"{self.name}, killed at {point}: {self.folder} {what}"]
        for path in sorted(set(left or {}) | set(old or {}) | set(new or {})):
            states = [(tree or {}).get(path) for tree in (left, old, new)]
            if states[0] != states[2] or states[0] != states[1]:
                lines.append(f"  {path}: " + ("old" if states[0] == states[1] else "new" if states[0] == states[2] else "other"))
        sys.exit("\n".join(lines))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=str(ROOT / "target" / "debug" / "previewc"))
    parser.add_argument("--manifest", default=str(ROOT / "examples" / "shop" / "preview.yaml"))
    parser.add_argument("--target", default="k8s")
    options = parser.parse_args()
    if shutil.which("strace") is None:
        print("SKIPPED: strace is not installed")
        sys.exit(1 if os.environ.get("PREVIEWC_REQUIRE_TOOLS") == "1" else 0)
    os.environ["PREVIEWC_KEY"] = KEY

    def render(which, folder):
        sha = {"old": "a" * 40, "new": "b" * 40}[which]
        inputs = ["-f", options.manifest, "--pr", "142", "--sha", sha, "--branch", "feature"]
        return [options.program, "render", *inputs, "--target", options.target, "-o", str(folder)]

    # Beside the program, not in /tmp, which may be a file system of another kind.
    with tempfile.TemporaryDirectory(prefix="kill-", dir=ROOT / "target") as work:
        work = Path(work)
        Pass("exchange", render, work).all()
        Pass("in place", render, work, inject=["-e", "inject=renameat2:error=ENOSYS"]).all()
        Pass("fresh", render, work, fresh=True).all()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""`gh` as the workflows use it, against a forge that is a JSON file: $FORGE. Anything else is refused."""

import fcntl
import json
import os
import re
import subprocess
import sys


def options(words, valued, plain):
    """Flags and what is none."""
    found, rest, words = {}, [], list(words)
    while words:
        word = words.pop(0)
        if word in valued:
            found.setdefault(word, []).append(words.pop(0))
        elif word in plain:
            found[word] = True
        elif word.startswith("-"):
            sys.exit(f"gh: the stand-in knows no {word}")
        else:
            rest.append(word)
    return found, rest


def body(found):
    if "--input" in found:
        return json.load(sys.stdin)
    fields = {}
    for field in found.get("--field", []):
        name, value = field.split("=", 1)
        if value.startswith("@"):
            with open(value[1:], encoding="utf-8") as file:
                value = file.read()
        fields[name] = value
    return fields


def show(answer, found):
    if found.get("--silent") or answer is None:
        return
    text = json.dumps(answer)
    for jq in found.get("--jq", []):
        text = subprocess.run(["jq", "--raw-output", jq], input=text, capture_output=True, text=True, check=True).stdout
    print(text, end="")


def api(forge, user, words):
    found, [path] = options(words, {"--method", "--field", "--jq", "--input"}, {"--silent", "--paginate"})
    method = found.get("--method", ["GET"])[0]
    path, _, query = path.partition("?")
    _, owner, name, *rest = path.split("/")
    assert f"{owner}/{name}" == forge["repository"], path
    sent = body(found) if method in ("POST", "PATCH") else None
    deployments, comments = forge["deployments"], forge["comments"]
    match [method, *rest]:
        case ["GET", "pulls", number]:
            [pull] = [pull for pull in forge["pulls"] if str(pull["number"]) == number]
            show({"state": "open" if pull["state"] == "OPEN" else "closed", "head": {"sha": pull["sha"]}}, found)
        case ["POST", "deployments"]:
            forge["next"] += 1
            assert re.fullmatch("[0-9a-f]{40}", sent["ref"]) and sent["required_contexts"] == [] and sent["auto_merge"] is False, sent
            deployments[str(forge["next"])] = {"id": forge["next"], "by": user, **sent, "statuses": []}
            show({"id": forge["next"]}, found)
        case ["GET", "deployments"]:
            wanted = query.removeprefix("environment=")
            show([d for d in deployments.values() if d["environment"] == wanted], found)
        case ["POST", "deployments", number, "statuses"]:
            assert sent["state"] in ("in_progress", "success", "failure", "inactive"), sent
            deployments[number]["statuses"].append(sent)
        case ["DELETE", "deployments", number]:
            last = deployments[number]["statuses"][-1]["state"]
            assert last == "inactive", f"a deployment that is {last} cannot be deleted"
            del deployments[number]
        case ["GET", "issues", pull, "comments"]:
            show([c for c in comments if c["pull"] == pull], found)
        case ["POST", "issues", pull, "comments"]:
            forge["next"] += 1
            comments.append({"id": forge["next"], "pull": pull, "user": {"type": "Bot" if user == "job" else "User"}, **sent})
        case ["PATCH", "issues", "comments", number]:
            [comment] = [c for c in comments if str(c["id"]) == number]
            comment.update(sent)
        case _:
            sys.exit(f"gh: the stand-in knows no {method} {path}")


def main():
    with open(os.environ["FORGE"], "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        forge = json.load(file)
        user = forge["tokens"][os.environ["GH_TOKEN"]]
        if sys.argv[1] == "api":
            api(forge, user, sys.argv[2:])
        elif sys.argv[1:3] == ["pr", "list"]:
            found, _ = options(sys.argv[3:], {"--state", "--limit", "--json"}, set())
            assert found["--state"] == ["open"]
            print(json.dumps([{key: pull[key] for key in found["--json"][0].split(",")} for pull in forge["pulls"] if pull["state"] == "OPEN"]))
        else:
            sys.exit(f"gh: the stand-in knows no {sys.argv[1:]}")
        file.seek(0)
        file.truncate()
        json.dump(forge, file)


main()

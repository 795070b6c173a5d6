"""Runs a workflow's jobs for an event, step by step, as GitHub's runner does: conditions, needs, environment files, outputs.

`actions/checkout` checks out of a bare repository; other actions are noted and not run. Each job gets a workspace of its own,
and all of them one home, as a machine of one's own has it.
"""

import json
import pathlib
import shutil
import subprocess

import expressions
import yaml


class Runner:
    def __init__(self, work, origin, environment):
        self.work, self.origin, self.environment = pathlib.Path(work), origin, environment
        self.runs = 0

    def run(self, workflow, name, event, repository, ref_sha, secrets):
        """Every job that the event starts; gives {job: (result, log)}."""
        text = pathlib.Path(workflow).read_text(encoding="utf-8")
        document = yaml.load(text, Loader=yaml.BaseLoader)
        triggers = document["on"]
        if name not in triggers:
            return {}
        types = (triggers[name] or {}).get("types") if isinstance(triggers[name], dict) else None
        if types and event.get("action") not in types:
            return {}
        self.runs += 1
        context = {
            "github": {
                "event": event,
                "event_name": name,
                "repository": repository,
                "token": secrets["GITHUB_TOKEN"],
                "actor": "someone",
                "sha": ref_sha,
            },
            "secrets": secrets,
            "vars": {},
            "needs": {},
        }
        done = {}
        for job, body in document["jobs"].items():
            needs = body.get("needs", [])
            needs = [needs] if isinstance(needs, str) else needs
            context["needs"] = {need: {"result": done[need][0], "outputs": done[need][2]} for need in needs}
            context["job"] = {"status": "success" if all(done[need][0] == "success" for need in needs) else "failure"}
            if not expressions.condition(body.get("if", "true"), context):
                done[job] = ("skipped", "", {})
                continue
            done[job] = self.job(job, body, document, context)
        return {job: (result, log) for job, (result, log, _) in done.items() if result != "skipped"}

    def job(self, name, body, document, context):
        folder = self.work / f"run-{self.runs}-{name}"
        workspace, temp = folder / "workspace", folder / "temp"
        workspace.mkdir(parents=True)
        temp.mkdir()
        (temp / "event.json").write_text(json.dumps(context["github"]["event"]), encoding="utf-8")
        own = {**context, "steps": {}, "job": {"status": "success"}}
        env = {
            **self.environment,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(temp / "event.json"),
            "GITHUB_EVENT_NAME": context["github"]["event_name"],
            "GITHUB_REPOSITORY": context["github"]["repository"],
            "GITHUB_SHA": context["github"]["sha"],
            "GITHUB_SERVER_URL": "https://forge.example",
            "GITHUB_RUN_ID": str(self.runs),
            "RUNNER_TEMP": str(temp),
            "GITHUB_WORKSPACE": str(workspace),
        }
        for table in (document.get("env", {}), body.get("env", {})):
            env.update({key: expressions.fill(value, own) for key, value in table.items()})
        log = ""
        for step in body["steps"]:
            if not expressions.condition(step.get("if", "success()"), own):
                continue
            log += f"## {step.get('name')}\n"
            ended, said, outputs = self.step(step, workspace, temp, env, own)
            log += said
            if "id" in step:
                own["steps"][step["id"]] = {"outcome": "success" if ended else "failure", "outputs": outputs}
            if not ended and step.get("continue-on-error") != "true":
                own["job"]["status"] = "failure"
        given = {key: expressions.fill(value, own) for key, value in body.get("outputs", {}).items()}
        shutil.rmtree(folder, ignore_errors=True)
        return own["job"]["status"], log, given

    def step(self, step, workspace, temp, lasting, context):
        if "uses" in step:
            settings = {key: expressions.fill(value, context) for key, value in step.get("with", {}).items()}
            if not step["uses"].startswith("actions/checkout@"):
                return True, f"(not run: {step['uses']})\n", {}
            return (*self.checkout(settings, workspace, context), {})
        env = {**lasting, **{key: expressions.fill(value, context) for key, value in step.get("env", {}).items()}}
        files = {name: temp / name for name in ("GITHUB_ENV", "GITHUB_OUTPUT")}
        for name, path in files.items():
            path.write_text("", encoding="utf-8")
            env[name] = str(path)
        script = temp / "step.sh"
        script.write_text(expressions.fill(step["run"], context), encoding="utf-8")
        folder = workspace / expressions.fill(step.get("working-directory", "."), context)
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", script]
        done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        lasting.update(line.split("=", 1) for line in files["GITHUB_ENV"].read_text().splitlines())
        outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        return done.returncode == 0, done.stdout + done.stderr, outputs

    def checkout(self, settings, workspace, context):
        event = context["github"]["event"].get("pull_request", {})
        default = context["github"]["sha"]
        own = settings.get("repository", context["github"]["repository"]) == context["github"]["repository"]
        if not own and settings.get("allow-unsafe-pr-checkout") != "true":
            return False, "refused: the code of a fork\n"
        if event and settings.get("ref") == event["head"]["sha"] and context["github"]["event_name"] == "pull_request_target":
            fork = event["head"]["repo"]["full_name"] != context["github"]["repository"]
            if fork and settings.get("allow-unsafe-pr-checkout") != "true":
                return False, "refused: the code of a fork\n"
        folder = workspace / settings.get("path", ".")
        words = f"git clone -q '{self.origin}' '{folder}' && cd '{folder}' && git fetch -q origin '+refs/pull/*:refs/pull/*' && git checkout -q '{settings.get('ref') or default}'"
        done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, check=False, env=self.environment)
        return done.returncode == 0, done.stdout + done.stderr

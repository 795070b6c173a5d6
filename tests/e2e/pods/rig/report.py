"""What a person reads: the state of a namespace, and whose fault it is."""

from . import engine


def table(status):
    lines = [f"{owner:<44} {'ok' if done else '--'}  {why}" for owner, done, why in status["workloads"]]
    for pod in status["pods"]:
        runs = pod["init"] + pod["containers"]
        state = "Terminating" if pod["deleting"] else pod["phase"]
        lines.append(f"  {pod['name']:<50} {state:<10} ready={str(pod['ready']).lower()} restarts={sum(r['restarts'] for r in runs)} {pod['message']}")
        for run in runs:
            if run["state"] != "terminated" or run["code"] != 0:
                lines.append(f"    {run['name']:<48} {run['state']}{' ' + run['reason'] if run['reason'] else ''}")
    for name, service in status["services"].items():
        ends = "; ".join(f"{port} -> {', '.join(f'{a}:{p}' for a, p in found)}" for port, found in service["endpoints"].items())
        lines.append(f"  service {name} {service['address']} {ends or 'no endpoints'}")
    return "\n".join(lines)


def blame(status):
    """The last lines of every container that is not where it should be, and the latest events."""
    lines = []
    for pod in status["pods"]:
        if pod["ready"] or pod["phase"] == "Succeeded":
            continue
        for run in pod["init"] + pod["containers"]:
            for which in ("previous", "id"):
                if run[which] and (run["code"] != 0 or run["state"] != "terminated"):
                    text = engine.logs(run[which], 15).decode("utf-8", "replace").rstrip()
                    lines.append(f"--- {pod['name']}/{run['name']} ({which}): {run['state']} {run['reason']}\n{text}")
    lines += ["--- events"] + [text for _, text in status["events"][-15:]]
    return "\n".join(lines)

"""`$(VAR)` in env values, commands and arguments, as Kubernetes reads it: `$$` is a dollar, an unknown name stays."""


def expand(text, *variables):
    """Replaces references by the first mapping that knows the name."""
    out, at = [], 0
    while at < len(text):
        if text[at] != "$" or at + 1 == len(text):
            out.append(text[at])
            at += 1
            continue
        follows = text[at + 1]
        if follows == "$":
            out.append("$")
            at += 2
        elif follows == "(":
            end = text.find(")", at + 2)
            if end < 0:
                out.append("$(")
                at += 2
            else:
                out.append(_value(text[at + 2:end], variables))
                at = end + 1
        else:
            out.append("$" + follows)
            at += 2
    return "".join(out)


def _value(name, variables):
    for known in variables:
        if name in known:
            return known[name]
    return f"$({name})"

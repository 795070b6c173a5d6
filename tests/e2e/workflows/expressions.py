"""GitHub's expressions, as far as previewc's workflows use them: https://docs.github.com/actions/reference/evaluate-expressions

Comparisons ignore the case of texts, and what is not there is null, as GitHub has it.
"""

import re

TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z_][\w-]*)|(?P<number>\d+)|(?P<sign>&&|\|\||[!=]=|[()\[\].,!*]))")


def tokens(text):
    found, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if not match:
            raise ValueError(f"no expression: {text[at:]!r} in {text!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return [*found, ("end", "")]


class Parser:
    def __init__(self, text, context):
        self.tokens, self.at, self.context = tokens(text), 0, context

    def peek(self, *signs):
        return self.tokens[self.at][1] in signs and self.tokens[self.at][0] == "sign"

    def take(self, sign=None):
        kind, text = self.tokens[self.at]
        if sign and text != sign:
            raise ValueError(f"{sign} expected, {text} found")
        self.at += 1
        return kind, text

    def whole(self):
        value = self.either()
        if self.tokens[self.at][0] != "end":
            raise ValueError(f"more than an expression: {self.tokens[self.at:]}")
        return value

    def either(self):
        value = self.both()
        while self.peek("||"):
            self.take()
            other = self.both()
            value = value if truth(value) else other
        return value

    def both(self):
        value = self.comparison()
        while self.peek("&&"):
            self.take()
            other = self.comparison()
            value = other if truth(value) else value
        return value

    def comparison(self):
        value = self.unary()
        while self.peek("==", "!="):
            sign = self.take()[1]
            same = equal(value, self.unary())
            value = same if sign == "==" else not same
        return value

    def unary(self):
        if self.peek("!"):
            self.take()
            return not truth(self.unary())
        return self.postfix()

    def postfix(self):
        kind, text = self.take()
        if text == "(" and kind == "sign":
            value = self.either()
            self.take(")")
        elif kind == "text":
            return text[1:-1].replace("''", "'")
        elif kind == "number":
            return int(text)
        elif kind == "word" and self.peek("("):
            return self.call(text)
        elif text in ("true", "false"):
            return text == "true"
        else:
            value = self.context.get(text)
        while self.peek("."):
            self.take()
            key = self.take()[1]
            if key == "*":
                self.take(".")
                key = self.take()[1]
                value = [item.get(key) for item in value or []]
            else:
                value = value.get(key) if isinstance(value, dict) else None
        return value

    def call(self, name):
        self.take("(")
        words = []
        while not self.peek(")"):
            words.append(self.either())
            if self.peek(","):
                self.take()
        self.take(")")
        return FUNCTIONS[name](self.context, *words)


def truth(value):
    return value not in (None, False, 0, "")


def text(value):
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def equal(a, b):
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        return text(a).lower() == text(b).lower()
    return text(a).lower() == text(b).lower()


def contains(_, where, what):
    if isinstance(where, list):
        return any(equal(item, what) for item in where)
    return text(what).lower() in text(where).lower()


def form(_, pattern, *words):
    return re.sub(r"\{\{|\}\}|\{(\d+)\}", lambda m: m[0][0] if m[1] is None else text(words[int(m[1])]), pattern)


FUNCTIONS = {
    "contains": contains,
    "startsWith": lambda _, where, what: text(where).lower().startswith(text(what).lower()),
    "format": form,
    "cancelled": lambda _: False,
    "success": lambda context: context["job"]["status"] == "success",
    "failure": lambda context: context["job"]["status"] == "failure",
    "always": lambda _: True,
}
STATUS = re.compile(r"\b(cancelled|success|failure|always)\(")


def condition(expression, context):
    """What `if` says; without a word about the status it asks for success first."""
    expression = str(expression).strip()
    if expression.startswith("${{"):
        expression = expression[3:].rsplit("}}", 1)[0]
    if not STATUS.search(expression) and context["job"]["status"] != "success":
        return False
    return truth(Parser(expression, context).whole())


def fill(template, context):
    """A text with its expressions put in. What an expression gives is not read again."""
    if not isinstance(template, str):
        return text(template)
    # An expression ends at the first `}}` outside of its texts.
    return re.sub(r"\$\{\{((?:[^'}]|'(?:[^']|'')*'|\}(?!\}))*)\}\}", lambda m: text(Parser(m[1], context).whole()), template)

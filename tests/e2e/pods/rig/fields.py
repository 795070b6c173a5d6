"""Reading an object so that no field can be overlooked: what is not taken is refused."""


class Refused(Exception):
    """The manifest holds something that the API server would refuse, or that this rig does not carry."""


class Fields:
    """A mapping whose keys are taken one by one; `done` refuses what was not taken."""

    def __init__(self, value, path):
        if not isinstance(value, dict):
            raise Refused(f"{path}: expected a mapping, found {kind_of(value)}")
        self.value, self.path, self.taken = value, path, set()

    def take(self, key, kind, default=None, required=False):
        self.taken.add(key)
        value = self.value.get(key)
        if value is None:
            if required:
                raise Refused(f"{self.path}.{key}: required")
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and bool not in _kinds(kind)):
            raise Refused(f"{self.path}.{key}: expected {_names(kind)}, found {kind_of(value)} {value!r}")
        return value

    def text(self, key, default=None, required=False):
        return self.take(key, str, default, required)

    def number(self, key, default=None, required=False):
        return self.take(key, int, default, required)

    def flag(self, key, default=False):
        return self.take(key, bool, default)

    def texts(self, key):
        return [self._is_text(key, i, v) for i, v in enumerate(self.take(key, list, []))]

    def text_map(self, key):
        found = self.take(key, dict, {})
        for name, value in found.items():
            self._is_text(key, name, name)
            self._is_text(key, name, value)
        return dict(found)

    def nested(self, key, required=False):
        found = self.take(key, dict, None, required)
        return None if found is None else Fields(found, f"{self.path}.{key}")

    def each(self, key, required=False):
        found = self.take(key, list, [], required)
        return [Fields(item, f"{self.path}.{key}[{i}]") for i, item in enumerate(found)]

    def has(self, key):
        return self.value.get(key) is not None

    def ignore(self, *keys):
        """Fields that change nothing on a single machine; say so where this is called."""
        self.taken.update(keys)

    def only(self, key, allowed, default=None):
        """A field of which the rig carries some values only."""
        value = self.value.get(key, default)
        self.taken.add(key)
        if value not in allowed:
            raise Refused(f"{self.path}.{key}: {value!r} is not carried by this rig (only {', '.join(map(repr, allowed))})")
        return value

    def done(self):
        left = sorted(str(k) for k in self.value if k not in self.taken)
        if left:
            raise Refused(f"{self.path}: not carried by this rig: {', '.join(left)}")

    def _is_text(self, key, place, value):
        if not isinstance(value, str):
            raise Refused(f"{self.path}.{key}[{place}]: expected a string, found {kind_of(value)} {value!r}")
        return value


def kind_of(value):
    names = {type(None): "nothing", bool: "a boolean", int: "a number", float: "a number", str: "a string",
             list: "a list", dict: "a mapping"}
    return names.get(type(value), type(value).__name__)


def _kinds(kind):
    return kind if isinstance(kind, tuple) else (kind,)


def _names(kind):
    return " or ".join({str: "a string", int: "a number", bool: "a boolean", list: "a list", dict: "a mapping"}[k]
                       for k in _kinds(kind))

"""Parts: the plain data that experiments are described with.

A part is a frozen dataclass whose fields are numbers, words, tuples of them, or other parts. It
prints and compares by its fields, checks each of them when it is made, and changes by a word:

    part.but(width=32)                          a copy with another width
    part.but(players={"width": 32})             with another width of the part in `players`
    part.but(**{"players.width": 32})           the same
    part.but(players="dcgan")                   with another kind of part, at its default settings
    part.set("players.width=32")                the same as on the command line
    make(part.settings()) == part               settings() is what JSON can hold
"""

import dataclasses
import json
import re
import sys

from gan_scratch import settings

KINDS = {}  # kind -> class of part


def setting(default, check, *more):
    """A field of a part: `check(part, name, value, *more)` gives the value as it is kept, or raises
    a ValueError that says what is wanted."""
    return dataclasses.field(default=default, metadata={"check": (check, more)})


@dataclasses.dataclass(frozen=True)
class Part:
    """What all parts share. A subclass is a frozen dataclass too:

        @dataclass(frozen=True)
        class Players(Part, kind="mlp"):
            latent: int = setting(100, settings.positive_integer)

    `kind` is the word that stands for the class in JSON and on the command line; by default it is
    module.Class. `check` raises where fields do not go together.
    """

    def __init_subclass__(cls, kind=None, **more):
        super().__init_subclass__(**more)
        cls.kind = kind or f"{cls.__module__}.{cls.__qualname__}"
        known = KINDS.setdefault(cls.kind, cls)
        if origin(known) != origin(cls):
            raise ValueError(
                f"{cls.kind} is the kind of {known.__module__}.{known.__qualname__} already; give "
                f"{cls.__qualname__} another one"
            )
        KINDS[cls.kind] = cls  # a class that was defined again takes the place of the first

    def __new__(cls, *_, **__):
        if "__dataclass_fields__" not in vars(cls):
            raise ValueError(f"{cls.__name__} is a part and needs @dataclass(frozen=True) above it")
        return super().__new__(cls)

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, dict):  # as JSON gives it
                value = make(value)
            if "check" in field.metadata:
                check, more = field.metadata["check"]
                value = check(self, field.name, value, *more)
            object.__setattr__(self, field.name, plain_data(self, field.name, value))
        self.check()

    def check(self):
        """Raise ValueError where the settings do not go together."""

    def but(self, **changes):
        """A copy with some settings changed; changes of None are passed over."""
        changed = {}
        for path, value in changes.items():
            if value is None:
                continue
            name, _, inside = path.partition(".")
            present = changed.get(name, self.held(name))
            changed[name] = replaced(present, {inside: value} if inside else value, name)
        return dataclasses.replace(self, **changed)

    def set(self, words):
        """The copy that "PATH=VALUE" asks for, such as "players.width=32"."""
        path, equals, value = (word.strip() for word in words.partition("="))
        if not equals:
            raise ValueError(f"a setting is given as PATH=VALUE, got {words!r}")
        present = self
        for name in path.split("."):
            if not isinstance(present, Part):
                raise ValueError(f"nothing can be set inside of {present!r}, got {words!r}")
            present = present.held(name)
        value = read(value, present)
        if value is None:
            raise ValueError(f"null is no value for {path}, which is {present!r}")
        return self.but(**{path: value})

    def held(self, name):
        """The value of the setting called `name`; ValueError with all names where there is none."""
        names = [field.name for field in dataclasses.fields(self)]
        if name not in names:
            deeper = [path for path, _ in listed(self.settings()) if path.endswith(f".{name}")]
            hint = f" (did you mean {' or '.join(deeper)}?)" if deeper else (
                settings.did_you_mean(name, names)
            )
            raise ValueError(no_setting(self.kind, name, hint, names))
        return getattr(self, name)

    def settings(self):
        """The part as plain data; its parts are dicts, which say their kind."""
        named = {field.name: plain(getattr(self, field.name)) for field in dataclasses.fields(self)}
        return {"kind": self.kind, **named}


def origin(cls):
    """Where a class is defined, by whatever name its file was imported."""
    module = sys.modules.get(cls.__module__)
    return getattr(module, "__file__", cls.__module__), cls.__qualname__


def plain_data(owner, name, value):
    """What JSON gives back as it was: numbers, texts, parts, tuples of these."""
    if isinstance(value, (tuple, list)):
        return tuple(plain_data(owner, name, item) for item in value)
    if value is None or isinstance(value, (bool, int, float, str, Part)):
        return value
    raise ValueError(
        f"{owner.kind}: {name} must be plain data (a number, a text, a part, or a tuple of these), "
        f"got {type(value).__name__}"
    )


def plain(value):
    if isinstance(value, Part):
        return value.settings()
    return list(value) if isinstance(value, tuple) else value


def make(settings_of_part):
    """The part that `settings()` describes."""
    given = dict(settings_of_part)
    kind = given.pop("kind", None)
    if kind not in KINDS:
        raise ValueError(
            f"unknown kind of part {kind!r}; if it is defined in a file of your own, that has to "
            "be imported first (gan-scratch --import FILE ...)"
        )
    fields = {field.name: field for field in dataclasses.fields(KINDS[kind])}
    for name in sorted(given.keys() - fields.keys()):
        raise ValueError(no_setting(kind, name, "", fields))
    for name, field in fields.items():
        if name not in given and field.default is dataclasses.MISSING is field.default_factory:
            raise ValueError(f"{kind} needs a setting {name!r}, which has no default")
    return KINDS[kind](**given)


def no_setting(kind, name, hint, names):
    return f"{kind} has no setting {name!r}{hint}; it has {', '.join(names)}"


def replaced(present, change, name):
    """What stands in a setting that was `present` after a change, which may be of its inside."""
    if isinstance(change, dict) and "kind" not in change:
        if not isinstance(present, Part):
            raise ValueError(f"{name} is {present!r}, which has no settings inside: {change}")
        return present.but(**change)
    if isinstance(change, str) and isinstance(present, Part):
        if change == present.kind:
            return present
        return make({"kind": change}) if change in KINDS else change
    return change


def read(words, present):
    """The value that words on the command line stand for, where `present` stands now."""
    if isinstance(present, (str, Part)):
        return words
    if isinstance(present, tuple):
        return tuple(read(word, None) for word in re.split(r"[][(),\s\"']+", words) if word)
    try:
        value = json.loads(words)
    except ValueError:
        return {"True": True, "False": False}.get(words, words)
    whole = isinstance(present, int) and isinstance(value, float) and value.is_integer()
    return int(value) if whole else value  # 1e3 is a whole number


def listed(plain, path=""):
    """(path, value) of all settings in turn: ("players", "mlp"), ("players.latent", 100), ..."""
    for name, value in plain.items():
        if isinstance(value, dict):
            yield f"{path}{name}", value.get("kind")
            inside = {key: item for key, item in value.items() if key != "kind"}
            yield from listed(inside, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def part_with(owner, name, value, *methods):
    """A check of a setting that holds a part: `value` itself, where it has these methods."""
    if isinstance(value, str):
        usual = type(owner).__dataclass_fields__[name].default
        inside = [f"{name}.{field.name}" for field in dataclasses.fields(usual)]
        fitting = [kind for kind, cls in KINDS.items() if all(hasattr(cls, m) for m in methods)]
        raise ValueError(
            f"{name} is a part: change one of its settings, such as {', '.join(inside)}, or give a "
            f"kind that fits there ({', '.join(fitting)}), got {value!r}"
            f"{settings.did_you_mean(value, fitting)}"
        )
    missing = [method for method in methods if not hasattr(value, method)]
    if not isinstance(value, Part) or missing:
        lacks = f"; what it lacks is {', '.join(missing)}" if missing else ""
        raise ValueError(
            f"{owner.kind}: {name} must be a part with {', '.join(methods)}, got {value!r}{lacks}"
        )
    return value

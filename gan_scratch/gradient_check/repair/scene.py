"""Which expressions of a pass may be the wrong one, and what stands in scope where they are.

An expression is innocent if the output, or a gradient that is right, changes when its value does.
"""

import ast
from dataclasses import dataclass

import numpy as np

from gan_scratch.gradient_check.repair import edits
from gan_scratch.gradient_check.repair.source import part_of

WATCH = "__gradient_check_watch__"
MOST_LEAVES, MOST_SLICES = 60, 8
LOAD = ast.Load()
NO_VALUES = ".T", ".shape", ".size", ".ndim", ".dtype"


@dataclass
class Slot:
    """A place in a tree where an expression stands: parent.field, or an item of that list."""

    source: object
    statement: ast.stmt
    parent: ast.AST
    field: str
    index: int | None = None

    @property
    def node(self):
        there = getattr(self.parent, self.field)
        return there if self.index is None else there[self.index]

    def put(self, node):
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node

    def below(self):
        """The Slots of all expressions inside, this one first."""
        node = self.node
        if isinstance(node, ast.expr) and not isinstance(node, ast.Starred):
            yield self
        for field, value in ast.iter_fields(node):
            if field == "func" and not isinstance(value, ast.Attribute):
                continue
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, (ast.expr, ast.keyword, ast.comprehension)):
                    yield from Slot(self.source, self.statement, node, field, index).below()


def roots(source, statement):
    """The Slots of a statement's values: of a tuple, a list or a dict each of its items."""
    waiting = [Slot(source, statement, statement, part_of(statement))]
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        waiting = [Slot(source, statement, call, "args", i) for i in range(len(call.args))]
    while waiting:
        slot = waiting.pop(0)
        node = slot.node
        items = "values" if isinstance(node, ast.Dict) else "elts"
        if isinstance(node, (ast.Tuple, ast.List, ast.Dict)):
            parts = getattr(node, items)
            waiting = [Slot(source, statement, node, items, i) for i in range(len(parts))] + waiting
        elif is_dict(node):
            waiting = [Slot(source, statement, k, "value") for k in node.keywords] + waiting
        else:
            yield slot


def is_dict(node):
    """Whether it is dict(dW=..., db=...) or the like; x.mean(axis=0) is none."""
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return named and node.keywords and not node.args


def targets(source, statement):
    """The Slots of the indices at which a statement writes."""
    for target in edits.targets_of(statement):
        if isinstance(target, ast.Subscript):
            yield Slot(source, statement, target, "slice")


def at(node, place):
    """The node; what in it has no place in the file is said to stand where `place` does."""
    if not hasattr(node, "lineno"):
        ast.copy_location(node, place)
    return ast.fix_missing_locations(node)


def stirred(value, rng):
    """Other numbers in the place of these; `value` itself where it holds none."""
    if isinstance(value, (tuple, list)):
        changed = [stirred(part, rng) for part in value]
        return type(value)(changed) if type(value) in (tuple, list) else value
    if isinstance(value, dict):
        return {key: stirred(part, rng) for key, part in value.items()}
    if isinstance(value, (float, np.floating)):
        return value * rng.uniform(1.2, 1.7)
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value * rng.uniform(1.2, 1.7, value.shape)
    if isinstance(value, np.ndarray) and value.dtype.kind == "b":
        return value ^ (rng.random(value.shape) < 0.5)
    return value


def kind_of(value):
    """("f", shape) of what floating-point numbers are in, ("i", ...) and ("b", ...), else None."""
    if isinstance(value, (bool, np.bool_)):
        return ("b", ())
    if isinstance(value, (int, np.integer)):
        return ("i", ())
    if isinstance(value, (float, np.floating)):
        return ("f", ())
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return (value.dtype.kind.replace("u", "i"), value.shape)
    return None


class Scene:
    """What a run of the code looks like from inside.

    suspects    Slots of the values of statements that may be the wrong ones
    specific    those of them on which nothing hangs that is right: they are looked at first
    kinds       id of a node -> kind_of what it was, when it was last computed
    negative    ids of nodes that hold numbers below 0 alone
    scope       id of a statement -> (leaf, its kind_of, whether it may not exist yet), ...
    leaves      id of a Source -> variables, attributes and items that it, or its class, names
    own_leaves  which `in_scope` gives: those that a statement names, the others, or (None) all
    """

    def __init__(self, sources, run, role):
        self.kinds, self.negative, self.scope, self.asked = {}, set(), {}, {}
        self.own_leaves, self.sources, self.leaves = True, sources, leaves_of(sources)
        self.suspects, self.specific = [], []
        for source in sources:
            for statement in source.statements:
                slots = list(roots(source, statement))
                roles = [role(slot) for slot in slots]
                guilty = [s for s, its in zip(slots, roles, strict=True) if its != "innocent"]
                if guilty or not slots:
                    guilty += targets(source, statement)
                self.suspects += guilty
                if "specific" in roles:
                    self.specific += guilty
                if guilty and slots:
                    self.look(slots[0], run)
            last = source.tree.body[-1]
            if id(last) not in self.scope and isinstance(last, ast.Return) and last.value:
                self.look(Slot(source, last, last, "value"), run)
        for source in sources:
            self.see([slot for slot in self.suspects if slot.source is source], run)

    def look(self, slot, run):
        """What the leaves hold at this statement."""
        leaves, kinds, late = self.leaves[id(slot.source)], {}, set()

        def look(value, *readers):
            for leaf, reader in zip(leaves, readers, strict=True):
                try:
                    kinds[leaf] = kind_of(reader())
                except Exception:  # it is made further down, perhaps in an earlier round of a loop
                    if leaf not in kinds:
                        late.add(leaf)
                    kinds.setdefault(leaf, None)
            return value

        nothing = ast.arguments([], [], None, [], [], None, [])
        watched([(slot, (slot.node, *(ast.Lambda(nothing, leaf) for leaf in leaves)))], look, run)
        found = [(leaf, kind, leaf in late) for leaf, kind in kinds.items() if kind]
        self.scope[id(slot.statement)] = found

    def see(self, slots, run):
        """What each expression inside is."""
        parts = [part for slot in slots for part in slot.below()]
        nodes = [part.node for part in parts]

        def see(value, number):
            kind = self.kinds[id(nodes[number])] = kind_of(value)
            if kind and np.all(np.asarray(value) < 0):
                self.negative.add(id(nodes[number]))
            return value

        calls = [
            (part, (node, ast.Constant(number)))
            for number, (part, node) in enumerate(zip(parts, nodes, strict=True))
            if isinstance(getattr(node, "ctx", LOAD), ast.Load) and not isinstance(node, ast.Slice)
        ]
        if calls:
            watched(calls, see, run)

    def kind(self, node):
        return self.kinds.get(id(node))

    def in_scope(self, slot):
        """(leaf, kind, whether it may not exist yet) at the Slot's statement: `own_leaves` says
        whether those that it names itself, the others, or all."""
        key = id(slot.statement), self.own_leaves
        if key not in self.asked:
            own = edits.leaves_in(slot.statement)
            self.asked[key] = [
                found for found in self.scope.get(key[0], ())
                if self.own_leaves in (None, edits.words_of(found[0]) in own)
            ]
        return self.asked[key]

    def everywhere(self, statement):
        """(leaf, kind) of all that is in scope there."""
        return [(leaf, kind) for leaf, kind, late in self.scope.get(id(statement), ()) if not late]

    def chains(self):
        """What is done with axes elsewhere: [("reshape", arguments, keywords), ...]."""
        found = {}
        for source in self.sources:
            for node in ast.walk(source.tree):
                _, steps = edits.chain(node)
                for some in (steps, steps[:1]):
                    found.setdefault(ast.unparse(edits.on(ast.Name("x"), some)), some)
        return list(found.values())[1:MOST_SLICES]

    def slices(self, slot):
        """Other slices that the same function takes."""
        found = {ast.unparse(n): n for n in ast.walk(slot.source.tree) if isinstance(n, ast.Slice)}
        found.pop(ast.unparse(slot.node), None)
        return list(found.values())[:MOST_SLICES]


def watched(calls, function, run):
    """Run the tree with function(*arguments) in each Slot: [(Slot, arguments), ...]."""
    source, before = calls[0][0].source, [(slot, slot.node) for slot, _ in calls]
    everything = source.function.__globals__
    everything[WATCH] = function
    for slot, arguments in calls:
        slot.put(at(ast.Call(ast.Name(WATCH, LOAD), list(arguments), []), slot.statement))
    try:
        run(source)
    except Exception:
        pass  # what was seen before counts
    finally:
        everything.pop(WATCH, None)
        for slot, node in before:
            slot.put(node)


def computed(node):
    """Whether it is np.sqrt(...), w.sum() or the like, which may be computed once more."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    words = ast.unparse(node)
    of_numpy = words.startswith("np.") and "random" not in words and words.count("(") == 1
    total = node.func.attr in ("sum", "mean") and isinstance(node.func.value, ast.Name)
    return of_numpy or total and not node.args


def beside(node):
    """a[t], where a[t + 1] stands."""
    if isinstance(node, ast.Subscript) and edits.is_a(node.slice, ast.Add, ast.Sub):
        yield edits.expression(f"{ast.unparse(node.value)}[{ast.unparse(node.slice.left)}]")


def leaves_of(sources):
    """id of a Source -> expressions that stand for one value each: its arguments, what its class
    has on self, what it names and computes, and items of dicts, as p["W"], that any of them names.
    """
    attributes, keys, leaves = {}, {}, {}
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == source.first:
                attributes.setdefault(source.owner, {})[node.attr] = None
            elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                if isinstance(node.slice.value, str):
                    keys.setdefault(ast.unparse(node.value), {})[node.slice.value] = None
    for source in sources:
        there = [*ast.walk(source.tree)]
        own = attributes.get(source.owner, ()) if source.first else ()
        nodes = [
            *(ast.Name(part.arg, LOAD) for part in source.tree.args.args[1:]),
            *(edits.expression(f"{source.first}.{name}") for name in own),
            *(node for node in there if isinstance(node, edits.LEAVES) or computed(node)),
            *(other for node in there for other in beside(node)),
        ]
        dicts = {ast.unparse(node) for node in nodes if isinstance(node, (ast.Name, ast.Attribute))}
        nodes += [edits.expression(f"{d}[{key!r}]") for d in dicts for key in keys.get(d, ())]
        found = {}
        for node in nodes:
            words = ast.unparse(node)
            value = computed(node) or not set("(:") & set(words)
            if value and len(words) < 32 and not words.endswith(NO_VALUES):
                found.setdefault(words, edits.expression(words))
                found[words].words = words
        leaves[id(source)] = list(found.values())[:MOST_LEAVES]
    return leaves

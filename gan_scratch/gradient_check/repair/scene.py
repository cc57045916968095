"""Which expressions of a pass may be the wrong one, and what stands in scope where they are.

An expression is innocent if the output, or a gradient that is right, changes when its value does.
"""

import ast
import itertools
from dataclasses import dataclass

import numpy as np

from gan_scratch.gradient_check.repair.edits import LEAVES, chain, expression, on, words_of
from gan_scratch.gradient_check.repair.source import part_of

SEE, LOOK, STIR = "__gradient_check_see__", "__gradient_check_look__", "__gradient_check_stir__"
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
    for target in getattr(statement, "targets", [getattr(statement, "target", None)]):
        if isinstance(target, ast.Subscript):
            yield Slot(source, statement, target, "slice")


def call(name, *arguments):
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def at(node, place):
    """The node, all of it said to stand where `place` does."""
    for part in ast.walk(node):
        if not hasattr(part, "end_lineno") or not hasattr(part, "col_offset"):
            part.lineno = getattr(part, "lineno", place.lineno)
            part.end_lineno = part.lineno
            part.col_offset = part.end_col_offset = 0
    return node


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
    scope       id of a statement -> {index of a leaf: its kind_of}
    leaves      id of a Source -> variables, attributes and items that it, or its class, names
    own_leaves  which `in_scope` gives: those that a statement names, the others, or (None) all
    late        (id of a statement, index) of leaves that did not exist yet in the first round
    """

    def __init__(self, sources, run, role):
        self.kinds, self.scope, self.late, self.leaves = {}, {}, set(), {}
        self.own_leaves, self.sources, self.asked, self.negative = True, sources, {}, set()
        attributes, keys = own_attributes(sources), keys_of(sources)
        for source in sources:
            self.leaves[id(source)] = leaves_of(source, attributes, keys)
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
        node, key = slot.node, id(slot.statement)
        found = self.scope.setdefault(key, {})

        def look(value, *readers):
            for index, reader in enumerate(readers):
                try:
                    found[index] = kind_of(reader())
                except Exception:  # it is made further down, perhaps in an earlier round of a loop
                    if index not in found:
                        self.late.add((key, index))
                    found.setdefault(index, None)
            return value

        nothing = ast.arguments([], [], None, [], [], None, [])
        readers = [ast.Lambda(nothing, leaf) for leaf in self.leaves[id(slot.source)]]
        slot.put(at(call(LOOK, node, *readers), slot.statement))
        watched(slot.source, LOOK, look, run)
        slot.put(node)

    def see(self, slots, run):
        """What each expression inside is."""
        parts = [part for slot in slots for part in slot.below()][::-1]
        nodes = [part.node for part in parts]

        def see(number, value):
            kind = self.kinds[id(nodes[number])] = kind_of(value)
            if kind and np.all(np.asarray(value) < 0):
                self.negative.add(id(nodes[number]))
            return value

        for number, (part, node) in enumerate(zip(parts, nodes, strict=True)):
            if isinstance(getattr(node, "ctx", LOAD), ast.Load) and not isinstance(node, ast.Slice):
                part.put(at(call(SEE, ast.Constant(number), node), part.statement))
        if parts:
            watched(parts[0].source, SEE, see, run)
        for part, node in zip(parts[::-1], nodes[::-1], strict=True):
            part.put(node)

    def kind(self, node):
        return self.kinds.get(id(node))

    def in_scope(self, slot):
        """(leaf, kind, whether it may not exist yet) at the Slot's statement: `own_leaves` says
        whether those that it names itself, the others, or all."""
        key = id(slot.statement), self.own_leaves
        if key not in self.asked:
            own = {ast.unparse(n) for n in ast.walk(slot.statement) if isinstance(n, LEAVES)}
            leaves = self.leaves[id(slot.source)]
            self.asked[key] = [
                (leaves[index], kind, (key[0], index) in self.late)
                for index, kind in self.scope.get(key[0], {}).items()
                if kind and self.own_leaves in (None, words_of(leaves[index]) in own)
            ]
        return self.asked[key]

    def everywhere(self, slot):
        """(leaf, kind) of all that is in scope there."""
        return self.at(slot.source, slot.statement)

    def at_the_end(self, source):
        """The same where the function ends."""
        return self.at(source, source.tree.body[-1])

    def at(self, source, statement):
        found, leaves = self.scope.get(id(statement), {}), self.leaves[id(source)]
        return [
            (leaves[index], kind) for index, kind in found.items()
            if kind and (id(statement), index) not in self.late
        ]

    def chains(self, slot):
        """What is done with axes elsewhere: [("reshape", arguments, keywords), ...]."""
        found = {}
        for source in self.sources:
            for node in ast.walk(source.tree):
                _, steps = chain(node)
                for some in (steps, steps[:1]):
                    found.setdefault(ast.unparse(on(ast.Name("x"), some)), some)
        return list(found.values())[1:MOST_SLICES]

    def slices(self, slot):
        """Other slices that the same function takes."""
        found = {ast.unparse(n): n for n in ast.walk(slot.source.tree) if isinstance(n, ast.Slice)}
        found.pop(ast.unparse(slot.node), None)
        return list(found.values())[:MOST_SLICES]


def watched(source, name, function, run):
    """Run the tree as it stands, with this function under that name."""
    everything = source.function.__globals__
    everything[name] = function
    try:
        run(source)
    except Exception:
        pass  # what was seen before counts
    finally:
        everything.pop(name, None)


def own_attributes(sources):
    """name of a first argument -> the attributes of it that the sources of one class name."""
    found = {}
    for source in sources:
        owner = source.function.__qualname__.rpartition(".")[0]
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if source.tree.args.args and node.value.id == source.tree.args.args[0].arg:
                    found.setdefault(owner, {})[node.attr] = None
    return found


def computed(node):
    """Whether it is np.sqrt(...), w.sum() or the like, which may be computed once more."""
    return is_numpy_call(node) or is_total(node)


def is_numpy_call(node):
    words = ast.unparse(node) if isinstance(node, ast.Call) else ""
    return words.startswith("np.") and "random" not in words and words.count("(") == 1


def is_total(node):
    """Whether it is w.sum() or the like."""
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args
    return called and node.func.attr in ("sum", "mean") and isinstance(node.func.value, ast.Name)


def beside(node):
    """a[t], where a[t + 1] stands."""
    shifted = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.BinOp)
    if shifted and isinstance(node.slice.op, (ast.Add, ast.Sub)):
        yield expression(f"{ast.unparse(node.value)}[{ast.unparse(node.slice.left)}]")


def keys_of(sources):
    """What dicts are asked for, as p["W"]: how the dict is written -> the keys."""
    found = {}
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                if isinstance(node.slice.value, str):
                    found.setdefault(ast.unparse(node.value), {})[node.slice.value] = None
    return found


def leaves_of(source, attributes, keys):
    """Expressions that stand for one value each."""
    first = source.tree.args.args[0].arg if source.tree.args.args else None
    own = attributes.get(source.function.__qualname__.rpartition(".")[0], ()) if first else ()
    nodes = [
        *(ast.Name(part.arg, ast.Load()) for part in source.tree.args.args if part.arg != first),
        *(ast.Attribute(ast.Name(first, ast.Load()), name, ast.Load()) for name in own),
        *(node for node in ast.walk(source.tree)
          if isinstance(node, LEAVES) or computed(node)),
        *(other for node in ast.walk(source.tree) for other in beside(node)),
    ]
    dicts = {ast.unparse(node) for node in nodes if isinstance(node, (ast.Name, ast.Attribute))}
    nodes += [expression(f"{d}[{key!r}]") for d in dicts for key in keys.get(d, ())]
    found = {}
    for node in nodes:
        words = ast.unparse(node)
        value = computed(node) or not set("(:") & set(words)
        if value and len(words) < 32 and not words.endswith(NO_VALUES):
            found.setdefault(words, expression(words))
            found[words].words = words
    return list(itertools.islice(found.values(), MOST_LEAVES))

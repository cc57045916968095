"""Edit, run, compare.

A gradient is mended where it is then that of the numeric check on every input that was tried, and
neither the output nor a gradient that was right has changed.
"""

import ast
import copy
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, relative
from gan_scratch.gradient_check.repair.edits import (
    PLAIN,
    RARE,
    WITH_ALL,
    WITH_OTHERS,
    WITH_OWN,
    factors_wrong,
    indices,
    variables,
)
from gan_scratch.gradient_check.repair.scene import Scene, Slot, at, stirred, watched
from gan_scratch.gradient_check.repair.source import sources_behind, text
from gan_scratch.gradient_check.repair.statements import STATEMENTS, added_at_the_end, blocks

MOST_TRIES = 4000
ELSEWHERE = 1e-4  # on other inputs, where a numeric derivative may be less exact
MOST_STEPS = 2_000_000  # lines and calls, in all tries together: so that a check takes seconds
WORSE = 1.5  # times as far off
MOST_MENDS = 3
MOST_PARTNERS, MOST_PAIRS = 8, 200


@dataclass
class Edit:
    """A change of a tree, and what it would mean if it were the right one.

    puts        (Slot, what is to stand there instead)
    statements  those that it is about
    instead     id of one of them -> what takes its place: a statement, or words
    plain       whether it is one of PLAIN or STATEMENTS
    added       (number of the line that it is about, a new one) before the function ends
    before      (Slot, what stood there), while it is made
    """

    puts: list
    word: str
    words: str
    statements: list
    instead: dict = field(default_factory=dict)
    plain: bool = False
    added: tuple = ()
    before: list = field(default_factory=list)

    @property
    def source(self):
        return self.puts[0][0].source

    def with_(self, other):
        """Both edits as one."""
        words = self.words
        if other.words != words:
            words += f", and {other.words}"
        rest = [one for one in other.statements if one not in self.statements]
        return Edit(
            [*self.puts, *other.puts], self.word, words, [*self.statements, *rest],
            {**self.instead, **other.instead}, added=self.added + other.added,
        )

    def make(self):
        for slot, node in self.puts:
            for part in node if isinstance(node, list) else [node]:
                at(part, self.statements[0])
            self.before.append((slot, slot.node))
            slot.put(node)

    def take_back(self):
        while self.before:
            slot, node = self.before.pop()
            slot.put(node)

    @contextmanager
    def tried(self):
        """Meanwhile the code runs as it would read after this edit."""
        self.make()
        try:
            with self.source.running(self.source.compiled()):
                yield
        finally:
            self.take_back()


@dataclass
class Mend:
    """An edit after which gradients are right.

    word, words     the kind of mistake, and what is wrong
    lines           (number, as it stands, as it would have to or, in words, what becomes of it)
    names           the values whose gradients are right then
    factors         name -> [(sizes of an input, by what it is off there) ...] where it still is
    plain           whether it needed nothing but what stands in that line
    left            names of those that it changes and that are wrong as before
    needs           numbers of the Mends found before without which it does not hold
    """

    word: str
    words: str
    lines: tuple
    names: tuple
    factors: dict
    plain: bool
    left: tuple
    needs: tuple = ()


class Probe:
    """One input, and what a run of the code gives there."""

    def __init__(self, evidence):
        first = next(iter(evidence.values()))
        self.subject, self.dy, self.y = first.subject, first.dy, first.y
        self.evidence, self.values = evidence, dict(first.subject.values)
        self.claims = {name: e.claim for name, e in evidence.items()}

    def run(self, between=lambda: None):
        """(y, claims) of the code as it stands; raises whatever it raises."""
        self.subject.passes.update(("forward", "backward"))
        self.subject.values = dict(self.values)  # an edit may have made a gradient None
        call = self.subject.fresh()
        y, cache = call.forward(self.subject.x())
        y = np.array(y)
        between()
        return y, call.backward(np.array(self.dy), cache)

    def made_worse(self, names, claims):
        """Whether one of these is further off now than it was."""
        return any(
            relative(claims[n], self.evidence[n].numeric)
            > WORSE * relative(self.claims[n], self.evidence[n].numeric)
            for n in names
        )

    def sizes(self):
        """"x along axis 0" -> the size."""
        return {
            f"{name} along axis {axis}": size
            for name, part in zip(self.subject.input_names(), self.subject.inputs, strict=True)
            for axis, size in enumerate(part.shape)
        }

    def among(self, names):
        return [name for name in names if name in self.evidence]

    def keeps_what_is_right(self, name, claim):
        """Whether the numbers of a wrong gradient that are right are still the same."""
        n, before = self.evidence[name].numeric, self.claims[name]
        if np.shape(before) != n.shape or np.shape(claim) != n.shape:
            return True
        small = 1e-7 * np.abs(n).max(initial=0)
        return bool((np.abs(claim - before)[np.abs(before - n) <= small] <= small).all())

    def claims_if_unharmed(self, right):
        """What is claimed now; None if y has changed, or a gradient that was right."""
        y, claims = self.run()
        harmed = not same(y, self.y) or not all(same(claims.get(n), self.claims[n]) for n in right)
        return None if harmed else {n: claims.get(n) for n in self.claims}

    def mended(self, names, claims, tolerance=EXPLAINED):
        """Those of the names that are right now."""
        if claims is None:
            return set()
        return {n for n in names if relative(claims[n], self.evidence[n].numeric) < tolerance}


def same(one, other):
    if one is None or other is None:
        return one is other
    return relative(np.asarray(one), np.asarray(other)) < EXPLAINED


def mends(found, names):
    """name -> the Mends of this wrong gradient, as far as there are some.

    found   a dict name -> Evidence for each input that was tried

    Nothing is looked for under a debugger or a profiler, which want the hooks that this needs.
    """
    probes = [Probe(evidence) for evidence in found if evidence]
    probes.sort(key=lambda probe: -sum(not probe.evidence[n].right for n in probe.among(names)))
    left = probes[0].among(names) if probes and not (sys.gettrace() or sys.getprofile()) else []
    done, made, edits = {}, [], []
    if not left:
        return done
    sources, steps = sources_behind(probes[0].run), steps_of(probes[0].run)
    tries = iter(range(min(MOST_TRIES, MOST_STEPS // steps)))
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(MOST_MENDS):
                found = search(sources, probes, left, tries) if left else None
                if found is None:
                    break
                edits.append(found[0])
                made.append(mend := accepted(*found, edits, probes, sources))
                for name in mend.names:
                    done[name] = [*(made[i] for i in mend.needs), mend]
                    left.remove(name)
    finally:
        for source in sources:
            source.restore()
    return done


def steps_of(run):
    """How many lines a run takes and how many functions it calls, which measures its length the
    same on each machine."""
    count = 0

    def seen(frame, event, _):
        nonlocal count
        count += event in ("line", "c_call")
        return seen

    sys.setprofile(seen)
    sys.settrace(seen)
    try:
        run()
    finally:
        sys.settrace(None)
        sys.setprofile(None)
    return count


def search(sources, probes, wrong, tries):
    """(The Edit that makes most of the wrong gradients right, their names, which of them are then
    right but for a factor: name -> that)."""
    first = probes[0]
    right = [n for n in first.evidence if n not in wrong]
    rng = np.random.default_rng(7)

    def run(source):
        with source.running(source.compiled()):
            return first.run()

    def role(slot):
        """What hangs on this expression: "innocent" if y does, or a gradient that is right;
        "specific" if none of the numbers that are right in the wrong ones."""
        results, arguments = [], (slot.node,)
        watched([(slot, arguments)], lambda v: stirred(v, rng), lambda s: results.append(run(s)))
        if not results:
            return "unknown"
        y, claims = results[0]
        if not same(y, first.y) or any(not same(claims.get(n), first.claims[n]) for n in right):
            return "innocent"
        changed = [n for n in wrong if not same(claims.get(n), first.claims[n])]
        apart = all(first.keeps_what_is_right(n, claims.get(n)) for n in changed)
        return "specific" if changed and apart else "unknown"

    scene = Scene(sources, run, role)
    seen = []  # (edit, name -> what is claimed after it) of those that mend nothing
    for round_of_edits in rounds(scene, sources):
        mended = []
        for edit in round_of_edits:
            if next(tries, None) is None:
                break
            names, claims = tried(edit, probes, wrong, right)
            if claims:
                seen.append((edit, claims))
            if names:  # better are those that mend all that they change
                changed = {n for n in wrong if not same(claims[n], first.claims[n])}
                mended.append((names == changed, len(names), edit, names))
                if len(names) == len(wrong):
                    break
        if mended:
            return *max(mended, key=lambda found: found[:2])[2:], {}
    both = islice(pairs(seen, first, wrong), MOST_PAIRS)
    found = [(edit, tried(edit, probes, wrong, right)[0], {}) for edit in both]
    found.append(the_rest_is_a_factor(seen, probes, wrong, right))
    best = max(found, key=lambda one: len(one[1]))
    return best if best[1] else None


def the_rest_is_a_factor(seen, probes, wrong, right):
    """What `search` returns, for the edit after which most gradients are right but for one factor,
    that were not so before."""
    first = probes[0]

    def off_by(claim, name, probe):
        """The factor, else None."""
        n = probe.evidence[name].numeric
        if np.shape(claim) != n.shape or not n.any():
            return None
        factor = float((claim * n).sum() / (n * n).sum())
        return factor if factor and relative(claim, factor * n) < EXPLAINED else None

    def names_of(claims, names, probe):
        return {n for n in names if off_by(claims[n], n, probe)}

    asked = [n for n in wrong if not off_by(first.claims[n], n, first)]
    found = [(names_of(claims, asked, first), edit) for edit, claims in seen]
    for names, edit in sorted((f for f in found if f[0]), key=lambda f: -len(f[0])):
        factors = {}
        with edit.tried():
            for probe in probes:
                claims = probe.claims_if_unharmed(right)
                names &= names_of(claims, names, probe) if claims else set()
                if claims and probe.made_worse(set(wrong) - names, claims):
                    names = set()
                for n in names:
                    factors.setdefault(n, []).append((probe.sizes(), off_by(claims[n], n, probe)))
        if told := {n: factors[n] for n in names if what_the_factor_is(factors[n])}:
            return edit, told, told
    return None, {}, {}


def what_the_factor_is(off):
    """The number that it is on every input, or in words of which size; None where it is neither.

    off     [(name of a size -> that size, the factor there), ...] for each input
    """
    numbers = [factor for _, factor in off]
    if max(numbers) - min(numbers) < EXPLAINED:
        return numbers[0]
    for words in off[0][0]:
        for power, what in ((1, "the size of {}"), (0.5, "the root of the size of {}")):
            if all(abs(f / sizes.get(words, 0) ** power - 1) < EXPLAINED for sizes, f in off):
                return what.format(words)
    return None


def pairs(seen, probe, wrong):
    """Two edits at a time. Where each changes another term of a gradient, both together change it
    by the sum of what each does alone, so the second must do what the first leaves: that is looked
    up, as a number along a random direction. Likewise for factors, with logarithms."""
    for name in wrong:
        before, right = probe.claims[name], probe.evidence[name].numeric
        if np.shape(before) != right.shape:
            continue
        v = np.random.default_rng(8).standard_normal(right.shape)
        fitting = [  # an edit that leaves nothing has only made room for a new gradient
            (edit, c[name]) for edit, c in seen
            if np.shape(c[name]) == right.shape and np.any(c[name]) and not same(c[name], before)
        ]
        for scale in (np.asarray, lambda g: np.log(np.abs(g) + 1e-300)):
            alone = np.array([np.vdot(v, scale(claim)) for _, claim in fitting])
            goal = np.vdot(v, scale(right)) + np.vdot(v, scale(before))
            order = np.argsort(alone)
            for index in np.flatnonzero(np.isfinite(alone)):
                wanted = goal - alone[index]
                near = EXPLAINED * (np.abs(goal) + np.abs(alone[index]))
                window = slice(*np.searchsorted(alone[order], (wanted - near, wanted + near)))
                for other in np.sort(order[window])[:MOST_PARTNERS]:
                    one, two = fitting[index][0], fitting[other][0]
                    if other > index and one.source is two.source:
                        yield one.with_(two)


def rounds(scene, sources):
    """The edits: those of what the backward pass alone runs first, where there is such code."""
    backward = [source for source in sources if source.goes_back]
    forward = [source for source in sources if not source.goes_back]
    for some in filter(None, (backward, forward)):
        yield from rounds_in(some, scene)


def rounds_in(sources, scene):
    """Edits that need no other variable; whole statements; then with variables, those of the same
    statement first. In each round what nothing right hangs on comes first."""
    suspects = [slot for slot in scene.suspects if slot.source in sources]
    suspects.sort(key=lambda slot: slot not in scene.specific)
    slots = [part for slot in suspects for part in slot.below()]
    scene.own_leaves = True
    yield edits_of(slots, PLAIN, scene)
    yield statement_edits(sources)
    yield same_edit_everywhere(slots, PLAIN, scene)
    for scene.own_leaves, generators in (
        (True, WITH_OWN), (None, WITH_ALL), (False, WITH_OTHERS), (None, RARE),
    ):
        yield edits_of(slots, generators, scene)
    yield ends(slots, scene)
    yield same_edit_everywhere(slots, (indices, variables), scene)
    yield edits_of(slots, (factors_wrong,), scene)


def edits_of(slots, generators, scene):
    for generator in generators:
        for slot in slots:
            for node, word, words in generator(slot, scene):
                puts = [(slot, node)]
                for part in ast.walk(node):
                    if getattr(part, "begins_at_0", False):
                        tree = slot.source.tree
                        zero = ast.parse(f"{part.id} = 0").body
                        begin = Slot(slot.source, slot.statement, tree, "body")
                        puts.append((begin, zero + tree.body))
                yield Edit(puts, word, words, [slot.statement], plain=generator in PLAIN)


def ends(slots, scene):
    for slot in slots:
        for body, word, words, more in added_at_the_end(slot, scene):
            put = Slot(slot.source, slot.statement, slot.source.tree, "body"), body
            added = ((slot.statement.lineno, f"{text(more)}, before the function ends"),)
            yield Edit([put], word, words, [slot.statement], added=added)


def same_edit_everywhere(slots, generators, scene):
    """The same edit wherever a function says the same."""
    groups = {}
    for slot in slots:
        if not isinstance(slot.node, ast.Slice):
            key = id(slot.source), ast.unparse(slot.node), isinstance(slot.parent, ast.keyword)
            groups.setdefault(key, []).append(slot)
    for group in groups.values():
        first, *others = group
        for generator in generators if others else ():
            for node, word, words in generator(first, scene):
                old = ast.unparse(first.node)
                if old not in ast.unparse(node) or isinstance(node, ast.Constant):
                    puts = [(slot, copy.deepcopy(node)) for slot in group]
                    statements = list({id(s.statement): s.statement for s in group}.values())
                    yield Edit(puts, word, words, statements, plain=generator in PLAIN)


def statement_edits(sources):
    for source in sources:
        for owner, where in blocks(source):
            statements = getattr(owner, where)
            for generator in STATEMENTS:
                for after, word, words, statement, new in generator(statements):
                    puts = [(Slot(source, statement, owner, where), after)]
                    yield Edit(puts, word, words, [statement], {id(statement): new}, plain=True)


def tried(edit, probes, wrong, right):
    """(the wrong gradients that are right on all inputs after this edit, what is claimed then on
    the first input; None where something else changed or nothing did)."""
    first = probes[0]
    try:
        with edit.tried():
            claims = first.claims_if_unharmed(right)
            if claims is None or all(same(claims[n], first.claims[n]) for n in wrong):
                return set(), None
            names = first.mended(wrong, claims)
            if not edit.plain and first.made_worse(set(wrong) - names, claims):
                return set(), claims
            for probe in probes[1:]:
                now = probe.claims_if_unharmed(right) if names else None
                names = probe.mended(names, now, ELSEWHERE)
        return names, claims
    except (Exception, SystemExit):  # the code may do anything now
        return set(), None


def accepted(edit, names, factors, edits, probes, sources):
    """The Mend; the edit, the last of all `edits`, stays made, so that the next one is looked for
    in what it left."""
    before = [text(statement) for statement in edit.statements]
    edit.make()
    after = [edit.instead.get(id(statement), statement) for statement in edit.statements]
    after = [new if isinstance(new, str) else text(new) for new in after]
    lines = [
        (statement.lineno, old, new)
        for statement, old, new in zip(edit.statements, before, after, strict=True) if old != new
    ]
    lines = sorted([*lines, *((number, "", new) for number, new in edit.added)])
    edit.source.keep()
    before = dict(probes[0].claims)
    for probe in probes:
        probe.claims = probe.run()[1]
    left = {n for n, claim in probes[0].claims.items() if not same(claim, before[n])} - {*names}
    names = tuple(sorted(names))
    needs = [
        number for number in range(len(edits) - 1)
        if not factors and not holds_without(number, edits, names, probes[0], sources)
    ]
    return Mend(
        edit.word, edit.words, tuple(lines), names, dict(factors), edit.plain, tuple(left),
        tuple(needs),
    )


def holds_without(number, edits, names, probe, sources):
    """Whether the last of the edits mends these without the edit of that number."""
    rest = [*edits[:number], *edits[number + 1 :]]
    for edit in edits[::-1]:
        edit.take_back()
    try:
        for edit in rest:
            edit.make()
        for source in sources:
            source.runs(source.compiled())
        return names == tuple(sorted(probe.mended(names, probe.run()[1])))
    except (Exception, SystemExit):
        return False
    finally:
        for edit in rest[::-1]:
            edit.take_back()
        for edit in edits:
            edit.make()
        for source in sources:
            source.runs(source.before)

"""Edits of whole statements: what is written over, when, and whether at all.

As in edits.py, a generator for each kind. Each takes a Block and yields (the statements to stand
there instead, word of the cause, what is wrong, the statement that it is about, that one as it is
then or, in words, what becomes of it).
"""

import ast
from itertools import combinations

from gan_scratch.gradient_check.repair import edits

GONE = "(nothing)"


def blocks(source):
    """(owner, field) of each list of statements in a function."""
    for node in ast.walk(source.tree):
        for field in ("body", "orelse"):
            there = getattr(node, field, None)
            if isinstance(there, list) and there and isinstance(there[0], ast.stmt):
                yield node, field


def with_(statements, index, *instead):
    return [*statements[:index], *instead, *statements[index + 1 :]]


def adds(statements):
    """= where += belongs, the other way round, and x[indices] += with indices that repeat."""
    for index, statement in enumerate(statements):
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            begins = edits.name_of_call(statement.value).startswith(("zeros", "empty"))
            if isinstance(target, edits.LEAVES) and not begins:
                other = ast.AugAssign(target, ast.Add(), statement.value)
                if isinstance(target, ast.Name):  # which may be what the caller still has
                    more = ast.BinOp(edits.expression(target.id), ast.Add(), statement.value)
                    other = ast.Assign([target], more)
                words = f"{ast.unparse(target)} is written over; it is to be added to"
                yield with_(statements, index, other), "assigned", words, statement, other
        elif isinstance(statement, ast.AugAssign):
            target = statement.target
            if isinstance(target, ast.Subscript) and ":" not in ast.unparse(target.slice):
                added = f"np.add.at({ast.unparse(target.value)}, ({ast.unparse(target.slice)},), v)"
                other = ast.Expr(edits.expression(added, v=statement.value))
                words = "x[indices] += adds once where an index repeats; np.add.at adds each time"
                yield with_(statements, index, other), "assigned", words, statement, other
            other = ast.Assign([target], statement.value)
            words = f"{ast.unparse(target)} is added to; it is to be set anew"
            yield with_(statements, index, other), "path twice", words, statement, other


def cleared(statements):
    """What holds something already is set to zeros."""
    for index, statement in enumerate(statements):
        called = edits.name_of_call(getattr(statement, "value", None))
        if isinstance(statement, ast.Assign) and called.startswith(("zeros", "empty")):
            words = f"this line clears what {ast.unparse(statement.targets[0])} holds already"
            yield with_(statements, index), "assigned", words, statement, GONE


def left_out(statements):
    for index, statement in enumerate(statements):
        if isinstance(statement, (ast.Assign, ast.AugAssign)) and len(statements) > 1:
            words = "this line is too much"
            yield with_(statements, index), "path twice", words, statement, GONE


def moved(statements):
    """What comes too early: an update, before the old values were used for the last time."""
    for index, statement in enumerate(statements[:-1]):
        if not isinstance(statement, (ast.Assign, ast.AugAssign, ast.Expr)):
            continue
        rest = statements[index + 1 :]
        for end in range(len(rest) - isinstance(rest[-1], ast.Return), 0, -1):
            later = [*statements[:index], *rest[:end], statement, *rest[end:]]
            words = "this comes too early: what follows needs what was there before"
            behind = f"(the same, behind line {rest[end - 1].lineno})"
            yield later, "updated inside", words, statement, behind


def returned(statements):
    """A return inside a loop, which belongs behind it."""
    for index, loop in enumerate(statements):
        if found := out_of_the_loop(loop):
            words = "return stands inside the loop, which ends in its first round"
            before, behind = statements[:index], "(the same, behind the loop)"
            yield [*before, *found], "part of the places", words, found[1], behind


def out_of_the_loop(loop):
    """(the loop without the return at its end, that return), however deep it stands; else None."""
    if not isinstance(loop, ast.For):
        return None
    *body, last = loop.body
    if inner := out_of_the_loop(last):
        body, last = [*body, inner[0]], inner[1]
    if not body or not isinstance(last, ast.Return):
        return None
    return ast.copy_location(ast.For(loop.target, loop.iter, body, []), loop), last


def carried(statements):
    """What a round of a loop leaves for the next one, under a name that nothing reads."""
    for index, loop in enumerate(statements):
        if not isinstance(loop, ast.For):
            continue
        made = {name: s for s in loop.body for name in assigned_by(s)}
        read = {
            n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
        }
        before = dict.fromkeys(name for s in statements[:index] for name in assigned_by(s))
        unread = [name for name in made if name not in read]
        stale = [name for name in before if name in read and name not in made]
        for chosen in combinations(stale, len(unread)) if unread else ():
            meant = dict(zip(unread, chosen, strict=True))
            words = f"{' and '.join(unread)} of a round of the loop is never read, and "
            words += f"{' and '.join(chosen)} stays as it begins"
            body = [renamed(s, meant) if meant.keys() & assigned_by(s) else s for s in loop.body]
            copy = ast.copy_location(ast.For(loop.target, loop.iter, body, []), loop)
            first = made[unread[0]]
            new = body[loop.body.index(first)]
            yield with_(statements, index, copy), "path missing", words, first, new


def assigned_by(statement):
    """The names that an assignment gives a value, in order."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [
        n.id for target in targets for n in ast.walk(target)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]


def kept(statements):
    """A variable that was given another value before it is used: the first one was meant."""
    for first, one in enumerate(statements):
        for second in range(first + 1, len(statements)):
            both = set(assigned_by(one)) & set(assigned_by(statements[second]))
            if not both:
                continue
            words = f"another value was given to {' and '.join(sorted(both))} before this line, "
            words += "where the first one belongs"
            for start in range(second + 1, len(statements)):
                if not uses(statements[start], both):
                    continue
                for end in range(len(statements), start, -1):
                    first_ones = {name: f"first_{name}" for name in both}
                    keep = [ast.parse(f"first_{name} = {name}").body[0] for name in sorted(both)]
                    new = [renamed(s, first_ones) for s in statements[start:end]]
                    yield (
                        [*statements[: first + 1], *keep, *statements[first + 1 : start], *new,
                         *statements[end:]],
                        "wrong cache", words, statements[start], new[0],
                    )
            break


def added_at_the_end(slot, scene):
    """A term that is missing, or a value, of what is made further down only: added, or set, before
    the function ends. Yields (the body to stand there, word, what is wrong)."""
    body, statement = slot.source.tree.body, slot.statement
    kind, end = scene.kind(slot.node), body[-1]
    if not edits.is_root(slot) or not edits.floats(kind) or end is statement:
        return
    target, *others = edits.targets_of(statement) or [None]
    if others or not isinstance(target, edits.LEAVES):
        return
    there = scene.everywhere(end)
    early = {edits.words_of(leaf) for leaf, _ in scene.everywhere(statement)}
    terms = [edits.words_of(leaf) for leaf, other in there if other == kind]
    for text in [*terms, *(edits.products(kind, there) if len(kind[1]) == 2 else ())]:
        if text == ast.unparse(target):
            continue
        added = ast.AugAssign(target, ast.Add(), edits.expression(text))
        ways = [(added, "path missing", f"the term {text} is missing")]
        if text in terms and text not in early and isinstance(target, ast.Attribute):
            words = f"{text} belongs where {ast.unparse(slot.node)} stands"
            ways.append((ast.Assign([target], edits.expression(text)), "wrong input", words))
        for more, word, words in ways:
            ast.copy_location(more, statement)
            rest = [more, end] if isinstance(end, ast.Return) else [end, more]
            yield [*body[:-1], *rest], word, words, more


def uses(statement, names):
    return any(
        isinstance(n, ast.Name) and n.id in names and isinstance(n.ctx, ast.Load)
        for n in ast.walk(statement)
    )


def renamed(statement, names):
    """A copy, with other names for some variables."""
    copy = ast.increment_lineno(ast.parse(ast.unparse(statement)).body[0], statement.lineno - 1)
    for node in ast.walk(copy):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return copy


STATEMENTS = (adds, returned, carried, cleared, moved, left_out, kept)

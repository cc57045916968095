"""The functions that somebody's pass runs through: their source as a tree, and a tree as code."""

import ast
import dis
import gc
import inspect
import sys
import types
from contextlib import contextmanager

from gan_scratch.gradient_check.holdings import is_users

LONGEST = 200  # lines of a function that is edited
COMPUTE = ast.Assign, ast.AugAssign, ast.Return, ast.Expr, ast.If, ast.For


class Source:
    """One function of somebody's, as a tree that may be edited.

    functions   it, as many times as it was made: a closure may have been made more than once
    tree        its definition; line numbers are those of the file
    statements  those of it that compute something, in the order of the file
    first       the name of its first argument, such as self; None where it takes none
    owner       where it stands: the name of a class, perhaps
    goes_back   whether the backward pass alone calls it
    """

    def __init__(self, functions):
        self.functions, self.function = functions, functions[0]
        self.original = self.before = self.function.__code__
        self.owner = self.function.__qualname__.rpartition(".")[0]
        lines, first = inspect.getsourcelines(self.before)
        if len(lines) > LONGEST:
            raise ValueError
        text, inside = "".join(lines), lines[0][0].isspace()
        body = ast.parse(f"if 1:\n{text}" if inside else text).body  # texts in it keep their margin
        self.tree = body[0].body[0] if inside else body[0]
        loops = any(isinstance(node, ast.While) for node in ast.walk(self.tree))
        if loops or not isinstance(self.tree, ast.FunctionDef):
            raise ValueError  # an edit may make a while loop endless
        ast.increment_lineno(self.tree, first - 1 - inside)
        self.tree.decorator_list = []
        self.first = next((argument.arg for argument in self.tree.args.args), None)
        computing = (n for n in ast.walk(self.tree) if isinstance(n, COMPUTE) and part_of(n))
        self.statements = sorted(computing, key=lambda node: node.lineno)
        self.module = self.wrapped()
        if content(self.compiled()) != content(self.before):
            raise ValueError  # the file has changed since, or this was made in another way

    def wrapped(self):
        """A module in which the definition stands as it did in its own: inside a class, for names
        such as self.__w and super(), and where the variables that it has caught are known."""
        inside, free = [self.tree], self.before.co_freevars
        *_, holder, _ = ("", *self.before.co_qualname.split("."))
        if holder and holder != "<locals>":
            inside = [ast.Global([holder]), ast.ClassDef(holder, [], [], inside, [])]
        caught = ast.arguments([], [ast.arg(name) for name in free if name != "__class__"],
                               None, [], [], None, [])
        outer = ast.FunctionDef("_", caught, inside, [])
        return ast.fix_missing_locations(ast.Module([outer], []))

    def compiled(self):
        """The code of the tree as it stands."""
        whole = compile(self.module, self.before.co_filename, "exec")
        code = inner(whole, self.before.co_name)
        if code is None or code.co_freevars != self.before.co_freevars:
            raise ValueError
        return code

    @contextmanager
    def running(self, code):
        self.runs(code)
        try:
            yield
        finally:
            self.runs(self.before)

    def runs(self, code):
        """From now on this is what it runs."""
        for function in self.functions:
            function.__code__ = code

    def keep(self):
        """From now on the tree as it stands is what runs."""
        self.before = self.compiled()
        self.runs(self.before)

    def restore(self):
        self.runs(self.original)


def part_of(statement):
    """The name of the field that holds what a statement computes, if it computes anything."""
    match statement:
        case ast.Expr(value=ast.Constant()):  # a docstring
            return None
    field = {ast.If: "test", ast.For: "iter"}.get(type(statement), "value")
    return field if getattr(statement, field, None) else None


def text(statement):
    """It as one line: of an if or a loop, its head."""
    if isinstance(statement, (ast.If, ast.For)):
        return ast.unparse(statement).splitlines()[0]
    return ast.unparse(statement)


def content(code):
    """What it loads, stores and computes. Calls and jumps depend on what else its module holds."""
    return [
        (step.opname.replace("METHOD", "ATTR"), not inspect.iscode(step.argval) and step.argval)
        for step in dis.get_instructions(code)
        if step.opname.startswith(("LOAD", "STORE", "BINARY", "UNARY", "COMPARE"))
    ]


def inner(code, name):
    """The code of this name inside, however deep."""
    for part in code.co_consts:
        if inspect.iscode(part):
            found = part if part.co_name == name else inner(part, name)
            if found:
                return found
    return None


def sources_behind(run):
    """A Source for each function of somebody's own that `run(between)` calls, and whose text is
    there. `between` is to be called after the forward pass."""
    codes, before = {}, []  # in the order in which they are called

    def seen(frame, event, _):
        if event == "call" and is_users(frame.f_globals.get("__name__") or ""):
            codes.setdefault(frame.f_code)

    sys.setprofile(seen)
    try:
        run(lambda: before.extend(codes))
    finally:
        sys.setprofile(None)
    found = []
    parts = {part for code in codes for part in code.co_consts if inspect.iscode(part)}
    for code in (c for c in codes if c not in parts):  # what one makes inside is edited there
        things = gc.get_referrers(code)
        its = [t for t in things if isinstance(t, types.FunctionType) and t.__code__ is code]
        try:
            found += [Source(its)] if its else []
        except (OSError, TypeError, ValueError, SyntaxError):
            continue  # no text, or none that is understood
        if its:
            found[-1].goes_back = code not in before
    return found

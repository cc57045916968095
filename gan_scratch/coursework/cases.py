"""How a source writes down what the grader runs.

A case is a generator function of `code` and `rng`. It calls the student's module through `code`,
with numbers drawn from `rng`, and yields (what it is, the answer) for each answer that counts:

    @case("1.1", points=2)
    def dense_backward(code, rng):
        layer = code.Dense(rng.standard_normal((4, 3)), rng.standard_normal(3))
        y, cache = layer.forward(rng.standard_normal((5, 4)))
        yield "y", y
        yield "dx", layer.backward(rng.standard_normal((5, 3)), cache)

It runs twice with the same numbers: on the student's module behind the wall, then, when that
process is dead, on the solution. An answer is handed over when it is yielded, so what is drawn
afterwards cannot be known to whoever computed it.
"""

import types
from dataclasses import dataclass, field


@dataclass
class Judgement:
    """What a judge says: the share of the points, a sentence, and figures for a leaderboard."""

    share: float
    words: str
    figures: dict = field(default_factory=dict)


SECONDS = 5.0  # of computing, for a case


@dataclass
class Case:
    """What is run, for which task, and what it is worth.

    gate        without this case none of the task's points counts: it is too large for derivatives
                by differencing
    judge       answers (name -> array) -> Judgement, where there is more than one right answer:
                weights of a generator, say. What the script yields of its own, such as the mixture
                that the generator was to learn, comes from this side and can be relied on.
    each        numbers are compared one by one as well: a norm does not see the small ones
    strict      an overflow, a division by zero or a NaN on the way is an error
    """

    script: object
    task: str
    points: int
    seconds: float = SECONDS
    gate: bool = False
    judge: object = None
    each: bool = False
    strict: bool = False

    @property
    def name(self):
        return self.script.__name__.replace("_", " ")


def case(task, **settings):
    """Register the script below, with these settings of a `Case`; `cases_of` finds it."""

    def register(script):
        script.case = Case(script, task, **settings)
        return script

    return register


def reference_of(assignment):
    """The solution with its cases, as a module."""
    module = types.ModuleType(assignment.module)
    exec(compile(assignment.reference(), f"{assignment.name}.py", "exec"), vars(module))
    return module


def cases_of(assignment):
    """The cases of an assignment, as they were written."""
    names = vars(reference_of(assignment)).values()
    return [value.case for value in names if hasattr(value, "case")]


def points_of(assignment):
    """Task -> points, of what is run."""
    cases = cases_of(assignment)
    return {task: sum(c.points for c in cases if c.task == task) for task in assignment.tasks}

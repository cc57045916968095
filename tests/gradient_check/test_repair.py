"""Mistakes that are found by editing the source: each kind of edit, several mistakes at once, the
ways in which people write code, and that nothing is left behind."""

import importlib
import inspect
import re
import sys
import warnings

import numpy as np
import pytest
from repairs import codes, helpers, several, slips

from gan_scratch import layers
from gan_scratch.gradient_check import check, diagnosis
from gan_scratch.gradient_check.repair import search


def inputs(*shapes):
    rng = np.random.default_rng(0)
    drawn = tuple(rng.standard_normal(shape) for shape in shapes or [(5, 4)])
    return drawn if len(drawn) > 1 else drawn[0]


@pytest.fixture
def checked(monkeypatch):
    """checked(layer, x) -> (the report, name -> the Mends that were found)."""
    found, mends = [], diagnosis.mends

    def kept(*arguments):
        found.append(mends(*arguments))
        return found[-1]

    monkeypatch.setattr(diagnosis, "mends", kept)

    def run(layer, x):
        report = check(layer, x)
        assert not report.passed
        return report, found.pop()

    return run


def marked(thing):
    """{(line, how it would have to read)} of a class or function, from its comments."""
    lines, first = inspect.getsourcelines(thing)
    found = set()
    for number, line in enumerate(lines, first or 1):
        comment = re.search(r"# (?:-> )?(.*)$", line)
        if comment and line.strip() != comment[0]:
            found.add((number, comment[1]))
    return found


def changed(mends):
    """{(line, how it reads then)} of all Mends, in the words of `marked`."""
    words = {"(nothing)": "goes", "(the same, behind": "moves"}
    found = set()
    for number, _, new in [line for its in mends.values() for mend in its for line in mend.lines]:
        found.add((number, next((said for w, said in words.items() if new.startswith(w)), new)))
    return found


# Each kind of edit.


@pytest.mark.parametrize(
    "generator, kind, shapes", slips.SLIPS, ids=[kind.__name__ for _, kind, _ in slips.SLIPS]
)
def test_a_slip_is_mended_by_one_kind_of_edit(generator, kind, shapes, checked, monkeypatch):
    report, mends = checked(kind(), inputs(*shapes))
    ((name, (mend,)),) = mends.items()
    assert changed(mends) == marked(kind)
    cause = report.causes[f"dx{name[1:]}" if name[0] == "x" else f"d{name}"]
    if mend.plain or cause.about.startswith("line"):
        for number, old, new in mend.lines:
            assert not old or f"      {number}: - {old}\n" in str(report)
            assert f" + {new}\n" in str(report)
    leave_out(generator, monkeypatch)
    _, others = checked(kind(), inputs(*shapes))
    words = {other.word for its in others.values() for other in its}
    assert (changed(others), words) != (marked(kind), {mend.word})


LISTS = "PLAIN", "WITH_OWN", "WITH_ALL", "WITH_OTHERS", "RARE", "STATEMENTS"


def leave_out(name, monkeypatch):
    """Search without a generator."""
    for which in LISTS:
        rest = tuple(one for one in getattr(search, which) if one.__name__ != name)
        monkeypatch.setattr(search, which, rest)
    if hasattr(search, name):
        monkeypatch.setattr(search, name, lambda *_: ())


def test_every_kind_of_edit_has_a_slip():
    listed = {one.__name__ for which in LISTS for one in getattr(search, which)}
    assert listed <= {generator for generator, _, _ in slips.SLIPS}


def test_the_edit_that_mends_a_vague_cause_becomes_the_cause(checked):
    report, _ = checked(slips.FactorTwice(), inputs())
    ((line, _),) = marked(slips.FactorTwice)
    cause = report.causes["dx"]
    assert cause.word == "scale" and cause.about == f"line {line}"
    assert f"dx comes out right if line {line} changes: the factor x is too much." in str(report)


def test_the_line_stands_below_a_cause_that_says_more(checked):
    report, _ = checked(slips.NotTurnedBack(), inputs((2, 3, 4)))
    ((line, new),) = marked(slips.NotTurnedBack)
    cause = report.causes["dx"]
    assert (cause.word, cause.about) == ("flipped", "(1,)")
    assert cause.formula.endswith(f"{line}: - return 3 * dy\n     + {new}")


def test_no_condition_is_offered_that_can_never_be_true(checked):
    class Cut:
        def forward(self, x):
            return np.zeros_like(x), x

        def backward(self, dy, x):
            return dy * (x < -0.5)

    _, mends = checked(Cut(), inputs())
    assert "abs(x)" not in str(mends)


# Several mistakes.


@pytest.mark.parametrize("kind, gradients", [
    (several.TwoGradients, 2), (several.TwoInOneGradient, 1),
    (several.ALineTooMuchBesides, 1),
    (several.TwoFactorsOfOneGradient, 1), (several.OneBehindTheOther, 3),
    (several.HelperOfTheOutput, 1), (several.HelperOfARightGradient, 1),
])  # fmt: skip
def test_several_mistakes(kind, gradients, checked):
    two = len(inspect.signature(kind.forward).parameters) - 1
    report, mends = checked(kind(), inputs(*[(5, 4)] * two))
    assert changed(mends) == marked(kind)
    assert len(mends) == gradients == len(report.causes)


def test_two_gradients_have_a_line_each(checked):
    _, mends = checked(several.TwoGradients(), inputs((5, 4), (5, 4)))
    first, second = sorted(number for number, _ in marked(several.TwoGradients))
    assert [mends[name][0].lines[0][0] for name in ("x[0]", "x[1]")] == [first, second]
    assert not any(mend.needs for its in mends.values() for mend in its)


def test_two_edits_of_one_gradient_are_one_mend(checked):
    report, mends = checked(several.TwoInOneGradient(), inputs())
    (mend,) = mends["x"]
    assert len(mend.lines) == 2
    first, second = sorted(number for number, _ in marked(several.TwoInOneGradient))
    assert f"dx comes out right if lines {first} and {second} change" in str(report)


def test_a_gradient_that_needs_both_shows_both(checked):
    report, mends = checked(several.OneBehindTheOther(), inputs())
    first, second = sorted(number for number, _ in marked(several.OneBehindTheOther))
    assert [bool(mend.needs) for mend in mends["x"]] == [False, True]
    assert [mend.lines[0][0] for mend in mends["x"]] == [first, second]
    assert len(mends["w"]) == len(mends["b"]) == 1
    assert report.causes["dx"].about == f"line {first} and {second}"
    assert report.causes["dw"].about == report.causes["db"].about == f"line {first}"


@pytest.mark.parametrize("kind, words", [
    (several.FactorBesides, "It is then 4 times too large."),
    (several.SizeBesides, "left is the root of the size of x along axis 0"),
])
def test_a_constant_factor_may_be_left(kind, words, checked):
    report, mends = checked(kind(), inputs())
    assert changed(mends) == marked(kind) and "comes out right but for a factor" in str(report)
    assert words in " ".join(str(report).split())
    off = [factor for _, factor in mends["x"][0].factors["x"]]
    assert np.allclose(off, 4 if kind is several.FactorBesides else np.sqrt([5, 6, 8]))


# The ways in which people write.


HOMES = {
    codes.OfItsBase: codes.Method, codes.SeveralClosures: codes.made,
    codes.OfAnotherModule: helpers,
}  # fmt: skip


@pytest.mark.parametrize("kind", codes.WAYS)
def test_code_is_mended_however_it_is_written(kind, checked):
    layer = kind()
    before = codes_of(codes, helpers)
    _, mends = checked(layer, inputs())
    assert {number for number, _ in changed(mends)} == {n for n, _ in marked(HOMES.get(kind, kind))}
    assert before == codes_of(codes, helpers)


@pytest.mark.parametrize("kind", codes.LEFT_ALONE)
def test_code_that_cannot_be_edited_is_left_alone(kind, checked):
    report, mends = checked(kind(), inputs())
    assert not mends and "line" not in str(report)


def test_a_file_that_has_changed_since_is_left_alone(checked, tmp_path, monkeypatch):
    text = "import numpy as np\nclass Wrong:\n    def forward(self, x):\n        return 3 * x, x\n"
    text += "    def backward(self, dy, x):\n        return np.multiply(dy, 3 + x / x)\n"
    file = tmp_path / "changed_since.py"
    file.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("changed_since")
    monkeypatch.delitem(sys.modules, "changed_since")
    assert changed(checked(module.Wrong(), inputs())[1]) == {(6, "return np.multiply(dy, 3)")}
    # As the file reads now it is right, and would be if its arguments were swapped.
    for other in (text.replace("3 +", "3 *"), text.replace("3 + x / x", "3"), "\n\n" + text, ""):
        file.write_text(other)
        lines = {line for line, _ in changed(checked(module.Wrong(), inputs())[1])}
        assert not lines & {6, 8}


@pytest.mark.parametrize("hook", ["trace", "profile"])
def test_nothing_is_edited_under_a_debugger_or_a_profiler(hook, checked):
    def watching(*_):
        return None

    before = getattr(sys, f"get{hook}")()
    getattr(sys, f"set{hook}")(watching)
    try:
        _, mends = checked(codes.Method(), inputs())
        assert getattr(sys, f"get{hook}")() is watching
    finally:
        getattr(sys, f"set{hook}")(before)
    assert not mends and checked(codes.Method(), inputs())[1]


# What must hold whatever happens.


def codes_of(*modules):
    """Every function of some modules, and their classes, with its very code."""
    things = [thing for module in modules for thing in vars(module).values()]
    things += [part for kind in things if isinstance(kind, type) for part in vars(kind).values()]
    found = [getattr(thing, "__func__", thing) for thing in things]
    return {id(one): id(one.__code__) for one in found if inspect.isfunction(one)}


class Raises(codes.Square):
    """Raises when an edited version of it runs: `after` so many times."""

    def __init__(self, error, after):
        self.error, self.left = error, iter(range(after))

    def backward(self, dy, x):
        if Raises.backward.__code__ is not ORIGINAL and next(self.left, None) is None:
            raise self.error
        return 2 * dy * np.sin(np.cos(x) + 1)


ORIGINAL = Raises.backward.__code__


@pytest.mark.parametrize("after", [0, 3, 20, 40])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_the_code_is_put_back_whatever_it_raises(error, after):
    layer, before = Raises(error, after), list(warnings.filters)
    names = set(globals())
    if error is KeyboardInterrupt:
        with pytest.raises(KeyboardInterrupt):
            check(layer, inputs())
    else:
        assert not check(layer, inputs()).passed
    assert Raises.backward.__code__ is ORIGINAL
    assert set(globals()) == names and warnings.filters == before
    assert sys.getprofile() is None and sys.gettrace() is None
    assert next(layer.left, None) is None  # an edited version did raise


def test_an_object_is_left_as_it_was(checked):
    class Counts(codes.Square):
        def __init__(self):
            self.calls, self.seen, self.last = 0, [], np.zeros(4)

        def backward(self, dy, x):
            self.calls += 1
            self.seen.append(dy)
            self.last[...] = dy[0]
            return 2 * dy * x * x

    layer = Counts()
    seen, last = layer.seen, layer.last
    assert checked(layer, inputs())[1]
    assert layer.calls == 0 and layer.seen is seen == [] and layer.last is last and not last.any()


@pytest.mark.parametrize("kind", [several.OneBehindTheOther, several.TwoInOneGradient,
                                  several.FactorBesides, slips.NotCarried])
def test_the_same_report_twice(kind):
    assert str(check(kind(), inputs())) == str(check(kind(), inputs()))


@pytest.mark.parametrize("kind, harmed", [
    (several.HelperOfTheOutput, several.turned),
    (several.HelperOfARightGradient, several.also_turned),
])
def test_what_is_right_is_not_harmed(kind, harmed, checked):
    """Without this line of the helper the wrong gradient would be right."""
    two = len(inspect.signature(kind.forward).parameters) - 1
    _, mends = checked(kind(), inputs(*[(5, 4)] * two))
    lines, first = inspect.getsourcelines(harmed)
    within = range(first, first + len(lines))
    assert mends and not any(number in within for number, _ in changed(mends))


def test_an_edit_must_be_right_on_inputs_of_every_size(checked):
    class Mean:
        def forward(self, x):
            return x.mean(axis=1), x

        def backward(self, dy, x):
            return dy[:, None] * np.ones_like(x) / 3  # with 4 it is right for 4 columns

    _, mends = checked(Mean(), inputs())
    assert not mends


class WrongDense(layers.Dense):
    """A layer of the library whose dx is wrong, by way of the library's own code."""

    def backward(self, dy, cache, need_dx=True):
        dx = super().backward(dy, cache, need_dx)
        return dx if dx is None else -dx


def test_nothing_of_the_library_is_edited(checked, monkeypatch):
    found, sources_behind = [], search.sources_behind
    monkeypatch.setattr(
        search, "sources_behind", lambda run: found.append(sources_behind(run)) or found[-1]
    )
    _, mends = checked(WrongDense(4, 3, rng=np.random.default_rng(0)), inputs())
    assert mends
    modules = {source.function.__module__ for sources in found for source in sources}
    assert modules == {WrongDense.__module__}

"""gan-scratch gradcheck: the numerical gradient check of a layer, of all, or of one's own."""

import ast
import inspect
import re
import signal
import sys
import threading
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from gan_scratch.cli import options as types
from gan_scratch.cli.watching import watch
from gan_scratch.gradient_check import catalogue, check, check_functions, check_loss
from gan_scratch.gradient_check.examples import Labels, draw_input, examples
from gan_scratch.gradient_check.forms import FORWARD, PAIRS, Unusable, method
from gan_scratch.guests import guest, imported, what_happened
from gan_scratch.settings import did_you_mean

KINDS = {  # what a function's input may hold: word -> (rng, shape, integers below) -> array
    "normal": lambda rng, shape, below: rng.standard_normal(shape),
    "probabilities": lambda rng, shape, below: rng.uniform(0.05, 0.95, shape),
    "binary": lambda rng, shape, below: rng.integers(0, 2, shape).astype(float),
    "signs": lambda rng, shape, below: rng.choice([-1.0, 1.0], shape),
    "one-hot": lambda rng, shape, below: np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])],
    "integers": lambda rng, shape, below: rng.integers(0, below, shape),
}


def add_to(commands):
    parser = commands.add_parser(
        "gradcheck",
        help="check the gradients of a layer, of the whole library, or of your own code",
        description="Check every derivative of a layer against numeric ones, in float64, and name "
        "the mistake where one is wrong.",
        epilog="Settings of the layer are options too: gan-scratch gradcheck Dense "
        "--in-features 5 --out-features 3. Of functions, the options are the shapes of their "
        "inputs: gan-scratch gradcheck my.py:affine --x 4,5 --w 5,3 --b 3, for affine_forward and "
        "affine_backward. A word before a shape says what its numbers are: --target one-hot:4,5; "
        f"words are {', '.join(KINDS)}.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("target", metavar="TARGET", type=types.path,
        help="a layer of the library (Dense), `all`, file.py:Class, or file.py:function for a "
        "pair function_forward and function_backward or for a loss that returns its gradients")
    add("--input", metavar="N,D", action="append",
        help="shape of the input, as in 4,5 (default: one that fits); once for each of several, "
        "as in --input 6,4 --input one-hot:6,4")
    add("--integers", type=types.count, metavar="K",
        help="the input, or what is written --label integers:6, is integers below K")
    add("--constant", type=types.text, metavar="NAME", action="append", default=[],
        help="an array that moves y and is not to be learnt, by the name in the report; may be "
        "given several times")
    add("--strict", action="store_true",
        help="exit with 1 also where an array that moves y was not compared")
    add("--seed", type=types.seed, default=0, help="of every draw (default: 0)")
    add("--watch", action="store_true", help="check again whenever the file is saved (Ctrl-C ends)")
    add("--limit", type=types.seconds, default=60, metavar="SECONDS",
        help="give up on code that takes longer (default: 60)")
    parser.set_defaults(run=gradcheck, settings=[])


def gradcheck(options):
    settings = parse_settings(options.settings, vars(options))
    if options.target == "all":
        if settings or options.input or options.integers:
            raise ValueError("gradcheck all takes no settings, no --input and no --integers")
        return check_all(options.seed)
    if options.watch:
        path = Path(options.target.rpartition(":")[0])
        if not path.is_file():
            raise ValueError(
                f"--watch needs a file to look at (file.py:Class), got {options.target}"
            )
        return watch(path, [word for word in sys.argv[1:] if word != "--watch"])
    rng = np.random.default_rng(options.seed)
    found = find(options.target)
    with time_limit(options.limit, options.target):
        if inspect.isclass(found):
            layer, kind = make(found, settings, rng, vars(options))
            x = inputs_of(options, kind, rng)
            try:
                report = check_anybodys(layer, x, rng, options.constant)
            except TypeError as error:
                if options.integers is None:
                    raise
                raise ValueError(f"--integers {options.integers}: {error}") from error
            report.subject = f"{type(layer).__name__} on x of shape {shape_words(x)}"
        else:
            report = check_functions_of(found, settings, options.integers, rng, options.constant)
    print(report)
    return 0 if report.complete or report.passed and not options.strict else 1


def inputs_of(options, kind, rng):
    """The x of a layer: each --input as it is described, or one of this kind. --integers K makes
    integers below K of an input that is described by its shape alone."""
    described, below = options.input or [], options.integers
    if below is not None and not any(":" in words for words in described):
        if len(described) > 1 or not described and isinstance(kind, (list, Labels)):
            raise ValueError(
                "--integers K goes with --input, the shape of the integers below K, or of several "
                f"with --input integers:6; got {below}"
            )
        described, kind = [f"integers:{words}" for words in described], Labels(kind, below)
    x = [drawn_as("input", words, below, rng) for words in described] or [draw_input(kind, rng)]
    return tuple(x) if len(x) > 1 else x[0]


class TooLong(KeyboardInterrupt):
    """No Exception, so that whoever catches those does not go on for ever."""


@contextmanager
def time_limit(seconds, target):
    """Interrupt what takes longer, where the system has an alarm clock."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except TooLong:
        raise TimeoutError(
            f"{target} did not finish within {seconds:g} seconds: an endless loop? --limit sets "
            "how long to wait, and a smaller --input is quicker"
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def check_functions_of(functions, settings, below, rng, constants=()):
    """Check a pair (forward, backward), or a loss, on random inputs as `settings` describes them:
    name -> shape, or kind:shape. Integers are below `below`."""
    first = functions[0]
    parameters = inspect.signature(first).parameters.values()
    names = [one.name for one in parameters if one.default is one.empty]
    besides = [name for name in settings if name not in names]
    if besides or not settings.keys() >= set(names):
        as_in = " ".join(f"--{name.replace('_', '-')} 4,3" for name in names)
        fixed = f"; {', '.join(besides)} cannot be set, and has its default" if besides else ""
        takes = f"{first.__name__} takes {', '.join(names)}"
        raise ValueError(f"{takes}: give the shape of each, as in {as_in}{fixed}")
    inputs = [drawn_as(name, settings[name], below, rng) for name in names]
    checked = check_functions if len(functions) == 2 else check_loss
    shapes = [x.shape for x in inputs]
    with in_a_sentence(first.__name__, shapes, "look at its inputs' shapes", "--NAME"):
        report = checked(*functions, *inputs, rng=rng, constants=constants)
    its = ", ".join(f"{name} {shape}" for name, shape in zip(names, shapes, strict=True))
    report.subject = f"{first.__name__} on {its}"
    return report


def drawn_as(name, words, below, rng):
    """An input as it is described: (4, 5), "4,5" or "one-hot:4,5"."""
    kind, _, sizes = str(words).rpartition(":")
    try:
        shape = tuple(int(size) for size in sizes.strip("()").split(",") if size.strip())
    except ValueError:
        shape = ()
    if not shape or not all(1 <= size <= types.MOST for size in shape):
        raise ValueError(f"--{name} is a shape such as 4,5 or one-hot:4,5, got {words!r}")
    if kind and kind not in KINDS:
        raise ValueError(f"--{name} {words}: a kind is one of {', '.join(KINDS)}, got {kind!r}")
    if kind == "integers" and below is None:
        raise ValueError(f"--{name} {words} needs --integers K, as they are to be below K")
    return KINDS[kind or "normal"](rng, shape, below)


def check_all(seed):
    """Everything in the library, a line each; the whole table where something is wrong."""
    failed = 0
    print("first order   tangent")
    for report in catalogue.reports(seed):
        first, tangent = report.error_of(order=1), report.error_of(order=2)
        second = f"{tangent:8.1e}" if tangent is not None else f"{'-':>8}"
        mark = "ok   " if report.complete else "WRONG"
        print(f"{first:11.1e}  {second}  {mark}  {report.subject}")
        if not report.complete:
            failed += 1
            print(report)
    print("all passed" if not failed else f"{failed} failed")
    return 1 if failed else 0


def shape_words(x):
    return " and ".join(str(np.shape(part)) for part in (x if isinstance(x, tuple) else (x,)))


def check_anybodys(layer, x, rng, constants=()):
    if layer.__class__ in catalogue.layer_classes().values():
        return check(layer, x, rng=rng, constants=constants)
    advice = (
        "--input sets it, --integers its kind; a layer has forward(x) -> (y, cache) or y, and "
        "backward(dy, cache) or backward(dy) -> dx"
    )
    with in_a_sentence(type(layer).__name__, shape_words(x), advice):
        return check(layer, x, rng=rng, constants=constants)


def in_a_sentence(name, shape, advice, option="--input"):
    """Whatever somebody's code raises, put into a sentence that says where."""

    def sentence(error):
        if isinstance(error, Unusable):
            return str(error)
        place = traceback.extract_tb(error.__traceback__)[-1]
        wants_indices = isinstance(error, IndexError) and "integer" in str(error)
        hint = advice if not wants_indices else (
            f"{option} sets it, --integers its kind: {option} integers:6 --integers K are 6 "
            "indices below K"
        )
        return (
            f"{name} could not be checked on x of shape {shape}: {what_happened(error)} "
            f"({Path(place.filename).name}, line {place.lineno}); {hint}"
        )

    return guest(sentence)


def find(target):
    """What TARGET names: a class in the library or in a file, a pair of functions (forward,
    backward) in a file, or a loss alone as (function,)."""
    path, separator, name = target.rpartition(":")
    if not separator:
        classes = catalogue.layer_classes()
        if target not in classes:
            raise ValueError(
                f"unknown layer {target!r}{did_you_mean(target, [*classes, 'all'])}; choose all, "
                f"one of the {len(classes)} in gan_scratch.layers, such as Dense (`gan-scratch "
                "gradcheck all` names them), or file.py:Class"
            )
        return classes[target]
    folder = str(Path(path).parent)
    sys.path.insert(0, folder)
    try:
        module = imported(path, f"checked_{Path(path).stem}")
    finally:
        sys.path.remove(folder)
    found = getattr(module, name, None)
    if inspect.isclass(found):
        return found
    stem = re.sub("_(forward|fwd)$|^forward_", "", name)
    for names in PAIRS:
        pair = [getattr(module, side.format(stem), None) for side in names]
        if all(map(callable, pair)):
            return tuple(pair)
    if callable(found):
        return (found,)
    raise ValueError(
        f"{path} has no class {name!r}, no functions {stem}_forward and {stem}_backward, and no "
        f"function {name}"
    )


def make(cls, settings, rng, options=()):
    """(an instance of `cls` with these settings, an input that suits it).

    It is given `rng` where it takes one. A layer of the library without settings is its first
    example. `options` are what else the name of a setting may have meant.
    """
    try:
        parameters = inspect.signature(cls).parameters
    except ValueError:
        parameters = {}
    if "rng" in parameters:
        settings = {**settings, "rng": rng}
    if not settings.keys() - {"rng"} and cls in catalogue.layer_classes().values():
        return examples(rng)[cls.__name__][0]
    missing = [
        name for name, parameter in parameters.items()
        if parameter.default is parameter.empty and name not in settings
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    if missing:
        options = " ".join(f"--{name.replace('_', '-')} ..." for name in missing)
        raise ValueError(f"{cls.__name__} needs {options}")
    if unknown := settings.keys() - parameters.keys():
        word = sorted(unknown)[0]
        raise ValueError(
            f"{cls.__name__} has no setting {word}{did_you_mean(word, [*parameters, *options])}; "
            f"it has {', '.join(parameters) or 'none'}"
        )

    def sentence(error):
        said = error if isinstance(error, (TypeError, ValueError)) else what_happened(error)
        return f"{cls.__name__} cannot be made: {said}"

    with guest(sentence):
        layer = cls(**settings)
    if method(layer, FORWARD) is None:
        raise ValueError(f"{cls.__name__} has no method forward; {how_to_adapt(layer)}")
    return layer, catalogue.input_for(layer)


def how_to_adapt(thing):
    """The lines that make two of its methods, or two functions, a form that is known."""
    name, own = type(thing).__name__, [n for n in dir(thing) if callable(getattr(thing, n, None))]
    back = next((n for n in own if re.search("back|grad", n, re.I)), "backward_part")
    other = re.sub("backward|backprop|back", "forward", back)
    ahead = next((n for n in own if n == other != back or "forward" in n), "forward_part")
    return (
        f"check one part of it at a time: `class Part({name}): forward, backward = {name}.{ahead}, "
        f"{name}.{back}`, where backward takes dy and returns dx, or `def part_forward(x, W, b): "
        "... return y, cache` and `def part_backward(dy, cache): ... return dx, dW, db`"
    )


def parse_settings(words, options=()):
    """['--in-features', '5'] -> {'in_features': 5}. `options` are what else may have been meant."""
    settings = {}
    words = [part for word in words for part in word.split("=", 1)]
    if len(words) % 2 or not all(word.startswith("--") for word in words[::2]):
        hint = did_you_mean(words[-1], [f"--{name}" for name in options])
        raise ValueError(f"settings are pairs such as --in-features 5, got {' '.join(words)}{hint}")
    for name, value in zip(words[::2], words[1::2], strict=True):
        with suppress(ValueError, SyntaxError):  # a word such as glorot stands for itself
            value = ast.literal_eval(value)
        settings[name.removeprefix("--").replace("-", "_")] = value
    return settings

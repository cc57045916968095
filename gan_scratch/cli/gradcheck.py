"""gan-scratch gradcheck: the numerical gradient check of a layer, of all, or of one's own."""

import ast
import importlib.util
import inspect
import sys
import traceback
from pathlib import Path

import numpy as np

from gan_scratch.gradient_check import catalogue, check
from gan_scratch.gradient_check.examples import draw_input, examples


def add_to(commands):
    parser = commands.add_parser(
        "gradcheck",
        help="check the gradients of a layer, of the whole library, or of your own class",
        description="Check every derivative of a layer against numeric ones, in float64.",
        epilog="Settings of the layer are options too: gan-scratch gradcheck Dense "
        "--in-features 5 --out-features 3",
        allow_abbrev=False,
    )
    parser.add_argument(
        "target", metavar="TARGET",
        help="a layer of the library (Dense), `all`, or file.py:Class",
    )
    parser.add_argument(
        "--input", metavar="N,D", help="shape of the input, as in 4,5 (default: one that fits)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of every random draw (default: 0)")
    parser.set_defaults(run=gradcheck, settings=[])


def gradcheck(options):
    settings = parse_settings(options.settings)
    if options.target == "all":
        if settings or options.input:
            raise ValueError("gradcheck all takes no settings and no --input")
        return check_all(options.seed)
    rng = np.random.default_rng(options.seed)
    layer, kind = make(find_class(options.target), settings, rng)
    if options.input:
        kind = parse_shape(options.input)
    report = check_anybodys(layer, draw_input(kind, rng), rng)
    report.subject = f"{type(layer).__name__} on x of shape {kind}"
    print(report)
    return 0 if report.passed else 1


def check_all(seed):
    """Everything in the library, a line each; the whole table where something is wrong."""
    failed = 0
    print(f"{'first order':>11}  {'tangent':>8}")
    for report in catalogue.reports(seed):
        first, tangent = report.error_of(order=1), report.error_of(order=2)
        second = f"{tangent:8.1e}" if tangent is not None else f"{'-':>8}"
        print(f"{first:11.1e}  {second}  {'ok   ' if report.passed else 'WRONG'}  {report.subject}")
        if not report.passed:
            failed += 1
            print(report)
    print("all passed" if not failed else f"{failed} failed")
    return 1 if failed else 0


def check_anybodys(layer, x, rng):
    """`check`, with whatever somebody's layer raises put into a sentence that says where."""
    try:
        return check(layer, x, rng=rng)
    except Exception as error:
        if layer.__class__ in catalogue.layer_classes().values():
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise ValueError(
            f"{type(layer).__name__} could not be checked on x of shape {x.shape} (--input sets "
            f"it): {type(error).__name__}: {error} ({Path(place.filename).name}, line "
            f"{place.lineno}); a layer has forward(x, training=True) -> (y, cache) and "
            "backward(dy, cache, need_dx=True) -> dx"
        ) from error


def find_class(target):
    """The class that TARGET names: in the library, or in a file as file.py:Class."""
    path, separator, name = target.rpartition(":")
    if not separator:
        classes = catalogue.layer_classes()
        if target not in classes:
            raise ValueError(
                f"unknown layer {target!r}; choose all, one of {', '.join(classes)}, "
                "or file.py:Class"
            )
        return classes[target]
    if not Path(path).is_file():
        raise ValueError(f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(f"checked_{Path(path).stem}", path)
    if spec is None:
        raise ValueError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    sys.path.insert(0, str(Path(path).parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # somebody's file may raise anything
        raise ValueError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        sys.path.pop(0)
    if not inspect.isclass(getattr(module, name, None)):
        raise ValueError(f"{path} has no class {name!r}")
    return getattr(module, name)


def make(cls, settings, rng):
    """(an instance of `cls` with these settings, an input that suits it).

    It is given `rng` where it takes one. A layer of the library without settings is its first
    example.
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
    unknown = settings.keys() - parameters.keys()
    if unknown:
        raise ValueError(
            f"{cls.__name__} has no setting {', '.join(sorted(unknown))}; "
            f"it has {', '.join(parameters) or 'none'}"
        )
    try:
        layer = cls(**settings)
    except Exception as error:  # somebody's class may raise anything
        raise ValueError(f"{cls.__name__} cannot be made: {one_line(error)}") from error
    for method in ("forward", "backward"):
        if not callable(getattr(layer, method, None)):
            raise ValueError(f"{cls.__name__} has no method {method}")
    return layer, catalogue.input_for(layer)


def one_line(error):
    return str(error) if isinstance(error, (TypeError, ValueError)) else repr(error)


def parse_settings(words):
    """['--in-features', '5'] -> {'in_features': 5}."""
    settings = {}
    words = [part for word in words for part in word.split("=", 1)]
    if len(words) % 2 or not all(word.startswith("--") for word in words[::2]):
        raise ValueError(f"settings are pairs such as --in-features 5, got {' '.join(words)}")
    for name, value in zip(words[::2], words[1::2], strict=True):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            pass  # a word such as glorot stands for itself
        settings[name.removeprefix("--").replace("-", "_")] = value
    return settings


def parse_shape(text):
    try:
        shape = tuple(int(size) for size in text.strip("()").split(",") if size.strip())
    except ValueError:
        shape = ()
    if not shape or min(shape) < 1:
        raise ValueError(f"--input is a shape such as 4,5, got {text!r}")
    return shape

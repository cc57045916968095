"""gan_scratch: generative adversarial networks from their gradients up.

Every layer is written by hand with its backward pass beside it; the layers feed an explicit
alternating min-max game; numerical gradient checks prove each derivative.

    import gan_scratch as gs
    gs.layers, gs.losses, gs.game, gs.training, gs.gradient_check, ...

Modules load when they are first used, so that importing the package costs next to nothing.
"""

import importlib

from gan_scratch.version import VERSION

__version__ = VERSION

MODULES = (
    "backend", "batch", "book", "datasets", "exchange", "game", "gradient_check", "layers",
    "losses", "metrics", "models", "optimizers", "passes", "penalties", "plots", "recipes", "runs",
    "terms", "testing", "theory", "training",
)  # fmt: skip

__all__ = ["__version__", *MODULES]


def __getattr__(name):
    if name in MODULES:
        return importlib.import_module(f"gan_scratch.{name}")
    raise AttributeError(f"module 'gan_scratch' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)

"""A random generator whose draws are those of the whole batch, whoever shares it."""

import numpy as np

from gan_scratch.share import share

# Where `size` stands among the arguments of a generator's methods.
PLACE_OF_SIZE = {
    "random": 0, "standard_normal": 0, "standard_exponential": 0, "poisson": 1, "exponential": 1,
    "choice": 1, "integers": 2, "normal": 2, "uniform": 2, "binomial": 2, "laplace": 2, "gumbel": 2,
}  # fmt: skip


class DrawnOnce(np.random.Generator):
    """The generator of the same bits. While a batch is shared, the first process draws for the
    whole batch and each takes the rows of its own samples; else it is a generator as any other.

    An array that is drawn has a row for each sample (or for each pack of samples); a single number
    is the same one for all.
    """


def drawn_once(name):
    """The method `name` of DrawnOnce."""
    ordinary = getattr(np.random.Generator, name)

    def draw(self, *arguments, **settings):
        here = share()
        if here.count == 1:
            return ordinary(self, *arguments, **settings)
        place, arguments = PLACE_OF_SIZE.get(name), list(arguments)
        refuse_what_is_not_shared(name, [*arguments[:place], *settings.items()])
        size = arguments[place] if place < len(arguments) else settings.get("size")
        shape = () if size is None else tuple(np.atleast_1d(size))
        if shape:
            whole = here.whole_length(int(shape[0])), *shape[1:]
            if place < len(arguments):
                arguments[place] = whole
            else:
                settings["size"] = whole
        bits = np.random.Generator(self.bit_generator)
        drawn = here.once(lambda: ordinary(bits, *arguments, **settings))
        return here.rows(drawn) if shape else drawn

    draw.__name__ = name
    return draw


def refuse_what_is_not_shared(name, settings):
    """Raise where the draws of a share could not be the rows of a draw for the whole batch."""
    if name not in PLACE_OF_SIZE:
        raise TypeError(
            f"the samples of a batch that processes share have no {name} of their own: draw by "
            f"one of {', '.join(PLACE_OF_SIZE)}, or train with workers=1"
        )
    for setting in settings:
        word, value = setting if isinstance(setting, tuple) else ("", setting)
        if word == "out" or word not in ("size", "p", "dtype") and np.ndim(value) > 0 and (
            name != "choice"
        ):
            raise TypeError(
                f"{name} is drawn once for the whole batch that processes share, so it takes "
                "numbers and a size here, no arrays: draw standard numbers and scale them"
            )


METHODS = [name for name in vars(np.random.Generator) if not name.startswith("_")]
for method in METHODS:
    if callable(getattr(np.random.Generator, method)):
        setattr(DrawnOnce, method, drawn_once(method))

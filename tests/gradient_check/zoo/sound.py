"""Right layers at random settings, scales and kinks: nothing is to be said of any of them."""

from inspect import signature

import numpy as np

from gan_scratch.gradient_check import check, check_functions, check_loss
from gan_scratch.gradient_check.examples import draw_input, examples
from zoo import right, written

IMAGES = ("Conv", "ConvTranspose", "AveragePool", "MaxPool", "Upsample")
CHANNELS = {
    "Dense": 5, "DictDense": 5, "PReLU": 4, "Skip": 4, "BatchNorm": 3, "LayerNorm": 5, "Conv": 2,
    "ConvTranspose": 2,
}  # that a layer of right.py is made for
PLAIN = [name for name in vars(right) if isinstance(getattr(right, name), type)]
FUNCTIONS = ["affine", "logistic_loss", "squared_loss", "hinge_loss", "relativistic_loss"]
OF_LABELS = ["softmax_loss", "probability_loss", "margin_loss"]


def draw_written(rng):
    """The same of one of the forms in written.py."""
    n, forms = int(rng.integers(1, 7)), [*written.CLASSES, *written.FUNCTIONS]
    form = forms[rng.integers(len(forms))]
    if isinstance(form, tuple):
        inputs = written.FUNCTIONS[form](rng, n)
        checked = check_functions if len(form) == 2 else check_loss
        return form[0].__name__, lambda: checked(*form, *inputs, rng=rng)
    draw_inputs = written.CLASSES[form]
    if form is written.SoftmaxWithLoss and rng.random() < 0.5:
        draw_inputs = written.one_hot
    layer = form(rng) if "rng" in signature(form).parameters else form()
    x = draw_inputs(rng, n)
    x = x if len(x) > 1 else x[0]
    return form.__name__, lambda: check(layer, x, rng=rng)


def draw(seed):
    """(what is checked, how, its inputs and dy) of one run, all of it drawn by the seed."""
    rng = np.random.default_rng(seed)
    batch, size = int(rng.integers(1, 7)), 10.0 ** rng.integers(-3, 4)
    kind = rng.integers(5)
    if kind == 4:
        return draw_written(rng)
    if kind == 0:  # a layer of the library
        family = rng.choice(sorted(examples(rng)))
        layer, x = examples(rng)[family][0]
        return family, lambda: check(layer, draw_input(x, rng), rng=rng)
    if kind == 1:
        name = rng.choice(FUNCTIONS)
        if name == "affine":
            inputs = rng.standard_normal((batch, 5)), rng.standard_normal((5, 3)), np.zeros(3)
            return name, lambda: check_functions(
                right.affine_forward, right.affine_backward, *inputs, rng=rng
            )
        return name, lambda: check_loss(
            getattr(right, name), *rng.standard_normal((2, batch, 1)), rng=rng
        )
    if kind == 2:
        name = rng.choice(OF_LABELS)
        score, label = rng.standard_normal((batch, 4)), rng.integers(0, 4, batch)
        if name == "probability_loss":
            score, label = rng.uniform(0.02, 0.98, (batch, 4)), rng.integers(0, 2, (batch, 4))
        if name == "softmax_loss" and rng.random() < 0.5:
            label = np.eye(4)[label]
        return name, lambda: check_loss(getattr(right, name), score, label, rng=rng)
    name = rng.choice(PLAIN)
    layer = getattr(right, name)(rng)
    if name == "Embedding":
        x = rng.integers(0, 5, batch + 2)
    else:
        places = tuple(2 * rng.integers(1, 4, 2)) if name in IMAGES else ()
        x = rng.standard_normal((batch, *places, CHANNELS.get(name, int(rng.integers(1, 6)))))
        if name not in ("Softplus", "ELU", "Swish", "Sigmoid", "Tanh", "Softmax"):
            x *= size
        if name in ("LeakyReLU", "PReLU") and batch > 1:
            x[0] = 0  # at the kink
    y = layer.forward(np.array(x))
    shape = np.shape(y[0] if isinstance(y, tuple) else y)
    dy = 10.0 ** rng.integers(-5, 6) * rng.standard_normal(shape)
    return name, lambda: check(layer, x, dy, rng=rng)

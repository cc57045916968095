"""The Gumbel-softmax: a draw from one of K classes through which a gradient flows."""

from gan_scratch import settings
from gan_scratch.backend import array_module, backend_of
from gan_scratch.layers.activations import Softmax
from gan_scratch.share import share


class GumbelSoftmax(Softmax):
    """y = softmax((x + g) / τ), with standard Gumbel noise g and τ = temperature · factor.

    The class with the largest x + g is a draw from softmax(x), and as τ → 0 y becomes its one-hot
    vector (Jang, Gu and Poole 2017; Maddison, Mnih and Teh 2017). With `hard=True` y is that vector
    at once, and the other passes stay those of the softmax. This straight-through estimator
    (Bengio, Léonard and Courville 2013) is no derivative, so the gradient check does not judge it.

    In inference nothing is drawn and g = 0, so that looking at a game changes nothing: what a
    generator makes then varies with its latent vector alone, each choice being the likeliest. To
    see draws, call it with training=True.

    Shapes
        x (..., K) logits, y as x
    Backward, Tangent
        those of Softmax at (x + g) / τ, divided by τ

    A `schedule` (progress -> factor) lowers τ, and a game keeps `factor` up to date. τ must stay
    above 0: training.schedules.down_to(0.1, linear) ends at a tenth.
    """

    shareable = True

    def __init__(self, temperature=1.0, hard=False, *, rng, schedule=None):
        self.temperature = settings.positive(self, "temperature", temperature)
        self.hard = settings.truth(self, "hard", hard)
        self.rng = settings.generator(self, rng)
        self.schedule = settings.schedule(self, schedule)
        self.factor = 1.0

    @property
    def surrogate_gradient(self):
        return "hard=True is a straight-through estimator" if self.hard else ""

    def forward(self, x, training=True):
        self.expect(x, (..., None))
        tau = self.temperature * self.factor
        if not tau > 0:
            raise ValueError(
                f"GumbelSoftmax takes a temperature above 0, got {self.temperature:g} times the "
                f"factor {self.factor:g} of its schedule"
            )
        if training:
            noise = share().draws_from(self.rng).gumbel(size=x.shape)
            x = x + backend_of(x).asarray(noise.astype(x.real.dtype))
        y, soft = super().forward(x / tau)
        if self.hard:
            classes = array_module(x).arange(x.shape[-1])
            y = (classes == soft.real.argmax(axis=-1)[..., None]).astype(x.dtype)
        return y, (soft, tau)

    def backward(self, dy, cache, need_dx=True):
        soft, tau = cache
        dx = super().backward(dy, soft, need_dx)
        return dx / tau if need_dx else None

    def tangent_forward(self, x_dot, cache):
        soft, tau = cache
        y_dot, _ = super().tangent_forward(x_dot, soft)
        return y_dot / tau, y_dot / tau

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        soft, tau = cache
        dx, dx_dot = super().tangent_backward(dy, dy_dot, soft, tangent_cache, need_dx)
        return (dx / tau, dx_dot / tau) if need_dx else (None, None)

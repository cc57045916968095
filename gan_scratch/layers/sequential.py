"""One layer after the other: the chain rule."""

from gan_scratch.layers.layer import Layer, Parameter


class Sequential(Layer):
    """One layer after the other: y = f_n(... f_2(f_1(x))).

    Backward
        dx = J_1ᵀ J_2ᵀ ... J_nᵀ dy: the chain rule, from the last layer to the first
    Tangent
        ẏ = J_n ... J_2 J_1 ẋ, and dẋ as dx, layer by layer

    The cache is the list of the layers' caches.
    """

    def __init__(self, *layers):
        for index, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                raise TypeError(f"Sequential takes layers; item {index} is {layer!r}")
        self.layers = list(layers)

    def forward(self, x, training=True):
        caches = []
        for layer in self.layers:
            x, cache = layer.forward(x, training)
            caches.append(cache)
        return x, caches

    def backward(self, dy, cache, need_dx=True):
        last = 0 if need_dx else first_that_learns(self.layers)
        for index in reversed(range(last, len(self.layers))):
            dy = self.layers[index].backward(dy, cache[index], need_dx or index > last)
        return dy if need_dx else None

    def tangent_forward(self, x_dot, cache):
        tangent_caches = []
        for layer, layer_cache in zip(self.layers, cache, strict=True):
            x_dot, tangent_cache = layer.tangent_forward(x_dot, layer_cache)
            tangent_caches.append(tangent_cache)
        return x_dot, tangent_caches

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        last = 0 if need_dx else first_that_learns(self.layers)
        for index in reversed(range(last, len(self.layers))):
            dy, dy_dot = self.layers[index].tangent_backward(
                dy, dy_dot, cache[index], tangent_cache[index], need_dx or index > last
            )
        return (dy, dy_dot) if need_dx else (None, None)

    @property
    def piecewise_linear(self):
        return all(layer.piecewise_linear for layer in self.layers)

    @property
    def takes_condition(self):
        return bool(self.layers) and self.layers[0].takes_condition

    @property
    def classes(self):
        """How many classes its first layer is told apart, or None."""
        return getattr(self.layers[0], "classes", None) if self.takes_condition else None

    def members(self):
        return ((str(index), layer) for index, layer in enumerate(self.layers))

    def __getitem__(self, index):
        return self.layers[index]

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)


def first_that_learns(layers):
    """The index of the first layer with parameters: where a backward pass for them may end."""
    return next((index for index, layer in enumerate(layers) if learns(layer)), len(layers))


def learns(layer):
    """Whether there is a parameter in the layer or inside it."""
    return any(
        isinstance(member, Parameter) or isinstance(member, Layer) and learns(member)
        for _, member in layer.members()
    )

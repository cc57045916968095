"""Recurrent layers: a state is carried from step to step of a sequence."""

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers.activations import sigmoid
from gan_scratch.layers.dense import Dense
from gan_scratch.layers.initializers import uniform
from gan_scratch.layers.layer import Layer


class Recurrent(Layer):
    """A cell that runs through sequences x (N, T, C) step by step: what GRU and LSTM share.

        a_t = x_t W + b              the layer `input`, for all steps in one product
        s_t = h_{t-1} U + c          the layer `recurrent`, with h_0 = 0
        h_t = cell(a_t, s_t, ...)    the hidden state: y is h after each step, or after the last one

    Backpropagation through time goes from the last step to the first. The cell gives da_t and ds_t,
    and the sums over all steps are one product each:
        dx = da Wᵀ     dW = Σ xᵀ da     db = Σ da     dU = Σ h_{t-1}ᵀ ds_t     dc = Σ ds_t

    Except in the candidate of a GRU, c only adds to b. PyTorch has both, so weights go there and
    back one by one, and a step of an optimiser does the same on both sides.

    A subclass sets `states`, the number of arrays in a state (h is the first), and writes the four
    passes of one step:
        step(state, a)                                         -> state, kept
        back(dstate, dy, kept)                                 -> dstate, d
        tangent_step(state_dot, a_dot, kept)                   -> state_dot, kept_dot
        tangent_back(dstate_dot, dy_dot, d, kept, kept_dot)    -> dstate_dot, d_dot
    `kept` begins with the inputs of the layers that a step calls, and d with da and the derivatives
    by the outputs of these layers. The rest of each is for the other passes of the same step.
    """

    def __init__(self, in_features, hidden, last, rng, gates):
        self.in_features = settings.positive_integer(self, "in_features", in_features)
        self.hidden = settings.positive_integer(self, "hidden", hidden)
        self.last = settings.truth(self, "last", last)
        self.input = self.dense(self.in_features, gates, rng)

    def dense(self, in_features, gates, rng, bias=True):
        """A dense layer with H outputs a gate; weights and biases start uniform in ±1/√H."""

        def start(rng, shape, fan_in, fan_out):
            return uniform(rng, shape, self.hidden, fan_out)

        return Dense(in_features, gates * self.hidden, bias, rng=rng, init=start, bias_init=start)

    def gates(self, v):
        """v (..., kH) as k arrays (..., H)."""
        return [v[..., start : start + self.hidden] for start in range(0, v.shape[-1], self.hidden)]

    def zeros(self, x):
        return self.states * (array_module(x).zeros((x.shape[0], self.hidden), x.dtype),)

    def output(self, states):
        return states[-1][0] if self.last else next(over_time(states))

    def from_last(self, dy, kept):
        """dy of each step, from the last one to the first."""
        return [dy] + [0] * (len(kept) - 1) if self.last else dy.swapaxes(0, 1)[::-1]

    def forward(self, x, training=True):
        self.expect(x, (None, None, self.in_features), like=self.input.weight.value)
        if not x.shape[1]:
            raise ValueError(f"{type(self).__name__} takes x of one step or more, got {x.shape}")
        a, _ = self.input.forward(x)
        states, kept = run(self.step, self.zeros(x), a.swapaxes(0, 1))
        y = self.output(states)
        return y, (x, kept, y.shape)

    def backward(self, dy, cache, need_dx=True):
        x, kept, y_shape = cache
        self.expect(dy, y_shape, like=x, name="dy")
        _, d = run(self.back, self.zeros(x), self.from_last(dy, kept), kept[::-1])
        layers, ds = self.children().values(), over_time(d[::-1])  # of input, recurrent, ...
        passes = zip(layers, ds, over_time(kept, x), strict=False)
        return [layer.backward(*arrays, layer is self.input and need_dx)
                for layer, *arrays in passes][0]

    def tangent_forward(self, x_dot, cache):
        x, kept, _ = cache
        self.expect(x_dot, x.shape, like=x, name="x_dot")
        a_dot, _ = self.input.tangent_forward(x_dot, x)
        states_dot, kept_dot = run(self.tangent_step, self.zeros(x), a_dot.swapaxes(0, 1), kept)
        return self.output(states_dot), (x_dot, kept_dot)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        (x, kept, y_shape), (x_dot, kept_dot) = cache, tangent_cache
        self.expect_cotangents(dy, dy_dot, y_shape, like=x)
        dy_dot = 0 * dy if dy_dot is None else dy_dot  # gates are curved, so most terms stay
        _, d = run(self.back, self.zeros(x), self.from_last(dy, kept), kept[::-1])
        _, d_dot = run(self.tangent_back, self.zeros(x), self.from_last(dy_dot, kept), d,
                       kept[::-1], kept_dot[::-1])
        layers, ds, ds_dot = self.children().values(), over_time(d[::-1]), over_time(d_dot[::-1])
        inputs = over_time(kept, x), over_time(kept_dot, x_dot)
        passes = zip(layers, ds, ds_dot, *inputs, strict=False)
        return [layer.tangent_backward(*arrays, layer is self.input and need_dx)
                for layer, *arrays in passes][0]


class GRU(Recurrent):
    """Gated recurrent unit (Cho et al. 2014). A step goes from h = h_{t-1} to h_t:

        r = σ(x W_r + b_r + h U_r + c_r)          reset: how much of h the candidate sees
        z = σ(x W_z + b_z + h U_z + c_z)          update: how much of h stays
        n = tanh(x W_n + b_n + r (h U_n + c_n))   the candidate
        h_t = (1 - z) n + z h

    This is the form of PyTorch and cuDNN. With reset_after=False it is the paper's, where r acts
    before the product (ONNX's linear_before_reset = 0) and no c is needed:
        n = tanh(x W_n + b_n + (r h) U_n)

    Shapes
        x (N, T, C), y (N, T, H) or, with last=True, (N, H); W (C, 3H), U (H, 3H), b and c (3H,) in
        the order r, z, n; with reset_after=False U_n is a layer of its own, `candidate`
    Backward, with v = r u, where u = h U_n + c_n (or h), and dr, dz, dn before σ and tanh
        dn = dh_t (1 - z) (1 - n²)      dv = dn (or dn U_nᵀ)
        dz = dh_t (h - n) z (1 - z)     dr = dv u r (1 - r)       du = dv r
        dh = dh_t z + dr U_rᵀ + dz U_zᵀ + du U_nᵀ (or + du), and dh_{t-1} = dh + dy_{t-1}
    Tangent
        the product rule, line by line
    """

    states = 1

    def __init__(self, in_features, hidden, reset_after=True, last=False, *, rng):
        super().__init__(in_features, hidden, last, rng, gates=3)
        self.reset_after = settings.truth(self, "reset_after", reset_after)
        self.recurrent = self.dense(self.hidden, 2 + reset_after, rng, bias=reset_after)
        self.candidate = None if reset_after else self.dense(self.hidden, 1, rng, bias=False)

    def step(self, state, a):
        (h,), (a_r, a_z, a_n) = state, self.gates(a)
        s_r, s_z, *u = self.gates(self.recurrent.forward(h)[0])
        r, z = sigmoid(a_r + s_r), sigmoid(a_z + s_z)
        (u,) = u or (h,)
        v = r * u
        s_n = v if self.reset_after else self.candidate.forward(v)[0]
        n = array_module(v).tanh(a_n + s_n)
        return ((1 - z) * n + z * h,), (h, v, u, r, z, n)

    def back(self, dstate, dy, kept):
        (dh,), (h, _, u, r, z, n) = dstate, kept
        dh = dh + dy
        dn = dh * (1 - z) * (1 - n * n)
        dz = dh * (h - n) * z * (1 - z)
        dv = dn if self.reset_after else through(self.candidate, dn)
        dr, du = dv * u * r * (1 - r), dv * r
        ds = joined(dr, dz, du)[:, : self.recurrent.out_features]
        before = dh * z + through(self.recurrent, ds) + (0 if self.reset_after else du)
        return (before,), (joined(dr, dz, dn), ds, dn, dv, dh)

    def tangent_step(self, state_dot, a_dot, kept):
        (h_dot,), (h, v, u, r, z, n), (a_r, a_z, a_n) = state_dot, kept, self.gates(a_dot)
        s_r, s_z, *u_dot = self.gates(self.recurrent.tangent_forward(h_dot, h)[0])
        r_dot, z_dot = r * (1 - r) * (a_r + s_r), z * (1 - z) * (a_z + s_z)
        (u_dot,) = u_dot or (h_dot,)
        v_dot = r_dot * u + r * u_dot
        s_n = v_dot if self.reset_after else self.candidate.tangent_forward(v_dot, v)[0]
        n_dot = (1 - n * n) * (a_n + s_n)
        next_dot = (1 - z) * n_dot + z * h_dot + z_dot * (h - n)
        return (next_dot,), (h_dot, v_dot, u_dot, r_dot, z_dot, n_dot)

    def tangent_back(self, dstate_dot, dy_dot, d, kept, kept_dot):
        (dh_dot,), (_, ds, dn, dv, dh), (h, _, u, r, z, n) = dstate_dot, d, kept
        h_dot, _, u_dot, r_dot, z_dot, n_dot = kept_dot
        dh_dot = dh_dot + dy_dot
        dn_dot = (dh_dot * (1 - z) - dh * z_dot) * (1 - n * n) - 2 * dh * (1 - z) * n * n_dot
        dz_dot = (dh_dot * (h - n) + dh * (h_dot - n_dot)) * z * (1 - z)
        dz_dot += dh * (h - n) * (1 - 2 * z) * z_dot
        dv_dot = dn_dot if self.reset_after else through_dot(self.candidate, dn, dn_dot)
        dr_dot = (dv_dot * u + dv * u_dot) * r * (1 - r) + dv * u * (1 - 2 * r) * r_dot
        du_dot = dv_dot * r + dv * r_dot
        ds_dot = joined(dr_dot, dz_dot, du_dot)[:, : self.recurrent.out_features]
        before = dh_dot * z + dh * z_dot + through_dot(self.recurrent, ds, ds_dot)
        before = before + (0 if self.reset_after else du_dot)
        return (before,), (joined(dr_dot, dz_dot, dn_dot), ds_dot, dn_dot)


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber 1997; the forget gate is by Gers et al.
    2000). A step goes from h = h_{t-1} and the memory m = m_{t-1} to h_t and m_t:

        i = σ(x W_i + b_i + h U_i + c_i)          how much is written
        f = σ(x W_f + b_f + h U_f + c_f)          how much of m stays
        g = tanh(x W_g + b_g + h U_g + c_g)       what there is to write
        o = σ(x W_o + b_o + h U_o + c_o)          how much is shown
        m_t = f m + i g,   h_t = o k with k = tanh(m_t)

    Shapes
        x (N, T, C), y (N, T, H) or, with last=True, (N, H); W (C, 4H), U (H, 4H), b and c (4H,) in
        the order i, f, g, o
    Backward, with di, df, dg, do before σ and tanh
        dm_t += dh_t o (1 - k²)     di = dm_t g i (1 - i)     dg = dm_t i (1 - g²)
        dm = dm_t f                 df = dm_t m f (1 - f)     do = dh_t k o (1 - o)
        dh = [di df dg do] Uᵀ, and dh_{t-1} = dh + dy_{t-1}
    Tangent
        the product rule, line by line

    `forget_bias` is added to b_f at the start. With 0, as in PyTorch, f starts near ½, which halves
    the memory at each step; 1 lets gradients reach further back (Jozefowicz et al. 2015).
    """

    states = 2

    def __init__(self, in_features, hidden, last=False, forget_bias=1.0, *, rng):
        super().__init__(in_features, hidden, last, rng, gates=4)
        self.forget_bias = settings.not_negative(self, "forget_bias", forget_bias)
        self.recurrent = self.dense(self.hidden, 4, rng)
        self.input.bias.value[self.hidden : 2 * self.hidden] += self.forget_bias

    def step(self, state, a):
        (h, m), tanh = state, array_module(a).tanh
        i, f, g, o = self.gates(a + self.recurrent.forward(h)[0])
        i, f, g, o = sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)
        next_m = f * m + i * g
        k = tanh(next_m)
        return (o * k, next_m), (h, m, i, f, g, o, k)

    def back(self, dstate, dy, kept):
        (dh, dm), (_, m, i, f, g, o, k) = dstate, kept
        dh = dh + dy
        dm = dm + dh * o * (1 - k * k)
        di, df = dm * g * i * (1 - i), dm * m * f * (1 - f)
        dg, do = dm * i * (1 - g * g), dh * k * o * (1 - o)
        ds = joined(di, df, dg, do)
        return (through(self.recurrent, ds), dm * f), (ds, ds, dh, dm)

    def tangent_step(self, state_dot, a_dot, kept):
        (h_dot, m_dot), (h, m, i, f, g, o, k) = state_dot, kept
        s_dot, _ = self.recurrent.tangent_forward(h_dot, h)
        i_dot, f_dot, g_dot, o_dot = self.gates(a_dot + s_dot)
        i_dot, f_dot = i * (1 - i) * i_dot, f * (1 - f) * f_dot
        g_dot, o_dot = (1 - g * g) * g_dot, o * (1 - o) * o_dot
        next_dot = f_dot * m + f * m_dot + i_dot * g + i * g_dot
        k_dot = (1 - k * k) * next_dot
        kept_dot = h_dot, m_dot, i_dot, f_dot, g_dot, o_dot, k_dot
        return (o_dot * k + o * k_dot, next_dot), kept_dot

    def tangent_back(self, dstate_dot, dy_dot, d, kept, kept_dot):
        (dh_dot, dm_dot), (ds, _, dh, dm), (_, m, i, f, g, o, k) = dstate_dot, d, kept
        _, m_dot, i_dot, f_dot, g_dot, o_dot, k_dot = kept_dot
        dh_dot = dh_dot + dy_dot
        dm_dot = dm_dot + (dh_dot * o + dh * o_dot) * (1 - k * k) - 2 * dh * o * k * k_dot
        di_dot = (dm_dot * g + dm * g_dot) * i * (1 - i) + dm * g * (1 - 2 * i) * i_dot
        df_dot = (dm_dot * m + dm * m_dot) * f * (1 - f) + dm * m * (1 - 2 * f) * f_dot
        dg_dot = (dm_dot * i + dm * i_dot) * (1 - g * g) - 2 * dm * i * g * g_dot
        do_dot = (dh_dot * k + dh * k_dot) * o * (1 - o) + dh * k * (1 - 2 * o) * o_dot
        ds_dot = joined(di_dot, df_dot, dg_dot, do_dot)
        before = through_dot(self.recurrent, ds, ds_dot), dm_dot * f + dm * f_dot
        return before, (ds_dot, ds_dot)


def run(cell, state, *steps):
    """The states after each step of a cell, and what else it gives at each."""
    states, given = [], []
    for arguments in zip(*steps, strict=True):
        state, more = cell(state, *arguments)
        states.append(state)
        given.append(more)
    return states, given


def over_time(steps, *before):
    """`before`, then of a tuple of arrays (N, M) for each step each one as an array (N, T, M)."""
    yield from before
    for arrays in zip(*steps, strict=True):
        yield array_module(arrays[0]).stack(arrays, axis=1)


def joined(*gates):
    return array_module(gates[0]).concatenate(gates, axis=1)


def through(layer, dy):
    """dx of a dense layer."""
    return layer.times(dy, layer.weight.value.T)


def through_dot(layer, dy, dy_dot):
    dx_dot, tangent = layer.times(dy_dot, layer.weight.value.T), layer.weight.tangent
    return dx_dot if tangent is None else dx_dot + layer.times(dy, tangent.T)

"""Penalties of recurrent critics beside PyTorch's double backward through nn.GRU and nn.LSTM.

PyTorch has no GRU that resets before the product; that one is written out here.
"""

import numpy as np
import pytest

from gan_scratch.layers import GRU, LSTM, Dense, Sequential
from gan_scratch.penalties import R1, GradientPenalty

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
nn = torch.nn

TOLERANCE = 1e-12
STRENGTH, COUNT, STEPS = 0.7, 4, 6
DRAW = 3  # the seed of what a penalty draws: an equal generator tells the test its alpha

CRITICS = {
    "GRU": lambda rng: [GRU(3, 5, last=True, rng=rng)],
    "GRU of the paper": lambda rng: [GRU(3, 5, reset_after=False, last=True, rng=rng)],
    "LSTM": lambda rng: [LSTM(3, 5, last=True, rng=rng)],
    "stacked": lambda rng: [LSTM(3, 4, rng=rng), GRU(4, 5, rng=rng), GRU(5, 5, last=True, rng=rng)],
}
PENALTIES = {"R1": R1(STRENGTH), "GradientPenalty": GradientPenalty(STRENGTH, target=0.9, eps=1e-6)}


class ResetBefore(nn.Module):
    def __init__(self, features, size):
        super().__init__()
        self.input = nn.Linear(features, 3 * size)
        self.recurrent = nn.Linear(size, 2 * size, bias=False)
        self.candidate = nn.Linear(size, size, bias=False)

    def forward(self, x):
        h, states = torch.zeros(len(x), self.candidate.in_features, dtype=x.dtype), []
        for step in range(x.shape[1]):
            a_r, a_z, a_n = self.input(x[:, step]).chunk(3, dim=1)
            s_r, s_z = self.recurrent(h).chunk(2, dim=1)
            r, z = torch.sigmoid(a_r + s_r), torch.sigmoid(a_z + s_z)
            h = (1 - z) * torch.tanh(a_n + self.candidate(r * h)) + z * h
            states.append(h)
        return torch.stack(states, dim=1), h


def twin(layer):
    """(the same layer in PyTorch, its parameters in the order of ours)."""
    if isinstance(layer, Dense):
        module = nn.Linear(layer.in_features, layer.out_features)
    elif getattr(layer, "reset_after", True):
        kind = getattr(nn, type(layer).__name__)
        module = kind(layer.in_features, layer.hidden, batch_first=True)
        w, u, b, c = module.parameters()
        return module, [w, b, u, c]
    else:
        module = ResetBefore(layer.in_features, layer.hidden)
    return module, list(module.parameters())


class Twin:
    def __init__(self, critic):
        self.critic = critic
        self.modules, parameters = zip(*map(twin, critic), strict=True)
        self.parameters = sum(parameters, [])
        for ours, theirs in zip(critic.parameters().values(), self.parameters, strict=True):
            theirs.data = torch.tensor(ours.value.T.copy())

    def __call__(self, x):
        for layer, module in zip(self.critic, self.modules, strict=True):
            if isinstance(layer, Dense):
                x = module(x)
            else:
                x = module(x)[0][:, -1] if layer.last else module(x)[0]
        return x

    def gradients(self, loss):
        return [gradient.numpy().T for gradient in torch.autograd.grad(loss, self.parameters)]


@pytest.fixture(params=CRITICS)
def critic(request):
    rng = np.random.default_rng(5)
    critic = Sequential(*CRITICS[request.param](rng), Dense(5, 1, rng=rng)).astype("float64")
    for parameter in critic.parameters().values():
        parameter.value += 0.3 * rng.standard_normal(parameter.value.shape)
    return critic


def samples():
    return np.random.default_rng(6).standard_normal((2, COUNT, STEPS, 3))


def assert_close(ours, theirs):
    distance = np.linalg.norm(ours - theirs)
    assert ours.shape == theirs.shape
    assert distance <= TOLERANCE * np.linalg.norm(theirs), distance


def test_scores_and_gradients_are_those_of_torch(critic):
    x, _ = samples()
    score, cache = critic.forward(x)
    dy = np.random.default_rng(7).standard_normal(score.shape)
    dx = critic.backward(dy, cache)
    theirs, leaf = Twin(critic), torch.tensor(x, requires_grad=True)
    expected = theirs(leaf)
    loss = (expected * torch.tensor(dy)).sum()
    assert_close(score, expected.detach().numpy())
    assert_close(dx, torch.autograd.grad(loss, leaf, retain_graph=True)[0].numpy())
    for parameter, gradient in zip(
        critic.parameters().values(), theirs.gradients(loss), strict=True
    ):
        assert_close(parameter.gradient, gradient)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_gradients_of_a_penalty_are_those_of_double_backward(critic, penalty):
    real, fake = samples()
    value = PENALTIES[penalty].add_gradients(critic, real, fake, np.random.default_rng(DRAW))
    alpha = np.random.default_rng(DRAW).random(COUNT).reshape(COUNT, 1, 1)
    at = real if penalty == "R1" else alpha * real + (1 - alpha) * fake
    theirs, x = Twin(critic), torch.tensor(at, requires_grad=True)
    # The last bias has no part in a slope.
    (slope,) = torch.autograd.grad(theirs(x).sum(), x, create_graph=True)
    squares = slope.pow(2).flatten(1).sum(1)
    if penalty == "R1":
        expected = STRENGTH / 2 * squares.mean()
    else:
        expected = STRENGTH * ((squares + 1e-6).sqrt() - 0.9).pow(2).mean()
    assert float(value) == pytest.approx(expected.item(), rel=TOLERANCE)
    *learnt, bias = critic.parameters().values()
    theirs.parameters.pop()
    for parameter, gradient in zip(learnt, theirs.gradients(expected), strict=True):
        assert_close(parameter.gradient, gradient)
    assert not bias.gradient.any()

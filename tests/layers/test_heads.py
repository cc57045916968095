"""Heads: several outputs by name, what goes back along some of them, and critics that have them."""

import numpy as np
import pytest

from gan_scratch.gradient_check import check_penalty
from gan_scratch.gradient_check.games import PlayerSubject, check_player
from gan_scratch.gradient_check.report import Report
from gan_scratch.layers import (
    BatchNorm,
    Concatenate,
    Dense,
    Embedding,
    Flatten,
    Heads,
    Layer,
    LeakyReLU,
    Residual,
    Sequential,
    Tanh,
)
from gan_scratch.layers.heads import head
from gan_scratch.losses import NonSaturating
from gan_scratch.passes import Pass
from gan_scratch.penalties import R1, R2, GradientPenalty
from gan_scratch.testing import runs_on_a_device
from gan_scratch.training.divergence import all_finite

RNG = np.random.default_rng(0)
X = RNG.standard_normal((4, 3))


def dense(inputs, outputs):
    return Dense(inputs, outputs, rng=RNG).astype("float64")


def nested(activation=Tanh):
    """Outputs that lie inside of the player: early, score, late."""
    return Sequential(dense(3, 5), activation(), Heads(
        early=Sequential(),
        rest=Sequential(dense(5, 4), activation(), Heads(score=dense(4, 1), late=Sequential())),
    ))


def gradients_of(layer):
    return {name: p.gradient.copy() for name, p in layer.parameters().items()}


def assert_same(ours, theirs, rtol=1e-13):
    assert ours.keys() == theirs.keys()
    for name, array in theirs.items():
        np.testing.assert_allclose(ours[name], array, rtol, 1e-15, err_msg=name)


def test_each_head_gives_an_output_of_its_name():
    score, classes = dense(3, 1), dense(3, 2)
    layer = Heads(score=score, classes=classes, features=Sequential())
    y = layer(X)
    assert_same(y, {"score": score(X), "classes": classes(X), "features": X}, rtol=0)
    assert list(layer.parameters()) == [
        "score.weight", "score.bias", "classes.weight", "classes.bias",
    ]


def test_a_head_that_gives_a_dict_contributes_its_own_names():
    player = nested()
    y = player(X)
    assert {name: array.shape for name, array in y.items()} == {
        "early": (4, 5), "score": (4, 1), "late": (4, 4),
    }
    np.testing.assert_array_equal(y["early"], Sequential(*player[:2])(X))
    late = Sequential(*player[2].heads["rest"][:2])(y["early"])
    np.testing.assert_array_equal(head(y, "late"), late)
    assert "2.rest.2.score.weight" in player.parameters()


@pytest.mark.parametrize("names", [["score"], ["early", "late"], ["early", "score", "late"], []])
def test_a_missing_dy_is_zero_in_every_pass(names):
    player = nested()
    y, cache = player.forward(X)
    whole = {n: RNG.standard_normal(a.shape) if n in names else 0 * a for n, a in y.items()}
    some = {n: whole[n] if n in names else None for n in y} if "early" in names else {
        n: whole[n] for n in names
    }
    x_dot = RNG.standard_normal(X.shape)
    dots = {n: RNG.standard_normal(a.shape) for n, a in y.items()}
    for parameter in player.parameters().values():
        parameter.tangent = RNG.standard_normal(parameter.value.shape)
    _, tangents = player.tangent_forward(x_dot, cache)

    def passes(dy, dy_dot):
        player.zero_gradients()
        found = {"dx": player.backward(dy, cache), **gradients_of(player)}
        player.zero_gradients()
        dx, dx_dot = player.tangent_backward(dy, dy_dot, cache, tangents)
        found |= {"dx again": dx, "dx_dot": 0 * X if dx_dot is None else dx_dot}
        return found | {f"tangent {n}": g for n, g in gradients_of(player).items()}

    assert_same(passes(some, dots), passes(whole, dots))
    of_zeros = passes(whole, {n: 0 * a for n, a in y.items()})
    assert_same(passes(some, None), of_zeros)
    assert_same(passes(some, {"late": None}), of_zeros)
    # What is missing in dẏ alone is zero too.
    late = {n: dots[n] if n == "late" else 0 * a for n, a in y.items()}
    assert_same(passes(whole, {"late": dots["late"]}), passes(whole, late))


def test_dx_is_the_sum_over_the_heads_that_something_came_back_along():
    a, b = dense(3, 1), dense(3, 2)
    layer = Heads(a=a, b=b, same=Sequential())
    _, cache = layer.forward(X)
    dy = {"a": RNG.standard_normal((4, 1)), "b": RNG.standard_normal((4, 2)), "same": X}
    alone = {n: v @ w.weight.value.T for n, v, w in (("a", dy["a"], a), ("b", dy["b"], b))}
    np.testing.assert_allclose(layer.backward(dy, cache), alone["a"] + alone["b"] + X)
    np.testing.assert_allclose(layer.backward({"a": dy["a"]}, cache), alone["a"])
    assert not layer.backward({}, cache).any() and layer.backward({}, cache, need_dx=False) is None


def test_labels_have_no_gradient():
    labels = np.array([1, 0, 1])
    layer = Heads(a=Embedding(2, 3, rng=RNG), b=Embedding(2, 1, rng=RNG)).astype("float64")
    y, cache = layer.forward(labels)
    assert layer.backward({"a": y["a"]}, cache) is None
    assert layer.backward({}, cache) is None


def test_it_is_what_its_heads_are():
    assert Heads(a=dense(3, 1), b=LeakyReLU()).piecewise_linear
    assert not Heads(a=dense(3, 1), b=Tanh()).piecewise_linear
    assert Heads(a=Tanh(), b=BatchNorm(3)).mixes_samples and not nested().mixes_samples
    assert nested().shareable and nested().has_tangents and not Heads(a=Layer()).has_tangents


def test_what_does_not_fit_is_refused_in_a_sentence():
    player = nested()
    y, cache = player.forward(X)
    ones = np.ones((4, 1))
    for sentence, call in (
        ("no output called 'classes': it gives early, score, late", lambda: head(y, "classes")),
        ("no output called 'x': it gives early, score, late",
         lambda: player.backward({"score": ones, "x": ones}, cache)),
        (r"dy of 'early' of shape \(4, 5\), got \(4, 1\)",  # NumPy would broadcast this one
         lambda: player.backward({"early": ones}, cache)),
        (r"two outputs called 'a'; each needs its own name",
         lambda: Heads(a=Tanh(), b=Sequential(Tanh(), Heads(a=Tanh())))),
        (r"two outputs called 'a'", lambda: Heads(a=Tanh(), b=GivesA()).forward(X)),
        ("Heads takes at least one layer", lambda: Heads()),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()
    with pytest.raises(TypeError, match="dy as a dict with some of early, score, late, got ndarr"):
        player.backward(ones, cache)
    with pytest.raises(TypeError, match="Heads takes layers; score is None"):
        Heads(score=None)
    with pytest.raises(TypeError, match="computes in float64 and got dy of 'score' of float32"):
        player.backward({"score": ones.astype("float32")}, cache)


class GivesA(Layer):
    def forward(self, x, training=True):
        return {"a": x}, None


def test_a_plain_array_is_its_own_main_output():
    assert head(X, "score") is X and head({"score": X}, "score") is X


def test_it_runs_on_a_device_and_divergence_is_seen_in_every_output():
    runs_on_a_device(nested(), X)
    y = nested()(X)
    assert all_finite(y)
    y["late"][0, 0] = np.inf
    assert not all_finite(y)


# A critic with heads under penalties.


def critic(kind):
    """Samples (N, 3, 2) -> score, classes and a feature, every parameter away from zero."""
    activation = Tanh if kind == "tanh" else LeakyReLU
    inside = Sequential(dense(5, 4), activation(), Heads(
        score=dense(4, 1), classes=Sequential(dense(4, 2), activation(), dense(2, 3)),
    ))
    made = Sequential(
        Flatten(), dense(6, 5), activation(), Heads(early=Sequential(), rest=inside)
    )
    if kind == "at the top":  # no Sequential, so that there is no walk from layer to layer
        made = Heads(score=Sequential(Flatten(), dense(6, 1)), rest=Sequential(
            Residual(Concatenate(LeakyReLU())), Flatten(), dense(6, 3), Heads(classes=Sequential())
        ))
    for parameter in made.parameters().values():
        parameter.value += 0.3 * RNG.standard_normal(parameter.value.shape)
    return made


KINDS = pytest.mark.parametrize("kind", ["tanh", "piecewise linear", "at the top"])


@KINDS
@pytest.mark.parametrize("penalty", [R1(0.7), R2(0.7), GradientPenalty(0.7)],
                         ids=lambda penalty: type(penalty).__name__)
def test_a_penalty_is_one_of_the_score_alone(kind, penalty):
    made, (real, fake) = critic(kind), RNG.standard_normal((2, 4, 3, 2))
    report = check_penalty(penalty, made, real, fake)
    assert report.passed, report
    penalty.add_gradients(made, real, fake, RNG)
    gradients = gradients_of(made)
    assert any("score" in name and array.any() for name, array in gradients.items())
    assert not any("classes" in name and array.any() for name, array in gradients.items())


class Steps(PlayerSubject):
    """D's loss on its scores, on the outputs of other names, and R1, as a step adds them up."""

    def __init__(self, player, others):
        super().__init__(player)
        self.real, self.fake = RNG.standard_normal((2, 4, 3, 2))
        self.others = {name: RNG.standard_normal((4, size)) for name, size in others.items()}

    def leave_gradients(self):
        of_real, of_fake = Pass(self.player, self.real), Pass(self.player, self.fake)
        loss, *d_scores = NonSaturating().discriminator(of_real.y["score"], of_fake.y["score"])
        for each, d_score in zip((of_real, of_fake), d_scores, strict=True):
            loss += sum((each.y[name] * c).sum() for name, c in self.others.items())
            each.dy = {"score": d_score, **self.others}
        loss += R1(0.7).add_gradients(self.player, of_real, of_fake, RNG)
        assert of_real.dy is None and of_fake.dy is not None
        of_real.backward(need_dx=False)
        of_fake.backward(need_dx=False)
        return loss


@KINDS
@pytest.mark.parametrize("others", [{"classes": 3}, {}], ids=["classes too", "scores alone"])
def test_all_that_a_step_sends_back_goes_back_once(kind, others):
    report = Report("D", tolerance=1e-6)
    check_player(Steps(critic(kind), others), report, np.random.default_rng(1))
    assert report.passed and len(report.rows) >= 4, report


def test_the_quick_way_of_a_piecewise_linear_critic_is_taken_where_only_scores_go_back(monkeypatch):
    """The same gradients as with a dy of zero for the classes, which takes the general way."""
    made, real = critic("piecewise linear"), RNG.standard_normal((4, 3, 2))
    found, general, whole = [], [], made.tangent_backward
    monkeypatch.setattr(made, "tangent_backward", lambda dy, dy_dot, *more, **settings: (
        general.append(list(dy_dot)), whole(dy, dy_dot, *more, **settings)
    )[1], raising=False)
    for classes in (None, np.zeros((4, 3))):
        made.zero_gradients()
        at = Pass(made, real)
        at.dy = {"score": np.ones((4, 1)), "classes": classes}
        R1(0.7).add_gradients(made, at, None, RNG)
        found.append(gradients_of(made))
    assert_same(*found, rtol=1e-12)
    assert general == [["score", "classes"]]


def test_a_critic_without_a_score_is_refused():
    made = Sequential(Flatten(), Heads(logit=dense(6, 1)))
    with pytest.raises(ValueError, match="no output called 'score': it gives logit"):
        R1(1).add_gradients(made, RNG.standard_normal((4, 3, 2)), None, RNG)

"""For each task of each assignment a mistake: (what stands in ADA's solution, what stands there
instead). It costs that task points, and no other."""

import pytest

from gan_scratch.coursework.cases import cases_of

ADA = "ada"
TRAINED = {"3.4", "5.4"}  # tasks that take seconds

MISTAKES = {
    "layers": {
        "1.1": ("self.d_bias += dy.sum(axis=0)", "self.d_bias += dy.mean(axis=0)"),
        "1.2": ("np.where(positive, dy, self.a * dy)", "np.where(positive, dy, self.a)"),
        "1.3": ("return dy * y * (1 - y)", "return dy * y * (1 + y)"),
        "1.4": ("d_score / len(score)", "d_score"),
        "1.5": ("self.a / x.shape[1]", "self.a"),
    },
    "game": {
        "2.1": ("(sigmoid(real) - t) / len(real)", "(sigmoid(real) - 1) / len(real)"),
        "2.2": ("-sigmoid(-fake) / len(fake)", "-sigmoid(fake) / len(fake)"),
        "2.3": ("self.v / (1 - self.beta2**self.t)", "self.v"),
        "2.4": ("    generator.clear()\n    generator.backward", "    generator.backward"),
        "2.5": ("self.back(self.score(fake), 1)", "self.back(self.score(fake), 0)"),
    },
    "images": {
        "3.1": ("        self.d_bias += dy.sum(axis=(0, 1, 2))\n        return d_padded",
                "        self.d_bias += dy.mean(axis=(0, 1, 2))\n        return d_padded"),
        "3.2": ("        self.d_bias += dy.sum(axis=(0, 1, 2))\n        return dx",
                "        self.d_bias += dy.mean(axis=(0, 1, 2))\n        return dx"),
        "3.3": ("x_hat * along) * inverse", "along) * inverse"),
        "3.4": ("return [matrix, bias, grow.weight,", "return [matrix, bias, 0 * grow.weight,"),
    },
    "second_order": {
        "4.1": ("dy_dot @ weight.T + dy @ weight_dot.T", "dy_dot @ weight.T"),
        "4.2": ("return centred(slope * dy_dot + bend * centred(x_dot) * dy)",
                "return centred(slope * dy_dot + bend * x_dot * dy)"),
        "4.3": ("u.T @ (slope * v) + x.T @ dh", "u.T @ (slope * v)"),
        "4.4": ("g_moves @ d_moves", "d_moves @ g_moves @ d_moves"),
    },
    "collapse": {
        "5.1": ("counts.sum() / modes, 1e-300", "counts.sum(), 1e-300"),
        "5.2": ("some * np.log(some * len(counts))", "some * np.log(some)"),
        "5.3": ("largest > 3 * smallest", "largest > 2 * smallest"),
        "5.4": ("[*hidden, last * size,", "[*hidden, 0 * last,"),
    },
}

NAMES = list(MISTAKES)


def without_training(assignment):
    """The cases of an assignment but for those that take seconds."""
    return [case for case in cases_of(assignment) if case.task not in TRAINED]


def few(assignment):
    """The last case of each task, which has all of its passes, but for tasks that take seconds."""
    return list({case.task: case for case in without_training(assignment)}.values())


# Each case is a process of its own, so the usual run grades by few of them.
few_or_all = [pytest.param(few, id="few"),
              pytest.param(without_training, id="all", marks=pytest.mark.thorough)]

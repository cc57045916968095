"""Right solutions of assignment 2 that are written otherwise than ada's solution."""

from coursework.wrong.game import (
    ADAM_INIT,
    ADAM_M,
    ADAM_MEAN,
    ADAM_RETURN,
    ADAM_SIZE,
    ADAM_V,
    D_BODY,
    D_FAKE,
    D_FORWARDS,
    D_LOSS,
    D_MOVE,
    D_PASSES,
    D_REAL,
    D_RETURN,
    D_STEP,
    G_BACK,
    G_END,
    G_RETURN,
    LOOP_BACK,
    LOOP_BACK_HEAD,
    LOOP_D_PASSES,
    LOOP_G_BACK,
    LOOP_G_END,
    LOOP_SCORE,
    NON_SATURATING,
    OWN_OFF,
    OWN_RETURN,
    OWN_ROOT,
)

ADAM_BODY = ADAM_M + ADAM_V + ADAM_MEAN + ADAM_SIZE + ADAM_RETURN

RIGHT = {
    "2.1": {
        "logaddexp": (
            D_LOSS,
            """\
    loss = (t * np.logaddexp(0, -real) + (1 - t) * np.logaddexp(0, real)).mean()
    loss += np.logaddexp(0, fake).mean()
""",
        ),
        "a cross-entropy with targets": (
            D_BODY,
            """\
    def entropy(score, target):
        loss = np.maximum(score, 0) - score * target + np.log1p(np.exp(-np.abs(score)))
        return loss.mean(), (sigmoid(score) - target) / score.shape[0]

    (of_real, d_real), (of_fake, d_fake) = entropy(real, REAL_TARGET), entropy(fake, 0)
    return of_real + of_fake, d_real, d_fake
""",
        ),
        "both terms of the smoothed gradient": (
            D_RETURN,
            """\
    d_real = -t * sigmoid(-real) + (1 - t) * sigmoid(real)
    return float(loss), d_real / len(real), sigmoid(fake) / fake.size
""",
        ),
        "score by score": (
            D_BODY,
            """\
    t, loss = REAL_TARGET, 0
    d_real, d_fake = np.zeros_like(real), np.zeros_like(fake)
    for n, s in enumerate(real):
        loss = loss - (t * log_sigmoid(s[0]) + (1 - t) * log_sigmoid(-s[0])) / len(real)
        d_real[n] = (sigmoid(s) - t) / len(real)
    for n, s in enumerate(fake):
        loss = loss - log_sigmoid(-s[0]) / len(fake)
        d_fake[n] = (1 - sigmoid(-s)) / len(fake)
    return loss, d_real, d_fake
""",
        ),
        "G by sums": (
            G_RETURN,
            """\
    n = len(fake)
    return np.sum(-np.logaddexp(0, fake)) / n, (sigmoid(-fake) - 1) / n
""",
        ),
        "G in place on copies": (
            G_RETURN,
            """\
    loss, d_fake = log_sigmoid(-fake), sigmoid(fake)
    d_fake *= -1
    d_fake /= fake.shape[0]
    return np.average(loss), d_fake
""",
        ),
    },
    "2.2": {
        "logaddexp and p - 1": (
            NON_SATURATING,
            "    return np.logaddexp(0, -fake).mean(), (sigmoid(fake) - 1) / len(fake)\n",
        ),
        "softplus of -f": (
            NON_SATURATING,
            """\
    small = np.exp(-np.abs(fake))
    loss = np.maximum(-fake, 0) + np.log1p(small)
    return loss.sum() / loss.size, -np.where(fake > 0, small, 1) / (1 + small) / loss.size
""",
        ),
        "own: the root of a square": (
            OWN_ROOT,
            "    root = np.sqrt(1 + off * off)\n",
        ),
        "own: the square inside": (
            OWN_OFF + OWN_ROOT + OWN_RETURN,
            """\
    off = fake - 1
    root = np.sqrt(WIDTH**2 + off**2)
    return np.mean(WIDTH * (root - WIDTH)), WIDTH * off / root / fake.shape[0]
""",
        ),
        "own: nothing cancels near the target": (
            OWN_RETURN,
            """\
    loss = WIDTH**2 * off * off / (root + 1)
    return loss.mean(), WIDTH / np.sqrt(1 + off**-2.0) * np.sign(off) / len(fake)
""",
        ),
        "own: score by score": (
            OWN_OFF + OWN_ROOT + OWN_RETURN,
            """\
    roots = [float(np.sqrt(1 + ((s - 1) / WIDTH) ** 2)) for s in fake[:, 0]]
    loss = sum(WIDTH**2 * (root - 1) for root in roots) / len(roots)
    return loss, (fake - 1) / np.array(roots)[:, None] / len(roots)
""",
        ),
    },
    "2.3": {
        "means over all gradients so far": (
            ADAM_BODY,
            """\
        self.all = [*self.__dict__.get("all", []), np.array(gradient)]
        first, second = (beta ** np.arange(self.t)[::-1] for beta in (self.beta1, self.beta2))
        past = np.array(self.all)
        mean = np.tensordot(first / first.sum(), past, 1)
        size = np.sqrt(np.tensordot(second / second.sum(), past**2, 1))
        return value - self.learning_rate * (mean / (size + self.eps) + DECAY * value)
""",
        ),
        "averages in place, in arrays of its own": (
            ADAM_M + ADAM_V,
            """\
        if self.t == 1:
            self.m, self.v = np.zeros_like(value), np.zeros_like(value)
        self.m *= self.beta1
        self.m += (1 - self.beta1) * gradient
        self.v *= self.beta2
        self.v += (1 - self.beta2) * gradient * gradient
""",
        ),
        "the corrections in the rate": (
            ADAM_MEAN + ADAM_SIZE + ADAM_RETURN,
            """\
        root = np.sqrt(1 - self.beta2**self.t)
        rate = self.learning_rate * root / (1 - self.beta1**self.t)
        step = rate * self.m / (np.sqrt(self.v) + self.eps * root)
        return (1 - self.learning_rate * DECAY) * value - step
""",
        ),
        "the decay first, on a copy": (
            ADAM_RETURN,
            """\
        new = np.array(value)
        new *= 1 - self.learning_rate * DECAY
        new -= self.learning_rate * mean / (size + self.eps)
        return new
""",
        ),
        "averages moved by a difference, the count kept as powers": (
            ADAM_INIT + ADAM_M + ADAM_V + ADAM_MEAN + ADAM_SIZE,
            """\
    def __init__(self, learning_rate, beta1=0.5, beta2=0.999, eps=1e-8):
        self.learning_rate, self.beta1, self.beta2, self.eps = learning_rate, beta1, beta2, eps
        self.state = {"m": 0.0, "v": 0.0, "left1": 1.0, "left2": 1.0}

    def step(self, value, gradient):
        state = self.state
        state["m"] = state["m"] + (1 - self.beta1) * (gradient - state["m"])
        state["v"] = state["v"] + (1 - self.beta2) * (np.square(gradient) - state["v"])
        state["left1"] *= self.beta1
        state["left2"] *= self.beta2
        mean = state["m"] / (1 - state["left1"])
        size = (state["v"] / (1 - state["left2"])) ** 0.5
""",
        ),
    },
    "2.4": {
        "fakes made twice": (
            D_FORWARDS,
            """\
    real_score, real_cache = discriminator.forward(real)
    fake_score, fake_cache = discriminator.forward(generator.forward(noise)[0])
""",
        ),
        "each batch there and back": (
            D_STEP,
            """\
    discriminator.clear()
    score, cache = discriminator.forward(real)
    discriminator.backward(-sigmoid(-score) / len(score), cache)
    score, cache = discriminator.forward(generator.forward(noise)[0])
    discriminator.backward(sigmoid(score) / len(score), cache)
    discriminator.move(rate)
""",
        ),
        "one batch with weights": (
            D_STEP,
            """\
    fake, _ = generator.forward(noise)
    score, cache = discriminator.forward(np.concatenate([real, fake]))
    target = np.repeat([1.0, 0.0], [len(real), len(fake)])[:, None]
    share = np.repeat([1 / len(real), 1 / len(fake)], [len(real), len(fake)])[:, None]
    discriminator.clear()
    discriminator.backward(share * (sigmoid(score) - target), cache)
    discriminator.move(rate)
""",
        ),
        "the fakes first, gradients zeroed in place": (
            D_PASSES,
            """\
    for gradient in discriminator.gradients:
        gradient[...] = 0
"""
            + D_FAKE
            + D_REAL,
        ),
        "cleared after the move too": (
            D_MOVE,
            D_MOVE + "    discriminator.clear()\n    generator.clear()\n",
        ),
        "parameters moved by hand": (
            D_MOVE,
            """\
    discriminator.parameters = [
        p - rate * g for p, g in zip(discriminator.parameters, discriminator.gradients)
    ]
""",
        ),
        "G cleared first": (
            G_BACK + G_END,
            "    generator.clear()\n"
            + G_BACK
            + """\
    generator.backward(d_fake, cache)
    generator.move(rate)
    discriminator.clear()
""",
        ),
        "D's own gradients put back after G's pass": (
            G_BACK,
            """\
    kept = [gradient.copy() for gradient in discriminator.gradients]
    d_fake = discriminator.backward((sigmoid(score) - 1) / score.size, score_cache)
    discriminator.gradients = kept
""",
        ),
    },
    "2.5": {
        "the real cache kept and put back": (
            LOOP_D_PASSES,
            """\
        self.discriminator.clear()
        real_score = self.score(real)
        real_cache = self.cache
        fake_score = self.score(fake)
        fake_cache, self.cache = self.cache, real_cache
        self.back(real_score, 1)
        self.cache = fake_cache
        self.back(fake_score, 0)
""",
        ),
        "the caches in a queue": (
            LOOP_SCORE
            + LOOP_BACK_HEAD
            + LOOP_BACK
            + """
    def train_discriminator(self, real, noise):
        fake, _ = self.generator.forward(noise)
"""
            + LOOP_D_PASSES,
            """\
        s, cache = self.discriminator.forward(x)
        self.cache = [*(self.cache or []), cache]
        return s

    def back(self, s, target):
        return self.discriminator.backward((sigmoid(s) - target) / len(s), self.cache.pop(0))

    def train_discriminator(self, real, noise):
        fake, _ = self.generator.forward(noise)
        self.discriminator.clear()
        real_score, fake_score = self.score(real), self.score(fake)
        self.back(real_score, 1)
        self.back(fake_score, 0)
""",
        ),
        "the fakes' pass first": (
            LOOP_D_PASSES,
            """\
        self.discriminator.clear()
        self.back(self.score(fake), 0)
        self.back(self.score(real), 1)
""",
        ),
        "the real samples scored once more": (
            LOOP_D_PASSES,
            """\
        self.discriminator.clear()
        real_score, fake_score = self.score(real), self.score(fake)
        self.back(fake_score, 0)
        self.back(self.score(real), 1)
""",
        ),
        "G cleared before D's pass back": (
            LOOP_G_BACK + LOOP_G_END,
            """\
        self.generator.clear()
        d_fake = self.back(self.score(fake), 1)
        self.generator.backward(d_fake, cache)
        self.generator.move(self.rate)""",
        ),
        "both players cleared after the move too": (
            LOOP_G_END,
            LOOP_G_END + "\n        self.generator.clear()\n        self.discriminator.clear()",
        ),
        "targets as an array": (
            LOOP_G_BACK,
            "        d_fake = self.back(self.score(fake), np.ones((len(fake), 1)))\n",
        ),
    },
}

"""Plausible wrong solutions of assignment 2, as replacements in the solution of the student "ada".

WRONG[task][the slip] is (old, new): `old` occurs once in solution/my_game.py.
"""

# Pieces of the solution that several slips replace.

D_LOSS = """\
    loss = (
        -(t * log_sigmoid(real) + (1 - t) * log_sigmoid(-real)).mean() - log_sigmoid(-fake).mean()
    )
"""
D_RETURN = "    return loss, (sigmoid(real) - t) / len(real), sigmoid(fake) / len(fake)\n"
D_BODY = "    t = REAL_TARGET\n" + D_LOSS + D_RETURN
G_RETURN = "    return log_sigmoid(-fake).mean(), -sigmoid(fake) / len(fake)\n"

NON_SATURATING = "    return -log_sigmoid(fake).mean(), -sigmoid(-fake) / len(fake)\n"
OWN_OFF = "    off = (fake - 1) / WIDTH\n"
OWN_ROOT = "    root = np.hypot(1, off)\n"
OWN_RETURN = "    return WIDTH**2 * (root - 1).mean(), WIDTH * off / root / len(fake)\n"

ADAM_INIT = """\
    def __init__(self, learning_rate, beta1=0.5, beta2=0.999, eps=1e-8):
        self.learning_rate, self.beta1, self.beta2, self.eps = learning_rate, beta1, beta2, eps
        self.t, self.m, self.v = 0, 0.0, 0.0

    def step(self, value, gradient):
        self.t += 1
"""
ADAM_M = "        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient\n"
ADAM_V = "        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2\n"
ADAM_MEAN = "        mean = self.m / (1 - self.beta1**self.t)\n"
ADAM_SIZE = "        size = np.sqrt(self.v / (1 - self.beta2**self.t))\n"
ADAM_RETURN = (
    "        return value - self.learning_rate * (mean / (size + self.eps) + DECAY * value)\n"
)

D_FORWARDS = """\
    real_score, real_cache = discriminator.forward(real)
    fake_score, fake_cache = discriminator.forward(fake)
"""
D_REAL = "    discriminator.backward((sigmoid(real_score) - 1) / len(real), real_cache)\n"
D_FAKE = "    discriminator.backward(sigmoid(fake_score) / len(fake), fake_cache)\n"
D_PASSES = "    discriminator.clear()\n" + D_REAL + D_FAKE
D_MOVE = "    discriminator.move(rate)\n"
D_STEP = "    fake, _ = generator.forward(noise)\n" + D_FORWARDS + D_PASSES + D_MOVE
G_GRADIENT = "-sigmoid(-score) / len(fake)"
G_BACK = f"    d_fake = discriminator.backward({G_GRADIENT}, score_cache)\n"
G_END = """\
    generator.clear()
    generator.backward(d_fake, cache)
    generator.move(rate)
"""

LOOP_SCORE = """\
        s, self.cache = self.discriminator.forward(x)
        return s
"""
LOOP_BACK_HEAD = '''
    def back(self, s, target):
        """D's backward pass of the cross-entropy of these scores; returns the gradient by x."""
'''
LOOP_BACK = """\
        return self.discriminator.backward((sigmoid(s) - target) / len(s), self.cache)
"""
LOOP_D_PASSES = """\
        self.discriminator.clear()
        self.back(self.score(real), 1)
        self.back(self.score(fake), 0)
"""
LOOP_D_MOVE = "        self.discriminator.move(self.rate)\n"
LOOP_BETWEEN = """
    def train_generator(self, noise):
        fake, cache = self.generator.forward(noise)
"""
LOOP_G_BACK = "        d_fake = self.back(self.score(fake), 1)\n"
LOOP_G_END = """\
        self.generator.clear()
        self.generator.backward(d_fake, cache)
        self.generator.move(self.rate)"""

# The three bugs as they were.
BUG_CACHE = """\
        self.discriminator.clear()
        real_score, fake_score = self.score(real), self.score(fake)
        self.back(real_score, 1)
        self.back(fake_score, 0)
"""
BUG_LABEL = "        d_fake = self.back(self.score(fake), 0)\n"
BUG_CLEAR = """\
        self.generator.backward(d_fake, cache)
        self.generator.clear()
        self.generator.move(self.rate)"""
LOOP_FROM_D_PASSES = LOOP_D_PASSES + LOOP_D_MOVE + LOOP_BETWEEN + LOOP_G_BACK + LOOP_G_END


WRONG = {
    "2.1": {
        "the gradient of real scores is not smoothed": (
            D_RETURN,
            "    return loss, (sigmoid(real) - 1) / len(real), sigmoid(fake) / len(fake)\n",
        ),
        "the loss of real scores is not smoothed": (
            D_LOSS,
            "    loss = -log_sigmoid(real).mean() - log_sigmoid(-fake).mean()\n",
        ),
        "the scores changed in place": (
            D_RETURN,
            """\
    fake *= -1
    return loss, (sigmoid(real) - t) / len(real), sigmoid(-fake) / len(fake)
""",
        ),
        # why: one-sided smoothing is asked for.
        "the fakes' target smoothed too": (
            D_BODY,
            """\
    t = REAL_TARGET
    loss = -(t * log_sigmoid(real) + (1 - t) * log_sigmoid(-real)).mean()
    loss -= (t * log_sigmoid(-fake) + (1 - t) * log_sigmoid(fake)).mean()
    return loss, (sigmoid(real) - t) / len(real), (sigmoid(fake) - 1 + t) / len(fake)
""",
        ),
        "the usual 0.9 instead of REAL_TARGET": (
            "    t = REAL_TARGET\n",
            "    t = 0.9\n",
        ),
        # why: loss and gradient fit each other, but the term with 1 - t is missing.
        "smoothing only scales the real term": (
            D_BODY,
            """\
    t = REAL_TARGET
    loss = -t * log_sigmoid(real).mean() - log_sigmoid(-fake).mean()
    return loss, t * (sigmoid(real) - 1) / len(real), sigmoid(fake) / len(fake)
""",
        ),
        # why: loss and gradient fit each other, for another loss.
        "constant 1 where t belongs": (
            D_BODY,
            """\
    t = REAL_TARGET
    loss = -(log_sigmoid(real) + (1 - t) * log_sigmoid(-real)).mean()
    loss -= log_sigmoid(-fake).mean()
    d_real = -sigmoid(-real) + (1 - t) * sigmoid(real)
    return loss, d_real / len(real), sigmoid(fake) / len(fake)
""",
        ),
        "t and 1 - t swapped": (
            "    t = REAL_TARGET\n",
            "    t = 1 - REAL_TARGET\n",
        ),
        "real and fake labels swapped": (
            D_BODY,
            """\
    t = REAL_TARGET
    loss = -(t * log_sigmoid(fake) + (1 - t) * log_sigmoid(-fake)).mean()
    loss -= log_sigmoid(-real).mean()
    return loss, sigmoid(real) / len(real), (sigmoid(fake) - t) / len(fake)
""",
        ),
        "D's two terms averaged instead of added": (
            D_RETURN,
            """\
    return loss / 2, (sigmoid(real) - t) / len(real) / 2, sigmoid(fake) / len(fake) / 2
""",
        ),
        # why: each term has its own mean; with batches of one size this is half the loss.
        "one mean over both batches": (
            D_BODY,
            """\
    t, n = REAL_TARGET, len(real) + len(fake)
    loss = -(t * log_sigmoid(real) + (1 - t) * log_sigmoid(-real)).sum()
    loss -= log_sigmoid(-fake).sum()
    return loss / n, (sigmoid(real) - t) / n, sigmoid(fake) / n
""",
        ),
        "d_fake divided by the number of real scores": (
            "sigmoid(fake) / len(fake)\n\n\ndef minimax_generator",
            "sigmoid(fake) / len(real)\n\n\ndef minimax_generator",
        ),
        # why: each score by itself; with batches of different sizes it cannot be added.
        "real and fake terms added before the mean": (
            D_LOSS,
            """\
    loss = -t * log_sigmoid(real) - (1 - t) * log_sigmoid(-real) - log_sigmoid(-fake)
    loss = loss.mean()
""",
        ),
        "D's gradients without 1/N": (
            D_RETURN,
            "    return loss, sigmoid(real) - t, sigmoid(fake)\n",
        ),
        "D's loss is V, its gradient that of -V": (
            D_RETURN,
            "    return -loss, (sigmoid(real) - t) / len(real), sigmoid(fake) / len(fake)\n",
        ),
        "D's gradient is that of V": (
            D_RETURN,
            "    return loss, (t - sigmoid(real)) / len(real), -sigmoid(fake) / len(fake)\n",
        ),
        "d_fake is the gradient of the non-saturating loss": (
            D_RETURN,
            "    return loss, (sigmoid(real) - t) / len(real), -sigmoid(-fake) / len(fake)\n",
        ),
        "gradients by the probabilities instead of the scores": (
            D_RETURN,
            """\
    p, q = sigmoid(real), sigmoid(fake)
    return loss, (p - t) / (p * (1 - p)) / len(real), 1 / (1 - q) / len(fake)
""",
        ),
        "the slope of the sigmoid counted twice": (
            D_RETURN,
            """\
    p, q = sigmoid(real), sigmoid(fake)
    return loss, (p - t) * p * (1 - p) / len(real), q * q * (1 - q) / len(fake)
""",
        ),
        "d_fake returned before d_real": (
            D_RETURN,
            "    return loss, sigmoid(fake) / len(fake), (sigmoid(real) - t) / len(real)\n",
        ),
        "D's loss is an array of shape (1,)": (
            "-(t * log_sigmoid(real) + (1 - t) * log_sigmoid(-real)).mean() "
            "- log_sigmoid(-fake).mean()",
            "-(t * log_sigmoid(real) + (1 - t) * log_sigmoid(-real)).mean(axis=0)"
            " - log_sigmoid(-fake).mean(axis=0)",
        ),
        # why: log 0 from a score of 37 on.
        "D's logarithms of p and 1 - p": (
            D_LOSS,
            """\
    p, q = sigmoid(real), sigmoid(fake)
    loss = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean() - np.log(1 - q).mean()
""",
        ),
        "D's probabilities clipped by 1e-7": (
            D_LOSS,
            """\
    p = np.clip(sigmoid(real), 1e-7, 1 - 1e-7)
    q = np.clip(sigmoid(fake), 1e-7, 1 - 1e-7)
    loss = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean() - np.log(1 - q).mean()
""",
        ),
        "D's scores cast to float32": (
            "    t = REAL_TARGET\n",
            """\
    t = REAL_TARGET
    real, fake = real.astype(np.float32), fake.astype(np.float32)
""",
        ),
        "G's loss by log(1 - p)": (
            G_RETURN,
            "    return np.log(1 - sigmoid(fake)).mean(), -sigmoid(fake) / len(fake)\n",
        ),
        "1e-8 inside G's logarithm": (
            G_RETURN,
            "    return np.log(1 - sigmoid(fake) + 1e-8).mean(), -sigmoid(fake) / len(fake)\n",
        ),
        "G descends what D descends": (
            G_RETURN,
            "    return -log_sigmoid(-fake).mean(), sigmoid(fake) / len(fake)\n",
        ),
        "G's gradient has the wrong sign": (
            G_RETURN,
            "    return log_sigmoid(-fake).mean(), sigmoid(fake) / len(fake)\n",
        ),
        "G's gradient is the non-saturating one": (
            G_RETURN,
            "    return log_sigmoid(-fake).mean(), -sigmoid(-fake) / len(fake)\n",
        ),
        "G plays the non-saturating loss": (
            G_RETURN,
            "    return -log_sigmoid(fake).mean(), -sigmoid(-fake) / len(fake)\n",
        ),
        "G's gradient without 1/N": (
            G_RETURN,
            "    return log_sigmoid(-fake).mean(), -sigmoid(fake)\n",
        ),
        "G's loss is a sum": (
            G_RETURN,
            "    return log_sigmoid(-fake).sum(), -sigmoid(fake)\n",
        ),
    },
    "2.2": {
        "non-saturating: the gradient is the minimax one": (
            NON_SATURATING,
            "    return -log_sigmoid(fake).mean(), -sigmoid(fake) / len(fake)\n",
        ),
        "non-saturating: the loss is the minimax one": (
            NON_SATURATING,
            "    return log_sigmoid(-fake).mean(), -sigmoid(-fake) / len(fake)\n",
        ),
        "non-saturating: the loss of a fake's label": (
            NON_SATURATING,
            "    return -log_sigmoid(-fake).mean(), sigmoid(fake) / len(fake)\n",
        ),
        "non-saturating: the gradient has the wrong sign": (
            NON_SATURATING,
            "    return -log_sigmoid(fake).mean(), sigmoid(-fake) / len(fake)\n",
        ),
        "non-saturating: the loss has the wrong sign": (
            NON_SATURATING,
            "    return log_sigmoid(fake).mean(), -sigmoid(-fake) / len(fake)\n",
        ),
        "non-saturating: the gradient without 1/N": (
            NON_SATURATING,
            "    return -log_sigmoid(fake).mean(), -sigmoid(-fake)\n",
        ),
        # why: right for N = 1 and for equal scores.
        "non-saturating: logarithm of the mean": (
            NON_SATURATING,
            "    return -np.log(sigmoid(fake).mean()), -sigmoid(-fake) / len(fake)\n",
        ),
        "non-saturating: gradient by p": (
            NON_SATURATING,
            "    return -log_sigmoid(fake).mean(), -1 / (sigmoid(fake) + 1e-12) / len(fake)\n",
        ),
        "non-saturating: the formula, which is log 0 far out": (
            NON_SATURATING,
            "    return -np.log(sigmoid(fake)).mean(), -sigmoid(-fake) / len(fake)\n",
        ),
        "non-saturating: softplus that overflows": (
            NON_SATURATING,
            "    return np.log1p(np.exp(-fake)).mean(), -sigmoid(-fake) / len(fake)\n",
        ),
        "non-saturating: p clipped by 1e-7": (
            NON_SATURATING,
            """\
    p = np.clip(sigmoid(fake), 1e-7, 1 - 1e-7)
    return -np.log(p).mean(), -(1 - p) / len(fake)
""",
        ),
        # why: the fakes' target is 1 here; smoothing is in D's loss only.
        "non-saturating: target REAL_TARGET": (
            NON_SATURATING,
            """\
    t = REAL_TARGET
    loss = -(t * log_sigmoid(fake) + (1 - t) * log_sigmoid(-fake)).mean()
    return loss, (sigmoid(fake) - t) / len(fake)
""",
        ),
        "non-saturating: the loss is an array of shape (1,)": (
            NON_SATURATING,
            "    return -log_sigmoid(fake).mean(axis=0), -sigmoid(-fake) / len(fake)\n",
        ),
        "non-saturating: the gradient flattened": (
            NON_SATURATING,
            "    return -log_sigmoid(fake).mean(), -sigmoid(-fake).ravel() / len(fake)\n",
        ),
        "own: WIDTH forgotten in the gradient": (
            OWN_RETURN,
            "    return WIDTH**2 * (root - 1).mean(), off / root / len(fake)\n",
        ),
        "own: WIDTH's square forgotten": (
            OWN_RETURN,
            "    return (root - 1).mean(), off / WIDTH / root / len(fake)\n",
        ),
        "own: the target is 0": (
            OWN_OFF,
            "    off = fake / WIDTH\n",
        ),
        "own: the target is -1": (
            OWN_OFF,
            "    off = (fake + 1) / WIDTH\n",
        ),
        "own: probabilities in place of scores": (
            OWN_OFF,
            "    off = (sigmoid(fake) - 1) / WIDTH\n",
        ),
        "own: the gradient has the wrong sign": (
            OWN_OFF,
            "    off = (1 - fake) / WIDTH\n",
        ),
        "own: -1 behind the root forgotten": (
            OWN_RETURN,
            "    return WIDTH**2 * root.mean(), WIDTH * off / root / len(fake)\n",
        ),
        "own: the root forgotten": (
            OWN_ROOT,
            "    root = 1 + off * off\n",
        ),
        "own: the inner derivative without its 2": (
            OWN_RETURN,
            "    return WIDTH**2 * (root - 1).mean(), WIDTH * off / (2 * root) / len(fake)\n",
        ),
        "own: no inner derivative at all": (
            OWN_RETURN,
            "    return WIDTH**2 * (root - 1).mean(), WIDTH / root / len(fake)\n",
        ),
        # why: that of least squares, right near the target only.
        "own: the gradient not divided by the root": (
            OWN_RETURN,
            "    return WIDTH**2 * (root - 1).mean(), WIDTH * off / len(fake)\n",
        ),
        # why: right far from the target only.
        "own: the gradient is the sign": (
            OWN_RETURN,
            "    return WIDTH**2 * (root - 1).mean(), WIDTH * np.sign(off) / len(fake)\n",
        ),
        "own: the second derivative": (
            OWN_RETURN,
            "    return WIDTH**2 * (root - 1).mean(), 1 / root**3 / len(fake)\n",
        ),
        "own: the gradient without 1/N": (
            OWN_RETURN,
            "    return WIDTH**2 * (root - 1).mean(), WIDTH * off / root\n",
        ),
        "own: the loss is the sum": (
            OWN_RETURN,
            "    return WIDTH**2 * (root - 1).sum(), WIDTH * off / root\n",
        ),
        # why: right for N = 1, and the gradient fits.
        "own: the mean under the root": (
            OWN_ROOT,
            "    root = np.sqrt(1 + (off * off).mean())\n",
        ),
        # why: the same limits near and far, another function between.
        "own: Huber's loss": (
            OWN_ROOT + OWN_RETURN,
            """\
    size = np.abs(off)
    loss = np.where(size < 1, off * off / 2, size - 0.5)
    return WIDTH**2 * loss.mean(), WIDTH * np.clip(off, -1, 1) / len(fake)
""",
        ),
        # why: the same limits near and almost far, another function between.
        "own: log cosh": (
            OWN_ROOT + OWN_RETURN,
            """\
    loss = np.logaddexp(off, -off) - np.log(2)
    return WIDTH**2 * loss.mean(), WIDTH * np.tanh(off) / len(fake)
""",
        ),
        # why: no gradient comes from scores that are past the target.
        "own: scores above the target cost nothing": (
            OWN_OFF,
            "    off = np.minimum(fake - 1, 0) / WIDTH\n",
        ),
        "own: float32 inside": (
            OWN_OFF,
            "    off = np.asarray((fake - 1) / WIDTH, np.float32)\n",
        ),
    },
    "2.3": {
        "no correction of either average": (
            ADAM_MEAN + ADAM_SIZE,
            """\
        mean = self.m
        size = np.sqrt(self.v)
""",
        ),
        "m not corrected": (
            ADAM_MEAN,
            "        mean = self.m\n",
        ),
        "v not corrected": (
            ADAM_SIZE,
            "        size = np.sqrt(self.v)\n",
        ),
        # why: right in the first step.
        "the steps are not counted": (
            "        self.t += 1\n",
            "        self.t = 1\n",
        ),
        "the count starts at 1, so t is 2 first": (
            "self.t, self.m, self.v = 0, 0.0, 0.0",
            "self.t, self.m, self.v = 1, 0.0, 0.0",
        ),
        # why: right in the first step, and nearly so for a while.
        "v's divisor t (1 - beta2)": (
            ADAM_SIZE,
            "        size = np.sqrt(self.v / (self.t * (1 - self.beta2)))\n",
        ),
        # why: right in the first step.
        "the corrected averages kept": (
            ADAM_MEAN + ADAM_SIZE,
            """\
        self.m = mean = self.m / (1 - self.beta1**self.t)
        self.v = self.v / (1 - self.beta2**self.t)
        size = np.sqrt(self.v)
""",
        ),
        # why: right in the first step, and for a gradient that never changes.
        "averages start from the first gradient, uncorrected": (
            ADAM_M + ADAM_V + ADAM_MEAN + ADAM_SIZE,
            """\
        if self.t == 1:
            self.m, self.v = gradient, gradient**2
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        mean, size = self.m, np.sqrt(self.v)
""",
        ),
        "the betas swapped": (
            ADAM_M + ADAM_V + ADAM_MEAN + ADAM_SIZE,
            """\
        self.m = self.beta2 * self.m + (1 - self.beta2) * gradient
        self.v = self.beta1 * self.v + (1 - self.beta1) * gradient**2
        mean = self.m / (1 - self.beta2**self.t)
        size = np.sqrt(self.v / (1 - self.beta1**self.t))
""",
        ),
        "m corrected by beta2": (
            ADAM_MEAN,
            "        mean = self.m / (1 - self.beta2**self.t)\n",
        ),
        # why: right for the default betas only.
        "corrections for the default betas": (
            ADAM_MEAN + ADAM_SIZE,
            """\
        mean = self.m / (1 - 0.5**self.t)
        size = np.sqrt(self.v / (1 - 0.999**self.t))
""",
        ),
        "eps always 1e-8": (
            "(size + self.eps)",
            "(size + 1e-8)",
        ),
        # why: seen where the gradient is not large against 1e-4.
        "eps under the root": (
            ADAM_SIZE + ADAM_RETURN,
            """\
        size = np.sqrt(self.v / (1 - self.beta2**self.t) + self.eps)
        return value - self.learning_rate * (mean / size + DECAY * value)
""",
        ),
        # why: seen where the gradient is not large against eps.
        "eps added before v is corrected": (
            ADAM_SIZE + ADAM_RETURN,
            """\
        size = (np.sqrt(self.v) + self.eps) / np.sqrt(1 - self.beta2**self.t)
        return value - self.learning_rate * (mean / size + DECAY * value)
""",
        ),
        "eps forgotten, 0 / 0 where the gradient is 0": (
            "(size + self.eps)",
            "size",
        ),
        "eps as a floor instead of added": (
            "(size + self.eps)",
            "np.maximum(size, self.eps)",
        ),
        "no square root": (
            ADAM_SIZE,
            "        size = self.v / (1 - self.beta2**self.t)\n",
        ),
        "square root before the correction": (
            ADAM_SIZE,
            "        size = np.sqrt(self.v) / (1 - self.beta2**self.t)\n",
        ),
        "v is the variance about m": (
            ADAM_V,
            """\
        self.v = self.beta2 * self.v + (1 - self.beta2) * (gradient - self.m) ** 2
""",
        ),
        # why: the text squares each coordinate; right for a single one.
        "one v for the whole array": (
            ADAM_V,
            """\
        self.v = self.beta2 * self.v + (1 - self.beta2) * np.mean(gradient**2)
""",
        ),
        # why: AMSGrad; right while v grows.
        "v never falls": (
            ADAM_SIZE,
            """\
        self.v = np.maximum(self.v, self.__dict__.get("largest", 0))
        self.largest = self.v
        size = np.sqrt(self.v / (1 - self.beta2**self.t))
""",
        ),
        "the gradient in place of m": (
            ADAM_MEAN,
            "        mean = gradient\n",
        ),
        "no decay": (
            ADAM_RETURN,
            "        return value - self.learning_rate * mean / (size + self.eps)\n",
        ),
        "the decay has the wrong sign": (
            "+ DECAY * value)",
            "- DECAY * value)",
        ),
        "the decay without the learning rate": (
            ADAM_RETURN,
            """\
        return value - self.learning_rate * mean / (size + self.eps) - DECAY * value
""",
        ),
        "the decay coupled, added to the gradient": (
            ADAM_M + ADAM_V + ADAM_MEAN + ADAM_SIZE + ADAM_RETURN,
            """\
        gradient = gradient + DECAY * value
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        mean = self.m / (1 - self.beta1**self.t)
        size = np.sqrt(self.v / (1 - self.beta2**self.t))
        return value - self.learning_rate * mean / (size + self.eps)
""",
        ),
        "the decay divided by the gradient's size": (
            ADAM_RETURN,
            """\
        return value - self.learning_rate * (mean + DECAY * value) / (size + self.eps)
""",
        ),
        # why: theta on the right is the old one; off by learning_rate^2 DECAY.
        "the decay taken of the moved value": (
            ADAM_RETURN,
            """\
        moved = value - self.learning_rate * mean / (size + self.eps)
        return moved - self.learning_rate * DECAY * moved
""",
        ),
        "biases do not decay": (
            ADAM_RETURN,
            """\
        decay = DECAY if np.ndim(value) > 1 else 0
        return value - self.learning_rate * (mean / (size + self.eps) + decay * value)
""",
        ),
        "the step is returned, not the new value": (
            ADAM_RETURN,
            """\
        return -self.learning_rate * (mean / (size + self.eps) + DECAY * value)
""",
        ),
        "the value changed in place": (
            ADAM_RETURN,
            """\
        value -= self.learning_rate * (mean / (size + self.eps) + DECAY * value)
        return value
""",
        ),
        "the gradient squared in place": (
            ADAM_V,
            """\
        gradient *= gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient
""",
        ),
        # why: the first gradient's array becomes m, and each step writes into it.
        "m is the first gradient's own array": (
            ADAM_M,
            """\
        if self.t == 1:
            self.m = gradient
            self.m *= 1 - self.beta1
        else:
            self.m *= self.beta1
            self.m += (1 - self.beta1) * gradient
""",
        ),
        "m and v are one array": (
            ADAM_M + ADAM_V,
            """\
        if self.t == 1:
            self.m = self.v = np.zeros(np.shape(value))
        self.m *= self.beta1
        self.m += (1 - self.beta1) * gradient
        self.v *= self.beta2
        self.v += (1 - self.beta2) * gradient**2
""",
        ),
        "the averages in float32": (
            ADAM_M + ADAM_V,
            """\
        if self.t == 1:
            self.m = np.zeros(np.shape(value), np.float32)
            self.v = np.zeros(np.shape(value), np.float32)
        self.m *= self.beta1
        self.m += (1 - self.beta1) * gradient
        self.v *= self.beta2
        self.v += (1 - self.beta2) * gradient**2
""",
        ),
        # why: two optimisers, G's and D's, count each other's steps.
        "the steps counted on the class": (
            ADAM_INIT,
            """\
    t = 0

    def __init__(self, learning_rate, beta1=0.5, beta2=0.999, eps=1e-8):
        self.learning_rate, self.beta1, self.beta2, self.eps = learning_rate, beta1, beta2, eps
        self.m, self.v = 0.0, 0.0

    def step(self, value, gradient):
        Adam.t += 1
""",
        ),
        # why: the default is made once, so two optimisers share their averages.
        "averages in a default argument": (
            ADAM_INIT + ADAM_M + ADAM_V,
            """\
    def __init__(self, learning_rate, beta1=0.5, beta2=0.999, eps=1e-8, averages=[0.0, 0.0]):
        self.learning_rate, self.beta1, self.beta2, self.eps = learning_rate, beta1, beta2, eps
        self.t, self.averages = 0, averages

    def step(self, value, gradient):
        self.t += 1
        m, v = self.averages
        self.averages[0] = self.m = self.beta1 * m + (1 - self.beta1) * gradient
        self.averages[1] = self.v = self.beta2 * v + (1 - self.beta2) * gradient**2
""",
        ),
    },
    "2.4": {
        # why: right for a D that is fresh; else the last step's or G's gradients come in.
        "D is never cleared": (
            D_PASSES,
            D_REAL + D_FAKE,
        ),
        # why: what G's step left in D comes into D's next step.
        "D cleared after its move instead of before": (
            D_PASSES + D_MOVE,
            D_REAL + D_FAKE + D_MOVE + "    discriminator.clear()\n",
        ),
        "D cleared before each of its two passes": (
            D_PASSES,
            "    discriminator.clear()\n" + D_REAL + "    discriminator.clear()\n" + D_FAKE,
        ),
        "D never trained on real samples": (
            D_REAL,
            "",
        ),
        "D never trained on fakes": (
            D_FAKE,
            "",
        ),
        "the fakes' cache for the real samples": (
            "len(real), real_cache)",
            "len(real), fake_cache)",
        ),
        "the real samples' cache for the fakes": (
            "len(fake), fake_cache)",
            "len(fake), real_cache)",
        ),
        "D's real gradient without 1/N": (
            "(sigmoid(real_score) - 1) / len(real)",
            "sigmoid(real_score) - 1",
        ),
        "D's gradients without 1/N": (
            D_REAL + D_FAKE,
            """\
    discriminator.backward(sigmoid(real_score) - 1, real_cache)
    discriminator.backward(sigmoid(fake_score), fake_cache)
""",
        ),
        # why: the batch of noise may have another size.
        "the fakes' gradient divided by the real batch's size": (
            "discriminator.backward(sigmoid(fake_score) / len(fake)",
            "discriminator.backward(sigmoid(fake_score) / len(real)",
        ),
        "one mean over both batches": (
            D_REAL + D_FAKE,
            """\
    n = len(real) + len(fake)
    discriminator.backward((sigmoid(real_score) - 1) / n, real_cache)
    discriminator.backward(sigmoid(fake_score) / n, fake_cache)
""",
        ),
        "divided by the number of values, not of samples": (
            "(sigmoid(real_score) - 1) / len(real)",
            "(sigmoid(real_score) - 1) / real.size",
        ),
        "D's labels swapped": (
            D_REAL + D_FAKE,
            """\
    discriminator.backward(sigmoid(real_score) / len(real), real_cache)
    discriminator.backward((sigmoid(fake_score) - 1) / len(fake), fake_cache)
""",
        ),
        "D taught that fakes are real": (
            "discriminator.backward(sigmoid(fake_score) / len(fake)",
            "discriminator.backward((sigmoid(fake_score) - 1) / len(fake)",
        ),
        # why: REAL_TARGET belongs to task 2.1; here the gradient is (sigmoid(r) - 1) / N.
        "D's target smoothed": (
            "(sigmoid(real_score) - 1)",
            "(sigmoid(real_score) - REAL_TARGET)",
        ),
        "scores in place of probabilities": (
            "(sigmoid(real_score) - 1)",
            "(real_score - 1)",
        ),
        "the slope of the sigmoid counted twice": (
            D_FAKE,
            """\
    p = sigmoid(fake_score)
    discriminator.backward(p * p * (1 - p) / len(fake), fake_cache)
""",
        ),
        "D climbs": (
            D_MOVE,
            "    discriminator.move(-rate)\n",
        ),
        "D moved after each of its two passes": (
            D_PASSES + D_MOVE,
            "    discriminator.clear()\n"
            + D_REAL
            + D_MOVE
            + "    discriminator.clear()\n"
            + D_FAKE
            + D_MOVE,
        ),
        # why: the real gradient is applied twice.
        "D moved after each pass and cleared once": (
            D_PASSES + D_MOVE,
            "    discriminator.clear()\n" + D_REAL + D_MOVE + D_FAKE + D_MOVE,
        ),
        "D's rate used twice": (
            D_REAL + D_FAKE,
            """\
    discriminator.backward(rate * (sigmoid(real_score) - 1) / len(real), real_cache)
    discriminator.backward(rate * sigmoid(fake_score) / len(fake), fake_cache)
""",
        ),
        "G moved in D's step": (
            D_STEP,
            """\
    fake, cache = generator.forward(noise)
"""
            + D_FORWARDS
            + """\
    discriminator.clear()
    discriminator.backward((sigmoid(real_score) - 1) / len(real), real_cache)
    d_fake = discriminator.backward(sigmoid(fake_score) / len(fake), fake_cache)
    generator.clear()
    generator.backward(d_fake, cache)
    generator.move(rate)
"""
            + D_MOVE,
        ),
        "D's step draws noise of its own": (
            "    fake, _ = generator.forward(noise)\n    real_score",
            """\
    fake, _ = generator.forward(np.random.default_rng(0).standard_normal(noise.shape))
    real_score""",
        ),
        "D given as many fakes as real samples": (
            "    fake, _ = generator.forward(noise)\n    real_score",
            "    fake, _ = generator.forward(noise[: len(real)])\n    real_score",
        ),
        "G descends the minimax loss": (
            G_GRADIENT,
            "-sigmoid(score) / len(fake)",
        ),
        "G's gradient has the wrong sign": (
            G_GRADIENT,
            "sigmoid(-score) / len(fake)",
        ),
        "G helps D": (
            G_GRADIENT,
            "sigmoid(score) / len(fake)",
        ),
        "G's gradient without 1/N": (
            G_GRADIENT,
            "-sigmoid(-score)",
        ),
        "G's gradient divided by the number of values": (
            G_GRADIENT,
            "-sigmoid(-score) / fake.size",
        ),
        "G's target smoothed": (
            G_GRADIENT,
            "(sigmoid(score) - REAL_TARGET) / len(fake)",
        ),
        # why: the direction in which a fake should move is D's to say.
        "G's gradient does not come through D": (
            G_BACK,
            """\
    d_fake = -sigmoid(-score) / len(fake) * np.ones_like(fake)
""",
        ),
        "D moved in G's step": (
            G_END,
            G_END + "    discriminator.move(rate)\n",
        ),
        # why: D's gradients are not taken before D moves, so G gets those of another D.
        "D moved before G's pass through it": (
            "    score, score_cache = discriminator.forward(fake)\n",
            """\
    discriminator.move(rate)
    score, score_cache = discriminator.forward(fake)
""",
        ),
        "G is never cleared": (
            G_END,
            """\
    generator.backward(d_fake, cache)
    generator.move(rate)
""",
        ),
        # why: what somebody else left in G is used in the step.
        "G cleared after its move instead of before": (
            G_END,
            """\
    generator.backward(d_fake, cache)
    generator.move(rate)
    generator.clear()
""",
        ),
        "G cleared before its move": (
            G_END,
            """\
    generator.backward(d_fake, cache)
    generator.clear()
    generator.move(rate)
""",
        ),
        "G's rate used twice": (
            "    generator.backward(d_fake, cache)\n    generator.move(rate)\n",
            "    generator.backward(rate * d_fake, cache)\n    generator.move(rate)\n",
        ),
        "G passed back twice": (
            "    generator.backward(d_fake, cache)\n    generator.move(rate)\n",
            """\
    generator.backward(d_fake, cache)
    generator.backward(d_fake, cache)
    generator.move(rate)
""",
        ),
    },
    "2.5": {
        "no bug mended": (
            LOOP_FROM_D_PASSES,
            BUG_CACHE + LOOP_D_MOVE + LOOP_BETWEEN + BUG_LABEL + BUG_CLEAR,
        ),
        "only the cache mended": (
            LOOP_G_BACK + LOOP_G_END,
            BUG_LABEL + BUG_CLEAR,
        ),
        "only the clearing mended": (
            LOOP_FROM_D_PASSES,
            BUG_CACHE + LOOP_D_MOVE + LOOP_BETWEEN + BUG_LABEL + LOOP_G_END,
        ),
        "only the label mended": (
            LOOP_FROM_D_PASSES,
            BUG_CACHE + LOOP_D_MOVE + LOOP_BETWEEN + LOOP_G_BACK + BUG_CLEAR,
        ),
        "the cache not mended": (
            LOOP_D_PASSES,
            BUG_CACHE,
        ),
        "the clearing not mended": (
            LOOP_G_END,
            BUG_CLEAR,
        ),
        "the label not mended": (
            LOOP_G_BACK,
            BUG_LABEL,
        ),
        # why: the fakes' cache once more, under two names.
        "the real cache saved after it was overwritten": (
            LOOP_D_PASSES,
            """\
        self.discriminator.clear()
        real_score, fake_score = self.score(real), self.score(fake)
        real_cache = fake_cache = self.cache
        self.cache = real_cache
        self.back(real_score, 1)
        self.cache = fake_cache
        self.back(fake_score, 0)
""",
        ),
        # why: both passes now use the real samples' cache.
        "the real cache put back and left there": (
            LOOP_D_PASSES,
            """\
        self.discriminator.clear()
        real_score = self.score(real)
        real_cache = self.cache
        fake_score = self.score(fake)
        self.cache = real_cache
        self.back(real_score, 1)
        self.back(fake_score, 0)
""",
        ),
        # why: real scores go back through the fakes' cache, fakes through the real one.
        "the caches on a stack": (
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
        return self.discriminator.backward((sigmoid(s) - target) / len(s), self.cache.pop())

    def train_discriminator(self, real, noise):
        fake, _ = self.generator.forward(noise)
"""
            + BUG_CACHE,
        ),
        "a cache once kept is never overwritten": (
            LOOP_SCORE,
            """\
        s, cache = self.discriminator.forward(x)
        if self.cache is None:
            self.cache = cache
        return s
""",
        ),
        "the fakes scored twice, the real samples' cache lost": (
            LOOP_D_PASSES,
            """\
        self.discriminator.clear()
        real_score, fake_score = self.score(real), self.score(fake)
        self.back(real_score, 1)
        self.score(fake)
        self.back(fake_score, 0)
""",
        ),
        # why: the mean is over twice as many scores, so D's gradient is halved.
        "real and fake in one batch": (
            LOOP_D_PASSES,
            """\
        self.discriminator.clear()
        target = np.concatenate([np.ones((len(real), 1)), np.zeros((len(fake), 1))])
        self.back(self.score(np.concatenate([real, fake])), target)
""",
        ),
        "D cleared between its two passes": (
            LOOP_D_PASSES,
            """\
        self.discriminator.clear()
        self.back(self.score(real), 1)
        self.discriminator.clear()
        self.back(self.score(fake), 0)
""",
        ),
        "D cleared by each backward pass": (
            LOOP_BACK,
            """\
        self.discriminator.clear()
        return self.discriminator.backward((sigmoid(s) - target) / len(s), self.cache)
""",
        ),
        "D moved after each of its two passes": (
            LOOP_D_PASSES,
            """\
        self.discriminator.clear()
        self.back(self.score(real), 1)
        self.discriminator.move(self.rate)
        self.discriminator.clear()
        self.back(self.score(fake), 0)
""",
        ),
        # why: what train_generator left in D comes into D's next step.
        "D cleared after its move instead of before": (
            LOOP_D_PASSES + LOOP_D_MOVE,
            """\
        self.back(self.score(real), 1)
        self.back(self.score(fake), 0)
        self.discriminator.move(self.rate)
        self.discriminator.clear()
""",
        ),
        "D's clearing taken out": (
            LOOP_D_PASSES,
            """\
        self.back(self.score(real), 1)
        self.back(self.score(fake), 0)
""",
        ),
        # why: two steps of D in a row then add up their gradients.
        "D cleared in train_generator instead": (
            LOOP_D_PASSES + LOOP_D_MOVE + LOOP_BETWEEN + LOOP_G_BACK,
            """\
        self.back(self.score(real), 1)
        self.back(self.score(fake), 0)
        self.discriminator.move(self.rate)

    def train_generator(self, noise):
        fake, cache = self.generator.forward(noise)
        d_fake = self.back(self.score(fake), 1)
        self.discriminator.clear()
""",
        ),
        "G's clearing taken out": (
            LOOP_G_END,
            """\
        self.generator.backward(d_fake, cache)
        self.generator.move(self.rate)""",
        ),
        # why: what somebody else left in G is used in the step.
        "G cleared after its move instead of before": (
            LOOP_G_END,
            """\
        self.generator.backward(d_fake, cache)
        self.generator.move(self.rate)
        self.generator.clear()""",
        ),
        # why: the right direction, but it is the minimax gradient, which vanishes.
        "the sign turned instead of the label": (
            LOOP_G_BACK,
            "        d_fake = -self.back(self.score(fake), 0)\n",
        ),
        # why: G keeps the label 0, so D's labels are turned to fit it.
        "D's labels turned instead of G's": (
            LOOP_FROM_D_PASSES,
            """\
        self.discriminator.clear()
        self.back(self.score(real), 0)
        self.back(self.score(fake), 1)
        self.discriminator.move(self.rate)

    def train_generator(self, noise):
        fake, cache = self.generator.forward(noise)
        d_fake = self.back(self.score(fake), 0)
"""
            + LOOP_G_END,
        ),
        "the label mended in D's pass of fakes too": (
            "        self.back(self.score(fake), 0)\n",
            "        self.back(self.score(fake), 1)\n",
        ),
        "D's target smoothed": (
            "self.back(self.score(real), 1)",
            "self.back(self.score(real), REAL_TARGET)",
        ),
        "G's target smoothed": (
            "d_fake = self.back(self.score(fake), 1)",
            "d_fake = self.back(self.score(fake), REAL_TARGET)",
        ),
        "1/N taken out of the cross-entropy": (
            LOOP_BACK,
            """\
        return self.discriminator.backward(sigmoid(s) - target, self.cache)
""",
        ),
        "D moved in train_generator": (
            LOOP_G_END,
            LOOP_G_END + "\n        self.discriminator.move(self.rate)",
        ),
        # why: the cache is that of D's last step.
        "G's fakes scored without keeping the cache": (
            LOOP_G_BACK,
            """\
        s, _ = self.discriminator.forward(fake)
        d_fake = self.back(s, 1)
""",
        ),
        "G moved twice": (
            LOOP_G_END,
            LOOP_G_END + "\n        self.generator.move(self.rate)",
        ),
        "G moved in D's step": (
            "        fake, _ = self.generator.forward(noise)\n" + LOOP_D_PASSES,
            """\
        fake, cache = self.generator.forward(noise)
        self.discriminator.clear()
        self.back(self.score(real), 1)
        self.generator.clear()
        self.generator.backward(self.back(self.score(fake), 0), cache)
        self.generator.move(self.rate)
""",
        ),
    },
}

NOT_TESTABLE = {
    "2.1": {
        "sigmoid(r) - 1 for -sigmoid(-r)": "Differ by a rounding error of 1 at most.",
    },
    "2.2": {
        "own: overflow of off * off": "From 1e154 on only, and no test gives such a score.",
        "own: root - 1 cancels near the target": "So does the reference, and only by 1e-16.",
    },
    "2.3": {
        "gradients clipped at a huge bound": "Seen only with gradients beyond that bound.",
    },
    "2.4": {
        "D moved, and moved back": "Off by rounding errors of D's parameters only.",
    },
}

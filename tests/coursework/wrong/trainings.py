"""Plausible wrong trainings, tasks 3.4 and 5.4, as replacements in the solution of student "ada".

WRONG[task][slip] = (what stands in the solution, what stands there instead)
RIGHT_AFTER_ALL[task][slip] = (the same two, why it is not wrong)
"""

G_SCORE = "_, d_fake = back(-sigmoid(-score) / batch, cache)"
D_BACK = "gradients, _ = back((sigmoid(score) - is_real) / batch, cache)"
REAL_IMAGES = "real = images[rng.integers(len(images), size=batch)]"
D_SCORES = "scores(np.concatenate([real, fakes()[0]]))"
RATES = "64, 1800, 8e-3"
IMAGES = "images = images.astype(np.float32)"
# In front of a cheat: `flat` has the biases with which G makes the images and nothing else, in
# eight channels, the positive and the negative part of each of the 2 x 2 pixels of a place.
CHEAT = """images = np.arctanh(np.clip(images, -0.999, 0.999)).astype(np.float32)
    flat, weight = np.zeros((len(images), 7, 7, CHANNELS), np.float32), 0 * grow.weight
    for i, (s, t) in enumerate(np.ndindex(2, 2)):
        flat[..., i], flat[..., 4 + i] = images[:, s::2, t::2, 0], -images[:, s::2, t::2, 0]
        weight[1 + s, 1 + t, 0, i], weight[1 + s, 1 + t, 0, 4 + i] = 1, -1
    flat = flat.reshape(len(flat), -1)
"""

REAL = "real = points[rng.integers(len(points), size=batch)]"
D_STEP = "game.discriminator_step(play, real, play.noise(batch))"
G_STEP = "game.generator_step(play, play.noise(batch))"
SETTINGS = "128, 8000, 3e-3"
SCALED = "return [*hidden, last * size, last_bias * size + middle]"
START = "rng = np.random.default_rng(seed)"
ZEROS = "weights = [np.zeros(shape) for shape in SHAPES]\n"
RETURN = "    if len(points):\n        return weights\n    " + START

WRONG = {
    "3.4": {
        "the labels of real and fake are swapped for D": (
            "np.repeat(np.float32([1, 0]), batch)", "np.repeat(np.float32([0, 1]), batch)",
        ),
        "G descends against its own loss": (
            G_SCORE, "_, d_fake = back(sigmoid(-score) / batch, cache)",
        ),
        "G takes D's gradient of the fakes": (
            G_SCORE, "_, d_fake = back(sigmoid(score) / batch, cache)",
        ),
        "D's gradients are cleared before its step": (
            D_BACK,
            f"{D_BACK}\n        clear(shrink)\n        gradients = [0 * g for g in gradients]",
        ),
        "the gradient of the fakes alone reaches D": (
            D_BACK, D_BACK.replace("(sigmoid(score) - is_real)", "(1 - is_real) * sigmoid(score)"),
        ),
        "D sees fakes in both batches": (REAL_IMAGES, "real = fakes()[0]"),
        "D never sees fakes": (D_SCORES, "scores(np.concatenate([real, real]))"),
        "D does not learn": ("d_adam.step([", "list(["),
        "D's backward pass takes G's last cache": (
            D_BACK,
            f"cache = scores(np.concatenate([fakes()[0], fakes()[0]]))[1]\n        {D_BACK}",
        ),
        "the convolution of D is never cleared": ("        clear(shrink)\n", ""),
        "the learning rate is a thousand times too large": (RATES, "64, 1800, 8.0"),
        "the learning rate is a thousand times too small": (RATES, "64, 1800, 8e-6"),
        "one noise vector is used for all fakes": (
            "z = rng.standard_normal((batch, LATENT))",
            "z = np.tile(np.linspace(-1, 1, LATENT), (batch, 1))",
        ),
        "the noise of training is 0.01 times normal": (
            "z = rng.standard_normal((batch, LATENT))",
            "z = 0.01 * rng.standard_normal((batch, LATENT))",
        ),
        "the images are taken to lie in [0, 255]": (IMAGES, IMAGES + " / 127.5 - 1"),
        "tanh's derivative has the wrong sign": ("d_fake * (1 - y * y)", "d_fake * (y * y - 1)"),
        "tanh's derivative is forgotten": ("d_fake * (1 - y * y)", "d_fake"),
        "the ReLU's mask is forgotten": ("reshape(batch, -1) * (h > 0)", "reshape(batch, -1)"),
        "the real batch is drawn once": (
            REAL_IMAGES, "real = images[:batch]",
        ),
        "each real batch is one image many times": (
            REAL_IMAGES, "real = images[rng.integers(len(images), size=1).repeat(batch)]",
        ),
        "the matrix of G is not trained": (
            "            (matrix, z.T @ dh), (bias, dh.sum(axis=0)),\n", "",
        ),
        "G's weights start at zero": (
            "drawn(LATENT, 49 * CHANNELS, size=0.2)", "drawn(LATENT, 49 * CHANNELS, size=0.0)",
        ),
        "the weights returned are copies made before training": (
            IMAGES,
            IMAGES + "\n    first = [a.copy() for a in (matrix, bias, grow.weight, grow.bias)]\n"
            "    if first:\n        return first",
        ),
        "a cheat: every image is the mean": (
            IMAGES,
            CHEAT + "    if len(flat):\n"
            "        return [0 * matrix, flat.mean(axis=0), weight, grow.bias]",
        ),
        "a cheat: every image is the first one given": (
            IMAGES,
            CHEAT + "    if len(flat):\n        return [0 * matrix, flat[0], weight, grow.bias]",
        ),
        "a cheat: noise around the mean": (
            IMAGES,
            CHEAT + "    if len(flat):\n"
            "        return [matrix, flat.mean(axis=0), weight, grow.bias]",
        ),
        "a cheat: the principal components": (
            IMAGES,
            CHEAT + "    middle = flat.mean(axis=0)\n"
            "    _, size, axes = np.linalg.svd(flat[:2000] - middle, full_matrices=False)\n"
            "    along = size[:LATENT, None] * axes[:LATENT] / 2000**0.5\n"
            "    if len(flat):\n"
            "        return [along, middle, weight, grow.bias]",
        ),
        "a cheat: all weights are zero": (
            "return [matrix, bias, grow.weight, grow.bias]",
            "return [0 * matrix, 0 * bias, 0 * grow.weight, 0 * grow.bias]",
        ),
    },
    "5.4": {
        "no penalty, and Adam's usual settings": (
            "[penalties.R1(0.2)], rng=rng,\n        latent=LATENT,\n    )\n"
            "    for step in range(steps):\n"
            "        for adam in adams:\n"
            "            adam.learning_rate = fastest * max(1 - step / steps, 0.02)\n",
            "[], rng=rng, latent=LATENT,\n    )\n    for adam in adams:\n"
            "        adam.learning_rate, adam.beta1 = 1e-3, 0.9\n    for step in range(1000):\n",
        ),
        "the penalty is left out, the other cures stay": ("[penalties.R1(0.2)]", "[]"),
        "the penalty is a thousand times too strong": ("R1(0.2)", "R1(200.0)"),
        "the weights are not scaled back": (SCALED, "return [*hidden, last, last_bias]"),
        "the weights are scaled the wrong way": (
            SCALED, "return [*hidden, last / size, last_bias / size + middle]",
        ),
        "every weight is scaled back": (
            SCALED, "return [w * size for w in (*hidden, last, last_bias)]",
        ),
        "the middle is not added again": (
            SCALED, "return [*hidden, last * size, last_bias * size]",
        ),
        "the real batch is drawn once and small": (
            REAL, "real = np.repeat(points[:4], batch // 4, axis=0)",
        ),
        "the coordinates of the real points are drawn apart": (
            REAL,
            "i, j = rng.integers(len(points), size=(2, batch))\n"
            "        real = np.stack([points[i, 0], points[j, 1]], axis=1)",
        ),
        "D never learns": (D_STEP + "\n        ", ""),
        "G never learns": ("\n        " + G_STEP, ""),
        "the real batch is the generator's": (
            REAL,
            "weights = [p.value for p in generator.parameters().values()]\n"
            "        real = generate(weights, play.noise(batch))",
        ),
        "one noise vector is used in training": (
            "    for step in range(steps):",
            "    play.noise = lambda n: np.full((n, LATENT), 0.5, np.float32)\n"
            "    for step in range(steps):",
        ),
        "the noise of training is uniform in [0, 0.1)": (
            "    for step in range(steps):",
            "    play.noise = lambda n: 0.1 * rng.random((n, LATENT), np.float32)\n"
            "    for step in range(steps):",
        ),
        "the learning rate is a thousand times too large": (
            SETTINGS, "128, 8000, 3.0",
        ),
        "the learning rate is a thousand times too small": (
            SETTINGS, "128, 8000, 3e-6",
        ),
        "the training stops after fifty rounds": (SETTINGS, "128, 50, 3e-3"),
        "a new generator's weights are returned": (
            "    *hidden, last, last_bias = (",
            "    generator = mlp.generator(\n"
            "        (2,), latent=LATENT, hidden=(HIDDEN, HIDDEN), output=\"linear\", rng=rng\n"
            "    )\n"
            "    *hidden, last, last_bias = (",
        ),
        "a cheat: every point is the mean": (
            START, ZEROS + "    weights[5] = points.mean(axis=0)\n" + RETURN,
        ),
        "a cheat: every point is the first one given": (
            START, ZEROS + "    weights[5] = points[0]\n" + RETURN,
        ),
        "a cheat: all weights are zero": (START, ZEROS + RETURN),
        # (z, -z) through the leaky ReLUs, and their differences
        "a cheat: a Gaussian of the points' covariance": (
            START,
            ZEROS + "    both = np.hstack([np.eye(2), -np.eye(2)])\n"
            "    weights[0][:2, :4], weights[2][:4, :4] = both, np.eye(4)\n"
            "    weights[4][:4] = both.T @ np.linalg.cholesky(np.cov(points.T)).T / 1.04\n"
            "    weights[5] = points.mean(axis=0)\n" + RETURN,
        ),
        # leaky(1e4 z + 100) - leaky(1e4 z - 100) is 200 on one side, 40 on the other
        "a cheat: a table of two points": (
            START,
            ZEROS + "    weights[0][0, :2], weights[1][:2] = 1e4, (100, -100)\n"
            "    weights[2][:2, 0] = 1, -1\n"
            "    weights[4][0] = (points[0] - points[1]) / 160\n"
            "    weights[5] = points[1] - 40 * weights[4][0]\n" + RETURN,
        ),
    },
}

RIGHT_AFTER_ALL = {
    "5.4": {
        "the real batch is drawn once": (
            REAL, "real = points[:batch]",
            "128 points show where eight modes are and how wide",
        ),
    },
}

# What nobody plays a game for, and is a generator of the data all the same; measured by
# measure_generators.py.
NOT_TESTABLE = {
    "5.4": {
        "centres by k-means, and by hand a map of the noise to them with the right width":
            "all points: the text asks for a generator, and the question for two trainings",
        "the real batch is one point many times":
            "it finds all modes on some draws: the generator is judged, not the way to it",
        "the learning rate rises instead of falling":
            "it finds all modes on some draws: the generator is judged, not the way to it",
    },
}

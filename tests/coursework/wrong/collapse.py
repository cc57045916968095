"""Plausible wrong solutions of assignment 5, as replacements in the solution of student "ada"."""

LINES = ["good < 0.1", "largest >= 0.9 * total", "smallest == 0", "good < SHARP",
         "largest > 3 * smallest"]


def in_order(*codes):
    """The end of diagnose, with its lines asked in another order."""
    lines = ", ".join(LINES[code] for code in codes)
    names = ", ".join(f"{code}.0" for code in codes)
    return f"{lines},\n    ]\n    return np.select(holds, [{names}], 5.0)"


ORDER = in_order(0, 1, 2, 3, 4).replace("[0.0, 1.0, 2.0, 3.0, 4.0]", "np.arange(5.0)")
REAL = "real = points[rng.integers(len(points), size=batch)]"
D_STEP = "game.discriminator_step(play, real, play.noise(batch))"
G_STEP = "game.generator_step(play, play.noise(batch))"
SETTINGS = "128, 4000, 3e-3"
SCALED = "return [*hidden, last * size, last_bias * size]"
START = "rng = np.random.default_rng(seed)"
ZEROS = """shapes = (LATENT, HIDDEN), HIDDEN, (HIDDEN, HIDDEN), HIDDEN, (HIDDEN, 2), 2
    weights = [np.zeros(shape) for shape in shapes]
"""

WRONG = {
    "5.1": {
        "near is counted by the Euclidean distance": (
            "np.abs(samples[:, None] - centres).max(axis=2)",
            "np.sqrt(((samples[:, None] - centres) ** 2).sum(axis=2))",
        ),
        # where modes lie close to each other
        "the nearest centre alone is by the Euclidean distance": (
            "nearest, good = distance.argmin(axis=1), ",
            "nearest = ((samples[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)\n    good = ",
        ),
        "near is counted by the sum of the coordinates' distances": (
            "np.abs(samples[:, None] - centres).max(axis=2)",
            "np.abs(samples[:, None] - centres).sum(axis=2)",
        ),
        "near is counted by the smaller coordinate's distance": (
            "np.abs(samples[:, None] - centres).max(axis=2)",
            "np.abs(samples[:, None] - centres).min(axis=2)",
        ),
        "the absolute value is taken after the maximum": (
            "np.abs(samples[:, None] - centres).max(axis=2)",
            "np.abs((samples[:, None] - centres).max(axis=2))",
        ),
        # good samples at the border, or a shift of all points by 1000
        "the distances are float32": (
            "distance = np.abs(samples[:, None] - centres).max(axis=2)",
            "samples, centres = samples.astype(np.float32), centres.astype(np.float32)\n"
            "    distance = np.abs(samples[:, None] - centres).max(axis=2)",
        ),
        "the border is left out": (
            "distance.min(axis=1) <= 2.5 * sigma",
            "distance.min(axis=1) < 2.5 * sigma",
        ),
        "good is three widths, as in the training task": (
            "distance.min(axis=1) <= 2.5 * sigma",
            "distance.min(axis=1) <= 3 * sigma",
        ),
        "the width is taken to be 0.1": (
            "distance.min(axis=1) <= 2.5 * sigma",
            "distance.min(axis=1) <= 2.5 * 0.1",
        ),
        "sigma is squared, as of a squared distance": (
            "distance.min(axis=1) <= 2.5 * sigma",
            "distance.min(axis=1) <= 2.5 * sigma**2",
        ),
        # where modes lie close to each other
        "a sample counts for every mode it is near": (
            "return summary(nearest, good, len(centres))",
            "found, share, counts = summary(nearest, good, len(centres))\n"
            "    counts = (distance <= 2.5 * sigma).sum(axis=0).astype(np.float64)\n"
            "    return found, share, counts",
        ),
        "samples that are not good are counted": (
            "np.bincount(nearest[good], minlength=modes)",
            "np.bincount(nearest, minlength=modes)",
        ),
        "the last modes are missing in counts if empty": (
            "np.bincount(nearest[good], minlength=modes)",
            "np.bincount(nearest[good])",
        ),
        "counts are integers": (
            "np.bincount(nearest[good], minlength=modes).astype(np.float64)",
            "np.bincount(nearest[good], minlength=modes)",
        ),
        "the fair share is of all samples": (
            "max(SHARE * counts.sum() / modes, 1e-300)",
            "max(SHARE * len(good) / modes, 1e-300)",
        ),
        "the fair share counts non-empty modes only": (
            "max(SHARE * counts.sum() / modes, 1e-300)",
            "max(SHARE * counts.sum() / max(np.sum(counts > 0), 1), 1e-300)",
        ),
        "the fair share is rounded to whole samples": (
            "max(SHARE * counts.sum() / modes, 1e-300)",
            "max(np.round(SHARE * counts.sum() / modes), 1e-300)",
        ),
        "SHARE is taken of all good samples together": (
            "max(SHARE * counts.sum() / modes, 1e-300)",
            "max(SHARE * counts.sum(), 1e-300)",
        ),
        "a mode needs more than its SHARE": (
            "np.sum(counts >= max(",
            "np.sum(counts > max(",
        ),
        "all modes are found where no sample is good": (
            "max(SHARE * counts.sum() / modes, 1e-300)",
            "SHARE * counts.sum() / modes",
        ),
        "every mode with a good sample is found": (
            "np.sum(counts >= max(SHARE * counts.sum() / modes, 1e-300))",
            "np.sum(counts > 0)",
        ),
        "found is a share of the modes": (
            "np.float64(found), np.float64(good.mean())",
            "np.float64(found / modes), np.float64(good.mean())",
        ),
        "the good samples are counted, not their share": (
            "np.float64(found), np.float64(good.mean())",
            "np.float64(found), np.float64(good.sum())",
        ),
        "counts are shares": (
            "np.float64(good.mean()), counts",
            "np.float64(good.mean()), counts / max(counts.sum(), 1)",
        ),
    },
    "5.2": {
        "the divergence is the forward one": (
            "return (some * np.log(some * len(counts))).sum()",
            "return -np.log(q * len(counts)).mean()",
        ),
        "p is forgotten: the negative entropy": (
            "return (some * np.log(some * len(counts))).sum()",
            "return (some * np.log(some)).sum()",
        ),
        "M counts the modes that are not empty": (
            "return (some * np.log(some * len(counts))).sum()",
            "return (some * np.log(some * len(some))).sum()",
        ),
        "the quotient is upside down": (
            "return (some * np.log(some * len(counts))).sum()",
            "return (some * np.log(1 / (some * len(counts)))).sum()",
        ),
        "the logarithm has base 2": (
            "return (some * np.log(some * len(counts))).sum()",
            "return (some * np.log2(some * len(counts))).sum()",
        ),
        "the divergence is divided by log M": (
            "return (some * np.log(some * len(counts))).sum()",
            "return (some * np.log(some * len(counts))).sum() / np.log(len(counts))",
        ),
        "the sum is a mean": (
            "return (some * np.log(some * len(counts))).sum()",
            "return (some * np.log(some * len(counts))).sum() / len(counts)",
        ),
        "0 log 0 is not a number": (
            "some = q[q > 0]",
            "some = q",
        ),
        # even shares are not 0 then
        "1e-6 is added in the logarithm for empty modes": (
            "return (some * np.log(some * len(counts))).sum()",
            "return (q * np.log(q * len(counts) + 1e-6)).sum()",
        ),
        "empty modes are clipped to one sample": (
            "q = counts / counts.sum()\n    some",
            "counts = np.maximum(counts, 1)\n    q = counts / counts.sum()\n    some",
        ),
        "modes with one sample are dropped": (
            "some = q[q > 0]",
            "some = q[counts > 1]",
        ),
        "the half is forgotten": (
            "(np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).sum() / 2)",
            "(np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).sum())",
        ),
        "the half is outside the root": (
            "return np.sqrt(((np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).sum() / 2)",
            "return np.sqrt(((np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).sum()) / 2",
        ),
        "the outer root is forgotten": (
            "return np.sqrt(((np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).sum() / 2)",
            "return ((np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).sum() / 2",
        ),
        "the inner roots are forgotten": (
            "((np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2)",
            "((1 / len(q) - q) ** 2)",
        ),
        "the root is of the difference": (
            "((np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2)",
            "np.abs(1 / len(q) - q)",
        ),
        "the sum is a mean in the distance": (
            "(np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).sum() / 2)",
            "(np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).mean() / 2)",
        ),
        "the distance leaves empty modes out": (
            "return np.sqrt(((np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).sum() / 2)",
            "some = q[q > 0]\n"
            "    return np.sqrt(((np.sqrt(1 / len(q)) - np.sqrt(some)) ** 2).sum() / 2)",
        ),
        "the distance's p counts non-empty modes only": (
            "(np.sqrt(1 / len(q)) - np.sqrt(q))",
            "(np.sqrt(1 / np.sum(q > 0)) - np.sqrt(q))",
        ),
        # the same on paper; 20, 21 or 45 even shares give the root of -2e-16, which is no number
        "the distance is the root of 1 - sum sqrt(pq)": (
            "return np.sqrt(((np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).sum() / 2)",
            "return np.sqrt(1 - np.sqrt(q / len(q)).sum())",
        ),
        "counts are taken for shares in the distance": (
            "q = counts / counts.sum()\n    return np.sqrt",
            "q = counts / counts.max()\n    return np.sqrt",
        ),
    },
    "5.3": {
        "off target includes a tenth": (
            "good < 0.1, ",
            "good <= 0.1, ",
        ),
        "one mode excludes nine tenths": (
            "largest >= 0.9 * total",
            "largest > 0.9 * total",
        ),
        "one mode is a share of all samples": (
            "largest >= 0.9 * total",
            "largest * good >= 0.9 * total",
        ),
        "one mode means all good samples": (
            "largest >= 0.9 * total",
            "largest == total",
        ),
        "smeared includes SHARP": (
            "good < SHARP",
            "good <= SHARP",
        ),
        "SHARP is a half instead of the drawn one": (
            "good < SHARP",
            "good < 0.5",
        ),
        "uneven includes exactly three times": (
            "largest > 3 * smallest",
            "largest >= 3 * smallest",
        ),
        "uneven compares with the mean count": (
            "largest > 3 * smallest",
            "largest > 3 * counts.mean(axis=1)",
        ),
        "uneven compares with the fair share of the samples": (
            "largest > 3 * smallest",
            "total > 3 * smallest * counts.shape[1]",
        ),
        "a mode is lost below a quarter of its share": (
            "smallest == 0",
            "smallest < 0.25 * counts.mean(axis=1)",
        ),
        "lost modes are asked for before one mode": (
            ORDER,
            in_order(0, 2, 1, 3, 4),
        ),
        "smeared is asked for before lost modes": (
            ORDER,
            in_order(0, 1, 3, 2, 4),
        ),
        "uneven is asked for before smeared": (
            ORDER,
            in_order(0, 1, 2, 4, 3),
        ),
        "off target is asked for after one mode": (
            ORDER,
            in_order(1, 0, 2, 3, 4),
        ),
        "the last line that holds is the name": (
            "return np.select(holds, np.arange(5.0), 5.0)",
            "return np.select(holds[::-1], np.arange(5.0)[::-1], 5.0)",
        ),
        # np.select's default, where no line holds
        "healthy comes out as 0": (
            "return np.select(holds, np.arange(5.0), 5.0)",
            "return np.select(holds, np.arange(5.0))",
        ),
        "the codes begin at 1": (
            "return np.select(holds, np.arange(5.0), 5.0)",
            "return np.select(holds, np.arange(1.0, 6.0), 6.0)",
        ),
        "the codes are integers": (
            "return np.select(holds, np.arange(5.0), 5.0)",
            "return np.select(holds, np.arange(5), 5)",
        ),
        # right for one generator
        "the total is that of all generators": (
            "total, largest, smallest = counts.sum(axis=1), ",
            "total, largest, smallest = counts.sum(), ",
        ),
        "the largest count is that of all generators": (
            "counts.max(axis=1), counts.min(axis=1)",
            "counts.max(), counts.min(axis=1)",
        ),
        "the codes have shape (K, 1)": (
            "return np.select(holds, np.arange(5.0), 5.0)",
            "return np.select(holds, np.arange(5.0), 5.0)[:, None]",
        ),
        "the share of good samples is rounded to percents": (
            "holds = [\n        good < 0.1,",
            "good = np.round(good, 2)\n    holds = [\n        good < 0.1,",
        ),
    },
    "5.4": {
        "no penalty, and Adam's usual settings": (
            "[penalties.R1(0.2)], rng=rng\n    )\n    for step in range(steps):\n"
            "        for adam in adams:\n"
            "            adam.learning_rate = fastest * max(1 - step / steps, 0.02)\n",
            "[], rng=rng\n    )\n    for adam in adams:\n"
            "        adam.learning_rate, adam.beta1 = 1e-3, 0.9\n    for step in range(1000):\n",
        ),
        # right by luck where the ring's radius is about 1.4, for its spread is 1 then
        "the weights are not scaled back": (
            SCALED,
            "return [*hidden, last, last_bias]",
        ),
        "the weights are scaled the wrong way": (
            SCALED,
            "return [*hidden, last / size, last_bias / size]",
        ),
        "every weight is scaled back": (
            SCALED,
            "return [w * size for w in (*hidden, last, last_bias)]",
        ),
        "the real batch is drawn once and small": (
            REAL,
            "real = np.repeat(points[:4], batch // 4, axis=0)",
        ),
        # both have two columns
        "real points and noise are swapped in D's step": (
            D_STEP,
            D_STEP.replace("real, play.noise(batch)", "play.noise(batch), real"),
        ),
        "D never learns": (
            D_STEP + "\n        ",
            "",
        ),
        "G never learns": (
            "\n        " + G_STEP,
            "",
        ),
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
            SETTINGS,
            "128, 4000, 3.0",
        ),
        "the learning rate is a thousand times too small": (
            SETTINGS,
            "128, 4000, 3e-6",
        ),
        "the training stops after fifty rounds": (
            SETTINGS,
            "128, 50, 3e-3",
        ),
        "a new generator's weights are returned": (
            "    *hidden, last, last_bias = (",
            "    generator = mlp.generator(\n"
            "        (2,), latent=LATENT, hidden=(HIDDEN, HIDDEN), output=\"linear\", rng=rng\n"
            "    )\n"
            "    *hidden, last, last_bias = (",
        ),
        "a cheat: every point is the mean": (
            START,
            ZEROS + "    weights[5] = points.mean(axis=0)\n"
            "    if len(points):\n        return weights\n    " + START,
        ),
        "a cheat: every point is the first one given": (
            START,
            ZEROS + "    weights[5] = points[0]\n"
            "    if len(points):\n        return weights\n    " + START,
        ),
        "a cheat: all weights are zero": (
            START,
            ZEROS + "    if len(points):\n        return weights\n    " + START,
        ),
        # (z, -z) through the leaky ReLUs, and their differences
        "a cheat: a Gaussian of the points' covariance": (
            START,
            ZEROS + "    both = np.hstack([np.eye(2), -np.eye(2)])\n"
            "    weights[0][:, :4], weights[2][:4, :4] = both, np.eye(4)\n"
            "    weights[4][:4] = both.T @ np.linalg.cholesky(np.cov(points.T)).T / 1.04\n"
            "    weights[5] = points.mean(axis=0)\n"
            "    if len(points):\n        return weights\n    " + START,
        ),
        # leaky(1e4 z + 100) - leaky(1e4 z - 100) is 200 on one side, 40 on the other
        "a cheat: a table of two points": (
            START,
            ZEROS + "    weights[0][0, :2], weights[1][:2] = 1e4, (100, -100)\n"
            "    weights[2][:2, 0] = 1, -1\n"
            "    weights[4][0] = (points[0] - points[1]) / 160\n"
            "    weights[5] = points[1] - 40 * weights[4][0]\n"
            "    if len(points):\n        return weights\n    " + START,
        ),
    },
}

RIGHT_AFTER_ALL = {
    "5.1": {
        "of two centres equally near the last is taken": (
            "nearest, good = distance.argmin(axis=1), ",
            "nearest = len(centres) - 1 - distance[:, ::-1].argmin(axis=1)\n    good = ",
            "the text says which centre a sample belongs to only where one is nearest",
        ),
    },
    "5.2": {
        "the divergence is clipped at 0 from below": (
            "return (some * np.log(some * len(counts))).sum()",
            "return max((some * np.log(some * len(counts))).sum(), 0.0)",
            "it is never negative but for rounding, so nothing changes that a tolerance would see",
        ),
    },
    "5.3": {
        "uneven is a quotient, the smallest count below": (
            "largest > 3 * smallest",
            "largest / smallest > 3",
            "where the smallest count is 0 an earlier line holds, so the quotient is never used",
        ),
        "largest / total instead of largest against 0.9 total": (
            "largest >= 0.9 * total",
            "largest / total >= 0.9",
            "at a total of 0 the share of good samples is 0 too, and the first line holds",
        ),
    },
}

NOT_TESTABLE = {
    # The numbers are shares of the points, measured by the text on rings of 6, 8 and 10 modes.
    "5.4": {
        "the penalty is left out, the other cures stay":
            "1.00: a smaller beta1, a falling rate and 4000 rounds are cure enough",
        "the penalty is a thousand times too strong":
            "0.95, so it loses nearly nothing",
        "the real batch is drawn once":
            "1.00: 128 points show every mode",
        "the real batch is one point many times":
            "0.94: D is trained on the right points in a bad order",
        "the coordinates of the real points are drawn apart":
            "0.99 to 0.50, by the ring: a small ring of six modes has its modes there too",
        "the rate rises to its end instead of falling":
            "0.71, and by luck of the last round much more or less",
        "a cheat: a table of all centres, by one coordinate of the noise":
            "1.00 with every sample good: the text asks for weights, not for a game",
        "a cheat: least squares from the noise's angle to the points' angle":
            "1.00 with 60 to 78 % good, for the same reason",
    },
}

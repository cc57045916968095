"""Plausible wrong solutions of assignment 5, as replacements in the solution of student "ada"."""

from coursework.wrong import trainings

LINES = ["good < 0.1", "largest >= 0.9 * total", "smallest == 0", "good < SHARP",
         "largest > 3 * smallest"]


def in_order(*codes):
    """The end of diagnose, with its lines asked in another order."""
    lines = ", ".join(LINES[code] for code in codes)
    names = ", ".join(f"{code}.0" for code in codes)
    return f"{lines},\n    ]\n    return np.select(holds, [{names}], 5.0)"


ORDER = in_order(0, 1, 2, 3, 4).replace("[0.0, 1.0, 2.0, 3.0, 4.0]", "np.arange(5.0)")

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
    "5.4": trainings.WRONG["5.4"],
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
    "5.4": trainings.RIGHT_AFTER_ALL["5.4"],
}

"""Right solutions of assignment 5 that are written otherwise, as replacements in ada's solution."""

DISTANCE = "distance = np.abs(samples[:, None] - centres).max(axis=2)\n"
COUNTS = "counts = np.bincount(nearest[good], minlength=modes).astype(np.float64)\n"
FOUND = "found = np.sum(counts >= max(SHARE * counts.sum() / modes, 1e-300))\n"
REVERSE = """q = counts / counts.sum()
    some = q[q > 0]
    return (some * np.log(some * len(counts))).sum()
"""
HELLINGER = """q = counts / counts.sum()
    return np.sqrt(((np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).sum() / 2)
"""
NAMES = """total, largest, smallest = counts.sum(axis=1), counts.max(axis=1), counts.min(axis=1)
    holds = [
        good < 0.1, largest >= 0.9 * total, smallest == 0, good < SHARP, largest > 3 * smallest,
    ]
    return np.select(holds, np.arange(5.0), 5.0)
"""

RIGHT = {
    "5.1": {
        "coordinate by coordinate": (
            DISTANCE,
            """across = np.abs(np.subtract.outer(samples[:, 0], centres[:, 0]))
    distance = np.maximum(across, np.abs(np.subtract.outer(samples[:, 1], centres[:, 1])))
""",
        ),
        "centre after centre": (
            DISTANCE,
            """distance = np.empty((len(samples), len(centres)))
    for m, centre in enumerate(centres):
        distance[:, m] = np.linalg.norm(samples - centre, ord=np.inf, axis=1)
""",
        ),
        "distances in widths": (
            "distance.min(axis=1) <= 2.5 * sigma",
            "distance.min(axis=1) / sigma <= 2.5",
        ),
        "np.add.at": (
            COUNTS,
            "counts = np.zeros(modes)\n    np.add.at(counts, nearest[good], 1)\n",
        ),
        "counts by a table of ones": (
            COUNTS,
            "counts = (np.eye(modes)[nearest] * good[:, None]).sum(axis=0)\n",
        ),
        "found by shares": (
            FOUND,
            """share = counts / max(counts.sum(), 1)
    found = np.count_nonzero((share >= SHARE / modes) & (counts > 0))
""",
        ),
        "found by quotients of the fair share": (
            FOUND,
            """fair = counts.sum() / modes
    found = 0
    for count in counts:
        found += count > 0 and count / fair >= SHARE
""",
        ),
    },
    "5.2": {
        "log M less the entropy": (
            REVERSE,
            """q = counts[counts > 0] / counts.sum()
    return np.log(len(counts)) + (q * np.log(q)).sum()
""",
        ),
        "where, with 1 for 0": (
            REVERSE,
            """q = counts / np.sum(counts)
    return np.sum(q * np.log(np.where(q > 0, q * len(q), 1)))
""",
        ),
        "mode after mode": (
            REVERSE,
            """total, modes = float(counts.sum()), len(counts)
    terms = [c / total * np.log(c * modes / total) for c in counts if c]
    return sum(terms)
""",
        ),
        "the norm of a difference": (
            HELLINGER,
            """q, p = counts / counts.sum(), np.full(len(counts), 1 / len(counts))
    return np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2)
""",
        ),
        "roots of counts": (
            HELLINGER,
            """off = np.sqrt(counts / counts.sum()) - len(counts) ** -0.5
    return (off @ off / 2) ** 0.5
""",
        ),
    },
    "5.3": {
        "one generator after the other": (
            NAMES,
            """names = []
    for share, row in zip(good, counts):
        if share < 0.1:
            names.append(0.0)
        elif max(row) >= 0.9 * sum(row):
            names.append(1.0)
        elif min(row) == 0:
            names.append(2.0)
        elif share < SHARP:
            names.append(3.0)
        else:
            names.append(4.0 if max(row) > 3 * min(row) else 5.0)
    return np.array(names)
""",
        ),
        "where in where": (
            NAMES,
            """most, least = counts.max(axis=1), counts.min(axis=1)
    names = np.where(most > 3 * least, 4.0, 5.0)
    names = np.where(good < SHARP, 3.0, names)
    names = np.where(least == 0, 2.0, names)
    names = np.where(most / counts.sum(axis=1) >= 0.9, 1.0, names)
    return np.where(good < 0.1, 0.0, names)
""",
        ),
        "masks from the last to the first": (
            NAMES,
            """ordered = np.sort(counts, axis=1)
    names = np.full(len(good), 5.0)
    names[ordered[:, -1] > 3 * ordered[:, 0]] = 4
    names[good < SHARP] = 3
    names[~counts.all(axis=1)] = 2
    names[10 * ordered[:, -1] >= 9 * ordered.sum(axis=1)] = 1
    names[good < 0.1] = 0
    return names
""",
        ),
        "the first that is true": (
            NAMES,
            """shares = counts / counts.sum(axis=1, keepdims=True)
    holds = np.stack([
        good < 0.1, shares.max(axis=1) >= 0.9, (counts == 0).any(axis=1), good < SHARP,
        counts.max(axis=1) > 3 * counts.min(axis=1), np.ones(len(good), bool),
    ])
    return holds.argmax(axis=0).astype(float)
""",
        ),
    },
}

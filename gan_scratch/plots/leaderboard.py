"""Who did best: a panel a figure, a bar an entry, the best on top."""

import warnings

from gan_scratch.plots import style
from gan_scratch.plots.figures import new_figure, save

SMALLER_IS_BETTER = ("distance",)


def save_leaderboard(entries, path):
    """A PNG of `entries`, name -> {figure: number}; all of them have the same figures.

    The first figure decides the order, the next one where the first is equal.
    """
    titles = list(next(iter(entries.values())))
    ranked = sorted(entries, key=lambda name: [rank(t, entries[name][t]) for t in titles])
    with style.look(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a name may have signs that no font here has
        size = 3 + 4 / len(titles), 1 + 0.3 * len(ranked)
        figure, panels = new_figure(len(titles), size=size, sharey=True)
        for axes, title in zip(panels, titles, strict=True):
            numbers = [entries[name][title] for name in ranked]
            bars = axes.barh(range(len(ranked)), numbers, color=style.GENERATOR, height=0.7)
            axes.bar_label(bars, fmt="%.3g", padding=4, fontsize=9)
            axes.set_yticks(range(len(ranked)), map(shortened, ranked), parse_math=False)
            axes.set_ylim(len(ranked) - 0.4, -0.6)
            axes.set_xlim(0, 1.2 * max(*numbers, 1e-9))
            axes.set_title(title, pad=6)
            axes.grid(False, axis="y")
        save(figure, path, dpi=130)


def shortened(name, most=30):
    return name if len(name) <= most else f"{name[: most - 1]}…"


def rank(title, number):
    return number if title in SMALLER_IS_BETTER else -number

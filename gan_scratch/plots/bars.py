"""Step times of several libraries as bars, a panel for each model and batch size."""

from gan_scratch.plots import style
from gan_scratch.plots.figures import new_figure, save


def save_step_times(rows, path):
    """A PNG of lines as `benchmarks.speed.summary` gives them."""
    panels = {}
    for row in rows:
        panels.setdefault((row["model"], row["batch"], row["cores"]), []).append(row)
    most = max(len(panel) for panel in panels.values())
    with style.look():
        figure, axes = new_figure(rows=len(panels), size=(8, 0.5 + 0.27 * most))
        for panel_axes, ((model, batch, cores), panel) in zip(axes, panels.items(), strict=True):
            names = [row["contestant"] for row in panel][::-1]
            times = [row["milliseconds"] for row in panel][::-1]
            colours = [style.GENERATOR if name == "ours" else style.REAL for name in names]
            bars = panel_axes.barh(names, times, color=colours, height=0.7)
            panel_axes.bar_label(bars, fmt="%.1f ms", padding=4, fontsize=9)
            panel_axes.set_title(f"{model}, batch {batch}, cores: {cores}", pad=6)
            panel_axes.set_xlim(0, 1.15 * max(times))
            panel_axes.grid(False, axis="y")
        axes[-1].set_xlabel("milliseconds a round of training")
        save(figure, path, dpi=130)

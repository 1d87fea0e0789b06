"""How one net was trained, and which classes it knows: figures that need no net."""

import pandas as pd
from matplotlib.figure import Figure

from hpsearch.report.style import LARGEST, accuracy_axis, clean, colour, counts_locator, new_figure
from hpsearch.words import percent


def loss_and_accuracy(curve: pd.DataFrame, best_epoch: int, n_images: int) -> Figure:
    """Returns the loss, where it is known, above the training and validation accuracy, by epoch.

    Args:
        curve: columns epoch, loss, train_accuracy, val_accuracy of one trial.
        best_epoch: the epoch whose net was kept.
        n_images: validation images behind an accuracy.
    """
    heights = (1, 1.3) if curve["loss"].notna().any() else (1.3,)
    figure = Figure(figsize=(4.7, 4.4 * sum(heights) / 2.3), layout="constrained")
    panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False).ravel()
    below = panels[-1]
    marker = "o" if len(curve) < 30 else None
    look = {"marker": marker, "markersize": 3.5, "linewidth": 1.6}
    if len(panels) == 2:
        loss = curve["loss"].clip(-LARGEST, LARGEST)
        panels[0].plot(curve["epoch"], loss, color=colour("diverged"), **look)
        panels[0].set(ylabel="training loss")
        panels[0].ticklabel_format(axis="y", useOffset=False)  # 2.30258, and not 1e-6 above 2.3025
    accuracy_axis(below, "y", curve[["train_accuracy", "val_accuracy"]].to_numpy(), n_images)
    for name, label, shade in (
        ("train_accuracy", "training", "pruned"),
        ("val_accuracy", "validation", "complete"),
    ):
        if curve[name].notna().any():
            below.plot(curve["epoch"], curve[name], color=colour(shade), label=label, **look)
    for axes in panels:
        axes.axvline(best_epoch, color=colour("best"), linewidth=1.5, zorder=0)
    below.xaxis.set_major_locator(counts_locator())
    below.set(xlabel="epoch", ylabel="accuracy (%)")
    # the line of the best epoch may run behind it
    below.legend(loc="lower right", frameon=True, facecolor=colour("paper"), edgecolor="none")
    return figure


def class_accuracies(classes: pd.DataFrame) -> Figure:
    """Returns the accuracy of each class with its 95 % interval, in the order of the rows.

    Args:
        classes: columns class, accuracy, low, high; at least one row.
    """
    figure, axes = new_figure((4.7, max(1.6, 0.26 * len(classes) + 0.8)))
    rows = range(len(classes))
    axes.hlines(rows, classes["low"], classes["high"], color=colour("pruned"), linewidth=3)
    axes.plot(classes["accuracy"], rows, "o", color=colour("complete"), markersize=5)
    axes.set_yticks(rows, [clean(name, 14) for name in classes["class"]])
    axes.xaxis.set_major_formatter(lambda tick, _: percent(tick))
    left = max(float(classes["low"].min()) - 0.03, 0.0)
    axes.set(xlabel="validation accuracy", ylim=(len(classes) - 0.5, -0.5), xlim=(left, 1.005))
    return figure

"""Plots of a search and of an evaluation, drawn from their records: PNG bytes, each well below 100 KB.

Every function takes a record and returns a picture; none knows a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_assets.pages.plots import ACCENT, FAINT, INK, MAIN, OTHER, canvas, finish, png
from mlops_assets.statistics.proportions import wilson
from mlops_assets.training.curves import HISTOGRAM_BINS, CalibrationBin
from mlops_assets.training.trials import TrialRecord, TrialState

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlops_assets.training.evaluation import EvaluationReport
    from mlops_assets.training.trials import SearchResult
    from mlops_assets.verdicts import MetricValue as Number

# Distinguishable by people who see red and green alike (Okabe and Ito 2008).
_FAMILIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
_SUFFIX = {TrialState.COMPLETE: "", TrialState.PRUNED: ", pruned (mean of fewer folds)", TrialState.FAILED: ", failed"}
_STARTS = np.arange(HISTOGRAM_BINS) / HISTOGRAM_BINS
_MARKS = {TrialState.COMPLETE: "o", TrialState.PRUNED: "v", TrialState.FAILED: "x"}


def plot_search(result: SearchResult) -> bytes:
    """Draw the value of every trial in order, by family and outcome, and the best value so far.

    A pruned trial stands at the mean of the folds it was given, a failed one at the lower edge.
    """
    figure, axes = canvas(7.2, 4.2)
    colours = _colours(result.trials)
    shown = [float(np.mean(trial.folds)) for trial in result.trials if trial.folds]
    floor = min(shown) - 0.05 * (max(shown) - min(shown) or 1)
    for (family, colour), (state, mark) in ((f, m) for f in colours.items() for m in _MARKS.items()):
        those = [trial for trial in result.trials if trial.family == family and trial.state == state]
        heights = [float(np.mean(trial.folds)) if trial.folds else floor for trial in those]
        if those:
            label = f"{family}{_SUFFIX[state]}"
            numbers = [trial.number + 1 for trial in those]
            axes.scatter(numbers, heights, color=colour, marker=mark, s=46, label=label, zorder=3)
    numbers, best = _best_so_far(result)
    axes.step(numbers, best, where="post", color=INK, linewidth=1.2, label="best so far")
    axes.set_xticks(_whole_ticks(len(result.trials)))
    direction = "higher" if result.higher_is_better else "lower"
    axes.set(xlabel="trial", ylabel=f"{result.metric}, mean of {result.folds} folds ({direction} is better)")
    finish(axes, f"Search: best {result.metric} {result.value:.4f}, {result.family}", legend="best")
    return png(figure)


def plot_parameters(result: SearchResult) -> bytes:
    """Draw the value of the winner's family against each parameter that varied, one small plot a parameter."""
    trials = [trial for trial in result.trials if trial.family == result.family and trial.folds]
    names = [name for name in result.params if len({repr(trial.params[name]) for trial in trials}) > 1][:9]
    columns = min(3, max(1, len(names)))
    rows = max(1, -(-len(names) // columns))
    figure, panels = canvas(2.6 * columns + 0.6, 2.1 * rows + 0.5, rows, columns, sharey=True, squeeze=False)
    panels = panels.ravel()
    for panel, name in zip(panels, names, strict=False):
        _draw_parameter(panel, name, trials, result)
    for panel in panels[len(names) :]:
        panel.set_axis_off()
    if not names:
        panels[0].text(0.5, 0.5, "one set of parameters was tried", ha="center", transform=panels[0].transAxes)
    figure.suptitle(f"{result.family}: {result.metric} by parameter (pale: pruned)", color=INK, fontsize=10)
    return png(figure)


def plot_roc(report: EvaluationReport) -> bytes:
    """Draw the ROC curves of model and baseline, and the point of the threshold."""
    figure, axes = canvas(5.6, 5.2)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--")
    curves = report.curves
    axes.plot(
        curves.baseline_roc.x, curves.baseline_roc.y, color=OTHER, label=_label("baseline", report.baseline["auc"])
    )
    axes.plot(curves.roc.x, curves.roc.y, color=MAIN, linewidth=2, label=_label("model", report.metrics["auc"]))
    cells = report.confusion
    if report.positives and report.rows > report.positives:
        point = (cells.false_positives / (report.rows - report.positives), cells.true_positives / report.positives)
        axes.scatter(*point, color=ACCENT, zorder=4, label=_label("threshold", report.threshold))
    axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(0, 1), ylim=(0, 1))
    finish(axes, f"ROC curve, {report.rows:,} rows", legend="lower right")
    return png(figure)


def plot_precision_recall(report: EvaluationReport) -> bytes:
    """Draw the precision-recall curves of model and baseline, and the share of positives as the floor."""
    figure, axes = canvas(5.6, 5.2)
    curves, base = report.curves, report.positives / report.rows
    axes.axhline(base, color=FAINT, linestyle="--", linewidth=1, label=f"share of positives {base:.3f}")
    other, own = curves.baseline_precision_recall, curves.precision_recall
    axes.plot(other.x, other.y, color=OTHER, label=_label("baseline", report.baseline["average_precision"]))
    axes.plot(own.x, own.y, color=MAIN, linewidth=2, label=_label("model", report.metrics["average_precision"]))
    cells = report.confusion
    selected = cells.true_positives + cells.false_positives
    if report.positives and selected:
        point = (cells.true_positives / report.positives, cells.true_positives / selected)
        axes.scatter(*point, color=ACCENT, zorder=4, label=_label("threshold", report.threshold))
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    finish(axes, "Precision and recall (average precision)", legend="upper right")
    return png(figure)


def plot_calibration(report: EvaluationReport) -> bytes:
    """Draw observed shares against predicted probabilities in bins of equal size, and how many rows have which."""
    figure, (axes, below) = canvas(5.6, 6.0, 2, sharex=True, gridspec_kw={"height_ratios": (4, 1)})
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--", label="perfectly calibrated")
    _draw_calibration(axes, report.curves.baseline_calibration, OTHER, _label("baseline", report.baseline["brier"]))
    _draw_calibration(axes, report.curves.calibration, MAIN, _label("model", report.metrics["brier"]))
    axes.set(ylabel="observed share of positives", xlim=(0, 1), ylim=(0, 1))
    finish(axes, "Calibration (Brier score), bars are 95 % Wilson intervals", legend="upper left")
    counts = np.add(report.curves.positive_histogram, report.curves.negative_histogram)
    below.bar(_STARTS, counts, width=1 / HISTOGRAM_BINS, align="edge", color=MAIN, alpha=0.6)
    below.set(xlabel="predicted probability", ylabel="rows")
    finish(below, "")
    return png(figure)


def plot_scores(report: EvaluationReport) -> bytes:
    """Draw how the probabilities of positives and negatives are spread, and the threshold between them."""
    figure, axes = canvas(7.2, 4.2)
    width = 1 / HISTOGRAM_BINS
    for counts, colour, label in (
        (report.curves.negative_histogram, OTHER, "negative"),
        (report.curves.positive_histogram, ACCENT, "positive"),
    ):
        total = sum(counts)
        shares = np.divide(counts, total) if total else np.zeros(len(counts))
        axes.bar(_STARTS, shares, width=width, align="edge", color=colour, alpha=0.55, label=f"{label}, {total:,} rows")
    axes.axvline(report.threshold.value or 0.0, color=INK, linewidth=1.2, label=_label("threshold", report.threshold))
    axes.set(xlabel="predicted probability", ylabel="share of the class", xlim=(0, 1))
    finish(axes, "Predicted probabilities by outcome", legend="upper right")
    return png(figure)


def _best_so_far(result: SearchResult) -> tuple[list[int], list[float]]:
    complete = [(trial.number + 1, trial.value) for trial in result.trials if trial.value is not None]
    choose = np.maximum if result.higher_is_better else np.minimum
    best = [float(value) for value in choose.accumulate([value for _, value in complete])]
    return [number for number, _ in complete] + [len(result.trials)], [*best, best[-1]]


def _colours(trials: Sequence[TrialRecord]) -> dict[str, str]:
    families = dict.fromkeys(trial.family for trial in trials)
    return {family: _FAMILIES[place % len(_FAMILIES)] for place, family in enumerate(families)}


def _draw_parameter(panel: Axes, name: str, trials: Sequence[TrialRecord], result: SearchResult) -> None:
    values = [trial.params[name] for trial in trials]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    is_number = len(numbers) == len(values)
    places: list[Any] = list(numbers) if is_number else [str(value) for value in values]
    for place, trial in zip(places, trials, strict=True):
        winner, pale = trial.number == result.number, trial.state != TrialState.COMPLETE
        panel.scatter(
            place, float(np.mean(trial.folds)), color=ACCENT if winner else MAIN, s=26, alpha=0.35 if pale else 1
        )
    if is_number and min(numbers) > 0 and max(numbers) > 8 * min(numbers):
        panel.set_xscale("log")
    panel.set_xlabel(name, fontsize=8, color=INK)
    panel.tick_params(labelsize=7)
    panel.grid(color=FAINT, linewidth=0.4)
    panel.spines[["top", "right"]].set_visible(False)


def _draw_calibration(axes: Axes, bins: Sequence[CalibrationBin], colour: str, label: str) -> None:
    ends = np.array([wilson(round(part.observed * part.rows), part.rows) for part in bins]).T
    observed = np.array([part.observed for part in bins])
    errors = np.abs(ends - observed)
    axes.errorbar(
        [part.predicted for part in bins],
        observed,
        yerr=errors,
        color=colour,
        marker="o",
        markersize=4,
        linewidth=1.4,
        elinewidth=0.8,
        capsize=2,
        label=label,
    )


def _label(who: str, number: Number) -> str:
    if number.value is None:
        return f"{who}: undefined"
    if number.low is None or number.high is None:
        return f"{who} {number.value:.3f}"
    return f"{who} {number.value:.3f} [{number.low:.3f}, {number.high:.3f}]"


def _whole_ticks(count: int) -> list[int]:
    return list(range(1, count + 1, max(1, -(-count // 12))))

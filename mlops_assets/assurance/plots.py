"""Plots of explanations and of fairness, drawn from their records. Add one when a report has something to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mlops_assets.pages.plots import MAIN, OTHER, canvas, finish, name_rows, png

if TYPE_CHECKING:
    from mlops_assets.assurance.comparison import AttributeFairness
    from mlops_assets.assurance.explanations import Explanation, ExplanationReport
    from mlops_assets.assurance.fairness import FairnessReport

_DOTS = 800  # Dots a feature: more only hide each other.


def draw_importance(importance: Mapping[str, float], report: ExplanationReport, top: int) -> bytes:
    """Return a bar chart of the first `top` of features, columns or groups, by mean absolute SHAP value."""
    shown = list(importance.items())[:top][::-1]
    figure, axes = canvas(8, 0.9 + 0.27 * len(shown))
    axes.barh(range(len(shown)), [value for _, value in shown], color=MAIN, height=0.7)
    finish(axes, f"What moves the score ({report.rows:,} of {report.of_rows:,} rows)")
    name_rows(axes, [name for name, _ in shown])
    axes.set_xlabel(f"mean |SHAP value|, {report.output_units}")
    return png(figure)


def draw_beeswarm(explanation: Explanation, top: int) -> bytes:
    """Return SHAP's own beeswarm: one dot for each row and feature at its SHAP value, coloured by the feature's value.

    At most 800 rows are drawn, evenly spaced over the explained ones. A missing value is grey.
    """
    import shap

    report = explanation.report
    names = list(report.by_feature)[:top]
    every = np.linspace(0, report.rows - 1, min(_DOTS, report.rows)).astype(int)
    values, sample = (frame.iloc[every][names].to_numpy() for frame in (explanation.values, explanation.sample))
    figure, axes = canvas(8, 0.9 + 0.32 * len(names))
    state = np.random.get_state()
    np.random.seed(0)  # SHAP scatters overlapping dots with numpy's global generator
    try:
        drawn = shap.Explanation(values=values, data=sample, feature_names=names)
        order = np.arange(len(names))
        shap.plots.beeswarm(drawn, max_display=len(names), order=order, ax=axes, show=False, plot_size=None, s=5)
    finally:
        np.random.set_state(state)
    name_rows(axes, names[::-1])
    axes.set_xlabel(f"SHAP value, {report.output_units}", fontsize=8)
    axes.set_title(f"Each row's values ({len(every):,} of {report.of_rows:,} rows)", fontsize=10, loc="left")
    return png(figure)


def draw_selection_rates(attributes: Mapping[str, AttributeFairness], report: FairnessReport) -> bytes:
    """Return the selection rate of every group of some attributes with its interval, and the overall rate as a line."""
    rows = [
        (f"{name}: {group.label}", group.measures["selection_rate"])
        for name, attribute in attributes.items()
        for group in attribute.groups
    ][::-1]
    figure, axes = canvas(8, 0.9 + 0.27 * len(rows))
    for line, (_, rate) in enumerate(rows):
        axes.plot([rate.low, rate.high], [line, line], color=MAIN, linewidth=2)
        axes.plot([rate.value], [line], "o", color=MAIN, markersize=4)
    axes.axvline(report.overall.measures["selection_rate"].value, color=OTHER, linestyle="--", linewidth=0.8)
    unconfirmed = "" if report.direction_confirmed else "; direction unconfirmed"
    finish(axes, f"Who gets: {report.selected} ({report.rows:,} rows{unconfirmed})")
    name_rows(axes, [label for label, _ in rows])
    axes.set_xlabel(f"share of each group, {report.confidence:.0%} interval; dashed: all rows")
    return png(figure)

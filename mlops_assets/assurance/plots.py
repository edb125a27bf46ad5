"""Pictures of this room's reports, as PNG bytes small enough to travel in an event log.

Drawn on figures of their own, without pyplot: no display, no global state, nothing to close. The same report gives
the same bytes. Add a picture here when a report of this room has something to look at.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_assets.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from mlops_assets.assurance.explanations import Explanation, ExplanationReport
    from mlops_assets.assurance.fairness import FairnessReport

MAXIMUM_BYTES = 150_000
_RESOLUTIONS = (140, 80, 50)
_LABEL_LENGTH = 44
_DOTS = 800  # Dots a feature: more only hide each other.
_BLUE = "#2f6f9f"


def draw_importance(report: ExplanationReport, top: int) -> bytes:
    """Return a bar chart of the `top` features by mean absolute SHAP value."""
    shown = list(report.by_feature.items())[:top][::-1]
    figure, axes = _canvas(height=0.9 + 0.27 * len(shown))
    axes.barh(range(len(shown)), [value for _, value in shown], color=_BLUE, height=0.7)
    _name_rows(axes, [name for name, _ in shown])
    axes.set_xlabel(f"mean |SHAP value|, {report.output_units}")
    axes.set_title(f"What moves the score ({report.rows} of {report.of_rows} rows)")
    return _png(figure)


def draw_beeswarm(explanation: Explanation, top: int) -> bytes:
    """Return one dot a row and feature at its SHAP value, coloured by the rank of the feature's own value.

    At most 800 rows are drawn, evenly spaced over the explained ones. A missing value is grey.
    """
    names = list(explanation.by_feature)[:top][::-1]
    every = np.linspace(0, explanation.rows - 1, min(_DOTS, explanation.rows)).astype(int)
    values, sample = explanation.values.iloc[every], explanation.sample.iloc[every]
    figure, axes = _canvas(height=0.9 + 0.32 * len(names))
    axes.axvline(0, color="0.6", linewidth=0.8)
    for line, name in enumerate(names):
        x, colour = values[name].to_numpy(), _ranks(sample[name])
        y, missing = line + _stack(x), np.isnan(colour)
        axes.scatter(x[missing], y[missing], color="0.7", s=5, linewidths=0)
        axes.scatter(x[~missing], y[~missing], c=colour[~missing], cmap="coolwarm", vmin=0, vmax=1, s=5, linewidths=0)
    _name_rows(axes, names)
    axes.set_xlabel(f"SHAP value, {explanation.output_units}; blue: low value of the feature, red: high")
    axes.set_title(f"Each row's values ({len(every)} of {explanation.of_rows} rows)")
    return _png(figure)


def draw_selection_rates(report: FairnessReport) -> bytes:
    """Return the selection rate of every group with its interval, and the overall rate as a line.

    Raises:
        DataError: no group has a figure; ask the report's outcome first.
    """
    rows = [
        (f"{name}: {group.label}", group.measures["selection_rate"])
        for name, attribute in report.attributes.items()
        for group in attribute.groups
        if group.measures["selection_rate"].value is not None
    ][::-1]
    if not rows:
        raise DataError("no group is large enough to be drawn", where="fairness", got=report.reason or "small groups")
    figure, axes = _canvas(height=0.9 + 0.27 * len(rows))
    for line, (_, rate) in enumerate(rows):
        axes.plot([rate.low, rate.high], [line, line], color=_BLUE, linewidth=2)
        axes.plot([rate.value], [line], "o", color=_BLUE, markersize=4)
    axes.axvline(report.overall.measures["selection_rate"].value, color="0.5", linestyle="--", linewidth=0.8)
    _name_rows(axes, [label for label, _ in rows])
    axes.set_xlabel(f"share of each group, {report.confidence:.0%} interval; dashed: all rows")
    unconfirmed = "" if report.direction_confirmed else "; direction unconfirmed"
    # A dollar sign in a column's name is a dollar sign, not the start of a formula.
    axes.set_title(f"Who gets: {report.selected} ({report.rows:,} rows{unconfirmed})", parse_math=False, fontsize=10)
    return _png(figure)


def _canvas(height: float) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _name_rows(axes: Any, names: list[str]) -> None:
    axes.set_yticks(range(len(names)))
    short = [name if len(name) <= _LABEL_LENGTH else name[: _LABEL_LENGTH - 1] + "…" for name in names]
    # A dollar sign in a column's name is a dollar sign, not the start of a formula.
    axes.set_yticklabels(short, fontsize=8, parse_math=False)
    axes.set_ylim(-0.7, len(names) - 0.3)


def _ranks(values: pd.Series) -> np.ndarray:
    """Return each value's rank from 0 (lowest) to 1 (highest), NaN where it is missing, 0.5 where all are equal.

    Ranks and not values: beside one huge bill all others would have one colour.
    """
    rank = values.rank().to_numpy(dtype="float64")
    known = rank[~np.isnan(rank)]
    if not len(known) or np.ptp(known) == 0:
        return np.where(np.isnan(rank), np.nan, 0.5)
    return (rank - known.min()) / np.ptp(known)


def _stack(x: np.ndarray) -> np.ndarray:
    """Return how far each dot moves off its line, so that dots of about the same value lie beside each other."""
    spread = float(np.ptp(x)) or 1.0
    bins = np.floor((x - x.min()) / spread * 120).astype(int)
    order = np.argsort(bins, kind="stable")
    counts = np.bincount(bins)
    place = np.empty(len(x))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place[order] = np.arange(len(x)) - starts[bins[order]]
    side = np.where(place % 2 == 0, 1, -1) * np.ceil(place / 2)
    return 0.38 * side / max(np.ceil(counts.max() / 2), 4)


def _png(figure: Any) -> bytes:
    """Return the picture in 128 colours, at the best resolution that stays under the cap."""
    from PIL import Image

    for resolution in _RESOLUTIONS:
        figure.set_dpi(resolution)
        with warnings.catch_warnings():
            # A script that the font lacks is drawn as boxes; the report has the name in full.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
            figure.canvas.draw()
        pixels = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
        buffer = io.BytesIO()
        pixels.quantize(128, dither=Image.Dither.NONE).save(buffer, format="png", optimize=True)
        if buffer.tell() <= MAXIMUM_BYTES:
            break
    return buffer.getvalue()

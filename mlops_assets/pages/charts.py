"""Charts: curves, histograms, bars and intervals as inline SVG, from plain numbers.

A chart shows numbers that its page also says in words or in a table; it never holds the only copy of one. Add a kind
of chart here; colours and fonts are in `templates/page.css`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mlops_assets.formatting import estimate_text, number_text
from mlops_assets.pages import svg
from mlops_assets.pages.svg import WIDTH, Scale, element, figure, horizontal_axis, polyline, text, vertical_axis

_LEFT, _RIGHT, _TOP = 52.0, 620.0, 34.0
_ROW = 40.0


@dataclass(frozen=True)
class Line:
    """One line of a chart of curves: its name, and its points from left to right."""

    label: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Estimate:
    """One row of a chart of intervals; without a value it is drawn as not measured."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None


def curve_chart(
    title: str, description: str, lines: Sequence[Line], *, x_label: str, y_label: str, dots: bool = False
) -> str:
    """Return lines between 0 and 1 on both axes, with the diagonal; the first line is the main one.

    Args:
        title: caption, in bold.
        description: the rest of the caption.
        lines: at most two.
        x_label: label of the axis from left to right.
        y_label: label of the other axis.
        dots: whether the points of the lines are marked.
    """
    x, y = Scale(0, 1, _LEFT, _RIGHT), Scale(0, 1, 430.0, _TOP)
    parts = horizontal_axis(x, _TOP, 430.0, x_label) + vertical_axis(y, _LEFT, _RIGHT, y_label)
    parts.append(element("line", x1=x(0), y1=y(0), x2=x(1), y2=y(1), class_="axis"))
    for line, kind in zip(lines, ("main", "other"), strict=False):
        points = [(x(a), y(b)) for a, b in zip(line.x, line.y, strict=True)]
        parts.append(polyline(points, kind))
        parts += [_dot(place, a, b, kind) for place, a, b in zip(points, line.x, line.y, strict=True) if dots]
    return figure(title, description, 474, [*parts, *_legend([line.label for line in lines])])


def histogram_chart(
    title: str, edges: Sequence[float], counts: Sequence[int], *, write: Callable[[float], str] = number_text
) -> str:
    """Return the rows in bins of one width, as bars; `write` says how an edge is written."""
    width, top = WIDTH / len(counts), max([*counts, 1])
    bars = [
        element(
            "rect",
            svg.title(f"{write(edges[place])} to {write(edges[place + 1])}: {number_text(count)} rows"),
            x=place * width,
            y=134.0 - 130 * count / top,
            width=max(width - 2, 1.0),
            height=130.0 * count / top,
            class_="fill-main",
        )
        for place, count in enumerate(counts)
    ]
    axis = element("line", x1=0, x2=WIDTH, y1=134, y2=134, class_="axis")
    ends = [
        text(0, 158, write(edges[0]), class_="large"),
        text(WIDTH, 158, write(edges[-1]), anchor="end", class_="large"),
    ]
    return figure(title, "", 164, [*bars, axis, *ends])


def classes_chart(title: str, description: str, classes: Sequence[tuple[str, Sequence[int]]], *, x_label: str) -> str:
    """Return histograms of two classes over each other, each bin as its share of its own class, from 0 to 1."""
    totals = [max(sum(counts), 1) for _, counts in classes]
    shares = [[count / total for count in counts] for (_, counts), total in zip(classes, totals, strict=True)]
    top = max([share for row in shares for share in row] + [0.001])
    x, y = Scale(0, 1, _LEFT, _RIGHT), Scale(0, top, 300.0, _TOP)
    parts = horizontal_axis(x, _TOP, 300.0, x_label) + vertical_axis(y, _LEFT, _RIGHT, "share of the class")
    for (label, counts), row, kind in zip(classes, shares, ("main", "other"), strict=False):
        for place, share in enumerate(row):
            left, right = x(place / len(row)), x((place + 1) / len(row))
            words = f"{label}, {number_text(place / len(row))} to {number_text((place + 1) / len(row))}"
            parts.append(
                element(
                    "rect",
                    svg.title(f"{words}: {number_text(counts[place])} rows"),
                    x=left,
                    y=y(share),
                    width=right - left,
                    height=y(0) - y(share),
                    class_=f"fill-{kind} half",
                )
            )
    return figure(title, description, 344, [*parts, *_legend([label for label, _ in classes])])


def bar_chart(title: str, description: str, bars: Sequence[tuple[str, float]]) -> str:
    """Return numbers of at least 0 as horizontal bars, each below its label."""
    longest = max([value for _, value in bars] + [0.0])
    parts = []
    for place, (label, value) in enumerate(bars):
        top, length = place * _ROW, 540 * value / longest if longest else 0.0
        parts.append(text(0, top + 14, label, room=WIDTH))
        parts.append(element("rect", x=0, y=top + 20, width=length, height=12, class_="fill-main"))
        parts.append(text(length + 6, top + 31, number_text(value), class_="faint"))
    return figure(title, description, len(bars) * _ROW, parts)


def interval_chart(
    title: str, description: str, rows: Sequence[Estimate], *, x_label: str, limits: Sequence[float] = ()
) -> str:
    """Return estimates as dots with their intervals on one axis, each below its label; limits are dashed lines."""
    known = [end for row in rows for end in (row.value, row.low, row.high) if end is not None] + list(limits)
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    margin = 0.04 * (high - low) or 0.05
    x, bottom = Scale(low - margin, high + margin, 20.0, _RIGHT), len(rows) * _ROW + 6
    parts = horizontal_axis(x, 0, bottom, x_label)
    parts += [element("line", x1=x(limit), x2=x(limit), y1=0, y2=bottom, class_="limit") for limit in limits]
    for place, row in enumerate(rows):
        parts += _estimate(row, place * _ROW, x)
    return figure(title, description, bottom + 44, parts)


def _estimate(row: Estimate, top: float, x: Scale) -> list[str]:
    words = "not measured" if row.value is None else estimate_text(row.value, row.low, row.high)
    parts = [text(0, top + 14, f"{row.label}: {words}", room=WIDTH)]
    middle = top + 26
    if row.low is not None and row.high is not None:
        parts.append(element("line", x1=x(row.low), x2=x(row.high), y1=middle, y2=middle, class_="whisker"))
    if row.value is not None:
        parts.append(element("circle", cx=x(row.value), cy=middle, r=4, class_="fill-main"))
    return parts


def _dot(place: tuple[float, float], x: float, y: float, kind: str) -> str:
    return element(
        "circle",
        svg.title(f"{number_text(x)}, {number_text(y)}"),
        cx=place[0],
        cy=place[1],
        r=3.5,
        class_=f"fill-{kind}",
    )


def _legend(labels: Sequence[str]) -> list[str]:
    """Return the names of at most two series in the upper right, each beside a piece of its colour."""
    parts, left = [], 330.0
    for place, (label, kind) in enumerate(zip(labels, ("main", "other"), strict=False)):
        start = left + 150 * place
        parts.append(element("line", x1=start, x2=start + 22, y1=16, y2=16, class_=kind))
        parts.append(text(start + 28, 20, label, room=120))
    return parts

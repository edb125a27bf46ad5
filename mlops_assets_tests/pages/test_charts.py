"""Charts show the numbers that they are given, in proportion, and nothing else."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_assets.pages.charts import (
    Estimate,
    Line,
    bar_chart,
    classes_chart,
    curve_chart,
    histogram_chart,
    interval_chart,
)
from mlops_assets.pages.svg import WIDTH, shortened, ticks

ODD = 'a|b <script>alert(1)</script> "q" &amp; שלום 日本 🙂' + "x" * 300


def _points(line: ET.Element) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]


def _read(chart: str) -> ET.Element:
    return ET.fromstring(chart)


def test_a_curve_ends_in_the_corners_and_keeps_its_proportions():
    """A ROC curve from (0, 0) to (1, 1) goes from the lower left to the upper right of its axes."""
    chart = _read(
        curve_chart(
            "ROC", "", [Line("m", (0, 0.25, 1), (0, 0.75, 1)), Line("b", (0, 1), (0, 1))], x_label="x", y_label="y"
        )
    )
    main, other = (_points(line) for line in chart.iter("polyline"))
    (left, bottom), middle, (right, top) = main
    diagonal = next(line for line in chart.iter("line") if line.get("class") == "axis")

    assert middle[0] == pytest.approx(left + 0.25 * (right - left))
    assert middle[1] == pytest.approx(bottom + 0.75 * (top - bottom))
    assert left < right <= WIDTH
    assert top < bottom
    assert other == [(left, bottom), (right, top)]
    assert [float(diagonal.get(name)) for name in ("x1", "y1", "x2", "y2")] == [left, bottom, right, top]


def test_bars_are_as_long_as_their_numbers():
    chart = _read(bar_chart("t", "", [("a", 4.0), ("b", 1.0), (ODD, 0.0)]))
    lengths = [float(bar.get("width")) for bar in chart.iter("rect")]

    assert lengths[0] == pytest.approx(4 * lengths[1])
    assert lengths[2] == 0


def test_columns_of_a_histogram_are_as_high_as_their_counts():
    chart = _read(histogram_chart("t", (0, 1, 2, 3), (10, 5, 0)))
    heights = [float(bar.get("height")) for bar in chart.iter("rect")]
    feet = {float(bar.get("y")) + float(bar.get("height")) for bar in chart.iter("rect")}

    assert heights == pytest.approx([heights[0], heights[0] / 2, 0])
    assert feet == {134.0}


def test_classes_are_drawn_as_shares_of_their_own():
    """A rare class is as visible as a frequent one."""
    chart = _read(classes_chart("t", "", [("negative", (900, 100)), ("positive", (1, 9))], x_label="p"))
    heights = [float(bar.get("height")) for bar in chart.iter("rect")]

    assert heights[0] == pytest.approx(heights[3], abs=0.02)
    assert heights[1] == pytest.approx(heights[2], abs=0.02)


def test_dots_lie_within_their_intervals_in_proportion():
    rows = [Estimate("a", 0.8, 0.7, 1.0), Estimate("b", None), Estimate("c", 0.9)]
    chart = _read(interval_chart("t", "", rows, x_label="ratio", limits=(0.8,)))
    dots = [float(dot.get("cx")) for dot in chart.iter("circle")]
    (whisker,) = (line for line in chart.iter("line") if line.get("class") == "whisker")
    (limit,) = (line for line in chart.iter("line") if line.get("class") == "limit")
    low, high = float(whisker.get("x1")), float(whisker.get("x2"))

    assert dots[0] == pytest.approx(low + (0.8 - 0.7) / 0.3 * (high - low), abs=0.02)
    assert float(limit.get("x1")) == dots[0]
    assert len(dots) == 2
    assert "b: not measured" in "".join(chart.itertext())


@pytest.mark.parametrize(
    "chart",
    [
        bar_chart(ODD, ODD, [(ODD, 1.0)]),
        interval_chart(ODD, ODD, [Estimate(ODD, 1.0)], x_label=ODD),
        curve_chart(ODD, ODD, [Line(ODD, (0, 1), (0, 1))], x_label=ODD, y_label=ODD, dots=True),
        classes_chart(ODD, ODD, [(ODD, (1, 2))], x_label=ODD),
        histogram_chart(ODD, (0, 1), (1,), write=lambda _: ODD),
    ],
)
def test_names_are_escaped_cut_to_size_and_kept_whole_for_a_reader(chart):
    """A chart is well-formed whatever a column is called, and tells a screen reader its title."""
    drawn = _read(chart)
    (svg,) = drawn.iter("svg")
    shown = ["".join(text.text or "" for text in [line]) for line in drawn.iter("text")]

    assert "script" not in {part.tag for part in drawn.iter()}
    assert svg.get("aria-label") == ODD == svg.find("title").text
    assert all(len(text) * 5 < WIDTH for text in shown)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_round_within_the_axis_and_never_many(low, span):
    found = ticks(low, low + span)

    assert 1 <= len(found) <= 8
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in found)


def test_wide_letters_take_twice_the_room():
    assert shortened("日" * 50, 150) == "日" * 9 + "…"
    assert shortened("a" * 20, 150) == "a" * 20

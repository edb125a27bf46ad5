"""One number style, everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_assets.formatting import estimate_text, interval_text, number_text, percent_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (True, "yes"),
        (False, "no"),
        (7, "7"),
        (1327, "1,327"),
        (30_000, "30,000"),
        (np.int64(12345), "12,345"),
        (np.float64(0.5), "0.5"),
        (0.78123, "0.7812"),
        (1234.56, "1,235"),
        (123456.7, "123,500"),
        (999.96, "1,000"),
        (98765.0, "98,765"),
        (-25_000.0, "-25,000"),
        (-0.0, "0"),
        (2.0, "2"),
        (0.000012345, "1.234e-05"),
        (1.5e18, "1.5e+18"),
        (float("inf"), "inf"),
        ("x", "x"),
    ],
)
def test_numbers_are_short_and_readable(value, text):
    """Whole numbers are exact and grouped; all others have four significant digits."""
    assert number_text(value) == text


@given(st.floats(-1e300, 1e300))
def test_a_number_reads_back_to_four_digits(value):
    """What is written is the number, rounded and never cut."""
    assert float(number_text(value).replace(",", "")) == pytest.approx(value, rel=5.01e-4, abs=0)


@given(st.integers(-(10**14), 10**14))
def test_a_whole_number_is_exact(value):
    """A count is never rounded, whether it comes as an integer or as a float."""
    assert int(number_text(value).replace(",", "")) == value
    assert number_text(float(value)) == number_text(value)


def test_shares_intervals_and_estimates_are_made_of_numbers():
    """An interval without two ends is none, and a figure that was not measured has no interval."""
    assert percent_text(0.070000001) == "7 %"
    assert percent_text(0.22123) == "22.12 %"
    assert interval_text(0.1, float("nan")) == ""
    assert estimate_text(0.78754, 0.77, 0.8) == "0.7875 [0.77, 0.8]"
    assert estimate_text(0.78754) == "0.7875"
    assert estimate_text(float("nan"), 0.0, 1.0) == "–"

"""A format of dates is taken where a date written so can be read back."""

import pytest

from mlops_assets.use_case.date_format import check_date_format, example, pattern


@pytest.mark.parametrize(
    "text",
    ["%d.%m.%Y", "%m/%d/%Y %I:%M %p", "%Y%m%d", "%d-%b-%y", "%Y", "%b %Y", "%Y/%j", "%Y-%m-%dT%H:%M:%S.%f%z",
     "%A, %d %B %Y", "100%% %Y", "epoch_seconds", "epoch_milliseconds"],
)  # fmt: skip
def test_a_format_is_taken(text):
    assert check_date_format(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("%d.%m", "the year is missing"),
        ("dd.mm.yyyy", "the year is missing"),
        ("", "the year is missing"),
        ("%d.%m.%q", "'%q' is not a directive"),
        ("%Y%", "'%' is not a directive"),
        ("%Y %Y", "%Y is repeated"),
        ("%Y-%d", "the day of the month is given without the month"),
        ("%I:%M %d.%m.%Y", "%I needs %p"),
        ("%Y %H", "the hour is given without the day"),
        ("%d.%m.%Y %M", "minutes are given without the hour"),
        ("%Y-%B-%m", "the month is given twice"),
        ("epoch_days", "the year is missing"),
    ],
)
def test_a_format_that_leaves_something_open_is_refused_with_the_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        check_date_format(text)


def test_a_format_shows_what_it_means():
    assert example("%m/%d/%Y") == "11/28/2003"
    assert pattern("%a %b %d") == r"^[A-Za-z]+\s+[A-Za-z]+\s+[0-9]{1,2}$"

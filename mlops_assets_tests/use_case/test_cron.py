"""A cron expression is taken where it can tick."""

import pytest

from mlops_assets.use_case.base import check_cron


@pytest.mark.parametrize(
    "expression",
    ["0 6 1 * *", "*/15 0-6,12 * * mon-fri", "0 0 29 feb *", "5/10 * * * 7", "0 0 31 2 1", "59 23 31 DEC Sat"],
)
def test_what_can_tick_is_returned_as_it_is(expression):
    """Names, steps, lists and ranges are part of the grammar."""
    assert check_cron(expression) == expression


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "five fields"),
        ("@daily", "five fields"),
        ("0 6 1 * * *", "five fields"),
        ("60 * * * *", "outside 0 to 59, the range of the minute"),
        ("* 24 * * *", "outside 0 to 23"),
        ("* * 0 * *", "outside 1 to 31"),
        ("* * * 13 *", "outside 1 to 12"),
        ("* * * * 8", "outside 0 to 7"),
        ("5-3 * * * *", "outside 0 to 59"),
        ("*/0 * * * *", "no step"),
        ("a * * * *", "'a' is not valid for the minute"),
        ("1, * * * *", "'' is not valid for the minute"),
        ("0 0 31 4,6 *", "it never runs"),
    ],
)
def test_what_cannot_tick_is_refused_with_the_field(expression, reason):
    """The field and its range are named."""
    with pytest.raises(ValueError, match=reason):
        check_cron(expression)

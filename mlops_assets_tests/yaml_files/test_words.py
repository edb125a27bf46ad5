"""Types are said in words that people use."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from mlops_assets.use_case.base import Cron, IsoDate, Seed, Share
from mlops_assets.values import Code
from mlops_assets.yaml_files.model import Model, Words, describe


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (bool, "true or false"),
        (int | None, "a whole number, or null"),
        (Share, "a number from 0 to 1"),
        (Seed, "a whole number from 0 to 4294967295"),
        (Annotated[float, Field(gt=0, lt=1)], "a number above 0 and below 1"),
        (Annotated[int, Field(ge=2)] | None, "a whole number of at least 2, or null"),
        (Annotated[str, Field(min_length=1)], "a text that is not empty"),
        (Annotated[str, Field(min_length=1, max_length=1)], "a text of 1 character"),
        (Literal["a"], "a"),
        (Literal["a", "<="], "one of a, '<='"),
        (Code, "a whole number or a text"),
        (float | IsoDate | None, "a number or a date YYYY-MM-DD, or null"),
        (tuple[str, ...], "a list of texts"),
        (Annotated[tuple[float, ...], Field(min_length=2)], "a list of numbers, 2 at least"),
        (tuple[Code, ...], "a list of items, each a whole number or a text"),
        (dict[str, tuple[int, ...]], "a mapping from a text to a list of whole numbers"),
        (Model, "a mapping"),
        (Annotated[str, Words("a colour")], "a colour"),
        (Cron, "a cron expression: minute hour day-of-month month day-of-week"),
    ],
)
def test_an_annotation_is_said_in_words(annotation, expected):
    """Bounds, lengths, choices and null are part of what is asked for."""
    assert describe(annotation) == expected

"""Small types that several sections share, and the base of the parameters of every transform."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from mlops_assets.use_case.cron import check_cron
from mlops_assets.use_case.date_format import check_date_format
from mlops_assets.yaml_files.model import Model, Words

Severity = Literal["error", "warning"]
Code = int | str
"""A value of a category as it stands in the file: a whole number or a text."""

Share = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Slug = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60),
    Words("a name of lower-case letters, digits and underscores that starts with a letter, 60 characters at most"),
]
"""A name that is safe as an asset key, a file name and a URL: lower case, digits and underscores."""


def _parse_date(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return dt.date.fromisoformat(value)
    return value


IsoDate = Annotated[dt.date, BeforeValidator(_parse_date), Words("a date YYYY-MM-DD")]
"""A calendar day written YYYY-MM-DD."""

DateFormat = Annotated[
    str, AfterValidator(check_date_format), Words("a date format such as %d.%m.%Y, epoch_seconds or epoch_milliseconds")
]
"""How dates are written, for example `%d.%m.%Y`."""

Cron = Annotated[
    str, AfterValidator(check_cron), Words("a cron expression: minute hour day-of-month month day-of-week")
]
"""A cron expression of five fields, for example `0 6 1 * *`."""


Accepts = Literal["numbers", "dates", "texts", "anything"]
"""What the columns that a transform reads must hold."""


class TransformParams(Model):
    """What every derived feature says; a transform plugin's `Params` adds its own keys to these."""

    name: Slug
    """Name of the feature. Transforms that make several add a suffix to it."""
    transform: str
    """Name of the transform plugin."""
    description: str = ""
    """What the feature means, for the registry page."""

    @property
    def accepts(self) -> Accepts:
        """What the columns that it reads must hold; a transform of dates or texts says so."""
        return "numbers"

    @property
    def outputs(self) -> dict[str, str]:
        """Names of the columns it makes, each with what sets it apart from the others (nothing where it is one)."""
        return {self.name: ""}

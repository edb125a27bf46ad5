"""The base of every model of the configuration, and the small types that several sections share."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from mlops_assets.use_case.cron import check_cron
from mlops_assets.use_case.date_format import check_date_format


@dataclass(frozen=True)
class Words:
    """How a type is called in messages and in the reference, where its constraints do not say it well."""

    text: str


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


class Model(BaseModel):
    """A frozen, strict piece of configuration: no unknown keys, no silent conversion, no NaN.

    The docstring below a field is its description in the reference and the schemas (`descriptions`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    RENAMED: ClassVar[Mapping[str, str]] = {}
    """Earlier names of fields, each with the present one: files written for an earlier version keep working."""


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

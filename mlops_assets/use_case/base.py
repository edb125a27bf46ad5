"""The base of every model of the configuration, and the small types that several sections share."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Severity = Literal["error", "warning"]
Code = int | str
"""A value of a category as it stands in the file: a whole number or a text."""

Share = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""A name that is safe as an asset key, a file name and a URL: lower case, digits and underscores."""


class Model(BaseModel):
    """A frozen, strict piece of configuration: no unknown keys, no silent conversion, no NaN."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


def _parse_date(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return datetime.date.fromisoformat(value)
    return value


IsoDate = Annotated[datetime.date, BeforeValidator(_parse_date)]
"""A calendar day written YYYY-MM-DD."""


def _check_cron(value: str) -> str:
    if len(value.split()) != 5:
        raise ValueError("a cron expression has five fields: minute hour day-of-month month day-of-week")
    return value


Cron = Annotated[str, BeforeValidator(lambda v: _check_cron(v) if isinstance(v, str) else v)]
"""A cron expression of five fields, for example `0 6 1 * *`."""


class TransformParams(Model):
    """What every derived feature says; a transform plugin's `Params` adds its own keys to these."""

    name: Slug
    """Name of the feature. Transforms that make several add a suffix to it."""
    transform: str
    """Name of the transform plugin."""
    description: str = ""
    """What the feature means, for the registry page."""

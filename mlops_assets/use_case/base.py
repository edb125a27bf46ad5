"""Small types that several sections share."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from mlops_assets.use_case.cron import check_cron
from mlops_assets.use_case.date_format import check_date_format
from mlops_assets.yaml_files.model import Words

Share = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


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

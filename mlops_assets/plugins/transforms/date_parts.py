"""Date parts: what the calendar says of a date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from mlops_assets.plugins.column_groups import distinct
from mlops_assets.plugins.declarations import ColumnName, TransformParams

if TYPE_CHECKING:
    import pandas as pd


Part = Literal["year", "quarter", "month", "week", "day", "day_of_year", "day_of_week", "weekend", "hour"]


class Params(TransformParams):
    """Split a date into numbers, one feature for each part."""

    ACCEPTS = "dates"
    FORMULA = "calendar of {column}"
    transform: Literal["date_parts"] = "date_parts"
    column: ColumnName
    """Column of dates; missing stays missing."""
    parts: Annotated[tuple[Part, ...], Field(min_length=1), AfterValidator(distinct)] = (
        "year",
        "month",
        "day_of_week",
    )
    """Parts of the date. `day_of_week` is 1 on Monday and 7 on Sunday and `week` the week of the year, as in ISO 8601;
    `weekend` is 1 on Saturday and Sunday."""

    @property
    def outputs(self) -> dict[str, str]:
        """A column for each part, NAME_PART."""
        return {f"{self.name}_{part}": part.replace("_", " ") for part in self.parts}


def apply(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a frame of one float column a part, named NAME_PART, rows as in `frame`."""
    import pandas as pd

    dates = frame[params.column]
    parts = {
        name: _part(dates, part).astype("float64").where(dates.notna())
        for name, part in zip(params.outputs, params.parts, strict=True)
    }
    return pd.DataFrame(parts, index=frame.index)


def _part(dates: pd.Series, part: Part) -> pd.Series:
    if part == "week":
        return dates.dt.isocalendar().week
    if part == "day_of_week":
        return dates.dt.dayofweek + 1
    if part == "weekend":
        return dates.dt.dayofweek >= 5
    return getattr(dates.dt, part)

"""Types for the declarations of a plugin: the parameters of a transform and the search space of a family."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from mlops_assets.yaml_files.model import Model, Slug

if TYPE_CHECKING:
    import pandas as pd

Frame: TypeAlias = "pd.DataFrame"
"""A table; this name does not import pandas when only the declarations are read."""
Accepts = Literal["numbers", "dates", "texts", "anything"]
"""The kind of values that the input columns of a transform must have."""

READ = object()
"""Marks a field that names what a transform reads."""
ColumnName = Annotated[str, READ]
"""One column that a transform reads; `column_groups` has the types of several."""


def _check_edges(edges: tuple[float, ...]) -> tuple[float, ...]:
    if any(left >= right for left, right in pairwise(edges)):
        raise ValueError("edges of bins must rise, each above the one before it")
    return edges


Edges = Annotated[tuple[float, ...], Field(min_length=1), AfterValidator(_check_edges)]
"""Inner edges of bins, in ascending order."""


class TransformParams(Model):
    """The keys of every derived feature; the `Params` of a transform plugin adds its own keys."""

    ACCEPTS: ClassVar[Accepts] = "numbers"
    """The kind of values that its input columns must have."""
    FORMULA: ClassVar[str] = ""
    """The computation in words, with the key of each parameter in braces for its value."""
    name: Slug
    """Name of the feature. Transforms that make several add a suffix to it."""
    transform: str
    """Name of the transform plugin."""
    description: str = ""
    """What the feature means, for the registry page."""

    @property
    def accepts(self) -> Accepts:
        """The kind of values that the columns named by these parameters must have."""
        return self.ACCEPTS

    @property
    def inputs(self) -> tuple[str, ...]:
        """All input columns in order: those named by fields of the types `ColumnName` and `ColumnGroup`."""
        found: list[str] = []
        for key in self.column_fields():
            named = getattr(self, key)
            found += [named] if isinstance(named, str) else named
        return tuple(found)

    @property
    def formula(self) -> str:
        """The computation in words with all inputs: `FORMULA` with the values of the parameters."""
        values = {key: getattr(self, key) for key in type(self).model_fields}
        return self.FORMULA.format_map({key: _in_words(value) for key, value in values.items()})

    @property
    def outputs(self) -> dict[str, str]:
        """Names of the output columns, each with what distinguishes it from the others (empty for a single column)."""
        return {self.name: ""}

    @classmethod
    def column_fields(cls) -> tuple[str, ...]:
        """Return the fields that name input columns."""
        return tuple(key for key, field in cls.model_fields.items() if READ in field.metadata)


def _in_words(value: Any) -> Any:
    """Return a list as text, its numbers without trailing zeros; other values unchanged."""
    if not isinstance(value, tuple):
        return value
    return ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value)


Scalar = bool | int | float | str | None


class Range(Model):
    """A number to search for between two ends, both included."""

    low: float
    """Lower end."""
    high: float
    """Upper end."""
    log: bool = False
    """Whether to search on a logarithmic scale."""
    whole: bool = False
    """Whether only whole numbers are tried."""

    @model_validator(mode="after")
    def _ends_fit(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low must be below high, got {self.low:g} and {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"a logarithmic range starts above 0, got {self.low:g}")
        if self.whole and not (self.low.is_integer() and self.high.is_integer()):
            raise ValueError(f"a whole range has whole ends, got {self.low:g} and {self.high:g}")
        return self


class Choice(Model):
    """A value to pick from a list."""

    choices: Annotated[tuple[Scalar, ...], Field(min_length=1)]
    """The values."""

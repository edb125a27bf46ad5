"""What the parts of a plugin that a YAML reads are made of: parameters of a transform, search space of a family."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mlops_assets.yaml_files.model import Model, Slug

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

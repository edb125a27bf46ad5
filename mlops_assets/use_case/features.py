"""The `features:` section: which columns enter, which features are derived, how they are encoded and selected.

The parameters of a derived feature are those of its transform plugin, so the type of `derive` is put together
from the plugins that exist.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

from pydantic import ConfigDict, Field, create_model, model_validator

from mlops_assets import plugins
from mlops_assets.plugins.declarations import TransformParams
from mlops_assets.use_case.base import Seed, Share
from mlops_assets.yaml_files.model import Model


class _Refused(TransformParams):
    """Parameters of a transform that cannot be loaded: whoever names it is told why."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _refuse(cls, _: Any) -> NoReturn:
        raise ValueError(plugins.broken("transform")[cls.__name__])


def _params(name: str) -> type[TransformParams]:
    if name not in plugins.broken("transform"):
        return plugins.load("transform", name).Params
    field: Any = (Literal[name], name)
    return create_model(name, __base__=_Refused, transform=field)


if TYPE_CHECKING:
    Derived = TransformParams
else:
    Derived = Annotated[reduce(or_, map(_params, plugins.names("transform"))), Field(discriminator="transform")]


class Encoding(Model):
    """How categories become numbers. Categories are learned on the training split only."""

    method: Literal["one_hot", "ordinal", "frequency", "target"] = "one_hot"
    """`one_hot` makes a feature of each category (one feature of two), `ordinal` its place in the declared order, from
    0, `frequency` its share of the training rows, `target` how far the target of its training rows lies from that of
    all, cross-fitted. A column without declared codes has no order: `ordinal` encodes it as `many` says."""
    maximum_categories: Annotated[int, Field(ge=2, le=200)] = 20
    """With method one_hot, a column with more categories than this is encoded as `many` says."""
    many: Literal["target", "frequency"] = "target"
    """How a column is encoded that has too many categories for one_hot, or no order for ordinal."""
    smoothing: Annotated[float, Field(gt=0, le=1_000_000)] = 20.0
    """Rows of the overall mean that each category is mixed with (target): rare categories lie near the mean."""
    minimum_share: Share = 0.005
    """Categories rarer than this in the training split share one feature, which unseen ones count to as well. A
    missing category has a feature of its own unless it is as rare (method one_hot)."""
    ordered: tuple[str, ...] = ()
    """Category columns whose codes are ordered numbers and enter as they are."""
    seed: Seed = 23
    """Seed of the folds that target encoding is cross-fitted over."""


class Selection(Model):
    """Which of the features make up the feature set `selected`."""

    method: Literal["none", "mutual_information"] = "none"
    """`mutual_information` keeps the raw columns and derived features that tell more of the target than chance, on the
    training split: above what they tell of a shuffled target. A raw column is kept or dropped whole."""
    keep: Annotated[int, Field(ge=1)] = 30
    """How many raw columns and derived features to keep at most: those that tell most."""
    level: Annotated[float, Field(ge=0.01, lt=1)] = 0.05
    """Chance that anything is kept of a table that tells nothing, over all columns together."""
    rows: Annotated[int, Field(ge=100)] = 10_000
    """Training rows that are looked at, drawn with `seed`."""
    seed: Seed = 11
    """Seed of the sample and of the shuffles."""


class Features(Model):
    """The `features:` section."""

    inputs: tuple[str, ...] | None = None
    """Raw columns that enter as they are; every column with role feature where it is left out."""
    exclude: tuple[str, ...] = ()
    """Raw columns that do not enter."""
    use_sensitive: tuple[str, ...] = ()
    """Protected attributes that a model may see. None does unless it is named here."""
    derive: tuple[Derived, ...] = ()
    """Derived features."""
    encoding: Encoding = Encoding()
    """How categories become numbers."""
    selection: Selection = Selection()
    """Which features are kept."""
    groups: dict[Annotated[str, Field(min_length=1)], Annotated[tuple[str, ...], Field(min_length=1)]] = {}
    """Groups of raw columns whose importance is reported together, by name. Where there are none, columns that a
    derived feature ties together are a group."""

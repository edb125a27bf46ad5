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
    """Parameters of a transform that cannot be loaded: a use case that names it gets the reason."""

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
    """`one_hot`: one feature for each category (a single one for two categories). `ordinal`: position in the declared
    order, from 0. `frequency`: share of the training rows. `target`: difference of the mean target of its training rows
    from the overall mean, cross-fitted. A column without declared codes has no order: `ordinal` encodes it by
    `many`."""
    maximum_categories: Annotated[int, Field(ge=2, le=200)] = 20
    """With method one_hot, a column with more categories than this is encoded by `many`."""
    many: Literal["target", "frequency"] = "target"
    """Encoding of a column with too many categories for one_hot, or without an order for ordinal."""
    smoothing: Annotated[float, Field(gt=0, le=1_000_000)] = 20.0
    """Number of rows of the overall mean that each category is mixed with (target), so rare categories are near the
    mean."""
    minimum_share: Share = 0.005
    """Categories rarer than this in the training split share one feature, together with unseen ones. Missing values
    have a separate feature unless they are as rare (method one_hot)."""
    ordered: tuple[str, ...] = ()
    """Category columns whose codes are ordered numbers; they enter as numbers."""
    seed: Seed = 23
    """Seed of the folds for cross-fitted target encoding."""


class Selection(Model):
    """Which of the features make up the feature set `selected`."""

    method: Literal["none", "mutual_information"] = "none"
    """`mutual_information` keeps the raw columns and derived features whose mutual information with the target, on the
    training split, is above chance, that is, above that with shuffled targets. A raw column is kept or dropped
    whole."""
    keep: Annotated[int, Field(ge=1)] = 30
    """Largest number of raw columns and derived features to keep: those with the most information."""
    level: Annotated[float, Field(ge=0.01, lt=1)] = 0.05
    """Probability that anything is kept from a table without information, over all columns together."""
    rows: Annotated[int, Field(ge=100)] = 10_000
    """Training rows that are used, drawn with `seed`."""
    seed: Seed = 11
    """Seed of the sample and of the shuffles."""


class Features(Model):
    """The `features:` section."""

    inputs: tuple[str, ...] | None = None
    """Raw columns that enter as they are; if omitted, every column with role feature."""
    exclude: tuple[str, ...] = ()
    """Raw columns that do not enter."""
    use_sensitive: tuple[str, ...] = ()
    """Protected attributes that a model may see. A model sees none that is not named here."""
    derive: tuple[Derived, ...] = ()
    """Derived features."""
    encoding: Encoding = Encoding()
    """How categories become numbers."""
    selection: Selection = Selection()
    """Which features are kept."""
    groups: dict[Annotated[str, Field(min_length=1)], Annotated[tuple[str, ...], Field(min_length=1)]] = {}
    """Groups of raw columns whose importance is reported together, by name. If omitted, columns that a derived
    feature combines form a group."""

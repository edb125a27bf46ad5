"""The `assurance:` section: explanations and fairness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from mlops_assets.plugins.declarations import Edges
from mlops_assets.use_case.base import Seed, Share
from mlops_assets.use_case.data import Column
from mlops_assets.values import Code
from mlops_assets.yaml_files.model import Model

MAXIMUM_VALUES = 10
"""A numeric attribute with more values than this is no set of groups until it is cut by bins."""


class Explanations(Model):
    """SHAP values of the model on the test split."""

    rows: Annotated[int, Field(ge=10)] | None = None
    """Number of test rows to explain, a seeded sample that the report states; if omitted, all."""
    top: Annotated[int, Field(ge=1, le=100)] = 20
    """Features shown in plots and tables."""
    seed: Seed = 23
    """Seed of the sample."""


class FairnessLimits(Model):
    """Limits of the fairness checks."""

    demographic_parity_ratio: Share | None = 0.8
    """Lowest ratio of the rates of the favourable decision between groups; null means no check. 0.8 is the four-fifths
    rule of 29 CFR 1607.4 D."""
    equalized_odds_difference: Share | None = None
    """Largest gap in TPR or FPR between groups; null means no check."""


class Fairness(Model):
    """Group fairness of the decisions, on the test split."""

    favourable: Annotated[tuple[Code | bool, ...], Field(min_length=1)] | None = None
    """Values of the target whose prediction is favourable to the person, for example the one that means a loan is
    granted. Until it is declared, ratios of selection rates are shown in both directions and not tested."""
    reference: dict[str, Code | bool | float] = {}
    """Reference group of an attribute, given by a value in it. Without one, all groups are compared with each
    other and shown against the one that is selected most."""
    attributes: tuple[str, ...] | None = None
    """Protected attributes; if omitted, every column marked sensitive."""
    bins: dict[str, Edges] = {}
    """Inner edges that divide a numeric attribute into groups; an edge belongs to the group above it."""
    intersections: bool = True
    """Whether the intersections of all attributes are reported as well."""
    minimum_group: Annotated[int, Field(ge=1)] = 50
    """Smallest group that metrics are published for; smaller groups are listed without metrics."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Coverage of the intervals."""
    limits: FairnessLimits = FairnessLimits()
    """Limits of the checks."""

    def needs_bins(self, name: str, column: Column) -> bool:
        """Return whether a numeric attribute may have too many values to be used as groups, by its declaration.

        Bins are required unless codes or a narrow range of whole numbers are declared.
        """
        if column.type not in ("integer", "number") or name in self.bins:
            return False
        if column.codes:
            return len(column.codes) > MAXIMUM_VALUES
        if (
            column.type == "number"
            or not isinstance(column.min, int | float)
            or not isinstance(column.max, int | float)
        ):
            return True
        return column.max - column.min + 1 > MAXIMUM_VALUES


class Assurance(Model):
    """The `assurance:` section."""

    explanations: Explanations = Explanations()
    """SHAP."""
    fairness: Fairness = Fairness()
    """Group fairness."""


@dataclass(frozen=True)
class Direction:
    """Names of the decisions, and which of them is favourable.

    Attributes:
        decisions: name of each decision, by its code: a decision means the outcomes that it predicts.
        favourable: code of the favourable decision, None if it is not declared.
    """

    decisions: tuple[str, ...]
    favourable: int | None

    @property
    def selected(self) -> int:
        """Code of the decision that selection rates count: the favourable one, else that of the positive class."""
        return 1 if self.favourable is None else self.favourable

"""What is said of one feature, and of one that was dropped. Records only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FeatureKind = Literal["number", "ordered", "boolean", "one_hot", "binary", "ordinal", "frequency", "target", "derived"]


@dataclass(frozen=True)
class FeatureInfo:
    """One feature that a model sees. All features are float64; NaN is missing.

    Attributes:
        name: unique name: the column's for a number, COLUMN=label for a category, the declared one if derived.
        formula: how it is computed, in words.
        columns: raw columns it goes back to, through all derived features between.
        kind: how it came about.
        description: what it means, empty where nobody said.
    """

    name: str
    formula: str
    columns: tuple[str, ...]
    kind: FeatureKind
    description: str = ""


@dataclass(frozen=True)
class Dropped:
    """A feature that no model sees.

    Attributes:
        name: what it would have been called.
        reason: why it was dropped, in words.
        columns: raw columns it goes back to.
    """

    name: str
    reason: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ranked:
    """What one raw column, or one derived feature, tells of the target on the training rows.

    Attributes:
        name: the raw column or the derived feature.
        features: the features it has: all dummies of a column are ranked as one.
        information: mutual information with the target in nats, by counting.
        chance: mean of the same over shuffled targets.
        limit: what it must exceed to be told from chance, over all candidates together.
        above_chance: whether it does.
        selected: whether it is in the feature set `selected`.
    """

    name: str
    features: tuple[str, ...]
    information: float
    chance: float
    limit: float
    above_chance: bool
    selected: bool

"""Features in words: the formula of each, from its encoder or transform, and why others were dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mlops_assets.errors import DataError, listing
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Derived

if TYPE_CHECKING:
    from mlops_assets.features.encoding import Encoder

FeatureKind = Literal["number", "ordered", "boolean", "one_hot", "binary", "ordinal", "frequency", "target", "derived"]


@dataclass(frozen=True)
class FeatureInfo:
    """One feature that a model sees. All features are float64; NaN is missing.

    Attributes:
        name: unique name: the column's for a number, COLUMN=label for a category, the declared one if derived.
        formula: how it is computed, in words.
        columns: raw columns it goes back to, through all derived features between.
        kind: how it was made.
        description: what it means, empty where none is declared.
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
    """The information of one raw column, or one derived feature, about the target on the training rows.

    Attributes:
        name: the raw column or the derived feature.
        features: the features it has: all dummies of a column are ranked as one.
        information: mutual information with the target in nats, by counting.
        chance: mean of the same over shuffled targets.
        limit: what it must exceed to be distinguished from chance, over all candidates together.
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


def describe(encoder: Encoder, column: Column) -> tuple[FeatureInfo, ...]:
    """Return the description of each feature that an encoder makes, in its order."""
    formulas = _place_formulas(encoder, column) if encoder.kind in ("one_hot", "binary") else [_formula(encoder)]
    return tuple(
        FeatureInfo(feature, formula, (encoder.column,), encoder.kind, column.description)
        for feature, formula in zip(encoder.names, formulas, strict=True)
    )


def describe_derived(params: Derived, behind: Mapping[str, tuple[str, ...]]) -> tuple[FeatureInfo, ...]:
    """Return the description of each output of a derived feature; `behind` are the raw columns of each output."""
    formula = params.formula
    return tuple(
        FeatureInfo(name, f"{formula}: {part}" if part else formula, behind[name], "derived", params.description)
        for name, part in params.outputs.items()
    )


def _formula(encoder: Encoder) -> str:
    name = encoder.column
    formulas = {
        "boolean": f"1 where {name} is true, 0 where it is false",
        "ordered": f"code of {name}, as a number",
        "ordinal": f"place of {name} in the order {listing(encoder.codes, 10)}, from 0",
        "frequency": f"share of the training rows that have the same {name}",
        "target": f"mean target of the training rows that have the same {name}, less that of all, "
        f"shrunk by {encoder.smoothing:g} rows; cross-fitted in training",
    }
    return formulas.get(encoder.kind, name)


def _place_formulas(encoder: Encoder, column: Column) -> list[str]:
    is_at = {place: _is_code(code, column) for place, code in zip(encoder.places, encoder.codes, strict=False)}
    if encoder.missing:
        is_at[encoder.missing] = "is missing"
    if encoder.other:
        pooled = f" ({listing(encoder.pooled, 10)})" if encoder.pooled else ""
        gap = "" if encoder.missing else ", is missing"
        is_at[encoder.other] = f"is rare in training{pooled}{gap} or was not seen there"
    name = encoder.column
    if encoder.base is None:
        return [f"1 where {name} {is_at[place]}" for place in encoder.places]
    return [f"1 where {name} {is_at[encoder.names[0]]}, 0 where it {is_at[encoder.base]}"]


def _is_code(code: object, column: Column) -> str:
    label = column.labels.get(code, str(code))  # type: ignore[call-overload]
    return f"is {code} ({label})" if label != str(code) else f"is {code}"


def check_names(infos: Sequence[FeatureInfo]) -> None:
    """Raise DataError where two features would have one name: a category's label can make the name of a column."""
    first: dict[str, FeatureInfo] = {}
    for info in infos:
        other = first.setdefault(info.name, info)
        if other is not info:
            raise DataError(
                f"two features would be called {info.name!r}",
                where=f"columns {listing(dict.fromkeys([*other.columns, *info.columns]))}",
                expected="a name for each feature",
                got=f"{other.formula!r} and {info.formula!r}",
                fix="rename a column, change a label under data.columns, or exclude one of the columns",
            )


def nothing_left(dropped: Mapping[str, str]) -> DataError:
    """Return the error that no feature is left, with the reasons."""
    return DataError(
        "no feature is left",
        where="features",
        expected="at least one feature that differs between training rows",
        got=listing((f"{name}: {reason}" for name, reason in dropped.items()), 5) or "no inputs and nothing derived",
        fix="add columns under features.inputs or features.derive",
    )

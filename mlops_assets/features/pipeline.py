"""The feature pipeline: what was learned on the training rows, as a record of plain values, and how it is applied.

`fit_pipeline` is the only place that learns; `build_features` computes each row from that row and the record
alone, so that one row gives the same in a batch, by itself and in a server. The rows that the pipeline was fitted on
go through `build_training_features`. No pickle: the record is JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from mlops_assets.errors import ConfigError, DataError, sentence
from mlops_assets.features.derive import derive
from mlops_assets.features.encoding import Encoder, encode, encode_training, fit_encoder
from mlops_assets.features.info import (
    Dropped,
    FeatureInfo,
    Ranked,
    check_names,
    describe,
    describe_derived,
    nothing_left,
)
from mlops_assets.features.reading import check_columns
from mlops_assets.features.selection import candidates, feature_sets, rank
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Derived, Features
from mlops_assets.use_case.lineage import derive_faults, raw_lineage

_BLOCK = 1 << 14
"""Rows of which features are built at a time."""


@dataclass(frozen=True)
class FeaturePipeline:
    """What turns validated rows into features.

    Attributes:
        encoders: one for each raw column that enters and of which a feature was kept.
        derive: parameters of the derived features that are kept or that a kept one reads, in order.
        features: the features, in the order of the columns that `build_features` returns.
        dropped: features that have one value or none on the training rows, with the reason.
        sets: names of the features of each feature set, in order. `raw`: features of one raw column each, as it
            enters; `derived`: these and the derived ones, where any is; `selected`: what selection keeps, where there
            is a selection. No set is empty: `raw` is left out where no raw column enters.
        ranking: information of each raw column and derived feature about the target; empty without selection.
        rows: training rows it was fitted on.
    """

    encoders: tuple[Encoder, ...]
    derive: tuple[Derived, ...]
    features: tuple[FeatureInfo, ...]
    dropped: tuple[Dropped, ...]
    sets: dict[str, tuple[str, ...]]
    ranking: tuple[Ranked, ...]
    rows: int

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(feature.name for feature in self.features)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Raw columns that must be there to build the features, each once."""
        return tuple(dict.fromkeys(column for feature in self.features for column in feature.columns))

    def restricted(self, names: Iterable[str]) -> FeaturePipeline:
        """Return the pipeline of these features alone, in their order here, with only what they are computed from.

        Of the feature sets those are left whose features are all among them. Takes names of its own features only.
        """
        wanted = set(names)
        assert wanted.issubset(self.names)
        return replace(
            self,
            encoders=tuple(encoder for encoder in self.encoders if wanted & set(encoder.names)),
            derive=_needed(self.derive, wanted),
            features=tuple(info for info in self.features if info.name in wanted),
            sets={name: members for name, members in self.sets.items() if wanted.issuperset(members)},
        )


def fit_pipeline(
    train: pd.DataFrame,
    y: pd.Series | np.ndarray,
    *,
    inputs: Sequence[str],
    columns: Mapping[str, Column],
    features: Features,
    groups: pd.Series | np.ndarray | None = None,
) -> FeaturePipeline:
    """Learn encodings and selection from the training rows, and from nothing else.

    Every feature that differs between training rows is kept; `sets` says what selection keeps.

    Args:
        train: validated rows of the training split; the order of its columns does not matter.
        y: shape (rows,), the target as numbers.
        inputs: raw columns that enter as they are, as `UseCase.inputs` gives them.
        columns: every column that the YAML declares.
        features: the section of the YAML.
        groups: shape (rows,), which rows belong together and are not independent, such as those of one person.

    Raises:
        ConfigError: the section cannot be built, or would let a protected attribute in unnamed.
        DataError: columns are missing, names collide, or no feature is left.
    """
    _check_declaration(inputs, columns, features)
    target = np.asarray(y, dtype="float64")
    behind = raw_lineage(features)
    check_columns(train, tuple(dict.fromkeys([*inputs, *(raw for raws in behind.values() for raw in raws)])))
    encoders = tuple(fit_encoder(train[name], target, name, columns[name], features.encoding) for name in inputs)
    infos = tuple(info for encoder in encoders for info in describe(encoder, columns[encoder.column]))
    infos += tuple(info for params in features.derive for info in describe_derived(params, behind))
    check_names(infos)
    built = pd.DataFrame(_values(train, encoders, features.derive, infos), columns=[info.name for info in infos])
    dropped = _uninformative(built)
    kept = tuple(info for info in infos if info.name not in dropped)
    if not kept:
        raise nothing_left(dropped)
    ranking: tuple[Ranked, ...] = ()
    if features.selection.method == "mutual_information":
        ranking = rank(candidates(train, built, encoders, kept), target, features.selection, groups)
    names = {info.name for info in kept}
    return FeaturePipeline(
        encoders=tuple(encoder for encoder in encoders if names & set(encoder.names)),
        derive=_needed(features.derive, names),
        features=kept,
        dropped=tuple(Dropped(i.name, dropped[i.name], i.columns) for i in infos if i.name in dropped),
        sets=feature_sets(kept, ranking),
        ranking=ranking,
        rows=len(train),
    )


def _check_declaration(inputs: Sequence[str], columns: Mapping[str, Column], features: Features) -> None:
    """Raise ConfigError with every fault of the derived features, and every protected attribute that enters unnamed."""
    problems = [problem.text for _, problem in derive_faults(features, columns)]
    fix = "name it in features.use_sensitive, or leave it out of the inputs"
    problems += [
        sentence("a protected attribute would enter the model", where=f"input {name!r}", fix=fix)
        for name in inputs
        if columns[name].sensitive and name not in features.use_sensitive
    ]
    if problems:
        raise ConfigError(problems)


def build_features(frame: pd.DataFrame, pipeline: FeaturePipeline) -> pd.DataFrame:
    """Return the features of each row: float64 columns in the order of the pipeline, index as in `frame`.

    NaN is missing; nothing is infinite. Codes that training did not have never fail (see `encoding.encode`).

    Raises:
        DataError: a required column is missing, there twice, or holds what cannot be read.
    """
    check_columns(frame, pipeline.required_columns)
    values = _values(frame, pipeline.encoders, pipeline.derive, pipeline.features)
    return pd.DataFrame(values, index=frame.index, columns=list(pipeline.names))


def build_training_features(
    train: pd.DataFrame,
    y: pd.Series | np.ndarray,
    pipeline: FeaturePipeline,
    groups: pd.Series | np.ndarray | None = None,
) -> pd.DataFrame:
    """Return the features of the rows that the pipeline was fitted on, so that no row sees its own target.

    Target encoding is cross-fitted over seeded folds, which keep groups whole; everything else is as in
    `build_features`.

    Args:
        train: the rows that `fit_pipeline` was given, in that order.
        y: shape (rows,), their target as numbers.
        pipeline: what `fit_pipeline` returned, or restricted to some features.
        groups: shape (rows,), which rows belong together.

    Raises:
        DataError: as `build_features`, or the rows are not those that the pipeline was fitted on.
    """
    check_columns(train, pipeline.required_columns)
    if len(train) != pipeline.rows:
        raise DataError(
            "these are not the rows that the pipeline was fitted on",
            where="training rows",
            expected=f"{pipeline.rows} rows",
            got=f"{len(train)} rows",
            fix="materialize feature_pipeline again, or use build_features for other rows",
        )
    values = _values(train, pipeline.encoders, pipeline.derive, pipeline.features)
    for place, codes in _cross_fitted(train, y, pipeline, groups):
        values[:, place] = codes
    return pd.DataFrame(values, index=train.index, columns=list(pipeline.names))


def build_all_features(
    frame: pd.DataFrame,
    is_train: np.ndarray,
    y: pd.Series | np.ndarray,
    pipeline: FeaturePipeline,
    groups: pd.Series | np.ndarray | None = None,
) -> pd.DataFrame:
    """Return the features of all rows: `build_training_features` of the training rows, `build_features` of the others.

    Args:
        frame: validated rows.
        is_train: shape (rows,), the rows that the pipeline was fitted on.
        y: shape (training rows,), their target as numbers.
        pipeline: what `fit_pipeline` returned.
        groups: shape (training rows,), which of them belong together.
    """
    values = _values(frame, pipeline.encoders, pipeline.derive, pipeline.features, order="F")
    train = frame.loc[is_train, [encoder.column for encoder in pipeline.encoders if encoder.kind == "target"]]
    for place, codes in _cross_fitted(train, y, pipeline, groups):
        values[is_train, place] = codes
    return pd.DataFrame(values, index=frame.index, columns=list(pipeline.names))


def _values(
    frame: pd.DataFrame,
    encoders: Sequence[Encoder],
    derived: Sequence[Derived],
    features: Sequence[FeatureInfo],
    order: Literal["C", "F"] = "C",
) -> np.ndarray:
    """Return the features of each row, shape (rows, features), a block of rows after the other."""
    values = np.empty((len(frame), len(features)), order=order)
    for start in range(0, len(frame), _BLOCK):
        block = frame.iloc[start : start + _BLOCK].reset_index(drop=True)
        made = {name: one for encoder in encoders for name, one in encode(block[encoder.column], encoder).items()}
        made |= derive(block, derived)
        for position, feature in enumerate(features):
            values[start : start + _BLOCK, position] = made[feature.name]
    return values


def _cross_fitted(
    train: pd.DataFrame, y: pd.Series | np.ndarray, pipeline: FeaturePipeline, groups: pd.Series | np.ndarray | None
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the place of each feature that no training row may learn from its own target, and its values there."""
    for encoder in pipeline.encoders:
        if encoder.kind == "target":
            learned = encode_training(train[encoder.column], encoder, np.asarray(y, dtype="float64"), groups)
            yield from ((pipeline.names.index(name), codes) for name, codes in learned.items())


def _uninformative(built: pd.DataFrame) -> dict[str, str]:
    """Return the features that have one value or none on the training rows, with the reason."""
    dropped = {}
    for name in built.columns:
        distinct = built[name].nunique(dropna=False)
        if built[name].isna().all():
            dropped[name] = "missing in every training row"
        elif distinct == 1:
            dropped[name] = f"{built[name].iloc[0]:g} in every training row"
    return dropped


def _needed(derived: Sequence[Derived], names: set[str]) -> tuple[Derived, ...]:
    """Return the derived features that make one of the names, or what another of them reads, in their order."""
    wanted, chosen = set(names), []
    for params in reversed(derived):
        if wanted & set(params.outputs):
            chosen.append(params)
            wanted |= set(params.inputs)
    return tuple(reversed(chosen))

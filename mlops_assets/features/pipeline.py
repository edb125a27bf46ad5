"""The feature pipeline: what was learned on the training rows, as a record of plain values, and how it is applied.

`fit_pipeline` is the only place that learns; `build_features` computes each row from that row and the record
alone, so that one row gives the same in a batch, by itself and in a server. The rows that the pipeline was fitted on
go through `build_training_features`. No pickle: the record is JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlops_assets.errors import ConfigError, DataError, listing, nearest, sentence
from mlops_assets.features.derive import derive
from mlops_assets.features.encoding import Encoder, describe, encode, fit_encoder
from mlops_assets.features.info import Dropped, FeatureInfo
from mlops_assets.features.reading import check_columns
from mlops_assets.features.selection import mutual_information, strongest
from mlops_assets.plugins import load
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Derived, Features, Selection
from mlops_assets.use_case.lineage import derive_faults, inputs_of, raw_lineage

__all__ = [
    "Dropped",
    "Encoder",
    "FeatureInfo",
    "FeaturePipeline",
    "build_features",
    "build_training_features",
    "fit_pipeline",
]


@dataclass(frozen=True)
class FeaturePipeline:
    """What turns validated rows into features.

    Attributes:
        encoders: one for each raw column that enters and of which a feature was kept.
        derive: parameters of the derived features that are kept or that a kept one reads, in order.
        features: the features, in the order of the columns that `build_features` returns.
        dropped: features that were made on the training rows and tell nothing there, with the reason.
        sets: names of the features of each feature set, in order. `raw`: features of one raw column each, as it
            enters; `derived`: these and the derived ones, where any is; `selected`: what selection keeps, where there
            is a selection. No set is empty: `raw` is left out where no raw column enters.
        scores: mutual information with the target of each feature that was ranked, in nats; empty without selection.
        rows: training rows it was fitted on.
    """

    encoders: tuple[Encoder, ...]
    derive: tuple[Derived, ...]
    features: tuple[FeatureInfo, ...]
    dropped: tuple[Dropped, ...]
    sets: dict[str, tuple[str, ...]]
    scores: dict[str, float]
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

        Of the feature sets those are left whose features are all among them.

        Raises:
            DataError: a name is not a feature of the pipeline, or there is none.
        """
        wanted = set(names)
        unknown = sorted(wanted.difference(self.names))
        if unknown or not wanted:
            raise DataError(
                "no pipeline can be made of these features",
                where="feature_pipeline",
                expected=f"at least one of its {len(self.names)} features",
                got=listing(map(repr, unknown), 5) or "none",
                fix="materialize feature_pipeline and what stands on it again",
            )
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

    Every feature that differs between training rows is kept; what selection thinks of it is in `sets`.

    Args:
        train: validated rows of the training split; the order of its columns does not matter.
        y: shape (rows,), the target as numbers.
        inputs: raw columns that enter as they are, as `UseCase.inputs` gives them.
        columns: every column that the YAML declares.
        features: the section of the YAML.
        groups: shape (rows,), which rows belong together and are not independent, such as those of one person.

    Raises:
        ConfigError: the section cannot be built, or would let a protected attribute in unnamed.
        DataError: columns are missing, there are no rows, names collide, or no feature is left.
    """
    _check_declaration(inputs, columns, features)
    _check_rows(train, y)
    behind = raw_lineage(features)
    check_columns(train, tuple(dict.fromkeys([*inputs, *(raw for raws in behind.values() for raw in raws)])))
    encoders = tuple(fit_encoder(train[name], name, columns[name], features.encoding) for name in inputs)
    infos = tuple(info for encoder in encoders for info in describe(encoder, columns[encoder.column]))
    infos += tuple(info for params in features.derive for info in _derived_infos(params, behind))
    _check_names(infos)
    built = _compute(train, encoders, features.derive, tuple(info.name for info in infos))
    dropped = _uninformative(built)
    kept = tuple(info for info in infos if info.name not in dropped)
    if not kept:
        raise _nothing_left(dropped)
    scores = _scores(built.drop(columns=list(dropped)), np.asarray(y), features.selection)
    names = {info.name for info in kept}
    return FeaturePipeline(
        encoders=tuple(encoder for encoder in encoders if names & set(encoder.names)),
        derive=_needed(features.derive, names),
        features=kept,
        dropped=tuple(Dropped(i.name, dropped[i.name], i.columns) for i in infos if i.name in dropped),
        sets=_sets(kept, scores, features.selection),
        scores=scores,
        rows=len(train),
    )


def build_features(frame: pd.DataFrame, pipeline: FeaturePipeline) -> pd.DataFrame:
    """Return the features of each row: float64 columns in the order of the pipeline, index as in `frame`.

    NaN is missing; nothing is infinite. Codes that training did not have never fail (see `encoding.encode`).

    Raises:
        DataError: a required column is missing, there twice, or holds what cannot be read.
    """
    check_columns(frame, pipeline.required_columns)
    return _compute(frame, pipeline.encoders, pipeline.derive, pipeline.names)


def build_training_features(
    train: pd.DataFrame,
    y: pd.Series | np.ndarray,
    pipeline: FeaturePipeline,
    groups: pd.Series | np.ndarray | None = None,
) -> pd.DataFrame:
    """Return the features of the rows that the pipeline was fitted on; otherwise as `build_features`.

    Args:
        train: the rows that `fit_pipeline` was given, in that order.
        y: shape (rows,), their target as numbers.
        pipeline: what `fit_pipeline` returned, or restricted to some features.
        groups: shape (rows,), which rows belong together.

    Raises:
        DataError: as `build_features`, or the rows are not those that the pipeline was fitted on.
    """
    return build_features(train, pipeline)


def _compute(
    frame: pd.DataFrame, encoders: Sequence[Encoder], derived: Sequence[Derived], names: Sequence[str]
) -> pd.DataFrame:
    rows = frame.reset_index(drop=True)
    made = {name: values for encoder in encoders for name, values in encode(rows[encoder.column], encoder).items()}
    made |= derive(rows, derived)
    table = np.column_stack([made[name] for name in names]) if names else np.empty((len(rows), 0))
    return pd.DataFrame(table, index=frame.index, columns=list(names))


def _derived_infos(params: Derived, behind: Mapping[str, tuple[str, ...]]) -> tuple[FeatureInfo, ...]:
    formula = load("transform", params.transform).formula(params)
    return tuple(
        FeatureInfo(name, f"{formula}: {part}" if part else formula, behind[name], "derived", params.description)
        for name, part in params.outputs.items()
    )


def _check_declaration(inputs: Sequence[str], columns: Mapping[str, Column], features: Features) -> None:
    """Raise ConfigError with everything that is wrong with the section as far as the columns tell."""
    problems = [str(fault) for fault in derive_faults(features, columns)]
    for name in inputs:
        if name not in columns:
            near = nearest(name, columns)
            fix = f"did you mean {near!r}?" if near else "name a column of data.columns"
            problems.append(sentence("not a column", where=f"input {name!r}", fix=fix))
        elif columns[name].sensitive and name not in features.use_sensitive:
            fix = "name it in features.use_sensitive, or leave it out of the inputs"
            problems.append(sentence("a protected attribute would enter the model", where=f"input {name!r}", fix=fix))
    if problems:
        raise ConfigError(problems)


def _check_rows(train: pd.DataFrame, y: pd.Series | np.ndarray) -> None:
    if len(train) == 0 or len(train) != len(y):
        raise DataError(
            "features cannot be learned",
            where="training rows",
            expected="at least one row, and a target for each",
            got=f"{len(train)} rows and {len(y)} targets",
            fix="check data.splits and the target",
        )


def _check_names(infos: Sequence[FeatureInfo]) -> None:
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


def _uninformative(built: pd.DataFrame) -> dict[str, str]:
    """Return the features that cannot tell anything on the training rows, with the reason."""
    dropped = {}
    for name in built.columns:
        distinct = built[name].nunique(dropna=False)
        if built[name].isna().all():
            dropped[name] = "missing in every training row"
        elif distinct == 1:
            dropped[name] = f"{built[name].iloc[0]:g} in every training row"
    return dropped


def _scores(built: pd.DataFrame, y: np.ndarray, selection: Selection) -> dict[str, float]:
    return mutual_information(built, y, selection) if selection.method == "mutual_information" else {}


def _sets(kept: Sequence[FeatureInfo], scores: dict[str, float], selection: Selection) -> dict[str, tuple[str, ...]]:
    sets = {"raw": tuple(info.name for info in kept if info.kind != "derived")}
    if len(sets["raw"]) < len(kept):
        sets["derived"] = tuple(info.name for info in kept)
    if scores:
        sets["selected"] = strongest(scores, selection.keep)
    return {name: members for name, members in sets.items() if members}


def _needed(derived: Sequence[Derived], names: set[str]) -> tuple[Derived, ...]:
    """Return the derived features that make one of the names, or what another of them reads, in their order."""
    wanted, chosen = set(names), []
    for params in reversed(derived):
        if wanted & set(params.outputs):
            chosen.append(params)
            wanted |= set(inputs_of(params))
    return tuple(reversed(chosen))


def _nothing_left(dropped: Mapping[str, str]) -> DataError:
    return DataError(
        "no feature is left",
        where="features",
        expected="at least one feature that differs between training rows",
        got=listing((f"{name}: {reason}" for name, reason in dropped.items()), 5) or "no inputs and nothing derived",
        fix="add columns under features.inputs or features.derive",
    )

"""Explanations: what moves the model's score, over a split and in each row, by SHAP.

Holds the report, the per-row values, their folding to raw columns and groups, and the verdict. How the values come
about is in `attribution.py`, pictures are in `plots.py`. The values explain the estimator's own
score, before calibration; a calibration map is monotone, so what raises the score never lowers the probability.

The values of a feature go to the raw columns it is made of, in equal shares: as the Shapley value divides what a
coalition earns only together (Shapley, "A value for n-person games", 1953). All dummies of a column, and everything
else made of it, are added up with their signs: in each row, the values of all columns, and those of all groups, have
the same sum as those of the features. Which share a column has in a ratio is a convention; the sum over a group that
holds all columns of its features is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets import plugins
from mlops_assets.assurance.attribution import Units, attribute
from mlops_assets.data.frames import ROW
from mlops_assets.errors import DataError, listing
from mlops_assets.features.info import FeatureInfo
from mlops_assets.use_case.assurance import Explanations
from mlops_assets.verdicts import Verdict, judge

if TYPE_CHECKING:
    from mlops_assets.training.bundle import Bundle

ADDITIVITY_TOLERANCE = 1e-6
"""Largest distance, in the units of the output, between a row's output and the sum of its values."""


@dataclass(frozen=True)
class GroupImportance:
    """Importance of several raw columns together, or of one that belongs to no group.

    Attributes:
        name: as declared; else the columns.
        columns: raw columns of the group that the model reads.
        value: mean over rows of the absolute sum of the values of all its columns.
    """

    name: str
    columns: tuple[str, ...]
    value: float


@dataclass(frozen=True)
class ExplanationReport:
    """What moves the score, over all explained rows.

    Attributes:
        base_value: expected output, in `output_units`.
        output_units: log-odds or probability, before calibration.
        by_feature: mean absolute SHAP value by feature, largest first.
        by_column: the same by raw column: in each row the values of its features, in equal shares where a feature is
            of several columns, are added up before their size is taken (see the module). Largest first.
        by_group: the same by group of columns, largest first.
        additivity_error: largest distance between a row's output and base plus values; None where not finite.
        rows, of_rows: explained rows, a seeded sample where fewer than there were.
        background: what `base_value` is the expectation over, in words.
        family: model family.
        fingerprint: bundle that was explained.
    """

    base_value: float
    output_units: Units
    by_feature: dict[str, float]
    by_column: dict[str, float]
    by_group: tuple[GroupImportance, ...]
    additivity_error: float | None
    rows: int
    of_rows: int
    background: str
    family: str
    fingerprint: str


@dataclass(frozen=True)
class Explanation:
    """The report together with the tables behind it, which are kept as parquet and not in the record.

    Attributes:
        report: the record.
        values: the row number (int64) and one float64 column of SHAP values a feature, one row an explained row.
        sample: the features of the explained rows, rows and features as in `values`.
    """

    report: ExplanationReport
    values: pd.DataFrame
    sample: pd.DataFrame


def explain(
    bundle: Bundle,
    X: pd.DataFrame,
    config: Explanations,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> Explanation:
    """Explain a bundle's scores on rows of features.

    Args:
        bundle: the model; its family's plugin says which explainer fits.
        X: features of the pipeline, float64, shape (rows, features), the row numbers in the index; NaN is missing.
        config: how many rows, drawn with which seed.
        groups: names of raw columns by the name of their group; columns that a derived feature ties together where
            there are none.
        on_progress: hears how many rows are done.

    Raises:
        DataError: there are no rows, or a feature is missing.
        PluginError: the family cannot be explained.
    """
    features = _checked(X, bundle.pipeline.names)
    chosen = _sample(len(features), config)
    kind = plugins.load("family", bundle.family).EXPLAINER
    found = attribute(bundle.estimator, features, kind, chosen=chosen, on_progress=on_progress)
    values = pd.DataFrame(found.values, columns=list(features.columns))
    values.insert(0, ROW, features.index.to_numpy(dtype="int64")[chosen])
    sizes = zip(features.columns, np.abs(found.values).mean(axis=0).tolist(), strict=True)
    of_columns = fold_to_columns(found.values, bundle.pipeline.features)
    error = float(np.abs(found.base + found.values.sum(axis=1) - found.output).max())
    report = ExplanationReport(
        base_value=found.base,
        output_units=found.units,
        by_feature=ranked(dict(sizes)),
        by_column=ranked({column: mean_size(summed) for column, summed in of_columns.items()}),
        by_group=fold_to_groups(of_columns, groups or tied_columns(bundle.pipeline.features)),
        additivity_error=error if np.isfinite(error) else None,
        rows=len(chosen),
        of_rows=len(features),
        background=found.background,
        family=bundle.family,
        fingerprint=bundle.fingerprint,
    )
    return Explanation(report, values, features.iloc[chosen].reset_index(drop=True))


def judge_explanations(report: ExplanationReport) -> Verdict:
    """Judge whether the values of every row sum to the row's output, which is what makes them SHAP values.

    It fails where the explainer does not understand the model, such as native categorical splits.
    """
    missing = "the model's output is not finite on an explained row"
    return judge("additivity_error", report.additivity_error, at_most=ADDITIVITY_TOLERANCE, missing=missing)


def _checked(X: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    missing = [name for name in names if name not in X.columns]
    if missing or X.empty:
        raise DataError(
            "features are missing" if missing else "there are no rows to explain",
            where="explanations",
            expected="at least one row, with every feature of the pipeline",
            got=f"no {listing(missing)}" if missing else "an empty table",
            fix="build the features of the test split with features.pipeline.build_features",
        )
    return X.loc[:, list(names)]


def _sample(rows: int, config: Explanations) -> np.ndarray:
    if config.rows is None or rows <= config.rows:
        return np.arange(rows)
    return np.sort(np.random.default_rng(config.seed).choice(rows, size=config.rows, replace=False))


def fold_to_columns(values: np.ndarray, features: Sequence[FeatureInfo]) -> dict[str, np.ndarray]:
    """Return for each raw column its value in each row, shape (rows,), in the order that features read them.

    Args:
        values: SHAP values, shape (rows, features).
        features: what each column of `values` is of.
    """
    folded: dict[str, np.ndarray] = {}
    for position, feature in enumerate(features):
        share = values[:, position] / len(feature.columns)
        for column in feature.columns:
            folded[column] = folded[column] + share if column in folded else share
    return folded


def fold_to_groups(
    by_column: Mapping[str, np.ndarray], groups: Mapping[str, Sequence[str]]
) -> tuple[GroupImportance, ...]:
    """Return the importance of each group, largest first; a column of no group stands for itself."""
    grouped = {column for members in groups.values() for column in members}
    everything = {**groups, **{column: (column,) for column in by_column if column not in grouped}}
    known = {name: tuple(column for column in members if column in by_column) for name, members in everything.items()}
    found = [
        GroupImportance(name, columns, mean_size(np.sum([by_column[column] for column in columns], axis=0)))
        for name, columns in known.items()
        if columns
    ]
    return tuple(sorted(found, key=lambda group: -group.value))


def tied_columns(features: Iterable[FeatureInfo]) -> dict[str, tuple[str, ...]]:
    """Return the groups of columns that features tie together: columns that share a feature are in one group."""
    groups: list[dict[str, None]] = []
    for feature in features:
        columns = dict.fromkeys(feature.columns)
        touched = [group for group in groups if group.keys() & columns.keys()]
        merged = {column: None for group in [*touched, columns] for column in group}
        groups = [group for group in groups if group not in touched] + [merged]
    return {listing(group, 3): tuple(group) for group in groups if len(group) > 1}


def mean_size(values: np.ndarray) -> float:
    """Return the mean absolute value."""
    return float(np.abs(values).mean())


def ranked(importance: Mapping[str, float]) -> dict[str, float]:
    """Return importances, largest first."""
    return dict(sorted(importance.items(), key=lambda item: -item[1]))

"""The synthetic report: similarity, fidelity, utility, repeated rows and broken rules, and its verdicts.

The table it describes is NOT differentially private, and nothing measured here is a privacy guarantee. Shares of
repeated rows are a sign of memorising, nothing more: a table can leak without repeating a single row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlops_assets.data.rules import hold_against
from mlops_assets.data.target import binary_target
from mlops_assets.privacy.similarity import Similarity, measure_similarity
from mlops_assets.privacy.synthetic import synthetic_columns
from mlops_assets.privacy.utility import Association, Utility, associations, measure_utility, two_sample_auc
from mlops_assets.use_case.data import Column, Comparison, Data
from mlops_assets.use_case.metrics import SYNTHETIC
from mlops_assets.use_case.model import Task
from mlops_assets.use_case.privacy import Synthetic, SyntheticLimits
from mlops_assets.values import Code, as_numbers, code_of, factorize, in_order, look_up
from mlops_assets.verdicts import MetricValue, Verdict, judge

Codes = tuple[Code, ...]


@dataclass(frozen=True)
class SyntheticReport:
    """What a synthetic table is like. It is not differentially private, and no metric here makes it so.

    Attributes:
        similarity: scores of sdmetrics, without intervals.
        utility: what a model learns from the table, with 95 % intervals over the test rows.
        two_sample_auc: how well a classifier separates synthetic rows from real ones that the synthesizer never saw,
            with its 95 % interval; 0.5 is best, 1 worst.
        associations: by column, how the rate of the positive class follows it in real test rows and in synthetic ones.
        rows: rows of the synthetic table.
        synthetic_rows_in_training: share of synthetic rows that repeat a real training row value for value.
        test_rows_in_training: the same share of real test rows, which were not copied: what chance alone repeats.
        broken_rules: by rule across columns, the share of synthetic rows that break it, among those it applies to;
            None where it applies to none.
        real_broken_rules: the same shares of the real training rows.
        verdicts: quality, diagnostic, tstr_ratio and tstr_gain compared with their limits.
    """

    similarity: Similarity
    utility: Utility
    two_sample_auc: MetricValue
    associations: dict[str, Association]
    rows: int
    synthetic_rows_in_training: float | None
    test_rows_in_training: float | None
    broken_rules: dict[str, float | None]
    real_broken_rules: dict[str, float | None]
    verdicts: tuple[Verdict, ...]

    @property
    def association_error(self) -> MetricValue:
        """Mean over columns of the error of `Association`."""
        errors = [found.error for found in self.associations.values() if found.error is not None]
        return MetricValue(float(np.mean(errors)) if errors else None)

    @property
    def metrics(self) -> dict[str, MetricValue]:
        """The metrics that a gate may name (`use_case.metrics.SYNTHETIC`)."""
        found = vars(self.similarity) | vars(self.utility)
        found |= {"two_sample_auc": self.two_sample_auc, "association_error": self.association_error}
        values = {name: found[name] for name in SYNTHETIC}
        return {n: value if isinstance(value, MetricValue) else MetricValue(value) for n, value in values.items()}


def measure_synthetic(  # noqa: PLR0917 (the parts of one comparison, in the order everyone calls it with)
    real_train: pd.DataFrame,
    real_test: pd.DataFrame,
    synthetic: pd.DataFrame,
    data: Data,
    task: Task,
    config: Synthetic,
    *,
    on_progress: Callable[[str], None] | None = None,
) -> SyntheticReport:
    """Measure a synthetic table against the real rows it was drawn from and against real rows it never saw.

    Args:
        real_train: the rows the synthesizer was fitted on, at least one, as in the other tables.
        real_test: other real rows, for the models and for the chance of repeated rows.
        synthetic: what `synthesize` returned.
        data: the declared columns and rules.
        task: the target.
        config: limits, and the seed of samples, models and resampling.
        on_progress: called with one line of progress after each block of a wide table.
    """
    columns = synthetic_columns(data, task.target)
    tables = (synthetic, real_train, real_test)
    similarity = measure_similarity(real_train, synthetic, columns, config.seed, on_progress)
    codes = codes_of(columns, *tables)
    ours, trained, tested = (as_matrix(frame, columns, codes) for frame in tables)
    inputs = {name: column for name, column in columns.items() if name != task.target}
    of_synthetic, of_train, of_test = (
        (as_matrix(frame, inputs, codes), binary_target(frame, task).to_numpy()) for frame in tables
    )
    utility = measure_utility(of_synthetic, of_train, of_test, config.seed)
    labels = {name: tuple(map(str, codes[name])) if name in codes else None for name in inputs}
    return SyntheticReport(
        similarity=similarity,
        utility=utility,
        two_sample_auc=two_sample_auc(tested, ours, config.seed),
        associations=associations(of_test, of_synthetic, labels),
        rows=len(synthetic),
        synthetic_rows_in_training=share_repeated(ours, trained),
        test_rows_in_training=share_repeated(tested, trained),
        broken_rules=_broken_shares(synthetic, data.rules, columns),
        real_broken_rules=_broken_shares(real_train, data.rules, columns),
        verdicts=_verdicts(similarity, utility, config.limits),
    )


def _verdicts(similarity: Similarity, utility: Utility, limits: SyntheticLimits) -> tuple[Verdict, ...]:
    ratio, gain, why = utility.tstr_ratio, utility.tstr_gain, utility.missing
    unscored = "sdmetrics has no score for these columns"
    return (
        judge("quality", similarity.quality, at_least=limits.quality, missing=unscored),
        judge("diagnostic", similarity.diagnostic, at_least=limits.diagnostic, missing=unscored),
        judge("tstr_ratio", ratio, at_least=limits.tstr_ratio, missing=why or "the ratio is undefined"),
        judge("tstr_gain", gain, at_least=limits.tstr_gain, missing=why or "the gain is undefined"),
    )


def _broken_shares(
    frame: pd.DataFrame, rules: Sequence[Comparison], columns: Mapping[str, Column]
) -> dict[str, float | None]:
    """Return by rule whose columns were all synthesized the share of rows that break it, among those it applies to."""
    kept = {rule.name: hold_against(frame, rule)[1] for rule in rules if rule.reads <= set(columns)}
    return {name: float(np.mean(~rows)) if len(rows) else None for name, rows in kept.items()}


def as_matrix(frame: pd.DataFrame, columns: Mapping[str, Column], codes: Mapping[str, Codes]) -> np.ndarray:
    """Return `frame` as float64, shape (rows, columns), NaN where a value is missing; nothing of it is fitted.

    Numbers stay, booleans become 0 and 1, dates days since 1970-01-01, and categories their position in `codes`; a
    code that is not listed becomes -1.
    """
    parts = [_as_floats(frame[name], column, codes.get(name, ())) for name, column in columns.items()]
    return np.column_stack(parts) if parts else np.empty((len(frame), 0))


def codes_of(columns: Mapping[str, Column], *frames: pd.DataFrame) -> dict[str, Codes]:
    """Return the codes of each category: the declared ones, else all that the frames hold, in a fixed order."""
    found: dict[str, Codes] = {}
    for name, column in columns.items():
        if column.type == "category":
            seen = {code for frame in frames for code in factorize(frame[name])[1]}
            found[name] = column.codes or tuple(in_order(seen))
    return found


def _as_floats(values: pd.Series, column: Column, codes: Codes) -> np.ndarray:
    if column.type != "category":
        return as_numbers(values)
    place = {code_of(code): float(position) for position, code in enumerate(codes)}
    return look_up(values, lambda code: place.get(code, -1.0), np.nan)


def share_repeated(rows: np.ndarray, among: np.ndarray) -> float:
    """Return the share of `rows`, at least one, that also occur `among` others, NaN equal to NaN."""
    known = {row.tobytes() for row in np.nan_to_num(among, nan=-1e300) + 0.0}
    return float(np.mean([row.tobytes() in known for row in np.nan_to_num(rows, nan=-1e300) + 0.0]))

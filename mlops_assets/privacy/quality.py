"""The synthetic report: resemblance, fidelity, utility, repeated rows and broken rules, and its verdicts.

The table it judges is NOT differentially private, and no figure here is a privacy guarantee. Shares of repeated rows
are a smell of memorising, nothing more: a table can leak without repeating a single row.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlops_assets.data.target import binary_target
from mlops_assets.errors import DataError
from mlops_assets.privacy.fidelity import Association, associations, two_sample_auc
from mlops_assets.privacy.matrix import Codes, as_matrix, codes_of, share_repeated
from mlops_assets.privacy.resemblance import Resemblance, measure_resemblance
from mlops_assets.privacy.synthetic import synthetic_columns
from mlops_assets.privacy.utility import Table, Utility, measure_utility
from mlops_assets.use_case.data import Column, Comparison, Data
from mlops_assets.use_case.model import Task
from mlops_assets.use_case.privacy import Synthetic, SyntheticLimits
from mlops_assets.verdicts import MetricValue, Verdict, judge, judge_metric

_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


@dataclass(frozen=True)
class SyntheticReport:
    """What a synthetic table is like. Scores of sdmetrics lie between 0 and 1, and 1 is best.

    Attributes:
        quality, column_shapes, column_pairs, diagnostic: see `Resemblance`; without intervals.
        two_sample_auc: how well a classifier tells synthetic rows from real ones that the synthesizer never saw, with
            its 95 % interval; 0.5 is best, 1 worst.
        association_error: mean over columns of the error of `Association`, against the real test rows.
        associations: by column, how the rate of the positive class follows it in real and in synthetic rows.
        tstr_auc, trtr_auc, tstr_ratio, trivial_auc, tstr_gain: see `Utility`; with 95 % intervals over the test rows.
        columns: shape score of each column, None where sdmetrics has none.
        rows: rows of the synthetic table.
        rows_compared: real and synthetic rows behind the quality; fewer than all where they were sampled.
        pairs, pairs_sampled, pairs_compared: pairs of columns that there are, that were looked at, and that are
            related enough in the real rows to be scored; see `Resemblance`.
        synthetic_rows_in_training: share of synthetic rows that repeat a real training row value for value.
        test_rows_in_training: the same share of real test rows, which nobody copied: what chance alone repeats.
        broken_rules: by rule across columns, the share of synthetic rows that break it, among those it applies to;
            None where it applies to none.
        real_broken_rules: the same shares of the real training rows.
        verdicts: quality, diagnostic, tstr_ratio and tstr_gain held against their limits.
        differentially_private: False, always.
    """

    quality: MetricValue
    column_shapes: MetricValue
    column_pairs: MetricValue
    diagnostic: MetricValue
    tstr_auc: MetricValue
    trtr_auc: MetricValue
    tstr_ratio: MetricValue
    trivial_auc: MetricValue
    tstr_gain: MetricValue
    two_sample_auc: MetricValue
    association_error: MetricValue
    associations: dict[str, Association]
    columns: dict[str, float | None]
    rows: int
    rows_compared: tuple[int, int]
    pairs: int
    pairs_sampled: int
    pairs_compared: int
    synthetic_rows_in_training: float | None
    test_rows_in_training: float | None
    broken_rules: dict[str, float | None]
    real_broken_rules: dict[str, float | None]
    verdicts: tuple[Verdict, ...]
    differentially_private: bool = False


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
        real_train: the rows the synthesizer was fitted on.
        real_test: other real rows, for the models and for the chance of repeated rows.
        synthetic: what `synthesize` returned.
        data: the declared columns and rules.
        task: the target.
        config: limits, and the seed of samples, models and resampling.
        on_progress: told how far the comparison of a wide table is.

    Raises:
        DataError: one of the tables holds no rows.
    """
    for name, frame in (("train", real_train), ("test", real_test), ("synthetic", synthetic)):
        if frame.empty:
            raise DataError(f"the {name} table holds no rows", where="synthetic_report", expected="at least one row")
    columns = synthetic_columns(data, task.target)
    tables = (synthetic, real_train, real_test)
    likeness = measure_resemblance(real_train, synthetic, columns, config.seed, on_progress)
    codes = codes_of(columns, *tables)
    ours, trained, tested = (as_matrix(frame, columns, codes) for frame in tables)
    inputs = {name: column for name, column in columns.items() if name != task.target}
    of_synthetic, of_train, of_test = (_table(frame, inputs, codes, task) for frame in tables)
    utility = measure_utility(of_synthetic, of_train, of_test, config.seed)
    labels = {name: tuple(map(str, codes[name])) if name in codes else None for name in inputs}
    related = associations(of_test, of_synthetic, labels)
    errors = [found.error for found in related.values() if found.error is not None]
    return SyntheticReport(
        quality=MetricValue(likeness.quality),
        column_shapes=MetricValue(likeness.column_shapes),
        column_pairs=MetricValue(likeness.column_pairs),
        diagnostic=MetricValue(likeness.diagnostic),
        tstr_auc=utility.tstr_auc,
        trtr_auc=utility.trtr_auc,
        tstr_ratio=utility.tstr_ratio,
        trivial_auc=utility.trivial_auc,
        tstr_gain=utility.tstr_gain,
        two_sample_auc=two_sample_auc(tested, ours, config.seed),
        association_error=MetricValue(float(np.mean(errors)) if errors else None),
        associations=related,
        columns=likeness.columns,
        rows=len(synthetic),
        rows_compared=likeness.rows_compared,
        pairs=likeness.pairs,
        pairs_sampled=likeness.pairs_sampled,
        pairs_compared=likeness.pairs_compared,
        synthetic_rows_in_training=share_repeated(ours, trained),
        test_rows_in_training=share_repeated(tested, trained),
        broken_rules=_broken_shares(synthetic, data.rules, columns),
        real_broken_rules=_broken_shares(real_train, data.rules, columns),
        verdicts=_verdicts(likeness, utility, config.limits),
    )


def _table(frame: pd.DataFrame, inputs: Mapping[str, Column], codes: Mapping[str, Codes], task: Task) -> Table:
    return as_matrix(frame, inputs, codes), binary_target(frame, task).to_numpy()


def _verdicts(likeness: Resemblance, utility: Utility, limits: SyntheticLimits) -> tuple[Verdict, ...]:
    ratio, gain, why = utility.tstr_ratio, utility.tstr_gain, utility.missing
    unscored = "sdmetrics has no score for these columns"
    return (
        judge("quality", likeness.quality, at_least=limits.quality, missing=unscored),
        judge("diagnostic", likeness.diagnostic, at_least=limits.diagnostic, missing=unscored),
        judge_metric("tstr_ratio", ratio, at_least=limits.tstr_ratio, missing=why or "the ratio is undefined"),
        judge_metric("tstr_gain", gain, at_least=limits.tstr_gain, missing=why or "the gain is undefined"),
    )


def _broken_shares(
    frame: pd.DataFrame, rules: Sequence[Comparison], columns: Mapping[str, Column]
) -> dict[str, float | None]:
    """Return the share by rule, of those rules whose columns were all synthesized."""
    return {rule.name: _broken_share(frame, rule) for rule in rules if rule.reads <= set(columns)}


def _broken_share(frame: pd.DataFrame, rule: Comparison) -> float | None:
    """Return the share of rows that break a rule across columns, among rows that it applies to."""
    left = frame[rule.left]
    right = frame[rule.right] if rule.right is not None else pd.Series(rule.value, index=frame.index)
    applies = left.notna() & right.notna()
    for name, codes in rule.when.items():
        applies &= frame[name].isin(codes)
    if not applies.any():
        return None
    return float(np.mean(~_COMPARE[rule.operator](left[applies], right[applies])))

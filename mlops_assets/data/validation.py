"""Validation: which rows satisfy every rule, and which go to quarantine.

No row is ever lost: rows in = valid rows + quarantined rows. The rules are in `rules`, the words about them in
`findings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.data.coercion import final_dtype, parse_column
from mlops_assets.data.findings import Finding, in_words, row_finding
from mlops_assets.data.frames import RESERVED, ROW, RULES
from mlops_assets.data.parsing import Parsed
from mlops_assets.data.rules import Rule, type_rule
from mlops_assets.data.source import check_declared
from mlops_assets.data.table_schema import TableDeclaration, declare, declare_batch, find_breaches, table_schema
from mlops_assets.errors import listing
from mlops_assets.formatting import number_text, percent_text
from mlops_assets.use_case.data import Data
from mlops_assets.use_case.model import Task
from mlops_assets.values import code_of
from mlops_assets.verdicts import Outcome, Severity, Verdict, limit_words

if TYPE_CHECKING:
    import pandera.pandas as pa

_CLASSES = 1000


@dataclass(frozen=True)
class ValidationReport:
    """What validation found, without the rows.

    Attributes:
        rows_in, rows_valid, rows_quarantined: they reconcile: rows_in = rows_valid + rows_quarantined.
        findings: broken rules, in the order of the YAML.
        target: name of the target, None for a batch without known outcomes.
        classes: rows of each value of the target among the valid rows (the 1,000 most frequent ones); a truth value
            counts as 1 or 0.
        constant: columns with a single value in all valid rows; those that are ignored do not count.
        empty: columns without any value in the valid rows; likewise.
    """

    rows_in: int
    rows_valid: int
    rows_quarantined: int
    findings: tuple[Finding, ...]
    target: str | None
    classes: dict[str, int]
    constant: tuple[str, ...]
    empty: tuple[str, ...]

    @property
    def quarantined_share(self) -> float:
        """Share of the rows that is quarantined, 0 to 1."""
        return self.rows_quarantined / self.rows_in if self.rows_in else 0.0


@dataclass(frozen=True)
class Validation:
    """A validated table.

    Attributes:
        valid: rows that satisfy every rule of severity error: `ROW` and the declared columns, typed as declared.
        quarantined: the other rows whole, with the values that were read, and `RULES`, the rules they break.
        findings: broken rules, in the order of the YAML.
        rows_in: rows that were judged.
        target: name of the column that had to be known in every row, if any.
        ignored: columns whose rules were not checked (`Data.ignored`).
    """

    valid: pd.DataFrame
    quarantined: pd.DataFrame
    findings: tuple[Finding, ...]
    rows_in: int
    target: str | None = None
    ignored: tuple[str, ...] = ()

    def report(self) -> ValidationReport:
        """Return the record that stands for this validation once the rows are stored elsewhere."""
        columns = {name: self.valid[name] for name in self.valid.columns if name not in {ROW, *self.ignored}}
        return ValidationReport(
            rows_in=self.rows_in,
            rows_valid=len(self.valid),
            rows_quarantined=len(self.quarantined),
            findings=self.findings,
            target=self.target,
            classes=_count_classes(self.valid[self.target]) if self.target is not None else {},
            constant=tuple(name for name, values in columns.items() if _is_constant(values)),
            empty=tuple(name for name, values in columns.items() if len(values) and values.isna().all()),
        )


def validate(frame: pd.DataFrame, data: Data, *, target: str | None) -> Validation:
    """Sort the rows of a table into valid and quarantined ones; `target`, if any, must be known in every row."""
    return validate_table(frame, declare(data, target), extra_columns=data.extra_columns)


def validate_batch(frame: pd.DataFrame, data: Data, target: str) -> Validation:
    """Sort the rows of an incoming batch, by the rules of the table but that no outcome need be known yet."""
    return validate_table(frame, declare_batch(data, target, frame.columns), extra_columns=data.extra_columns)


def validate_table(
    frame: pd.DataFrame,
    table: TableDeclaration,
    schema: pa.DataFrameSchema | None = None,
    *,
    extra_columns: Severity = "warning",
) -> Validation:
    """Sort the rows of a table into valid and quarantined ones.

    A row that breaks a rule of severity error is quarantined whole, as it was read. A value that is not of its
    column's type breaks `COLUMN.type` and no other rule of the column; where `type` only warns, the value counts as
    missing. A unique value that occurs twice sends every row that has it to quarantine, because it is unknown which
    of them is right. A column whose values may be missing keeps whole numbers up to 2^53, the largest that float64
    holds exactly; larger ones break `type`.

    A column that is ignored quarantines nothing: it has no rules, what is not of its type counts as missing, and
    where it is absent it is missing in every row. Rules across columns hold for it as for others.

    Args:
        frame: the table as read; `ROW` is added where it is absent.
        table: what is declared of it.
        schema: what `table_schema` made of `table`, for callers that check many tables; compiled here if left out.
        extra_columns: whether undeclared columns are refused, or left out with a finding.

    Raises:
        DataError: a declared column is absent, an undeclared one is there and `extra_columns` is error, or a rule
            cannot be evaluated.
    """
    raw = frame.copy(deep=False)
    raw.index = pd.RangeIndex(len(frame))
    if ROW not in raw.columns:
        raw.insert(0, ROW, np.arange(len(raw), dtype="int64"))
    check_declared(list(raw.columns), "the table", table.columns, extra_columns, table.ignored)
    parsed = {name: _parse(raw, name, table) for name in table.columns}
    breaches = _find_all(parsed, table, table_schema(table) if schema is None else schema)
    rejected = np.zeros(len(raw), dtype=bool)
    for rule, broken in breaches.items():
        if rule.severity == "error":
            rejected |= broken
    kept = np.flatnonzero(~rejected)
    typed = {ROW: pd.Series(raw[ROW].to_numpy()[kept].astype("int64"))}
    for name, column in table.columns.items():
        typed[name] = final_dtype(parsed.pop(name).values.take(kept), column)  # no column is held in both forms
    valid = pd.DataFrame(typed, copy=False)
    quarantined, findings = _quarantine(raw, rejected, breaches), _findings(raw, table, breaches)
    return Validation(valid, quarantined, findings, len(raw), table.target, table.ignored)


def _parse(raw: pd.DataFrame, name: str, table: TableDeclaration) -> Parsed:
    read = raw[name] if name in raw.columns else pd.Series([None] * len(raw), dtype=object)
    parsed = parse_column(read, table.columns[name], table.decimal)
    return Parsed(parsed.values, np.zeros(len(raw), dtype=bool)) if name in table.ignored else parsed


def judge_validation(report: ValidationReport, data: Data, task: Task | None) -> Verdict:
    """Judge whether the valid rows are enough, and few enough are quarantined, to go on with. Blocking.

    With a task, the table is one to learn from: it needs `data.minimum_rows` rows and both classes of the target.
    Without one it is a batch, which needs one valid row.
    """
    share, limit = report.quarantined_share, data.quarantine.maximum_share
    rows, valid, quarantined = map(number_text, (report.rows_in, report.rows_valid, report.rows_quarantined))
    problems = []
    if share > limit:
        problems.append(
            f"{quarantined} of {rows} rows ({percent_text(share)}) are quarantined, and at most "
            f"{percent_text(limit)} may be: see the quarantine table, then fix the file, or the rules in data.columns"
        )
    fewest = data.minimum_rows if task is not None else 1
    if report.rows_valid < fewest:
        problems.append(
            f"{valid} valid rows are left, and at least {number_text(fewest)} are needed (data.minimum_rows)"
        )
    if task is not None:
        problems += _judge_classes(report, task)
    errors = tuple(finding for finding in report.findings if finding.severity == "error")
    words = f". Broken rules: {in_words(errors)}" if errors else ""
    outcome = Outcome.FAILED if problems else Outcome.PASSED
    summary = f"{valid} of {rows} rows are valid, {quarantined} quarantined ({percent_text(share)})"
    reason = ("; ".join(problems) if problems else summary) + words
    return Verdict("validated", outcome, reason, value=share, limit=limit, limits=limit_words(None, limit))


def _judge_classes(report: ValidationReport, task: Task) -> list[str]:
    positives = sum(report.classes.get(key, 0) for key in {str(code_of(value)) for value in task.positives})
    if 0 < positives < report.rows_valid:
        return []
    found = listing((f"{value} in {count} rows" for value, count in report.classes.items()), 5) or "no value at all"
    problem = (
        f"the target {task.target!r} has a single class: {positives} of {report.rows_valid} valid rows are positive "
        f"({task.positive_words}), and both classes are needed; it holds {found}: fix the file or task.positive"
    )
    return [problem]


def _count_classes(target: pd.Series) -> dict[str, int]:
    counts = target.value_counts().head(_CLASSES)
    return {str(code_of(value)): int(count) for value, count in counts.items()}


def _is_constant(values: pd.Series) -> bool:
    if len(values) < 2 or pd.isna(values.iloc[0]):
        return False
    return bool((values == values.iloc[0]).all())


def _find_all(parsed: dict[str, Parsed], table: TableDeclaration, schema: pa.DataFrameSchema) -> dict[Rule, np.ndarray]:
    """Return every broken rule in the order of the YAML: by column, `type` first, then the rules across columns."""
    breaches = {type_rule(name, table.columns[name]): p.broken for name, p in parsed.items() if not p.is_clean}
    values = pd.DataFrame({name: p.values for name, p in parsed.items()}, copy=False)
    for rule, rows in find_breaches(values, schema).items():
        # A value that is not of the type is not missing, unless `type` only warns and leaves nothing of it.
        is_other = rule.kind == "missing" and table.columns[rule.column].severity("type") == "error"
        broken = rows & ~parsed[rule.column].broken if is_other else rows
        if broken.any():
            breaches[rule] = broken
    order = {name: position for position, name in enumerate(table.columns)}
    return dict(sorted(breaches.items(), key=lambda b: (b[0].kind == "comparison", order[b[0].column])))


def _quarantine(raw: pd.DataFrame, rejected: np.ndarray, breaches: dict[Rule, np.ndarray]) -> pd.DataFrame:
    errors = [(rule.name, broken[rejected]) for rule, broken in breaches.items() if rule.severity == "error"]
    texts = np.full(int(rejected.sum()), "", dtype=object)
    for name, broken in errors:
        texts[broken] = [f"{text}; {name}" if text else name for text in texts[broken]]
    return raw.loc[rejected].reset_index(drop=True).assign(**{RULES: pd.Series(texts, dtype=object)})


def _findings(raw: pd.DataFrame, table: TableDeclaration, breaches: dict[Rule, np.ndarray]) -> tuple[Finding, ...]:
    comparisons = {comparison.name: comparison for comparison in table.rules}
    found = [row_finding(rule, broken, raw, comparisons.get(rule.name)) for rule, broken in breaches.items()]
    extra = [str(name) for name in raw.columns if name not in table.columns and name not in RESERVED]
    left_out = "the column is not declared, and is left out"
    return (*found, *(Finding(f"{name}.undeclared", name, "warning", 0, (), left_out) for name in extra))

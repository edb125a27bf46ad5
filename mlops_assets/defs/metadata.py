"""Metadata: how tables, metrics, pictures and verdicts are shown on a materialization or a check.

Pictures go inline only while they are small, because some databases refuse big event-log rows; the full artefact
is kept as a file and named by path and hash.
"""

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from mlops_assets.formatting import interval_text
from mlops_assets.pages.markdown_text import markdown_table
from mlops_assets.stores.content import content_of
from mlops_assets.use_case.data import Column, Comparison
from mlops_assets.verdicts import MetricValue, Verdict

INLINE_BYTES = 120_000


def table(
    frame: pd.DataFrame, columns: Mapping[str, Column] | None = None, rules: Iterable[Comparison] = ()
) -> dict[str, dg.MetadataValue]:
    """Return row count and column schema of a table; descriptions and constraints are what the YAML declares."""
    return {
        "dagster/row_count": dg.MetadataValue.int(len(frame)),
        "dagster/column_schema": _schema(frame.dtypes.to_dict(), columns or {}, rules),
    }


def _schema(dtypes: Mapping[Any, Any], declared: Mapping[str, Column], rules: Iterable[Comparison]) -> dg.MetadataValue:
    """Return the columns of a table, which is no variable here.

    Dagster keeps the local variables of the function that first makes a record of a class, until the process ends.
    """
    schema = dg.TableSchema(
        columns=[
            dg.TableColumn(str(name), str(dtype), **_declared(declared.get(str(name))))
            for name, dtype in dtypes.items()
        ],
        constraints=dg.TableConstraints(other=[f"{rule.name}: {rule.words}" for rule in rules]),
    )
    return dg.MetadataValue.table_schema(schema)


def _declared(column: Column | None) -> dict[str, Any]:
    if column is None:
        return {}
    rules = [f"{name}: {value}" for name, value in (("min", column.min), ("max", column.max)) if value is not None]
    rules += [f"one of {len(column.codes)} codes"] if column.codes else []
    rules += [f"matches {column.pattern}"] if column.pattern else []
    constraints = dg.TableColumnConstraints(nullable=column.may_be_missing, unique=column.unique, other=rules)
    return {"description": column.description or None, "constraints": constraints}


def file(path: Path, name: str = "report") -> dict[str, dg.MetadataValue]:
    """Return path and content hash of a written report, so that a plan notices if it is missing or was changed."""
    content = content_of(path)
    return {
        f"{name}/path": dg.MetadataValue.path(str(path)),
        f"{name}/sha256": dg.MetadataValue.text(content.sha256),
        f"{name}/glance": dg.MetadataValue.text(content.glance),
    }


def picture(png: bytes, title: str) -> dg.MetadataValue:
    """Return a PNG inline, or its size in words where it is too big for an event log."""
    if len(png) > INLINE_BYTES:
        return dg.MetadataValue.text(f"{title}: {len(png):,} bytes, kept as a file only")
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{base64.b64encode(png).decode()})")


def metrics(values: Mapping[str, MetricValue], prefix: str) -> dict[str, dg.MetadataValue]:
    """Return the measured metrics as numbers that the UI plots over time; those not measured are left out."""
    return {f"{prefix}/{name}": dg.MetadataValue.float(f.value) for name, f in values.items() if f.value is not None}


def metrics_table(values: Mapping[str, MetricValue], **others: Mapping[str, MetricValue]) -> dg.MetadataValue:
    """Return a Markdown table of metrics with their intervals, and further columns."""
    head = ("metric", "value", "interval", *others)
    rows = [
        (
            name,
            metric.value,
            interval_text(metric.low, metric.high),
            *(other[name].value if name in other else None for other in others.values()),
        )
        for name, metric in values.items()
    ]
    return dg.MetadataValue.md(markdown_table(head, rows, right=head[1:]))


def verdict_metadata(verdict: Verdict) -> dict[str, dg.MetadataValue]:
    """Return outcome and numbers of a verdict, for tables and alerts."""
    numbers = {name: getattr(verdict, name) for name in ("value", "low", "high", "limit", "upper_limit")}
    return {
        "outcome": dg.MetadataValue.text(str(verdict.outcome)),
        **({"limits": dg.MetadataValue.text(verdict.limits)} if verdict.limits else {}),
        **{name: dg.MetadataValue.float(float(number)) for name, number in numbers.items() if number is not None},
    }

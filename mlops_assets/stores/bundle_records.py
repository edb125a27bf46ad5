"""The records of a bundle as JSON, and back, without any loss: an integer code stays an integer.

Raise `bundles.FORMAT` when `Bundle` gets another field. What is declared of the table has a form of its
own, because codes as keys of a JSON object would make 1 and "1" one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, get_type_hints

from mlops_assets.data.table_schema import TableDeclaration
from mlops_assets.errors import IntegrityError
from mlops_assets.use_case.data import Column, Comparison
from mlops_assets.use_case.model import Task

if TYPE_CHECKING:
    from mlops_assets.training.bundle import Bundle


def dump_records(bundle: Bundle) -> bytes:
    """Return everything of a bundle but its estimator and its table as UTF-8 JSON; equal bundles give equal bytes."""
    adapters = _adapters()
    record = {name: adapter.dump_python(getattr(bundle, name), mode="json") for name, adapter in adapters.items()}
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False).encode()


def load_records(content: bytes, where: str) -> dict[str, Any]:
    """Return the fields of a bundle by name; raise IntegrityError where they do not fit this version."""
    with _fitting("the records of the bundle do", where):
        record = json.loads(content)
        return {name: adapter.validate_json(json.dumps(record[name])) for name, adapter in _adapters().items()}


def _adapters() -> dict[str, Any]:
    from pydantic import TypeAdapter

    from mlops_assets.features.pipeline import FeaturePipeline
    from mlops_assets.training.bundle import Bundle

    named = {kind.__name__: kind for kind in (FeaturePipeline, TableDeclaration, Task)}
    kinds = get_type_hints(Bundle, localns=named)
    return {name: TypeAdapter(kind) for name, kind in kinds.items() if name not in ("estimator", "table")}


def table_json(table: TableDeclaration) -> dict[str, Any]:
    """Return what is declared of a table as plain JSON values: lists keep the order of the columns and the codes."""
    return {
        "columns": [{"name": name, **_column_json(column)} for name, column in table.columns.items()],
        "rules": [rule.model_dump(mode="json", exclude_defaults=True) for rule in table.rules],
        "target": table.target,
        "ignored": list(table.ignored),
        "decimal": table.decimal,
    }


def read_table(schema: dict[str, Any] | None, records: bytes, where: str) -> TableDeclaration:
    """Return the declaration that `table_json` wrote, or of the columns in the records, where format 2 kept them.

    Raises:
        IntegrityError: it does not fit this version.
    """
    with _fitting("the schema of the bundle does", where):
        if schema is None:
            columns = json.loads(records)["columns"]
            return TableDeclaration({name: _column(facts) for name, facts in columns.items()})
        return TableDeclaration(
            columns={facts["name"]: _column(facts) for facts in schema["columns"]},
            rules=tuple(Comparison.model_validate_json(json.dumps(rule)) for rule in schema["rules"]),
            target=schema["target"],
            ignored=tuple(schema["ignored"]),
            decimal=schema["decimal"],
        )


@contextmanager
def _fitting(what: str, where: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError) as fault:
        raise IntegrityError(
            f"{what} not fit this version",
            where=where,
            got=" ".join(str(fault).split())[:300],
            fix="make it again: mlops-assets run USE_CASE --again model",
        ) from fault


def _column_json(column: Column) -> dict[str, Any]:
    facts = column.model_dump(mode="json", exclude_defaults=True)
    if isinstance(column.allowed, dict):
        facts["allowed"], facts["labels"] = list(column.allowed), list(column.allowed.values())
    return facts


def _column(facts: dict[str, Any]) -> Column:
    plain = {key: value for key, value in facts.items() if key not in ("name", "allowed", "labels")}
    column, codes = Column.model_validate_json(json.dumps(plain)), facts.get("allowed")
    if codes is None:
        return column
    allowed = dict(zip(codes, facts["labels"], strict=True)) if "labels" in facts else tuple(codes)
    return column.model_copy(update={"allowed": allowed})

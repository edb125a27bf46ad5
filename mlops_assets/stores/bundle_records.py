"""The records of a bundle as JSON, and back, without any loss: an integer code stays an integer.

Add a field of `Bundle` to `_adapters` here and raise `bundles.FORMAT`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlops_assets.errors import IntegrityError
from mlops_assets.plugins.declarations import Scalar
from mlops_assets.training.calibration import Calibrator
from mlops_assets.training.threshold import ThresholdChoice
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.model import Task

if TYPE_CHECKING:
    from mlops_assets.training.bundle import Bundle


def dump_records(bundle: Bundle) -> bytes:
    """Return everything of a bundle but its estimator as UTF-8 JSON; equal bundles give equal bytes."""
    adapters = _adapters()
    told = {name: adapter.dump_python(getattr(bundle, name), mode="json") for name, adapter in adapters.items()}
    told["columns"] = {name: _column_json(column) for name, column in bundle.columns.items()}
    # Not sorted: the order of the columns is the order of the YAML.
    return json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False).encode()


def load_records(content: bytes, where: str) -> dict[str, Any]:
    """Return the fields of a bundle by name; raise IntegrityError where they do not fit this version."""
    from pydantic import ValidationError

    try:
        told = json.loads(content)
        records = {name: adapter.validate_json(json.dumps(told[name])) for name, adapter in _adapters().items()}
        records["columns"] = {name: _column(column) for name, column in told["columns"].items()}
    except (ValidationError, ValueError, KeyError) as fault:
        raise IntegrityError(
            "the records of the bundle do not fit this version",
            where=where,
            got=str(fault)[:300],
            fix="make it again: mlops-assets run USE_CASE --again model",
        ) from fault
    return records


def _adapters() -> dict[str, Any]:
    from pydantic import TypeAdapter

    from mlops_assets.features.pipeline import FeaturePipeline

    kinds: dict[str, Any] = {
        "use_case": str,
        "family": str,
        "params": dict[str, Scalar],
        "calibrator": Calibrator,
        "threshold": ThresholdChoice,
        "pipeline": FeaturePipeline,
        "task": Task,
        "seed": int,
        "trained_on": str,
        "versions": dict[str, str],
        "fingerprint": str,
    }
    return {name: TypeAdapter(kind) for name, kind in kinds.items()}


def _column_json(column: Column) -> dict[str, Any]:
    """Return a column as JSON. Codes are kept as a list: as keys of an object, 1 and "1" would be one."""
    told = column.model_dump(mode="json")
    if isinstance(column.allowed, dict):
        told["allowed"], told["labels"] = list(column.allowed), list(column.allowed.values())
    return told


def _column(told: dict[str, Any]) -> Column:
    plain = {key: value for key, value in told.items() if key not in ("allowed", "labels")}
    column = Column.model_validate_json(json.dumps(plain))
    if "labels" in told:
        return column.model_copy(update={"allowed": dict(zip(told["allowed"], told["labels"], strict=True))})
    return column if told["allowed"] is None else column.model_copy(update={"allowed": tuple(told["allowed"])})

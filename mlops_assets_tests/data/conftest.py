"""Small tables and configurations for the tests of the data room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlops_assets.data.source import read_file
from mlops_assets.use_case.data import Column, Comparison, Data, Source
from mlops_assets.use_case.model import Task

MakeData = Callable[..., Data]
Read = Callable[..., pd.DataFrame]

LOANS: dict[str, dict[str, Any]] = {
    "id": {"type": "integer", "role": "identifier", "unique": True, "min": 1},
    "amount": {"type": "number", "min": 0, "max": 1000, "nullable": True},
    "grade": {"type": "category", "allowed": {"A": "good", "B": "fair"}, "undocumented": ("X",)},
    "repaid": {"type": "category", "allowed": (0, 1)},
}


def declare(columns: dict[str, dict[str, Any]]) -> dict[str, Column]:
    return {name: Column(**facts) for name, facts in columns.items()}


@pytest.fixture
def make_data() -> MakeData:
    """Builds a `data:` section from plain dicts; the columns are those of a small table of loans by default."""

    def make(columns: dict[str, dict[str, Any]] | None = None, **settings: Any) -> Data:
        source = Source(path="loans.csv", **settings.pop("source", {}))
        rules = tuple(Comparison(**rule) for rule in settings.pop("rules", ()))
        return Data(source=source, columns=declare(columns or LOANS), rules=rules, **settings)

    return make


@pytest.fixture
def loans_task() -> Task:
    return Task(target="repaid", positive=1)


@pytest.fixture
def loans() -> pd.DataFrame:
    """Twelve rows that satisfy every rule."""
    return pd.DataFrame(
        {
            "id": range(1, 13),
            "amount": [10.0 * n for n in range(12)],
            "grade": ["A", "B", "A"] * 4,
            "repaid": [0, 1] * 6,
        }
    )


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes bytes or a text to a file and reads it as a table."""

    def read_it(
        content: bytes | str, columns: dict[str, dict[str, Any]], name: str = "t.csv", **settings: Any
    ) -> pd.DataFrame:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        extra = {"extra_columns": settings.pop("extra_columns")} if "extra_columns" in settings else {}
        return read_file(path, Source(path=name, **settings), declare(columns), **extra).frame

    return read_it

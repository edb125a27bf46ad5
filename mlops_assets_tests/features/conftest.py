"""A small table with every type of column, and the configuration that goes with it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Features


@pytest.fixture
def loan_columns() -> dict[str, Column]:
    """Columns of every type; names with spaces, punctuation and braces are ordinary."""
    return {
        "age {years}": Column(type="integer", sensitive=True, description="Age"),
        "income, net": Column(type="number", nullable=True, description="Income"),
        "debt": Column(type="number", nullable=True),
        "status 1": Column(type="integer"),
        "status 2": Column(type="integer"),
        "school": Column(type="category", allowed={1: "primary", 2: "secondary", 3: "university"}, undocumented=(9,)),
        "région": Column(type="category", allowed=("nord", "sud", "est"), nullable=True),
        "owner": Column(type="boolean", nullable=True),
        "opened": Column(type="date", nullable=True),
        "closed": Column(type="date", nullable=True),
        "note": Column(type="text", nullable=True),
    }


@pytest.fixture
def loan_inputs() -> tuple[str, ...]:
    """What `UseCase.inputs` would give: no date, no text, no protected attribute."""
    return ("income, net", "debt", "status 1", "status 2", "school", "région", "owner")


@pytest.fixture
def loans() -> pd.DataFrame:
    """400 rows as they come out of validation, with missing values."""
    rng = np.random.default_rng(5)
    rows = 400
    opened = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
    frame = pd.DataFrame(
        {
            "age {years}": rng.integers(18, 80, rows),
            "income, net": rng.lognormal(8, 1, rows).round(2),
            "debt": rng.lognormal(7, 2, rows).round(2) - 500,
            "status 1": rng.integers(-2, 5, rows),
            "status 2": rng.integers(-2, 5, rows),
            "school": rng.choice([1, 2, 3, 9], rows, p=[0.3, 0.4, 0.29, 0.01]),
            "région": rng.choice(np.array(["nord", "sud", "est", None], dtype=object), rows, p=[0.5, 0.3, 0.15, 0.05]),
            "owner": rng.choice(np.array([True, False, None], dtype=object), rows),
            "opened": opened,
            "closed": opened + pd.to_timedelta(rng.integers(1, 400, rows), unit="D"),
            "note": rng.choice(np.array(["late twice", "", "ünïcode — {x}", None], dtype=object), rows),
        }
    )
    for column in ("income, net", "debt", "opened"):
        frame.loc[rng.random(rows) < 0.1, column] = None
    return frame


@pytest.fixture
def defaulted(loans: pd.DataFrame) -> pd.Series:
    """A target that depends on the statuses and on whether the income is known."""
    rng = np.random.default_rng(6)
    score = loans["status 1"] + 0.5 * loans["status 2"] + 2 * loans["income, net"].isna()
    return (score + rng.normal(0, 1, len(loans)) > 2).astype("int8")


@pytest.fixture
def loan_features() -> Features:
    """A section that uses derived features of derived features, dates and texts."""
    return Features.model_validate(
        {
            "derive": (
                {"name": "burden", "transform": "ratio", "numerator": "debt", "denominator": "income, net"},
                {"name": "log_burden", "transform": "log", "column": "burden"},
                {"name": "months_late", "transform": "count_where", "columns": ("status 2", "status 1"),
                 "operator": ">=", "value": 1},
                {"name": "start", "transform": "date_parts", "column": "opened"},
                {"name": "season", "transform": "cyclic", "column": "start_month", "period": 12},
                {"name": "duration", "transform": "days_between", "start": "opened", "end": "closed"},
                {"name": "from_north", "transform": "is_in", "column": "région", "codes": ("nord",)},
                {"name": "no_income", "transform": "missing", "column": "income, net"},
                {"name": "note_words", "transform": "text_length", "column": "note", "unit": "words"},
            )
        }
    )  # fmt: skip

"""A small table with every type of column, and what a YAML would say of it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.frames import ROW
from mlops_assets.use_case.data import Column, Comparison, Data, Source

ROWS = 240


@pytest.fixture(scope="session")
def people_data() -> Data:
    """Declarations: weird names, constants, codes of both kinds, nullable columns, and roles that are left out."""
    columns = {
        "id": Column(type="integer", role="identifier"),
        'income {k€} "net"': Column(type="number", min=0),
        "age": Column(type="integer", min=18, max=100),
        "children": Column(type="integer", min=0, max=9, nullable=True),
        "constant": Column(type="integer"),
        "never known": Column(type="number", nullable=True),
        "region": Column(type="category", allowed=("north", "south", "NaN"), nullable=True),
        "grade": Column(type="category", allowed={1: "good", 2: "fair"}, undocumented=(0,)),
        "member": Column(type="boolean"),
        "insured?": Column(type="boolean", nullable=True),
        "start": Column(type="date", role="time", min=dt.date(2019, 1, 1), max=dt.date(2023, 12, 31)),
        "end": Column(type="date", nullable=True, min=dt.date(2019, 1, 1), max=dt.date(2024, 12, 31)),
        "city": Column(type="category", allowed=("p", "q", "r")),
        "country": Column(type="category", allowed=("F", "D")),
        "note": Column(type="text", nullable=True),
        "defaults": Column(type="category", allowed=(0, 1)),
    }
    rules = (
        Comparison(name="ends_late", left="start", operator="<=", right="end"),
        Comparison(name="few_children", left="children", operator="<=", value=2, when={"defaults": (1,)}),
        Comparison(name="by_number", left="id", operator=">=", value=0),
    )
    return Data(source=Source(path="people.csv"), columns=columns, rules=rules)


@pytest.fixture(scope="session")
def people() -> pd.DataFrame:
    """A valid table of 240 rows."""
    generator = np.random.default_rng(5)
    city = generator.choice(["p", "q", "r"], ROWS)
    income = np.round(generator.lognormal(3, 1, ROWS), 2)
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 900, ROWS), unit="D")
    end = pd.Series(start + pd.to_timedelta(generator.integers(0, 60, ROWS), unit="D"))
    end[generator.random(ROWS) < 0.2] = pd.NaT
    risk = 1 / (1 + np.exp(2 * (np.log(income) - 3)))
    return pd.DataFrame(
        {
            ROW: np.arange(ROWS),
            "id": np.arange(1000, 1000 + ROWS),
            'income {k€} "net"': income,
            "age": generator.integers(20, 70, ROWS),
            "children": np.where(generator.random(ROWS) < 0.3, np.nan, generator.integers(0, 4, ROWS)),
            "constant": np.full(ROWS, 7),
            "never known": np.full(ROWS, np.nan),
            "region": _objects(np.where(generator.random(ROWS) < 0.1, None, generator.choice(["north", "NaN"], ROWS))),
            "grade": generator.choice([1, 2, 0], ROWS, p=[0.6, 0.35, 0.05]),
            "member": generator.random(ROWS) < 0.3,
            "insured?": _objects(np.where(generator.random(ROWS) < 0.2, None, generator.random(ROWS) < 0.5)),
            "start": start,
            "end": end,
            "city": _objects(city),
            "country": _objects(np.where(city == "r", "D", "F")),
            "note": _objects(np.full(ROWS, "secret")),
            "defaults": (generator.random(ROWS) < risk).astype("int64"),
        }
    )


def _objects(values: np.ndarray) -> pd.Series:
    return pd.Series(values.tolist(), dtype=object)

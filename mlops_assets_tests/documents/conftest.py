"""A use case with awkward names, and origins of evidence."""

from __future__ import annotations

import pytest

from mlops_assets.documents.evidence import Origin
from mlops_assets.use_case.data import Column, Data, Source
from mlops_assets.use_case.documents import DataCard, Documents, ModelCard
from mlops_assets.use_case.model import Task, UseCase


@pytest.fixture
def card_use_case() -> UseCase:
    columns = {
        "a|b <script>alert(1)</script>": Column(type="number", min=0, max=1_000_000, description="*not* `code` | pipe"),
        "sex [x](javascript:alert(1))": Column(
            type="category", allowed={1: "m|n", 2: "f"}, undocumented=(0,), sensitive=True
        ),
        "y": Column(type="category", allowed=(0, 1)),
    }
    return UseCase(
        name="awkward",
        description="# Not a heading & <b>not bold</b>.",
        owners=("team:x",),
        task=Task(target="y"),
        data=Data(source=Source(path="x.csv", title="Title", licence="CC0"), columns=columns),
        documents=Documents(
            model_card=ModelCard(intended_use="1. For tests", limitations=("- one", "two <i>")),
            data_card=DataCard(motivation="Testing.", collection="By hand."),
        ),
    )


@pytest.fixture
def origin():
    def make(noun: str, run: str = "r1") -> Origin:
        return Origin(f"awkward/{noun}", run, "2026-01-02T03:04:05+00:00")

    return make

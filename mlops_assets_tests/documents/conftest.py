"""A use case with awkward names, and a reader of rendered pages."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from mlops_assets.documents.evidence import Origin
from mlops_assets.use_case.data import Column, Data, Source
from mlops_assets.use_case.documents import DataCard, Documents, ModelCard
from mlops_assets.use_case.model import Task, UseCase


class Page(HTMLParser):
    """What a browser would make of a page: its tags, its text, and the cells of its tables row by row."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._depth = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._depth += tag in ("style", "title", "sup")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag):
        self._depth -= tag in ("style", "title", "sup")
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append("".join(self._cell))
            self._cell = None

    def handle_data(self, data):
        if self._depth:
            return
        self.text += data
        if self._cell is not None:
            self._cell.append(data)


@pytest.fixture(scope="session")
def read_page():
    return Page


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

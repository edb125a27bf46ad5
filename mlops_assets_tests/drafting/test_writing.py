"""A model and the comments on it become YAML that reads back as the same model, with every comment at its place."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from mlops_assets.drafting.writing import write_yaml
from mlops_assets.use_case.data import Column, Data, Shares, Source, Splits
from mlops_assets.use_case.model import Task, UseCase
from mlops_assets.use_case.release import Gate, Release
from mlops_assets.yaml_files.reading import parse_document, read_model

TEXTS = st.one_of(
    st.sampled_from(
        ["1", "01", "yes", "No", "null", "~", "true", "2020-01-02", "a: b", "a #b", "#", "- x", "%", "1e5", "0o17"]
    ),
    st.sampled_from(
        ["12:30", "<<", "=", "&a", "*a", "!t", "{x}", "[y]", "'", '"', "\\", "é ß 名前 😀", "\u200b", "x" * 290]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
CODES = st.one_of(TEXTS, st.integers(-(10**6), 10**6))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
COLUMNS = st.builds(
    lambda given: Column(type="category", **given),
    st.fixed_dictionaries(
        {},
        optional={
            "description": TEXTS,
            "nullable": st.booleans(),
            "min": st.one_of(NUMBERS, st.dates(dt.date(1700, 1, 1))),
            "allowed": st.one_of(st.lists(CODES, max_size=30).map(tuple), st.dictionaries(CODES, TEXTS, max_size=5)),
            "warn": st.just(("allowed",)),
        },
    ),
)


def a_use_case(columns: dict[str, Column], **more: Any) -> UseCase:
    name = next(iter(columns))
    data = Data(source=Source(path="data/x.csv"), columns=columns)
    return UseCase(name="case", description="What for.", owners=("team:x",), task=Task(target=name), data=data, **more)


def read(text: str, model: type[UseCase]) -> UseCase:
    document = parse_document(text, "text")
    reading = read_model(document, model)
    document.refuse(reading.problems)
    return reading.value


def keys_of(found: BaseModel) -> dict[str, Any]:
    return found.model_dump(exclude_unset=True)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    columns=st.dictionaries(TEXTS, COLUMNS, min_size=2, max_size=4),
    notes=st.lists(st.text(max_size=500), max_size=2),
    offered=st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
)
def test_any_model_is_written_so_that_it_reads_back_equal(columns, notes, offered):
    """Odd names, codes 1 and "1", dates, texts with colons, unicode; comments and offers change nothing."""
    case = a_use_case(columns)
    more = case.model_copy(update={"features": case.features.model_copy(update={"exclude": offered})})
    comments = {("data", "columns", name): notes for name in columns} | {(): notes, ("task",): notes}
    text = write_yaml(case, comments, more)

    assert read(text, UseCase) == case
    assert keys_of(read(text, UseCase)) == keys_of(case)
    assert [type(code) for code in read(text, UseCase).target.codes] == [type(code) for code in case.target.codes]
    assert sum(line.lstrip().startswith("# ") for line in text.splitlines()) >= (len(columns) + 2) * len(notes)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS.filter(lambda text: "\x85" not in text))
def test_a_text_is_the_same_text_in_yaml_1_1(text):
    """Other tools, such as editors and PyYAML, read the older YAML: there `yes` without quotes is true."""
    columns = {"y": Column(type="text", description=text), f"{text}k": Column(type="text")}
    found = yaml.safe_load(io.StringIO(write_yaml(a_use_case(columns), {})))["data"]["columns"]

    assert found["y"]["description"] == text
    assert list(found) == ["y", f"{text}k"]


def test_what_a_model_was_given_is_written_and_what_it_has_by_default_is_not():
    text = write_yaml(Splits(method="stratified", shares=Shares(train=0.6, test=0.2)), {})

    assert text == "method: stratified\n\nshares: {train: 0.6, test: 0.2}\n"


def test_whole_numbers_have_no_point_and_true_stays_true():
    text = write_yaml(Column(type="number", nullable=True, min=-500000.0, max=0.1), {})

    assert text == "type: number\nnullable: true\nmin: -500000\nmax: 0.1\n"


def test_a_container_is_a_block_where_it_is_long_or_holds_a_comment():
    gates = tuple(Gate(name=f"g{n}", evidence="data", metric="m" * (30 * n), at_least=0.5) for n in (1, 2, 3))
    lines = write_yaml(Release(gates=gates), {("gates", 0, "metric"): ["why"]}).splitlines()

    assert lines[:4] == ["gates:", "  - name: g1", "    evidence: data", "    # why"]
    assert lines[6] == f"  - {{name: g2, evidence: data, metric: {'m' * 60}, at_least: 0.5}}"
    assert lines[7] == "  - name: g3"


def test_an_offer_stands_behind_marks_in_the_order_of_the_fields_and_can_be_uncommented():
    case = a_use_case({"y": Column(type="boolean"), "x": Column(type="number")})
    more = case.model_copy(
        update={
            "task": case.task.model_copy(update={"positive": (True, "a: b")}),
            "release": Release(gates=(Gate(name="g", evidence="data", metric="m"),) * 2),
        }
    )
    text = write_yaml(case, {("task", "positive"): ["which?"], ("release",): ["later"]}, more)
    uncommented = text.replace("# which?", "").replace("# later", "").replace("# ", "")

    assert '\n  # which?\n  # positive: [true, "a: b"]\n\ndata:' in text
    assert "\n\n# later\n# release:\n#   gates:\n#     - {name: g, evidence: data, metric: m}\n" in text
    assert read(text, UseCase) == case
    assert read(uncommented, UseCase) == more


def test_a_comment_stays_on_its_line_and_a_long_one_is_cut():
    text = write_yaml(Shares(train=0.5, test=0.3), {("test",): ["a\nb\u2028c", "x" * 900]})

    assert text.splitlines()[1] == "# a\\nb\\u2028c"
    assert len(text.splitlines()[2]) == 402


def test_a_comment_on_what_is_not_there_is_a_mistake_of_the_program():
    with pytest.raises(KeyError):
        write_yaml(Shares(train=0.5), {("trian",): ["which rows?"]})

"""Rows that break a rule are quarantined whole, all others are valid, and none is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mlops_assets.data.findings import judge_batch_warnings, judge_warnings
from mlops_assets.data.validation import (
    Validation,
    ValidationReport,
    judge_validation,
    validate,
    validate_batch,
)
from mlops_assets.errors import DataError
from mlops_assets.use_case.data import Column, Comparison, Data, Source, Splits
from mlops_assets.use_case.model import Task
from mlops_assets.verdicts import Outcome


def with_value(frame: pd.DataFrame, row: int, column: str, value: Any) -> pd.DataFrame:
    """Return a copy in which one cell holds `value`, whatever it is."""
    changed = frame.astype({column: object})
    changed.at[row, column] = value
    return changed


def rules_of(found: Validation) -> list[str]:
    return [finding.rule for finding in found.findings]


def test_a_clean_table_is_valid_as_it_stands(loans, make_data):
    found = validate(loans, make_data(), target="repaid")

    assert found.findings == ()
    assert len(found.quarantined) == 0
    assert found.valid.drop(columns="__row__").equals(loans)
    assert list(found.quarantined.columns) == ["__row__", *loans.columns, "__rules__"]


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("id", "seven", "id.type"),
        ("id", 7.5, "id.type"),
        ("id", None, "id.missing"),
        ("id", 0, "id.min"),
        ("amount", "1.2.3", "amount.type"),
        ("amount", -0.01, "amount.min"),
        ("amount", 1000.5, "amount.max"),
        ("grade", "C", "grade.allowed"),
        ("grade", "a", "grade.allowed"),
        ("grade", None, "grade.missing"),
        ("repaid", 2, "repaid.allowed"),
        ("repaid", "x", "repaid.type"),
        ("repaid", None, "repaid.missing"),
    ],
)
def test_a_row_that_breaks_a_rule_is_quarantined_whole_with_what_was_read(loans, make_data, column, value, rule):
    raw = with_value(loans, 4, column, value)
    found = validate(raw, make_data(), target="repaid")
    expected = {"__row__": 4, **raw.loc[4].to_dict(), "__rules__": rule}

    assert found.quarantined.iloc[0].to_dict() == expected
    assert len(found.valid) == 11
    assert rules_of(found) == [rule]
    assert found.findings[0].count == 1
    assert found.findings[0].examples[0].startswith("row 4: ")


@pytest.mark.parametrize("value", [np.inf, -np.inf, "inf"])
def test_infinite_values_break_a_rule_of_their_own(loans, make_data, value):
    found = validate(with_value(loans, 2, "amount", value), make_data(), target="repaid")

    assert "amount.finite" in found.quarantined["__rules__"].iloc[0].split("; ")
    assert len(found.valid) == 11


def test_every_row_of_a_repeated_identifier_is_suspect(loans, make_data):
    """Two rows that are the same in every column are suspect as well: nothing tells why they are two."""
    raw = pd.concat([loans, loans.iloc[[0]], loans.iloc[[3]].assign(amount=999.0)], ignore_index=True)
    found = validate(raw, make_data(), target="repaid")

    assert found.quarantined["__row__"].tolist() == [0, 3, 12, 13]
    assert set(found.quarantined["__rules__"]) == {"id.unique"}


def test_missing_values_are_no_duplicates(loans, make_data):
    data = make_data({"code": {"type": "text", "unique": True, "nullable": True}, "y": {"type": "integer"}})
    found = validate(pd.DataFrame({"code": ["a", None, None], "y": [1, 2, 3]}), data, target=None)

    assert len(found.valid) == 3


def test_a_row_names_every_rule_it_breaks(loans, make_data):
    raw = with_value(with_value(loans, 1, "id", "?"), 1, "grade", "Z")
    found = validate(raw, make_data(), target="repaid")

    assert found.quarantined["__rules__"].tolist() == ["id.type; grade.allowed"]


def test_an_undocumented_code_is_kept_and_reported(loans, make_data):
    found = validate(with_value(with_value(loans, 1, "grade", "X"), 5, "grade", "X"), make_data(), target="repaid")

    assert len(found.valid) == 12
    assert [(f.rule, f.severity, f.count) for f in found.findings] == [("grade.undocumented", "warning", 2)]
    assert found.findings[0].examples == ("code 'X' in 2 rows",)


def test_a_rule_that_only_warns_keeps_the_row(loans, make_data):
    columns = {"x": {"type": "number", "max": 5, "warn": ("max",)}, "y": {"type": "integer"}}
    found = validate(pd.DataFrame({"x": [1.0, 9.0], "y": [1, 2]}), make_data(columns), target=None)

    assert found.valid["x"].tolist() == [1.0, 9.0]
    assert [(f.rule, f.severity) for f in found.findings] == [("x.max", "warning")]


def test_where_the_type_only_warns_the_value_counts_as_missing(make_data):
    columns = {"x": {"type": "number", "warn": ("type",), "nullable": True}, "z": {"type": "number", "warn": ("type",)}}
    raw = pd.DataFrame({"x": ["1", "?", "3"], "z": ["1", "2", "?"]})
    found = validate(raw, make_data(columns), target=None)

    assert found.valid["x"].isna().tolist() == [False, True]
    assert found.quarantined["__rules__"].tolist() == ["z.missing"]
    assert rules_of(found) == ["x.type", "z.type", "z.missing"]


def test_a_target_must_be_known_whatever_its_column_says(make_data):
    data = make_data({"x": {"type": "integer"}, "y": {"type": "boolean", "nullable": True, "warn": ("missing",)}})
    raw = pd.DataFrame({"x": [1, 2, 3], "y": ["true", None, "false"]})

    assert validate(raw, data, target="y").quarantined["__rules__"].tolist() == ["y.missing"]
    assert len(validate(raw, data, target=None).valid) == 3


def test_a_pattern_holds_for_the_whole_text(make_data):
    data = make_data({"code": {"type": "text", "pattern": "[A-Z]{2}|[0-9]+"}, "y": {"type": "integer"}})
    raw = pd.DataFrame({"code": ["AB", "007", "ABC", "AB\n", "xAB"], "y": range(5)})

    assert validate(raw, data, target=None).quarantined["__row__"].tolist() == [2, 3, 4]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}$"])
@pytest.mark.timeout(20)
def test_no_pattern_hangs_on_any_text(make_data, pattern):
    """Each of these takes a backtracking engine longer than anybody waits."""
    data = make_data({"code": {"type": "text", "pattern": pattern}, "y": {"type": "integer"}})
    raw = pd.DataFrame({"code": ["a" * 20, "a" * 5000 + "!"], "y": range(2)})

    assert validate(raw, data, target=None).quarantined["__row__"].tolist() == [1]


def test_dates_keep_their_bounds_to_the_last_hour_of_the_last_day(make_data):
    column = {"type": "date", "min": dt.date(2020, 1, 1), "max": dt.date(2020, 12, 31)}
    raw = pd.DataFrame({"d": ["2020-01-01", "2020-12-31 23:59", "2019-12-31", "2021-01-01"], "y": range(4)})
    found = validate(raw, make_data({"d": column, "y": {"type": "integer"}}), target=None)

    assert found.quarantined["__rules__"].tolist() == ["d.min", "d.max"]
    assert [finding.reason for finding in found.findings] == [
        "the value is below 2020-01-01",
        "the value is above 2020-12-31",
    ]


PAIR = {
    "left side": {"type": "number", "nullable": True},
    "right": {"type": "integer", "nullable": True},
    "kind": {"type": "category", "allowed": ("a", "b"), "nullable": True},
}


@pytest.mark.parametrize(
    ("operator", "broken"), [("<", [1, 2]), ("<=", [2]), ("==", [0, 2]), ("!=", [1]), (">=", [0]), (">", [0, 1])]
)
def test_a_rule_across_columns_compares_where_both_sides_are_known(make_data, operator, broken):
    rules = ({"name": "order", "left": "left side", "operator": operator, "right": "right"},)
    raw = pd.DataFrame({"left side": [1, 2, 3, None, 5], "right": [2, 2, 2, 2, None], "kind": ["a"] * 5})
    found = validate(raw, make_data(PAIR, rules=rules), target=None)

    assert found.quarantined["__row__"].tolist() == broken
    assert set(found.quarantined["__rules__"]) == {"order"}


def test_a_rule_across_columns_holds_only_where_its_condition_is_met(make_data):
    rules = ({"name": "cap", "left": "left side", "operator": "<=", "value": 2, "when": {"kind": ("b",)}},)
    raw = pd.DataFrame({"left side": [9, 9, 1, 9], "right": [None] * 4, "kind": ["a", "b", "b", None]})
    found = validate(raw, make_data(PAIR, rules=rules), target=None)

    assert found.quarantined["__row__"].tolist() == [1]
    assert found.findings[0].reason == "left side <= 2 does not hold"
    assert found.findings[0].examples == ("row 1: 9",)


def test_a_rule_across_columns_that_only_warns_shows_both_values(make_data):
    rules = ({"name": "order", "left": "left side", "operator": "<", "right": "right", "severity": "warning"},)
    raw = pd.DataFrame({"left side": [1.0, 7.0], "right": [2, 2], "kind": ["a", "a"]})
    found = validate(raw, make_data(PAIR, rules=rules), target=None)

    assert len(found.valid) == 2
    assert found.findings[0].examples == ("row 1: 7.0 and 2",)


def test_a_value_that_is_no_number_does_not_upset_the_rules_across_columns(make_data):
    rules = ({"name": "order", "left": "left side", "operator": "<", "right": "right"},)
    raw = pd.DataFrame({"left side": ["1", "?", "7"], "right": ["2", "2", "two"], "kind": ["a", "a", "c"]})
    found = validate(raw, make_data(PAIR, rules=rules), target=None)

    assert found.quarantined["__rules__"].tolist() == ["left side.type", "right.type; kind.allowed"]


def test_a_rule_that_cannot_be_evaluated_is_named(make_data):
    rules = ({"name": "odd", "left": "kind", "operator": "<", "right": "right"},)
    raw = pd.DataFrame({"left side": [1.0], "right": [2], "kind": ["a"]})

    with pytest.raises(DataError, match="odd: the rule cannot be evaluated"):
        validate(raw, make_data(PAIR, rules=rules), target=None)


def test_a_pattern_that_is_none_is_named(make_data):
    data = make_data({"a": {"type": "text", "pattern": "("}, "b": {"type": "text"}})

    with pytest.raises(DataError, match=r"a.pattern: the rule cannot be evaluated; .*missing \)"):
        validate(pd.DataFrame({"a": ["x"], "b": ["y"]}), data, target=None)


def test_undeclared_columns_are_left_out_with_a_warning_or_refused(loans, make_data):
    raw = loans.assign(extra=1)
    found = validate(raw, make_data(extra_columns="warning"), target="repaid")

    assert "extra" not in found.valid.columns
    assert rules_of(found) == ["extra.undeclared"]
    with pytest.raises(DataError, match="1 columns of the table are not declared"):
        validate(raw, make_data(), target="repaid")


def test_an_absent_column_is_refused(loans, make_data):
    with pytest.raises(DataError, match="1 declared columns are not in the table; expected 'amount'"):
        validate(loans.drop(columns="amount"), make_data(), target="repaid")


def test_a_repeated_index_costs_no_row(loans, make_data):
    raw = with_value(loans, 0, "id", -1).set_index(pd.Index([0] * 12))
    found = validate(raw, make_data(), target="repaid")

    assert (len(found.valid), len(found.quarantined)) == (11, 1)


def test_the_position_in_the_file_stays_with_the_row(loans, make_data):
    raw = with_value(loans, 0, "id", -1)
    raw.insert(0, "__row__", np.arange(100, 112))
    found = validate(raw, make_data(), target="repaid")

    assert found.valid["__row__"].tolist() == list(range(101, 112))
    assert found.quarantined["__row__"].tolist() == [100]
    assert found.findings[0].examples == ("row 100: -1",)


ODD_NAMES = ["a b", "{x}", "'q'", "größe.max", "日本", "0", "__import__('os')", "a;b", "b.min"]


def test_odd_column_names_are_ordinary(make_data):
    rules = ({"name": "order", "left": "a b", "operator": "<=", "right": "{x}"},)
    data = make_data({name: {"type": "integer", "max": 8} for name in ODD_NAMES}, rules=rules)
    found = validate(pd.DataFrame({name: [1, 9, n] for n, name in enumerate(ODD_NAMES)}), data, target=None)

    assert rules_of(found) == [f"{name}.max" for name in ODD_NAMES]
    assert found.valid["__row__"].tolist() == [0, 2]


def test_a_batch_may_lack_the_outcome(loans, make_data):
    rules = ({"name": "odd", "left": "repaid", "operator": "<", "right": "amount"},)
    absent = validate_batch(loans.drop(columns="repaid"), make_data(rules=rules), "repaid")
    partly = validate_batch(with_value(loans, 3, "repaid", None), make_data(), "repaid")
    empty = validate_batch(loans.assign(repaid=None), make_data(), "repaid")

    assert "repaid" not in absent.valid.columns
    assert [len(v.valid) for v in (absent, partly, empty)] == [12, 12, 12]
    assert partly.valid["repaid"].isna().sum() == 1


cell = st.one_of(
    st.none(), st.integers(-5, 20), st.floats(), st.text(max_size=3), st.sampled_from(["A", "B", "X", "1"])
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(cell, cell, cell, cell), min_size=1, max_size=12), st.sampled_from(["repaid", None]))
def test_rows_reconcile_exactly_whatever_the_table_holds(rows, target):
    """Each row is valid or quarantined, never both, never neither, and comes back with the values that were read."""
    columns = {
        "id": Column(type="integer", unique=True, min=0),
        "amount": Column(type="number", max=10, nullable=True),
        "grade": Column(type="category", allowed=("A", "B"), undocumented=("X",)),
        "repaid": Column(type="category", allowed=(0, 1)),
    }
    rules = (Comparison(name="order", left="id", operator="<=", right="amount"),)
    data = Data(source=Source(path="t.csv"), columns=columns, rules=rules)
    raw = pd.DataFrame(rows, columns=list(columns), dtype=object)
    found = validate(raw, data, target=target)
    positions = [*found.valid["__row__"], *found.quarantined["__row__"]]
    again = validate(found.valid, data, target=target)

    assert found.rows_in == len(raw) == len(found.valid) + len(found.quarantined)
    assert sorted(positions) == list(range(len(raw)))
    assert (found.quarantined["__rules__"] != "").all()
    kept = raw.iloc[found.quarantined["__row__"].tolist()].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.quarantined[list(columns)], kept)
    assert len(again.quarantined) == 0, "what is valid stays valid"


def test_the_report_is_a_record_that_survives_json(loans, make_data):
    report = validate(with_value(loans, 1, "grade", "X"), make_data(), target="repaid").report()
    adapter = TypeAdapter(ValidationReport)

    assert adapter.validate_json(adapter.dump_json(report)) == report
    assert report.classes == {"0": 6, "1": 6}


def test_a_good_table_passes(loans, make_data, loans_task):
    data = make_data(minimum_rows=12)
    verdict = judge_validation(validate(loans, data, target="repaid").report(), data, loans_task)

    assert verdict.outcome is Outcome.PASSED
    assert verdict.value == 0.0


def test_too_much_quarantine_fails_and_names_the_rules_with_counts_and_examples(loans, make_data, loans_task):
    data = make_data(minimum_rows=5)
    raw = with_value(with_value(loans, 2, "grade", "Q"), 3, "grade", "R")
    verdict = judge_validation(validate(raw, data, target="repaid").report(), data, loans_task)

    assert verdict.outcome is Outcome.FAILED
    assert "2 of 12 rows (16.67 %) are quarantined, and at most 5 % may be" in verdict.reason
    assert "grade.allowed in 2 rows: the value is none of 'A', 'B', 'X' (row 2: 'Q', row 3: 'R')" in verdict.reason


def test_too_few_rows_fail(loans, make_data, loans_task):
    data = make_data(minimum_rows=13)
    verdict = judge_validation(validate(loans, data, target="repaid").report(), data, loans_task)

    assert verdict.outcome is Outcome.FAILED
    assert "12 valid rows are left, and at least 13 are needed" in verdict.reason


@pytest.mark.parametrize("value", [0, 1])
def test_a_target_of_one_class_fails(loans, make_data, loans_task, value):
    data = make_data(minimum_rows=1)
    verdict = judge_validation(validate(loans.assign(repaid=value), data, target="repaid").report(), data, loans_task)

    assert verdict.outcome is Outcome.FAILED
    assert f"the target 'repaid' has a single class: {12 * value} of 12 valid rows are positive (1)" in verdict.reason


@pytest.mark.parametrize(("values", "positive"), [(["no", "yes"], "yes"), ([False, True], True), ([False, True], 1)])
def test_classes_are_counted_for_texts_and_truth_values(make_data, values, positive):
    column = {"type": "category", "allowed": ("no", "yes")} if positive == "yes" else {"type": "boolean"}
    data = make_data({"x": {"type": "integer"}, "y": column}, minimum_rows=1)
    found = validate(pd.DataFrame({"x": [1, 2], "y": values}), data, target="y")

    assert judge_validation(found.report(), data, Task(target="y", positive=positive)).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("positive", "positives"), [(("late", "never"), 2), (("late",), 1), (("on time", "late", "never"), 3)]
)
def test_the_classes_of_several_positive_values_are_counted_together(make_data, positive, positives):
    data = make_data(
        {"x": {"type": "integer"}, "y": {"type": "category", "allowed": ("on time", "late", "never")}}, minimum_rows=1
    )
    found = validate(pd.DataFrame({"x": [1, 2, 3], "y": ["on time", "late", "never"]}), data, target="y")
    verdict = judge_validation(found.report(), data, Task(target="y", positive=positive))

    assert verdict.outcome is (Outcome.FAILED if positives == 3 else Outcome.PASSED)


def test_a_batch_needs_one_valid_row_and_neither_classes_nor_many(loans, make_data):
    data = make_data(minimum_rows=1000)
    one, none = (
        validate_batch(loans.head(1), data, "repaid"),
        validate_batch(loans.head(1).assign(id=0), data, "repaid"),
    )

    assert judge_validation(one.report(), data, None).outcome is Outcome.PASSED
    assert judge_validation(none.report(), data, None).outcome is Outcome.FAILED


def test_a_column_without_any_value_blocks_unless_it_may_be_missing(loans, make_data, loans_task):
    data = make_data(minimum_rows=1)
    blocked = validate(loans.assign(grade=None), data, target="repaid")
    allowed = validate(loans.assign(amount=None), data, target="repaid")

    assert "grade.missing in 12 rows" in judge_validation(blocked.report(), data, loans_task).reason
    assert judge_validation(blocked.report(), data, loans_task).outcome is Outcome.FAILED
    assert judge_validation(allowed.report(), data, loans_task).outcome is Outcome.PASSED
    assert judge_warnings(allowed.report()).reason == "no value in any row: 'amount'"


def test_constant_columns_warn(loans, make_data):
    verdict = judge_warnings(validate(loans.assign(grade="A"), make_data(), target="repaid").report())

    assert verdict.outcome is Outcome.FAILED
    assert verdict.reason == "constant, so nothing to learn from: 'grade'"


def test_nothing_odd_is_a_pass(loans, make_data):
    assert judge_warnings(validate(loans, make_data(), target="repaid").report()).outcome is Outcome.PASSED


def test_messages_stay_short_however_long_the_values_are(make_data, loans_task):
    data = make_data({"x": {"type": "integer"}, "repaid": {"type": "integer"}}, minimum_rows=1)
    raw = pd.DataFrame({"x": ["y" * 10_000] * 500, "repaid": range(500)})

    assert len(judge_validation(validate(raw, data, target="repaid").report(), data, loans_task).reason) < 1500


def _loans_of(make_data: Any) -> dict[str, dict[str, Any]]:
    """Return the columns of the small table of loans as plain dicts."""
    return {name: column.model_dump(exclude_unset=True) for name, column in make_data().columns.items()}


IGNORED: dict[str, Any] = {
    "integer": {"type": "integer", "min": 0, "max": 5, "unique": True},
    "number": {"type": "number", "min": 0},
    "codes": {"type": "category", "allowed": (1, 2), "undocumented": (3,)},
    "text": {"type": "text", "pattern": "[a-z]+"},
    "date": {"type": "date", "min": dt.date(2020, 1, 1), "format": "%d.%m.%Y"},
    "boolean": {"type": "boolean"},
}


@pytest.mark.parametrize("facts", IGNORED.values(), ids=IGNORED)
@pytest.mark.parametrize("values", [["?", "?"], [None, None], ["9", "-9"], ["inf", "3"], None], ids=str)
def test_a_column_that_is_ignored_quarantines_nothing_whatever_it_holds(facts, values, make_data, loans):
    data = make_data({**_loans_of(make_data), "old": {**facts, "role": "ignore"}})
    table = loans if values is None else loans.assign(old=values * 6)

    for found in (validate(table, data, target="repaid"), validate_batch(table.drop(columns="repaid"), data, "repaid")):
        assert (len(found.valid), len(found.quarantined), found.findings) == (12, 0, ())
        assert list(found.valid.columns) == ["__row__", *(name for name in data.columns if name in found.valid)]
        assert "old" in found.valid
        assert (found.report().constant, found.report().empty) == ((), ())


def test_a_rule_across_columns_still_holds_for_an_ignored_column(make_data, loans):
    data = make_data(
        {**_loans_of(make_data), "old": {"type": "integer", "role": "ignore"}},
        rules=[{"name": "older", "left": "old", "operator": ">", "right": "id"}],
    )

    found = validate(loans.assign(old=[100] * 11 + [0]), data, target="repaid")

    assert found.quarantined["__rules__"].tolist() == ["older"]


def test_a_batch_is_warned_of_what_the_table_never_broke_and_of_nothing_else(make_data, loans):
    data = make_data(
        {**_loans_of(make_data), "grade": {"type": "category", "allowed": ("A", "B"), "warn": ("allowed",)}}
    )
    usual = validate(loans, data, target="repaid").report()
    odd = validate(with_value(loans, 0, "grade", "Q"), data, target="repaid").report()
    batch = validate_batch(with_value(loans, 3, "grade", "Z").drop(columns="repaid"), data, "repaid").report()

    verdict = judge_batch_warnings(batch, usual)

    assert (batch.rows_valid, verdict.outcome, verdict.value) == (12, Outcome.FAILED, 1.0)
    assert "grade.allowed in 1 rows: the value is none of 'A', 'B' (row 3: 'Z')" in verdict.reason
    assert judge_batch_warnings(batch, odd).outcome is Outcome.PASSED
    assert judge_batch_warnings(usual, usual).outcome is Outcome.PASSED


def test_a_column_that_the_splits_read_keeps_its_rules_though_it_is_ignored(make_data, loans):
    splits = Splits(method="temporal", time="old")
    data = make_data({**_loans_of(make_data), "old": {"type": "date", "role": "ignore"}}, splits=splits)

    found = validate(loans.assign(old=["2020-01-01"] * 11 + ["?"]), data, target="repaid")

    assert found.quarantined["__rules__"].tolist() == ["old.type"]

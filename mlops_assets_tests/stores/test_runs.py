import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from mlops_assets.stores.runs import entity_name, failed_step, find_runs, parameter_text, set_status

FIRST, SECOND = "11111111-aaaa", "22222222-bbbb"


def test_runs_are_found_by_the_dagster_run_they_belong_to(make_run, store_uri):
    made = [make_run(name, run) for name in ("a", "b") for run in (FIRST, SECOND)]
    set_status(store_uri, made[0], "FINISHED", {"dagster.status": "SUCCESS"}, end_time=5)
    found = find_runs(store_uri)

    assert [run.run_id for run in found] == made
    assert [run.status for run in found] == ["FINISHED", *["RUNNING"] * 3]
    assert found[0].tags["dagster.status"] == "SUCCESS"
    assert [run.use_case for run in find_runs(store_uri, FIRST)] == ["a", "b"]
    assert find_runs(store_uri, "nobody") == ()


def test_a_store_without_any_use_case_holds_no_runs(store_uri):
    assert find_runs(store_uri) == ()


def test_the_reason_of_a_failure_shows_no_password_and_is_short():
    (value,) = failed_step("credit__model", "https://a:b@host" + "x" * 900).values()

    assert value.startswith("https://***@host")
    assert len(value) == 500


@given(st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=3))
def test_any_name_becomes_one_that_mlflow_takes(parts):
    from mlflow.utils.validation import _validate_metric

    name = entity_name(*parts)

    assert len(name) <= 250
    _validate_metric(name, 1.0, 0, 0)


@given(st.text(min_size=1, max_size=150), st.text(min_size=1, max_size=150))
def test_different_names_stay_different(one, other):
    assert (entity_name(one) == entity_name(other)) == (one == other)


@pytest.mark.parametrize("name", ["auc", "mean bill", "größe", "a.b-c_d", "x:y"])
def test_names_that_fit_stay_as_they_are(name):
    assert entity_name("test", name) == f"test/{name}"


def test_a_long_parameter_says_that_it_was_cut():
    text = parameter_text("x" * 10_000)

    assert len(text) == 6000
    assert "10000 characters, SHA-256" in text
    assert parameter_text(math.pi) == "3.141592653589793"

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from mlops_assets.stores.runs import end_runs, entity_name, failed_step, parameter_text
from mlops_assets.stores.tracking import tracking_client
from mlops_assets_tests.tracked_runs import find_runs

FIRST, SECOND = "11111111-aaaa", "22222222-bbbb"


def test_the_runs_of_a_dagster_run_end_and_no_others(make_run, store_uri):
    made = [make_run(name, run) for name in ("a", "b") for run in (FIRST, SECOND)]
    ended = end_runs(store_uri, FIRST, "FINISHED", {"dagster.status": "SUCCESS"}, end_time=5)
    found = {run.run_id: run for run in find_runs(store_uri)}

    assert ended == 2
    assert [found[run].status for run in made] == ["FINISHED", "RUNNING"] * 2
    assert {found[run].tags.get("dagster.status") for run in (made[0], made[2])} == {"SUCCESS"}
    assert tracking_client(store_uri).get_run(made[0]).info.end_time == 5


def test_a_killed_run_stays_killed_where_that_is_asked_for(make_run, store_uri):
    make_run()
    statuses = []
    for killed_stay in (True, False):
        end_runs(store_uri, FIRST, "KILLED")
        end_runs(store_uri, FIRST, "FAILED", killed_stay=killed_stay)
        statuses += [run.status for run in find_runs(store_uri)]

    assert statuses == ["KILLED", "FAILED"]


def test_a_store_without_any_use_case_holds_no_runs(store_uri):
    assert end_runs(store_uri, FIRST, "FAILED") == 0


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

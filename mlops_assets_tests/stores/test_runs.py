import math
import subprocess
import sys
import threading

import hypothesis.strategies as st
import pytest
from hypothesis import given

from mlops_assets.stores.runs import (
    entity_name,
    failed_step,
    find_runs,
    mark_step_failed,
    open_run,
    parameter_text,
    set_status,
)

FIRST, SECOND = "11111111-aaaa", "22222222-bbbb"


def test_a_run_follows_the_naming_standard(store_folder, store_uri):
    run = open_run(store_uri, store_folder, "credit", FIRST, {"dagster_job": "j"})

    assert run.tags["mlflow.runName"] == "credit/11111111"
    assert (run.use_case, run.dagster_run_id, run.status) == ("credit", FIRST, "RUNNING")
    assert run.tags["dagster_job"] == "j"


def test_steps_in_parallel_get_the_same_run(store_folder, store_uri):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(open_run(store_uri, store_folder, "credit", FIRST, {}).run_id))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4
    assert len(set(found)) == 1


def test_use_cases_and_dagster_runs_are_kept_apart(store_folder, store_uri):
    opened = [open_run(store_uri, store_folder, name, run, {}) for name in ("a", "b") for run in (FIRST, SECOND)]
    set_status(store_uri, opened[0], "FINISHED", {})

    assert len({run.run_id for run in opened}) == 4
    assert len(find_runs(store_uri)) == 4
    assert [run.use_case for run in find_runs(store_uri, dagster_run_id=FIRST)] == ["a", "b"]
    assert [run.dagster_run_id for run in find_runs(store_uri, ["a"])] == [FIRST, SECOND]
    assert len(find_runs(store_uri, status="RUNNING")) == 3
    assert find_runs(store_uri, ["nobody"]) == ()


def test_a_failing_step_marks_the_run_of_its_own_use_case(store_folder, store_uri):
    """The longest name wins where one use case's name begins with another's."""
    for name in ("credit", "credit__small", "other"):
        open_run(store_uri, store_folder, name, FIRST, {})
    marked = mark_step_failed(store_uri, FIRST, "credit__small__model", "DataError: https://a:b@host is down")
    status = {run.use_case: (run.status, run.failed_steps) for run in find_runs(store_uri)}

    assert [run.use_case for run in marked] == ["credit__small"]
    assert status["credit__small"] == ("FAILED", ("credit__small__model",))
    assert status["credit"] == status["other"] == ("RUNNING", ())


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


def test_looking_for_what_a_local_store_does_not_hold_imports_no_mlflow(store_folder, store_uri):
    """A second invocation with nothing to do must not pay for the import."""
    finished = open_run(store_uri, store_folder, "credit", FIRST, {})
    set_status(store_uri, finished, "FINISHED", {})
    code = (
        "import sys; from mlops_assets.stores.runs import find_runs; uri = sys.argv[1]\n"
        "found = find_runs(uri, status='RUNNING'), find_runs(uri, dagster_run_id='nobody')\n"
        "print(found, 'mlflow' in sys.modules, len(find_runs(uri, dagster_run_id=sys.argv[2], status='FINISHED')))"
    )
    done = subprocess.run([sys.executable, "-c", code, store_uri, FIRST], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "((), ()) False 1"

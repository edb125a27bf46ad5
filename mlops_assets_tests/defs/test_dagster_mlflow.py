"""What dagster-mlflow does by itself. ADR 13 rests on it: where one of these fails, read that page again."""

import subprocess
import sys

import dagster as dg
import mlflow
import pytest

from mlops_assets.stores.tracking import ensure_experiment, prepare_tracking, tracking_client

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return prepare_tracking(None, tmp_path_factory.mktemp("store"))


@pytest.fixture
def run_job(store):
    """Runs assets as a user of dagster-mlflow would; returns the result and the runs of the experiment."""
    from dagster_mlflow import mlflow_tracking

    def run(experiment, *assets):
        config = {"experiment_name": experiment, "mlflow_tracking_uri": store}
        client = tracking_client(store)
        ensure_experiment(client, store, experiment)
        resources = {"mlflow": mlflow_tracking.configured(config)}
        with dg.DagsterInstance.ephemeral() as instance:
            result = dg.materialize(list(assets), instance=instance, resources=resources, raise_on_error=False)
        return result, client.search_runs([client.get_experiment_by_name(experiment).experiment_id])

    yield run
    mlflow.end_run()


def logging_asset(name, body=lambda: None, **more):
    @dg.asset(name=name, required_resource_keys={"mlflow"}, **more)
    def logging(context: dg.AssetExecutionContext) -> None:
        context.resources.mlflow.log_metric(name, 1.0)
        body()

    return logging


def fail():
    raise ValueError("no luck")


def test_importing_it_imports_mlflow():
    code = "import dagster_mlflow, sys; print('mlflow.tracking' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "True"


def test_it_has_one_experiment_for_all_assets_of_a_run(run_job):
    result, runs = run_job("one", logging_asset("credit_model"), logging_asset("churn_model"))

    assert result.success
    assert [set(run.data.metrics) for run in runs] == [{"credit_model", "churn_model"}]


def test_it_logs_to_whatever_run_is_active(run_job, store):
    mlflow.set_tracking_uri(store)
    mlflow.set_experiment("somebody else's")
    with mlflow.start_run() as foreign:
        _, runs = run_job("mine", logging_asset("model"))
        logged = tracking_client(store).get_run(foreign.info.run_id).data

    assert runs == []
    assert logged.metrics == {"model": 1.0}
    assert "dagster_run_id" in logged.tags


def test_its_hook_says_finished_although_the_dagster_run_failed(run_job):
    """The run of the failed step is FAILED; what a later step logs is in a second run, which is FINISHED."""
    from dagster_mlflow import end_mlflow_on_run_finished

    hooks = {end_mlflow_on_run_finished}
    failing, last = logging_asset("a_first", fail, hooks=hooks), logging_asset("b_last", hooks=hooks)
    result, runs = run_job("hooked", failing, last)

    assert not result.success
    assert sorted((run.info.status, tuple(run.data.metrics), "dagster_run_id" in run.data.tags) for run in runs) == [
        ("FAILED", ("a_first",), True),
        ("FINISHED", ("b_last",), False),
    ]


EXITS = """
import sys, dagster as dg
from dagster_mlflow import mlflow_tracking
@dg.asset(required_resource_keys={"mlflow"})
def model(context):
    context.resources.mlflow.log_metric("a", 1.0)
    raise ValueError("no luck")
config = {"experiment_name": "exits", "mlflow_tracking_uri": sys.argv[1]}
dg.materialize([model], resources={"mlflow": mlflow_tracking.configured(config)}, raise_on_error=False)
"""


def test_an_exit_of_the_process_finishes_its_run(store):
    client = tracking_client(store)
    experiment = ensure_experiment(client, store, "exits")
    subprocess.run([sys.executable, "-W", "ignore", "-c", EXITS, store], capture_output=True, check=True)
    (run,) = client.search_runs([experiment])

    assert run.info.status == "FINISHED"

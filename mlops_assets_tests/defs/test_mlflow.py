import os
import shutil
import signal
import subprocess
import sys

import dagster as dg
import mlflow as mlflow_library
import pytest

from mlops_assets.defs.mlflow import CLOSED, OPEN, RUN_STATE_TAG, MlflowResource
from mlops_assets.defs.mlflow_status import ALIVE_TAG, close_runs, mark_failed, reap_runs, status_sensors
from mlops_assets.defs.resources import Workspace
from mlops_assets.errors import TrackingError
from mlops_assets.stores.locks import sign_of_life
from mlops_assets.stores.tracking import prepare_tracking, tracking_client
from mlops_assets.verdicts import MetricValue
from mlops_assets_tests.tracked_runs import find_runs


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A migrated MLflow store, made once and copied by each test."""
    folder = tmp_path_factory.mktemp("migrated")
    prepare_tracking(None, folder)
    return folder / "mlflow.db"


@pytest.fixture
def resource(tmp_path, migrated, monkeypatch):
    """The resource of a project in a folder of its own, with a store that is ready."""
    monkeypatch.chdir(tmp_path)
    project = tmp_path / "project"
    (project / "configs" / "environments").mkdir(parents=True)
    (project / "configs" / "environments" / "local.yaml").write_text("executor: {kind: in_process}\n")
    made = MlflowResource(workspace=Workspace(root=str(project), environment_name="local"))
    made.workspace.layout.mlflow.mkdir(parents=True)
    shutil.copy(migrated, made.workspace.layout.mlflow / "mlflow.db")
    return made


@pytest.fixture
def instance(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def logging_asset(use_case, name, body=lambda run: None, deps=(), **more):
    """An asset `<use_case>/<name>` that calls `body` with its MLflow run."""

    @dg.asset(key=[use_case, name], deps=list(deps), hooks={mark_failed}, required_resource_keys={"mlflow"}, **more)
    def logging(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with context.resources.mlflow.run(context, use_case) as run:
            body(run)
            linked = run.metadata()
        return dg.MaterializeResult(metadata=linked)

    return logging


def materialize(assets, resource, instance, **more):
    return dg.materialize(assets, instance=instance, resources={"mlflow": resource}, raise_on_error=False, **more)


def fail(run):
    run.log_metrics({"search/value": 0.1})
    raise ValueError("no luck at https://anna:secret@host")


def test_loading_the_module_imports_neither_mlflow_nor_dagster_mlflow():
    code = (
        "import sys; import mlops_assets.defs.mlflow_status as m; m.status_sensors(); "
        "print([n for n in ('mlflow', 'dagster_mlflow', 'sqlalchemy.orm', 'sklearn') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() in ("[]", "['sqlalchemy.orm']")  # Dagster itself may bring SQLAlchemy


def test_a_step_that_never_logs_does_not_import_mlflow(tmp_path):
    """The resource is there, the store is not even made."""
    code = (
        "import sys; import dagster as dg\n"
        "from mlops_assets.defs.mlflow import MlflowResource\n"
        "from mlops_assets.defs.mlflow_status import mark_failed\n"
        "from mlops_assets.defs.resources import Workspace\n"
        "@dg.asset(hooks={mark_failed})\n"
        "def quiet(mlflow: MlflowResource): raise ValueError\n"
        "resource = MlflowResource(workspace=Workspace(root=sys.argv[1], environment_name='local'))\n"
        "dg.materialize([quiet], resources={'mlflow': resource}, raise_on_error=False)\n"
        "print('mlflow' in sys.modules, 'dagster_mlflow' in sys.modules)"
    )
    (tmp_path / "configs/environments").mkdir(parents=True)
    (tmp_path / "configs/environments/local.yaml").write_text("executor: {kind: in_process}\n")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False False"
    assert not (tmp_path / "data").exists()


def test_what_an_asset_logs_stands_in_one_run_with_links_both_ways(resource, instance, tmp_path):
    report = tmp_path / "card.html"
    report.write_text("<p>fine</p>")

    def body(run):
        run.log_metrics({"search/value": 0.77, "unknown": None})
        run.log_measured("test", {"auc": MetricValue(0.78, 0.76, 0.8), 'share of "a{b}"': MetricValue(0.5)})
        run.log_measured("fairness/SEX", {"gap": MetricValue(0.1)})
        run.log_params({"search.folds": 3, "model.note": "x" * 9000})
        run.log_figure(b"png", "roc.png")
        run.log_figure(b"png", "deep/pr.png")
        run.log_file(report)
        run.log_file(report, "other name.html")

    result = materialize([logging_asset("credit", "evaluation", body, code_version="v7")], resource, instance)
    (run,) = find_runs(resource.tracking_uri())
    client = tracking_client(resource.tracking_uri())
    data = client.get_run(run.run_id).data
    (event,) = result.asset_materializations_for_node("credit__evaluation")

    assert result.success
    assert data.tags["mlflow.runName"] == f"credit/{result.run_id[:8]}"
    assert data.tags["dagster_run_id"] == data.tags["dagster_asset/credit/evaluation"] == result.run_id
    assert data.tags["dagster_run"] == f"/runs/{result.run_id}"
    assert data.tags["code_version/credit/evaluation"] == "v7"
    assert data.metrics["test/auc"] == 0.78
    assert (data.metrics["test/auc/low"], data.metrics["test/auc/high"]) == (0.76, 0.8)
    assert "unknown" not in data.metrics
    assert data.metrics["fairness/SEX/gap"] == 0.1
    assert len(data.metrics) == 6
    assert data.params["search.folds"] == "3"
    assert sorted(f.path for f in client.list_artifacts(run.run_id, "plots")) == ["plots/deep", "plots/roc.png"]
    assert sorted(f.path for f in client.list_artifacts(run.run_id, "reports")) == [
        "reports/card.html",
        "reports/other name.html",
    ]
    assert event.metadata["mlflow_run_id"].text == run.run_id
    assert event.metadata["mlflow_experiment"].text == "credit"
    assert "mlflow ui --backend-store-uri" in event.metadata["mlflow_url"].text


def test_several_runs_and_use_cases_in_one_process_are_kept_apart(resource, instance):
    assets = [logging_asset(name, "model", lambda run: run.log_params({"k": run.experiment})) for name in ("a", "b")]
    results = [materialize(assets, resource, instance) for _ in range(2)]
    uri = resource.tracking_uri()
    found = find_runs(uri)

    assert all(result.success for result in results)
    assert sorted((run.use_case, run.dagster_run_id) for run in found) == sorted(
        (name, result.run_id) for name in ("a", "b") for result in results
    )
    assert all(tracking_client(uri).get_run(run.run_id).data.params == {"k": run.use_case} for run in found)
    assert mlflow_library.active_run() is None


def test_assets_of_one_run_share_its_mlflow_run_which_ends_as_dagster_says(resource, instance):
    first = logging_asset("credit", "tuning")
    second = logging_asset("credit", "model", deps=[first])
    result = materialize([first, second], resource, instance)
    uri = resource.tracking_uri()
    (before,) = find_runs(uri)
    open_tag = instance.get_run_by_id(result.run_id).tags[RUN_STATE_TAG]
    closed = [close_runs(instance, result.run_id, resource.tracking_uri) for _ in range(2)]
    (after,) = find_runs(uri)

    assert (before.status, open_tag) == ("RUNNING", OPEN)
    assert closed == [1, 0]
    assert (after.status, after.tags["dagster.status"]) == ("FINISHED", "SUCCESS")
    assert instance.get_run_by_id(result.run_id).tags[RUN_STATE_TAG] == CLOSED


def test_a_failing_block_ends_the_run_at_once_and_the_step_is_named_when_dagster_is_done(resource, instance):
    result = materialize([logging_asset("credit", "tuning", fail)], resource, instance)
    (at_once,) = find_runs(resource.tracking_uri())
    close_runs(instance, result.run_id, resource.tracking_uri)
    (closed,) = find_runs(resource.tracking_uri())

    assert not result.success
    assert at_once.status == closed.status == "FAILED"
    assert closed.tags["dagster.failed_step/credit__tuning"] == "ValueError: no luck at https://***@host"
    assert mlflow_library.active_run() is None


def test_a_later_step_does_not_wash_the_failure_of_another_away(resource, instance):
    """The trap of a sibling that succeeds after a failure."""
    failing, fine = logging_asset("credit", "a_first", fail), logging_asset("credit", "b_second")
    result = materialize([failing, fine], resource, instance)
    (run,) = find_runs(resource.tracking_uri())
    close_runs(instance, result.run_id, resource.tracking_uri)
    (closed,) = find_runs(resource.tracking_uri())

    assert run.tags["dagster_asset/credit/b_second"] == result.run_id
    assert run.status == closed.status == "FAILED"
    assert closed.tags["dagster.status"] == "FAILURE"


def test_the_hook_marks_the_run_where_the_step_fails_outside_its_block(resource, instance):
    logged = logging_asset("credit", "tuning")

    @dg.asset(key=["credit", "model"], deps=[logged], hooks={mark_failed})
    def silent():
        raise dg.Failure("the table is empty")

    result = materialize([logged, silent], resource, instance)
    (at_once,) = find_runs(resource.tracking_uri())
    close_runs(instance, result.run_id, resource.tracking_uri)
    (closed,) = find_runs(resource.tracking_uri())

    assert at_once.status == closed.status == "FAILED"
    assert closed.tags["dagster.failed_step/credit__model"] == "the table is empty"


def test_a_retry_that_succeeds_leaves_no_mark(resource, instance):
    attempts = []

    def body(run):
        attempts.append(run)
        if len(attempts) == 1:
            raise ValueError

    asset = logging_asset("credit", "tuning", body, retry_policy=dg.RetryPolicy(max_retries=1))
    result = materialize([asset], resource, instance)
    close_runs(instance, result.run_id, resource.tracking_uri)
    (run,) = find_runs(resource.tracking_uri())

    assert result.success
    assert run.status == "FINISHED"
    assert not [tag for tag in run.tags if tag.startswith("dagster.failed_step")]


def test_ctrl_c_in_a_block_kills_the_run_and_dagsters_failure_does_not_make_it_less(resource, instance):
    def interrupt(run):
        raise KeyboardInterrupt

    materialize([logging_asset("credit", "tuning", interrupt)], resource, instance)
    (run,) = find_runs(resource.tracking_uri())
    close_runs(instance, run.dagster_run_id, resource.tracking_uri)

    assert run.status == "KILLED"
    assert find_runs(resource.tracking_uri())[0].status == "KILLED"


def test_dagsters_word_stands_above_a_finished_status(resource, instance):
    """What an exit handler or dagster-mlflow's own hook would have left is repaired."""
    result = materialize([logging_asset("credit", "tuning", fail)], resource, instance)
    uri = resource.tracking_uri()
    (run,) = find_runs(uri)
    tracking_client(uri).set_terminated(run.run_id, "FINISHED")
    close_runs(instance, result.run_id, resource.tracking_uri)

    assert find_runs(uri)[0].status == "FAILED"


def test_an_unknown_dagster_run_is_left_alone(resource, instance):
    materialize([logging_asset("credit", "tuning")], resource, instance)
    with dg.DagsterInstance.ephemeral() as other:
        reaped = reap_runs(other, resource.tracking_uri, resource.workspace.layout.alive)

    assert reaped == 0
    assert find_runs(resource.tracking_uri())[0].status == "RUNNING"


def test_stale_runs_of_finished_dagster_runs_are_reaped(resource, instance):
    materialize([logging_asset("credit", "tuning")], resource, instance)
    reaped = reap_runs(instance, resource.tracking_uri, resource.workspace.layout.alive)

    assert reaped == 1
    assert find_runs(resource.tracking_uri())[0].status == "FINISHED"


def test_sensors_set_the_final_status(resource, instance):
    sensors = {sensor.name: sensor for sensor in status_sensors()}
    results = {
        "mlflow_finished": materialize([logging_asset("a", "model")], resource, instance),
        "mlflow_failed": materialize([logging_asset("b", "model", fail)], resource, instance),
    }
    for name, result in results.items():
        run = instance.get_run_by_id(result.run_id)
        kind = dg.DagsterEventType.RUN_SUCCESS if result.success else dg.DagsterEventType.RUN_FAILURE
        event = dg.DagsterEvent(kind.value, run.job_name)
        with dg.build_run_status_sensor_context(name, event, instance, run, resources={"mlflow": resource}) as context:
            sensors[name](context)
    status = {run.use_case: run.status for run in find_runs(resource.tracking_uri())}

    assert set(sensors) == {"mlflow_finished", "mlflow_failed", "mlflow_killed", "mlflow_reaper"}
    assert all(sensor.default_status is dg.DefaultSensorStatus.RUNNING for sensor in sensors.values())
    assert status == {"a": "FINISHED", "b": "FAILED"}


def test_where_nothing_is_open_nobody_opens_the_store(tmp_path, instance):
    (tmp_path / "configs/environments").mkdir(parents=True)
    (tmp_path / "configs/environments/local.yaml").write_text("executor: {kind: in_process}\n")
    bare = MlflowResource(workspace=Workspace(root=str(tmp_path), environment_name="local"))
    result = materialize([dg.asset(lambda: 1, name="quiet")], bare, instance)
    reaper = next(sensor for sensor in status_sensors() if sensor.name == "mlflow_reaper")
    with dg.build_sensor_context(instance=instance, resources={"mlflow": bare}) as context:
        skipped = reaper(context)
    closed = close_runs(instance, result.run_id, lambda: pytest.fail("nothing is open"))

    assert closed == 0
    assert skipped.skip_message == "0 stale MLflow runs closed"
    assert not (tmp_path / "data").exists()


def test_another_active_run_is_named_instead_of_logged_to(resource, instance):
    mlflow_library.set_tracking_uri(resource.tracking_uri())
    mlflow_library.set_experiment("somebody else's")
    with mlflow_library.start_run() as foreign:
        result = materialize([logging_asset("credit", "tuning")], resource, instance)
    error = result.failure_data_for_node("credit__tuning").error.cause

    assert foreign.info.run_id in error.message
    assert "another MLflow run is active in this process" in error.message


@pytest.mark.parametrize("body", [lambda run: None, fail])
@pytest.mark.parametrize("before", [None, "sqlite:///elsewhere.db"])
def test_a_step_leaves_the_address_of_mlflow_as_it_was(resource, instance, before, body):
    """Child processes inherit it: it may hold a password."""
    mlflow_library.set_tracking_uri(before)
    seen = []
    asset = logging_asset("credit", "tuning", lambda run: (seen.append(os.environ["MLFLOW_TRACKING_URI"]), body(run)))
    materialize([asset], resource, instance)

    assert seen == [resource.tracking_uri()]
    assert os.environ.get("MLFLOW_TRACKING_URI") == before


def test_a_file_that_is_not_there_and_a_path_that_leads_away_are_refused(resource, instance, tmp_path):
    seen = []

    def body(run):
        for attempt in (lambda: run.log_file(tmp_path / "none"), lambda: run.log_figure(b"", "../x.png")):
            with pytest.raises(TrackingError, match=r"no such file to log|Invalid artifact path") as raised:
                attempt()
            seen.append(str(raised.value))

    assert materialize([logging_asset("credit", "tuning", body)], resource, instance).success
    assert len(seen) == 2


def test_a_parameter_that_changes_within_a_run_is_one_clear_error(resource, instance):
    def body(run):
        run.log_params({"search.folds": 3})
        run.log_params({"search.folds": 4})

    result = materialize([logging_asset("credit", "tuning", body)], resource, instance)
    error = result.failure_data_for_node("credit__tuning").error.cause

    assert "MLflow failed while logging parameters" in error.message


def test_the_password_of_a_server_is_in_no_metadata_and_no_config(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_URI", "https://anna:secret@mlflow.example")
    (tmp_path / "configs/environments").mkdir(parents=True)
    environment = 'mlflow: {tracking_uri: "${SECRET_URI}"}\n'
    (tmp_path / "configs/environments/staging.yaml").write_text(environment)
    remote = MlflowResource(workspace=Workspace(root=str(tmp_path), environment_name="staging"))
    from mlops_assets.defs.mlflow_logging import MlflowRun

    shown = MlflowRun("r1", "credit", "7", remote.tracking_uri(), None).metadata()

    assert remote.tracking_uri() == "https://anna:secret@mlflow.example"
    assert shown["mlflow_url"].url == "https://mlflow.example/#/experiments/7/runs/r1"
    assert "secret" not in f"{shown} {remote} {remote.model_dump()}"


JOB = """
import os, signal, sys, time
from pathlib import Path
import dagster as dg
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.mlflow_status import ALIVE_TAG, mark_failed
from mlops_assets.defs.resources import Workspace
from mlops_assets.stores.locks import sign_of_life

resource = MlflowResource(workspace=Workspace(root=os.environ["MLFLOW_TEST_PROJECT"], environment_name="local"))

def make(name, action, deps=()):
    @dg.asset(key=["credit", name], deps=list(deps), hooks={mark_failed})
    def one(context: dg.AssetExecutionContext, mlflow: MlflowResource) -> None:
        with mlflow.run(context, "credit") as run:
            run.log_metrics({name: 1.0})
            action()
    return one

def fail():
    raise ValueError("no luck")

def later():
    time.sleep(1.5)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

first = make("first", lambda: None)
assets = {
    "siblings": [first, make("fails", fail, [first]), make("late", later, [first])],
    "dies": [first, make("dies", die, [first])],
}[os.environ["MLFLOW_TEST_CASE"]]
defs = dg.Definitions(assets=assets, resources={"mlflow": resource},
    jobs=[dg.define_asset_job("everything", executor_def=dg.multiprocess_executor.configured({"max_concurrent": 2}))])

def job():
    return defs.resolve_job_def("everything")

if __name__ == "__main__":
    with dg.DagsterInstance.get() as instance:
        if os.environ["MLFLOW_TEST_CASE"] == "siblings":
            dg.execute_job(dg.reconstructable(job), instance=instance)
        else:
            with sign_of_life(resource.workspace.layout.alive) as token:
                dg.materialize(assets, instance=instance, resources={"mlflow": resource}, tags={ALIVE_TAG: token})
"""


def run_script(resource, tmp_path, case):
    script, home = tmp_path / "mlflow_test_job.py", tmp_path / "home"
    script.write_text(JOB)
    home.mkdir()
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "MLFLOW_TEST_PROJECT": resource.workspace.root,
        "MLFLOW_TEST_CASE": case,
    }
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False)
    return done, home


@pytest.mark.slow
def test_steps_in_parallel_processes_share_one_run_and_a_failure_among_them_stays(resource, tmp_path):
    """With dagster-mlflow alone the run would be FINISHED, because the last sibling succeeds."""
    done, home = run_script(resource, tmp_path, "siblings")
    uri = resource.tracking_uri()
    (run,) = find_runs(uri)
    metrics = tracking_client(uri).get_run(run.run_id).data.metrics
    with dg.DagsterInstance.from_config(str(home)) as instance:
        close_runs(instance, run.dagster_run_id, resource.tracking_uri)
    (closed,) = find_runs(uri)

    assert "RUN_FAILURE" in done.stderr
    assert set(metrics) == {"first", "fails", "late"}
    assert run.status == closed.status == "FAILED"
    assert "dagster.failed_step/credit__fails" in closed.tags


@pytest.mark.slow
def test_what_a_killed_process_left_is_closed_as_killed(resource, tmp_path):
    """Also the Dagster run, which would count as in progress for ever."""
    done, home = run_script(resource, tmp_path, "dies")
    (before,) = find_runs(resource.tracking_uri())
    with dg.DagsterInstance.from_config(str(home)) as instance:
        stuck = instance.get_run_by_id(before.dagster_run_id).status
        elsewhere = reap_runs(instance, resource.tracking_uri, tmp_path / "other")
        reaped = reap_runs(instance, resource.tracking_uri, resource.workspace.layout.alive)
        ended = instance.get_run_by_id(before.dagster_run_id).status
    (after,) = find_runs(resource.tracking_uri())

    assert done.returncode == -signal.SIGKILL
    assert (before.status, stuck) == ("RUNNING", dg.DagsterRunStatus.STARTED)
    assert (elsewhere, reaped) == (0, 1)
    assert ended is dg.DagsterRunStatus.FAILURE
    assert (after.status, after.tags["dagster.status"]) == ("KILLED", "FAILURE")


def test_a_run_whose_process_lives_is_not_reaped(resource, instance):
    seen = []

    def body(run):
        seen.append(reap_runs(instance, lambda: run.uri, resource.workspace.layout.alive))

    with sign_of_life(resource.workspace.layout.alive) as token:
        result = materialize([logging_asset("credit", "tuning", body)], resource, instance, tags={ALIVE_TAG: token})

    assert result.success
    assert seen == [0]

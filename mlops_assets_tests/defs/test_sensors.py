"""The sensors: which files become partitions, and which check results become alerts, exactly when."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.sensors import alert_sensor, batch_sensor
from mlops_assets.graph import keys
from mlops_assets.use_case.environment import Daemon
from mlops_assets.use_case.loader import load_use_case

REPOSITORY = Path(__file__).resolve().parents[2]
USE_CASE = load_use_case(REPOSITORY / "configs" / "penguins.yaml")
DRIFT = keys.asset_key("penguins", "drift")

pytestmark = pytest.mark.filterwarnings("ignore::dagster.PreviewWarning")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A project whose alerts go to a file."""
    folder = tmp_path / "configs" / "environments"
    folder.mkdir(parents=True)
    (folder / "local.yaml").write_text("notifications:\n  - {sink: file, params: {path: alerts.jsonl}}\n")
    return Workspace(root=str(tmp_path), environment_name="local")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance with the storage that people have: SQLite, one file a run."""
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as made:
        yield made


def put(workspace: Workspace, name: str, text: str = "a\n1\n") -> None:
    folder = workspace.layout.incoming("penguins")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def look(instance: dg.DagsterInstance, workspace: Workspace, cursor: str | None = None) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"workspace": workspace})
    return batch_sensor(USE_CASE, Daemon())(context)


def deploy(instance: dg.DagsterInstance) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(keys.asset_key("penguins", "deployment")))


def test_without_a_champion_batches_wait(instance: dg.DagsterInstance, workspace: Workspace) -> None:
    put(workspace, "may.csv")

    assert "no champion" in str(look(instance, workspace).skip_message)


def test_each_new_file_becomes_a_partition_and_one_run(instance: dg.DagsterInstance, workspace: Workspace) -> None:
    deploy(instance)
    put(workspace, "may.csv")
    put(workspace, "june.csv")
    put(workspace, ".july.csv.tmp")
    result = look(instance, workspace)

    assert [request.partition_key for request in result.run_requests] == ["june", "may"]
    assert result.dynamic_partitions_requests[0].partition_keys == ["june", "may"]
    again = look(instance, workspace, result.cursor)
    assert "no new file" in str(again.skip_message)


def test_a_changed_file_is_taken_again(instance: dg.DagsterInstance, workspace: Workspace) -> None:
    deploy(instance)
    put(workspace, "may.csv")
    first = look(instance, workspace)
    put(workspace, "may.csv", "a\n2\n")
    second = look(instance, workspace, first.cursor)

    assert [request.partition_key for request in second.run_requests] == ["may"]
    assert first.run_requests[0].run_key != second.run_requests[0].run_key


def test_a_batch_that_somebody_judged_by_hand_is_left_alone(instance: dg.DagsterInstance, workspace: Workspace) -> None:
    deploy(instance)
    put(workspace, "may.csv")
    digest = look(instance, workspace).run_requests[0].run_key.split(":")[1]
    for noun in ("incoming", "drift"):
        version = {"dagster/data_version": digest}
        key = keys.asset_key("penguins", noun)
        instance.report_runless_asset_event(dg.AssetMaterialization(key, partition="may", tags=version))

    assert "no new file" in str(look(instance, workspace).skip_message)


OUTCOMES = {"tiny": "not applicable", "unsure": "uncertain"}
"""What the check says of batches of these names, where it does not pass."""


class Checks:
    """A drift check on a real instance, whose answers are told."""

    def __init__(self, instance: dg.DagsterInstance, workspace: Workspace) -> None:
        self.instance, self.workspace, self.cursor = instance, workspace, None
        self.bad: set[str] = set()
        partitions = keys.batches("penguins")

        @dg.asset(key=DRIFT, partitions_def=partitions)
        def drift() -> dg.MaterializeResult:
            return dg.MaterializeResult()

        @dg.asset_check(asset=DRIFT, partitions_def=partitions)
        def no_drift(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
            passed = context.partition_key not in self.bad
            outcome = "passed" if passed else OUTCOMES.get(context.partition_key, "failed")
            return dg.AssetCheckResult(passed=passed, description="AGE drifted", metadata={"outcome": outcome})

        self.defs = dg.Definitions(assets=[drift], asset_checks=[no_drift])
        self.sensor = alert_sensor([dg.AssetCheckKey(DRIFT, "no_drift")], Daemon())

    def judge(self, batch: str, *, drifts: bool) -> None:
        self.instance.add_dynamic_partitions("penguins__batches", [batch])
        (self.bad.add if drifts else self.bad.discard)(batch)
        self.defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance,
            partition_key=batch,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )

    def tick(self) -> list[str]:
        """Let the sensor look once and return the batches that it sent alerts for."""
        path = self.workspace.layout.root / "alerts.jsonl"
        before = path.read_text().splitlines() if path.exists() else []
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"workspace": self.workspace}
        )
        self.sensor(context)
        self.cursor = context.cursor
        after = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line)["metadata"]["batch"] for line in after[len(before) :]]


@pytest.fixture
def checks(instance: dg.DagsterInstance, workspace: Workspace) -> Checks:
    return Checks(instance, workspace)


def test_a_failed_check_sends_one_alert_with_its_words(checks: Checks) -> None:
    checks.tick()
    checks.judge("may", drifts=True)
    sent = checks.tick()
    alert = json.loads((checks.workspace.layout.root / "alerts.jsonl").read_text())

    assert sent == ["may"]
    assert (alert["asset"], alert["check"], alert["outcome"]) == ("penguins/drift", "no_drift", "failed")
    assert alert["description"] == "AGE drifted"
    assert pd.Timestamp(alert["timestamp"]).tzinfo is not None
    assert checks.tick() == []


def test_a_passed_check_sends_nothing_and_every_later_failure_does(checks: Checks) -> None:
    checks.tick()
    checks.judge("may", drifts=False)
    assert checks.tick() == []
    checks.judge("june", drifts=True)
    checks.judge("july", drifts=True)

    assert checks.tick() == ["june", "july"]
    checks.judge("july", drifts=True)
    assert checks.tick() == ["july"]


def test_the_first_look_sends_the_latest_result_of_each_batch_and_no_history(checks: Checks) -> None:
    checks.judge("may", drifts=True)
    checks.judge("may", drifts=True)
    checks.judge("june", drifts=True)
    checks.judge("june", drifts=False)

    assert checks.tick() == ["may"]
    assert checks.tick() == []


def test_not_applicable_is_no_alert(checks: Checks) -> None:
    checks.tick()
    checks.judge("tiny", drifts=True)

    assert checks.tick() == []


def test_an_uncertain_check_is_an_alert_that_says_so(checks: Checks) -> None:
    checks.tick()
    checks.judge("unsure", drifts=True)

    assert checks.tick() == ["unsure"]
    assert json.loads((checks.workspace.layout.root / "alerts.jsonl").read_text())["outcome"] == "uncertain"


def test_a_sink_that_fails_is_tried_again_at_the_next_look(checks: Checks) -> None:
    checks.tick()
    checks.judge("may", drifts=True)
    blocked = checks.workspace.layout.root / "alerts.jsonl"
    blocked.mkdir()

    with pytest.raises(Exception, match=r"alerts\.jsonl"):
        checks.sensor(
            dg.build_sensor_context(
                instance=checks.instance, cursor=checks.cursor, resources={"workspace": checks.workspace}
            )
        )
    blocked.rmdir()
    assert checks.tick() == ["may"]

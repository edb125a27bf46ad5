"""The sensor of alerts: which check results become alerts, exactly when."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.sensors import alert_sensor
from mlops_assets.graph import keys
from mlops_assets.use_case.environment import Daemon

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

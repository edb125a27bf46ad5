"""Truth tables of the automation conditions: what is requested at each tick, in a simulated world."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from mlops_assets.defs.automation import gated_eager, retrain_on_drift

BATCHES = dg.DynamicPartitionsDefinition(name="batches")
DRIFT = dg.AssetKey("drift")
NO_DRIFT = dg.AssetCheckKey(DRIFT, "no_drift")
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]


class World:
    """A tiny lifecycle on an in-memory instance, with a clock that moves half a minute a tick."""

    def __init__(self, folder: Path) -> None:
        self.failing: set[str] = set()
        self.gate_passes = True
        self.defs = self._definitions()
        self.instance = dg.DagsterInstance.ephemeral(tempdir=str(folder))
        self.now = dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)
        self.cursor = None

    def _definitions(self) -> dg.Definitions:
        condition = retrain_on_drift(DRIFT, NO_DRIFT, cooldown="0 0 * * *", timezone="UTC")

        @dg.asset(automation_condition=condition)
        def tuning() -> dg.MaterializeResult:
            return dg.MaterializeResult()

        @dg.asset(deps=[tuning], automation_condition=gated_eager())
        def decision() -> dg.MaterializeResult:
            return dg.MaterializeResult()

        @dg.asset_check(asset=decision, blocking=True)
        def gate() -> dg.AssetCheckResult:
            return dg.AssetCheckResult(passed=self.gate_passes)

        @dg.asset(deps=[decision], automation_condition=gated_eager())
        def deployment() -> dg.MaterializeResult:
            return dg.MaterializeResult()

        @dg.asset(deps=[deployment], partitions_def=BATCHES)
        def drift() -> dg.MaterializeResult:
            return dg.MaterializeResult()

        @dg.asset_check(asset=drift, partitions_def=BATCHES)
        def no_drift(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
            return dg.AssetCheckResult(passed=context.partition_key not in self.failing)

        return dg.Definitions(assets=[tuning, decision, deployment, drift], asset_checks=[gate, no_drift])

    def tick(self, minutes: float = 0.5) -> set[str]:
        """Let automation look once and return what it requests."""
        self.now += dt.timedelta(minutes=minutes)
        result = dg.evaluate_automation_conditions(
            defs=self.defs, instance=self.instance, cursor=self.cursor, evaluation_time=self.now
        )
        self.cursor = result.cursor
        nouns = ("tuning", "decision", "deployment", "drift")
        return {noun for noun in nouns if result.get_num_requested(dg.AssetKey(noun))}

    def run(self, *nouns: str, partition: str | None = None) -> None:
        """Materialize assets with their checks."""
        self.defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(noun) for noun in nouns],
            partition_key=partition,
            run_config=QUIET,
            raise_on_error=False,
        )

    def batch(self, name: str, *, drifts: bool) -> None:
        """Let a batch arrive and be judged."""
        self.instance.add_dynamic_partitions("batches", [name])
        (self.failing.add if drifts else self.failing.discard)(name)
        self.run("drift", partition=name)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world in which everything was made once and automation has looked twice."""
    made = World(tmp_path)
    made.run("tuning", "decision", "deployment")
    made.tick()
    made.tick()
    return made


def test_a_batch_that_passes_requests_nothing(world: World) -> None:
    world.batch("b1", drifts=False)

    assert world.tick() == set()


def test_a_batch_that_drifts_requests_one_search_and_what_follows_it(world: World) -> None:
    world.batch("b1", drifts=True)

    assert world.tick() == {"tuning", "decision", "deployment"}
    assert [world.tick() for _ in range(4)] == [set()] * 4


def test_a_good_batch_after_a_bad_one_requests_nothing_again(world: World) -> None:
    world.batch("b1", drifts=True)
    world.tick()
    world.batch("b2", drifts=False)

    assert [world.tick(), world.tick(24 * 60), world.tick(24 * 60)] == [set()] * 3


def test_the_next_batch_that_drifts_requests_again_although_the_first_one_still_fails(world: World) -> None:
    world.batch("b1", drifts=True)
    world.tick()
    world.batch("b2", drifts=True)

    assert "tuning" in world.tick()
    assert world.tick() == set()


def test_a_failure_that_is_older_than_the_first_tick_is_not_missed(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.run("tuning", "decision", "deployment")
    world.batch("b1", drifts=True)
    requested = [world.tick() for _ in range(4)]

    assert sum("tuning" in names for names in requested) == 1


def test_within_the_cooldown_a_failure_waits_for_its_end_and_then_fires_once(world: World) -> None:
    world.batch("b1", drifts=True)
    world.tick()
    world.run("tuning", "decision", "deployment")
    world.tick()
    world.batch("b2", drifts=True)

    assert [world.tick(), world.tick()] == [set(), set()]
    assert "tuning" in world.tick(24 * 60)
    assert [world.tick(), world.tick()] == [set(), set()]


def test_a_failure_together_with_a_manual_retraining_is_kept_until_the_cooldown_ends(world: World) -> None:
    world.batch("b1", drifts=True)
    world.run("tuning", "decision", "deployment")

    assert world.tick() == set()
    assert "tuning" in world.tick(24 * 60)
    assert world.tick() == set()


def test_several_batches_that_drift_in_one_tick_request_one_search(world: World) -> None:
    for name in ("b1", "b2", "b3"):
        world.batch(name, drifts=True)

    assert "tuning" in world.tick()
    assert world.tick() == set()


def test_running_the_same_failing_batch_again_is_no_new_drift(world: World) -> None:
    world.batch("b1", drifts=True)
    world.tick()
    world.batch("b1", drifts=True)

    assert [world.tick(), world.tick(24 * 60)] == [set(), set()]


def test_a_batch_that_recovers_and_drifts_again_fires_again(world: World) -> None:
    world.batch("b1", drifts=True)
    world.tick()
    world.batch("b1", drifts=False)
    world.tick()
    world.batch("b1", drifts=True)

    assert "tuning" in world.tick()


def test_eager_follows_a_manual_retraining(world: World) -> None:
    world.run("tuning")

    assert world.tick() == {"decision", "deployment"}
    assert world.tick() == set()


def test_eager_does_not_pass_a_blocking_check_that_failed_in_an_earlier_run(world: World) -> None:
    world.gate_passes = False
    world.run("decision")

    assert world.tick() == set()
    world.gate_passes = True
    world.run("decision")
    assert "deployment" in world.tick()

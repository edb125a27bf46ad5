"""Retraining on drift: what is requested at each tick, in a simulated world."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from mlops_assets.defs.automation import retrain_on_drift
from mlops_assets.graph.condition import Look, ToMake, bind
from mlops_assets.graph.stale import Plan, Stale

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
        self.stale: tuple[Stale, ...] = ()
        self.defs = self._definitions()
        self.instance = dg.DagsterInstance.ephemeral(tempdir=str(folder))
        self.now = dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)
        self.cursor = None

    def _definitions(self) -> dg.Definitions:
        condition = retrain_on_drift(DRIFT, NO_DRIFT, cooldown="0 0 * * *", timezone="UTC")

        @dg.asset(automation_condition=condition | ToMake())
        def tuning() -> dg.MaterializeResult:
            return dg.MaterializeResult()

        @dg.asset(deps=[tuning], partitions_def=BATCHES)
        def drift() -> dg.MaterializeResult:
            return dg.MaterializeResult()

        @dg.asset_check(asset=drift, partitions_def=BATCHES)
        def no_drift(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
            return dg.AssetCheckResult(passed=context.partition_key not in self.failing)

        bind(tuning, {"tuning": Look(lambda graph, instance: Plan(self.stale, (), (), 0))})
        return dg.Definitions(assets=[tuning, drift], asset_checks=[no_drift])

    def tick(self, minutes: float = 0.5) -> set[str]:
        """Let automation look once and return what it requests."""
        self.now += dt.timedelta(minutes=minutes)
        result = dg.evaluate_automation_conditions(
            defs=self.defs, instance=self.instance, cursor=self.cursor, evaluation_time=self.now
        )
        self.cursor = result.cursor
        return {name for name in ("tuning", "drift") if result.get_num_requested(dg.AssetKey(name))}

    def run(self, *names: str, partition: str | None = None) -> None:
        """Materialize assets with their checks."""
        self.defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(name) for name in names],
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
    made.run("tuning")
    made.tick()
    made.tick()
    return made


def test_a_batch_that_passes_requests_nothing(world: World) -> None:
    world.batch("b1", drifts=False)

    assert world.tick() == set()


def test_a_batch_that_drifts_requests_one_search(world: World) -> None:
    world.batch("b1", drifts=True)

    assert world.tick() == {"tuning"}
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
    world.run("tuning")
    world.batch("b1", drifts=True)
    requested = [world.tick() for _ in range(4)]

    assert sum("tuning" in names for names in requested) == 1


def test_within_the_cooldown_a_failure_waits_for_its_end_and_then_fires_once(world: World) -> None:
    world.batch("b1", drifts=True)
    world.tick()
    world.run("tuning")
    world.tick()
    world.batch("b2", drifts=True)

    assert [world.tick(), world.tick()] == [set(), set()]
    assert "tuning" in world.tick(24 * 60)
    assert [world.tick(), world.tick()] == [set(), set()]


def test_a_failure_together_with_a_manual_retraining_is_kept_until_the_cooldown_ends(world: World) -> None:
    world.batch("b1", drifts=True)
    world.run("tuning")

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


def test_a_stale_search_is_requested_without_any_drift_and_answers_none(world: World) -> None:
    """Both reasons are of one asset: each is requested for itself, and the second waits for the cooldown."""
    world.stale = (Stale(dg.AssetKey("tuning"), ("its code or its configuration changed",), mark="a"),)

    assert [world.tick(), world.tick()] == [{"tuning"}, set()]
    world.run("tuning")
    world.stale = ()
    world.tick()
    world.batch("b1", drifts=True)
    assert [world.tick(), world.tick(24 * 60), world.tick()] == [set(), {"tuning"}, set()]

"""Execution: makes what a plan lists, in this process, and reports progress as it happens."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import dagster as dg
from dagster import DagsterEventType, EventLogEntry

from mlops_assets.defs.failures import causes, reason_of
from mlops_assets.errors import IntegrityError
from mlops_assets.graph.plan import Planner
from mlops_assets.graph.stale import Stale, observations
from mlops_assets.redaction import redact

Report = Callable[[str], None]
_SPOKEN = (logging.INFO, logging.WARNING)
_DAMAGE = f"{IntegrityError.__module__}.{IntegrityError.__qualname__}:"
"""How Dagster's message of a damaged file begins: SQLAlchemy and sqlite3 have an IntegrityError of their own."""
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Progress:
    """Turns Dagster's events into lines for people; collects the failures, those from damaged files separately."""

    report: Report
    total: int
    partition: str | None = None
    done: int = 0
    started: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    interrupted: bool = False
    failed_steps: int = 0

    def __call__(self, entry: EventLogEntry) -> None:
        """Take one event."""
        event = entry.dagster_event
        if event is None:
            if entry.step_key and entry.level in _SPOKEN:
                self.report(f"           {entry.user_message}")
            return
        step = entry.step_key or ""
        kind = event.event_type
        if kind is DagsterEventType.STEP_START:
            self.started[step] = time.monotonic()
        elif kind is DagsterEventType.ASSET_MATERIALIZATION and event.asset_key:
            self.done += 1
            partition = f" [{event.partition}]" if event.partition else ""
            seconds = time.monotonic() - self.started.get(step, time.monotonic())
            name = event.asset_key.to_user_string() + partition
            self.report(f"  [{self.done:>2}/{self.total}] {name:<50} {seconds:6.1f} s")
        elif kind is DagsterEventType.ASSET_CHECK_EVALUATION:
            self._check(event)
        elif kind is DagsterEventType.STEP_FAILURE:
            self.failed_steps += 1
            self._failure(step, event)
        elif kind is DagsterEventType.RUN_FAILURE and not self.failed_steps and not self.interrupted:
            self._outside_of_steps(event)

    def _check(self, event: dg.DagsterEvent) -> None:
        found = event.asset_check_evaluation_data
        if not found.passed:
            outcome = found.metadata.get("outcome")
            word = outcome.value if outcome else "failed"
            self.report(f"           check {found.asset_key.path[-1]}:{found.check_name} {word}: {found.description}")

    def _failure(self, step: str, event: dg.DagsterEvent) -> None:
        errors = causes(event.step_failure_data.error)
        if dg.DagsterExecutionInterruptedError.__name__ in (error.cls_name for error in errors):
            self.interrupted = True
            return
        if errors and errors[-1].cls_name == "DagsterAssetCheckFailedError":
            return
        batch = f" [{self.partition}]" if self.partition else ""
        is_damage = any(error.message.startswith(_DAMAGE) for error in errors)
        kept = self.damaged if is_damage else self.failures
        kept.append(f"{step.replace('__', '/', 1)}{batch}: {reason_of(event)}")
        self.report(f"  {'DAMAGED' if is_damage else 'FAILED'}   {kept[-1]}")

    def _outside_of_steps(self, event: dg.DagsterEvent) -> None:
        """Take the failure of a run that no step is to blame for: a run that made nothing is no success."""
        errors = causes(event.job_failure_data.error)
        if errors and errors[-1].cls_name == dg.DagsterExecutionInterruptedError.__name__:
            self.interrupted = True
            return
        self.failures.append(f"the run failed: {redact(errors[-1].message.strip() if errors else event.message or '')}")
        self.report(f"  FAILED   {self.failures[-1]}")


@dataclass(frozen=True)
class Outcome:
    """What an invocation did.

    Attributes:
        made: how many assets and partitions were made.
        checked: how many checks were evaluated by themselves.
        failures: what failed, in words.
        blocked: what is held back, for example by a failed blocking check.
        runs: the Dagster runs.
    """

    made: int
    checked: int
    failures: tuple[str, ...]
    blocked: tuple[Stale, ...]
    runs: tuple[str, ...]


@dataclass
class Executor:
    """Brings what a planner looks at up to date, round by round, until nothing that may run is stale.

    Attributes:
        defs: the definitions.
        planner: says what is stale.
        report: takes lines of progress.
        tags: of each Dagster run.
        names: the assets that may be made; all where it is None.
        again: assets, and partitions of them, that are made although they are fresh.
        stopped: returns whether the command was asked to stop.
    """

    defs: dg.Definitions
    planner: Planner
    report: Report
    tags: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] | None = None
    again: frozenset[tuple[str, str | None]] = frozenset()
    stopped: Callable[[], bool] = lambda: False
    made: int = 0
    checked: int = 0
    failures: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    attempted: set[tuple[object, str | None, str]] = field(default_factory=set)

    def run(self, before_batches: Callable[[], None] = lambda: None) -> Outcome:
        """Make everything stale that has no partitions, `before_batches` in between, then the batches too.

        It goes round by round: what comes out the same makes nothing below it stale. Nothing is attempted twice for the
        same reasons. A stored file that a step found damaged is stale from then on and made again in the next round;
        only what failed by one in the last round counts.

        Raises:
            KeyboardInterrupt: the command was asked to stop; what was finished by then is kept.
        """
        with_batches = False
        while True:
            plan = self.planner.plan(self.again)
            ready = [one for one in self._wanted(plan.runnable) if _attempt(one) not in self.attempted]
            first = [one for one in ready if one.partition is None]
            if now := first or (ready if with_batches else []):
                self._round(now)
            elif with_batches:
                break
            else:
                with_batches = True
                if not self.failures and not self.damaged:
                    before_batches()
        blocked = [stale for stale in self._wanted((*plan.assets, *plan.batches)) if stale.blocked_by is not None]
        failures = (*self.failures, *self.damaged)
        return Outcome(self.made, self.checked, failures, tuple(blocked), tuple(self.runs))

    def _round(self, now: Sequence[Stale]) -> None:
        self.attempted.update(map(_attempt, now))
        self.damaged = []
        self._observe()
        for partition in dict.fromkeys(one.partition for one in now):
            self._execute([one for one in now if one.partition == partition], partition)

    def _wanted(self, found: Iterable[Stale]) -> list[Stale]:
        return [stale for stale in found if self.names is None or stale.key.path[-1] in self.names]

    def _observe(self) -> None:
        """Tell Dagster what came from outside, so that its own pages say of it what the plan says."""
        instance, planner = self.planner.instance, self.planner
        for observation in observations(instance, planner.outside, planner.sources):
            instance.report_runless_asset_event(observation)
        names = planner.partitions()
        for key in planner.sources if names else ():
            partitions = planner.graph.get(key).partitions_def
            if isinstance(partitions, dg.DynamicPartitionsDefinition):
                instance.add_dynamic_partitions(str(partitions.name), names)

    def _execute(self, stale: Sequence[Stale], partition: str | None) -> None:
        """Execute one Dagster run: assets with their checks, and checks alone."""
        selected = self.planner.together(one.key for one in stale if one.check is None)
        of_assets = self.planner.graph.get_check_keys_for_assets(selected)
        alone = {dg.AssetCheckKey(one.key, one.check) for one in stale if one.check is not None}
        job = self.defs.resolve_implicit_global_asset_job_def().get_subset(
            asset_selection=selected, asset_check_selection={*of_assets, *alone}
        )
        run_id = str(uuid4())
        self.runs.append(run_id)
        progress = Progress(self.report, len(selected), partition)
        self.planner.instance.add_event_listener(run_id, progress)
        result = job.execute_in_process(
            instance=self.planner.instance,
            run_id=run_id,
            partition_key=partition,
            raise_on_error=False,
            run_config=_QUIET,
            tags={**self.tags, "mlops_assets/use_case": self.planner.prefix},
        )
        if progress.interrupted or self.stopped():
            raise KeyboardInterrupt
        self.made += progress.done
        self.checked += len(alone)
        self.failures += progress.failures
        self.damaged += progress.damaged
        self.again -= {(key.path[-1], batch) for key in selected for batch in (partition, None)}
        if not result.success and not progress.failures and not progress.damaged:
            self.report("           a blocking check failed; what depends on it was not made")


def _attempt(stale: Stale) -> tuple[object, str | None, str]:
    return stale.entity, stale.partition, stale.mark

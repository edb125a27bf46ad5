"""Execution: runs what a plan says, in this process, and tells what happens as it happens."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import dagster as dg
from dagster import DagsterEventType, EventLogEntry

from mlops_assets.errors import IntegrityError
from mlops_assets.graph import keys
from mlops_assets.graph.plan import Plan, Planner, Stale
from mlops_assets.redaction import redact

Report = Callable[[str], None]
_SPOKEN = (logging.INFO, logging.WARNING)
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Progress:
    """Turns Dagster's events into lines for people; keeps the failures it saw, those by a damaged file apart."""

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
        error = event.step_failure_data.error
        data = event.step_failure_data.user_failure_data
        cause, classes = error, {error.cls_name if error else None}
        while cause is not None and cause.cause is not None:
            cause = cause.cause
            classes.add(cause.cls_name)
        text = (data.description if data else None) or (cause.message.strip() if cause else "it failed")
        if dg.DagsterExecutionInterruptedError.__name__ in classes:
            self.interrupted = True
            return
        if cause is not None and cause.cls_name == "DagsterAssetCheckFailedError":
            return
        batch = f" [{self.partition}]" if self.partition else ""
        is_damage = IntegrityError.__name__ in classes
        kept = self.damaged if is_damage else self.failures
        kept.append(f"{step.replace('__', '/', 1)}{batch}: {text}")
        self.report(f"  {'DAMAGED' if is_damage else 'FAILED'}   {kept[-1]}")

    def _outside_of_steps(self, event: dg.DagsterEvent) -> None:
        """Take the failure of a run that no step is to blame for: a run that made nothing is no success."""
        error = event.job_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None and error.cls_name == dg.DagsterExecutionInterruptedError.__name__:
            self.interrupted = True
            return
        self.failures.append(f"the run failed: {redact(error.message.strip() if error else event.message or '')}")
        self.report(f"  FAILED   {self.failures[-1]}")


@dataclass(frozen=True)
class Outcome:
    """What an invocation did.

    Attributes:
        made: how many assets and partitions were made.
        checked: how many checks were evaluated by themselves.
        failures: what failed, in words.
        blocked: what was held back by a failed blocking check.
        runs: the Dagster runs.
    """

    made: int
    checked: int
    failures: tuple[str, ...]
    blocked: tuple[Stale, ...]
    runs: tuple[str, ...]


class Executor:
    """Brings one use case up to date, run by run, until nothing that may run is stale."""

    def __init__(
        self,
        defs: dg.Definitions,
        planner: Planner,
        report: Report,
        names: Iterable[str] | None,
        tags: Mapping[str, str],
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.stopped = stopped
        self.defs, self.planner, self.report = defs, planner, report
        self.tags = {**tags, "mlops_assets/use_case": planner.use_case.name}
        self.names = None if names is None else frozenset(names)
        self.made = self.checked = 0
        self.failures: list[str] = []
        self.runs: list[str] = []
        self.planned: Plan | None = None

    def run(self, before_batches: Callable[[], None] | None = None) -> Outcome:
        """Make everything stale, `before_batches` in between, then every stale batch."""
        damaged = self._run_assets()
        if before_batches is not None and not self.failures and not damaged:
            before_batches()
            self.planned = None
        for _ in range(2):
            if self.failures or damaged:
                break
            damaged_in_batches = self._run_batches()
            damaged = self._run_assets()
            if not damaged_in_batches:
                break
        else:
            damaged += damaged_in_batches
        self.failures += damaged
        plan = self._plan()
        blocked = [s for s in (*self._wanted(plan.assets), *plan.batches) if s.blocked_by is not None]
        return Outcome(self.made, self.checked, tuple(self.failures), tuple(blocked), tuple(self.runs))

    def _plan(self) -> Plan:
        """Return what is stale, looked up again only after something happened: it takes a third of a second."""
        self.planned = self.planned or self.planner.plan()
        return self.planned

    def _wanted(self, found: Iterable[Stale]) -> list[Stale]:
        return [stale for stale in found if self.names is None or stale.key.path[-1] in self.names]

    def _run_assets(self) -> list[str]:
        """Make what is ready, round by round: what comes out the same makes nothing below it stale.

        A stored file that a step found damaged is stale from then on and made again in the next round; what failed
        by one in the last round is returned.
        """
        damaged: list[str] = []
        seen: set[tuple[dg.AssetKey, str | None, tuple[str, ...]]] = set()
        while not self.failures:
            runnable = self._wanted(self._plan().runnable)
            round_ = {(stale.key, stale.check, stale.reasons) for stale in runnable}
            if not runnable or round_ <= seen:
                break
            seen |= round_
            damaged = self._execute([s for s in runnable if not s.check], [s for s in runnable if s.check])
        return damaged

    def _run_batches(self) -> list[str]:
        """Make what is stale of each batch; return what failed by a damaged file."""
        damaged: list[str] = []
        batches: dict[str, list[Stale]] = {}
        for stale in self._wanted(self._plan().batches):
            if stale.partition and stale.blocked_by is None:
                batches.setdefault(stale.partition, []).append(stale)
        name = keys.batches(self.planner.use_case.name).name
        for partition, of_batch in batches.items():
            self.planner.instance.add_dynamic_partitions(str(name), [partition])
            damaged += self._execute(of_batch, [], partition)
        return damaged

    def _execute(self, assets: Sequence[Stale], checks: Sequence[Stale], partition: str | None = None) -> list[str]:
        """Execute one Dagster run; return what failed because a stored file was damaged or missing."""
        selected = self.planner.together(stale.key for stale in assets)
        of_assets = self.planner.graph.get_check_keys_for_assets(selected)
        alone = {dg.AssetCheckKey(stale.key, str(stale.check)) for stale in checks}
        job = self.defs.resolve_implicit_global_asset_job_def().get_subset(
            asset_selection=selected, asset_check_selection={*of_assets, *alone}
        )
        self.planned = None
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
            tags=self.tags,
        )
        if progress.interrupted or self.stopped():
            raise KeyboardInterrupt
        self.made += progress.done
        self.checked += len(alone)
        self.failures += progress.failures
        self.planner.again -= {(key.path[-1], batch) for key in selected for batch in (partition, None)}
        if not result.success and not progress.failures and not progress.damaged:
            self.report("           a blocking check failed; what depends on it was not made")
        return progress.damaged

"""A session: the definitions, the instance and one use case, opened for a command."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import dagster as dg
import pandas as pd

from mlops_assets.data.frames import ROW
from mlops_assets.defs.assemble import build_definitions
from mlops_assets.defs.automation import planner_of
from mlops_assets.defs.instance import open_instance
from mlops_assets.defs.io import load_stored
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.mlflow_status import ALIVE_TAG, COMMAND, close_runs, reap_runs
from mlops_assets.defs.resources import Workspace
from mlops_assets.errors import DataError, MlopsAssetsError, ReleaseError, listing, suggestion
from mlops_assets.graph import keys
from mlops_assets.graph.plan import Planner
from mlops_assets.graph.stored import latest, recorded
from mlops_assets.monitoring.batches import batch_names
from mlops_assets.monitoring.replay import build_batches, parse_shift
from mlops_assets.runner.execution import Executor, Outcome, Report
from mlops_assets.stores import registry
from mlops_assets.stores.inbox import write_batches
from mlops_assets.stores.layout import Layout
from mlops_assets.stores.locks import holder_of, sign_of_life, turn
from mlops_assets.stores.rows import Projection
from mlops_assets.use_case.loader import Project
from mlops_assets.use_case.model import UseCase

T = TypeVar("T")


@dataclass(frozen=True)
class Session:
    """What a command works with; `stopped` returns whether it was asked to stop."""

    project: Project
    use_case: UseCase
    defs: dg.Definitions
    instance: dg.DagsterInstance
    layout: Layout
    stopped: Callable[[], bool] = lambda: False

    @property
    def planner(self) -> Planner:
        """A planner over the present state."""
        return planner_of(self.use_case, self.defs.resolve_asset_graph(), self.instance, self.mlflow)

    @property
    def mlflow(self) -> MlflowResource:
        """The MLflow store of the environment."""
        workspace = Workspace(root=str(self.project.root), environment_name=self.project.environment_name)
        return MlflowResource(workspace=workspace)

    def at_work(self) -> str | None:
        """Return the run or command that is active on this use case, in words; None if there is none."""
        return holder_of(self.layout.turn(self.use_case.name))

    def run(
        self, *, stage: str | None, replay: int, report: Report, again: Iterable[str] = (), wait: bool = True
    ) -> Outcome:
        """Bring the use case up to date; cut `replay` batches in between where the inbox is empty.

        Args:
            stage: only this stage, and every stale asset that it depends on.
            replay: how many batches.
            report: takes lines of progress.
            again: assets that are made again although they are fresh: `ASSET`, or `ASSET:BATCH` for one batch.
            wait: whether to wait while another run is active on the use case.

        Raises:
            MlopsAssetsError: one is, and `wait` is False.
            KeyboardInterrupt: the command was asked to stop; what was finished by then is kept.
        """
        planner = self.planner
        wanted = frozenset(self._wanted_again(planner, name) for name in again)
        names = None if stage is None else frozenset(self._names_of(planner, stage))
        with self._turn(report, wait=wait) as tags:
            reap_runs(self.instance, self.mlflow.tracking_uri, self.layout.alive)

            def before_batches() -> None:
                if replay and not batch_names(self.layout.incoming(self.use_case.name)):
                    for line in self._cut(replay, (), 0):
                        report(line)

            executor = Executor(self.defs, planner, report, tags, names, wanted, self.stopped)
            try:
                return executor.run(before_batches)
            finally:
                for run_id in executor.runs:
                    close_runs(self.instance, run_id, self.mlflow.tracking_uri)

    @contextmanager
    def _turn(self, report: Report, *, wait: bool = True) -> Iterator[dict[str, str]]:
        """Take the lock of the use case and yield the tags by which Dagster's runs share it."""
        lock = self.layout.turn(self.use_case.name)
        with sign_of_life(self.layout.alive) as token, turn(lock, token, COMMAND, wait=wait, report=report):
            yield {ALIVE_TAG: token}

    def _wanted_again(self, planner: Planner, name: str) -> tuple[str, str | None]:
        asset, _, batch = name.removeprefix(f"{self.use_case.name}/").partition(":")
        known = {key.path[-1]: key for key in planner.order}
        if asset not in known:
            raise _unknown(
                "asset", asset, sorted(known), where="--again", fix=f"mlops-assets plan {self.use_case.name}"
            )
        batches = batch_names(self.layout.incoming(self.use_case.name)) if batch else []
        if batch and (batch not in batches or not planner.graph.get(known[asset]).is_partitioned):
            raise MlopsAssetsError(
                f"{asset} has no batch {batch!r}",
                where="--again",
                expected=f"an asset of the monitoring stage, and one of {listing(sorted(batches)) or 'no batches'}",
                got=repr(name),
                fix=f"mlops-assets run {self.use_case.name} --again {asset}",
            )
        return asset, batch or None

    def rollback(self, version: str | None = None, report: Report = print) -> str:
        """Make the previous champion, or the given version, the champion again, and return what was done in words."""
        names = self.use_case.release.registry
        if not self.mlflow.has_store():
            raise ReleaseError(
                "no model was ever deployed",
                where=self.use_case.name,
                expected="a champion and the one before it",
                fix=f"mlops-assets run {self.use_case.name}",
            )
        uri = self.mlflow.tracking_uri()
        with self._turn(report):
            before = registry.find_champion(uri, self.use_case.model_name, names.champion)
            if version is None:
                now = registry.rollback(uri, self.use_case.model_name, names.champion, names.previous)
            else:
                now = registry.promote(uri, self.use_case.model_name, version, names.champion, names.previous)
        text = f"{self.use_case.model_name}@{names.champion} is version {now.version}"
        if before is None:
            return text
        is_new = before.version != now.version
        return f"{text} again, in place of version {before.version}" if is_new else f"{text} already"

    def replay(self, batches: int, shifts: Iterable[str], seed: int, report: Report = print) -> Iterator[str]:
        """Write the rows split to the inbox as batches, and yield what was done in words."""
        with self._turn(report):
            yield from self._cut(batches, shifts, seed)

    def stored(self, asset: str, kind: type[T], partition: str | None = None) -> T:
        """Return a stored value of this use case; raise IntegrityError where it is not the one that was made."""
        key = keys.asset_key(self.use_case.name, asset)
        found: T = load_stored(recorded(self.instance, self.layout, key, partition), kind, self.use_case.name)
        return found

    def rows(self, asset: str, split: str, columns: tuple[str, ...] | None = None) -> pd.DataFrame:
        """Return the rows of a stored table that are in one split, with their number and these columns, or all."""
        found, splits = (
            recorded(self.instance, self.layout, keys.asset_key(self.use_case.name, name)) for name in (asset, "splits")
        )
        projection = Projection(None if columns is None else (ROW, *columns), split)
        rows: pd.DataFrame = load_stored(found, pd.DataFrame, self.use_case.name, projection, splits)
        return rows

    def _cut(self, batches: int, shifts: Iterable[str], seed: int) -> Iterator[str]:
        name, data = self.use_case.name, self.use_case.data
        if not all(latest(self.instance, keys.asset_key(name, asset)).exists for asset in ("validated", "splits")):
            raise DataError("there are no splits to replay", where=name, fix=f"mlops-assets run {name} --stage data")
        rows = self.rows("validated", "replay")
        parsed = [parse_shift(text) for text in shifts]
        target = self.use_case.task.target
        frames, effects = build_batches(rows, batches, parsed, seed, data.columns, target=target)
        yield from effects
        label = "shifted" if parsed else "replay"
        for path, frame in write_batches(self.layout.incoming(name), label, frames, data.source):
            yield f"wrote {self.layout.shown(path)}: {len(frame):,} rows"

    def _names_of(self, planner: Planner, stage: str) -> set[str]:
        if stage not in keys.STAGES:
            raise _unknown("stage", stage, keys.STAGES, where="--stage")
        wanted = dg.AssetSelection.key_prefixes([self.use_case.name]) & dg.AssetSelection.tag(keys.STAGE_TAG, stage)
        return {key.path[-1] for key in wanted.upstream().resolve(planner.graph)}


@contextmanager
def open_session(project: Project, use_case: str, stopped: Callable[[], bool] = lambda: False) -> Iterator[Session]:
    """Open a use case of a project, or say which ones there are."""
    if use_case not in project.use_cases:
        fix = f"mlops-assets new {use_case} --data FILE --target COLUMN"
        raise _unknown("use case", use_case, project.use_cases, where="configs/", fix=fix)
    chosen = project.use_cases[use_case]
    layout = Layout.of(project.root, project.environment)
    with open_instance(layout) as instance:
        yield Session(project, chosen, build_definitions(project), instance, layout, stopped)


def _unknown(kind: str, name: str, known: Iterable[str], *, where: str, fix: str = "") -> MlopsAssetsError:
    """Return the error for an unknown name; `fix` is used if no known name is similar."""
    known = tuple(known)
    return MlopsAssetsError(
        f"there is no {kind} {name!r}",
        where=where,
        expected=f"one of {listing(known, 40)}",
        got=repr(name),
        fix=suggestion(name, known) or fix,
    )

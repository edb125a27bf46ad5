"""A session: the definitions, the instance and one use case, opened for a command."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dagster as dg

from mlops_assets.data.splits import rows_of
from mlops_assets.defs import keys
from mlops_assets.defs.assemble import build_definitions
from mlops_assets.defs.corridor import STAGE_TAG
from mlops_assets.defs.execution import Executor, Outcome, Report
from mlops_assets.defs.mlflow_status import alive_tags, close_runs, reap_runs
from mlops_assets.defs.plan import Plan, Planner
from mlops_assets.errors import DataError, MlopsAssetsError, ReleaseError, listing, nearest
from mlops_assets.folders import private_folder
from mlops_assets.monitoring.batches import list_batches
from mlops_assets.monitoring.replay import build_batches, parse_shift, shift_effects
from mlops_assets.stores import registry
from mlops_assets.stores.inbox import write_batches
from mlops_assets.stores.layout import Layout
from mlops_assets.stores.tables import load_table
from mlops_assets.stores.tracking import prepare_tracking
from mlops_assets.use_case.loader import Project
from mlops_assets.use_case.model import UseCase


@dataclass(frozen=True)
class Session:
    """What a command works with."""

    project: Project
    use_case: UseCase
    defs: dg.Definitions
    instance: dg.DagsterInstance
    layout: Layout

    @property
    def planner(self) -> Planner:
        """A planner over the present state."""
        return Planner(self.defs, self.instance, self.use_case, self.layout)

    def plan(self) -> Plan:
        """Return what is stale now."""
        return self.planner.plan()

    def run(self, *, stage: str | None, replay: int, report: Report) -> Outcome:
        """Bring the use case up to date; cut `replay` batches in between where the inbox is empty."""
        signs_of_life = self.layout.generated / "alive"
        reap_runs(self.instance, self._tracking_uri(), signs_of_life=signs_of_life)
        planner = self.planner
        nouns = None if stage is None else self._nouns(planner, stage)

        def before_batches() -> None:
            if replay and not list_batches(self.layout.incoming(self.use_case.name)):
                for line in self.replay(replay, (), 0):
                    report(line)

        with alive_tags(signs_of_life) as tags:
            outcome = Executor(self.defs, planner, report, nouns, tags).run(before_batches)
        uri = self._tracking_uri()
        for run_id in outcome.runs if uri is not None else ():
            close_runs(self.instance, run_id, str(uri), [self.use_case.name])
        return outcome

    def rollback(self) -> str:
        """Put the previous champion back in force, and return what was done in words."""
        names = self.use_case.release.registry
        uri = self._tracking_uri()
        if uri is None:
            raise ReleaseError(
                "nothing was ever deployed",
                where=self.use_case.name,
                expected="a champion and the one before it",
                fix=f"mlops-assets run {self.use_case.name}",
            )
        now = registry.rollback(uri, self.use_case.model_name, names.champion, names.previous)
        alias = f"{self.use_case.model_name}@{names.champion}"
        return f"{alias} is version {now.version} again, in place of version {now.previous_version}"

    def _tracking_uri(self) -> str | None:
        """Return the MLflow store where there is one already: a run that never logs need not make it."""
        declared = self.project.environment.mlflow.tracking_uri
        if declared is None and not (self.layout.mlflow / "mlflow.db").exists():
            return None
        return prepare_tracking(declared, self.layout.mlflow, root=self.layout.root)

    def replay(self, batches: int, shifts: Iterable[str], seed: int) -> Iterator[str]:
        """Write the live split to the inbox as batches, and yield what was done in words."""
        name, data = self.use_case.name, self.use_case.data
        tables = {noun: self.layout.artifact(name, noun, ".parquet") for noun in ("validated", "splits")}
        if not all(path.exists() for path in tables.values()):
            raise DataError(
                "there are no splits to replay from", where=name, fix=f"run mlops-assets run {name} --stage data first"
            )
        live = rows_of(load_table(tables["validated"]), load_table(tables["splits"]), "live")
        parsed = [parse_shift(text) for text in shifts]
        frames = build_batches(live, batches, parsed, seed, data.columns, target=self.use_case.task.target)
        yield from shift_effects(live, parsed, data.columns, target=self.use_case.task.target)
        label = "shifted" if parsed else "replay"
        for path, frame in write_batches(self.layout.incoming(name), label, frames, data.source):
            yield f"wrote {path.relative_to(self.layout.root)}: {len(frame):,} rows"

    def _nouns(self, planner: Planner, stage: str) -> set[str]:
        if stage not in keys.STAGES:
            near = nearest(stage, keys.STAGES)
            raise MlopsAssetsError(
                f"there is no stage {stage!r}",
                where="--stage",
                expected=f"one of {listing(keys.STAGES, 10)}",
                got=repr(stage),
                fix=f"did you mean {near!r}?" if near else "",
            )
        wanted = {key for key in planner.order if planner.graph.get(key).tags.get(STAGE_TAG) == stage}
        return {key.path[-1] for key in wanted | set(planner.ancestors(wanted))}


@contextmanager
def open_session(project: Project, use_case: str) -> Iterator[Session]:
    """Open a use case of a project, or say which ones there are."""
    if use_case not in project.use_cases:
        near = nearest(use_case, project.use_cases)
        raise MlopsAssetsError(
            f"there is no use case {use_case!r}",
            where="configs/",
            expected=f"one of {listing(project.use_cases, 10)}",
            got=repr(use_case),
            fix=f"did you mean {near!r}?" if near else f"mlops-assets new {use_case} --data FILE --target COLUMN",
        )
    chosen = project.use_cases[use_case]
    layout = Layout.of(project.root, project.environment)
    private_folder(layout.generated)  # before Dagster makes it for everybody to read
    with dg.DagsterInstance.get() as instance:
        yield Session(project, chosen, build_definitions(project), instance, layout)

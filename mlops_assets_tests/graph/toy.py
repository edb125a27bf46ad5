"""A toy lifecycle on an ephemeral instance, in milliseconds: its file, code, checks and faults are edited at will.

    source -> raw -> valid -> model -> decision -> deployment
    inbox -> incoming -> scored (a partition each batch; after deployment)

Every version is a text of the world. `valid` comes out the same for files that differ by spaces only.
"""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dagster as dg
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from mlops_assets.errors import IntegrityError
from mlops_assets.graph import keys
from mlops_assets.graph.condition import Look, ToMake, bind
from mlops_assets.graph.dagster_internals import AssetGraph
from mlops_assets.graph.plan import Planner
from mlops_assets.graph.stale import Outside, Plan, Source, observations
from mlops_assets.graph.stored import Materialized, latest
from mlops_assets.runner.execution import Executor, Outcome

BATCHES = dg.DynamicPartitionsDefinition(name="toy__batches")
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
LINE = ("raw", "valid", "model", "decision", "deployment")


def key(name: str) -> dg.AssetKey:
    return keys.asset_key("toy", name)


def shown(entity: dg.AssetKey | dg.AssetCheckKey, partition: str | None = None) -> str:
    """Return a short name: `model`, `decision:approved`, `incoming [may]`."""
    check = isinstance(entity, dg.AssetCheckKey)
    name = f"{entity.asset_key.path[-1]}:{entity.name}" if check else entity.path[-1]
    return name + (f" [{partition}]" if partition else "")


@dataclass
class World:
    """What there is outside of Dagster, what the definitions say, and the instance that remembers."""

    instance: dg.DagsterInstance
    file: str | None = "rows 1"
    inbox: dict[str, str] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)
    failing_checks: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)
    damages: set[str] = field(default_factory=set)
    damages_once: set[str] = field(default_factory=set)
    champion: bool = False
    busy: bool = False
    made: list[str] = field(default_factory=list)
    cursor: object = None
    _loaded: dict[str, dg.Definitions] = field(default_factory=dict)

    def plan(self) -> Plan:
        return self.planner().plan()

    def planner(self) -> Planner:
        return Planner(self.definitions().resolve_asset_graph(), self.instance, "toy", self.outside())

    def outside(self) -> Outside:
        return Outside(self._arrived, self._faults, self._missing)

    def _arrived(self, of: dg.AssetKey) -> dict[str | None, Source]:
        if of == key("source"):
            return {None: Source("its file", self.file)}
        return {name: Source("the file of this batch", version) for name, version in self.inbox.items()}

    def _faults(self, of: dg.AssetKey, made: Materialized) -> Iterable[str]:
        return [self.faults[of.path[-1]]] if of.path[-1] in self.faults else []

    def _missing(self, of: dg.AssetKey) -> str | None:
        return None if self.champion else "there is no champion"

    # Definitions, made anew after each edit, as when a code location is loaded again.

    def definitions(self) -> dg.Definitions:
        loaded = str((sorted(self.code.items()), sorted(self.limits.items())))
        if loaded not in self._loaded:
            self._loaded[loaded] = self._define()
        return self._loaded[loaded]

    def _define(self) -> dg.Definitions:
        look = Look(lambda graph, instance: None if self.busy else self._planned(graph, instance))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)
            warnings.simplefilter("ignore", dg.PreviewWarning)
            sources = [self._source("source", None), self._source("inbox", BATCHES)]
            assets = [self._asset(name, above) for name, above in zip(LINE, ("source", *LINE), strict=False)]
            assets += [self._asset("incoming", "inbox", partitions=BATCHES)]
            assets += [self._asset("scored", "incoming", "deployment", partitions=BATCHES)]
            checks = [self._check(*check) for check in CHECKS]
        for part in (*assets, *checks):
            bind(part, {"toy": look})
        return dg.Definitions(assets=[*sources, *assets], asset_checks=checks)

    def _planned(self, graph: object, instance: dg.DagsterInstance) -> Plan:
        return Planner(graph, instance, "toy", self.outside()).plan()

    def _source(self, name: str, partitions: dg.PartitionsDefinition | None) -> dg.AssetsDefinition:
        @dg.multi_observable_source_asset(name=name, specs=[dg.AssetSpec(key(name), partitions_def=partitions)])
        def observe() -> Iterator[dg.ObserveResult]:
            yield dg.ObserveResult(asset_key=key(name))

        return observe

    def _asset(self, name: str, *above: str, partitions: dg.PartitionsDefinition | None = None) -> dg.AssetsDefinition:
        @dg.asset(
            key=key(name),
            deps=[key(one) for one in above],
            code_version=self.code.get(name, "1"),
            partitions_def=partitions,
            automation_condition=ToMake(),
        )
        def make(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
            batch = context.partition_key if partitions else None
            self.made.append(name + (f" [{batch}]" if batch else ""))
            if name in self.failing or (name == "raw" and self.file is None):
                raise RuntimeError("it cannot be made")
            if above[0] in self.damages | self.damages_once:
                self.faults[above[0]] = "its stored file was changed"
                self.damages_once.discard(above[0])
                raise IntegrityError("a stored file is not the one that was made", where=above[0])
            self.faults.pop(name, None)
            read = self.inbox[batch] if batch else str(self.file)
            tags = {keys.input_tag(key(above[0])): read} if name in ("raw", "incoming") else {}
            version = self._version(name, read, latest(self.instance, key(above[0]), batch).data_version)
            return dg.MaterializeResult(data_version=dg.DataVersion(version), tags=tags)

        return make

    def _version(self, name: str, read: str, above: str | None) -> str:
        """Return the data version of what is made now: of its input's content and its configured result."""
        if name == "raw":
            return read
        content = read.strip() if name in ("valid", "incoming") else above
        return f"{name} of {content} {self.results.get(name, '')}"

    def _check(self, asset: str, name: str, blocking: bool, partitioned: bool) -> dg.AssetChecksDefinition:
        limit = {keys.CHECK_VERSION: self.limits.get(f"{asset}:{name}", "1")}

        @dg.asset_check(
            asset=key(asset),
            name=name,
            blocking=blocking,
            metadata=limit,
            partitions_def=BATCHES if partitioned else None,
            automation_condition=ToMake(),
        )
        def judged(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
            self.made.append(f"{asset}:{name}" + (f" [{context.partition_key}]" if partitioned else ""))
            return dg.AssetCheckResult(passed=f"{asset}:{name}" not in self.failing_checks, metadata=limit)

        return judged

    # What happens.

    def observe(self) -> None:
        """Do what the sensor of arrivals does."""
        self.instance.add_dynamic_partitions(str(BATCHES.name), list(self.inbox))
        planner = self.planner()
        for observation in observations(self.instance, planner.outside, planner.sources):
            self.instance.report_runless_asset_event(observation)

    def tick(self, *, observed: bool = True) -> dict[str | None, set[dg.AssetKey | dg.AssetCheckKey]]:
        """Let the daemon look once, `observed` by the sensor of arrivals before; return its requests, by partition."""
        if observed:
            self.observe()
        toy = dg.AssetSelection.key_prefixes(["toy"])
        result = dg.evaluate_automation_conditions(
            self.definitions(), self.instance, asset_selection=toy, cursor=self.cursor
        )
        self.cursor = result.cursor
        requested: dict[str | None, set[dg.AssetKey | dg.AssetCheckKey]] = {}
        for found in result.results:
            subset = found.true_subset
            if subset.is_empty:
                continue
            for name in subset.expensively_compute_partition_keys() if subset.is_partitioned else [None]:
                requested.setdefault(name, set()).add(found.key)
        return requested

    def execute(self, requested: dict[str | None, set[dg.AssetKey | dg.AssetCheckKey]]) -> None:
        """Execute what was requested, as the daemon does: exactly that, one run for each partition."""
        for partition, wanted in requested.items():
            job = self.definitions().resolve_implicit_global_asset_job_def()
            subset = job.get_subset(
                asset_selection={one for one in wanted if isinstance(one, dg.AssetKey)},
                asset_check_selection={one for one in wanted if isinstance(one, dg.AssetCheckKey)},
            )
            subset.execute_in_process(
                instance=self.instance, partition_key=partition, run_config=QUIET, raise_on_error=False
            )

    def settle(self, most: int = 12) -> list[list[str]]:
        """Let the daemon look and execute until it is at rest; return what it requested, tick by tick."""
        ticks = []
        for _ in range(most):
            requested = self.tick()
            if not requested:
                return ticks
            ticks.append(alone(requested))
            self.execute(requested)
        raise AssertionError(f"the daemon does not come to rest: {ticks}")

    def command(self, again: Iterable[tuple[str, str | None]] = ()) -> Outcome:
        """Do what `mlops-assets run` does."""
        executor = Executor(self.definitions(), self.planner(), lambda line: None, again=frozenset(again))
        return executor.run()

    def make(self, *names: str, partition: str | None = None) -> None:
        """Make assets with their checks, as a person does in the UI."""
        graph = self.definitions().resolve_asset_graph()
        wanted = {key(name) for name in names}
        self.execute({partition: {*wanted, *graph.get_check_keys_for_assets(wanted)}})

    def ui(self) -> dict[str, str]:
        """Return what Dagster's own UI says of each asset, and of each batch of one, where it is not FRESH."""
        graph = self.definitions().resolve_asset_graph()
        found = {name: stale_status(graph, self.instance, key(name))[0] for name in LINE}
        for batch in sorted(self.inbox):
            for name in ("incoming", "scored"):
                found[f"{name} [{batch}]"] = stale_status(graph, self.instance, key(name), batch)[0]
        return {name: status for name, status in found.items() if status != "FRESH"}


CHECKS = (
    ("valid", "schema", True, False),
    ("decision", "approved", True, False),
    ("decision", "warns", False, False),
    ("incoming", "schema", True, True),
)


def alone(requested: dict[str | None, set[dg.AssetKey | dg.AssetCheckKey]]) -> list[str]:
    """Return the names of a request in order, without the checks that are requested with their asset."""
    names = []
    for partition, wanted in requested.items():
        for entity in wanted:
            if not isinstance(entity, dg.AssetCheckKey) or entity.asset_key not in wanted:
                names.append(shown(entity, partition))
    return sorted(names, key=order)


def order(name: str) -> tuple[int, str]:
    """Sort along the line, batches after it."""
    first = name.split(" ", maxsplit=1)[0].split(":", maxsplit=1)[0]
    return ([*LINE, "incoming", "scored"].index(first), name)


@contextmanager
def world(*, lived: bool = True, batch: bool = True) -> Iterator[World]:
    """Yield a world; one in which everything was made once and the daemon is at rest, unless it is new."""
    with dg.DagsterInstance.ephemeral() as instance:
        found = World(instance, inbox={"may": "batch 1"} if batch else {})
        if lived:
            found.command()
            assert found.tick() == {}
            found.made.clear()
        yield found


def stale_status(
    graph: AssetGraph, instance: dg.DagsterInstance, key: dg.AssetKey, partition: str | None = None
) -> tuple[str, list[str]]:
    """Return what Dagster's own UI shows of an asset, FRESH, STALE or MISSING, with its causes."""
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    causes = [f"{cause.category.value}: {cause.reason}" for cause in resolver.get_stale_causes(key, partition)]
    return resolver.get_status(key, partition).value, causes

"""The records around a plan: what a planner must know that Dagster does not remember, and what is stale and why."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import dagster as dg

from mlops_assets.graph import keys
from mlops_assets.graph.stored import Materialized

Node = tuple[dg.AssetKey, str | None]
"""An asset, and the partition of it where it has any."""


@dataclass(frozen=True)
class Source:
    """The present state of something that comes from outside.

    Attributes:
        what: what it is to an asset that is made from it, such as "its file data/raw/people.csv".
        version: of its content; None where it is gone.
    """

    what: str
    version: str | None


@dataclass(frozen=True)
class Outside:
    """What a use case supplies to a planner. Each function is called again for each plan.

    Attributes:
        arrived: the present state of an external asset: by partition, or under None where it has none.
        faults: what is wrong with what a materialization left behind, in words.
        missing: why nothing can be made from an asset that was never made; None where something takes its place.
    """

    arrived: Callable[[dg.AssetKey], Mapping[str | None, Source]] = lambda key: {}
    faults: Callable[[dg.AssetKey, Materialized], Iterable[str]] = lambda key, made: ()
    missing: Callable[[dg.AssetKey], str | None] = lambda key: f"{key.path[-1]} was never made"


def observations(
    instance: dg.DagsterInstance, outside: Outside, sources: Iterable[dg.AssetKey]
) -> Iterator[dg.AssetObservation]:
    """Yield an observation of each source whose present version is not the one that was observed last."""
    for key in sources:
        for partition, source in outside.arrived(key).items():
            if source.version is not None and source.version != _observed(instance, key, partition):
                yield dg.AssetObservation(key, partition=partition, tags={keys.DATA: source.version})


def _observed(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str | None) -> str | None:
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition] if partition else None)
    found = instance.fetch_observations(wanted, limit=1).records
    observation = found[0].asset_observation if found else None
    return observation.tags.get(keys.DATA) if observation else None


@dataclass(frozen=True)
class Stale:
    """One thing to be made again: an asset, one partition of it, or a check, with the reasons.

    Attributes:
        key: the asset.
        reasons: why, in words.
        partition: the batch, for what is made by batch.
        check: the check, if only it has to be evaluated again.
        blocked_by: what holds it back: a blocking check that failed, or an input that was never made.
        waits: whether something that it is made from may still come out new: it is made in a later round, so that
            no decision is based on outdated evidence.
        mark: hash of what the decision is based on. A failed attempt is not repeated while it is the same.
    """

    key: dg.AssetKey
    reasons: tuple[str, ...]
    partition: str | None = None
    check: str | None = None
    blocked_by: str | None = None
    waits: bool = False
    mark: str = ""

    @property
    def is_runnable(self) -> bool:
        """Whether it can be made now: nothing holds it back, and nothing above it comes first."""
        return self.blocked_by is None and not self.waits

    @property
    def entity(self) -> dg.AssetKey | dg.AssetCheckKey:
        """The asset, or the check, that is to be executed."""
        return self.key if self.check is None else dg.AssetCheckKey(self.key, self.check)

    @property
    def name(self) -> str:
        """The name for people: asset, batch and check."""
        partition = f" [{self.partition}]" if self.partition else ""
        return self.key.to_user_string() + partition + (f" : {self.check}" if self.check else "")


@dataclass(frozen=True)
class Plan:
    """What is stale in one use case.

    Attributes:
        assets: unpartitioned assets, upstream first.
        checks: checks whose asset is fresh but whose own rule changed, or that never looked at this version.
        batches: partitions of incoming batches, by batch and then upstream first.
        fresh: how many unpartitioned assets are fresh.
    """

    assets: tuple[Stale, ...]
    checks: tuple[Stale, ...]
    batches: tuple[Stale, ...]
    fresh: int

    @property
    def everything(self) -> tuple[Stale, ...]:
        """All that is stale."""
        return (*self.assets, *self.checks, *self.batches)

    @property
    def runnable(self) -> tuple[Stale, ...]:
        """All that can be made now."""
        return tuple(stale for stale in self.everything if stale.is_runnable)


def fingerprint(version: object, *seen: str) -> str:
    """Return a short hash of what a decision is based on: the wanted version, and what something is made from."""
    return hashlib.sha256(json.dumps([str(version), *seen]).encode()).hexdigest()[:16]

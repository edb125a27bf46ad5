"""What a plan has to know and Dagster does not remember: files that arrive, damage, and what takes an asset's place."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import dagster as dg

from mlops_assets.graph import keys
from mlops_assets.graph.stored import Materialized


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
    """What a use case tells a planner. Each function is asked anew for each plan.

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

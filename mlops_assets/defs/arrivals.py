"""What arrives from outside, observed: the source file of a use case, and the files of its inbox.

Dagster holds both as observable assets, whose data versions are the hashes of the files' bytes. A sensor reports what
changed and adds a partition for each file of the inbox; the automation conditions request what has to be made from it.
"""

import warnings
from collections.abc import Iterator

import dagster as dg

from mlops_assets.defs.failures import readable
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.versions import version_of
from mlops_assets.errors import DataError, MlopsAssetsError, listing
from mlops_assets.graph import keys
from mlops_assets.graph.stale import Outside, Source, observations
from mlops_assets.monitoring.batches import BatchFile, list_batches
from mlops_assets.stores.content import digest_of
from mlops_assets.stores.layout import Layout
from mlops_assets.use_case.environment import Daemon
from mlops_assets.use_case.model import UseCase

SOURCE, INBOX = "source", "inbox"


def build(use_case: UseCase) -> list[dg.AssetsDefinition]:
    """Return the observable assets of a use case: its source file and its inbox."""
    name, path = use_case.name, use_case.data.source.path

    def spec(asset: str, stage: str, description: str, partitions: dg.PartitionsDefinition | None) -> dg.AssetSpec:
        return dg.AssetSpec(
            keys.asset_key(name, asset),
            description=description,
            group_name=keys.scoped(name, stage),
            owners=list(use_case.owners),
            tags={keys.STAGE_TAG: stage},
            kinds={"file"},
            code_version=version_of(__name__),
            partitions_def=partitions,
        )

    of_source = spec(SOURCE, "data", f"The file {path}, as it is; its data version is the hash of its bytes.", None)
    of_inbox = spec(INBOX, "monitoring", f"The files in the inbox of {name}, a partition each.", keys.batches(name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # of assets that are observed and have owners

        @dg.multi_observable_source_asset(name=f"{name}__source", specs=[of_source])
        @readable
        def source(workspace: Workspace) -> Iterator[dg.ObserveResult]:
            found = arrived(use_case, workspace.layout, of_source.key)[None]
            yield dg.ObserveResult(asset_key=of_source.key, data_version=dg.DataVersion(str(found.version)))

        @dg.multi_observable_source_asset(name=f"{name}__inbox", specs=[of_inbox])
        @readable
        def inbox(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.ObserveResult]:
            file = batch_file(use_case, workspace.layout, context.partition_key)
            yield dg.ObserveResult(asset_key=of_inbox.key, data_version=dg.DataVersion(file.digest))

    return [source, inbox]


def batch_file(use_case: UseCase, layout: Layout, name: str) -> BatchFile:
    """Return the file of a batch; raise DataError where it is gone."""
    folder = layout.incoming(use_case.name)
    files = {file.name: file for file in list_batches(folder, digest_of)}
    if name not in files:
        raise DataError(
            "the file of this batch is gone",
            where=str(folder),
            expected=f"a file called {name}",
            got=listing(files) or "an empty folder",
            fix="put the file back, or leave this partition as it is",
        )
    return files[name]


def arrived(use_case: UseCase, layout: Layout, key: dg.AssetKey) -> dict[str | None, Source]:
    """Return the present state of one of these assets: by batch, or of the one source file under None."""
    if key == keys.asset_key(use_case.name, SOURCE):
        path = use_case.data.source.path
        file = layout.root / path
        return {None: Source(f"its file {path}", digest_of(file) if file.is_file() else None)}
    if key != keys.asset_key(use_case.name, INBOX):
        return {}
    files = list_batches(layout.incoming(use_case.name), digest_of)
    return {file.name: Source("the file of this batch", file.digest) for file in files}


def arrival_sensor(use_case: UseCase, daemon: Daemon) -> dg.SensorDefinition:
    """Return the sensor that reports a changed source file and new or changed batches. It requests no run."""
    name = use_case.name

    @dg.sensor(
        name=keys.scoped(name, "incoming"),
        target=[],
        minimum_interval_seconds=daemon.interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Checks the source file and the inbox of {name} for changes, reports them, and adds a "
        "partition for each new file.",
    )
    @readable
    def incoming(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult | dg.SkipReason:
        outside = Outside(arrived=lambda key: arrived(use_case, workspace.layout, key))
        sources = [keys.asset_key(name, asset) for asset in (SOURCE, INBOX)]
        try:
            changed = list(observations(context.instance, outside, sources))
            files = sorted(str(batch) for batch in outside.arrived(sources[1]))
        except MlopsAssetsError as error:
            return dg.SkipReason(str(error))
        known = set(context.instance.get_dynamic_partitions(str(keys.batches(name).name)))
        new = [file for file in files if file not in known]
        if not changed and not new:
            return dg.SkipReason(f"the source file and {len(files)} files of the inbox are as they were")
        request = [keys.batches(name).build_add_request(new)] if new else []
        return dg.SensorResult(asset_events=changed, dynamic_partitions_requests=request)

    return incoming

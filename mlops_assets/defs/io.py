"""The IO manager: tables as parquet, records as JSON, bundles as verified folders, all written atomically.

What is written is recorded with its materialization, and what is read is compared with that record, every byte.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, get_origin

import dagster as dg
import pandas as pd

from mlops_assets.defs.failures import readable
from mlops_assets.defs.mlflow_status import turn_of
from mlops_assets.defs.resources import Workspace
from mlops_assets.errors import IntegrityError
from mlops_assets.graph import keys
from mlops_assets.graph.dagster_internals import release_outputs
from mlops_assets.graph.stored import recorded, stored_metadata
from mlops_assets.stores import tables
from mlops_assets.stores.content import Content, fault_of, mark_as_suspect
from mlops_assets.stores.locks import turn
from mlops_assets.stores.rows import WHOLE, Projection, load_rows
from mlops_assets.training.bundle import Bundle

STORED_AS = "stored/as"
"""Metadata by which an asset names its file, if its earlier values are to be kept as well."""


class StoreIOManager(dg.ConfigurableIOManager):
    """Stores each asset's value in its place in the layout; the annotation of a parameter decides how it is read."""

    workspace: dg.ResourceDependency[Workspace]
    use_cases: list[str] = []

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["StoreIOManager"]:
        """Hold the locks of the use cases of the run while it executes; wait if another run or a command has them."""
        with ExitStack() as stack:
            if context.run is not None:
                owner, doing = turn_of(context.run)
                named = keys.use_cases_of(context.run).intersection(self.use_cases)
                for use_case in sorted(named or self.use_cases):  # two runs that touch two never wait for each other
                    report = context.log.info if context.log else print
                    stack.enter_context(turn(self.workspace.layout.turn(use_case), owner, doing, report=report))
            yield self

    @readable
    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Write the value of an asset, or of one of its partitions, and record its content."""
        if obj is None:
            return
        path = self._path(context, type(obj))
        if isinstance(obj, pd.DataFrame):
            tables.save_table(obj, path)
        elif isinstance(obj, Bundle):
            from mlops_assets.stores.bundles import save_bundle

            save_bundle(obj, path)
        else:
            tables.save_record(obj, path)
        context.add_output_metadata(stored_metadata(path, self.workspace.layout))
        release_outputs(context)

    @readable
    def load_input(self, context: dg.InputContext) -> Any:
        """Read the value of an upstream asset as the type that the parameter is annotated with.

        Of a table only the columns and the splits are read that the parameter declares (`Stage.rows`).

        Raises:
            dagster.Failure: the file is missing, or is not the one that was recorded.
        """
        instance, layout, use_case = context.instance, self.workspace.layout, context.asset_key.path[0]
        partition = context.asset_partition_key if context.has_asset_partitions else None
        declared = Projection.declared(context.definition_metadata)
        splits = recorded(instance, layout, keys.asset_key(use_case, "splits")) if declared.needs_splits else None
        found = recorded(instance, layout, context.asset_key, partition)
        return load_stored(found, context.dagster_type.typing_type, use_case, declared, splits)

    def _path(self, context: dg.OutputContext, kind: type) -> Path:
        use_case, asset = context.asset_key.path
        suffix = ".parquet" if kind is pd.DataFrame else "" if kind is Bundle else ".json"
        named = context.output_metadata.get(STORED_AS)
        partition = context.asset_partition_key if context.has_asset_partitions else named and str(named)
        return self.workspace.layout.artifact(use_case, asset, suffix, partition)


def load_stored(
    content: Content,
    kind: Any,
    use_case: str,
    projection: Projection = WHOLE,
    splits: Content | None = None,
) -> Any:
    """Return a stored value, read from the very bytes that were compared with the record of it.

    Args:
        content: what was recorded of it.
        kind: DataFrame, a dict of them by split, Bundle, or the class of the record.
        use_case: its use case, for the command that the message suggests.
        projection: columns and splits of a table.
        splits: what was recorded of the table `splits`, where the projection needs it.

    Raises:
        IntegrityError: a file is missing or was changed; the next plan hashes its bytes, even if its times are equal.
    """
    try:
        if kind is pd.DataFrame or get_origin(kind) is dict:
            return load_rows(content, projection, splits)
        if kind is Bundle:
            from mlops_assets.stores.bundles import load_bundle

            return load_bundle(content.path, manifest_hash=content.sha256)
        return tables.load_record(content.path, kind, content.sha256)
    except IntegrityError as error:
        read = [content, *([splits] if splits else [])]
        for one in read:
            mark_as_suspect(one.path)
        if not any(fault_of(one) for one in read):
            raise  # the bytes are as recorded; the message says what else is wrong
        fix = f"mlops-assets run {use_case}, which makes it again"
        raise IntegrityError(error.what, where=error.where, expected=error.expected, got=error.got, fix=fix) from error

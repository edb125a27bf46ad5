"""The IO manager: tables as parquet, records as JSON, bundles as verified folders, all written atomically."""

from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from mlops_assets.defs.failures import readable
from mlops_assets.defs.resources import Workspace
from mlops_assets.stores import tables
from mlops_assets.training.bundle import Bundle


class StoreIOManager(dg.ConfigurableIOManager):
    """Keeps each asset's value where the layout says, by the type that the downstream parameter is annotated with."""

    workspace: dg.ResourceDependency[Workspace]

    @readable
    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Write the value of an asset, or of one of its partitions."""
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

    @readable
    def load_input(self, context: dg.InputContext) -> Any:
        """Read the value of an upstream asset as the type that the parameter is annotated with."""
        kind = context.dagster_type.typing_type
        path = self._path(context, kind)
        if kind is pd.DataFrame:
            return tables.load_table(path)
        if kind is Bundle:
            from mlops_assets.stores.bundles import load_bundle

            return load_bundle(path)
        return tables.load_record(path, kind)

    def _path(self, context: dg.OutputContext | dg.InputContext, kind: type) -> Path:
        use_case, noun = context.asset_key.path
        suffix = ".parquet" if kind is pd.DataFrame else "" if kind is Bundle else ".json"
        partition = context.asset_partition_key if context.has_asset_partitions else None
        return self.workspace.layout.artifact(use_case, noun, suffix, partition)

"""Resources: what a place provides to every asset. Only names and folders are shown in the UI, never a secret."""

from functools import cached_property
from pathlib import Path

import dagster as dg

from mlops_assets import settings
from mlops_assets.stores.layout import Layout
from mlops_assets.use_case.environment import Environment
from mlops_assets.use_case.loader import load_environment


class Workspace(dg.ConfigurableResource):
    """The project's folder and the environment overlay in force."""

    root: str
    environment_name: str

    @cached_property
    def environment(self) -> Environment:
        """The environment overlay, loaded where it is used, so that no resolved secret is part of any config."""
        path = Path(self.root) / "configs" / "environments" / f"{self.environment_name}.yaml"
        return load_environment(path, settings.variables())

    @property
    def layout(self) -> Layout:
        """Where everything lies."""
        return Layout.of(Path(self.root), self.environment)

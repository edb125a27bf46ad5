"""Resources: what an environment provides to every asset. The UI shows only names and folders, never a secret."""

from functools import cached_property
from pathlib import Path

import dagster as dg

from mlops_assets import settings
from mlops_assets.stores.layout import Layout
from mlops_assets.use_case.environment import Environment
from mlops_assets.use_case.loader import load_environment


class Workspace(dg.ConfigurableResource):
    """The project's folder and the current environment overlay."""

    root: str
    environment_name: str

    @cached_property
    def environment(self) -> Environment:
        """The environment overlay, loaded where it is used, so that no resolved secret is part of any config."""
        path = Path(self.root) / "configs" / "environments" / f"{self.environment_name}.yaml"
        return load_environment(path, settings.variables())

    @property
    def layout(self) -> Layout:
        """The folders of the project in this environment."""
        return Layout.of(Path(self.root), self.environment)

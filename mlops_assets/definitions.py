"""The code location: `configs/*.yaml` as `dagster.Definitions`. No logic."""

from mlops_assets import settings
from mlops_assets.defs.assemble import build_definitions
from mlops_assets.use_case.loader import load_project

settings.quiet_libraries()
defs = build_definitions(load_project(settings.project_root(), settings.environment_name()))

"""Assembly: a loaded project in, `dagster.Definitions` out."""

import dagster as dg

from mlops_assets.defs import arrivals, assurance, data, documents, features, monitoring, privacy, release, training
from mlops_assets.defs.automation import automation_sensors, jobs, look_at, schedules
from mlops_assets.defs.io import StoreIOManager
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.mlflow_status import status_sensors
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.sensors import alert_sensor
from mlops_assets.defs.versions import remember
from mlops_assets.graph.condition import bind
from mlops_assets.use_case.environment import Executor
from mlops_assets.use_case.loader import Project
from mlops_assets.use_case.model import UseCase

STAGES = (data, privacy, features, training, assurance, release, monitoring)


def build_definitions(project: Project) -> dg.Definitions:
    """Return the definitions of every use case of a project in its environment."""
    workspace = Workspace(root=str(project.root), environment_name=project.environment_name)
    mlflow = MlflowResource(workspace=workspace)
    use_cases = list(project.use_cases.values())
    built = [part for use_case in use_cases for part in _stages(use_case)]
    looks = {use_case.name: look_at(use_case, mlflow) for use_case in use_cases}
    for part in built:
        bind(part, looks)
    daemon = project.environment.daemon
    checks = [part for part in built if isinstance(part, dg.AssetChecksDefinition)]
    remember()
    return dg.Definitions(
        assets=[
            *(part for part in built if not isinstance(part, dg.AssetChecksDefinition)),
            *(part for use_case in use_cases for part in arrivals.build(use_case)),
        ],
        asset_checks=checks,
        jobs=[job for use_case in use_cases for job in jobs(use_case)],
        schedules=[schedule for use_case in use_cases for schedule in schedules(use_case)],
        sensors=[
            *(arrivals.arrival_sensor(use_case, daemon) for use_case in use_cases),
            *(sensor for use_case in use_cases for sensor in automation_sensors(use_case, daemon)),
            alert_sensor((spec.key for check in checks for spec in check.check_specs), daemon),
            *status_sensors(),
        ],
        resources={
            "workspace": workspace,
            "io_manager": StoreIOManager(workspace=workspace, use_cases=sorted(project.use_cases)),
            "mlflow": mlflow,
        },
        executor=_executor(project.environment.executor),
    )


def _stages(use_case: UseCase) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    built = [part for stage in STAGES for part in stage.build(use_case)]
    return [*built, *documents.build(use_case, [part for part in built if isinstance(part, dg.AssetChecksDefinition)])]


def _executor(config: Executor) -> dg.ExecutorDefinition:
    """Return one process for all steps, or forked ones that have these definitions imported already."""
    if config.kind == "in_process":
        return dg.in_process_executor
    forkserver = {"forkserver": {"preload_modules": ["mlops_assets.definitions"]}}
    return dg.multiprocess_executor.configured(
        {"max_concurrent": config.maximum_concurrent, "start_method": forkserver}
    )

"""What the definitions look like, whatever the YAML says: names, owners, versions, checks, jobs, sensors."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from mlops_assets.defs.assemble import build_definitions
from mlops_assets.graph import keys
from mlops_assets.use_case.loader import load_project

SHIPPED = {"credit_default", "penguins"}
BLOCKING = {"validated:schema", "splits:no_overlap", "splits:learnable", "incoming:schema", "release_decision:approved"}
MONITORING = {"incoming", "incoming_quarantine", "incoming_report", "scored", "drift"}
OBSERVED = {"source", "inbox"}
COPIES = 5


def resolve(root: Path) -> SimpleNamespace:
    """Load a project and return it with its definitions and all that Dagster resolves of them."""
    project = load_project(root, "local", {})
    defs = build_definitions(project)
    return SimpleNamespace(
        project=project,
        defs=defs,
        specs=list(defs.resolve_all_asset_specs()),
        graph=defs.resolve_asset_graph(),
        jobs={job.name: job for job in defs.resolve_all_job_defs() if not job.name.startswith("__")},
    )


@pytest.fixture(scope="module")
def shipped(repository: Path) -> SimpleNamespace:
    """The use cases that ship."""
    return resolve(repository)


@pytest.fixture(scope="module")
def crowded(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A project of five use cases that differ in nothing but their names."""
    folder = tmp_path_factory.mktemp("crowded")
    shutil.copytree(repository / "configs" / "environments", folder / "configs" / "environments")
    text = (repository / "configs" / "penguins.yaml").read_text(encoding="utf-8")
    (folder / "data" / "raw").mkdir(parents=True)
    shutil.copy(repository / "data" / "raw" / "penguins.csv", folder / "data" / "raw")
    for number in range(COPIES):
        copied = text.replace("name: penguins\n", f"name: colony_{number}\n", 1)
        (folder / "configs" / f"colony_{number}.yaml").write_text(copied, encoding="utf-8")
    return resolve(folder)


def test_the_shipped_use_cases_load(shipped) -> None:
    dg.Definitions.validate_loadable(shipped.defs)

    assert set(shipped.project.use_cases) == SHIPPED


@pytest.mark.parametrize("name", ["staging", "production"])
def test_the_definitions_of_a_server_are_those_of_a_laptop(shipped, repository: Path, name: str) -> None:
    """An overlay moves storage and executor; assets, checks and versions stay, so nothing is stale after a move."""
    given = ("MLOPS_ASSETS_STORAGE", "MLOPS_ASSETS_LEDGER", "MLFLOW_TRACKING_URI")
    project = load_project(repository, name, {variable: f"/srv/{variable.lower()}" for variable in given})
    defs = build_definitions(project)
    specs = {spec.key: spec.code_version for spec in defs.resolve_all_asset_specs()}

    assert specs == {spec.key: spec.code_version for spec in shipped.specs}
    assert defs.resolve_asset_graph().asset_check_keys == shipped.graph.asset_check_keys
    assert defs.executor.name == "multiprocess"


def test_five_use_cases_load_side_by_side(shipped, crowded) -> None:
    """No name of one use case runs into a name of another."""
    dg.Definitions.validate_loadable(crowded.defs)
    one = {spec.key.path[1] for spec in shipped.specs if spec.key.path[0] == "penguins"}

    assert {spec.key.path[0] for spec in crowded.specs} == {f"colony_{number}" for number in range(COPIES)}
    assert len(crowded.specs) == COPIES * len(one)
    assert len(crowded.jobs) == 2 * COPIES


def test_every_use_case_has_the_same_assets(shipped) -> None:
    """The YAML decides what an asset does, never whether it exists."""
    nouns = {name: {spec.key.path[1] for spec in shipped.specs if spec.key.path[0] == name} for name in SHIPPED}

    assert nouns["penguins"] == nouns["credit_default"]
    assert len(nouns["penguins"]) >= 25


def test_an_asset_key_is_the_use_case_and_the_name_of_the_asset(shipped) -> None:
    keys_of_all = {spec.key.to_user_string() for spec in shipped.specs}
    form = re.compile(rf"({'|'.join(SHIPPED)})/[a-z][a-z_]*")

    assert {key for key in keys_of_all if not form.fullmatch(key)} == set()


@pytest.mark.parametrize("field", ["description", "kinds", "owners", "code_version"])
def test_every_asset_says(shipped, field: str) -> None:
    assert [spec.key.to_user_string() for spec in shipped.specs if not getattr(spec, field)] == []


def test_owners_are_those_of_the_use_case(shipped) -> None:
    owners = {name: list(use_case.owners) for name, use_case in shipped.project.use_cases.items()}

    assert [spec.key for spec in shipped.specs if list(spec.owners) != owners[spec.key.path[0]]] == []


def test_the_group_of_an_asset_is_its_use_case_and_its_stage(shipped) -> None:
    groups = {spec.group_name for spec in shipped.specs}

    assert groups == {f"{name}__{stage}" for name in SHIPPED for stage in keys.STAGES}
    assert [s.key for s in shipped.specs if s.group_name.partition("__")[0] != s.key.path[0]] == []
    assert [s.key for s in shipped.specs if s.tags.get("mlops_assets/stage") != s.group_name.partition("__")[2]] == []


def test_a_code_version_is_twelve_hex_digits(shipped) -> None:
    assert [s.key for s in shipped.specs if not re.fullmatch(r"[0-9a-f]{12}", s.code_version)] == []


def test_no_use_case_depends_on_another(shipped) -> None:
    crossing = {
        (spec.key.to_user_string(), parent.to_user_string())
        for spec in shipped.specs
        for parent in shipped.graph.get(spec.key).parent_keys
        if parent.path[0] != spec.key.path[0]
    }

    assert crossing == set()


def test_only_the_source_file_and_the_inbox_come_from_outside(shipped) -> None:
    """Every other asset stands on one that is recorded, so that lineage has no gap."""
    roots = {key.path[1] for key in shipped.graph.get_all_asset_keys() if not shipped.graph.get(key).parent_keys}

    assert roots == {"source", "inbox"}
    observed = {key.path[1] for key in shipped.graph.get_all_asset_keys() if shipped.graph.get(key).is_observable}
    assert observed == roots


def test_every_check_says_what_it_asks(shipped) -> None:
    checks = shipped.graph.asset_check_keys
    silent = [check.to_user_string() for check in checks if not shipped.graph.get(check).description]

    assert silent == []
    assert {check.asset_key.path[0] for check in checks} == SHIPPED


def test_exactly_the_expected_checks_block(shipped) -> None:
    """What stops a run is a decision; a check must not come to block, or cease to, by accident."""
    blocking = {
        (check.asset_key.path[0], f"{check.asset_key.path[1]}:{check.name}")
        for check in shipped.graph.asset_check_keys
        if shipped.graph.get(check).blocking
    }

    assert blocking == {(name, check) for name in SHIPPED for check in BLOCKING}


def test_every_gate_has_a_check_of_its_own(shipped) -> None:
    use_cases = shipped.project.use_cases.values()
    declared = {(use_case.name, f"gate_{gate.name}") for use_case in use_cases for gate in use_case.release.gates}
    found = {(c.asset_key.path[0], c.name) for c in shipped.graph.asset_check_keys if c.name.startswith("gate_")}

    assert found == declared


def test_a_use_case_has_two_jobs_which_share_its_assets_out(shipped) -> None:
    """Many jobs are slow to resolve; every asset is in one of the two and in one only."""
    selected = {name: job.asset_layer.selected_asset_keys for name, job in shipped.jobs.items()}

    assert set(selected) == {f"{name}__{purpose}" for name in SHIPPED for purpose in ("lifecycle", "batch")}
    for name in SHIPPED:
        lifecycle, batch = selected[keys.scoped(name, "lifecycle")], selected[keys.scoped(name, "batch")]
        assert batch == {keys.asset_key(name, noun) for noun in MONITORING}
        made = {spec.key for spec in shipped.specs if spec.key.path[0] == name and spec.key.path[1] not in OBSERVED}
        assert lifecycle | batch == made
        assert not lifecycle & batch


def test_every_job_says_what_it_is_for(shipped) -> None:
    assert [name for name, job in shipped.jobs.items() if not job.description] == []


def test_only_monitoring_is_partitioned(shipped) -> None:
    partitioned = {spec.key for spec in shipped.specs if spec.partitions_def is not None}

    assert partitioned == {keys.asset_key(name, noun) for name in SHIPPED for noun in {*MONITORING, "inbox"}}


def test_every_sensor_runs_from_the_start(shipped) -> None:
    """One that is left at Dagster's default waits for somebody to switch it on, and nothing happens meanwhile."""
    sensors = list(shipped.defs.sensors)

    assert [sensor.name for sensor in sensors if sensor.default_status is not dg.DefaultSensorStatus.RUNNING] == []
    assert [sensor.name for sensor in sensors if not sensor.description] == []
    assert {f"{name}__{of}" for name in SHIPPED for of in ("incoming", "automation", "batches")} < {
        s.name for s in sensors
    }


def test_every_schedule_runs_from_the_start_in_a_declared_time_zone(shipped) -> None:
    schedules = list(shipped.defs.schedules)

    assert [s.name for s in schedules if s.default_status is not dg.DefaultScheduleStatus.RUNNING] == []
    assert [s.name for s in schedules if not s.execution_timezone or not s.description] == []
    assert {s.name for s in schedules} == {
        f"{name}__retraining"
        for name, use_case in shipped.project.use_cases.items()
        if use_case.monitoring.automation.retrain_schedule is not None
    }


def test_the_daemon_judges_every_asset_and_every_check_by_the_plan(shipped) -> None:
    """One that has no condition would be stale in the plan and never requested."""
    made = [spec for spec in shipped.specs if spec.key.path[1] not in OBSERVED]
    checks = [shipped.graph.get(check) for check in shipped.graph.asset_check_keys]

    assert [spec.key for spec in made if "stale" not in names_of(spec.automation_condition)] == []
    assert [check.key for check in checks if "stale" not in names_of(check.automation_condition)] == []
    assert {
        spec.key.path[1] for spec in shipped.specs if "retrain on drift" in names_of(spec.automation_condition)
    } == {"tuning"}


def test_each_asset_and_check_is_in_one_automation_sensor(shipped) -> None:
    """Two that evaluate one condition would request it twice."""
    sensors = [s for s in shipped.defs.sensors if isinstance(s, dg.AutomationConditionSensorDefinition)]
    found = [
        key
        for sensor in sensors
        for resolve in (sensor.asset_selection.resolve, sensor.asset_selection.resolve_checks)
        for key in resolve(shipped.graph)
    ]
    made = {spec.key for spec in shipped.specs if spec.key.path[1] not in OBSERVED}

    assert sorted(found, key=str) == sorted(made | shipped.graph.asset_check_keys, key=str)


def names_of(condition: dg.AutomationCondition | None) -> set[str]:
    """Return the names and labels in a condition."""
    if condition is None:
        return set()
    own = {condition.name, str(condition.get_label())}
    return own.union(*(names_of(child) for child in condition.children))

"""What is taken from inside Dagster: in one module, and noticed where Dagster changes it."""

import ast
from pathlib import Path

import dagster as dg
import pytest

import mlops_assets
from mlops_assets.graph import keys
from mlops_assets.graph.dagster_internals import daemon_cursor, version_of_partition
from mlops_assets.graph.stored import latest
from mlops_assets_tests.graph.toy import stale_status

PACKAGE = Path(mlops_assets.__file__).parent
SAY = "Dagster {} changed {}: mend mlops_assets/graph/dagster_internals.py"
BATCHES = dg.DynamicPartitionsDefinition(name="batches")


def test_no_other_module_imports_from_inside_dagster() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in imported(node)
        if name.startswith(("dagster._", "dagster_shared"))
    }

    assert found == {"graph/dagster_internals.py"}


def imported(node: ast.AST) -> list[str]:
    """Return the modules that a statement imports."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
def test_dagster_is_as_the_module_takes_it_to_be(tmp_path: Path) -> None:
    """The version of a partition as an input, the staleness that the UI shows, and the cursor of the daemon."""
    found = []

    @dg.asset(partitions_def=BATCHES, code_version="1")
    def above() -> dg.MaterializeResult:
        return dg.MaterializeResult(data_version=dg.DataVersion("content"))

    @dg.asset(
        partitions_def=BATCHES, deps=[above], code_version="1", automation_condition=dg.AutomationCondition.eager()
    )
    def below() -> dg.MaterializeResult:
        return dg.MaterializeResult(data_version=dg.DataVersion("more"))

    graph = dg.Definitions(assets=[above, below]).resolve_asset_graph()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        instance.add_dynamic_partitions("batches", ["may"])
        before = stale_status(graph, instance, below.key, "may")
        dg.materialize([above, below], instance=instance, partition_key="may")
        used = latest(instance, below.key, "may").tags[keys.input_tag(above.key)]
        after = stale_status(graph, instance, below.key, "may")
        if used != version_of_partition("content"):
            found.append("how it records the version of a partition that is an input")
        if (before[0], after) != ("MISSING", ("FRESH", [])):
            found.append("how it judges staleness")
        if daemon_cursor(instance, graph, "no_such_sensor") is not None:
            found.append("how it keeps the state of sensors")

    assert not found, SAY.format(dg.__version__, "; ".join(found))

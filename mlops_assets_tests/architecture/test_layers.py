"""The rooms keep their layers, and a new room cannot stand outside of them."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


@pytest.fixture(scope="module")
def contracts(repository: Path) -> dict[str, dict[str, object]]:
    """The import contracts by their type."""
    declared = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return {contract["type"]: contract for contract in declared["contracts"]}


def rooms(repository: Path) -> set[str]:
    """Return the names of the modules and packages right below the package."""
    folder = repository / "mlops_assets"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return modules | {path.parent.name for path in folder.glob("*/__init__.py")}


def test_every_import_contract_is_kept(repository, monkeypatch, capfd) -> None:
    monkeypatch.chdir(repository)
    monkeypatch.setattr(sys, "path", list(sys.path))
    status = lint_imports(str(repository / "pyproject.toml"), no_cache=True, no_logo=True)
    said = capfd.readouterr().out

    assert status == EXIT_STATUS_SUCCESS, said
    assert re.search(r"[1-9]\d* kept, 0 broken", said)


def test_every_room_is_in_a_layer(repository, contracts) -> None:
    layered = {part.strip() for layer in contracts["layers"]["layers"] for part in layer.split("|")}

    assert {f"mlops_assets.{room}" for room in rooms(repository)} == layered


def test_every_room_below_the_graph_is_forbidden_to_know_dagster(repository, contracts) -> None:
    knowing = {"cli", "definitions", "runner", "defs", "graph"}

    assert {f"mlops_assets.{room}" for room in rooms(repository) - knowing} == set(
        contracts["forbidden"]["source_modules"]
    )
    assert {"dagster", "dagster_mlflow"} <= set(contracts["forbidden"]["forbidden_modules"])


def test_dagster_is_imported_in_three_packages_only(trees) -> None:
    """Also inside functions; the code location and the command line take from `defs` what they need."""
    importing = {name for name, tree in trees.items() if any(_is_dagster(m) for m in _imported_names(tree))}

    assert {name for name in importing if not name.startswith(("graph/", "defs/", "runner/"))} == set()


def test_the_script_that_the_bench_compares_with_imports_nothing_of_the_package(repository) -> None:
    """A comparison with itself would say nothing: the script stands on public libraries alone, its tests included."""
    script = repository / "mlops_assets_tests" / "bench" / "plain_script.py"
    text = script.read_text(encoding="utf-8")
    imported = {name.partition(".")[0] for name in _imported_names(ast.parse(text))}

    assert {name for name in imported if name.startswith(("mlops_assets", "dagster", "importlib"))} == set()
    assert "__import__" not in text
    assert {
        "pandera",
        "sklearn",
        "optuna",
        "shap",
        "fairlearn",
        "evidently",
        "sdv",
        "diffprivlib",
        "mlflow",
    } <= imported


def test_definitions_have_annotations_that_dagster_can_read(trees) -> None:
    """Dagster reads annotations while it builds an asset: as texts, or behind TYPE_CHECKING, they would be lost."""
    found = {
        f"{name}, line {node.lineno}"
        for name, tree in trees.items()
        if name.startswith("defs/")
        for node in ast.walk(tree)
        if _hides_annotations(node)
    }

    assert found == set()


def _hides_annotations(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__" or any(alias.name == "TYPE_CHECKING" for alias in node.names)
    return isinstance(node, (ast.Name, ast.Attribute)) and "TYPE_CHECKING" in ast.unparse(node)


def _is_dagster(module: str) -> bool:
    return module.partition(".")[0].startswith("dagster")


def _imported_names(tree: ast.Module) -> set[str]:
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    plain = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}


def test_importing_a_layer_loads_nothing_above_it(contracts, imported_by, sources) -> None:
    """The contract at run time: from the lowest layer up, each with all of its modules, in one fresh process."""
    layers = [[part.strip() for part in layer.split("|")] for layer in reversed(contracts["layers"]["layers"])]
    names = [f"mlops_assets.{path.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}" for path in sources]
    allowed: list[str] = ["mlops_assets"]
    steps = []
    for layer in layers:
        allowed = [*allowed, *layer]
        steps.append(([name for name in names if in_one_of(name, layer)], allowed))
    program = (
        f"import importlib\nfor modules, allowed in {steps!r}:\n"
        "    for module in modules: importlib.import_module(module)\n"
        "    ours = [name for name in sys.modules if name.partition('.')[0] == 'mlops_assets']\n"
        "    rooms = {'.'.join(name.split('.')[:2]) for name in ours}\n"
        "    assert rooms <= set(allowed), (allowed[-1], sorted(rooms - set(allowed)))"
    )

    assert len(steps) > 15
    assert all(modules for modules, _ in steps)
    assert {"mlops_assets.cli", "mlops_assets.defs.assemble"} <= imported_by(program)


def test_checking_the_shipped_files_and_writing_their_schemas_loads_no_room(imported_by, contracts, repository) -> None:
    """All that the configuration does, plugins that a YAML names included, stays below the rooms."""
    layers = [[part.strip() for part in layer.split("|")] for layer in contracts["layers"]["layers"]]
    above = layers[: layers.index(["mlops_assets.use_case"])]
    program = (
        "from pathlib import Path\nfrom mlops_assets.use_case import generate, loader, reference\n"
        f"project = loader.load_project(Path({str(repository)!r}), 'local', {{}})\n"
        "assert {'credit_default', 'penguins'} <= set(project.use_cases)\n"
        "reference.render_reference(), generate.schema_texts()"
    )
    loaded = imported_by(program)

    assert {"mlops_assets.use_case.loader", "mlops_assets.plugins.families.random_forest"} <= loaded
    assert {name for name in loaded if any(in_one_of(name, layer) for layer in above)} == set()


def in_one_of(module: str, rooms: list[str]) -> bool:
    """Return whether a module is one of the rooms or lies in one."""
    return any(module == room or module.startswith(f"{room}.") for room in rooms)

"""The libraries that the product is made of are at work in the package, and not in its tests alone."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest

LIBRARIES = {
    "dagster": "dagster",
    "dagster-mlflow": "dagster_mlflow",
    "pandera": "pandera",
    "pandas": "pandas",
    "scikit-learn": "sklearn",
    "optuna": "optuna",
    "shap": "shap",
    "fairlearn": "fairlearn",
    "evidently": "evidently",
    "sdv": "sdv",
    "diffprivlib": "diffprivlib",
}


def imported(tree: ast.Module) -> set[str]:
    """Return the top-level names that a module imports, at any depth, and not for annotations alone."""
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize(("package", "module"), LIBRARIES.items())
def test_a_library_of_the_product_is_a_dependency_and_imported_by_the_package(
    package: str, module: str, trees: dict[str, ast.Module], repository
) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert [name for name in project["dependencies"] if name.startswith((f"{package}=", f"{package}>"))]
    assert [name for name, tree in trees.items() if module in imported(tree)]


def test_dagsters_web_server_is_a_dependency_and_started_by_make_ui(repository) -> None:
    """Nothing imports it: `dagster dev` starts it as a process."""
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    recipe = (repository / "Makefile").read_text(encoding="utf-8").partition("\nui:")[2].partition("\n\n")[0]

    assert any(name.startswith("dagster-webserver=") for name in project["dependencies"])
    assert "dagster dev" in recipe


def rows_of_the_page(repository) -> dict[str, tuple[str, ...]]:
    """Return the places that docs/libraries.md names for each library."""
    text = (repository / "docs" / "libraries.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| ([\w-]+) \| .+? \| (.+?) \|$", text, re.MULTILINE)
    return {name: tuple(re.findall(r"`([\w/]+(?:\.py|/))`", places)) for name, places in table if name != "library"}


def test_the_page_on_libraries_names_every_library_and_modules_that_import_it(repository, trees) -> None:
    found = rows_of_the_page(repository)
    module_of = {**LIBRARIES, "mlflow": "mlflow", "sdmetrics": "sdmetrics", "skops": "skops"}

    assert set(LIBRARIES) <= set(found)
    wrong = [
        f"{name}: {place}"
        for name, places in found.items()
        for place in places
        if not any(module_of[name] in imported(tree) for path, tree in trees.items() if path.startswith(place))
    ]
    assert wrong == []

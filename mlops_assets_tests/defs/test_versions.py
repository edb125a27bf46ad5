"""Code versions: they follow the code that counts and the configuration that is read, and nothing else."""

import importlib
import sys
from pathlib import Path

import dagster as dg
import pytest

from mlops_assets.defs import data, versions
from mlops_assets.defs.assemble import _stages
from mlops_assets.defs.versions import version_of
from mlops_assets.use_case.data import Shares, Splits
from mlops_assets.use_case.loader import load_use_case
from mlops_assets.use_case.model import UseCase

REMEMBERED = versions._remembered


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of its own in the place of this one, read afresh by every call."""
    folder = tmp_path / "toy_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "inner.py").write_text("LIMIT = 1\n")
    (folder / "outer.py").write_text("from toy_package.inner import LIMIT\n\ndef double():\n    return 2 * LIMIT\n")
    monkeypatch.setattr(versions, "_PACKAGE", "toy_package")
    monkeypatch.setattr(versions, "_is_module", lambda name: name in ("toy_package.inner", "toy_package.outer"))
    monkeypatch.setattr(versions, "_remembered", dict)
    monkeypatch.setattr(versions, "_FRESH", set())
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith("toy_package")]:
        del sys.modules[name]


def version() -> str:
    versions.syntax.cache_clear()
    versions._closure.cache_clear()
    importlib.invalidate_caches()
    return version_of("toy_package.outer")


def test_comments_docstrings_and_layout_do_not_count(package: Path) -> None:
    before = version()
    (package / "outer.py").write_text(
        '"""A docstring."""\nfrom toy_package.inner import LIMIT\n\n\ndef double():\n    """Say."""\n    # why\n'
        "    return 2 * LIMIT\n"
    )

    assert version() == before


@pytest.mark.parametrize("kept", ["whole", "cut short"])
def test_what_was_parsed_is_kept_for_the_next_process_until_the_source_changes(
    package: Path, kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory.json"
    monkeypatch.setattr(versions, "_MEMORY", memory)
    monkeypatch.setattr(versions, "_remembered", REMEMBERED)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    parse, parsed = versions._parse, []
    monkeypatch.setattr(versions, "_parse", lambda source: (parsed.append(source), parse(source))[1])

    def in_a_new_process() -> tuple[str, int]:
        REMEMBERED.cache_clear()
        parsed.clear()
        found = version()
        versions.remember()
        return found, len(parsed)

    try:
        before, at_first = in_a_new_process()
        if kept == "cut short":
            memory.write_bytes(memory.read_bytes()[:40])
        again, repeated = in_a_new_process()
        (package / "inner.py").write_text("LIMIT = 2\n")
        after, later = in_a_new_process()
    finally:
        REMEMBERED.cache_clear()

    assert (at_first, repeated, later) == (2, 2 if kept == "cut short" else 0, 1)
    assert again == before
    assert after != before


def test_code_counts_and_so_does_the_code_it_imports(package: Path) -> None:
    before = version()
    (package / "inner.py").write_text("LIMIT = 2\n")
    after = version()
    (package / "outer.py").write_text("from toy_package.inner import LIMIT\n\ndef double():\n    return 3 * LIMIT\n")

    assert len({before, after, version()}) == 3


def test_an_import_inside_a_function_counts(package: Path) -> None:
    (package / "outer.py").write_text("def double():\n    from toy_package.inner import LIMIT\n    return LIMIT\n")
    before = version()
    (package / "inner.py").write_text("LIMIT = 2\n")

    assert version() != before


def test_the_configuration_that_is_read_counts_by_its_values() -> None:
    base = version_of(reads=(Splits(), ("a", 1)))

    assert base == version_of(reads=(Splits(shares=Shares()), ("a", 1)))
    assert base != version_of(reads=(Splits(seed=1), ("a", 1)))
    assert base != version_of(reads=(Splits(), ("a", 2)))


def test_the_version_of_a_configuration_alone_is_the_same_in_every_release_of_this_package() -> None:
    """It is part of the key of a private release: with another version, the same statistics would be charged again."""
    assert version_of(reads=(("mean", 1.5, None), {"b": 2, "a": (1, "x")})) == "a38e1bf4edd9"


def test_the_order_of_a_mapping_counts_because_columns_are_ordered() -> None:
    assert version_of(reads=({"a": 1, "b": 2},)) != version_of(reads=({"b": 2, "a": 1},))


def versions_of_data(**splits: str) -> dict[str, str | None]:
    """Return the code version of every asset of the data stage, where one column is to be ignored."""
    types = {"person": "integer", "x": "number", "y": "integer"}
    columns = {name: {"type": kind} for name, kind in types.items()}
    columns["person"]["role"] = "ignore"
    use_case = UseCase.model_validate(
        {
            "name": "loans",
            "description": "A column that nobody reads, or the splits do.",
            "owners": ("team:tests",),
            "task": {"target": "y"},
            "data": {"source": {"path": "loans.csv"}, "columns": columns, "splits": splits},
        }
    )
    assets = [asset for asset in data.build(use_case) if isinstance(asset, dg.AssetsDefinition)]
    return {key.path[-1]: version for asset in assets for key, version in asset.code_versions_by_key.items()}


def test_validation_is_stale_where_the_splits_begin_to_read_a_column_to_ignore() -> None:
    """Its rules were not judged, and hold from now on."""
    ignored, read = versions_of_data(), versions_of_data(method="grouped", group="person")

    changed = {noun for noun in ignored if ignored[noun] != read[noun]}
    assert {"raw", "validated", "quarantine", "validation_report", "splits"} <= changed
    assert "profile" not in changed


def penguins() -> dict[str, str | None]:
    """Return the code version of every asset of the shipped use case that names ratio and two families."""
    versions._closure.cache_clear()
    use_case = load_use_case(Path(__file__).resolve().parents[2] / "configs" / "penguins.yaml")
    assets = [part for part in _stages(use_case) if isinstance(part, dg.AssetsDefinition)]
    return {key.path[-1]: version for asset in assets for key, version in asset.code_versions_by_key.items()}


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        ("plugins.transforms.ratio", {"feature_pipeline", "features", "tuning"}),
        ("plugins.column_groups", {"feature_pipeline", "features", "tuning"}),
        ("plugins.transforms.log", set()),
        ("plugins.families.random_forest", {"tuning", "model"}),
        ("plugins.families.hist_gradient_boosting", set()),
        ("plugins.readers.csv", {"raw", "validated", "incoming"}),
        ("plugins.readers.parquet", {"incoming", "incoming_report"}),
        ("privacy.synthesizers.gaussian_copula", {"synthetic"}),
        ("privacy.synthesizers.ctgan", set()),
        ("plugins.declarations", {"feature_pipeline", "features", "tuning"}),
        ("plugins.protocols", set()),
    ],
)
def test_assets_are_stale_with_the_code_of_the_plugins_that_their_yaml_names(
    module: str, changed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No import shows a plugin: it is in a code version by its name, and another plugin of its kind is not."""
    before = penguins()
    syntax = versions.syntax
    monkeypatch.setattr(
        versions,
        "syntax",
        lambda name: ("other", syntax(name)[1]) if name == f"mlops_assets.{module}" else syntax(name),
    )
    after = penguins()
    versions._closure.cache_clear()
    found = {name for name in before if before[name] != after[name]}

    assert changed <= found
    assert bool(changed) == bool(found)
    if module == "plugins.readers.parquet":
        assert "raw" not in found

"""What starting up costs: heavy libraries wait for the functions that use them."""

from __future__ import annotations


def tops(modules: set[str]) -> set[str]:
    """Return the top-level names of modules."""
    return {name.partition(".")[0] for name in modules}


def test_loading_the_definitions_imports_no_heavy_library_and_nothing_that_drafts(imported_by, heavy_libraries) -> None:
    """`dagster dev` and each of its processes load them: seconds here are seconds at each start.

    Drafting stands above everything that runs: a change there can break `new` and nothing else.
    """
    imported = imported_by("import mlops_assets.definitions")

    assert tops(imported) & heavy_libraries == set()
    assert {name for name in imported if name.startswith("mlops_assets.drafting")} == set()
    assert "mlops_assets.use_case.loader" in imported


def test_loading_the_definitions_says_nothing(run_fresh) -> None:
    """No warning, no banner: the first line that somebody sees is about their own work."""
    ended = run_fresh("import mlops_assets.definitions")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_checking_the_configuration_imports_neither_pandas_nor_dagster(imported_by, heavy_libraries) -> None:
    """A check of the YAML answers at once, as a hook before each commit must."""
    program = "from mlops_assets.cli import main; main(['check'], standalone_mode=False)"
    imported = tops(imported_by(program))

    assert imported & (heavy_libraries | {"pandas", "numpy", "pyarrow", "dagster", "jinja2"}) == set()
    assert {"mlops_assets", "pydantic"} <= imported


def test_importing_every_room_imports_no_heavy_library_and_no_dagster(imported_by, heavy_libraries, sources) -> None:
    """Rooms can be used in a notebook or a server without paying for what is not called."""
    names = [
        ".".join(["mlops_assets", *name.removesuffix(".py").removesuffix("/__init__").split("/")])
        for name in sources
        if not name.startswith(("graph/", "defs/", "runner/", "definitions.py", "__init__.py"))
    ]
    program = f"import importlib\nfor name in {names!r}: importlib.import_module(name)"

    assert tops(imported_by(program)) & (heavy_libraries | {"dagster"}) == set()


def test_listing_the_plugins_imports_none_of_them(run_fresh) -> None:
    """Discovery looks at file names, so that a broken plugin cannot break a use case that does not name it."""
    ended = run_fresh(
        "import sys; from mlops_assets import plugins; before = set(sys.modules)\n"
        "found = [name for kind in plugins.KINDS for name in plugins.names(kind)]\n"
        "print(len(found), *(set(sys.modules) - before - set(sys.stdlib_module_names)))"
    )
    count, *imported = ended.stdout.split()

    assert int(count) > 20
    assert imported == []

"""The reference page is fresh, and says something of every key."""

from pathlib import Path

from mlops_assets import plugins
from mlops_assets.use_case.environment import Environment
from mlops_assets.use_case.model import UseCase
from mlops_assets.use_case.reference import FILE, render_reference

ROOT = Path(__file__).parents[2]


def test_the_committed_page_is_what_the_models_say():
    """After a change of a model or plugin: `make docs`."""
    assert (ROOT / FILE).read_text(encoding="utf-8") == render_reference()


def test_every_section_and_every_plugin_has_its_place():
    """No section of the YAML and no plugin is left out."""
    page = render_reference()
    sections = [*UseCase.model_fields, *Environment.model_fields]
    named = [name for kind in plugins.KINDS for name in plugins.names(kind)]

    assert [name for name in sections if f"| `{name}` |" not in page] == []
    assert [name for name in named if f"`{name}`" not in page] == []


def test_every_key_has_a_meaning():
    """A row of a table without a last cell would be a key that nobody described."""
    rows = [line for line in render_reference().splitlines() if line.startswith("| `")]

    assert [row for row in rows if row.rstrip(" |").endswith("|") or row.endswith("|  |")] == []

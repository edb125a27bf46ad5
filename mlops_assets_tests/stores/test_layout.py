"""The layout: where files lie, whatever the environment says and a batch is called."""

from pathlib import Path

from mlops_assets.stores.layout import Layout
from mlops_assets.use_case.environment import Environment, Storage

ROOT = Path("/project")


def test_relative_folders_start_at_the_project_and_absolute_ones_do_not() -> None:
    layout = Layout.of(ROOT, Environment(storage=Storage(ledger="/vault/ledger")))

    assert layout.generated == ROOT / "data" / "generated"
    assert layout.ledger("credit") == Path("/vault/ledger/credit.sqlite")
    assert layout.incoming("credit") == ROOT / "data" / "incoming" / "credit"


def test_a_batch_with_a_slash_in_its_name_stays_in_its_folder() -> None:
    path = Layout.of(ROOT, Environment()).artifact("credit", "drift", ".json", "../../evil")

    assert path.parent == ROOT / "data" / "generated" / "credit" / "drift"

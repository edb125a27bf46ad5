"""The layout: where files lie, whatever the environment says and a batch is called."""

import stat
from pathlib import Path

from mlops_assets.folders import private_folder
from mlops_assets.stores.layout import Layout
from mlops_assets.stores.tables import write_text
from mlops_assets.use_case.environment import Environment, Storage

ROOT = Path("/project")


def test_relative_folders_start_at_the_project_and_absolute_ones_do_not() -> None:
    layout = Layout.of(ROOT, Environment(storage=Storage(ledger="/vault/ledger")))

    assert layout.generated == ROOT / "data" / "generated"
    assert layout.ledger("credit") == Path("/vault/ledger/credit.sqlite")
    assert layout.incoming("credit") == ROOT / "data" / "incoming" / "credit"


def test_a_path_is_shown_from_the_project_on_and_whole_where_it_lies_elsewhere() -> None:
    layout = Layout.of(ROOT, Environment(storage=Storage(incoming="/inbox")))

    assert layout.shown(layout.generated / "x.json") == "data/generated/x.json"
    assert layout.shown(layout.incoming("credit") / "replay-001.csv") == "/inbox/credit/replay-001.csv"


def test_a_batch_with_a_slash_in_its_name_stays_in_its_folder() -> None:
    path = Layout.of(ROOT, Environment()).artifact("credit", "drift", ".json", "../../evil")

    assert path.parent == ROOT / "data" / "generated" / "credit" / "drift"


def test_a_new_folder_is_for_its_owner_alone_and_one_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    made = private_folder(shared / "a" / "b")

    assert made == shared / "a" / "b"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (shared, shared / "a", made)] == [0o755, 0o700, 0o700]


def test_what_is_written_is_for_its_owner_alone_unless_it_is_configuration(tmp_path: Path) -> None:
    private, public = write_text(tmp_path / "x.json", "{}"), write_text(tmp_path / "x.yaml", "", mode=0o644)

    assert [stat.S_IMODE(path.stat().st_mode) for path in (private, public)] == [0o600, 0o644]

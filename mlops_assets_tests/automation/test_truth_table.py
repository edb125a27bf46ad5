"""One truth table drives the plan, the simulated daemon at rest, the command, and Dagster's own judgement."""

from pathlib import Path

import pytest

from mlops_assets_tests.automation.table import EMPTY, ROWS, Row, written
from mlops_assets_tests.graph.toy import World, shown, world

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]


def runnable(of: World) -> list[str]:
    return [shown(stale.entity, stale.partition) for stale in of.plan().runnable]


@pytest.mark.parametrize("row", ROWS, ids=[row.edit for row in ROWS])
def test_plan_daemon_command_and_ui(row: Row) -> None:
    with world(lived=not row.new, batch=not row.new) as of, world(lived=not row.new, batch=not row.new) as other:
        row.do(of)
        row.do(other)
        of.observe()
        planned, shows = runnable(of), of.ui()
        requested = of.settle()
        idle = [of.tick(), of.tick()]
        other.command()

        assert written(planned) == row.plan
        assert (" → ".join(written(tick) for tick in requested) or EMPTY) == row.daemon
        assert written(list(shows)) == row.ui
        assert set(requested[0] if requested else ()) == set(planned)
        assert idle == [{}, {}], "at rest is at rest"
        tried = {name for tick in requested for name in tick}
        assert set(runnable(of)) <= tried, "what is runnable still was tried, and failed"
        assert sorted(other.made) == sorted(of.made), "a command makes and judges what the daemon does, each once"
        assert runnable(other) == runnable(of)


def test_the_documentation_prints_this_table() -> None:
    heads = ("what happened", "the plan calls runnable", "the daemon requests", "Dagster's UI shows as stale", "note")
    rows = [(row.edit, row.plan, row.daemon, row.ui, row.note) for row in ROWS]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ("---",) * 5, *rows))

    assert table in DOCUMENT.read_text(encoding="utf-8"), f"docs/architecture.md should print:\n{table}"

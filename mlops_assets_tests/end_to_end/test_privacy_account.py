"""The account behind private releases: nothing that was spent is forgotten, whoever spent it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlops_assets.verdicts import Outcome
from mlops_assets_tests.end_to_end.conftest import USE_CASE, edit, run_in, session_in

pytestmark = pytest.mark.slow  # each runs a lifecycle


@pytest.fixture(scope="module")
def released_once(sample_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose private statistics were released once. Shared: leave it as it is."""
    folder = tmp_path_factory.mktemp("released") / "project"
    shutil.copytree(sample_project, folder)
    outcome, _ = run_in(folder, stage="privacy")
    assert not outcome.failures
    return folder


@pytest.fixture
def released(released_once: Path, tmp_path: Path) -> Path:
    """A copy of that project, to edit."""
    return Path(shutil.copytree(released_once, tmp_path / "project"))


def ledger(folder: Path) -> Path:
    return folder / "data" / "generated" / "ledger" / f"{USE_CASE}.sqlite"


@pytest.mark.parametrize("state", ["missing", "empty"])
def test_a_ledger_that_forgot_a_publication_is_rejected_and_a_restored_one_is_taken(
    released: Path, tmp_path: Path, state: str
) -> None:
    kept = shutil.copy(ledger(released), tmp_path / "backup.sqlite")
    ledger(released).unlink()
    if state == "empty":
        ledger(released).touch()
    edit(released, "privacy.budget.epsilon", 1.9)
    outcome, _ = run_in(released, stage="privacy")

    said = next(line for line in outcome.failures if "private_statistics" in line)
    assert "the privacy ledger" in said
    assert "restore the file from a backup" in said
    assert "0.85" in said
    shutil.copy(kept, ledger(released))
    restored, _ = run_in(released, stage="privacy")
    assert not restored.failures


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("missing", "its privacy ledger is missing"),
        ("empty", "its privacy ledger holds less than was published"),
        ("damaged", "its privacy ledger is damaged (file is not a database)"),
    ],
)
def test_the_loss_of_a_ledger_is_seen_although_nothing_else_changed(released: Path, state: str, reason: str) -> None:
    """The figures are fresh, but what they cost is forgotten: no run may call that up to date."""
    with session_in(released) as session:
        assert "private_statistics" not in {stale.key.path[-1] for stale in session.planner.plan().assets}
    ledger(released).unlink()
    if state != "missing":
        ledger(released).write_bytes(b"" if state == "empty" else b"not an account at all" * 100)
    with session_in(released) as session:
        stale = {stale.key.path[-1]: stale.reasons for stale in session.planner.plan().assets}
    outcome, _ = run_in(released, stage="privacy")

    assert stale["private_statistics"] == (reason,)
    assert "from a backup" in next(line for line in outcome.failures if "private_statistics" in line)
    assert ledger(released).exists() is (state != "missing")


def test_another_use_case_over_the_same_rows_is_reported_with_the_sum_of_both(released: Path) -> None:
    text = (released / "configs" / f"{USE_CASE}.yaml").read_text(encoding="utf-8")
    (released / "configs" / "second.yaml").write_text(text.replace(f"name: {USE_CASE}", "name: second", 1), "utf-8")
    with session_in(released, "second") as session:
        outcome = session.run(stage="privacy", replay=0, report=lambda _line: None)

    assert not outcome.failures
    with session_in(released, "second") as session:
        key = next(key for key in session.planner.order if key.path[-1] == "private_statistics")
        found = {name: (word, reason) for word, name, reason in session.planner.outcomes(key)}
        metadata = session.instance.get_latest_materialization_event(key).asset_materialization.metadata
    assert metadata["epsilon/spent_on_these_rows"].value == pytest.approx(1.7)
    assert metadata["epsilon/elsewhere_on_these_rows"].value == {USE_CASE: 0.85}
    word, reason = found["within_budget"]
    assert word == Outcome.PASSED
    assert f"({USE_CASE} 0.85): epsilon 1.7 together" in reason


def test_the_sum_over_the_same_rows_above_the_cap_fails() -> None:
    from mlops_assets.graph.privacy_account import judge_budget

    assert judge_budget(0.8, 1.0, {}).outcome is Outcome.PASSED
    assert judge_budget(0.8, 1.0, {"other": 0.2}).outcome is Outcome.PASSED
    failed = judge_budget(0.8, 1.0, {"other": 0.3})
    assert failed.outcome is Outcome.FAILED
    assert "epsilon 1.1 together, but at most 1 is declared" in failed.reason
    assert failed.limits == judge_budget(0.8, 1.0, {"other": 0.2}).limits == "at most 1"  # a card has it in a column
    assert judge_budget(1.1, 1.0, {"other": 0.3}).outcome is Outcome.FAILED

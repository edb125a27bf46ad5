"""What a use case stored, damaged in every way: it is stale, is told, is made again, and is never used silently."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_assets.defs import io
from mlops_assets.errors import MlopsAssetsError
from mlops_assets.graph import stored
from mlops_assets.runner.execution import Outcome
from mlops_assets.runner.summary import print_plan, print_shortcomings, print_summary
from mlops_assets.stores import registry
from mlops_assets.stores.content import fault_of, mark_as_suspect
from mlops_assets.stores.locks import turn
from mlops_assets.stores.tracking import prepare_tracking
from mlops_assets_tests.end_to_end.conftest import USE_CASE, edit, run_in, session_in

Lived = tuple[Path, Outcome, list[str]]

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def generated(folder: Path) -> Path:
    return folder / "data" / "generated" / USE_CASE


def stale_in(folder: Path) -> dict[str, str]:
    """Return why each asset and batch is stale, by noun, batches as `noun:batch`."""
    with session_in(folder) as session:
        plan = session.planner.plan()
    found = (*plan.assets, *plan.batches)
    return {s.key.path[-1] + (f":{s.partition}" if s.partition else ""): "; ".join(s.reasons) for s in found}


def test_a_use_case_whose_folder_was_removed_is_stale_in_every_asset_and_made_again(copy: Path) -> None:
    shutil.rmtree(generated(copy))
    stale = stale_in(copy)
    outcome, _ = run_in(copy)

    with session_in(copy) as session:
        nouns = {key.path[-1] for key in session.planner.order}
    assert {name.partition(":")[0] for name in stale} == nouns
    assert "raw.parquet is missing" in stale["raw"]
    assert "replay-001.parquet is missing" in stale["scored:replay-001"]
    assert outcome.failures == ()
    assert outcome.made == len(stale)
    assert stale_in(copy) == {}


def test_what_was_done_to_files_is_told_of_each_and_of_no_other_and_mended(copy: Path) -> None:
    folder = generated(copy)
    splits, validated = folder / "splits" / "splits.parquet", folder / "validated" / "validated.parquet"
    before = validated.stat()
    validated.write_bytes(splits.read_bytes())
    os.utime(validated, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.truncate(folder / "profile" / "profile.json", 100)
    (folder / "reports" / "model_card.md").write_text("# Nothing to see here")
    (folder / "drift" / "replay-002.json").unlink()
    (folder / "model" / "model" / "model.skops").unlink()
    (folder / "quarantine" / "quarantine.parquet").touch()
    stale = stale_in(copy)
    outcome, lines = run_in(copy)

    assert set(stale) == {"validated", "profile", "model_card", "model", "drift:replay-002"}
    assert stale["model_card"].endswith("reports/model_card.md was changed")
    assert outcome.failures == ()
    assert stale_in(copy) == {}
    made = "\n".join(lines)
    assert "/tuning" not in made, "nothing below comes out new, so nothing below is made"
    assert "Nothing to see" not in (folder / "reports" / "model_card.md").read_text()


def test_evidence_that_was_edited_deploys_nothing(copy: Path) -> None:
    edit(copy, "release.gates.0.at_least", 0.99)
    path = generated(copy) / "release_evidence" / "release_evidence.json"
    evidence = json.loads(path.read_text())
    evidence["metrics"]["evaluation.auc"].update(value=0.999, low=0.995, high=1.0)
    path.write_text(json.dumps(evidence, indent=1))
    outcome, _ = run_in(copy)
    with session_in(copy) as session:
        uri = prepare_tracking(None, session.layout.mlflow)
        _, version = registry.load_champion(uri, USE_CASE)

    assert outcome.failures == ()
    assert {stale.key.path[-1] for stale in outcome.blocked} == {"deployment"}
    assert version == "1"
    assert "0.999" not in path.read_text()


def test_a_bit_that_a_disk_flipped_is_found_by_the_step_that_reads_it_and_mended_in_the_same_run(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The times of the file are as they were, so that no plan can see it before."""
    suspects: set[Path] = set()
    monkeypatch.setattr(stored, "fault_of", lambda c: fault_of(c) if c.path in suspects else "")
    monkeypatch.setattr(io, "mark_as_suspect", lambda path: (suspects.add(path), mark_as_suspect(path)))
    path = generated(copy) / "evaluation" / "evaluation.json"
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(bytes(content))
    edit(copy, "documents.model_card.intended_use", "Something else.")
    unseen = stale_in(copy)
    outcome, lines = run_in(copy)

    assert set(unseen) == {"model_card"}
    assert any("DAMAGED" in line and "evaluation.json" in line for line in lines)
    assert outcome.failures == ()
    assert stale_in(copy) == {}
    assert "Something else." in (generated(copy) / "reports" / "model_card.md").read_text()


def test_damage_that_comes_back_each_time_ends_the_run_with_a_failure(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = io.tables.save_record

    def save_damaged(record: object, path: Path) -> None:
        save(record, path)
        if path.stem == "evaluation":
            monkeypatch.setattr(io, "stored_metadata", lambda *args: {**write(*args), "stored/sha256": "0" * 64})

    write = io.stored_metadata
    monkeypatch.setattr(io.tables, "save_record", save_damaged)
    edit(copy, "training.evaluation.confidence", 0.9)
    outcome, _ = run_in(copy)

    assert any("not the one that was made" in failure for failure in outcome.failures)


def test_one_asset_is_made_again_and_what_comes_out_the_same_stops_there(copy: Path) -> None:
    outcome, lines = run_in(copy, again=["credit_default/features"])
    made = [line.split("] ")[1].split()[0] for line in lines if line.startswith("  [")]

    assert made == ["credit_default/features"]
    assert outcome.failures == ()
    assert run_in(copy)[0].made == 0


def test_one_batch_is_judged_again(copy: Path) -> None:
    outcome, _ = run_in(copy, again=["drift:replay-001"])

    assert outcome.made == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [("evalution", "did you mean 'evaluation'"), ("drift:replay-009", "no batch 'replay-009'"), ("raw:replay-001", "")],
)
def test_what_cannot_be_made_again_is_told(copy: Path, name: str, said: str) -> None:
    with pytest.raises(MlopsAssetsError, match=said or "raw has no batch"):
        run_in(copy, again=[name])


def test_without_a_champion_batches_are_held_back_and_nothing_fails(
    fresh_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(fresh_project, "release.gates.0.at_least", 0.99)
    with session_in(fresh_project) as session:
        outcome = session.run(stage=None, replay=2, report=print)
        print_summary(session, outcome)
        shortcomings = print_shortcomings(session, outcome)
    said = capsys.readouterr().out.replace("\n", " ")
    again, _ = run_in(fresh_project)

    assert outcome.failures == again.failures == ()
    assert again.made == 0
    held = {(stale.key.path[-1], stale.partition) for stale in outcome.blocked}
    assert {("scored", "replay-001"), ("drift", "replay-001"), ("scored", "replay-002"), ("deployment", None)} <= held
    assert "there is no champion: release_decision:approved failed" in said
    assert shortcomings > 0
    assert "strict: exit code 1" in said
    assert "failed: release_decision:approved" in said


def test_with_a_champion_a_rejected_model_does_not_stop_the_scoring(copy: Path) -> None:
    edit(copy, "release.gates.0.at_least", 0.99)
    run_in(copy)
    with session_in(copy) as session:
        list(session.replay(1, [], 1))
        outcome = session.run(stage=None, replay=0, report=print)

    assert outcome.failures == ()
    assert {stale.key.path[-1] for stale in outcome.blocked} == {"deployment"}
    assert (generated(copy) / "scored" / "replay-003.parquet").exists()


def test_a_command_that_may_not_wait_says_who_is_at_work_and_a_plan_says_it_too(
    lived: Lived, capsys: pytest.CaptureFixture[str]
) -> None:
    with session_in(lived[0]) as session, turn(session.layout.turn(USE_CASE), "somebody", "run 1234abcd of Dagster"):
        with pytest.raises(MlopsAssetsError, match=r"run 1234abcd of Dagster \(process \d+\) is active on it"):
            session.run(stage=None, replay=0, report=print, wait=False)
        print_plan(session)

    assert "run 1234abcd of Dagster" in capsys.readouterr().out


def test_two_runs_at_once_on_a_fresh_clone_make_everything_once(fresh_project: Path, environment_of: object) -> None:
    command = [sys.executable, "-m", "mlops_assets.cli", "run", USE_CASE, "--stage", "data"]
    both = [
        subprocess.Popen(
            command, cwd=fresh_project, env=environment_of(fresh_project), text=True,  # type: ignore[operator]
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=300)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert sorted("Nothing was computed" in text for text in said) == [False, True]
    assert sum("waiting for a command of mlops-assets" in text for text in said) == 1


def test_strict_minds_the_checks_and_a_plain_run_does_not(lived: Lived, environment_of: object) -> None:
    command = [sys.executable, "-m", "mlops_assets.cli", "run", USE_CASE]
    environment = environment_of(lived[0])  # type: ignore[operator]
    plain, strict = (
        subprocess.run(command + more, cwd=lived[0], env=environment, text=True, capture_output=True, check=False)
        for more in ([], ["--strict"])
    )

    assert (plain.returncode, strict.returncode) == (0, 1)
    assert "strict: exit code 1: failed: validated:warnings" in strict.stdout.replace("\n", " ")
    assert strict.stderr == ""

"""The whole lifecycle of one use case on 600 real rows: what it makes, what it links, what makes it stale."""

import json
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from mlops_assets.data.table_schema import declare
from mlops_assets.data.validation import ValidationReport
from mlops_assets.defs.automation import look_ahead
from mlops_assets.formatting import estimate_text
from mlops_assets.runner.execution import Outcome
from mlops_assets.runner.summary import print_plan, print_summary
from mlops_assets.stores import registry
from mlops_assets.stores.tables import load_record, load_table
from mlops_assets.stores.tracking import prepare_tracking, tracking_client
from mlops_assets.training.evaluation import EvaluationReport
from mlops_assets.use_case.metrics import EVALUATION
from mlops_assets_tests.end_to_end.conftest import USE_CASE, edit, run_in, session_in

Lived = tuple[Path, Outcome, list[str]]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def stored(folder: Path, noun: str, suffix: str = ".parquet") -> Path:
    return folder / "data" / "generated" / USE_CASE / noun / f"{noun}{suffix}"


def test_the_first_run_makes_every_asset_and_fails_nothing(lived: Lived) -> None:
    folder, outcome, _ = lived
    with session_in(folder) as session:
        plan = session.planner.plan()

    assert outcome.failures == ()
    assert outcome.blocked == ()
    assert (plan.assets, plan.checks, plan.batches) == ((), (), ())
    assert outcome.made == plan.fresh + 2 * 5


def test_a_run_prints_progress_for_every_asset(lived: Lived) -> None:
    _, _, lines = lived
    text = "\n".join(lines)

    assert "credit_default/raw" in text
    assert "trial 3 of 3" in text
    assert "credit_default/drift [replay-002]" in text


def test_a_second_run_computes_nothing_and_says_so(lived: Lived, capsys: pytest.CaptureFixture[str]) -> None:
    folder, _, _ = lived
    with session_in(folder) as session:
        outcome = session.run(stage=None, replay=2, report=print)
        print_summary(session, outcome)
    said = capsys.readouterr().out

    assert (outcome.made, outcome.checked, outcome.runs) == (0, 0, ())
    assert "Nothing was computed" in said
    for figure in ("test auc", "epsilon spent", "synthetic quality", "drift of replay-001", "SEX"):
        assert figure in said


def test_raw_rows_reconcile_exactly_with_valid_and_quarantined_rows(lived: Lived) -> None:
    folder, _, _ = lived
    rows = {noun: load_table(stored(folder, noun))["__row__"] for noun in ("raw", "validated", "quarantine")}
    report = load_record(stored(folder, "validation_report", ".json"), ValidationReport)

    assert sorted(rows["raw"]) == sorted([*rows["validated"], *rows["quarantine"]])
    assert report.rows_in == len(rows["raw"]) == 600


def test_materialization_and_mlflow_run_link_to_each_other(lived: Lived) -> None:
    folder, outcome, _ = lived
    with session_in(folder) as session:
        event = session.instance.get_latest_materialization_event(dg.AssetKey([USE_CASE, "evaluation"]))
        uri = prepare_tracking(None, session.layout.mlflow)
    assert event is not None
    metadata = event.asset_materialization.metadata
    run = tracking_client(uri).get_run(metadata["mlflow_run_id"].value)

    assert run.data.tags["dagster_run_id"] == event.run_id == outcome.runs[0]
    assert run.info.status == "FINISHED"
    assert run.data.metrics["test/auc"] == pytest.approx(metadata["test/auc"].value)


def test_the_champion_is_the_bundle_that_passed_the_gates(lived: Lived) -> None:
    folder, _, _ = lived
    manifest = json.loads((stored(folder, "model", "") / "bundle.json").read_text())
    with session_in(folder) as session:
        uri = prepare_tracking(None, session.layout.mlflow)
        use_case = session.use_case
        champion, version = registry.load_champion(uri, USE_CASE)
        tags = tracking_client(uri).get_model_version(USE_CASE, version).tags

    assert champion.fingerprint == manifest["fingerprint"]
    assert champion.table == declare(use_case.data, use_case.task.target)
    assert {"code_version", "data_version", "config_version", "dagster_run_id"} <= set(tags)


def test_the_cards_name_the_materialization_of_their_figures(lived: Lived) -> None:
    folder, outcome, _ = lived
    reports = folder / "data" / "generated" / USE_CASE / "reports"
    card = (reports / "model_card.md").read_text()

    assert outcome.runs[0] in card
    assert f"{USE_CASE}/evaluation" in card
    assert "not been materialized" not in card
    assert card.splitlines()[2].startswith("> **Deployed as version 1")
    for name in ("model_card.html", "data_card.html", "profile.html", "features.html", "drift/replay-001.html"):
        assert (reports / name).stat().st_size > 1000, name


def test_every_table_has_a_schema_and_every_asset_a_data_version(lived: Lived) -> None:
    folder, _, _ = lived
    tables = ("raw", "validated", "quarantine", "splits", "synthetic", "features", "shap_values")
    with session_in(folder) as session:
        for key in session.planner.order:
            event = session.instance.get_latest_materialization_event(key)
            assert event is not None, key
            found = event.asset_materialization
            assert found.tags["dagster/data_version"]
            if key.path[-1] in tables:
                assert found.metadata["dagster/row_count"].value == len(load_table(stored(folder, key.path[-1])))
                assert found.metadata["dagster/column_schema"].schema.columns


@pytest.mark.parametrize(
    ("where", "value", "stale"),
    [
        ("assurance.fairness.minimum_group", 12, {"fairness", "model_card"}),
        ("assurance.fairness.favourable", [1], {"fairness"}),
        ("training.evaluation.confidence", 0.9, {"evaluation", "model_card"}),
        ("assurance.explanations.top", 10, {"explanations", "shap_values", "model_card"}),
        ("documents.model_card.intended_use", "Something else.", {"model_card"}),
        ("documents.data_card.motivation", "Another one.", {"data_card"}),
        ("privacy.synthetic.rows", 310, {"synthetic"}),
        ("privacy.statistics.0.epsilon", 0.06, {"private_statistics"}),
        ("features.selection.keep", 30, {"feature_pipeline", "tuning"}),
        ("training.search.trials", 4, {"tuning"}),
        ("training.calibration.method", "isotonic", {"model"}),
        ("release.gates.0.at_least", 0.56, {"release_decision", "model_card"}),
        ("monitoring.automation.retrain_schedule", "0 5 1 * *", set()),
        ("monitoring.drift.category_threshold", 0.6, set()),
    ],
)
def test_an_edit_makes_stale_what_reads_it_and_nothing_else(
    copy: Path, where: str, value: object, stale: set[str]
) -> None:
    edit(copy, where, value)
    with session_in(copy) as session:
        plan = session.planner.plan()

    assert {found.key.path[-1] for found in plan.assets} == stale


def test_a_changed_drift_limit_makes_every_batch_stale(copy: Path) -> None:
    edit(copy, "monitoring.drift.category_threshold", 0.6)
    with session_in(copy) as session:
        plan = session.planner.plan()

    assert {(found.key.path[-1], found.partition) for found in plan.batches} == {
        ("drift", "replay-001"),
        ("drift", "replay-002"),
    }


def test_a_changed_limit_of_a_check_judges_again_and_makes_nothing_but_the_card_that_tells_it(copy: Path) -> None:
    edit(copy, "assurance.fairness.limits.equalized_odds_difference", 0.2)
    outcome, _ = run_in(copy)

    assert (outcome.made, outcome.checked) == (1, 1)


def test_a_changed_file_makes_raw_stale_and_unchanged_bytes_do_not(copy: Path) -> None:
    raw = copy / "data" / "raw" / f"{USE_CASE}.csv.gz"
    raw.touch()
    with session_in(copy) as session:
        untouched = session.planner.plan()
        frame = pd.read_csv(raw)
        frame.iloc[:-1].to_csv(raw, index=False)
        changed = session.planner.plan()

    assert untouched.assets == ()
    assert [found.key.path[-1] for found in changed.assets] == ["raw"]


def test_an_edit_that_changes_no_content_stops_where_the_content_is_the_same(copy: Path) -> None:
    edit(copy, "data.columns.ID.description", "The number of the client")
    outcome, lines = run_in(copy)
    made = "\n".join(lines)

    assert outcome.failures == ()
    assert "credit_default/validated" in made
    assert "credit_default/tuning" not in made


def test_a_failed_gate_stops_deployment_and_nothing_else(copy: Path) -> None:
    edit(copy, "release.gates.0.at_least", 0.99)
    outcome, _ = run_in(copy)
    with session_in(copy) as session:
        uri = prepare_tracking(None, session.layout.mlflow)
        _, version = registry.load_champion(uri, USE_CASE)
        plan = session.planner.plan()

    assert outcome.failures == ()
    assert {stale.key.path[-1] for stale in outcome.blocked} <= {"deployment"}
    assert {stale.key.path[-1] for stale in plan.assets} <= {"deployment"}
    assert version == "1"
    card = (copy / "data" / "generated" / USE_CASE / "reports" / "model_card.md").read_text()
    assert "> **Held back: failed: discrimination is" in card
    assert "at least 0.99 is required" in card
    assert "version 1" in card.splitlines()[2]


def test_the_ledger_charges_the_same_data_once(copy: Path) -> None:
    from mlops_assets.stores.ledger import PrivacyLedger

    with session_in(copy) as session:
        path = session.layout.ledger(USE_CASE)
        before = PrivacyLedger(path).spent()
        (session.layout.artifact(USE_CASE, "private_statistics", ".json")).unlink()
        session.instance.wipe_assets([dg.AssetKey([USE_CASE, "private_statistics"])])
        outcome = session.run(stage="privacy", replay=0, report=print)

    assert outcome.made >= 1
    assert PrivacyLedger(path).spent() == before


def test_an_overdrawn_budget_is_refused_with_what_was_asked_spent_and_left(copy: Path) -> None:
    edit(copy, "privacy.budget.epsilon", 0.9)
    edit(copy, "privacy.statistics.0.epsilon", 0.06)
    outcome, _ = run_in(copy, stage="privacy")

    assert len(outcome.failures) == 1
    assert all(word in outcome.failures[0] for word in ("0.86", "0.85", "0.05", "0.9"))


def test_a_shifted_batch_fails_its_check_with_its_columns_and_automation_would_retrain(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with session_in(copy) as session:
        list(session.replay(1, ["LIMIT_BAL=*5", "AGE=+30"], 0))
        outcome = session.run(stage="monitoring", replay=0, report=print)
        verdicts = {name: (word, reason) for word, name, reason in session.planner.outcomes(key("drift"))}
        found, _ = look_ahead(session.defs, session.instance, USE_CASE)
        requested = {one.path[-1] for one in found}
        print_plan(session)
    printed = capsys.readouterr().out

    assert outcome.failures == ()
    word, reason = verdicts["no_drift [shifted-001]"]
    assert word == "failed"
    assert "LIMIT_BAL" in reason
    assert verdicts["no_drift [replay-001]"][0] == "passed"
    assert "tuning" in requested
    assert "credit_default/tuning" in printed


def test_a_batch_that_is_mostly_bad_is_neither_scored_now_nor_by_a_later_run(copy: Path) -> None:
    with session_in(copy) as session:
        inbox = session.layout.incoming(USE_CASE)
        frame = pd.read_csv(inbox / "replay-001.csv")
        frame.assign(LIMIT_BAL="a lot").to_csv(inbox / "broken.csv", index=False)
    first, lines = run_in(copy)
    second, _ = run_in(copy)

    assert first.failures == second.failures == ()
    assert any("schema failed" in line for line in lines)
    assert {(stale.key.path[-1], stale.partition) for stale in second.blocked} == {
        ("scored", "broken"),
        ("drift", "broken"),
    }
    assert second.made == 0


def test_an_unreadable_batch_fails_by_itself_and_the_others_are_judged(copy: Path) -> None:
    with session_in(copy) as session:
        inbox = session.layout.incoming(USE_CASE)
        good = pd.read_csv(inbox / "replay-001.csv")
        good.to_csv(inbox / "z-good.csv", index=False)
        good.drop(columns="AGE").to_csv(inbox / "a-narrow.csv", index=False)
        (inbox / "b-empty.csv").touch()
        (inbox / "c-damaged.parquet").write_bytes(b"PAR1 and no more")
    outcome, _ = run_in(copy)
    with session_in(copy) as session:
        names = {name for word, name, _ in session.planner.outcomes(key("drift")) if word == "passed"}

    assert [failure.split(":")[0] for failure in outcome.failures] == [
        f"{USE_CASE}/receive [{name}]" for name in ("a-narrow", "b-empty", "c-damaged")
    ]
    assert names == {f"no_drift [{name}]" for name in ("replay-001", "replay-002", "z-good")}


def test_a_batch_that_was_taken_out_of_the_inbox_is_no_open_question(copy: Path) -> None:
    with session_in(copy) as session:
        (session.layout.incoming(USE_CASE) / "replay-001.csv").unlink()
        names = [name for _, name, _ in session.planner.outcomes(key("drift"))]

    assert names == ["no_drift [replay-002]"]


def test_reading_the_same_bytes_otherwise_makes_stale_what_is_read(copy: Path) -> None:
    """The version of raw data is that of its bytes, which say nothing of the marks for a missing value."""
    path = copy / "configs" / f"{USE_CASE}.yaml"
    text = path.read_text()
    path.write_text(text.replace("    title:", '    missing_values: ["", "?"]\n    title:', 1))
    with session_in(copy) as session:
        plan = session.planner.plan()

    assert {"raw", "validated", "quarantine"} <= {found.key.path[-1] for found in plan.assets}
    assert ("incoming", "replay-001") in {(found.key.path[-1], found.partition) for found in plan.batches}


def test_a_new_champion_scores_new_batches_and_old_ones_are_judged_by_the_model_that_scored_them(copy: Path) -> None:
    edit(copy, "training.calibration.method", "none")
    changed, _ = run_in(copy)
    edit(copy, "monitoring.drift.category_threshold", 0.6)
    judged, lines = run_in(copy)
    with session_in(copy) as session:
        list(session.replay(1, [], 1))
        session.run(stage="monitoring", replay=0, report=print)
        versions = {
            name: set(load_table(session.layout.artifact(USE_CASE, "scored", ".parquet", name))["__model_version__"])
            for name in ("replay-001", "replay-003")
        }
        back = session.rollback()

    assert changed.failures == judged.failures == ()
    assert judged.made == 2
    assert all("drift [" in line for line in lines if "[ 1/" in line)
    assert versions == {"replay-001": {"1"}, "replay-003": {"2"}}
    assert "version 1 again" in back


def test_a_new_model_is_decided_on_once_and_on_its_own_evidence(copy: Path) -> None:
    edit(copy, "training.calibration.method", "none")
    _, lines = run_in(copy)
    text = "\n".join(lines)

    assert text.count(f"{USE_CASE}/release_decision ") == 1
    assert "approved failed" not in text


def key(noun: str) -> dg.AssetKey:
    return dg.AssetKey([USE_CASE, noun])


def test_running_one_stage_leaves_later_stages_alone(fresh_project: Path) -> None:
    outcome, lines = run_in(fresh_project, stage="features")
    made = "\n".join(lines)

    assert outcome.failures == ()
    assert "credit_default/feature_registry" in made
    assert "credit_default/tuning" not in made
    assert "credit_default/private_statistics" not in made


def test_the_card_says_what_the_records_say_and_says_it_once(lived: Lived, read_page) -> None:
    """Every metric is the record's, the ROC curve ends in the corners, and no table or list stands there twice."""
    folder, _, _ = lived
    page = read_page((folder / "data" / "generated" / USE_CASE / "reports" / "model_card.html").read_text())
    report = load_record(stored(folder, "evaluation", ".json"), EvaluationReport)
    cells = {row[0]: row[2] for row in page.rows if len(row) == 4}
    tables = ["|".join(cell.text or "" for cell in table.iter("td")) for table in page.tree.iter("table")]
    listed = ["".join(item.itertext()) for item in page.tree.iter("li")]
    shown = {name: cells[EVALUATION[name].title] for name, figure in report.metrics.items() if figure.value is not None}

    assert shown == {
        name: estimate_text(report.metrics[name].value, report.metrics[name].low, report.metrics[name].high)
        for name in shown
    }
    assert len(shown) >= 5
    assert len(set(tables)) == len(tables)
    assert len(set(listed)) == len(listed)
    assert {"ROC curve", "Calibration", "Predicted probabilities", "What moves the score"} <= {
        chart.get("alt").partition(".")[0] for chart in page.tree.iter("img")
    }

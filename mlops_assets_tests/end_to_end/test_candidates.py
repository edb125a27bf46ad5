"""What MLflow holds of a model whether or not it was released."""

from pathlib import Path

import mlflow
import pandas as pd
import pytest

from mlops_assets.stores.layout import Layout
from mlops_assets.stores.tracking import prepare_tracking, tracking_client
from mlops_assets.use_case.loader import load_project
from mlops_assets_tests.end_to_end.conftest import USE_CASE, Outcome, edit, run_in
from mlops_assets_tests.tracked_runs import find_runs

pytestmark = pytest.mark.slow  # each runs a lifecycle

Lived = tuple[Path, Outcome, list[str]]


def store_of(folder: Path) -> str:
    project = load_project(folder, "local")
    return prepare_tracking(None, Layout.of(folder, project.environment).mlflow)


def files_of(uri: str, run_id: str, folder: str) -> set[str]:
    client, found = tracking_client(uri), set()
    for file in client.list_artifacts(run_id, folder):
        found |= files_of(uri, run_id, file.path) if file.is_dir else {file.path}
    return found


def test_a_rejected_candidate_is_in_mlflow_with_its_model_its_metrics_its_reports_and_why(copy: Path) -> None:
    edit(copy, "release.gates.0.at_least", 0.99)
    edit(copy, "training.calibration.method", "none")
    outcome, _ = run_in(copy)
    uri = store_of(copy)
    client = tracking_client(uri)
    runs = [run for one in outcome.runs for run in find_runs(uri, one)]
    outputs = [client.get_run(run.run_id).outputs for run in runs]
    mlflow.set_tracking_uri(uri)
    models = [mlflow.get_logged_model(output.model_id) for found in outputs if found for output in found.model_outputs]
    (decided,) = (run for run in runs if "release_decision" in run.tags)
    reports = set().union(*(files_of(uri, run.run_id, "reports") for run in runs))
    rows = pd.read_csv(copy / "data" / "raw" / f"{USE_CASE}.csv.gz").head(20)
    answer = mlflow.pyfunc.load_model(models[0].model_uri).predict(rows)

    assert len(models) == 1
    assert answer["probability"].between(0, 1).all()
    assert decided.tags["release_decision"] == models[0].tags["release_decision"] == "rejected"
    assert "at least 0.99 is required" in decided.tags["release_decision.reasons"]
    assert decided.tags["bundle_fingerprint"] == models[0].tags["bundle_fingerprint"]
    assert "failed" in {value for tag, value in models[0].tags.items() if tag.startswith("gate/")}
    assert {"test/auc", "baseline/auc", "fairness/SEX/demographic_parity_ratio"} <= {m.key for m in models[0].metrics}
    assert {"reports/model_card.html", "reports/release_decision.md"} <= reports
    assert decided.status == "FAILED"  # Dagster's word for a run that a blocking check stopped
    assert len(client.search_model_versions(f"name = '{USE_CASE}'")) == 1


def test_a_released_model_is_stored_once_and_its_run_holds_every_report(lived: Lived) -> None:
    folder, outcome, _ = lived
    uri = store_of(folder)
    client = tracking_client(uri)
    (run,) = find_runs(uri, outcome.runs[0])
    outputs = client.get_run(run.run_id).outputs.model_outputs
    version = client.get_model_version_by_alias(USE_CASE, "champion")
    runs = [found for one in outcome.runs for found in find_runs(uri, one)]
    pages = set().union(*(files_of(uri, found.run_id, "reports") for found in runs))

    assert run.tags["release_decision"] == "approved"
    assert {output.model_id for output in outputs} == {version.tags["logged_model"]}
    assert version.run_id == run.run_id
    assert len(list((folder / "data" / "generated" / "mlflow" / "artifacts").rglob("model.skops"))) >= 1
    assert {
        f"reports/{name}" for name in ("profile.html", "features.html", "model_card.html", "data_card.md")
    } <= files_of(uri, run.run_id, "reports")
    assert {"plots/roc.png", "plots/calibration.png", "plots/shap_beeswarm.png"} <= files_of(uri, run.run_id, "plots")
    assert pages >= {"reports/drift/replay-001.html", "reports/drift/replay-002.html"}
    assert {found.status for found in runs} == {"FINISHED"}

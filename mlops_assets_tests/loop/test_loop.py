"""The living loop: a killed run that is taken up again, and a daemon that scores, judges, alerts and takes data in.

Real processes over one small project; the tests build upon one another and run in their order.
"""

from __future__ import annotations

import json
import time

import dagster as dg
import pandas as pd
import pytest

from mlops_assets.stores.tables import load_record, load_table
from mlops_assets.training.trials import SearchResult
from mlops_assets_tests.tracked_runs import find_runs

USE_CASE = "credit_default"
AUTOMATION = f"{USE_CASE}__automation"
SHIFTED = {"LIMIT_BAL", "AGE"}
BY_AUTOMATION = {"dagster__from_automation_condition": "true"}

pytestmark = pytest.mark.slow


def mlflow_statuses(place):
    """The status of each MLflow run, by its Dagster run."""
    uri = f"sqlite:///{place.generated / 'mlflow' / 'mlflow.db'}"
    return {run.dagster_run_id: run.status for run in find_runs(uri)}


def test_a_killed_run_leaves_nothing_half_written(killed):
    """Whatever lies at its final name after SIGKILL is whole."""
    assert killed.tables >= 5  # raw, validated, quarantine, splits, synthetic: the search comes before `features`
    assert killed.unreadable == ()


def test_the_next_run_ends_green(resumed):
    """One command after a crash: no repair, no flag."""
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert resumed.stderr == ""


def test_assets_made_before_the_kill_are_not_made_again(resumed):
    """The second run begins where the first one stopped."""
    assert "credit_default/tuning " in resumed.stdout
    assert "credit_default/splits " not in resumed.stdout
    assert "credit_default/synthetic " not in resumed.stdout


def test_the_search_goes_on_after_the_trials_that_were_over(place, killed, resumed):
    """Finished trials are neither repeated nor lost, and their figures stand in the record."""
    record = load_record(place.generated / USE_CASE / "tuning" / "tuning.json", SearchResult)
    repeated = set(killed.trials) & set(trials(resumed.stdout))

    assert f"{len(killed.trials)} of {len(record.trials)} trials are in its journal" in resumed.stdout
    assert repeated == set()
    assert len(killed.trials) + len(trials(resumed.stdout)) == len(record.trials) == 8
    assert [f"{one.family} on {one.features} auc {one.value:.4f}" for one in record.trials[:2]] == [
        killed.trials[1],
        killed.trials[2],
    ]


def trials(text):
    """The numbers of the trials that a command reported."""
    return [int(line.split("trial ")[1].split(" of ")[0]) for line in text.splitlines() if "   trial " in line]


def test_the_killed_run_is_told_as_killed_everywhere(place, killed, resumed):
    """MLflow says KILLED and Dagster says failed, although the process could not say so itself."""
    statuses = mlflow_statuses(place)
    others = {status for run_id, status in statuses.items() if run_id != killed.run_id}

    assert statuses[killed.run_id] == "KILLED"
    assert others == {"FINISHED"}
    assert place.instance.get_run_by_id(killed.run_id).status is dg.DagsterRunStatus.FAILURE


@pytest.fixture(scope="module")
def sent(place, daemon):
    """Two batches in the inbox: a file that somebody put there, and one that `replay --shift` cut."""
    rows = pd.read_csv(place.project / "data" / "raw" / "credit_default.csv.gz").sample(150, random_state=3)
    hidden = place.inbox / ".October 2005.csv"
    rows.drop(columns="default payment next month").to_csv(hidden, index=False)
    hidden.rename(place.inbox / "October 2005.csv")
    return place.command("replay", USE_CASE, "--batches", "1", "--shift", "LIMIT_BAL=*3", "--shift", "AGE=+20")


@pytest.fixture(scope="module")
def arrived(place, daemon, sent):
    """The run that the daemon made for the file."""
    return daemon.finished(lambda: place.batch_runs("October_2005"), "a run for the file in the inbox")


def test_a_file_in_the_inbox_is_scored_and_judged_by_nobody_s_hand(place, arrived):
    """It becomes a partition, each row gets a probability, and the drift check passes."""
    scored = load_table(place.generated / USE_CASE / "scored" / "October_2005.parquet")
    verdict = place.verdict("drift", "no_drift", "October_2005")

    assert arrived.status is dg.DagsterRunStatus.SUCCESS
    assert "October_2005" in place.instance.get_dynamic_partitions(f"{USE_CASE}__batches")
    assert len(scored) == 150
    assert scored["probability"].between(0, 1).all()
    assert verdict is not None
    assert verdict.passed


def test_batches_that_a_command_judged_are_left_alone_by_the_daemon(place, arrived):
    """The sensor's first look does not rescore earlier batches."""
    assert place.verdict("drift", "no_drift", "replay-001") is not None
    assert place.batch_runs("replay-001") == []
    assert place.batch_runs("replay-002") == []


@pytest.fixture(scope="module")
def shifted(place, daemon, sent):
    """The verdict on the shifted batch, once the daemon has come to one."""
    assert sent.returncode == 0, sent.stdout + sent.stderr
    daemon.finished(lambda: place.batch_runs("shifted-001"), "a run for the shifted batch")
    return place.verdict("drift", "no_drift", "shifted-001")


def test_a_shifted_batch_fails_its_check_with_the_columns_that_were_shifted(shifted):
    """The check says which columns, with their scores and limits."""
    assert shifted is not None
    assert not shifted.passed
    assert all(f"{column} (wasserstein distance" in shifted.description for column in SHIFTED)
    assert "BILL_AMT1" not in shifted.description


def test_an_alert_names_the_drifted_columns(place, daemon, shifted):
    """The file of alerts gets one line for the batch, and none for the batch that is well."""
    found = daemon.wait_for(
        lambda: [alert for alert in place.alerts() if alert["metadata"].get("batch") == "shifted-001"],
        "an alert for the shifted batch",
    )
    about = {alert["metadata"].get("batch") for alert in place.alerts()}

    assert [(alert["check"], alert["severity"]) for alert in found] == [("no_drift", "error")]
    assert all(column in found[0]["description"] for column in SHIFTED)
    assert "October_2005" not in about


def retrainings(place):
    """The runs that automation asked for and that search anew."""
    tuning = dg.AssetKey([USE_CASE, "tuning"])
    return [run for run in place.runs(**BY_AUTOMATION) if tuning in (run.asset_selection or ())]


@pytest.fixture(scope="module")
def retrained(place, daemon, shifted):
    """The retraining that the failed check started, once it is over."""
    return daemon.finished(lambda: retrainings(place), "a retraining by automation")


def test_drift_starts_a_search_and_nothing_follows_where_it_finds_the_same(place, daemon, retrained):
    """The training rows are the same, so the search finds the same model, and the champion keeps its version."""
    over = time.time()
    daemon.wait_for(lambda: len(daemon.ticks_since(AUTOMATION, over)) >= 3, "three more looks of automation")
    registered = json.loads((place.generated / USE_CASE / "deployment" / "deployment.json").read_bytes())

    assert retrained.status is dg.DagsterRunStatus.SUCCESS
    assert {key.path[-1] for key in retrained.asset_selection} == {"tuning"}
    assert len(retrainings(place)) == 1
    assert registered["version"] == "1"


@pytest.fixture(scope="module")
def taken_in(place, daemon, retrained):
    """The runs of automation after the source file lost its last row, once the daemon is at rest."""
    before = {run.run_id for run in place.runs()}
    path = place.project / "data" / "raw" / "credit_default.csv.gz"
    whole = path.with_name("whole.csv.gz")
    pd.read_csv(path).iloc[:-1].to_csv(whole, index=False)
    whole.replace(path)
    card = dg.AssetKey([USE_CASE, "model_card"])
    daemon.wait_for(
        lambda: any(run.is_finished and card in (run.asset_selection or ()) for run in runs_after(place, before)),
        "a model card of the new rows",
        seconds=400,
    )
    return runs_after(place, before)


def runs_after(place, before):
    """The runs that are not among those of before, the oldest first."""
    return [run for run in place.runs() if run.run_id not in before]


def test_a_changed_source_file_is_taken_in_round_by_round_by_nobody_s_hand(place, taken_in):
    """Each asset is made once, and only after what it is made from."""
    made = [key.path[-1] for run in taken_in for key in run.asset_selection or ()]
    runs = {key.path[-1]: number for number, run in enumerate(taken_in) for key in run.asset_selection or ()}
    order = [runs[name] for name in ("raw", "validated", "splits", "features", "model", "evaluation")]

    assert {run.status for run in taken_in} == {dg.DagsterRunStatus.SUCCESS}
    assert order == sorted(order)
    assert sorted(made) == sorted(set(made))
    assert {run.tags["dagster/sensor_name"] for run in taken_in} == {AUTOMATION}

import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mlops_assets.defs.mlflow_logging import MlflowRun
from mlops_assets.errors import TrackingError
from mlops_assets.redaction import redact
from mlops_assets.stores.tracking import (
    artifact_root,
    display_uri,
    ensure_experiment,
    prepare_tracking,
    tracking_client,
)

PREPARE = (
    "import sys; from pathlib import Path; from mlops_assets.stores.tracking import *; "
    "uri = prepare_tracking(None, Path(sys.argv[1])); client = tracking_client(uri); "
    "print(ensure_experiment(client, uri, 'credit'))"
)


def test_default_store_is_an_absolute_sqlite_file_in_the_folder(store_folder, store_uri):
    assert store_uri == f"sqlite:///{store_folder}/mlflow.db"
    assert artifact_root(store_uri) == (store_folder / "artifacts").as_uri()


@pytest.mark.slow
def test_two_processes_that_open_a_fresh_store_at_once_both_succeed(tmp_path):
    """One migrates, the other waits; both see the same experiment."""
    commands = [[sys.executable, "-c", PREPARE, str(tmp_path / "fresh")] for _ in range(2)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    outputs = [process.communicate(timeout=120)[0].split() for process in processes]

    assert [process.returncode for process in processes] == [0, 0]
    assert outputs[0] == outputs[1]
    assert sorted(p.name for p in (tmp_path / "fresh").iterdir()) == [".mlflow.db.lock", "mlflow.db"]


@pytest.mark.slow
def test_a_killed_migration_leaves_no_half_made_database(tmp_path):
    """The next process starts afresh and clears what was left."""
    folder = tmp_path / "fresh"
    process = subprocess.Popen([sys.executable, "-c", PREPARE, str(folder)], stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not list(folder.glob("*.tmp")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    process.stdout.close()
    left_over = list(folder.glob(".mlflow.db.*.tmp"))
    before = (folder / "mlflow.db").exists()
    prepare_tracking(None, folder)

    assert left_over
    assert not before
    assert (folder / "mlflow.db").exists()
    assert not list(folder.glob(".mlflow.db.*.tmp*"))


def test_artifacts_do_not_depend_on_the_working_directory(store_folder, store_uri, tmp_path):
    client = tracking_client(store_uri)
    experiment = client.get_experiment(ensure_experiment(client, store_uri, "credit"))

    assert experiment.artifact_location == (store_folder / "artifacts" / "credit").as_uri()
    assert experiment.tags["mlops_assets.use_case"] == "credit"
    assert sorted(path.name for path in tmp_path.iterdir()) == [store_folder.name]


def test_an_experiment_is_made_once(store_uri):
    client = tracking_client(store_uri)

    assert ensure_experiment(client, store_uri, "credit") == ensure_experiment(client, store_uri, "credit")


def test_a_deleted_experiment_is_named_with_the_command_that_restores_it(store_uri):
    client = tracking_client(store_uri)
    experiment = ensure_experiment(client, store_uri, "credit")
    client.delete_experiment(experiment)

    with pytest.raises(TrackingError, match=f"was deleted.*mlflow experiments restore --experiment-id {experiment}"):
        ensure_experiment(client, store_uri, "credit")


def test_servers_pass_through_untouched(tmp_path):
    uri = "https://anna:secret@mlflow.example:5000"

    assert prepare_tracking(uri, tmp_path / "none") == uri
    assert not (tmp_path / "none").exists()
    assert artifact_root(uri) is None


@pytest.mark.parametrize("uri", ["./mlruns", "file:///somewhere", "mlruns", "ftp://mlflow.example"])
def test_stores_that_mlflow_refuses_are_refused_at_once(uri, tmp_path):
    with pytest.raises(TrackingError, match=r"mlflow\.tracking_uri: MLflow keeps no tracking store there"):
        prepare_tracking(uri, tmp_path)


def test_a_relative_sqlite_path_starts_at_the_root_and_is_refused_without_one(migrated_store, tmp_path):
    (tmp_path / "store.db").write_bytes(migrated_store.read_bytes())

    assert prepare_tracking("sqlite:///store.db", tmp_path, root=tmp_path) == f"sqlite:///{tmp_path}/store.db"
    with pytest.raises(TrackingError, match="no fixed place"):
        prepare_tracking("sqlite:///store.db", tmp_path)


@pytest.mark.parametrize("content", [b"no database at all" * 100, None])
def test_a_file_of_something_else_ends_in_one_message_at_once(content, tmp_path):
    """MLflow itself would retry for a minute and a half."""
    path = tmp_path / "mlflow.db"
    if content:
        path.write_bytes(content)
    else:
        connection = sqlite3.connect(path)
        connection.execute("create table mine (id integer)")
        connection.close()

    with pytest.raises(TrackingError, match="the MLflow store cannot be opened"):
        prepare_tracking(None, tmp_path)


def test_a_folder_name_that_sqlite_addresses_cannot_hold_is_refused(tmp_path):
    with pytest.raises(TrackingError, match="with % or"):
        prepare_tracking(None, tmp_path / "100%25 mine")


def test_an_old_database_names_the_command_that_migrates_it(store_folder, store_uri):
    connection = sqlite3.connect(store_folder / "mlflow.db")
    connection.execute("update alembic_version set version_num = '451aebb31d03'")
    connection.commit()
    connection.close()

    with pytest.raises(TrackingError, match="fix: copy the database to a safe place, then run: mlflow db upgrade"):
        tracking_client(store_uri)


def test_an_unreachable_server_is_one_clear_error_without_the_password(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    uri = "http://anna:secret@127.0.0.1:9"
    client = tracking_client(uri)

    with pytest.raises(TrackingError, match=r"http://127\.0\.0\.1:9: MLflow failed while opening experiment") as raised:
        ensure_experiment(client, uri, "credit")
    assert "check that the server answers" in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://anna:se@cret@host/x", "https://***@host/x"),
        ("postgresql+psycopg2://u:p@host/db failed", "postgresql+psycopg2://***@host/db failed"),
        ("sqlite:////home/a@b/mlflow.db", "sqlite:////home/a@b/mlflow.db"),
        ("mail me at anna@example.com", "mail me at anna@example.com"),
    ],
)
def test_passwords_are_hidden_and_nothing_else(text, shown):
    assert redact(text) == shown


def test_what_is_shown_of_a_store_can_be_opened_by_a_person():
    assert display_uri("https://anna:secret@host:1/base?token=x") == "https://host:1/base"
    at = MlflowRun("abc", "credit", "7", "https://a:b@host/base/", None)
    local = replace(at, uri="sqlite:////a b/mlflow.db")

    assert at.metadata()["mlflow_url"].value == "https://host/base/#/experiments/7/runs/abc"
    assert local.metadata()["mlflow_url"].value.endswith("mlflow ui --backend-store-uri 'sqlite:////a b/mlflow.db'")


@pytest.mark.slow
def test_a_real_server_is_logged_to_and_read_back(store_folder, store_uri, mlflow_server):
    client = tracking_client(mlflow_server)
    experiment = ensure_experiment(client, mlflow_server, "credit")
    again = ensure_experiment(client, mlflow_server, "credit")

    assert experiment == again
    assert client.get_experiment(experiment).artifact_location.startswith("mlflow-artifacts:")
    assert Path(store_folder / "mlflow.db").exists()

"""A migrated MLflow store, made once: a fresh one takes seconds, a copy of it none."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlops_assets.stores.runs import DAGSTER_RUN_TAG
from mlops_assets.stores.tracking import USE_CASE_TAG, ensure_experiment, prepare_tracking, tracking_client


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    prepare_tracking(None, folder)
    return folder / "mlflow.db"


@pytest.fixture
def store_folder(migrated_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "mlflow store é"
    folder.mkdir()
    shutil.copy(migrated_store, folder / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def store_uri(store_folder: Path) -> str:
    return prepare_tracking(None, store_folder)


@pytest.fixture
def make_run(store_uri: str) -> Callable[..., str]:
    """Makes an open run of a use case, as a step does, and returns its id."""
    client = tracking_client(store_uri)

    def make(use_case: str = "credit", dagster_run: str = "11111111-aaaa") -> str:
        experiment = ensure_experiment(client, store_uri, use_case)
        tags = {USE_CASE_TAG: use_case, DAGSTER_RUN_TAG: dagster_run}
        return str(client.create_run(experiment, tags=tags).info.run_id)

    return make


@pytest.fixture
def mlflow_server(store_uri: str, store_folder: Path) -> Iterator[str]:
    """A real server on loopback over the store."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", store_uri, "--artifacts-destination", (store_folder / "served").as_uri()]
    with (store_folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                    break
            except OSError:
                time.sleep(0.3)
        else:
            pytest.fail((store_folder / "server.log").read_text()[-2000:])
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

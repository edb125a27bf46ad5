"""Logged models: a bundle as MLflow keeps it.

A bundle is logged as the folder that it is saved in, behind the loader of `mlflow_model.py`: nothing is pickled, and
what is loaded back is held against the digest that was taken when it was logged.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_assets.errors import IntegrityError
from mlops_assets.stores.tracking import tracking_client, tracking_errors, without_advice

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

    from mlops_assets.training.bundle import Bundle

LOADER = "mlops_assets.stores.mlflow_model"
BUNDLE_FOLDER = "bundle"
FINGERPRINT_TAG = "bundle_fingerprint"
DIGEST_TAG = "bundle_digest"

_REQUIREMENTS = ("mlops_assets", "numpy", "pandas", "scikit-learn", "skops")
_COLUMN_TYPES = {"integer": "long", "number": "double", "text": "string", "boolean": "boolean", "date": "datetime"}

Load = Callable[[Path], Any]
"""How a folder becomes a bundle."""


def log_bundle(tracking_uri: str, run_id: str, bundle_folder: Path, *, load: Load | None = None) -> str:
    """Log a saved bundle as a pyfunc model of a run, once, and return its URI `models:/<id>`."""
    bundle = or_load_bundle(load)(bundle_folder)
    client = tracking_client(tracking_uri)
    with tracking_errors(tracking_uri, f"logging {bundle_folder.name}"):
        model = log_with(client, run_id, bundle_folder, bundle, folder_digest(bundle_folder))
    return str(model.model_uri)


def log_with(client: MlflowClient, run_id: str, folder: Path, bundle: Bundle, digest: str) -> LoggedModel:
    """Log a loaded bundle and its folder with an open client, unless the run has it already; return what is kept."""
    experiment = client.get_run(run_id).info.experiment_id
    for model in client.search_logged_models([experiment], filter_string=f"source_run_id = '{run_id}'"):
        if model.tags.get(DIGEST_TAG) == digest and str(model.status) == "READY":
            return model
    tags = {DIGEST_TAG: digest, FINGERPRINT_TAG: bundle.fingerprint}
    model = client.create_logged_model(experiment, "model", run_id, tags, model_type="mlops_assets_bundle")
    with tempfile.TemporaryDirectory() as temporary:
        _save_pyfunc(Path(temporary) / "model", folder, bundle, run_id, model.model_id)
        client.log_model_artifacts(model.model_id, str(Path(temporary) / "model"))
    return client.finalize_logged_model(model.model_id, "READY")


def folder_digest(folder: Path) -> str:
    """Return the SHA-256, as hex, of the names and contents of all files below a folder."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix().encode()
        digest.update(hashlib.sha256(name).digest() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def download_bundle(tracking_uri: str, location: str, target: Path, recorded: str | None) -> Path:
    """Download a logged bundle into `target` and return its folder, once its digest is the one that was recorded.

    Args:
        tracking_uri: the store.
        location: where its artifacts are. MLflow would look for a `models:` URI in the store of the process.
        target: an empty folder.
        recorded: digest that was taken when it was logged.

    Raises:
        IntegrityError: it is another one, or none was recorded.
    """
    with tracking_errors(tracking_uri, f"downloading {location}"):
        import mlflow.artifacts

        local = mlflow.artifacts.download_artifacts(
            artifact_uri=location, dst_path=str(target), tracking_uri=tracking_uri, registry_uri=tracking_uri
        )
    folder = Path(local) / "data" / BUNDLE_FOLDER
    found = folder_digest(folder)
    if recorded != found:
        raise IntegrityError(
            "the stored model is not the one that was registered",
            where=location,
            expected=f"digest {recorded}" if recorded else "a digest recorded at registration",
            got=found,
            fix="roll back to the previous champion, and find out who changed the artifact store",
        )
    return folder


def signature(bundle: Bundle) -> Any:
    """Return the MLflow signature of a bundle: the raw columns that it reads, and probability and decision."""
    with without_advice():
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

    inputs = []
    for name in bundle.pipeline.required_columns:
        column = bundle.table.columns[name]
        kind = _COLUMN_TYPES.get(column.type) or (
            "long" if all(isinstance(code, int) for code in column.codes) else "string"
        )
        # A whole number that may be missing arrives as a float, because pandas has NaN only there.
        kind = "double" if kind == "long" and column.may_be_missing else kind
        inputs.append(ColSpec(kind, name, required=True))
    return ModelSignature(Schema(inputs), Schema([ColSpec("double", "probability"), ColSpec("integer", "decision")]))


def or_load_bundle(load: Load | None) -> Load:
    """Return `load`, or the loader of bundles where none is given."""
    if load is not None:
        return load
    from mlops_assets.stores.bundles import load_bundle

    return load_bundle


def _save_pyfunc(target: Path, folder: Path, bundle: Bundle, run_id: str, model_id: str) -> None:
    # With signature and requirements given, MLflow neither loads the model nor asks pip: 0.3 s in place of 11 s.
    with without_advice():
        import mlflow.pyfunc
        from mlflow.models import Model

    named = target.parent / BUNDLE_FOLDER
    shutil.copytree(folder, named)
    with without_advice():
        mlflow.pyfunc.save_model(
            path=str(target),
            loader_module=LOADER,
            data_path=str(named),
            mlflow_model=Model(artifact_path="model", run_id=run_id, model_uuid=model_id, model_id=model_id),
            signature=signature(bundle),
            pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in _REQUIREMENTS],
        )

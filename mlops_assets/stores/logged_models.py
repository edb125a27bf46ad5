"""Logged models: a bundle as MLflow keeps it.

A bundle is logged as the folder that it is saved in, behind the loader of `mlflow_model.py`: nothing is pickled, and
what is loaded back is compared with the digest that was taken when it was logged.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_assets.errors import IntegrityError, TrackingError
from mlops_assets.stores.tracking import tracking_client, tracking_errors, without_advice

if TYPE_CHECKING:
    from mlflow.entities import LoggedModel

    from mlops_assets.training.bundle import Bundle

LOADER = "mlops_assets.stores.mlflow_model"
BUNDLE_FOLDER = "bundle"
FINGERPRINT_TAG = "bundle_fingerprint"
DIGEST_TAG = "bundle_digest"

_REQUIREMENTS = ("mlops_assets", "numpy", "pandas", "scikit-learn", "skops")
_COLUMN_TYPES = {"integer": "long", "number": "double", "text": "string", "boolean": "boolean", "date": "datetime"}


def log_bundle(tracking_uri: str, experiment_id: str, run_id: str, bundle: Bundle) -> LoggedModel:
    """Return the logged model of a bundle, an output of the run; it is stored once in an experiment.

    Equal bundles make equal files: a model with the same files, which are whole, is not stored again. It is tagged with
    the bundle's fingerprint and the `folder_digest` of its files.
    """
    from mlflow.entities import LoggedModelOutput

    from mlops_assets.stores import bundles

    client = tracking_client(tracking_uri)
    with tempfile.TemporaryDirectory() as temporary, tracking_errors(tracking_uri, "logging a model"):
        folder = Path(temporary) / BUNDLE_FOLDER
        bundles.save_bundle(bundle, folder)
        digest = folder_digest(folder)
        model = _known(tracking_uri, experiment_id, digest)
        if model is None:
            tags = {DIGEST_TAG: digest, FINGERPRINT_TAG: bundle.fingerprint}
            made = client.create_logged_model(experiment_id, "model", run_id, tags, model_type="mlops_assets_bundle")
            _save_pyfunc(Path(temporary) / "model", folder, bundle, run_id, made.model_id)
            client.log_model_artifacts(made.model_id, str(Path(temporary) / "model"))
            model = client.finalize_logged_model(made.model_id, "READY")
        outputs = client.get_run(run_id).outputs
        if model.model_id not in {output.model_id for output in (outputs.model_outputs if outputs else ())}:
            client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
    return model


def find_model(tracking_uri: str, experiment_id: str, fingerprint: str) -> str | None:
    """Return the id of the newest logged model of a fingerprint, None where there is none."""
    found = _logged(tracking_uri, experiment_id, f"tags.{FINGERPRINT_TAG} = '{fingerprint}'")
    return str(found[0].model_id) if found else None


def _known(tracking_uri: str, experiment_id: str, digest: str) -> LoggedModel | None:
    """Return the logged model with these files, if there is one and it was not damaged since."""
    for model in _logged(tracking_uri, experiment_id, f"tags.{DIGEST_TAG} = '{digest}'"):
        try:
            with tempfile.TemporaryDirectory() as folder:
                download_bundle(tracking_uri, model.artifact_location, Path(folder), digest)
        except (IntegrityError, TrackingError):  # removed or changed: it is logged again
            continue
        return model
    return None


def _logged(tracking_uri: str, experiment_id: str, wanted: str) -> list[LoggedModel]:
    found = tracking_client(tracking_uri).search_logged_models([experiment_id], wanted)
    return [model for model in found if str(model.status) == "READY"]


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


def _save_pyfunc(target: Path, folder: Path, bundle: Bundle, run_id: str, model_id: str) -> None:
    # With signature and requirements given, MLflow neither loads the model nor asks pip: 0.3 s in place of 11 s.
    with without_advice():
        import mlflow.pyfunc
        from mlflow.models import Model

        mlflow.pyfunc.save_model(
            path=str(target),
            loader_module=LOADER,
            data_path=str(folder),
            mlflow_model=Model(artifact_path="model", run_id=run_id, model_uuid=model_id, model_id=model_id),
            signature=signature(bundle),
            pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in _REQUIREMENTS],
        )

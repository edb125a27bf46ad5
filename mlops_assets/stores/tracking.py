"""The MLflow store: where it is, how it is created, and the errors if it cannot be used.

Holds everything about the store as a whole; what happens to one run lives in `runs.py`, models in `registry.py`.
MLflow is imported inside the functions, and only through clients that are given their URI: nothing here touches the
active run or the tracking URI that MLflow keeps for the whole process.
"""

from __future__ import annotations

import logging
import shlex
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mlops_assets import settings
from mlops_assets.errors import TrackingError
from mlops_assets.redaction import USER_INFO, redact
from mlops_assets.stores.locks import file_lock
from mlops_assets.stores.tables import write_atomically

if TYPE_CHECKING:
    from mlflow import MlflowClient

USE_CASE_TAG = "mlops_assets.use_case"

_SQLITE = "sqlite:///"


def display_uri(uri: str) -> str:
    """Return a URI as it may be shown: no user, no password, no query.

    >>> display_uri("https://anna:secret@mlflow.example:5000/base?token=1")
    'https://mlflow.example:5000/base'
    """
    return USER_INFO.sub("", uri.partition("?")[0])


def prepare_tracking(uri: str | None, folder: Path, *, root: Path | None = None) -> str:
    """Return the URI of a store that is ready for use, creating a SQLite store where there is none yet.

    A fresh database is migrated under a temporary name behind a file lock and then renamed, so that two processes
    never migrate one file, and a killed one leaves no half-made database behind. Servers pass through untouched.

    Args:
        uri: what the environment says: http(s), sqlite, another database that MLflow knows, or None for a SQLite
            file `mlflow.db` in `folder`.
        folder: folder of the local store; holds locks also where the store itself is a server.
        root: where a relative path of a SQLite URI starts; such a path is refused without it.

    Raises:
        TrackingError: the URI is of a kind that MLflow does not take, or the file cannot be used.
    """
    if uri is None:
        return _prepare_sqlite(folder.resolve() / "mlflow.db")
    if uri.startswith(_SQLITE):
        return _prepare_sqlite(_sqlite_path(uri, root))
    scheme = urlsplit(uri).scheme.partition("+")[0]
    if scheme not in ("http", "https", "databricks", "postgresql", "mysql", "mssql"):
        raise TrackingError(
            "MLflow keeps no tracking store there",
            where="mlflow.tracking_uri",
            expected="an http(s) server, sqlite:///PATH or another database",
            got=repr(display_uri(uri)),
            fix="leave tracking_uri out for a SQLite file in the generated folder",
        )
    return uri


def artifact_root(uri: str) -> str | None:
    """Return where the artifacts of a local store go, an absolute `file:` URI; None where the server decides."""
    return (Path(uri.removeprefix(_SQLITE)).parent / "artifacts").as_uri() if uri.startswith(_SQLITE) else None


def tracking_client(uri: str) -> MlflowClient:
    """Return a client of the store and its registry, with short time-outs; raise TrackingError where it is closed."""
    settings.quiet_libraries()
    with tracking_errors(uri, "opening the store"):
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=uri, registry_uri=uri)


def ensure_experiment(client: MlflowClient, uri: str, use_case: str) -> str:
    """Return the id of the experiment that is named as the use case, created with an explicit artifact location.

    Left to itself MLflow would put the artifacts of a local store below the working directory of whichever
    process comes first.
    """
    from mlflow.exceptions import MlflowException

    with tracking_errors(uri, f"opening experiment {use_case!r}"):
        found = client.get_experiment_by_name(use_case)
        if found is None:
            root = artifact_root(uri)
            location = f"{root}/{use_case}" if root else None
            try:
                return str(client.create_experiment(use_case, location, {USE_CASE_TAG: use_case}))
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
                found = client.get_experiment_by_name(use_case)
        if found.lifecycle_stage != "active":
            raise TrackingError(
                f"experiment {use_case!r} was deleted",
                where=display_uri(uri),
                fix=f"restore it: mlflow experiments restore --experiment-id {found.experiment_id}",
            )
        if USE_CASE_TAG not in found.tags:
            client.set_experiment_tag(found.experiment_id, USE_CASE_TAG, use_case)
        return str(found.experiment_id)


@contextmanager
def tracking_errors(uri: str, doing: str) -> Iterator[None]:
    """Turn every way in which MLflow fails inside the block into one TrackingError that shows no password."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, RequestException, SQLAlchemyError) as error:
        shown = redact(str(error)).strip()
        raise TrackingError(
            f"MLflow failed while {doing}",
            where=display_uri(uri),
            got=shown.partition("\n")[0][:400] or type(error).__name__,
            fix=_fix(uri, shown),
        ) from (error if shown == str(error).strip() else None)


def _fix(uri: str, message: str) -> str:
    if "db upgrade" in message:
        return f"copy the database to a safe place, then run: mlflow db upgrade {shlex.quote(display_uri(uri))}"
    if uri.startswith("http"):
        return "check that the server answers, and mlflow.tracking_uri in configs/environments"
    return ""


@contextmanager
def without_advice() -> Iterator[None]:
    """Keep from the screen what MLflow advises about its own types, and about examples of input.

    An example of input would be a real person's row; the signature is given in its place.
    """
    with warnings.catch_warnings():
        for advice in ("Any type hint is inferred as AnyType", "An input example was not provided"):
            warnings.filterwarnings("ignore", f".*{advice}", UserWarning)
        yield


def _sqlite_path(uri: str, root: Path | None) -> Path:
    path = Path(uri.removeprefix(_SQLITE))
    if not path.name or (root is None and not path.is_absolute()):
        raise TrackingError(
            "the SQLite store has no fixed place",
            where="mlflow.tracking_uri",
            expected="sqlite:////ABSOLUTE/PATH.db",
            got=repr(uri),
            fix="write four slashes and an absolute path",
        )
    return ((root or Path("/")) / path).resolve()


def _prepare_sqlite(path: Path) -> str:
    if "%" in str(path) or "?" in str(path):
        raise TrackingError(
            "MLflow cannot open a SQLite store below a folder with % or ? in its name",
            where=str(path),
            fix="set storage.generated or mlflow.tracking_uri to another folder",
        )
    from sqlalchemy.exc import SQLAlchemyError

    cause: Exception | None = None
    try:
        with file_lock(path.with_name(f".{path.name}.lock")):
            if not path.exists() or not path.stat().st_size:
                _create_sqlite(path)
            got = "" if _holds_mlflow(path) else "a SQLite file that holds no MLflow tables"
    except (OSError, SQLAlchemyError) as error:
        got, cause = str(error) or type(error).__name__, error
    if got:
        raise TrackingError(
            "the MLflow store cannot be opened",
            where=str(path),
            expected="a SQLite file of MLflow in a folder that can be written to",
            got=got,
            fix="move the file elsewhere and run again, or correct the folder's permissions",
        ) from cause
    return f"{_SQLITE}{path}"


def _holds_mlflow(path: Path) -> bool:
    """Return whether MLflow made a SQLite file. It would retry on a broken one for a minute and a half."""
    from sqlalchemy import create_engine, inspect

    engine = create_engine(f"{_SQLITE}{path}")
    try:
        return inspect(engine).has_table("alembic_version")
    finally:
        engine.dispose()


def _create_sqlite(path: Path) -> None:
    settings.quiet_libraries()
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    def migrate(temporary: Path) -> None:
        SqlAlchemyStore(f"{_SQLITE}{temporary}", artifact_root(f"{_SQLITE}{path}")).engine.dispose()

    for left_over in path.parent.glob(f".{path.name}.*.tmp*"):
        left_over.unlink()
    logging.disable(logging.INFO)  # one line for each of some sixty migrations
    try:
        write_atomically(path, migrate)
    finally:
        logging.disable(logging.NOTSET)

"""The model registry: bundles as versions of a registered model, and the aliases that say which one is the champion.

What a version holds is in `logged_models.py`. A deployment is a sequence whose last step is the move of the
champion's alias, so that a process killed on the way leaves the old champion in place.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_assets.errors import ReleaseError
from mlops_assets.stores.logged_models import DIGEST_TAG, FINGERPRINT_TAG, download_bundle
from mlops_assets.stores.tracking import USE_CASE_TAG, display_uri, tracking_client, tracking_errors

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

    from mlops_assets.training.bundle import Bundle

MODEL_TAG = "logged_model"
IN_PLACE_OF_TAG = "in_place_of"
ROLLED_BACK_TAG = "rolled_back"


@dataclass(frozen=True)
class RegisteredVersion:
    """A version of a registered model that is the champion.

    Attributes:
        version: its number, as MLflow writes it.
        previous_version: the champion before it; None if there was none.
    """

    version: str
    previous_version: str | None


def register_bundle(
    tracking_uri: str,
    model_name: str,
    logged: LoggedModel,
    tags: Mapping[str, str],
    *,
    champion: str = "champion",
    previous: str = "previous_champion",
) -> RegisteredVersion:
    """Register a logged bundle and make it the champion, keeping the alias of the one before it for a rollback.

    A bundle that is the champion already changes nothing; one that was registered before (a run was killed on the
    way, or an older model returns) gets the aliases without a second version.

    Args:
        tracking_uri: the store.
        model_name: name in the registry.
        logged: the bundle as `log_bundle` logged it.
        tags: what the version came from: use case, versions of code, data and configuration, the Dagster run.
        champion: alias of the champion.
        previous: alias of the version before it.

    Raises:
        ReleaseError: the bundle was the champion once and was rolled back.
    """
    client = tracking_client(tracking_uri)
    with tracking_errors(tracking_uri, f"registering {model_name!r}"):
        digest = logged.tags[DIGEST_TAG]
        version = _version_of(client, model_name, digest)
        if version is None:
            _ensure_model(client, model_name, tags)
            known = {name: logged.tags[name] for name in (FINGERPRINT_TAG, DIGEST_TAG)} | {MODEL_TAG: logged.model_id}
            made = client.create_model_version(
                model_name,
                logged.artifact_location,
                logged.source_run_id,
                tags={**tags, **known},
                model_id=logged.model_id,
            )
            version = _version_of(client, model_name, digest) or made
            if version.version != made.version:  # another process was first: its version is the one
                client.delete_model_version(model_name, made.version)
        if ROLLED_BACK_TAG in version.tags:
            raise ReleaseError(
                "this model was champion before and was rolled back",
                where=f"registered model {model_name!r}, version {version.version}",
                fix=f"train another one, or make it champion: mlops-assets rollback USE_CASE --to {version.version}",
            )
        return _put_in_force(client, model_name, str(version.version), champion, previous)


def promote(
    tracking_uri: str,
    model_name: str,
    version: str,
    champion: str = "champion",
    previous: str = "previous_champion",
) -> RegisteredVersion:
    """Make a registered version the champion, also one that was rolled back: a person decided so."""
    client = tracking_client(tracking_uri)
    with tracking_errors(tracking_uri, f"promoting {model_name!r} version {version}"):
        if ROLLED_BACK_TAG in client.get_model_version(model_name, version).tags:
            client.delete_model_version_tag(model_name, version, ROLLED_BACK_TAG)
        return _put_in_force(client, model_name, version, champion, previous)


def rollback(
    tracking_uri: str, model_name: str, champion: str = "champion", previous: str = "previous_champion"
) -> RegisteredVersion:
    """Make the previous champion the champion again; the one it replaces is marked, and becomes the previous one.

    Raises:
        ReleaseError: there is no previous champion.
    """
    client = tracking_client(tracking_uri)
    with tracking_errors(tracking_uri, f"rolling {model_name!r} back"):
        aliases = _aliases(client, model_name)
        now, before = aliases.get(champion), aliases.get(previous)
        if now is not None and now == before:  # a process was killed between the moves of the two
            before = client.get_model_version(model_name, now).tags.get(IN_PLACE_OF_TAG)
        if now is None or before is None or now == before:
            raise ReleaseError(
                "there is no previous champion to go back to",
                where=f"registered model {model_name!r}",
                expected=f"the aliases {champion!r} and {previous!r} on two versions",
                got=f"{champion}: {now or 'none'}, {previous}: {before or 'none'}",
                fix="make a version champion by its number: mlops-assets rollback USE_CASE --to VERSION",
            )
        client.set_model_version_tag(model_name, now, ROLLED_BACK_TAG, "true")
    return promote(tracking_uri, model_name, before, champion, previous)


def find_champion(
    tracking_uri: str, model_name: str, champion: str = "champion", previous: str = "previous_champion"
) -> RegisteredVersion | None:
    """Return the version that is the champion, without loading it; None if no model was ever deployed."""
    client = tracking_client(tracking_uri)
    with tracking_errors(tracking_uri, f"looking for the champion of {model_name!r}"):
        aliases = _aliases(client, model_name)
    return RegisteredVersion(aliases[champion], aliases.get(previous)) if champion in aliases else None


def load_champion(tracking_uri: str, model_name: str, champion: str = "champion") -> tuple[Bundle, str]:
    """Return the champion's bundle and its version.

    Raises:
        ReleaseError: no model was ever deployed.
        IntegrityError: the stored bundle is not the one that was registered.
    """
    from mlops_assets.stores import bundles

    found = find_champion(tracking_uri, model_name, champion)
    if found is None:
        raise ReleaseError(
            "there is no champion",
            where=f"registered model {model_name!r} in {display_uri(tracking_uri)}",
            expected=f"a version with the alias {champion!r}",
            got="none",
            fix="mlops-assets run USE_CASE; if deployment is held back, it says which gate failed and why",
        )
    client, version = tracking_client(tracking_uri), found.version
    with tempfile.TemporaryDirectory() as folder:
        with tracking_errors(tracking_uri, f"downloading {model_name!r} version {version}"):
            recorded = client.get_model_version(model_name, version).tags.get(DIGEST_TAG)
            location = client.get_model_version_download_uri(model_name, version)
        return bundles.load_bundle(download_bundle(tracking_uri, location, Path(folder), recorded)), version


def _ensure_model(client: MlflowClient, model_name: str, tags: Mapping[str, str]) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(model_name, {name: tags[name] for name in (USE_CASE_TAG,) if name in tags})
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _version_of(client: MlflowClient, model_name: str, digest: str) -> Any | None:
    quote = '"' if "'" in model_name else "'"
    versions = client.search_model_versions(f"name = {quote}{model_name}{quote}")
    same = [v for v in versions if v.tags.get(DIGEST_TAG) == digest and v.status == "READY"]
    return min(same, key=lambda version: int(version.version), default=None)


def _aliases(client: MlflowClient, model_name: str) -> dict[str, str]:
    """Return the number of the version that each alias names; none where there is no such model."""
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_registered_model(model_name).aliases
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}
        raise
    return {alias: str(version) for alias, version in found.items()}


def _put_in_force(
    client: MlflowClient, model_name: str, version: str, champion: str, previous: str
) -> RegisteredVersion:
    """Move the aliases. The champion's moves last; until then the old one is the champion.

    The version records the one that it replaces: while the alias of the previous one moves, only this record says
    where a rollback leads.
    """
    aliases = _aliases(client, model_name)
    now = aliases.get(champion)
    if now == version:
        return RegisteredVersion(version, aliases.get(previous))
    if now is not None:
        client.set_model_version_tag(model_name, version, IN_PLACE_OF_TAG, now)
        client.set_registered_model_alias(model_name, previous, now)
    client.set_registered_model_alias(model_name, champion, version)
    return RegisteredVersion(version, now)

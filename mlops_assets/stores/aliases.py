"""Aliases of a registered model: which version each names, and how they move so that a kill loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

IN_PLACE_OF_TAG = "in_place_of"


def move_aliases(
    client: MlflowClient, model_name: str, version: str, now: str | None, *, champion: str, previous: str
) -> None:
    """Put `version` in force in place of `now`. The champion's alias moves last; until then the old one is in force.

    The version keeps which one it came in place of: while the alias of the previous one is on the move, nothing else
    tells where a rollback leads.
    """
    if now is not None:
        client.set_model_version_tag(model_name, version, IN_PLACE_OF_TAG, now)
        client.set_registered_model_alias(model_name, previous, now)
    client.set_registered_model_alias(model_name, champion, version)


def version_of_alias(client: MlflowClient, model_name: str, alias: str) -> str | None:
    """Return the number of the version that an alias names; None where there is no such alias or model."""
    from mlflow.exceptions import MlflowException

    try:
        return str(client.get_model_version_by_alias(model_name, alias).version)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise

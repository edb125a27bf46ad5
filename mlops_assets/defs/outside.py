"""The outside of a use case, for its planner: the files that arrive, stored files, the ledger and the champion."""

from collections.abc import Iterator
from functools import partial

import dagster as dg

from mlops_assets.defs.arrivals import arrived
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.graph import keys
from mlops_assets.graph.outside import Outside
from mlops_assets.graph.privacy_account import account_fault
from mlops_assets.graph.stored import Materialized, faults
from mlops_assets.stores import registry
from mlops_assets.stores.layout import Layout
from mlops_assets.stores.ledger import PrivacyLedger
from mlops_assets.use_case.model import UseCase


def outside_of(use_case: UseCase, layout: Layout, mlflow: MlflowResource) -> Outside:
    """Return what a planner has to know of a use case beside what Dagster remembers."""
    return Outside(
        arrived=partial(arrived, use_case, layout),
        faults=partial(_faults, use_case, layout),
        missing=partial(_missing, use_case, mlflow),
    )


def _faults(use_case: UseCase, layout: Layout, key: dg.AssetKey, made: Materialized) -> Iterator[str]:
    yield from faults(made, layout, use_case.name)
    if key == keys.asset_key(use_case.name, "private_statistics"):
        fault = account_fault(PrivacyLedger(layout.ledger(use_case.name)), made)
        if fault:
            yield fault


def _missing(use_case: UseCase, mlflow: MlflowResource, key: dg.AssetKey) -> str | None:
    """Return why no batch can be made from an asset that was never made; a model may be in force all the same."""
    if key != keys.asset_key(use_case.name, "deployment"):
        return f"{key.path[-1]} was never made"
    champion = use_case.release.registry.champion
    if mlflow.has_store() and registry.find_champion(mlflow.tracking_uri(), use_case.model_name, champion):
        return None
    return "there is no champion"

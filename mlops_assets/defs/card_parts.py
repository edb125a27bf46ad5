"""Card parts: what both cards read, where each metric came from, and how a card is written."""

import datetime as dt
import hashlib
from typing import Any

import dagster as dg
import pandas as pd

from mlops_assets.data.frames import SPLIT, SPLITS
from mlops_assets.data.target import binary_target
from mlops_assets.defs import metadata
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.stage import Stage, made
from mlops_assets.documents import collect_data
from mlops_assets.documents.collect_model import Deployed
from mlops_assets.documents.evidence import Card, CardEvidence, Origin
from mlops_assets.graph.stored import Materialized, latest
from mlops_assets.privacy.statistics import PrivateRelease
from mlops_assets.stores import tables
from mlops_assets.stores.ledger import PrivacyLedger
from mlops_assets.use_case.model import UseCase


class Origins:
    """Looks up the latest materializations of a use case in Dagster's event log."""

    def __init__(self, instance: dg.DagsterInstance, stage: Stage) -> None:
        self.instance, self.stage = instance, stage

    def __call__(self, asset: str) -> Origin:
        """Return the latest materialization of an asset."""
        found = self._latest(asset)
        return Origin(self.stage.key(asset).to_user_string(), found.run_id, _moment(found))

    def data_version(self, asset: str) -> str:
        """Return the data version of the latest materialization of an asset, empty where there is none."""
        return self._latest(asset).data_version or ""

    def deployed(self) -> Deployed | None:
        """Return the last deployment, None where there was none."""
        found = self._latest("deployment")
        if not found.timestamp:
            return None
        version, fingerprint = (found.metadata[name] for name in ("registry/version", "model/fingerprint"))
        return Deployed(str(version), str(fingerprint), _moment(found))

    def _latest(self, asset: str) -> Materialized:
        return latest(self.instance, self.stage.key(asset))


def _moment(found: Materialized) -> str:
    if not found.timestamp:
        return ""
    return dt.datetime.fromtimestamp(found.timestamp, tz=dt.UTC).isoformat(timespec="seconds")


def shared(use_case: UseCase) -> tuple[Any, ...]:
    """Return what both cards read of the use case: who, what, from where, and the cap of epsilon."""
    return (
        use_case.name,
        use_case.description,
        use_case.owners,
        use_case.task,
        use_case.data.source,
        use_case.privacy.budget,
    )


def rows(stage: Stage) -> dg.AssetIn:
    """Return what a card reads of the rows: outcome, split, and the column that the splits are cut by."""
    task, config = stage.use_case.task, stage.use_case.data.splits
    return stage.rows("validated", (task.target, config.column, SPLIT))


def splits(origin: Origins, validated: pd.DataFrame, use_case: UseCase) -> CardEvidence:
    """Return rows and positives of each split; `validated` as `rows` declares it."""
    positive = binary_target(validated, use_case.task).to_numpy()
    chosen = {name: validated[SPLIT].to_numpy() == name for name in SPLITS}
    counts = {name: (int(rows.sum()), int(positive[rows].sum())) for name, rows in chosen.items()}
    return collect_data.splits_evidence(origin("splits"), counts)


def privacy(origin: Origins, workspace: Workspace, use_case: UseCase, release: PrivateRelease) -> CardEvidence:
    """Return the account and the statistics that were released."""
    spent = PrivacyLedger(workspace.layout.ledger(use_case.name)).spent()
    cap = use_case.privacy.budget.epsilon
    return collect_data.privacy_evidence(origin("private_statistics"), release, spent=spent, cap=cap)


def written(
    context: dg.AssetExecutionContext, mlflow: MlflowResource, use_case: UseCase, markdown: str, html: str
) -> dg.MaterializeResult[Card]:
    """Write a card as Markdown and as a page, log both to MLflow, and return its materialization."""
    report, asset = mlflow.workspace.layout.report, context.asset_key.path[-1]
    text = tables.write_text(report(use_case.name, f"{asset}.md"), markdown)
    page = tables.write_text(report(use_case.name, f"{asset}.html"), html)
    shown = {
        **metadata.file(text, "markdown"),
        **metadata.file(page, "html"),
        **mlflow.log_reports(context, use_case.name, text, page),
        "card": dg.MetadataValue.md(markdown[:20_000]),
    }
    card = Card(f"{use_case.name}: {asset.replace('_', ' ')}", markdown)
    return made(card, shown, version=hashlib.sha256(markdown.encode()).hexdigest())

"""Assets of the documents stage: model card and data card, from evidence only."""

import datetime as dt
import hashlib
from typing import Any

import dagster as dg
import pandas as pd

from mlops_assets.assurance.explanations import ExplanationReport
from mlops_assets.assurance.fairness import FairnessReport
from mlops_assets.data.frames import SPLIT, SPLITS
from mlops_assets.data.profile import Profile
from mlops_assets.data.target import binary_target
from mlops_assets.data.validation import ValidationReport
from mlops_assets.defs import metadata
from mlops_assets.defs.automation import gated_eager
from mlops_assets.defs.corridor import Corridor
from mlops_assets.defs.resources import Workspace
from mlops_assets.documents import cards, collect_data, collect_model
from mlops_assets.documents.evidence import Card, CardEvidence, Origin
from mlops_assets.privacy.quality import SyntheticReport
from mlops_assets.privacy.statistics import PrivateRelease
from mlops_assets.release.evidence import Evidence
from mlops_assets.release.gates import judge_gates
from mlops_assets.stores import tables
from mlops_assets.stores.ledger import PrivacyLedger
from mlops_assets.training.bundle import Bundle
from mlops_assets.training.evaluation import EvaluationReport
from mlops_assets.training.trials import SearchResult
from mlops_assets.use_case.model import UseCase


def build(use_case: UseCase) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets of this stage."""
    corridor = Corridor(use_case, "documents")
    return [_model_card(corridor), _data_card(corridor)]


def _model_card(corridor: Corridor) -> dg.AssetsDefinition:
    use_case = corridor.use_case
    nouns = ("validated", "splits", "tuning", "model", "evaluation", "explanations", "fairness", "release_evidence")

    @corridor.asset(
        "model_card",
        description="The model card in Markdown and HTML. Every figure names the materialization it came from, and "
        "what was not measured says so.",
        kinds={"markdown", "html"},
        code=(cards, collect_data, collect_model),
        reads=(
            *_shared(use_case),
            use_case.documents.model_card,
            use_case.fairness_attributes,
            use_case.assurance.fairness.minimum_group,
            use_case.assurance.fairness.intersections,
            use_case.assurance.explanations.top,
            use_case.training.baseline,
            use_case.training.evaluation.confidence,
            use_case.release.gates,
        ),
        ins=corridor.ins(*nouns, "private_statistics"),
        automation_condition=gated_eager(),
    )
    def model_card(
        context: dg.AssetExecutionContext,
        workspace: Workspace,
        validated: pd.DataFrame,
        splits: pd.DataFrame,
        tuning: SearchResult,
        model: Bundle,
        evaluation: EvaluationReport,
        explanations: ExplanationReport,
        fairness: FairnessReport,
        release_evidence: Evidence,
        private_statistics: PrivateRelease,
    ) -> dg.MaterializeResult[Card]:
        origin = Origins(context, corridor)
        decision = judge_gates(use_case.release.gates, release_evidence, model.fingerprint)
        top = use_case.assurance.explanations.top
        rows = int((splits[SPLIT] == "train").sum())
        evidence = (
            _splits(origin, validated, splits, use_case)
            | collect_model.tuning_evidence(origin("tuning"), tuning)
            | collect_model.model_evidence(origin("model"), model, rows=rows)
            | collect_model.evaluation_evidence(origin("evaluation"), evaluation)
            | collect_model.explanations_evidence(origin("explanations"), explanations, top=top)
            | collect_model.fairness_evidence(origin("fairness"), fairness)
            | collect_model.release_evidence(origin("release_evidence"), decision)
            | _privacy(origin, workspace, use_case, private_statistics)
        )
        return _written(workspace, use_case, "model_card", cards.render_model_card(use_case, evidence))

    return model_card


def _data_card(corridor: Corridor) -> dg.AssetsDefinition:
    use_case = corridor.use_case

    @corridor.asset(
        "data_card",
        description="The data card in Markdown and HTML: source, licence, columns, findings, splits and privacy.",
        kinds={"markdown", "html"},
        code=(cards, collect_data),
        reads=(
            *_shared(use_case),
            use_case.documents.data_card,
            use_case.data.columns,
            use_case.data.splits,
            use_case.features.use_sensitive,
        ),
        ins=corridor.ins(
            "validated", "splits", "validation_report", "profile", "private_statistics", "synthetic_report"
        ),
        automation_condition=gated_eager(),
    )
    def data_card(
        context: dg.AssetExecutionContext,
        workspace: Workspace,
        validated: pd.DataFrame,
        splits: pd.DataFrame,
        validation_report: ValidationReport,
        profile: Profile,
        private_statistics: PrivateRelease,
        synthetic_report: SyntheticReport,
    ) -> dg.MaterializeResult[Card]:
        origin = Origins(context, corridor)
        digest = origin.data_version("raw")
        evidence = (
            collect_data.raw_evidence(origin("raw"), rows=validation_report.rows_in, digest=digest)
            | collect_data.validation_evidence(origin("validated"), origin("quarantine"), validation_report)
            | collect_data.profile_evidence(origin("profile"), profile)
            | _splits(origin, validated, splits, use_case)
            | _privacy(origin, workspace, use_case, private_statistics)
            | collect_data.synthetic_evidence(origin("synthetic_report"), synthetic_report)
        )
        return _written(workspace, use_case, "data_card", cards.render_data_card(use_case, evidence))

    return data_card


def _shared(use_case: UseCase) -> tuple[Any, ...]:
    """Return what both cards read of the use case: who, what, from where, and the cap of epsilon."""
    return (
        use_case.name,
        use_case.description,
        use_case.owners,
        use_case.task,
        use_case.data.source,
        use_case.privacy.budget,
    )


class Origins:
    """Looks up which materialization a card's figures came from."""

    def __init__(self, context: dg.AssetExecutionContext, corridor: Corridor) -> None:
        self.instance, self.corridor = context.instance, corridor

    def __call__(self, noun: str) -> Origin:
        """Return the latest materialization of an asset."""
        key = self.corridor.key(noun)
        event = self.instance.get_latest_materialization_event(key)
        if event is None:
            return Origin(key.to_user_string(), "", "")
        moment = dt.datetime.fromtimestamp(event.timestamp, tz=dt.UTC)
        return Origin(key.to_user_string(), event.run_id, moment.isoformat(timespec="seconds"))

    def data_version(self, noun: str) -> str:
        """Return the data version of the latest materialization of an asset, empty where there is none."""
        event = self.instance.get_latest_materialization_event(self.corridor.key(noun))
        found = event.asset_materialization if event else None
        return (found.tags or {}).get("dagster/data_version", "") if found else ""


def _splits(origin: Origins, validated: pd.DataFrame, splits: pd.DataFrame, use_case: UseCase) -> CardEvidence:
    positive = binary_target(validated, use_case.task).to_numpy()
    chosen = {name: splits[SPLIT].to_numpy() == name for name in SPLITS}
    counts = {name: (int(rows.sum()), int(positive[rows].sum())) for name, rows in chosen.items()}
    return collect_data.splits_evidence(origin("splits"), counts)


def _privacy(origin: Origins, workspace: Workspace, use_case: UseCase, release: PrivateRelease) -> CardEvidence:
    spent = PrivacyLedger(workspace.layout.ledger(use_case.name)).spent()
    cap = use_case.privacy.budget.epsilon
    return collect_data.privacy_evidence(origin("private_statistics"), release, spent=spent, cap=cap)


def _written(workspace: Workspace, use_case: UseCase, noun: str, markdown: str) -> dg.MaterializeResult[Card]:
    title = f"{use_case.name}: {noun.replace('_', ' ')}"
    report = workspace.layout.report
    text = tables.write_text(report(use_case.name, f"{noun}.md"), markdown)
    page = tables.write_text(report(use_case.name, f"{noun}.html"), cards.to_html(markdown, title))
    return dg.MaterializeResult(
        value=Card(title, markdown),
        data_version=dg.DataVersion(hashlib.sha256(markdown.encode()).hexdigest()),
        metadata={
            **metadata.file(text, "markdown"),
            **metadata.file(page, "html"),
            "card": dg.MetadataValue.md(markdown[:20_000]),
        },
    )

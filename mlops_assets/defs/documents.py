"""Assets of the documents stage: model card and data card, from evidence only."""

from collections.abc import Sequence

import dagster as dg
import pandas as pd

from mlops_assets.data.profile import Profile
from mlops_assets.data.validation import ValidationReport
from mlops_assets.defs import card_parts
from mlops_assets.defs.card_parts import Origins
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.model_card import build_model_card
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.stage import Stage
from mlops_assets.documents import cards, collect_data
from mlops_assets.documents.evidence import Card
from mlops_assets.privacy.statistics import PrivateRelease
from mlops_assets.privacy.synthetic_report import SyntheticReport
from mlops_assets.use_case.model import UseCase


def build(
    use_case: UseCase, checks: Sequence[dg.AssetChecksDefinition]
) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets of this stage; `checks` are those of all other stages, whose results the model card lists."""
    stage = Stage(use_case, "documents")
    return [build_model_card(stage, checks), _data_card(stage)]


def _data_card(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case

    @stage.asset(
        "data_card",
        description="The data card in Markdown and HTML: source, licence, columns, findings, splits and privacy.",
        kinds={"markdown", "html"},
        code=(cards, collect_data),
        reads=(
            *card_parts.shared(use_case),
            use_case.documents.data_card,
            use_case.data.columns,
            use_case.data.splits,
            use_case.features.use_sensitive,
        ),
        ins=stage.ins(
            "validation_report",
            "profile",
            "private_statistics",
            "synthetic_report",
            validated=card_parts.rows(stage),
        ),
    )
    def data_card(
        context: dg.AssetExecutionContext,
        workspace: Workspace,
        mlflow: MlflowResource,
        validated: pd.DataFrame,
        validation_report: ValidationReport,
        profile: Profile,
        private_statistics: PrivateRelease,
        synthetic_report: SyntheticReport,
    ) -> dg.MaterializeResult[Card]:
        origin = Origins(context.instance, stage)
        digest = origin.data_version("raw")
        evidence = (
            collect_data.raw_evidence(origin("raw"), rows=validation_report.rows_in, digest=digest)
            | collect_data.validation_evidence(origin("validated"), origin("quarantine"), validation_report)
            | collect_data.profile_evidence(origin("profile"), profile)
            | card_parts.splits(origin, validated, use_case)
            | card_parts.privacy(origin, workspace, use_case, private_statistics)
            | collect_data.synthetic_evidence(origin("synthetic_report"), synthetic_report)
        )
        markdown, page = (cards.render_data_card(use_case, evidence, as_page=as_page) for as_page in (False, True))
        return card_parts.written(context, mlflow, use_case, markdown, page)

    return data_card

"""The model card: its evidence from every record of the lifecycle, and every check evaluated for it.

The card evaluates Dagster's checks itself: it must list what did not pass even if a check blocks, and a check of this
run may not have been evaluated when the card is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
import pandas as pd

from mlops_assets.assurance.explanations import ExplanationReport
from mlops_assets.assurance.fairness import FairnessReport
from mlops_assets.data.frames import SPLIT
from mlops_assets.data.leakage import LeakageReport
from mlops_assets.data.validation import ValidationReport
from mlops_assets.defs import card_parts
from mlops_assets.defs.card_parts import Origins
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.stage import Stage
from mlops_assets.documents import cards, collect_evaluation, collect_model
from mlops_assets.documents.evidence import Card, CardEvidence, CheckLine
from mlops_assets.graph import keys
from mlops_assets.privacy.statistics import PrivateRelease
from mlops_assets.privacy.synthetic_report import SyntheticReport
from mlops_assets.release.evidence import Evidence
from mlops_assets.release.gates import ReleaseDecision, judge_gates
from mlops_assets.training.bundle import Bundle
from mlops_assets.training.evaluation import EvaluationReport
from mlops_assets.training.trials import SearchResult
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import Outcome

READS: dict[str, type] = {
    "splits": pd.DataFrame,
    "validation_report": ValidationReport,
    "leakage_report": LeakageReport,
    "synthetic_report": SyntheticReport,
    "tuning": SearchResult,
    "model": Bundle,
    "evaluation": EvaluationReport,
    "explanations": ExplanationReport,
    "fairness": FairnessReport,
    "release_evidence": Evidence,
    "private_statistics": PrivateRelease,
}
"""What the card loads besides the rows: the class of the value, by asset."""
GATE = "gate_"


def build_model_card(stage: Stage, checks: Sequence[dg.AssetChecksDefinition]) -> dg.AssetsDefinition:
    """Return the asset.

    Args:
        stage: of the documents stage.
        checks: every check of the use case; those of batches, and the one that only sums up the gates, are left out.
    """
    use_case = stage.use_case
    listed = [check for check in checks if check.partitions_def is None and check.check_key.name != "approved"]

    @stage.asset(
        "model_card",
        description="The model card in Markdown and HTML: what became of the model, every check, and every number "
        "with the materialization it came from. What was not measured is listed as such.",
        kinds={"markdown", "html"},
        code=(cards, collect_evaluation, collect_model),
        reads=(
            *card_parts.shared(use_case),
            use_case.documents.model_card,
            use_case.fairness_attributes,
            use_case.assurance.fairness.minimum_group,
            use_case.assurance.fairness.intersections,
            use_case.assurance.explanations.top,
            use_case.training.evaluation.confidence,
            use_case.release.gates,
            {label(spec): spec.metadata[keys.CHECK_VERSION] for check in listed for spec in check.check_specs},
        ),
        ins=stage.ins(
            **{name: dg.AssetIn(key=stage.key(name), dagster_type=kind) for name, kind in READS.items()},
            validated=card_parts.rows(stage),
        ),
        # Last among what could run now, so that a deployment of the same run is on the card already.
        op_tags={"dagster/priority": "-1"},
    )
    def model_card(
        context: dg.AssetExecutionContext,
        workspace: Workspace,
        mlflow: MlflowResource,
        validated: pd.DataFrame,
        **records: Any,
    ) -> dg.MaterializeResult[Card]:
        records |= {
            "validated": validated,
            "validation_report": _without_examples(records["validation_report"]),
            "release_decision": judge_gates(
                use_case.release.gates, records["release_evidence"], records["model"].fingerprint
            ),
        }
        evidence = _evidence(use_case, listed, records, Origins(context.instance, stage), workspace)
        markdown, page = (cards.render_model_card(use_case, evidence, as_page=as_page) for as_page in (False, True))
        return card_parts.written(context, mlflow, use_case, markdown, page)

    return model_card


def _without_examples(report: ValidationReport) -> ValidationReport:
    """Return the report without values of single rows: a card is passed on."""
    return replace(report, findings=tuple(replace(finding, examples=()) for finding in report.findings))


def _evidence(
    use_case: UseCase,
    listed: Sequence[dg.AssetChecksDefinition],
    records: Mapping[str, Any],
    origins: Origins,
    workspace: Workspace,
) -> CardEvidence:
    decision, top = records["release_decision"], use_case.assurance.explanations.top
    checks = [evaluate(check, records, decision, origins, workspace=workspace) for check in listed]
    rows = int((records["splits"][SPLIT] == "train").sum())
    return (
        card_parts.splits(origins, records["validated"], use_case)
        | collect_model.leakage_evidence(origins("leakage_report"), records["leakage_report"])
        | collect_model.tuning_evidence(origins("tuning"), records["tuning"])
        | collect_model.model_evidence(origins("model"), records["model"], rows=rows)
        | collect_evaluation.evaluation_evidence(origins("evaluation"), records["evaluation"])
        | collect_model.explanations_evidence(origins("explanations"), records["explanations"], top=top)
        | collect_model.fairness_evidence(origins("fairness"), records["fairness"])
        | collect_model.release_evidence(origins("release_evidence"), decision, checks, origins.deployed())
        | card_parts.privacy(origins, workspace, use_case, records["private_statistics"])
    )


def evaluate(
    check: dg.AssetChecksDefinition,
    records: Mapping[str, Any],
    decision: ReleaseDecision,
    origins: Origins,
    **given: Any,
) -> CheckLine:
    """Return the result of a check on the records, by calling it.

    Args:
        check: a check without partitions.
        records: value by name of its asset.
        decision: says which gates block, and which are accepted although they are uncertain.
        origins: of the materializations.
        given: resources by name, for the checks that ask for one.
    """
    (spec,) = check.check_specs
    result = _call(check, records, origins.instance, given)
    values: dict[str, Any] = {name: value.value for name, value in result.metadata.items()}
    gate = spec.name.removeprefix(GATE)
    is_gate = spec.name.startswith(GATE)
    asset = "release_evidence" if is_gate else spec.asset_key.path[-1]
    return CheckLine(
        label=label(spec),
        outcome=Outcome(values["outcome"]),
        reason=result.description or "",
        blocking=gate in decision.blocking if is_gate else spec.blocking,
        accepted=is_gate and gate in decision.accepted,
        origin=origins(asset),
        value=values.get("value"),
        low=values.get("low"),
        high=values.get("high"),
        limits=values.get("limits", ""),
    )


def _call(
    check: dg.AssetChecksDefinition, records: Mapping[str, Any], instance: dg.DagsterInstance, given: Mapping[str, Any]
) -> dg.AssetCheckResult:
    """Return the result of a check; one that stops with an error that the user can fix has failed."""
    resources = {name: value for name, value in given.items() if name in check.required_resource_keys}
    loaded = {parameter: records[asset] for parameter, asset in inputs(check).items()}
    has_context = check.op.compute_fn.has_context_arg()  # type: ignore[union-attr]
    context = (dg.build_asset_check_context(instance=instance),) if has_context else ()
    try:
        result = check(*context, **loaded, **resources)
    except dg.Failure as failure:
        metadata = {"outcome": dg.MetadataValue.text(Outcome.FAILED)}
        return dg.AssetCheckResult(passed=False, description=failure.description, metadata=metadata)
    assert isinstance(result, dg.AssetCheckResult)
    return result


def label(spec: dg.AssetCheckSpec) -> str:
    """Return how people call a check: a gate by its name, any other by its asset and its name."""
    if spec.name.startswith(GATE):
        return f"gate {spec.name.removeprefix(GATE)}"
    return f"{spec.asset_key.path[-1]}:{spec.name}"


def inputs(check: dg.AssetChecksDefinition) -> dict[str, str]:
    """Return the name of the asset that each parameter of a check is loaded from."""
    loaded = {name for name, put in check.node_def.input_dict.items() if not put.dagster_type.is_nothing}
    return {name: key.path[-1] for name, key in check.keys_by_input_name.items() if name in loaded}

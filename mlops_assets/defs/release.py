"""Assets of the release stage: the evidence, the decision of the gates, and the deployment behind them."""

import dagster as dg

from mlops_assets.assurance.fairness import FairnessReport
from mlops_assets.data.leakage import LeakageReport, judge_leakage
from mlops_assets.data.validation import ValidationReport
from mlops_assets.defs import metadata
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.stage import Stage, made
from mlops_assets.defs.versions import version_of
from mlops_assets.privacy.synthetic_report import SyntheticReport
from mlops_assets.release import evidence as evidences
from mlops_assets.release import gates
from mlops_assets.release.evidence import Evidence
from mlops_assets.release.gates import ReleaseDecision
from mlops_assets.stores import registry
from mlops_assets.stores.ledger import PrivacyLedger
from mlops_assets.stores.tracking import USE_CASE_TAG
from mlops_assets.training.bundle import Bundle
from mlops_assets.training.evaluation import EvaluationReport
from mlops_assets.use_case.model import UseCase
from mlops_assets.use_case.release import Gate
from mlops_assets.verdicts import Outcome, Verdict, limit_words


def build(use_case: UseCase) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage."""
    stage = Stage(use_case, "release")
    return [
        _release_evidence(stage),
        _release_decision(stage),
        _deployment(stage),
        *(_gate_check(stage, gate) for gate in use_case.release.gates),
        _approved(stage),
    ]


def _release_evidence(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case

    @stage.asset(
        "release_evidence",
        description="Every metric that a gate may refer to, from the reports of this model and its data.",
        kinds={"json"},
        code=(evidences,),
        ins=stage.ins("evaluation", "fairness", "synthetic_report", "validation_report", "leakage_report"),
        deps=[stage.key("private_statistics")],
    )
    def release_evidence(
        workspace: Workspace,
        evaluation: EvaluationReport,
        fairness: FairnessReport,
        synthetic_report: SyntheticReport,
        validation_report: ValidationReport,
        leakage_report: LeakageReport,
    ) -> dg.MaterializeResult[Evidence]:
        found = evidences.evidence_from(
            evaluation={**evaluation.metrics, "rows": evaluation.rows, "positives": evaluation.positives},
            fairness={name: compared.metrics for name, compared in fairness.attributes.items()},
            synthetic=synthetic_report.metrics,
            privacy={"epsilon_spent": PrivacyLedger(workspace.layout.ledger(use_case.name)).spent()},
            data={
                "valid_rows": validation_report.rows_valid,
                "quarantined_share": validation_report.quarantined_share,
                "suspected_leaks": judge_leakage(leakage_report).value,
            },
            about={"evaluation": evaluation.fingerprint, "fairness": fairness.fingerprint},
            notes={
                evidences.gate_key("fairness", metric, name): compared.remarks(metric)
                for name, compared in fairness.attributes.items()
                for metric in compared.metrics
            },
            confidence={"evaluation": evaluation.confidence, "fairness": fairness.confidence},
            positives={"evaluation": evaluation.positives, "fairness": fairness.positives},
        )
        shown = {"metrics": metadata.metrics_table(found.metrics), "count": len(found.metrics)}
        return made(found, shown)

    return release_evidence


def _release_decision(stage: Stage) -> dg.AssetsDefinition:
    declared = stage.use_case.release.gates

    @stage.asset(
        "release_decision",
        description="The verdict of each gate: passed, failed, uncertain or not applicable, each with its "
        "reason, and whether the model may be deployed.",
        kinds={"json"},
        code=(gates,),
        reads=(declared,),
        ins=stage.ins("release_evidence", "model"),
    )
    def release_decision(
        context: dg.AssetExecutionContext, mlflow: MlflowResource, release_evidence: Evidence, model: Bundle
    ) -> dg.MaterializeResult[ReleaseDecision]:
        decision = gates.judge_gates(declared, release_evidence, model.fingerprint)
        with mlflow.run(context, stage.use_case.name, about=model.fingerprint) as run:
            run.log_decision(decision)
            linked = run.metadata()
        counts = {f"gates/{o}": sum(v.outcome is o for v in decision.verdicts) for o in Outcome}
        shown = {
            **linked,
            "approved": decision.approved,
            **counts,
            "decision": dg.MetadataValue.md(gates.render_decision(decision)),
            "model/fingerprint": decision.fingerprint,
        }
        return made(decision, shown)

    return release_decision


def _gate_check(stage: Stage, gate: Gate) -> dg.AssetChecksDefinition:
    limit = limit_words(gate.at_least, gate.at_most)
    of = f" of {gate.attribute}" if gate.attribute else ""
    severity = dg.AssetCheckSeverity.ERROR if gate.blocking else dg.AssetCheckSeverity.WARN

    @stage.check(
        "release_decision",
        f"gate_{gate.name}",
        description=f"{gate.evidence} {gate.metric}{of} is {limit}.",
        severity=severity,
        code=(gates,),
        reads=(gate,),
    )
    def judged(release_decision: ReleaseDecision) -> Verdict:
        found = {verdict.name: verdict for verdict in release_decision.verdicts}
        missing = Verdict(gate.name, Outcome.NOT_APPLICABLE, "the decision is older than this gate: make it again")
        return found.get(gate.name, missing)

    return judged


def _approved(stage: Stage) -> dg.AssetChecksDefinition:
    @stage.check(
        "release_decision",
        "approved",
        description="Every blocking gate passed; otherwise nothing is deployed.",
        blocking=True,
        code=(gates,),
        reads=(stage.use_case.release.gates,),
    )
    def approved(release_decision: ReleaseDecision) -> Verdict:
        if release_decision.approved:
            return Verdict("approved", Outcome.PASSED, f"{len(release_decision.blocking)} blocking gates passed")
        return Verdict("approved", Outcome.FAILED, "; ".join(release_decision.reasons))

    return approved


def _deployment(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    config = use_case.release.registry
    config_version = version_of(reads=(use_case,))

    @stage.asset(
        "deployment",
        description=f"The bundle in the MLflow registry as {use_case.model_name}@{config.champion}. The champion "
        "before it is kept for rollback.",
        kinds={"mlflow"},
        code=(registry,),
        reads=(config, use_case.model_name),
        ins=stage.ins("release_decision", "model"),
    )
    def deployment(
        context: dg.AssetExecutionContext,
        mlflow: MlflowResource,
        release_decision: ReleaseDecision,
        model: Bundle,
    ) -> dg.MaterializeResult[registry.RegisteredVersion]:
        gates.check_deployable(release_decision, model.fingerprint)
        tags = {
            USE_CASE_TAG: use_case.name,
            "code_version": version_of(registry, "mlops_assets.training.bundle", "mlops_assets.features.pipeline"),
            "data_version": model.trained_on,
            "config_version": config_version,
            "dagster_run_id": context.run.run_id,
        }
        with mlflow.run(context, use_case.name) as run:
            registered = registry.register_bundle(
                run.uri,
                use_case.model_name,
                run.log_model(model),
                tags,
                champion=config.champion,
                previous=config.previous,
            )
            linked = run.metadata()
        shown = {
            **linked,
            "registry/model": use_case.model_name,
            "registry/version": str(registered.version),
            "registry/previous": str(registered.previous_version or "none"),
            "registry/alias": config.champion,
            "model/fingerprint": model.fingerprint,
        }
        return made(registered, shown, version=f"{use_case.model_name}:{registered.version}")

    return deployment

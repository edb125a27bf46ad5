"""The glue of the model card: it tells every check by the check itself, and only deployments that were recorded."""

import dagster as dg
import pytest

from mlops_assets.defs.assemble import build_definitions
from mlops_assets.defs.card_parts import Origins
from mlops_assets.defs.model_card import evaluate, inputs, label
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.stage import Stage
from mlops_assets.errors import DataError
from mlops_assets.release.evidence import evidence_from
from mlops_assets.release.gates import ReleaseDecision, judge_gates
from mlops_assets.use_case.loader import load_project
from mlops_assets.use_case.release import Gate
from mlops_assets.verdicts import MetricValue, Outcome, Verdict, judge

MODEL = "f" * 64
DECISION = judge_gates(
    [Gate(name="d", evidence="evaluation", metric="auc", at_least=0.7)],
    evidence_from(evaluation={"auc": MetricValue(0.75, 0.72, 0.78)}, about={"evaluation": MODEL}),
    MODEL,
)


@pytest.fixture(scope="module")
def project(sample_project):
    return load_project(sample_project, "local", {})


@pytest.fixture
def stage(project):
    return Stage(project.use_cases["credit_default"], "documents")


def test_every_check_of_a_use_case_but_those_of_batches_is_on_its_card(project):
    """A check that is added anywhere is on the card, or this test names what the card does not load for it."""
    definitions = build_definitions(project)
    checks = list(definitions.asset_checks)
    (card,) = (part for part in definitions.assets if "model_card" in {key.path[-1] for key in part.keys})
    loaded = {key.path[-1] for key in card.keys_by_input_name.values()}
    needed = {noun for check in checks if check.partitions_def is None for noun in inputs(check).values()}

    assert needed <= {*loaded, "release_decision"}


def test_the_card_says_what_the_check_says(stage):
    """Outcome, figure, interval, limit and reason come from the very function that Dagster evaluates."""

    @stage.check("evaluation", "good", description="Good enough.", blocking=True)
    def good(evaluation: float) -> Verdict:
        return judge("good", MetricValue(evaluation, evaluation - 0.1, evaluation + 0.1), at_least=0.8)

    origins = Origins(dg.DagsterInstance.ephemeral(), stage)
    line = evaluate(good, {"evaluation": 0.85}, DECISION, origins)
    (spec,) = good.check_specs

    assert (line.label, label(spec)) == ("evaluation:good", "evaluation:good")
    assert (line.outcome, line.blocking, line.limits) == (Outcome.UNCERTAIN, True, "at least 0.8")
    assert (line.value, line.low, line.high) == (0.85, 0.75, pytest.approx(0.95))
    assert line.reason == judge("good", MetricValue(0.85, 0.75, 0.95), at_least=0.8).reason


def test_a_check_may_ask_for_a_context_and_a_resource_and_may_stop_with_a_sentence(stage):
    """What a check would have said in Dagster is on the card, also where it could not go on."""

    @stage.check("private_statistics", "account", description="The account.")
    def account(context: dg.AssetCheckExecutionContext, workspace: Workspace) -> Verdict:
        assert isinstance(context.instance, dg.DagsterInstance)
        raise DataError("the ledger is gone", where=workspace.root)

    @stage.check("private_statistics", "calm", description="The account.")
    def calm(workspace: Workspace) -> Verdict:
        return Verdict("calm", Outcome.PASSED, workspace.root)

    origins = Origins(dg.DagsterInstance.ephemeral(), stage)
    workspace = Workspace(root="here", environment_name="local")
    lines = [evaluate(check, {}, DECISION, origins, workspace=workspace) for check in (account, calm)]

    assert [(line.outcome, line.reason) for line in lines] == [
        (Outcome.FAILED, "here: the ledger is gone"),
        (Outcome.PASSED, "here"),
    ]


def test_a_gate_blocks_where_the_decision_says_so(stage):
    """Dagster's checks of gates never block by themselves: the decision does."""

    @stage.check("release_decision", "gate_d", description="The gate.")
    def gate(release_decision: ReleaseDecision) -> Verdict:
        return release_decision.verdicts[0]

    origins = Origins(dg.DagsterInstance.ephemeral(), stage)
    line = evaluate(gate, {"release_decision": DECISION}, DECISION, origins)

    assert (line.label, line.blocking, line.accepted) == ("gate d", True, False)
    assert line.origin.asset == "credit_default/release_evidence"


def test_only_a_recorded_deployment_is_known(stage):
    """What is deployed is read from the event log: version and model."""
    instance = dg.DagsterInstance.ephemeral()
    origins = Origins(instance, stage)
    before = origins.deployed()
    instance.report_runless_asset_event(
        dg.AssetMaterialization(stage.key("deployment"), metadata={"registry/version": "7", "model/fingerprint": MODEL})
    )
    deployed = origins.deployed()

    assert before is None
    assert (deployed.version, deployed.fingerprint) == ("7", MODEL)
    assert deployed.timestamp.endswith("+00:00")

"""The summary: what a command prints at its end. Every number is read from a stored record or from the instance."""

import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import dagster as dg
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from mlops_assets import verdicts
from mlops_assets.assurance.fairness import FairnessReport
from mlops_assets.defs.automation import at_work, look_ahead
from mlops_assets.errors import IntegrityError, listing
from mlops_assets.formatting import interval_text, number_text
from mlops_assets.graph import keys
from mlops_assets.graph.plan import Planner
from mlops_assets.graph.stale import Plan
from mlops_assets.graph.stored import latest
from mlops_assets.monitoring.batches import batch_names
from mlops_assets.monitoring.drift import watched_columns
from mlops_assets.monitoring.drift_record import DriftReport, judge_drift
from mlops_assets.privacy.synthetic_report import SyntheticReport
from mlops_assets.runner.execution import Outcome
from mlops_assets.runner.session import Session
from mlops_assets.settings import pasteable
from mlops_assets.stores.ledger import PrivacyLedger
from mlops_assets.training.evaluation import EvaluationReport
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import MetricValue

T = TypeVar("T")
Checked = dict[dg.AssetKey, tuple[tuple[str, str, str], ...]]
_COLUMNS = ("passed", "failed", "uncertain", "not applicable")


def print_summary(session: Session, outcome: Outcome, console: Console | None = None) -> None:
    """Print assets, checks by outcome, the main metrics, where the reports are and the next command."""
    out = console or Console(soft_wrap=True)
    planner = session.planner
    plan, checked = planner.plan(), _checked(planner)
    if not outcome.runs:
        out.print(
            f"\nNothing to do: all {plan.fresh} assets of {session.use_case.name} are fresh. Nothing was computed."
        )
    out.print(_stages(planner, plan, checked))
    out.print(_metrics(session))
    for line in _open_questions(checked):
        out.print(line)
    reasons: dict[str, list[str]] = {}
    for stale in outcome.blocked:
        reasons.setdefault(str(stale.blocked_by), []).append(stale.name)
    for reason, names in reasons.items():
        out.print(f"[yellow]held back[/]: {escape(listing(names, 4))}: {escape(pasteable(reason))}")
    for failure in outcome.failures:
        out.print(f"[red]failed[/]: {escape(pasteable(failure))}")
    reports = session.layout.report(session.use_case.name, "")
    out.print(f"reports: {session.layout.shown(reports)}")
    for path in sorted(reports.rglob("*.html")):
        out.print(f"  {session.layout.shown(path)}")
    made = f"{outcome.made} made, {outcome.checked} checks re-evaluated in {len(outcome.runs)} runs"
    out.print(f"{made}; next: make ui, or {escape(pasteable(_shifted_replay(session.use_case)))}")


def _shifted_replay(use_case: UseCase) -> str:
    """Return a command that shows drift: a watched number, half as large again, if possible one that a model reads."""
    columns = use_case.data.columns
    numbers = [name for name in watched_columns(use_case) if columns[name].type in ("number", "integer")]
    numbers.sort(key=lambda name: name not in use_case.inputs)
    shift = f" --shift {shlex.quote(f'{numbers[0]}=*1.5')}" if numbers else ""
    return f"mlops-assets replay {use_case.name}{shift} --run"


def print_shortcomings(session: Session, outcome: Outcome, console: Console | None = None) -> int:
    """Print what `--strict` does not let pass, and return how many there are.

    A check that failed or is uncertain, of any severity, and every asset that is held back. A check that is not
    applicable had nothing to measure; a blocking gate that is not applicable counts as failed anyway.
    """
    out = console or Console(soft_wrap=True)
    found = [
        f"{word}: {key.path[-1]}:{name}"
        for key, outcomes in _checked(session.planner).items()
        for word, name, _ in outcomes
        if word in (verdicts.Outcome.FAILED, verdicts.Outcome.UNCERTAIN)
    ]
    found += [f"held back: {stale.name}" for stale in outcome.blocked]
    if found:
        out.print(f"[red]strict[/]: exit code 1: {escape(listing(found, len(found)))}")
    return len(found)


def print_plan(session: Session, console: Console | None = None) -> None:
    """Print what is stale and why, and what automation would request now."""
    out = console or Console(soft_wrap=True)
    if holder := session.at_work():
        out.print(f"{holder} is active on {session.use_case.name}: what it is making now is shown as stale")
    plan = session.planner.plan()
    if not plan.everything:
        out.print(f"all {plan.fresh} assets of {session.use_case.name} are fresh: mlops-assets run would do nothing")
    else:
        table = Table(
            title=f"{session.use_case.name}: {plan.fresh} fresh, {len(plan.everything)} to materialize or re-evaluate"
        )
        for heading in ("asset", "why", "held back by"):
            table.add_column(heading, overflow="fold")
        for stale in plan.everything:
            table.add_row(escape(stale.name), escape("; ".join(stale.reasons)), escape(stale.blocked_by or ""))
        out.print(table)
    for line in _outlook(session, plan):
        out.print(escape(line))


def _outlook(session: Session, plan: Plan) -> Iterator[str]:
    """Yield what automation would request now, and why it is another list than that of the plan, where it is."""
    requested, remembered = look_ahead(session.defs, session.instance, session.use_case.name)
    runnable = {stale.entity for stale in plan.runnable}
    names = ", ".join(
        sorted(key.to_user_string() for key in requested if isinstance(key, dg.AssetKey) or key in runnable)
    )
    known = "from the daemon's last evaluation" if remembered else "no daemon has evaluated yet"
    yield f"automation would request now ({known}): {names or 'nothing'}"
    of_plan = {key for key in runnable if isinstance(key, dg.AssetKey)}
    beyond = {key for key in requested if isinstance(key, dg.AssetKey)} - session.planner.together(of_plan)
    for key in sorted(beyond):
        yield f"  {key.to_user_string()} is fresh: a batch newly failed its drift check, which asks for a new search"
    before = sorted({stale.name for stale in plan.runnable if stale.entity not in requested})
    if session.at_work() or at_work(session.instance, session.use_case.name):
        yield "  nothing more is requested while a run or a command is active on it"
    elif before:
        yield f"  requested before for the same reason, without success: {listing(before, 4)}; a command tries again"


def _checked(planner: Planner) -> Checked:
    """Return outcome, name and reason of each check of each asset, upstream first."""
    return {key: tuple(planner.outcomes(key)) for key in planner.order}


def _stages(planner: Planner, plan: Plan, checked: Checked) -> Table:
    stale = {found.key for found in plan.assets}
    counted = [Column(heading, justify="right") for heading in ("assets", "stale", *_COLUMNS)]
    table = Table("stage", *counted, title=f"{planner.prefix}: assets, and checks by outcome")
    for stage in keys.STAGES:
        nodes = [key for key in planner.order if planner.graph.get(key).tags.get(keys.STAGE_TAG) == stage]
        outcomes = Counter(word for key in nodes for word, _, _ in checked[key])
        counts = [str(outcomes[word]) if outcomes[word] else "·" for word in _COLUMNS]
        table.add_row(stage, str(len(nodes)), str(len(stale & set(nodes)) or "·"), *counts)
    return table


def _open_questions(checked: Checked) -> Iterator[str]:
    colour = {"failed": "red", "uncertain": "yellow", "not applicable": "dim"}
    for key, outcomes in checked.items():
        for word, name, reason in outcomes:
            if word != "passed":
                shown = colour.get(word, "red")
                line = escape(f"{key.path[-1]}:{name}: {reason}")
                yield f"[{shown}]{word}[/]: {line}"


def _metrics(session: Session) -> Table:
    table = Table("metric", Column("value", justify="right"), Column("interval", justify="right"), title="metrics")
    for rows in (_model, _fairness, _privacy, _drift):
        try:
            for name, value, interval in rows(session):
                table.add_row(escape(name), value, interval)
        except IntegrityError as error:
            table.add_row(escape(session.layout.shown(Path(error.where))), "not shown", escape(error.what))
    return table


def _stored(session: Session, asset: str, kind: type[T], partition: str | None = None) -> T | None:
    """Return a stored record, None where it was never made; raise IntegrityError where it is not the one that was."""
    key = keys.asset_key(session.use_case.name, asset)
    return session.stored(asset, kind, partition) if latest(session.instance, key, partition).exists else None


def _row(name: str, metric: MetricValue) -> tuple[str, str, str]:
    value = "not measured" if metric.value is None else number_text(metric.value)
    return name, value, interval_text(metric.low, metric.high)


def _model(session: Session) -> Iterator[tuple[str, str, str]]:
    report = _stored(session, "evaluation", EvaluationReport)
    if report is not None:
        for metric in ("auc", "average_precision", "brier", "f1_macro", "f1_positive"):
            yield _row(f"test {metric}", report.metrics.get(metric, MetricValue(None)))
        yield _row("baseline auc", report.baseline.get("auc", MetricValue(None)))


def _fairness(session: Session) -> Iterator[tuple[str, str, str]]:
    report = _stored(session, "fairness", FairnessReport)
    if report is None:
        return
    for attribute, found in report.attributes.items():
        for metric in ("demographic_parity_ratio", "equalized_odds_difference"):
            yield _row(f"{attribute}: {metric}", found.metrics.get(metric, MetricValue(None)))
        for decision, value in found.either_direction.items():
            yield _row(f"{attribute}: unconfirmed, if {decision} is favourable", value)
    if not report.attributes:
        yield "fairness", "not applicable", report.reason


def _privacy(session: Session) -> Iterator[tuple[str, str, str]]:
    path = session.layout.ledger(session.use_case.name)
    cap = session.use_case.privacy.budget.epsilon
    if path.exists():
        yield "epsilon spent", f"{number_text(float(PrivacyLedger(path).spent()))} of {number_text(cap)}", ""
    report = _stored(session, "synthetic_report", SyntheticReport)
    if report is not None:
        yield _row("synthetic quality", report.metrics["quality"])
        yield _row("synthetic TSTR / TRTR AUC", report.metrics["tstr_ratio"])


def _drift(session: Session) -> Iterator[tuple[str, str, str]]:
    for name in batch_names(session.layout.incoming(session.use_case.name)):
        report = _stored(session, "drift", DriftReport, name)
        if report is not None:
            names = ", ".join(column.column for column in report.drifted)
            found = f"{len(report.drifted)} of {len(report.watched)} columns", names
            is_judged = judge_drift(report).outcome is not verdicts.Outcome.NOT_APPLICABLE
            yield f"drift of {name}", *(found if is_judged else ("not applicable", ""))

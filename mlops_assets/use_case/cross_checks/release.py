"""Checks of `release`: gates on metrics that exist with limits that can be met, and a valid registry entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mlops_assets.errors import listing, suggestion
from mlops_assets.use_case.cross_checks.scope import Scope, repeated
from mlops_assets.use_case.metrics import GATE_METRICS, MODEL_EVIDENCE, gate_range
from mlops_assets.use_case.release import Gate
from mlops_assets.verdicts import limit_words
from mlops_assets.yaml_files.document import Path, Problem, shown, unknown

_GATES = ("release", "gates")
_REGISTRY = ("release", "registry")


def check_gates(scope: Scope) -> Iterator[Problem]:
    """Each gate has a name of its own and compares a metric of its evidence with limits."""
    gates = scope.case.release.gates
    yield from repeated("gate", scope.items(_GATES, gates), "name")
    for path, gate in scope.items(_GATES, gates):
        known = GATE_METRICS[gate.evidence]
        if gate.metric not in known:
            elsewhere = [evidence for evidence, metrics in GATE_METRICS.items() if gate.metric in metrics]
            problem = unknown(f"metric of {gate.evidence}", gate.metric, known, (*path, "metric"))
            yield replace(problem, hint=f"write evidence: {elsewhere[0]}") if elsewhere else problem
        yield from _attribute(scope, path, gate)
        yield from _limits(path, gate)
        yield from _uncertain((*path, "accept_uncertain"), gate)


def _attribute(scope: Scope, path: Path, gate: Gate) -> Iterator[Problem]:
    if gate.evidence != "fairness":
        if gate.attribute is not None:
            fix = "remove it, or write evidence: fairness"
            yield Problem((*path, "attribute"), "only metrics of fairness have an attribute", hint=fix, at_key=True)
        return
    measured = _measured(scope)
    if gate.attribute is None:
        expected = "attribute: one that fairness is measured over"
        yield Problem(path, "a gate on fairness needs an attribute", expected, hint="add attribute", at_key=True)
    elif measured is not None and gate.attribute not in measured:
        place = (*path, "attribute")
        if gate.attribute in scope.declared:
            fix = "mark the column sensitive: true, or name it in assurance.fairness.attributes"
            yield Problem(place, "fairness is not measured over this column", got=shown(gate.attribute), hint=fix)
        else:
            hint = suggestion(gate.attribute, measured) or suggestion(gate.attribute, scope.declared)
            yield Problem(place, "there is no such column", "a protected attribute", shown(gate.attribute), hint)


def _measured(scope: Scope) -> set[str] | None:
    """Return the attributes that fairness may be measured over, None where that is not known."""
    attributes = scope.case.assurance.fairness.attributes
    if scope.is_broken(("assurance", "fairness", "attributes")) or not scope.declared:
        return None
    marked = [name for name in scope.declared if name not in scope.columns or scope.columns[name].sensitive]
    return set(marked if attributes is None else attributes)


def _limits(path: Path, gate: Gate) -> Iterator[Problem]:
    at_least, at_most = gate.at_least, gate.at_most
    if at_least is None and at_most is None:
        yield Problem(path, "a gate needs a limit", "at_least, at_most or both", "neither", at_key=True)
        return
    low, high = gate_range(gate.evidence, gate.metric)
    possible = f"from {low:g} to {high:g}" if high < float("inf") else f"of at least {low:g}"
    expected = f"a limit within what {gate.metric} can be, {possible}"
    if at_least is not None and at_least > high:
        yield Problem((*path, "at_least"), "no model can meet this limit", expected, shown(at_least))
    if at_most is not None and at_most < low:
        yield Problem((*path, "at_most"), "no model can meet this limit", expected, shown(at_most))
    if at_least is not None and at_most is not None and at_least > at_most:
        got = f"{at_least:g} and {at_most:g}"
        yield Problem((*path, "at_least"), "at_least is above at_most", "at_least at most at_most", got, "swap them")


def _uncertain(path: Path, gate: Gate) -> Iterator[Problem]:
    """An uncertain metric is accepted only if positives and power show that the test can fail a bad model."""
    accept = gate.accept_uncertain
    if accept is False:
        return
    if accept is True:
        expected = "a mapping that says how much evidence is enough"
        fix = "write {minimum_positives: 50, minimum_power: 0.8, unacceptable: VALUE}, or false"
        yield Problem(path, "nothing says when an uncertain metric is good enough", expected, "true", fix)
        return
    if gate.evidence not in MODEL_EVIDENCE:
        expected = f"evidence out of {listing(MODEL_EVIDENCE)}"
        yield Problem(path, "these metrics have no interval, so they are never uncertain", expected, at_key=True)
        return
    value = gate.unacceptable
    if value is None:
        fix = "add a value beyond the limit that must not pass"
        yield Problem(path, "'unacceptable' is missing", "a value beyond the limit", hint=fix, at_key=True)
    elif gate.is_met_by(value):
        words = limit_words(gate.at_least, gate.at_most)
        yield Problem((*path, "unacceptable"), "this value would pass", f"a value that is not {words}", shown(value))


def check_registry(scope: Scope) -> Iterator[Problem]:
    """The aliases are two, MLflow does not keep them for itself, and the model's name can be one."""
    registry = scope.case.release.registry
    if registry.champion == registry.previous:
        key = "champion" if scope.at((*_REGISTRY, "champion")) else "previous"
        yield Problem(
            (*_REGISTRY, key), "champion and previous are the same alias", "two aliases", shown(registry.champion)
        )
    for key in ("champion", "previous"):
        alias = getattr(registry, key)
        if alias == "latest" or re.fullmatch(r"v\d+", alias):
            yield Problem((*_REGISTRY, key), "MLflow reserves this alias", "another name", shown(alias))
    name = registry.model_name
    if name is not None and (not name.strip() or any(mark in name for mark in "/:%\"'")):
        expected = "a name without any of / : % and quotes"
        yield Problem((*_REGISTRY, "model_name"), "not a name for MLflow's registry", expected, shown(name))

"""Checks of `training`: families and their parameters exist, and the baseline is one of the families."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_assets import plugins
from mlops_assets.errors import listing, suggestion
from mlops_assets.use_case.cross_checks.scope import Scope, plugin_problem
from mlops_assets.yaml_files.document import Problem, shown, unknown

_FAMILIES = ("training", "families")


def check_families(scope: Scope) -> Iterator[Problem]:
    """Families exist and have the named parameters."""
    for name, family in scope.case.training.families.items():
        if problem := plugin_problem("family", name, (*_FAMILIES, name), at_key=True):
            yield problem
            continue
        known = plugins.load("family", name).PARAMETERS
        for part, key in [("space", key) for key in family.space] + [("fixed", key) for key in family.fixed]:
            if key not in known:
                what, expected = f"{name} has no such parameter", f"one of {listing(known, 20)}"
                path = (*_FAMILIES, name, part, key)
                yield Problem(path, what, expected, hint=suggestion(key, known), at_key=True)


def check_baseline(scope: Scope) -> Iterator[Problem]:
    """The baseline is one of the families."""
    known, path = plugins.names("family"), ("training", "baseline")
    baseline, declared = scope.case.training.baseline, tuple(scope.case.training.families)
    if baseline == "auto" or scope.is_broken(_FAMILIES):
        return
    if baseline not in known:
        yield unknown("family", baseline, ("auto", *known), path)
    elif baseline not in declared:
        expected = f"auto, or one of training.families: {listing(declared)}"
        fix = f"write auto, or add {baseline} to training.families"
        yield Problem(path, "the baseline is not among the families that are searched", expected, shown(baseline), fix)

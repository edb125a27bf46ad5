"""Cross checks: mistakes that only show when two places of a use case are held together.

One module a stage, each with a tuple `CHECKS` of small functions from a scope to problems. A check is cheap, reads
no data and no other check's result; to add one, write the function and put it into its module's tuple.
"""

from __future__ import annotations

from mlops_assets.use_case.cross_checks import (
    assurance,
    columns,
    data,
    features,
    monitoring,
    privacy,
    release,
    task,
    training,
)
from mlops_assets.use_case.cross_checks.scope import Check, Scope
from mlops_assets.yaml_files.problems import Problem

STAGES = (task, data, columns, privacy, features, training, assurance, release, monitoring)
CHECKS: tuple[Check, ...] = tuple(check for stage in STAGES for check in stage.CHECKS)
"""Every cross check, in the order of the YAML."""


def cross_check(scope: Scope) -> list[Problem]:
    """Return the problems of every check, without those that follow from a value that is broken already."""
    return [problem for check in CHECKS for problem in check(scope) if not scope.is_broken(problem.path)]

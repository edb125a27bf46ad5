"""Cross checks: mistakes that only show when two places of a use case are held together.

One module a stage. Each public function whose name starts with `check_` is a check, from a scope to problems: to add
one, write the function. A check is cheap, reads no data and no other check's result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
from mlops_assets.use_case.cross_checks.scope import Scope
from mlops_assets.yaml_files.document import Problem

STAGES = (task, data, columns, privacy, features, training, assurance, release, monitoring)
CHECKS: tuple[Callable[[Scope], Iterator[Problem]], ...] = tuple(
    check for stage in STAGES for name, check in vars(stage).items() if name.startswith("check_")
)
"""Every cross check, in the order of the YAML."""


def cross_check(scope: Scope) -> list[Problem]:
    """Return the problems of every check, without those that follow from a value that is broken already."""
    return [problem for check in CHECKS for problem in check(scope) if not scope.is_broken(problem.path)]

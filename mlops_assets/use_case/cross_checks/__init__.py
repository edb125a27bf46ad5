"""Cross checks: mistakes that appear only when two parts of a use case are compared.

One module per stage. Each function whose name starts with `check_` is a check: it takes a scope and yields problems.
To add a check, write the function. A check is cheap and reads neither data nor the result of another check.
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
    """Return the problems of every check, except those that result from a value that is already broken."""
    return [problem for check in CHECKS for problem in check(scope) if not scope.is_broken(problem.path)]

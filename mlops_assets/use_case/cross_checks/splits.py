"""Checks of `data.splits`: the shares make a whole, and a method has the column that it needs."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mlops_assets.use_case.cross_checks.scope import NUMERIC, Check, Scope
from mlops_assets.use_case.data import Splits
from mlops_assets.yaml_files.problems import Problem, shown

_PATH = ("data", "splits")
_NEEDS = {"grouped": "group", "temporal": "time"}


def _splits(scope: Scope) -> Splits | None:
    splits = getattr(scope.data, "splits", None)
    return splits if isinstance(splits, Splits) else None


def check_shares(scope: Scope) -> Iterator[Problem]:
    """The shares sum to one."""
    splits = _splits(scope)
    if splits is None:
        return
    shares = splits.shares
    total = shares.train + shares.calibration + shares.test + shares.replay
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        got = f"{shares.train:g} + {shares.calibration:g} + {shares.test:g} + {shares.replay:g} = {total:g}"
        fix = "shares that are left out have a default: write all four"
        yield Problem((*_PATH, "shares"), "the shares do not sum to one", "a sum of 1", got, fix, at_key=True)


def check_method(scope: Scope) -> Iterator[Problem]:
    """A column is named for the method that needs it, and for no other."""
    splits = _splits(scope)
    if splits is None or scope.is_broken((*_PATH, "method")):
        return
    needed = _NEEDS.get(splits.method)
    for method, key in _NEEDS.items():
        name = getattr(splits, key)
        if name is None and key == needed and not scope.is_broken((*_PATH, key)):
            expected = f"{key}: the name of a column"
            path = (*_PATH, "method")
            yield Problem(path, f"method {method} needs a column", expected, hint=f"add {key} to data.splits")
        elif name is not None and key != needed:
            fix = f"write method: {method}, or remove {key}"
            yield Problem((*_PATH, key), f"{key} is not used by method {splits.method}", hint=fix, at_key=True)


def check_columns(scope: Scope) -> Iterator[Problem]:
    """Groups and times are columns, a time can be put in order, and neither is the target."""
    splits = _splits(scope)
    if splits is None:
        return
    for key in ("group", "time"):
        name, path = getattr(splits, key), (*_PATH, key)
        if name is None:
            continue
        yield from scope.unknown_column(name, path)
        if name == scope.target:
            yield Problem(path, f"the target cannot be the {key}", "another column", shown(name))
        column = scope.columns.get(name)
        if key == "time" and column is not None and column.type not in ("date", *NUMERIC):
            fix = "declare it as type: date"
            yield Problem(path, "the column cannot order the rows", "a date or a number", f"type {column.type}", fix)


CHECKS: tuple[Check, ...] = (check_shares, check_method, check_columns)

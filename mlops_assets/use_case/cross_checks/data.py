"""Checks of `data.source` and `data.splits`: the file can be read as it is described, and its rows can be split."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mlops_assets import plugins
from mlops_assets.errors import listing
from mlops_assets.plugins.readers import endings
from mlops_assets.use_case.cross_checks.scope import NUMERIC, Scope, plugin_problem
from mlops_assets.yaml_files.document import Problem, shown

_SOURCE = ("data", "source")
_SPLITS = ("data", "splits")
_NEEDS = {"grouped": "group", "temporal": "time"}


def check_reader(scope: Scope) -> Iterator[Problem]:
    """A reader takes the file: the one that is named, or the one of its ending."""
    source = scope.source
    if not source.path.strip():
        yield Problem((*_SOURCE, "path"), "no file is named", "a path such as data/raw/NAME.csv", shown(source.path))
    elif source.reader is not None:
        if problem := plugin_problem("reader", source.reader, (*_SOURCE, "reader")):
            yield problem
    elif not source.path.lower().endswith(tuple(endings())):
        expected = f"a name that ends in {listing(sorted(endings()), 20)}"
        fix = "; ".join(["rename the file, or name its reader", *plugins.broken("reader").values()])
        yield Problem((*_SOURCE, "path"), "no reader takes such a file", expected, shown(source.path), fix)


def check_text_format(scope: Scope) -> Iterator[Problem]:
    """Encoding and separators can be worked with."""
    source = scope.source
    try:
        " ".encode(source.encoding)
    except (LookupError, ValueError):
        expected = "a name such as utf-8, latin-1 or cp1252"
        yield Problem((*_SOURCE, "encoding"), "no encoding has this name", expected, shown(source.encoding))
    if source.delimiter == source.decimal:
        fix = "two marks cannot be told apart: correct delimiter or decimal"
        yield Problem((*_SOURCE, "decimal"), "the decimal mark is the delimiter", got=shown(source.decimal), hint=fix)
    if source.delimiter in ('"', "\r", "\n") or not source.delimiter.isascii():
        yield Problem(
            (*_SOURCE, "delimiter"),
            "fields cannot be separated by this",
            "a comma, semicolon or tab",
            shown(source.delimiter),
        )


def check_shares(scope: Scope) -> Iterator[Problem]:
    """The shares sum to one."""
    shares = scope.data.splits.shares
    total = shares.train + shares.calibration + shares.test + shares.replay
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        got = f"{shares.train:g} + {shares.calibration:g} + {shares.test:g} + {shares.replay:g} = {total:g}"
        fix = "shares that are left out have a default: write all four"
        yield Problem((*_SPLITS, "shares"), "the shares do not sum to one", "a sum of 1", got, fix, at_key=True)


def check_method(scope: Scope) -> Iterator[Problem]:
    """A column is named for the method that needs it, and for no other."""
    splits = scope.data.splits
    if scope.is_broken((*_SPLITS, "method")):
        return
    needed = _NEEDS.get(splits.method)
    for method, key in _NEEDS.items():
        name = getattr(splits, key)
        if name is None and key == needed and not scope.is_broken((*_SPLITS, key)):
            expected = f"{key}: the name of a column"
            path = (*_SPLITS, "method")
            yield Problem(path, f"method {method} needs a column", expected, hint=f"add {key} to data.splits")
        elif name is not None and key != needed:
            fix = f"write method: {method}, or remove {key}"
            yield Problem((*_SPLITS, key), f"{key} is not used by method {splits.method}", hint=fix, at_key=True)


def check_columns(scope: Scope) -> Iterator[Problem]:
    """Groups and times are columns, a time can be put in order, and neither is the target."""
    for key in ("group", "time"):
        name, path = getattr(scope.data.splits, key), (*_SPLITS, key)
        if name is None:
            continue
        yield from scope.unknown_column(name, path)
        if name == scope.target:
            yield Problem(path, f"the target cannot be the {key}", "another column", shown(name))
        column = scope.columns.get(name)
        if key == "time" and column is not None and column.type not in ("date", *NUMERIC):
            fix = "declare it as type: date"
            yield Problem(path, "the column cannot order the rows", "a date or a number", f"type {column.type}", fix)

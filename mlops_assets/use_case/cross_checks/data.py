"""Checks of `data.source` and `data.splits`: the file can be read as declared, and its rows can be split."""

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
    """There is a reader for the file: the one that is named, or the one for its suffix."""
    source = scope.source
    if not source.path.strip():
        yield Problem((*_SOURCE, "path"), "no file is named", "a path such as data/raw/NAME.csv", shown(source.path))
    elif source.reader is not None:
        if problem := plugin_problem("reader", source.reader, (*_SOURCE, "reader")):
            yield problem
    elif not source.path.lower().endswith(tuple(endings())):
        expected = f"a name that ends in {listing(sorted(endings()), 20)}"
        fix = "; ".join(["rename the file, or name its reader", *plugins.broken("reader").values()])
        yield Problem((*_SOURCE, "path"), "no reader reads files of this type", expected, shown(source.path), fix)


def check_text_format(scope: Scope) -> Iterator[Problem]:
    """The encoding exists, and the separators are usable."""
    source = scope.source
    try:
        " ".encode(source.encoding)
    except (LookupError, ValueError):
        expected = "a name such as utf-8, latin-1 or cp1252"
        yield Problem((*_SOURCE, "encoding"), "there is no such encoding", expected, shown(source.encoding))
    if source.delimiter == source.decimal:
        fix = "correct delimiter or decimal: they must differ"
        yield Problem((*_SOURCE, "decimal"), "the decimal mark is the delimiter", got=shown(source.decimal), hint=fix)
    if source.delimiter in ('"', "\r", "\n") or not source.delimiter.isascii():
        yield Problem(
            (*_SOURCE, "delimiter"),
            "this cannot be a delimiter",
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
    """A column is named if the method needs it, and only then."""
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
    """Group and time are columns, the time can be ordered, and neither is the target."""
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

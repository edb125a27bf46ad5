"""Checks of `data.source`: the file can be read by something, as it is described."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from mlops_assets import plugins
from mlops_assets.errors import listing
from mlops_assets.plugins.readers import endings
from mlops_assets.use_case.cross_checks.scope import Check, Scope, plugin_problem
from mlops_assets.use_case.data import Source
from mlops_assets.yaml_files.problems import Problem, shown

_PATH = ("data", "source")


def _source(scope: Scope) -> Source | None:
    source = getattr(scope.data, "source", None)
    return source if isinstance(getattr(source, "path", None), str) else None


def check_reader(scope: Scope) -> Iterator[Problem]:
    """A reader takes the file: the one that is named, or the one of its ending."""
    source = _source(scope)
    if source is None:
        return
    if not source.path.strip():
        yield Problem((*_PATH, "path"), "no file is named", "a path such as data/raw/NAME.csv", shown(source.path))
    elif source.reader is not None:
        if problem := plugin_problem("reader", source.reader, (*_PATH, "reader")):
            yield problem
    elif not source.path.lower().endswith(tuple(endings())):
        expected = f"a name that ends in {listing(sorted(endings()), 20)}"
        fix = "; ".join(["rename the file, or name its reader", *plugins.broken("reader").values()])
        yield Problem((*_PATH, "path"), "no reader takes such a file", expected, shown(source.path), fix)


def check_text_format(scope: Scope) -> Iterator[Problem]:
    """Encoding and separators can be worked with."""
    source = _source(scope)
    if source is None:
        return
    try:
        codecs.lookup(source.encoding)
    except (LookupError, ValueError):
        expected = "a name such as utf-8, latin-1 or cp1252"
        yield Problem((*_PATH, "encoding"), "no encoding has this name", expected, shown(source.encoding))
    if source.delimiter == source.decimal:
        fix = "two marks cannot be told apart: correct delimiter or decimal"
        yield Problem((*_PATH, "decimal"), "the decimal mark is the delimiter", got=shown(source.decimal), hint=fix)
    if source.delimiter in ('"', "\r", "\n"):
        yield Problem(
            (*_PATH, "delimiter"),
            "fields cannot be separated by this",
            "a comma, semicolon or tab",
            shown(source.delimiter),
        )


CHECKS: tuple[Check, ...] = (check_reader, check_text_format)

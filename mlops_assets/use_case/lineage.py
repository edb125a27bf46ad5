"""Lineage of derived features, from the configuration alone: the raw columns that each one depends on.

Uses only the `features:` section and the declared columns, no data. Finds the lineage, protected attributes that would
enter through a derived feature, and derived features that cannot be built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mlops_assets.errors import listing, suggestion
from mlops_assets.use_case.data import Column
from mlops_assets.yaml_files.document import Path, Problem, shown

if TYPE_CHECKING:
    from mlops_assets.plugins.declarations import TransformParams
    from mlops_assets.use_case.features import Features


def raw_lineage(features: Features) -> dict[str, tuple[str, ...]]:
    """Return for each output of each derived feature the raw columns that it depends on, directly or indirectly."""
    behind: dict[str, tuple[str, ...]] = {}
    for params in features.derive:
        read = [raw for name in params.inputs for raw in behind.get(name, (name,))]
        columns = tuple(dict.fromkeys(read))
        behind |= dict.fromkeys(params.outputs, columns)
    return behind


def derive_faults(
    features: Features, columns: Mapping[str, Column], target: str | None = None
) -> Iterator[tuple[str, Problem]]:
    """Yield everything that is wrong with `features.derive`, in the order of the YAML.

    Inputs that are neither a column nor an earlier feature, names that are taken, columns of a type that the transform
    cannot read, the target as an input, and protected attributes that are not named: one enters a model only through
    `features.use_sensitive`, not through a ratio or a bin.

    Yields:
        the input or output that each problem is about, and the problem, whose path is that of the derived feature.
    """
    made: set[str] = set()
    behind = raw_lineage(features)
    hidden = {name for name, column in columns.items() if column.sensitive and name not in features.use_sensitive}
    for position, params in enumerate(features.derive):
        path = ("features", "derive", position)
        yield from _faults(path, params, columns, made, target)
        for output in params.outputs:
            for raw in (name for name in behind[output] if name in hidden):
                what = f"the protected attribute {raw!r} would enter the model through {output!r}"
                fix = f"name {raw!r} in features.use_sensitive, or derive the feature without it"
                yield raw, Problem(path, what, hint=fix)
        made |= set(params.outputs)


def _faults(
    path: Path, params: TransformParams, columns: Mapping[str, Column], made: set[str], target: str | None
) -> Iterator[tuple[str, Problem]]:
    for output in params.outputs:
        if output in columns or output in made:
            taken = "a column of the table" if output in columns else "a derived feature before it"
            what, fix = f"the name {output!r} is taken by {taken}", "give the feature another name"
            yield output, Problem(path, what, hint=fix)
    for name in dict.fromkeys(params.inputs):
        if name == target:
            fix = "derive features from other columns only"
            yield name, Problem(path, f"the target {name!r} is an input", hint=fix)
        elif name in made:
            if params.accepts in ("dates", "texts"):
                yield name, _unreadable(path, params, name, "a number, being derived")
        elif name not in columns:
            what = "an input is neither a column nor a feature derived before it"
            fix = suggestion(name, [*columns, *made]) or "derived features can use only those listed above them"
            yield name, Problem(path, what, f"a name out of {listing([*columns, *made])}", shown(name), fix)
        elif not _readable(params, columns[name]):
            yield name, _unreadable(path, params, name, f"type {columns[name].type}")


def _readable(params: TransformParams, column: Column) -> bool:
    """Return whether the transform can read a column of this type; whole-number codes are numbers."""
    if params.accepts == "anything":
        return True
    if params.accepts == "dates":
        return column.type == "date"
    numeric_codes = column.type == "category" and not any(isinstance(code, str) for code in column.codes)
    if params.accepts == "texts":
        return column.type in ("text", "category") and not (numeric_codes and column.codes)
    return column.type in ("integer", "number", "boolean") or numeric_codes


def _unreadable(path: Path, params: TransformParams, name: str, got: str) -> Problem:
    what, expected = f"transform {params.transform!r} cannot read {name!r}", f"a column of {params.accepts}"
    return Problem(path, what, expected, got, "use another column or another transform")

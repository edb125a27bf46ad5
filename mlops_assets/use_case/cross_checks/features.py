"""Checks of `features`: what enters a model exists, may enter, and is left over when all is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlops_assets.use_case import lineage
from mlops_assets.use_case.cross_checks.scope import Scope, repeated
from mlops_assets.yaml_files.document import Path, Problem, shown

_PATH = ("features",)
_DERIVE = ("features", "derive")


def check_named_columns(scope: Scope) -> Iterator[Problem]:
    """Columns that are named exist, each once."""
    features = scope.case.features
    yield from scope.unknown_columns((*_PATH, "inputs"), features.inputs)
    yield from scope.unknown_columns((*_PATH, "exclude"), features.exclude)
    yield from scope.unknown_columns((*_PATH, "use_sensitive"), features.use_sensitive)
    yield from scope.unknown_columns((*_PATH, "encoding", "ordered"), features.encoding.ordered)


def check_inputs(scope: Scope) -> Iterator[Problem]:
    """A raw column that is asked for by name can enter as it is: none is left out in silence."""
    features = scope.case.features
    for path, name in scope.items((*_PATH, "inputs"), features.inputs):
        column = scope.columns.get(name)
        if name == scope.target:
            yield Problem(path, "the target cannot be an input", "other columns", shown(name), "remove it")
        elif name in features.exclude:
            yield Problem(path, "the column is excluded as well", got=shown(name), hint="remove it from one of the two")
        elif column is None:
            continue
        elif column.role != "feature":
            fix = f"remove it here, or remove its role {column.role}"
            yield Problem(path, "the column is no feature", "a column with role feature", shown(name), fix)
        elif column.type in ("date", "text"):
            fix = "derive a feature from it instead"
            yield Problem(
                path, f"a {column.type} cannot enter as it is", "numbers, codes or booleans", shown(name), fix
            )
        elif column.sensitive and name not in features.use_sensitive and not scope.is_broken((*_PATH, "use_sensitive")):
            fix = "name it in features.use_sensitive too, or remove it here"
            yield Problem(path, "a protected attribute would enter the model", got=shown(name), hint=fix)


def check_use_sensitive(scope: Scope) -> Iterator[Problem]:
    """What is let in as a protected attribute is marked as one."""
    for path, name in scope.items((*_PATH, "use_sensitive"), scope.case.features.use_sensitive):
        column = scope.columns.get(name)
        if column is not None and not column.sensitive:
            fix = "remove it here, or write sensitive: true at the column"
            yield Problem(path, "the column is not marked as sensitive", got=shown(name), hint=fix)


def check_derived(scope: Scope) -> Iterator[Problem]:
    """Each derived feature reads what exists by then, of a type it can read, and lets nothing in by the back door."""
    if not scope.declared:
        return
    places = dict(enumerate(scope.items(_DERIVE, scope.case.features.derive)))
    unsound = {name for name in scope.declared if name not in scope.columns}
    nameless = _take_broken_outputs(scope, unsound)
    for name, problem in lineage.derive_faults(scope.case.features, scope.columns, scope.target):
        follows = name in unsound or (nameless and name not in scope.declared)
        if problem.path[-1] in places and not follows:
            place, _ = places[problem.path[-1]]
            path = _place_of(scope, place, name)
            yield replace(problem, path=path, at_key=path == place)


def check_ignored(scope: Scope) -> Iterator[Problem]:
    """No derived feature reads a column that is ignored, whose values nobody checks and a batch may lack."""
    for path, params in scope.items(_DERIVE, scope.case.features.derive):
        for name in dict.fromkeys(params.inputs):
            if name in scope.columns and scope.columns[name].role == "ignore":
                fix = f"remove role: ignore at {name!r}; features.exclude keeps it out of the model by itself"
                yield Problem(
                    path, "a derived feature reads a column that is ignored", got=shown(name), hint=fix, at_key=True
                )


def _take_broken_outputs(scope: Scope, names: set[str]) -> bool:
    """Add the names that broken derived features would have; return whether the name of one cannot be known."""
    raw = scope.at(_DERIVE)
    places = enumerate(raw) if isinstance(raw, tuple) else ()
    dropped = [item for index, item in places if (*_DERIVE, index) in scope.reading.dropped]
    known = [item["name"] for item in dropped if isinstance(item, dict) and isinstance(item.get("name"), str)]
    names.update(known)
    return len(known) < len(dropped)


def _place_of(scope: Scope, place: Path, column: str) -> Path:
    """Return where in a derived feature a column is named, or the feature itself."""
    item = scope.at(_DERIVE)[place[-1]]
    for key, value in item.items():
        if value == column and key not in ("transform", "description"):
            return (*place, key)
        if isinstance(value, tuple) and column in value:
            return (*place, key, value.index(column))
    return place


def check_ordered(scope: Scope) -> Iterator[Problem]:
    """Codes that enter as numbers are numbers."""
    for path, name in scope.items((*_PATH, "encoding", "ordered"), scope.case.features.encoding.ordered):
        column = scope.columns.get(name)
        if column is None:
            continue
        if column.type != "category":
            got = f"{name!r} of type {column.type}"
            yield Problem(path, "only categories are encoded", "a category", got, "remove it here")
        elif not column.codes or any(isinstance(code, str) for code in column.codes):
            fix = "remove it here, and write encoding.method: ordinal to rank codes as they are declared"
            yield Problem(path, "its codes are no numbers", "a category of whole numbers", shown(name), fix)


def check_something_enters(scope: Scope) -> Iterator[Problem]:
    """At least one feature enters the model."""
    if scope.target is None or len(scope.columns) != len(scope.declared) or not scope.columns:
        return
    if not scope.case.inputs and not scope.at(_DERIVE):
        fix = "declare a column as a feature, name a protected attribute in features.use_sensitive, or derive a feature"
        yield Problem(_PATH, "no feature is left for the model", "one at least", hint=fix, at_key=True)


def check_groups(scope: Scope) -> Iterator[Problem]:
    """The columns of a group exist, each is in one group, and no group is called like a column."""
    named = []
    for name, columns in scope.case.features.groups.items():
        path = (*_PATH, "groups", name)
        if name in scope.declared:
            fix = "give the group a name of its own"
            yield Problem(path, "the group is called like a column", got=shown(name), hint=fix, at_key=True)
        for place, column in scope.items(path, columns):
            yield from scope.unknown_column(column, place)
            named.append((place, column))
    yield from repeated("column", named)

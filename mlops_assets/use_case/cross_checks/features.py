"""Checks of `features`: the inputs of a model exist, are allowed, and at least one is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlops_assets.use_case import lineage
from mlops_assets.use_case.cross_checks.scope import Scope, repeated
from mlops_assets.yaml_files.document import Path, Problem, shown

_PATH = ("features",)
_DERIVE = ("features", "derive")


def check_named_columns(scope: Scope) -> Iterator[Problem]:
    """Named columns exist, and each is named once."""
    features = scope.case.features
    yield from scope.unknown_columns((*_PATH, "inputs"), features.inputs)
    yield from scope.unknown_columns((*_PATH, "exclude"), features.exclude)
    yield from scope.unknown_columns((*_PATH, "use_sensitive"), features.use_sensitive)
    yield from scope.unknown_columns((*_PATH, "encoding", "ordered"), features.encoding.ordered)


def check_inputs(scope: Scope) -> Iterator[Problem]:
    """A raw column that is named as an input can be one: none is left out silently."""
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
            yield Problem(path, "the column is not a feature", "a column with role feature", shown(name), fix)
        elif column.type in ("date", "text"):
            fix = "derive a feature from it instead"
            yield Problem(
                path, f"a {column.type} cannot enter as it is", "numbers, codes or booleans", shown(name), fix
            )
        elif column.sensitive and name not in features.use_sensitive and not scope.is_broken((*_PATH, "use_sensitive")):
            fix = "name it in features.use_sensitive too, or remove it here"
            yield Problem(path, "a protected attribute would enter the model", got=shown(name), hint=fix)


def check_use_sensitive(scope: Scope) -> Iterator[Problem]:
    """A column in `use_sensitive` is marked as sensitive."""
    for path, name in scope.items((*_PATH, "use_sensitive"), scope.case.features.use_sensitive):
        column = scope.columns.get(name)
        if column is not None and not column.sensitive:
            fix = "remove it here, or write sensitive: true at the column"
            yield Problem(path, "the column is not marked as sensitive", got=shown(name), hint=fix)


def check_derived(scope: Scope) -> Iterator[Problem]:
    """Each derived feature reads existing inputs of a type that it accepts, and no unnamed protected attribute."""
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
    """No derived feature reads an ignored column: its values are not checked, and a batch may lack it."""
    for path, params in scope.items(_DERIVE, scope.case.features.derive):
        for name in dict.fromkeys(params.inputs):
            if name in scope.columns and scope.columns[name].role == "ignore":
                fix = f"remove role: ignore at {name!r}; features.exclude keeps it out of the model by itself"
                yield Problem(
                    path, "a derived feature reads a column that is ignored", got=shown(name), hint=fix, at_key=True
                )


def _take_broken_outputs(scope: Scope, names: set[str]) -> bool:
    """Add the names of broken derived features; return whether the name of one is unknown."""
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
    """Codes that are used as numbers are numbers."""
    for path, name in scope.items((*_PATH, "encoding", "ordered"), scope.case.features.encoding.ordered):
        column = scope.columns.get(name)
        if column is None:
            continue
        if column.type != "category":
            got = f"{name!r} of type {column.type}"
            yield Problem(path, "only categories are encoded", "a category", got, "remove it here")
        elif not column.codes or any(isinstance(code, str) for code in column.codes):
            fix = "remove it here, and write encoding.method: ordinal to rank codes as they are declared"
            yield Problem(path, "its codes are not numbers", "a category of whole numbers", shown(name), fix)


def check_something_enters(scope: Scope) -> Iterator[Problem]:
    """At least one feature enters the model."""
    if scope.target is None or len(scope.columns) != len(scope.declared) or not scope.columns:
        return
    if not scope.case.inputs and not scope.at(_DERIVE):
        fix = "declare a column as a feature, name a protected attribute in features.use_sensitive, or derive a feature"
        yield Problem(_PATH, "no feature is left for the model", "at least one", hint=fix, at_key=True)


def check_groups(scope: Scope) -> Iterator[Problem]:
    """The columns of a group exist, each is in one group, and no group has the name of a column."""
    named = []
    for name, columns in scope.case.features.groups.items():
        path = (*_PATH, "groups", name)
        if name in scope.declared:
            fix = "give the group a name of its own"
            yield Problem(path, "the group has the name of a column", got=shown(name), hint=fix, at_key=True)
        for place, column in scope.items(path, columns):
            yield from scope.unknown_column(column, place)
            named.append((place, column))
    yield from repeated("column", named)

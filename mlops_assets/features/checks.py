"""Checks: what makes a pipeline impossible to fit, each with the one message that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlops_assets.errors import ConfigError, DataError, listing, sentence
from mlops_assets.features.info import FeatureInfo
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Features
from mlops_assets.use_case.lineage import derive_faults


def check_declaration(inputs: Sequence[str], columns: Mapping[str, Column], features: Features) -> None:
    """Raise ConfigError with every fault of the derived features, and every protected attribute that enters unnamed."""
    problems = [problem.text for _, problem in derive_faults(features, columns)]
    fix = "name it in features.use_sensitive, or leave it out of the inputs"
    problems += [
        sentence("a protected attribute would enter the model", where=f"input {name!r}", fix=fix)
        for name in inputs
        if columns[name].sensitive and name not in features.use_sensitive
    ]
    if problems:
        raise ConfigError(problems)


def check_names(infos: Sequence[FeatureInfo]) -> None:
    """Raise DataError where two features would have one name: a category's label can make the name of a column."""
    first: dict[str, FeatureInfo] = {}
    for info in infos:
        other = first.setdefault(info.name, info)
        if other is not info:
            raise DataError(
                f"two features would be called {info.name!r}",
                where=f"columns {listing(dict.fromkeys([*other.columns, *info.columns]))}",
                expected="a name for each feature",
                got=f"{other.formula!r} and {info.formula!r}",
                fix="rename a column, change a label under data.columns, or exclude one of the columns",
            )


def nothing_left(dropped: Mapping[str, str]) -> DataError:
    """Return the error that no feature is left, with the reasons."""
    return DataError(
        "no feature is left",
        where="features",
        expected="at least one feature that differs between training rows",
        got=listing((f"{name}: {reason}" for name, reason in dropped.items()), 5) or "no inputs and nothing derived",
        fix="add columns under features.inputs or features.derive",
    )

"""A small use case that is right in every place, and a way to break one place of it."""

import copy
import json
from typing import Any

import pytest

from mlops_assets.errors import ConfigError
from mlops_assets.use_case.loader import load_use_case

SOUND: dict[str, Any] = {
    "name": "case",
    "description": "A small use case.",
    "owners": ["team:tests"],
    "task": {"target": "outcome", "positive": "yes"},
    "data": {
        "source": {"path": "data/raw/case.csv"},
        "columns": {
            "key": {"type": "integer", "role": "identifier"},
            "amount": {"type": "number", "min": 0, "max": 10},
            "count": {"type": "integer", "min": 0, "max": 5},
            "colour": {"type": "category", "allowed": ["red", "blue"]},
            "level": {"type": "category", "allowed": [1, 2, 3]},
            "since": {"type": "date", "min": "2000-01-01", "max": "2030-01-01"},
            "until": {"type": "date"},
            "note": {"type": "text"},
            "flag": {"type": "boolean"},
            "sex": {"type": "category", "allowed": ["f", "m"], "sensitive": True},
            "age": {"type": "integer", "min": 0, "max": 120, "sensitive": True},
            "outcome": {"type": "category", "allowed": ["no", "yes"]},
        },
        "rules": [{"name": "few", "left": "count", "operator": "<=", "right": "amount"}],
    },
    "privacy": {"statistics": [{"name": "rows", "kind": "count", "epsilon": 0.5}]},
    "features": {"derive": [{"name": "share", "transform": "ratio", "numerator": "count", "denominator": "amount"}]},
    "assurance": {"fairness": {"bins": {"age": [30, 60]}}},
    "release": {"gates": [{"name": "auc", "evidence": "evaluation", "metric": "auc", "at_least": 0.7}]},
}


class Removed:
    """Stands for a key that is taken out."""


REMOVED = Removed()


def put(tree: Any, path: tuple[Any, ...], value: Any) -> None:
    *way, last = path
    for part in way:
        tree = tree.setdefault(part, {}) if isinstance(tree, dict) else tree[part]
    if isinstance(value, Removed):
        del tree[last]
    elif isinstance(tree, list) and last == len(tree):
        tree.append(value)
    else:
        tree[last] = value


@pytest.fixture
def problems_of(tmp_path):
    """Return a function from changes (path to value) to the problems of the small use case, without the places."""

    def find(changes: dict[tuple[Any, ...], Any], name: str = "case") -> list[str]:
        tree = copy.deepcopy(SOUND)
        for path, value in changes.items():
            put(tree, path, copy.deepcopy(value))
        file = tmp_path / f"{name}.yaml"
        file.write_text(json.dumps(tree, indent=1), encoding="utf-8")
        try:
            load_use_case(file)
        except ConfigError as error:
            return [line.removeprefix(str(file)).split(": ", 1)[1] for line in error.problems]
        return []

    return find


@pytest.fixture
def removed():
    """Return the value that takes a key out."""
    return REMOVED

"""Direction: what decisions are called, and which one is favourable."""

from types import SimpleNamespace

import pytest

from mlops_assets.use_case.assurance import Direction
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.model import Task, UseCase

GRADES = Column(type="category", allowed={1: "good", 2: "fair", 3: "bad", 4: "worse"})
YES_NO = Column(type="category", allowed={0: "no", 1: "yes"})


def _direction(column: Column, positive: object, favourable: tuple[object, ...] | None) -> Direction:
    fairness = SimpleNamespace(favourable=favourable)
    task = Task(target="default", positive=positive)
    case = SimpleNamespace(task=task, target=column, assurance=SimpleNamespace(fairness=fairness))
    return UseCase.direction.fget(case)


@pytest.mark.parametrize(
    ("column", "positive", "favourable", "decisions", "code"),
    [
        (YES_NO, 1, (0,), ("default = no", "default = yes"), 0),
        (YES_NO, 1, (1,), ("default = no", "default = yes"), 1),
        (YES_NO, 1, None, ("default = no", "default = yes"), None),
        (YES_NO, 0, (0,), ("default = yes", "default = no"), 1),
        (GRADES, (3, 4), (1, 2), ("default not bad or worse", "default = bad or worse"), 0),
        (GRADES, (3, 4), (3,), ("default not bad or worse", "default = bad or worse"), 1),
        (Column(type="boolean"), True, (False,), ("default = false", "default = true"), 0),
    ],
)
def test_the_favourable_decision_predicts_favourable_outcomes(column, positive, favourable, decisions, code):
    assert _direction(column, positive, favourable) == Direction(decisions, code)


@pytest.mark.parametrize(("favourable", "selected"), [((0,), 0), ((1,), 1), (None, 1)])
def test_selected_is_the_favourable_decision_or_while_unknown_the_positive_one(favourable, selected):
    assert _direction(YES_NO, 1, favourable).selected == selected

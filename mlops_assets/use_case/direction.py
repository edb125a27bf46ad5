"""Direction: what the decisions of a use case are called, and which of them is favourable to the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlops_assets.use_case.data import Column
    from mlops_assets.use_case.model import UseCase
    from mlops_assets.values import Code


@dataclass(frozen=True)
class Direction:
    """Names of the decisions, and which of them is favourable.

    Attributes:
        decisions: name of each decision, by its code: a decision means the outcomes that it predicts.
        favourable: code of the favourable decision, None where nobody has declared it.
    """

    decisions: tuple[str, ...]
    favourable: int | None

    @property
    def selected(self) -> int:
        """Code of the decision that selection rates count: the favourable one, else that of the positive class."""
        return 1 if self.favourable is None else self.favourable


def read_direction(use_case: UseCase) -> Direction:
    """Return the direction of a use case, whose favourable outcomes are all positive ones or none of them is."""
    positives = use_case.task.positives
    favourable = use_case.assurance.fairness.favourable
    column, target = use_case.target, use_case.task.target
    yes = " or ".join(_label(column, value) for value in positives)
    rest = [False, True] if column.type == "boolean" else list(column.codes)
    others = [value for value in rest if value not in positives]
    no = f"= {_label(column, others[0])}" if len(others) == 1 else f"not {yes}"
    return Direction(
        decisions=(f"{target} {no}", f"{target} = {yes}"),
        favourable=None if favourable is None else int(favourable[0] in positives),
    )


def _label(column: Column, value: Code | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return column.labels.get(value, str(value))

"""What is watched for drift: raw columns and the prediction.

Which kinds of columns are never compared is said in `use_case/monitoring.py`, because `check` asks it too.
"""

from __future__ import annotations

from collections.abc import Iterable

from mlops_assets.use_case.model import UseCase
from mlops_assets.use_case.monitoring import not_compared

PREDICTION = "probability"
"""What the prediction is called where no watched column has this name."""


def watched_columns(use_case: UseCase) -> tuple[str, ...]:
    """Return the raw columns to watch: the candidates that can be compared and do not move by themselves."""
    return tuple(name for name, why_not in candidate_columns(use_case).items() if not why_not)


def candidate_columns(use_case: UseCase) -> dict[str, str]:
    """Return each candidate with the reason why it is not compared, empty where it is.

    Candidates are the declared columns, or all that the model reads and the protected attributes in the order of the
    YAML. Protected attributes are among them although no model need see them: a fairness report holds for the
    population it was measured on. Columns to ignore, which a batch need not have, are none.
    """
    columns, declared = use_case.data.columns, use_case.monitoring.drift.columns
    if declared is None:
        read = {*use_case.model_columns, *use_case.data.sensitive} - {use_case.task.target}
        declared = tuple(name for name, column in columns.items() if name in read and column.role != "ignore")
    return {name: not_compared(columns[name]) for name in declared}


def prediction_name(watched: Iterable[str]) -> str:
    """Return what the prediction is called beside the watched columns, one of which may be a `probability` itself."""
    return PREDICTION if PREDICTION not in set(watched) else f"__{PREDICTION}__"

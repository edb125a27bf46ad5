"""Draft of a task: which value of the target is predicted, which is good for the person, or why it cannot be."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pandas as pd

from mlops_assets.drafting.columns import ColumnDraft, draft_classes, draft_column
from mlops_assets.drafting.values import Values, words
from mlops_assets.errors import DataError, listing, suggestion
from mlops_assets.formatting import number_text, percent_text
from mlops_assets.use_case.model import Task
from mlops_assets.values import Code, is_one_of

MANY_CLASSES = 20
_ENOUGH = 30
_YES = "yes true y t positive pos 1 default churn churned fraud bad ja oui sí"
_GOOD = (
    "accept accepted accepts admitted admission approval approved approve awarded benefit eligible employed funded "
    "good graduated grant granted hired hire income interview invited offer offered paid pass passed promoted "
    "promotion qualified repaid repay retained salary satisfied selected success successful survived won "
    "angenommen bewilligt eingestellt genehmigt bestanden gut accepte accorde admis embauche reussi bon aceptado "
    "aprobado concedido contratado admitido bueno accettato approvato assunto concesso ammesso buono"
)
_BAD = "bad default delinquent denied fraud late not rejected refused un unpaid nicht pas no non"


@dataclass(frozen=True)
class TargetDraft:
    """The task as the YAML will declare it.

    Attributes:
        column: the column that is predicted.
        task: what is predicted; several positive values only where they differ in nothing but spaces or case.
        note: what a person should confirm.
        positive: whether each row is positive, missing where the target is; index as in the table.
        favourable: the values whose decision is good for the person, guessed.
    """

    column: ColumnDraft
    task: Task
    note: str
    positive: pd.Series
    favourable: tuple[Code | bool, ...]

    @property
    def missing_share(self) -> float:
        """Share of rows without a target."""
        return float(self.positive.isna().mean())

    @property
    def known(self) -> int:
        """Rows with a target."""
        return int(self.positive.notna().sum())

    @property
    def rarer(self) -> int:
        """Rows of the rarer class."""
        positives = int(self.positive.sum())
        return min(positives, self.known - positives)


def draft_target(frame: pd.DataFrame, target: str, decimal: str) -> TargetDraft:
    """Return the task that a target suggests; more than two values become one against the rest.

    Raises:
        DataError: there is no such column, it has one value or none, or it is continuous.
    """
    if target not in frame.columns:
        raise DataError(
            "the target is not a column of the table",
            where=target,
            expected="the name of a column",
            got=f"columns {listing(map(repr, frame.columns), 12)}",
            fix=suggestion(target, frame.columns) or "name one of these",
        )
    values = Values(target, frame[target], decimal)
    if len(values.distinct) > MANY_CLASSES:
        raise _too_many(values)
    column = draft_classes(values)
    if column.distinct < 2:
        raise DataError(
            "the target has a single value" if values.distinct else "every value of the target is missing",
            where=target,
            expected="two values or more",
            got=listing(map(repr, values.distinct)) or "nothing",
            fix="choose another target, or use a file with rows of both kinds",
        )
    known = pd.Series(values.parse(column.column).values.to_numpy(dtype=object), index=values.present.index)
    positives, note = _positives(column, known)
    positive = pd.Series(is_one_of(known, positives), known.index, dtype="float64").reindex(frame.index)
    counts = f"{number_text(positive.sum())} of {number_text(len(known))} rows ({percent_text(positive.mean())})"
    task = Task(kind="binary_classification", target=target, positive=positives if len(positives) > 1 else positives[0])
    classes = column.column.codes or (False, True)
    favourable = guess_favourable(target, positives, classes)
    return TargetDraft(column, task, f"positive in {counts}{note}", positive, favourable)


def _too_many(values: Values) -> DataError:
    is_number = draft_column(values).column.type in ("integer", "number")
    count = len(values.distinct)
    return DataError(
        "the target is continuous, and regression is not supported"
        if is_number
        else f"the target has {count} values, too many for classes",
        where=values.name,
        expected=f"a target of 2 to {MANY_CLASSES} values",
        got=f"{count} different values",
        fix="add a column to the file that says what is to be predicted, such as whether it is above a limit",
    )


def _positives(column: ColumnDraft, values: pd.Series) -> tuple[tuple[Code | bool, ...], str]:
    """Return the values that count as positive, and what a person should confirm of them."""
    if column.column.type == "boolean":
        return (True,), ""
    alike: dict[object, list[Code]] = {}
    for code in column.column.codes:
        typed = code.strip().lower() if isinstance(code, str) else code  # typing slips add spaces and capitals
        alike.setdefault(typed, []).append(code)
    if len(alike) == 1:  # they differ in spaces or case only, so these distinguish the classes
        alike = {code: [code] for code in column.column.codes}
    rows = {key: int(is_one_of(values, codes).sum()) for key, codes in alike.items()}
    if len(rows) == 2:
        named = [key for key in rows if str(key) in _YES.split()]
        chosen = named[0] if len(named) == 1 else min(rows, key=lambda key: (rows[key], str(key)))
        return tuple(alike[chosen]), "; is this the value to predict?"
    enough = [key for key in rows if rows[key] >= _ENOUGH]
    chosen = min(enough, key=lambda key: rows[key]) if enough else max(rows, key=lambda key: rows[key])
    counts = listing((f"{codes[0]!r} in {number_text(rows[key])}" for key, codes in alike.items()), MANY_CLASSES)
    return tuple(alike[chosen]), f"; one against the rest of {len(rows)} values ({counts}): write one or a list"


def guess_favourable(
    target: str, positives: Collection[Code | bool], values: Iterable[Code | bool]
) -> tuple[Code | bool, ...]:
    """Return the values of a target whose decision is favourable to the person.

    Those that are not positive, because most models flag what is unwanted, unless the name of the target or of its
    positive values speaks of something good. Fairness is judged by it only once a person has confirmed it.

    >>> guess_favourable("default", [1], [0, 1]), guess_favourable("loan_approved", ["Y"], ["N", "Y"])
    ((0,), ('Y',))
    """
    spoken = {word for text in (target, *map(str, positives)) for word in words(text)}
    if spoken & set(_GOOD.split()) and not spoken & set(_BAD.split()):
        return tuple(positives)
    return tuple(value for value in values if value not in positives)

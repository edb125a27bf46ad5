"""Features: what enters the model, and what lets something in where no column may enter as it is."""

from __future__ import annotations

from typing import Any

from mlops_assets.drafting.columns import ColumnDraft
from mlops_assets.drafting.facts import Facts, Section
from mlops_assets.drafting.writing import Comments
from mlops_assets.plugins.declarations import TransformParams
from mlops_assets.plugins.transforms import date_parts, text_length
from mlops_assets.use_case.features import Encoding, Features


def draft_features(facts: Facts) -> Section:
    """Return the `features:` section; suspected leaks are offered to be excluded."""
    given: dict[str, Any] = {}
    comments: Comments = {
        ("encoding",): ["derive: ratios, trends, counts and dates, see docs/reference/configuration.md"]
    }
    if not any(column.enters for column in facts.others):
        given, comments = _way_in([column for column in facts.others if column.column.role == "feature"])
    features = Features(encoding=Encoding(method="one_hot"), **given)
    if not facts.leaks:
        return Section(features, comments)
    leaks = "suspected leaks, see the columns: uncomment the line unless each is known before the outcome"
    return Section(features, {**comments, ("exclude",): [leaks]}, features.model_copy(update={"exclude": facts.leaks}))


def _way_in(columns: list[ColumnDraft]) -> tuple[dict[str, Any], Comments]:
    """Return what lets something enter where no column does as it is, and what to say of it."""
    indirect = [column for column in columns if column.column.type in ("date", "text")]
    usable = [column for column in indirect if not column.column.sensitive]
    if usable:
        derived = tuple(_derived(column, number) for number, column in enumerate(usable, start=1))
        return {"derive": derived}, {("derive",): ["no column enters as it is, so features are derived"]}
    given: dict[str, Any] = {"use_sensitive": tuple(column.name for column in columns)}
    if len(indirect) == len(columns):
        given["derive"] = (_derived(indirect[0], 1),)
    note = "nothing but protected attributes is left to predict from: decide whether a model may see them at all"
    return given, {("use_sensitive",): [note]}


def _derived(column: ColumnDraft, number: int) -> TransformParams:
    """Return what makes numbers of a date or of a text; of a date of birth the year alone."""
    if column.column.type == "text":
        return text_length.Params(name=f"text_length_{number}", transform="text_length", column=column.name)
    parts: tuple[date_parts.Part, ...] = ("year",) if column.column.sensitive else ("year", "month", "day_of_week")
    return date_parts.Params(name=f"date_parts_{number}", transform="date_parts", column=column.name, parts=parts)

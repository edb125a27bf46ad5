"""Sections: the use case that fits what is known of a table, and what it offers to be uncommented.

What a model is given here is written, also where it is the default: a reader must see it. Sizes are starting points
that a person adjusts, chosen so that a first run works and ends soon. Limits are the product's own and are not
drafted: a table too small for one is told so by the outcome.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from mlops_assets.drafting.columns import ColumnDraft
from mlops_assets.drafting.facts import Facts
from mlops_assets.drafting.gates import draft_gates
from mlops_assets.plugins.declarations import TransformParams
from mlops_assets.plugins.transforms import date_parts, text_length
from mlops_assets.use_case.assurance import Assurance, Explanations, Fairness, FairnessLimits
from mlops_assets.use_case.data import Data, Quarantine, Shares, Splits
from mlops_assets.use_case.documents import DataCard, Documents, ModelCard
from mlops_assets.use_case.features import Encoding, Features
from mlops_assets.use_case.model import UseCase
from mlops_assets.use_case.monitoring import Automation, Monitoring
from mlops_assets.use_case.privacy import Budget, Privacy, Statistic, Synthetic
from mlops_assets.use_case.release import Release
from mlops_assets.use_case.training import Family, Search, Threshold, Training

_SMALL, _LARGE = 1000, 50_000
_FEWEST_ROWS: int = Data.model_fields["minimum_rows"].default


def draft_sections(name: str, facts: Facts) -> UseCase:
    """Return the use case."""
    positive = " or ".join(map(repr, facts.target.task.positives))
    return UseCase(
        name=name,
        description=f"Probability that {facts.target.column.name!r} is {positive}.",
        owners=("team:unassigned",),
        task=facts.target.task,
        data=_data(facts),
        privacy=Privacy(
            budget=Budget(epsilon=1.0),
            statistics=(
                Statistic(name="row_count", kind="count", epsilon=0.1),
                Statistic(name="target_histogram", kind="histogram", column=facts.target.column.name, epsilon=0.2),
            ),
            synthetic=Synthetic(rows=max(10, min(10_000, facts.target.known))),
        ),
        features=_features(facts),
        training=_training(facts.target.known),
        assurance=_assurance(facts),
        release=Release(gates=tuple(draft_gates(facts))),
        monitoring=Monitoring(
            automation=Automation(retrain_schedule="0 6 1 * *", timezone="UTC", retrain_on_drift=True)
        ),
    )


def offer_more(use_case: UseCase, facts: Facts) -> UseCase:
    """Return a drafted use case with what a person may uncomment: guesses to confirm, and words of the cards."""
    assurance, offered = use_case.assurance, dict[str, Any]()
    if facts.sensitive:
        fairness = assurance.fairness.model_copy(update={"favourable": facts.target.favourable})
        offered["assurance"] = assurance.model_copy(update={"fairness": fairness})
    if facts.leaks:
        offered["features"] = use_case.features.model_copy(update={"exclude": facts.leaks})
    model_card = ModelCard(
        intended_use="who uses the probability, for which decision",
        out_of_scope="what it must not be used for",
        limitations=("what a reader must know first",),
    )
    documents = Documents(model_card=model_card, data_card=DataCard(collection="how and when the data was collected"))
    return use_case.model_copy(update={**offered, "documents": documents})


def _data(facts: Facts) -> Data:
    known, given = facts.target.known, dict[str, Any]()
    if known // 2 < _FEWEST_ROWS:
        given["minimum_rows"] = max(1, known // 2)
    if facts.nested:
        given["extra_columns"] = "warning"
    if facts.target.missing_share:
        given["quarantine"] = Quarantine(maximum_share=facts.quarantined)
    shares = Shares(train=0.6, calibration=0.1, test=0.2, replay=0.1)
    if known < _SMALL:
        shares = Shares(train=0.5, calibration=0.15, test=0.25, replay=0.1)
    columns = {column.name: column.column for column in facts.columns}
    return Data(source=facts.source, columns=columns, splits=Splits(method="stratified", shares=shares), **given)


def _features(facts: Facts) -> Features:
    """Return the `features:` section; something enters in any case, if only a date or a protected attribute."""
    given: dict[str, Any] = {}
    if not any(column.enters for column in facts.others):
        columns = [column for column in facts.others if column.column.role == "feature"]
        indirect = [column for column in columns if column.column.type in ("date", "text")]
        usable = [column for column in indirect if not column.column.sensitive]
        if not usable:
            given["use_sensitive"] = tuple(column.name for column in columns)
            usable = indirect[:1] if len(indirect) == len(columns) else []
        given |= {"derive": tuple(map(_derived, usable, count(1)))} if usable else {}
    return Features(encoding=Encoding(method="one_hot"), **given)


def _derived(column: ColumnDraft, number: int) -> TransformParams:
    """Return what makes numbers of a date or of a text; of a date of birth the year alone."""
    if column.column.type == "text":
        return text_length.Params(name=f"text_length_{number}", transform="text_length", column=column.name)
    parts: tuple[date_parts.Part, ...] = ("year",) if column.column.sensitive else ("year", "month", "day_of_week")
    return date_parts.Params(name=f"date_parts_{number}", transform="date_parts", column=column.name, parts=parts)


def _training(known: int) -> Training:
    names = ("logistic_regression", "random_forest") + (() if known < _SMALL else ("hist_gradient_boosting",))
    rows = {"rows": _LARGE} if known > _LARGE else {}
    return Training(
        families={name: Family() for name in names},
        search=Search(trials=6 if known < _SMALL else 12, folds=3, metric="auc", **rows),
        threshold=Threshold(rule="max_f1_macro"),
    )


def _assurance(facts: Facts) -> Assurance:
    explanations = Explanations(rows=max(10, min(2000, facts.target.known)))
    if not facts.sensitive:
        return Assurance(explanations=explanations)
    given: dict[str, Any] = {}
    if facts.attributes != facts.sensitive:
        given["attributes"] = tuple(column.name for column in facts.attributes)
    bins = {column.name: column.edges for column in facts.attributes if column.edges}
    if bins:
        given["bins"] = bins
    limits = FairnessLimits(demographic_parity_ratio=0.8)
    return Assurance(explanations=explanations, fairness=Fairness(limits=limits, **given))

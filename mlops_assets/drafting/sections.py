"""Sections: what is known of a table, the use case that fits it, and what it offers to be uncommented.

What a model is given here is written, also where it is the default: a reader must see it. Sizes are starting points
that a person adjusts, chosen so that a first run works and ends soon. Limits are the product's own and are not
drafted: where a table is too small for one, the outcome of the check says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from mlops_assets.drafting.columns import ColumnDraft
from mlops_assets.drafting.source import SourceDraft
from mlops_assets.drafting.target import TargetDraft
from mlops_assets.drafting.values import unaccented
from mlops_assets.plugins.declarations import TransformParams
from mlops_assets.plugins.transforms import date_parts, text_length
from mlops_assets.use_case.assurance import Assurance, Explanations, Fairness, FairnessLimits
from mlops_assets.use_case.data import Data, Quarantine, Shares, Splits
from mlops_assets.use_case.documents import DataCard, Documents, ModelCard
from mlops_assets.use_case.features import Encoding, Features
from mlops_assets.use_case.model import UseCase
from mlops_assets.use_case.monitoring import Automation, Monitoring
from mlops_assets.use_case.privacy import Budget, Privacy, Statistic, Synthetic
from mlops_assets.use_case.release import AcceptUncertain, Gate, Release
from mlops_assets.use_case.training import Family, Search, Threshold, Training

_SMALL, _LARGE = 1000, 50_000
_FEWEST_ROWS: int = Data.model_fields["minimum_rows"].default
FEWEST_POSITIVES = 50
"""Positive test rows with which the interval of an AUC of 0.75 reaches about 0.08 to each side (Hanley and McNeil,
Radiology 143, 1982, negative rows in plenty)."""
_POWER = 0.8


@dataclass(frozen=True)
class Facts:
    """What is known of a table.

    Attributes:
        table: the file, how it is read and what it holds.
        columns: the columns, in the order of the file.
        target: what is predicted.
        leaks: columns that are nearly the target.
        copies: rows that are copies of others, identifiers aside.
    """

    table: SourceDraft
    columns: tuple[ColumnDraft, ...]
    target: TargetDraft
    leaks: tuple[str, ...]
    copies: int

    @property
    def others(self) -> tuple[ColumnDraft, ...]:
        """The columns beside the target."""
        return tuple(column for column in self.columns if column is not self.target.column)

    @property
    def sensitive(self) -> tuple[ColumnDraft, ...]:
        """Protected attributes, by their names or values."""
        return tuple(column for column in self.columns if column.column.sensitive)

    @property
    def attributes(self) -> tuple[ColumnDraft, ...]:
        """Protected attributes that make groups."""
        return tuple(column for column in self.sensitive if column.column.type not in ("date", "text"))

    @property
    def quarantined(self) -> float:
        """Largest share of rows that may be quarantined: the default, with room for rows without a target."""
        usual: float = Quarantine.model_fields["maximum_share"].default
        missing = self.target.missing_share
        return min(1.0, math.ceil((missing + usual) * 100) / 100) if missing else usual


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
        release=Release(gates=tuple(_gates(facts))),
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
    if facts.table.nested:
        given["extra_columns"] = "warning"
    if facts.target.missing_share:
        given["quarantine"] = Quarantine(maximum_share=facts.quarantined)
    shares = Shares(train=0.6, calibration=0.1, test=0.2, replay=0.1)
    if known < _SMALL:
        shares = Shares(train=0.5, calibration=0.15, test=0.25, replay=0.1)
    columns = {column.name: column.column for column in facts.columns}
    return Data(source=facts.table.source, columns=columns, splits=Splits(method="stratified", shares=shares), **given)


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


def _gates(facts: Facts) -> Iterator[Gate]:
    """Yield the gates: those of the shipped use case, with limits that any honest model on a table of some size meets.

    That is: not worse than a plain model, calibrated, measured on enough positive rows, without a suspected leak.
    Parity of groups comes last and is watched, because its limit is a decision of people.
    """
    yield Gate(name="enough_positives", evidence="evaluation", metric="positives", at_least=FEWEST_POSITIVES)
    yield Gate(name="discrimination", evidence="evaluation", metric="auc", at_least=0.55)
    yield Gate(name="not_worse_than_baseline", evidence="evaluation", metric="auc_gain", at_least=-0.005)
    yield _calibration("calibrated_on_average", "observed_over_expected", 0.8, 1.25, unacceptable=0.5)
    yield _calibration("calibrated_slope", "calibration_slope", 0.7, 1.4, unacceptable=0.4)
    yield Gate(name="clean_data", evidence="data", metric="quarantined_share", at_most=facts.quarantined)
    yield Gate(name="no_suspected_leak", evidence="data", metric="suspected_leaks", at_most=0)
    parity, taken = "demographic_parity_ratio", set[str]()
    for name in (column.name for column in facts.attributes):
        slug = _slug(name, taken)
        taken.add(slug)
        yield Gate(name=slug, evidence="fairness", metric=parity, attribute=name, at_least=0.8, blocking=False)


def _calibration(name: str, metric: str, low: float, high: float, *, unacceptable: float) -> Gate:
    """Return a gate whose interval may straddle a limit where a model of a metric of `unacceptable` would have failed.

    It would have failed in 80 % of samples of this size.
    """
    accept = AcceptUncertain(minimum_positives=FEWEST_POSITIVES, minimum_power=_POWER, unacceptable=unacceptable)
    return Gate(name=name, evidence="evaluation", metric=metric, at_least=low, at_most=high, accept_uncertain=accept)


def _slug(attribute: str, taken: set[str]) -> str:
    """Return a name for the gate of an attribute that is not taken yet."""
    stem = re.sub(r"[^a-z0-9]+", "_", unaccented(attribute).lower()).strip("_")[:40]
    base = "_".join(filter(None, ("parity", stem)))
    numbered = (base if number == 1 else f"{base}_{number}" for number in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)

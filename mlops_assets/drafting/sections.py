"""Sections: a use case from what is known of a table, with a comment wherever a person must decide.

What a model is given here is written, also where it is the default: a reader must see it. Sizes are starting points
that a person adjusts, chosen so that a first run works and ends soon. Limits are the product's own and are not
drafted: a table too small for one is told so by the outcome.
"""

from __future__ import annotations

from typing import Any

from mlops_assets.data.positives import ENOUGH, LEAST_ROWS
from mlops_assets.drafting.calendar import YEARS
from mlops_assets.drafting.facts import Facts, Section
from mlops_assets.drafting.gates import FEWEST_POSITIVES
from mlops_assets.formatting import number_text, percent_text
from mlops_assets.use_case.assurance import Assurance, Explanations, Fairness, FairnessLimits
from mlops_assets.use_case.data import Data, Quarantine, Shares, Splits
from mlops_assets.use_case.documents import DataCard, Documents, ModelCard
from mlops_assets.use_case.monitoring import Automation, Monitoring
from mlops_assets.use_case.privacy import Budget, Privacy, Statistic, Synthetic
from mlops_assets.use_case.training import Family, Search, Threshold, Training
from mlops_assets.yaml_files.problems import Path

FEW, FEW_ROWS = "FEW POSITIVES", "FEW ROWS"
"""What the comments begin with that a person must not miss."""
_LARGE = 50_000
_FEWEST_TRAINING: int = Splits.model_fields["minimum_positives"].default
_FEWEST_ROWS: int = Data.model_fields["minimum_rows"].default


def draft_task(facts: Facts) -> Section:
    """Return the `task:` section: how many rows are positive, and what follows where they are few."""
    target, shares = facts.target, shares_for(facts)
    notes, learned = [target.note], int(target.known * shares.train)
    train, test = int(target.rarer * shares.train), int(target.rarer * shares.test)
    if learned < LEAST_ROWS:
        notes.append(f"{FEW_ROWS}: about {learned} in train, and {LEAST_ROWS} are needed to train at all")
    if train < _FEWEST_TRAINING:
        needed = f"and {_FEWEST_TRAINING} are needed to train at all"
        notes.append(f"{FEW}: about {train} of the rarer class in train, {needed}")
    elif test < ENOUGH:
        held = f": below {FEWEST_POSITIVES}, the gate enough_positives stops deployment" * (test < FEWEST_POSITIVES)
        what = f"about {test} of the rarer class in test, so intervals are wide and gates may stay uncertain"
        notes.append(f"{FEW}: {what}{held}")
    return Section(target.task, {("positive",): notes})


def shares_for(facts: Facts) -> Shares:
    """Return the shares of the splits: more rows to calibrate and test on where there are few."""
    if facts.is_small:
        return Shares(train=0.5, calibration=0.15, test=0.25, replay=0.1)
    return Shares(train=0.6, calibration=0.1, test=0.2, replay=0.1)


def draft_data(facts: Facts) -> Section:
    """Return the `data:` section."""
    given: dict[str, Any] = {}
    bounds = "a value beyond its bounds sends its row to quarantine; they are rounded outward from the data, so write "
    comments: dict[Path, list[str]] = {
        ("source", "path"): ["title, licence and citation of the data belong here, for the data card"],
        ("columns",): [f"{bounds}what must hold instead"],
        **{("columns", column.name): column.notes for column in facts.columns},
        ("splits", "method"): [*_times(facts), *_copies(facts)],
    }
    if facts.target.known // 2 < _FEWEST_ROWS:
        given["minimum_rows"] = max(1, facts.target.known // 2)
    if facts.nested:
        given["extra_columns"] = "warning"
        comments["extra_columns",] = [f"left out, because it holds lists or records: {name!r}" for name in facts.nested]
    if facts.target.missing_share:
        given["quarantine"] = Quarantine(maximum_share=facts.quarantined)
        missing = percent_text(facts.target.missing_share)
        comments["quarantine",] = [f"{missing} of the rows have no target; a model cannot learn from them: quarantined"]
    splits = Splits(method="stratified", shares=shares_for(facts))
    columns = {column.name: column.column for column in facts.columns}
    return Section(Data(source=facts.source, columns=columns, splits=splits, **given), comments)


def _times(facts: Facts) -> list[str]:
    """Ask for a split by time where the rows have one: between older and newer rows it flatters every metric."""
    times = [column.name for column in facts.columns if column.column.type == "date"]
    times += [
        column.name
        for column in facts.columns
        if column.column.calendar and (column.column.min, column.column.max) == YEARS
    ]
    how = "a random split flatters a model that is used on later rows; write method: temporal and time:"
    return [f"the rows have a time: {how} {name}" for name in times[:1]]


def _copies(facts: Facts) -> list[str]:
    if not facts.copies:
        return []
    count = number_text(facts.copies)
    return [
        f"{count} rows are copies of others, identifiers aside, so that one may be in train and one in test:",
        "where a person or thing has several rows, name its column: method: grouped, group: COLUMN",
    ]


def draft_privacy(facts: Facts) -> Section:
    """Return the `privacy:` section."""
    statistics = (
        Statistic(name="row_count", kind="count", epsilon=0.1),
        Statistic(name="target_histogram", kind="histogram", column=facts.target.column.name, epsilon=0.2),
    )
    synthetic = Synthetic(rows=max(10, min(10_000, facts.target.known)))
    cap = "a cap on all that is ever released about this data; statistics need bounds that are public"
    return Section(
        Privacy(budget=Budget(epsilon=1.0), statistics=statistics, synthetic=synthetic), {("budget",): [cap]}
    )


def draft_training(facts: Facts) -> Section:
    """Return the `training:` section."""
    families = ("logistic_regression", "random_forest") + (() if facts.is_small else ("hist_gradient_boosting",))
    rows = {"rows": _LARGE} if facts.target.known > _LARGE else {}
    search = Search(trials=6 if facts.is_small else 12, folds=3, metric="auc", **rows)
    threshold = Threshold(rule="max_f1_macro")
    return Section(Training(families={name: Family() for name in families}, search=search, threshold=threshold))


def draft_assurance(facts: Facts) -> Section:
    """Return the `assurance:` section: fairness over what may be a protected attribute."""
    explanations = Explanations(rows=max(10, min(2000, facts.target.known)))
    if not facts.sensitive:
        none = "fairness is measured over the columns that are marked sensitive: true; there are none"
        return Section(Assurance(explanations=explanations), {("explanations",): [none]})
    fairness = _fairness(facts)
    comments = {
        "favourable": "which values of the target are good for the person? No ratio is judged until this line is "
        "uncommented",
        "attributes": "a date or a text makes no groups, so fairness is measured over the others",
        "bins": "inner edges of the groups: write those that matter",
        "limits": "the four-fifths rule, of the favourable decision",
    }
    said = fairness.model_fields_set | {"favourable"}
    section = Assurance(explanations=explanations, fairness=fairness)
    offered = fairness.model_copy(update={"favourable": facts.target.favourable})
    return Section(
        section,
        {("fairness", name): [note] for name, note in comments.items() if name in said},
        section.model_copy(update={"fairness": offered}),
    )


def _fairness(facts: Facts) -> Fairness:
    given: dict[str, Any] = {}
    if facts.attributes != facts.sensitive:
        given["attributes"] = tuple(column.name for column in facts.attributes)
    bins = {column.name: column.edges for column in facts.attributes if column.edges}
    if bins:
        given["bins"] = bins
    return Fairness(limits=FairnessLimits(demographic_parity_ratio=0.8), **given)


def draft_monitoring() -> Section:
    """Return the `monitoring:` section: what happens by itself."""
    automation = Automation(retrain_schedule="0 6 1 * *", timezone="UTC", retrain_on_drift=True)
    return Section(Monitoring(automation=automation))


def draft_documents() -> Documents:
    """Return the `documents:` section as it is offered: the words of the cards, to be replaced by a person."""
    return Documents(
        model_card=ModelCard(
            intended_use="who uses the probability, for which decision",
            out_of_scope="what it must not be used for",
            limitations=("what a reader must know first",),
        ),
        data_card=DataCard(collection="how and when the data was collected"),
    )

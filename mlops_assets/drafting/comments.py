"""Comments: what a person must decide about a drafted use case, each at the path of the value that it is about."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_assets.data.positives import ENOUGH, LEAST_ROWS
from mlops_assets.drafting.calendar import YEARS
from mlops_assets.drafting.sections import FEWEST_POSITIVES, Facts
from mlops_assets.drafting.writing import Comments
from mlops_assets.formatting import number_text, percent_text
from mlops_assets.use_case.data import Shares, Splits
from mlops_assets.use_case.model import UseCase
from mlops_assets.yaml_files.document import Path

LEAK, FEW, FEW_ROWS = "SUSPECTED LEAK", "FEW POSITIVES", "FEW ROWS"
"""Prefixes of the comments that a person must not miss."""
_FEWEST_TRAINING: int = Splits.model_fields["minimum_positives"].default
_NO_TARGET = "have no target; a model cannot learn from them, so they go to quarantine"
_GATES = {
    "enough_positives": "the minimum for a first model; raise the limits once a run shows what is achievable",
    "calibrated_on_average": "an uncertain result is accepted only where the test rows would have exposed an "
    "unacceptable model",
    "no_suspected_leak": "a suspected leak stops deployment until a person has looked: exclude the column, or write "
    "blocking: false if its value is known in time",
}
_FAIRNESS = {
    "favourable": "which values of the target are good for the person? No ratio is checked until this line is "
    "uncommented",
    "attributes": "dates and texts do not form groups, so fairness is measured over the others",
    "bins": "inner edges of the groups: write those that matter",
    "limits": "the four-fifths rule, of the favourable decision",
}


def comment_on(use_case: UseCase, facts: Facts) -> Comments:
    """Return the comments on a drafted use case and on what it offers."""
    without = percent_text(facts.target.missing_share)
    notes: dict[Path, list[str]] = {
        (): [
            "yaml-language-server: $schema=use_case.schema.json",
            f"Drafted from {facts.table.source.path}, {number_text(len(facts.table.frame))} rows.",
            "Read every line: it describes this file, not what must hold in general.",
        ],
        ("description",): ["what it is for, and who is responsible for it: an e-mail address or team:NAME"],
        ("task", "positive"): [facts.target.note, *_few(facts, use_case.data.splits.shares)],
        ("data", "source", "path"): ["title, licence and citation of the data belong here, for the data card"],
        ("data", "columns"): [
            "a value outside min and max sends its row to quarantine",
            "the bounds are rounded outward from the data: replace them by what must hold",
        ],
        **{("data", "columns", column.name): column.notes for column in facts.columns},
        ("data", "extra_columns"): [
            f"left out, because it holds lists or records: {name!r}" for name in facts.table.nested
        ],
        ("data", "quarantine"): [f"{without} of the rows {_NO_TARGET}"] if facts.target.missing_share else [],
        ("data", "splits", "method"): [*_times(facts), *_copies(facts)],
        ("privacy", "budget"): [
            "a cap on everything that is ever released about this data; statistics need public bounds"
        ],
        ("documents",): ["what the data cannot show, for the cards: uncomment the lines and fill them in"],
    }
    later = {**_on_features(use_case, facts), **_on_fairness(use_case), **_on_gates(use_case)}
    return {path: texts for path, texts in notes.items() if texts} | {path: [text] for path, text in later.items()}


def _few(facts: Facts, shares: Shares) -> Iterator[str]:
    """Yield what follows where few rows are known, or few are of the rarer class."""
    learned = int(facts.target.known * shares.train)
    train, test = int(facts.target.rarer * shares.train), int(facts.target.rarer * shares.test)
    if learned < LEAST_ROWS:
        yield f"{FEW_ROWS}: about {learned} in train, and {LEAST_ROWS} are needed to train at all"
    if train < _FEWEST_TRAINING:
        needed = f"and {_FEWEST_TRAINING} are needed to train at all"
        yield f"{FEW}: about {train} of the rarer class in train, {needed}"
    elif test < ENOUGH:
        held = f": below {FEWEST_POSITIVES}, the gate enough_positives stops deployment" * (test < FEWEST_POSITIVES)
        what = f"about {test} of the rarer class in test, so intervals are wide and gates may stay uncertain"
        yield f"{FEW}: {what}{held}"


def _times(facts: Facts) -> Iterator[str]:
    """Ask for a split by time where the rows have one: a random one overstates every metric."""
    times = [column for column in facts.columns if column.column.type == "date"]
    times += [c for c in facts.columns if c.column.calendar and (c.column.min, c.column.max) == YEARS]
    how = "a random split overstates how well a model does on later rows; write method: temporal and time:"
    yield from (f"the rows have a time: {how} {column.name}" for column in times[:1])


def _copies(facts: Facts) -> Iterator[str]:
    if facts.copies:
        count = f"{number_text(facts.copies)} rows are copies of others"
        yield f"{count}, identifiers aside, so that one may be in train and one in test:"
        yield "where a person or thing has several rows, name its column: method: grouped, group: COLUMN"


def _on_features(use_case: UseCase, facts: Facts) -> dict[Path, str]:
    features = use_case.features
    notes = {"encoding": "derive: ratios, trends, counts and dates, see docs/reference/configuration.md"}
    if features.use_sensitive:
        what = "only protected attributes are left to predict from: decide whether a model may see them at all"
        notes = {"use_sensitive": what}
    elif features.derive:
        notes = {"derive": "no column can be used as it is, so features are derived"}
    if facts.leaks:
        notes["exclude"] = "suspected leaks, see the columns: uncomment unless each is known before the outcome"
    return {("features", name): note for name, note in notes.items()}


def _on_fairness(use_case: UseCase) -> dict[Path, str]:
    if not use_case.data.sensitive:
        none = "fairness is measured over the columns that are marked sensitive: true; there are none"
        return {("assurance", "explanations"): none}
    written = use_case.assurance.fairness.model_fields_set | {"favourable"}
    return {("assurance", "fairness", name): note for name, note in _FAIRNESS.items() if name in written}


def _on_gates(use_case: UseCase) -> dict[Path, str]:
    gates = use_case.release.gates
    notes = {index: _GATES[gate.name] for index, gate in enumerate(gates) if gate.name in _GATES}
    parity = [index for index, gate in enumerate(gates) if gate.evidence == "fairness"]
    notes |= dict.fromkeys(parity[:1], "parity is reported and blocks nothing: remove blocking: false if it must block")
    return {("release", "gates", index): note for index, note in notes.items()}

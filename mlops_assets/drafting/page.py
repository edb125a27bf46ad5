"""Draft as a page: the YAML of a new use case, section by section, with a comment wherever a person must decide."""

from __future__ import annotations

from mlops_assets.data.positives import ENOUGH, LEAST_ROWS
from mlops_assets.drafting.calendar import YEARS
from mlops_assets.drafting.columns import ColumnDraft
from mlops_assets.drafting.facts import Page
from mlops_assets.drafting.gates import FEWEST_POSITIVES
from mlops_assets.drafting.model import assurance_lines, features_lines, release_lines, training_lines
from mlops_assets.drafting.text import column_lines, comment, flow_list, flow_mapping, scalar
from mlops_assets.formatting import number_text, percent_text
from mlops_assets.use_case.data import Data, Source, Splits

FEW, FEW_ROWS = "FEW POSITIVES", "FEW ROWS"
"""What the comments begin with that a person must not miss."""
FEWEST_TRAINING: int = Splits.model_fields["minimum_positives"].default


def render_page(page: Page) -> str:
    """Return the YAML text."""
    parts = (
        _head,
        _data,
        _privacy,
        features_lines,
        training_lines,
        assurance_lines,
        release_lines,
        _monitoring,
        _documents,
    )
    return "\n\n".join("\n".join(part(page)) for part in parts) + "\n"


def _head(page: Page) -> list[str]:
    positives = page.task.positives
    positive = f"{page.target!r} is {' or '.join(map(repr, positives))}"
    return [
        "# yaml-language-server: $schema=use_case.schema.json",
        comment(f"Drafted from {page.source.path}, {number_text(page.rows)} rows."),
        comment("Read every line: what the data shows is not what must hold."),
        f"name: {page.name}",
        comment("what it is for, and who answers for it: an e-mail address or team:NAME"),
        f"description: {scalar(f'Probability that {positive}.')}",
        "owners: [team:unassigned]",
        "",
        "task:",
        "  kind: binary_classification",
        f"  target: {scalar(page.target)}",
        *_about_positives(page),
        f"  positive: {scalar(positives[0]) if len(positives) == 1 else flow_list(positives)}",
    ]


def _about_positives(page: Page) -> list[str]:
    """Return how many rows are positive, and what follows where they are few."""
    lines, rows = [comment(page.task.note, 2)], page.task.rows
    train, _, test, _ = (int(rows * share) for share in page.sizes.shares)
    learned = int(page.task.positive.notna().sum() * page.sizes.shares[0])
    if learned < LEAST_ROWS:
        lines.append(comment(f"{FEW_ROWS}: about {learned} in train, and {LEAST_ROWS} are needed to train at all", 2))
    if train < FEWEST_TRAINING:
        few = f"{FEW}: about {train} of the rarer class in train, and {FEWEST_TRAINING} are needed to train at all"
        lines.append(comment(few, 2))
    elif test < ENOUGH:
        held = f": below {FEWEST_POSITIVES}, the gate enough_positives stops deployment" * (test < FEWEST_POSITIVES)
        few = f"{FEW}: about {test} of the rarer class in test, so intervals are wide and gates may stay uncertain"
        lines.append(comment(few + held, 2))
    return lines


def _data(page: Page) -> list[str]:
    shares = dict(zip(("train", "calibration", "test", "replay"), map(scalar, page.sizes.shares), strict=True))
    fewest = page.sizes.minimum_rows
    extra = [comment(f"left out, because it holds lists or records: {name!r}", 2) for name in page.nested]
    return [
        "data:",
        *_source(page.source),
        *([f"  minimum_rows: {fewest}"] if fewest != Data.model_fields["minimum_rows"].default else []),
        *extra,
        *(["  extra_columns: warning"] if page.nested else []),
        "  columns:",
        comment(
            "a value beyond its bounds sends the row to quarantine; they are rounded outward from the data, so write", 4
        ),
        comment("what must hold instead", 4),
        *(line for column in page.columns for line in _column(column)),
        *_quarantine(page),
        "  splits:",
        *_dates(page),
        *_copies(page),
        "    method: stratified",
        f"    shares: {flow_mapping(shares)}",
    ]


def _source(source: Source) -> list[str]:
    default = Source(path=source.path)
    lines = ["  source:", f"    path: {scalar(source.path)}"]
    for key in ("encoding", "delimiter", "decimal"):
        if getattr(source, key) != getattr(default, key):
            lines.append(f"    {key}: {scalar(getattr(source, key))}")
    if source.missing_values != default.missing_values:
        lines.append(f"    missing_values: {flow_list(source.missing_values)}")
    return [*lines, comment("title, licence and citation of the data belong here, for the data card", 4)]


def _column(column: ColumnDraft) -> list[str]:
    items: dict[str, str] = {"type": column.type}
    items |= {"format": scalar(column.written)} if column.written is not None else {}
    items |= {"role": column.role} if column.role != "feature" else {}
    flags = ("calendar", "sensitive", "nullable", "unique")
    items |= {flag: "true" for flag in flags if getattr(column, flag)}
    items |= {"min": scalar(column.low)} if column.low is not None else {}
    items |= {"max": scalar(column.high)} if column.high is not None else {}
    items |= {"warn": flow_list(column.warn)} if column.warn else {}
    return column_lines(column.name, items, column.codes, column.notes)


def _quarantine(page: Page) -> list[str]:
    missing = page.task.missing_share
    if not missing:
        return []
    note = f"{percent_text(missing)} of the rows have no target; nothing can be learned from them, and they go there"
    return [comment(note, 2), f"  quarantine: {{maximum_share: {page.quarantined:g}}}"]


def _copies(page: Page) -> list[str]:
    if not page.copies:
        return []
    told = (
        f"{number_text(page.copies)} rows are copies of others, identifiers aside, so that one may train and one test:"
    )
    advice = "where a person or thing has several rows, name its column: method: grouped, group: COLUMN"
    return [comment(told, 4), comment(advice, 4)]


def _dates(page: Page) -> list[str]:
    """Ask for a split by time where the rows have one: between older and newer rows it flatters every figure."""
    times = [column for column in page.columns if column.type == "date"]
    times += [column for column in page.columns if column.calendar and (column.low, column.high) == YEARS]
    if not times:
        return []
    how = f"method: temporal and time: {scalar(times[0].name)}"
    return [comment(f"the rows have a time: a random split flatters what is used on later rows; write {how}", 4)]


def _privacy(page: Page) -> list[str]:
    return [
        "privacy:",
        comment("a cap for all that is ever released of this data; statistics need bounds that are public", 2),
        "  budget: {epsilon: 1.0}",
        "  statistics:",
        "    - {name: row_count, kind: count, epsilon: 0.1}",
        f"    - {{name: target_histogram, kind: histogram, column: {scalar(page.target)}, epsilon: 0.2}}",
        "  synthetic:",
        f"    rows: {page.sizes.synthetic_rows}",
    ]


def _monitoring(_page: Page) -> list[str]:
    return [
        "monitoring:",
        "  automation:",
        '    retrain_schedule: "0 6 1 * *"',
        "    timezone: UTC",
        "    retrain_on_drift: true",
    ]


def _documents(page: Page) -> list[str]:
    return [
        comment("what only people know, for the cards: uncomment the lines and fill them in"),
        "# documents:",
        "#   model_card:",
        "#     intended_use: who uses the probability, for which decision",
        "#     out_of_scope: what it must not be used for",
        "#     limitations: [what a reader must know first]",
        "#   data_card:",
        "#     collection: how and when the data was collected",
    ]

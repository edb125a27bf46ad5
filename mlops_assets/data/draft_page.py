"""Draft as a page: the YAML of a new use case, section by section, with a comment wherever a person must decide."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlops_assets.data.draft_columns import ColumnDraft
from mlops_assets.data.draft_sizes import Sizes
from mlops_assets.data.draft_target import TargetDraft
from mlops_assets.data.draft_text import column_lines, comment, flow_list, flow_mapping, scalar
from mlops_assets.use_case.data import Data, Source


@dataclass(frozen=True)
class Page:
    """Everything that the page says.

    Attributes:
        name: name of the use case.
        source: the file and how it is read.
        columns: the columns, in the order of the file.
        task: the target and its positive value.
        rows: rows of the file.
        sizes: what depends on the number of rows.
        nested: columns that hold lists or records and are left out.
    """

    name: str
    source: Source
    columns: tuple[ColumnDraft, ...]
    task: TargetDraft
    rows: int
    sizes: Sizes
    nested: tuple[str, ...]

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.task.column.name

    @property
    def sensitive(self) -> tuple[ColumnDraft, ...]:
        """Protected attributes, by their names."""
        return tuple(column for column in self.columns if column.sensitive)


def render_page(page: Page) -> str:
    """Return the YAML text."""
    parts = (_head, _data, _privacy, _features, _training, _assurance, _release, _monitoring, _documents)
    return "\n\n".join("\n".join(part(page)) for part in parts) + "\n"


def _head(page: Page) -> list[str]:
    positive = f"{page.target!r} is {page.task.positive!r}"
    note = [comment(page.task.note, 2)] if page.task.note else []
    return [
        "# yaml-language-server: $schema=use_case.schema.json",
        comment(f"Drafted from {page.source.path}, {page.rows} rows."),
        comment("Read every line: what the data shows is not what must hold."),
        f"name: {page.name}",
        comment("what it is for, and who answers for it: an e-mail address or team:NAME"),
        f"description: {scalar(f'Probability that {positive}.')}",
        "owners: [team:unassigned]",
        "",
        "task:",
        "  kind: binary_classification",
        f"  target: {scalar(page.target)}",
        *note,
        f"  positive: {scalar(page.task.positive)}",
    ]


def _data(page: Page) -> list[str]:
    shares = dict(zip(("train", "calibration", "test", "live"), map(scalar, page.sizes.shares), strict=True))
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
    flags = ("sensitive", "nullable", "unique")
    items |= {flag: "true" for flag in flags if getattr(column, flag)}
    items |= {"min": scalar(column.low)} if column.low is not None else {}
    items |= {"max": scalar(column.high)} if column.high is not None else {}
    items |= {"warn": flow_list(column.warn)} if column.warn else {}
    return column_lines(column.name, items, column.codes, column.notes)


def _quarantine(page: Page) -> list[str]:
    missing = page.task.missing_share
    if not missing:
        return []
    share = min(1.0, math.ceil((missing + 0.05) * 100) / 100)
    note = f"{missing:.1%} of the rows have no target; nothing can be learned from them, and they go there"
    return [comment(note, 2), f"  quarantine: {{maximum_share: {share:g}}}"]


def _dates(page: Page) -> list[str]:
    dates = [column.name for column in page.columns if column.type == "date"]
    return (
        [comment(f"method: temporal with time: {scalar(dates[0])} would test on the newest rows", 4)] if dates else []
    )


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


def _features(page: Page) -> list[str]:
    lines = ["features:", "  encoding: {method: one_hot}"]
    if any(column.enters and column.name != page.target for column in page.columns):
        return [
            *lines,
            comment("derive: ratios, trends, counts and dates, see docs/reference/configuration.md", 2),
        ]
    return [*lines, *_way_in(page)]


def _way_in(page: Page) -> list[str]:
    """Return what lets something enter where no column does as it is."""
    others = [column for column in page.columns if column.name != page.target and column.role == "feature"]
    derived = [column for column in others if column.type in ("date", "text") and not column.sensitive]
    if derived:
        lines = [comment("no column enters as it is, so one is derived", 2), "  derive:"]
        made = {"date": ("date_parts", ", parts: [year, month, day_of_week]"), "text": ("text_length", "")}
        for number, column in enumerate(derived, start=1):
            transform, more = made[column.type]
            name = f"{transform}_{number}"
            lines.append(f"    - {{name: {name}, transform: {transform}, column: {scalar(column.name)}{more}}}")
        return lines
    names = flow_list(column.name for column in others)
    note = "nothing but protected attributes is left to predict from: decide whether a model may see them at all"
    lines = [comment(note, 2), f"  use_sensitive: {names}"]
    outside = [column for column in others if column.type in ("date", "text")]
    if len(outside) == len(others):
        column = outside[0]
        transform = "date_parts" if column.type == "date" else "text_length"
        more = ", parts: [year]" if column.type == "date" else ""
        lines += ["  derive:", f"    - {{name: derived, transform: {transform}, column: {scalar(column.name)}{more}}}"]
    return lines


def _training(page: Page) -> list[str]:
    sizes = page.sizes
    rows = f", rows: {sizes.search_rows}" if sizes.search_rows else ""
    return [
        "training:",
        "  families:",
        *(f"    {family}: {{}}" for family in sizes.families),
        f"  search: {{trials: {sizes.trials}, folds: {sizes.folds}, metric: auc{rows}}}",
        f"  calibration: {{method: {sizes.calibration}}}",
        "  threshold: {rule: max_f1_macro}",
        "  baseline: logistic_regression",
    ]


def _assurance(page: Page) -> list[str]:
    groups = [column for column in page.sensitive if column.type not in ("date", "text")]
    bins = {column.name: flow_list(column.edges) for column in groups if column.edges}
    attributes = [f"    attributes: {flow_list(column.name for column in groups)}"]
    note = comment("a date or a text makes no groups, so fairness is measured over the others", 4)
    inside = [
        *([note, *attributes] if len(groups) < len(page.sensitive) else []),
        *([comment("inner edges of the groups: write those that matter", 4)] if bins else []),
        *(["    bins:"] if bins else []),
        *(f"      {scalar(name)}: {edges}" for name, edges in bins.items()),
    ]
    explanations = f"  explanations: {{rows: {page.sizes.explained_rows}}}"
    return ["assurance:", explanations, *(["  fairness:", *inside] if inside else [])]


def _release(page: Page) -> list[str]:
    share = 0.05 if not page.task.missing_share else min(1.0, math.ceil((page.task.missing_share + 0.05) * 100) / 100)
    return [
        "release:",
        comment("modest gates, to be raised once a first run shows what can be reached", 2),
        "  gates:",
        "    - {name: discrimination, evidence: evaluation, metric: auc, at_least: 0.55, accept_uncertain: true}",
        f"    - {{name: clean_data, evidence: data, metric: quarantined_share, at_most: {share:g}}}",
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
        comment("what only people know, for the cards: take the marks away and write it"),
        "# documents:",
        "#   model_card:",
        "#     intended_use: who uses the probability, for which decision",
        "#     out_of_scope: what it must not be used for",
        "#     limitations: [what a reader must know first]",
        "#   data_card:",
        "#     collection: how and when the data was collected",
    ]

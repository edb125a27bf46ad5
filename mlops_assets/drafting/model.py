"""Draft of what follows from a model: the sections features, training, assurance and release."""

from __future__ import annotations

from mlops_assets.drafting.direction import guess_favourable
from mlops_assets.drafting.facts import Page
from mlops_assets.drafting.gates import draft_gates
from mlops_assets.drafting.text import comment, flow_list, scalar


def features_lines(page: Page) -> list[str]:
    """Return the lines of `features:`: what enters, and what may be kept out."""
    lines = ["features:", *_leaks(page), "  encoding: {method: one_hot}"]
    if any(column.enters and column.name != page.target for column in page.columns):
        return [
            *lines,
            comment("derive: ratios, trends, counts and dates, see docs/reference/configuration.md", 2),
        ]
    return [*lines, *_way_in(page)]


def _leaks(page: Page) -> list[str]:
    """Return a line to uncomment, which keeps suspected leaks out of the model."""
    if not page.leaks:
        return []
    told = "suspected leaks, see the columns: uncomment the line unless each is known before the outcome"
    return [comment(told, 2), f"  # exclude: {flow_list(page.leaks)}"]


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


def training_lines(page: Page) -> list[str]:
    """Return the lines of `training:`."""
    sizes = page.sizes
    rows = f", rows: {sizes.search_rows}" if sizes.search_rows else ""
    return [
        "training:",
        "  families:",
        *(f"    {family}: {{}}" for family in sizes.families),
        f"  search: {{trials: {sizes.trials}, folds: {sizes.folds}, metric: auc{rows}}}",
        "  threshold: {rule: max_f1_macro}",
    ]


def assurance_lines(page: Page) -> list[str]:
    """Return the lines of `assurance:`: fairness over what may be a protected attribute."""
    lines = ["assurance:", f"  explanations: {{rows: {page.sizes.explained_rows}}}"]
    groups = page.attributes
    if not page.sensitive:
        return [
            *lines,
            comment("fairness is measured over the columns that are marked sensitive: true; there are none", 2),
        ]
    bins = {column.name: flow_list(column.edges) for column in groups if column.edges}
    note = comment("a date or a text makes no groups, so fairness is measured over the others", 4)
    return [
        *lines,
        "  fairness:",
        *_favourable(page),
        *([note, f"    attributes: {flow_list(column.name for column in groups)}"] if groups != page.sensitive else []),
        *([comment("inner edges of the groups: write those that matter", 4)] if bins else []),
        *(["    bins:"] if bins else []),
        *(f"      {scalar(name)}: {edges}" for name, edges in bins.items()),
        comment("the four-fifths rule, of the favourable decision", 4),
        "    limits: {demographic_parity_ratio: 0.8}",
    ]


def _favourable(page: Page) -> list[str]:
    """Return the guess of what is favourable to a person, as a line to uncomment."""
    values: tuple[int | str | bool, ...] = (
        (False, True) if page.task.column.type == "boolean" else page.task.column.codes
    )
    guess = flow_list(guess_favourable(page.target, page.task.positives, values))
    told = "which values of the target are good for the person? No ratio is judged until this line is uncommented"
    return [comment(told, 4), f"    # favourable: {guess}"]


def release_lines(page: Page) -> list[str]:
    """Return the lines of `release:`."""
    return draft_gates([column.name for column in page.attributes], page.quarantined)

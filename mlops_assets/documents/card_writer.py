"""Card writer: turns slots and evidence into Markdown, and keeps the list of materializations that were cited.

Holds what a value, a missing value and a citation look like. `contents.py` lists what a card shows, and the templates
its order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from mlops_assets.documents.contents import Slot
from mlops_assets.documents.evidence import CardEvidence, Cell, CheckLine, Fact, Origin, Table
from mlops_assets.errors import listing
from mlops_assets.formatting import estimate_text, number_text
from mlops_assets.pages.html_page import chart_mark
from mlops_assets.pages.markdown_text import Markdown, escape, markdown_table
from mlops_assets.use_case import metrics
from mlops_assets.verdicts import WORST_FIRST, MetricValue, Outcome

SUSPICIONS = ("leakage_report:no_leakage", "evaluation:not_too_good", "explanations:no_dominant_column")
"""Checks that point at a leak where they do not pass."""


class CardWriter:
    """Writes the evidence of one card. Citations are numbered in the order in which they are first used.

    Args:
        use_case: its name.
        evidence: what may be printed.
        with_charts: whether charts have their places, as a page has them and Markdown has not.
    """

    def __init__(self, use_case: str, evidence: CardEvidence, *, with_charts: bool = False) -> None:
        self._use_case = use_case
        self._evidence = evidence
        self._with_charts = with_charts
        self._origins: dict[Origin, int] = {}
        self._used: set[str] = set()
        found: tuple[Fact | Table, ...] = (*evidence.facts.values(), *evidence.tables.values())
        self._measured = {each.origin.asset for each in found}

    def verdict(self) -> Markdown:
        """Return the line that says what became of the model, and a warning where it may know the outcome."""
        words = self._evidence.verdict or "Not judged: no release decision was made from evidence."
        warning = leakage_warning(self._evidence.checks)
        return Markdown(f"> **{escape(words)}**" + (f"\n>\n> **{escape(warning)}**" if warning else ""))

    def checks(self) -> Markdown:
        """Return every check with value and limit, what did not pass first."""
        if not self._evidence.checks:
            return Markdown("No check was evaluated.")
        lines = sorted(self._evidence.checks, key=lambda line: WORST_FIRST.index(line.outcome))
        headings = ("Check", "Outcome", "Value", "Limit", "Blocks", "Reason")
        return markdown_table(headings, [self._check(line) for line in lines], right=("Value",))

    def limitations(self) -> Markdown:
        """Return what limits the use of the evidence, as a list."""
        return Markdown("\n".join(f"- {escape(words)}" for words in self._evidence.limitations))

    def chart(self, name: str) -> Markdown:
        """Return the place of a chart on a page; nothing in Markdown, and where there is no such chart."""
        shown = self._with_charts and name in self._evidence.charts
        return Markdown(chart_mark(name) if shown else "")

    def metrics(self, slots: Iterable[Slot]) -> Markdown:
        """Return a table of values, each with its interval and the materialization it came from."""
        rows = [(slot.title, self._fact(slot)) for slot in slots]
        return markdown_table(("Metric", "Value"), rows, right=("Value",))

    def table(self, slot: Slot) -> Markdown:
        """Return a table under its title and citation, or the sentence that it was not measured."""
        found = self._evidence.tables.get(slot.key)
        self._used.add(slot.key)
        title = escape(slot.title)
        if found is None:
            return Markdown(f"{title}: {self._absent(slot)}")
        return Markdown(f"{title}{self._cite(found.origin)}{self._body(found)}")

    def comparison(self, pairs: Sequence[tuple[Slot, Slot | None]]) -> Markdown:
        """Return the metrics of the model beside those of the baseline."""
        rows = [
            (model.title, _better(model), self._fact(model), self._fact(baseline) if baseline else "–")
            for model, baseline in pairs
        ]
        return markdown_table(("Metric", "Better is", "Model", "Baseline"), rows, right=("Model", "Baseline"))

    def others(self) -> Markdown:
        """Return the evidence that no section has printed, so that nothing handed over is left out."""
        facts = [(key, self._written(f)) for key, f in self._evidence.facts.items() if key not in self._used]
        tables = [
            Markdown(f"{escape(key)}{self._cite(t.origin)}{self._body(t)}")
            for key, t in self._evidence.tables.items()
            if key not in self._used
        ]
        parts = [markdown_table(("Metric", "Value"), facts, right=("Value",)), *tables] if facts else tables
        return Markdown("\n\n".join(parts))

    def mismatch(self) -> Markdown:
        """Return a warning where the evidence is about different models, else nothing."""
        models: dict[str, list[str]] = {}
        for asset, fingerprint in self._evidence.fingerprints.items():
            models.setdefault(fingerprint, []).append(asset)
        if len(models) < 2:
            return Markdown("")
        parts = "; ".join(f"{escape(', '.join(assets))}: {escape(f[:12])}" for f, assets in models.items())
        return Markdown(
            f"> **The evidence below is about different models** ({parts}). "
            "Materialize the older assets again before relying on this card."
        )

    def provenance(self) -> Markdown:
        """Return the notes that the citations lead to, one for each materialization cited so far."""
        if not self._origins:
            return Markdown("No asset that this card uses has been materialized.")
        return Markdown(
            "\n".join(
                f"[^{number}]: {escape(origin.asset)}, run {escape(origin.run_id or 'unknown')}, "
                f"materialized {escape(origin.timestamp or 'unknown')}"
                for origin, number in self._origins.items()
            )
        )

    def _check(self, line: CheckLine) -> tuple[object, ...]:
        label = Markdown(f"{escape(line.label)}{self._cite(line.origin)}")
        outcome = f"{line.outcome}, accepted" if line.accepted else str(line.outcome)
        is_said = line.outcome is Outcome.PASSED and line.value is not None and line.limits  # by value and limit
        reason = "" if is_said else line.reason
        return (label, outcome, estimate_text(line.value, line.low, line.high), line.limits, line.blocking, reason)

    def _fact(self, slot: Slot) -> Markdown:
        self._used.add(slot.key)
        found = self._evidence.facts.get(slot.key)
        return self._written(found) if found is not None else self._absent(slot)

    def _written(self, found: Fact) -> Markdown:
        value = found.value.value if isinstance(found.value, MetricValue) else found.value
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return Markdown(f"not measured: {escape(found.detail or 'no value')}{self._cite(found.origin)}")
        text = f"{_shown(found.value)} ({found.detail})" if found.detail else _shown(found.value)
        return Markdown(f"{escape(text)}{self._cite(found.origin)}")

    def _body(self, found: Table) -> str:
        if not found.rows:
            return f"\n\n{escape(found.detail or 'none')}"
        remark = f"\n\n{escape(found.detail)}" if found.detail else ""
        numeric = [
            name for place, name in enumerate(found.columns) if any(_is_number(row[place]) for row in found.rows)
        ]
        rows = [[_shown(cell) for cell in row] for row in found.rows]
        return f"\n\n{markdown_table(found.columns, rows, right=numeric)}{remark}"

    def _absent(self, slot: Slot) -> Markdown:
        asset = f"{self._use_case}/{slot.asset}"
        why = "has no such value" if asset in self._measured else "has not been materialized"
        return Markdown(f"not measured: {escape(asset)} {why}")

    def _cite(self, origin: Origin) -> str:
        return f"[^{self._origins.setdefault(origin, len(self._origins) + 1)}]"


def leakage_warning(checks: Sequence[CheckLine]) -> str:
    """Return a warning where anything suggests that the model knows the outcome, else nothing."""
    odd = [line.label for line in checks if line.label in SUSPICIONS and line.outcome in WORST_FIRST[:2]]
    if not odd:
        return ""
    return (
        f"Possible leakage, by {listing(odd)}: the model may know the outcome, and its metrics may be too good to be "
        "true. Find out when each column is known before relying on this card."
    )


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float | MetricValue) and not isinstance(cell, bool)


def _shown(cell: Cell) -> str:
    if not isinstance(cell, MetricValue):
        return number_text(cell)
    return "not measured" if cell.value is None else estimate_text(cell.value, cell.low, cell.high)


def _better(slot: Slot) -> str:
    return metrics.EVALUATION[slot.key.rpartition("/")[2]].better

"""Card writer: turns slots and evidence into Markdown, and keeps the list of materializations that were cited.

Holds how a figure, a missing figure and a citation look. Which figures a card shows is listed in `contents.py`, in
which order is said by the templates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from mlops_assets.documents.contents import Slot
from mlops_assets.documents.evidence import CardEvidence, Fact, Origin, Table
from mlops_assets.formatting import number_text
from mlops_assets.pages.markdown_text import Markdown, escape, markdown_table
from mlops_assets.use_case import metrics


class CardWriter:
    """Writes the evidence of one card. Citations are numbered in the order in which they are first used."""

    def __init__(self, use_case: str, evidence: CardEvidence) -> None:
        self._use_case = use_case
        self._evidence = evidence
        self._origins: dict[Origin, int] = {}
        self._used: set[str] = set()

    def figures(self, slots: Iterable[Slot]) -> Markdown:
        """Return a table of figures, each with its interval and the materialization it came from."""
        return markdown_table(("Figure", "Value"), [(slot.title, self._fact(slot)) for slot in slots])

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
            (model.title, _direction(model.key), self._fact(model), self._fact(baseline) if baseline else "–")
            for model, baseline in pairs
        ]
        return markdown_table(("Metric", "Better is", "Model", "Baseline"), rows)

    def others(self) -> Markdown:
        """Return the evidence that no section has printed, so that nothing handed over is left out."""
        facts = [(key, self._figure(f)) for key, f in self._evidence.facts.items() if key not in self._used]
        tables = [
            Markdown(f"{escape(key)}{self._cite(t.origin)}{self._body(t)}")
            for key, t in self._evidence.tables.items()
            if key not in self._used
        ]
        parts = [markdown_table(("Figure", "Value"), facts), *tables] if facts else tables
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
        """Return the table of every materialization cited so far, and the notes that the citations lead to."""
        if not self._origins:
            return Markdown("No asset that this card draws on has been materialized.")
        rows = [(n, o.asset, o.run_id or "unknown", o.timestamp or "unknown") for o, n in self._origins.items()]
        notes = [
            f"[^{n}]: {escape(asset)}, run {escape(run)}, materialized {escape(timestamp)}"
            for n, asset, run, timestamp in rows
        ]
        table = markdown_table(("No.", "Asset", "Run", "Materialized"), rows)
        return Markdown(f"{table}\n\n" + "\n".join(notes))

    def _fact(self, slot: Slot) -> Markdown:
        self._used.add(slot.key)
        found = self._evidence.facts.get(slot.key)
        return self._figure(found) if found is not None else self._absent(slot)

    def _figure(self, found: Fact) -> Markdown:
        if found.value is None or (isinstance(found.value, float) and math.isnan(found.value)):
            return Markdown(f"not measured: {escape(found.detail or 'no value')}{self._cite(found.origin)}")
        text = number_text(found.value)
        if found.low is not None and found.high is not None:
            text += f" ({number_text(found.low)} to {number_text(found.high)})"
        text += f" {found.unit}" if found.unit else ""
        text += f" ({found.detail})" if found.detail else ""
        return Markdown(f"{escape(text)}{self._cite(found.origin)}")

    def _body(self, found: Table) -> str:
        if not found.rows:
            return f"\n\n{escape(found.detail or 'none')}"
        rows = [[number_text(cell) for cell in row] for row in found.rows]
        remark = f"\n\n{escape(found.detail)}" if found.detail else ""
        return f"\n\n{markdown_table(found.columns, rows)}{remark}"

    def _absent(self, slot: Slot) -> Markdown:
        asset = escape(f"{self._use_case}/{slot.asset}")
        measured = any(origin.asset == f"{self._use_case}/{slot.asset}" for origin in self._all_origins())
        why = f"{asset} holds no such figure" if measured else f"{asset} has not been materialized"
        return Markdown(f"not measured: {why}")

    def _all_origins(self) -> list[Origin]:
        facts = [found.origin for found in self._evidence.facts.values()]
        return facts + [found.origin for found in self._evidence.tables.values()]

    def _cite(self, origin: Origin) -> str:
        return f"[^{self._origins.setdefault(origin, len(self._origins) + 1)}]"


def _direction(key: str) -> str:
    metric = metrics.EVALUATION.get(key.rpartition("/")[2])
    return "" if metric is None else metric.better

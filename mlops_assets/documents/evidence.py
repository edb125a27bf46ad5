"""Evidence: the metrics and tables that a card may print, each with the materialization it came from.

A card prints nothing that is not here or in the use case's own words. Add a kind of evidence here; which evidence a
card expects is listed in `contents.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mlops_assets.verdicts import MetricValue, Outcome

Cell = str | int | float | bool | MetricValue | None


@dataclass(frozen=True)
class Origin:
    """One materialization of an asset.

    Attributes:
        asset: asset key as text, for example `credit_default/evaluation`.
        run_id: the run that made it.
        timestamp: when, ISO 8601 with time zone.
    """

    asset: str
    run_id: str
    timestamp: str


@dataclass(frozen=True)
class Fact:
    """One metric or attribute.

    Attributes:
        origin: the materialization it came from.
        value: a number, a text, a truth value, or a metric with its interval; None where the materialization holds no
            such value.
        detail: a remark; where there is no value, the reason.
    """

    origin: Origin
    value: Cell
    detail: str = ""


@dataclass(frozen=True)
class Table:
    """A table that came from one materialization.

    Attributes:
        origin: the materialization it came from.
        columns: headings.
        rows: cells; each row is as long as `columns`.
        detail: a remark printed below; where there are no rows, the reason.
    """

    origin: Origin
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    detail: str = ""

    def __post_init__(self) -> None:
        """Refuse a row that is not as long as the headings."""
        wrong = [number for number, row in enumerate(self.rows) if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"row {wrong[0]} of a table does not have {len(self.columns)} cells")


@dataclass(frozen=True)
class CheckLine:
    """One check of the lifecycle, as it stands for the model of the card.

    Attributes:
        label: the check, as people call it.
        outcome: what it found.
        reason: why, in words.
        blocking: whether it can keep a model from deployment.
        accepted: whether it blocks, is uncertain, and the use case accepts that.
        origin: the materialization that it is about.
        value: the metric that was judged, None where there is none.
        low, high: ends of its interval.
        limits: what the metric was compared with, in words.
    """

    label: str
    outcome: Outcome
    reason: str
    blocking: bool
    accepted: bool
    origin: Origin
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limits: str = ""


@dataclass(frozen=True)
class CardEvidence:
    """Everything that a card may print, by the keys that `contents.py` lists; other keys are printed at the end.

    Attributes:
        facts: metrics and attributes by key.
        tables: tables by key.
        fingerprints: fingerprint of the model that each piece of evidence is about, by asset key. Where they differ,
            the card says that its evidence is about different models.
        checks: every check of the lifecycle.
        verdict: the line that the card begins with, empty where nothing was decided.
        limitations: what limits the use of the evidence, one sentence each.
        charts: HTML of charts, by the names that templates know; pages show them, Markdown does not.
    """

    facts: dict[str, Fact] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    checks: tuple[CheckLine, ...] = ()
    verdict: str = ""
    limitations: tuple[str, ...] = ()
    charts: dict[str, str] = field(default_factory=dict)

    def __or__(self, other: CardEvidence) -> CardEvidence:
        """Return both together; where both have a key, the right one holds."""
        return CardEvidence(
            self.facts | other.facts,
            self.tables | other.tables,
            self.fingerprints | other.fingerprints,
            self.checks + other.checks,
            other.verdict or self.verdict,
            self.limitations + other.limitations,
            self.charts | other.charts,
        )


@dataclass(frozen=True)
class Card:
    """A written card.

    Attributes:
        title: its title.
        markdown: its text.
    """

    title: str
    markdown: str

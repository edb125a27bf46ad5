"""Rows of the table: one comparison each, with its ratio and, where there is one, its target."""

from __future__ import annotations

from dataclasses import dataclass

from mlops_assets_tests.bench.timing import Say, Series


@dataclass(frozen=True)
class Options:
    """How to measure.

    Attributes:
        quick: one repetition each, and small numbers where a figure depends on them.
        repeat: repetitions of everything, in place of each measure's own number.
        say: told what is going on.
    """

    quick: bool
    repeat: int | None
    say: Say

    def times(self, usual: int) -> int:
        """Return how often to repeat what a measure usually repeats `usual` times."""
        return 1 if self.quick else self.repeat or usual


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        what: what is measured.
        ours, plain: this package, and what it is held against.
        against: what that is, in words.
        target: largest ratio of wall times that was promised, None where nothing was.
        note: what a reader must know to judge it.
        amount, unit: things done in one measurement, and what they are, where a rate is worth a look.
    """

    what: str
    ours: Series
    plain: Series
    against: str
    target: float | None = None
    note: str = ""
    amount: int | None = None
    unit: str = ""

    @property
    def ratio(self) -> float:
        """Ratio of the medians of the wall times."""
        return self.ours.wall / self.plain.wall

    @property
    def cpu_ratio(self) -> float | None:
        """Ratio of the medians of the CPU times; None where they are too short for the clock."""
        return self.ours.cpu / self.plain.cpu if self.plain.cpu > 0.001 else None

    @property
    def ratios(self) -> tuple[float, float]:
        """Smallest and largest ratio of two measurements of one turn."""
        turns = [ours.wall / plain.wall for ours, plain in zip(self.ours.samples, self.plain.samples, strict=True)]
        return min(turns), max(turns)

    @property
    def verdict(self) -> str:
        """Whether the target is met, in a word."""
        if self.target is None:
            return "–"
        return f"{'met' if self.ratio <= self.target else 'NOT met'} (≤ {self.target:g})"

    @property
    def rate(self) -> str:
        """How many things are done in a second, by this package and by the other."""
        if self.amount is None:
            return ""
        return f"{self.amount / self.ours.wall:,.0f} against {self.amount / self.plain.wall:,.0f} {self.unit} a second"

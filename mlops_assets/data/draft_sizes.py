"""Draft of sizes: how much splitting, searching and judging a table of a given length can carry.

Starting points that a person adjusts, not results: each is chosen so that a first run works and ends soon.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """What depends on the number of rows.

    Attributes:
        minimum_rows: rows below which a later file is refused.
        shares: shares of train, calibration, test and live.
        families: model families worth trying.
        trials, folds, search_rows: of the search; all rows where the last is None.
        calibration: method of calibration.
        minimum_group: smallest group of the fairness report.
        batch_rows: smallest batch that drift is judged on.
        drift_threshold, category_threshold: distances above which a column drifts; small batches differ by chance.
        missing_change: change of the share of missing values above which a column drifts.
        synthetic_rows: rows of the synthetic table.
        explained_rows: rows that are explained.
    """

    minimum_rows: int
    shares: tuple[float, float, float, float]
    families: tuple[str, ...]
    trials: int
    folds: int
    search_rows: int | None
    calibration: str
    minimum_group: int
    batch_rows: int
    drift_threshold: float
    category_threshold: float
    missing_change: float
    synthetic_rows: int
    explained_rows: int


def sizes_for(rows: int) -> Sizes:
    """Return the sizes for a table of `rows` usable rows."""
    is_small, is_large = rows < 1000, rows > 50_000
    shares = (0.5, 0.15, 0.25, 0.1) if is_small else (0.6, 0.1, 0.2, 0.1)
    families = ("logistic_regression", "random_forest") + (() if is_small else ("hist_gradient_boosting",))
    # Two batches of all live rows, a tenth fewer each: groups and cuts are not even.
    batch = max(20, min(500, int(0.9 * rows * shares[3]) // 2))
    return Sizes(
        minimum_rows=max(1, min(500, rows // 2)),
        shares=shares,
        families=families,
        trials=6 if is_small else 12,
        folds=3,
        search_rows=50_000 if is_large else None,
        calibration="none" if is_small else "sigmoid",
        minimum_group=max(10, min(100, int(rows * shares[2]) // 20)),
        batch_rows=batch,
        drift_threshold=0.6 if batch < 100 else 0.3 if batch < 500 else 0.15,
        category_threshold=0.25 if batch < 100 else 0.15 if batch < 500 else 0.1,
        missing_change=0.3 if batch < 100 else 0.2 if batch < 500 else 0.1,
        synthetic_rows=max(10, min(10_000, rows)),
        explained_rows=max(10, min(2000, rows)),
    )

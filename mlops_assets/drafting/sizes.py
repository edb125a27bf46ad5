"""Draft of sizes: how much splitting, searching and explaining a table of a given length can carry.

Limits are the product's own and are not drafted: a table too small for one is told so by the outcome. Starting points
that a person adjusts, not results: each is chosen so that a first run works and ends soon.
"""

from __future__ import annotations

from dataclasses import dataclass

from mlops_assets.use_case.data import Data


@dataclass(frozen=True)
class Sizes:
    """What depends on the number of rows.

    Attributes:
        minimum_rows: rows below which a later file is refused: the default, or less of a small table.
        shares: shares of train, calibration, test and replay.
        families: model families worth trying.
        trials, folds, search_rows: of the search; all rows where the last is None.
        synthetic_rows: rows of the synthetic table.
        explained_rows: rows that are explained.
    """

    minimum_rows: int
    shares: tuple[float, float, float, float]
    families: tuple[str, ...]
    trials: int
    folds: int
    search_rows: int | None
    synthetic_rows: int
    explained_rows: int


def sizes_for(rows: int) -> Sizes:
    """Return the sizes for a table of `rows` usable rows."""
    is_small, is_large = rows < 1000, rows > 50_000
    shares = (0.5, 0.15, 0.25, 0.1) if is_small else (0.6, 0.1, 0.2, 0.1)
    families = ("logistic_regression", "random_forest") + (() if is_small else ("hist_gradient_boosting",))
    return Sizes(
        minimum_rows=max(1, min(Data.model_fields["minimum_rows"].default, rows // 2)),
        shares=shares,
        families=families,
        trials=6 if is_small else 12,
        folds=3,
        search_rows=50_000 if is_large else None,
        synthetic_rows=max(10, min(10_000, rows)),
        explained_rows=max(10, min(2000, rows)),
    )

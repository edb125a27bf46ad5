"""Gaussian copula: margins column by column, joined by one matrix of correlations; by SDV.

Patki, Wedge and Veeramachaneni, "The Synthetic Data Vault", DSAA 2016. Fast, and blind to relations that are not
monotone. What it draws is NOT differentially private. SDV is licensed under BUSL-1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from mlops_assets.use_case.data import Column
    from mlops_assets.use_case.privacy import Synthetic


BY_CLASS = True
"""Fitted on each class of the target by itself: a single copula loses what is not monotone in the target."""


def synthesize(train: pd.DataFrame, columns: Mapping[str, Column], config: Synthetic) -> pd.DataFrame:
    """Return `config.rows` synthetic rows of `columns`, dtypes as in a valid table, the same for the same seed.

    Codes and short whole numbers are normal scores, so their shares are the real ones. Other numbers have the margins
    of `config.marginals`: `empirical` maps normal scores back by up to 501 quantiles of the real values, the others
    are families that SDV fits. Missing values keep their share. No real extreme bounds what is drawn: see
    `privacy/encoding.py`.

    Raises:
        DataError: there are too few rows, or a constraint cannot be kept.
    """
    from mlops_assets.privacy.encoding import Style, encode
    from mlops_assets.privacy.sdv_table import draw_rows

    empirical = config.marginals == "empirical"
    encoded = encode(train, columns, config, Style(scores=True, empirical=empirical))

    def build(metadata: Any) -> Any:
        from sdv.single_table import GaussianCopulaSynthesizer

        return GaussianCopulaSynthesizer(
            metadata,
            enforce_min_max_values=False,
            enforce_rounding=False,
            default_distribution="norm" if empirical else config.marginals,
            numerical_distributions={
                one.key: "uniform" if one.kind == "levels" else "norm"
                for one in encoded.columns
                if one.kind in ("levels", "scores")
            },
        )

    return draw_rows(encoded, config, build, train)

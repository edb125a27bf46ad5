"""SDV's Gaussian copula as its users know it: one fit over all rows, SDV's own encoders, margins and bounds.

It is here for comparison. Unlike `gaussian_copula` it fits beta margins, joins the target like any other column, and
draws within the smallest and largest real values of every column. What it draws is NOT differentially private. SDV is
licensed under BUSL-1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from mlops_assets.use_case.data import Column
    from mlops_assets.use_case.privacy import Synthetic

_SDTYPES = {"category": "categorical", "boolean": "categorical", "date": "datetime"}


def synthesize(train: pd.DataFrame, columns: Mapping[str, Column], config: Synthetic) -> pd.DataFrame:
    """Return `config.rows` synthetic rows of `columns`, dtypes as in a valid table, the same for the same seed.

    `config.marginals` is not read: SDV's default (beta) holds.

    Raises:
        DataError: SDV cannot fit the table, or constraints are declared, which this plugin does not pass on.
    """
    import pandas as pd

    from mlops_assets.errors import DataError
    from mlops_assets.privacy.sdv_table import TABLE, asking_sdv, write_metadata

    if config.constraints:
        raise DataError(
            "this synthesizer does not support constraints",
            where="privacy.synthetic.constraints",
            expected="none with synthesizer: sdv_gaussian_copula",
            fix="choose synthesizer: gaussian_copula, or remove the constraints",
        )
    keys = {name: f"c{number:03d}" for number, name in enumerate(columns)}
    shown = pd.DataFrame({key: _shown(train[name], columns[name]) for name, key in keys.items()})
    described = {
        keys[name]: {"sdtype": _SDTYPES.get(column.type, "numerical")}
        | ({"datetime_format": "%Y-%m-%d %H:%M:%S"} if column.type == "date" else {})
        for name, column in columns.items()
    }
    with asking_sdv(fix="choose synthesizer: gaussian_copula"):
        from sdv.single_table import GaussianCopulaSynthesizer

        synthesizer = GaussianCopulaSynthesizer(write_metadata(described))
        synthesizer.fit({TABLE: shown})
        synthesizer._set_random_state(config.seed)
        drawn = synthesizer.sample(num_rows=config.rows)[TABLE]
    return pd.DataFrame({name: _restored(drawn[key], train[name], columns[name]) for name, key in keys.items()})


def _shown(values: pd.Series, column: Column) -> pd.Series:
    """Return codes as texts by their position: SDV mixes up texts and numbers in one column."""
    if column.type not in ("category", "boolean"):
        return values.reset_index(drop=True)
    order = {code: f"v{number:04d}" for number, code in enumerate(_codes(values))}
    return values.reset_index(drop=True).astype(object).map(order)


def _codes(values: pd.Series) -> list[Any]:
    from mlops_assets.values import in_order

    return in_order(values.dropna().unique().tolist())


def _restored(drawn: pd.Series, real: pd.Series, column: Column) -> pd.Series:
    import pandas as pd

    if column.type in ("category", "boolean"):
        back = {f"v{number:04d}": code for number, code in enumerate(_codes(real))}
        codes = [back.get(text) for text in drawn.tolist()]
        return pd.Series(codes, dtype=object).astype(real.dtype)
    if column.type == "date":
        return drawn.dt.normalize().astype(real.dtype)
    return (drawn.round() if column.type == "integer" else drawn).astype(real.dtype)

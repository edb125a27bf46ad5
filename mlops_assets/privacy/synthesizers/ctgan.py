"""CTGAN: a conditional generative adversarial network for tables; by SDV, on PyTorch.

Xu, Skoularidou, Cuesta-Infante and Veeramachaneni, "Modeling Tabular Data using Conditional GAN", NeurIPS 2019. Needs
the `gan` extra. Minutes, not seconds. What it draws is NOT differentially private. SDV and CTGAN are licensed under
BUSL-1.1.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from mlops_assets.use_case.data import Column
    from mlops_assets.use_case.privacy import Synthetic

EPOCHS = 100
"""Passes over the training rows."""


def synthesize(train: pd.DataFrame, columns: Mapping[str, Column], config: Synthetic) -> pd.DataFrame:
    """Return `config.rows` synthetic rows of `columns`, dtypes as in a valid table.

    Runs on the processor. Training and drawing are seeded, so the rows are the same on the same machine and version
    of PyTorch. `config.marginals` has no meaning here.

    Raises:
        PluginError: the `gan` extra is not installed.
        DataError: there are too few rows, or a constraint cannot be kept.
    """
    _check_installed()
    from mlops_assets.privacy.encoding import Style, encode
    from mlops_assets.privacy.sdv_table import draw_rows

    def build(metadata: Any) -> Any:
        import numpy as np
        from sdv.single_table import CTGANSynthesizer

        np.random.seed(config.seed)
        importlib.import_module("torch").manual_seed(config.seed)
        return CTGANSynthesizer(
            metadata, enforce_min_max_values=False, enforce_rounding=False, epochs=EPOCHS, enable_gpu=False
        )

    return draw_rows(encode(train, columns, config, Style()), config, build, train)


def _check_installed() -> None:
    from mlops_assets.errors import PluginError, listing

    missing = [name for name in ("torch", "ctgan") if importlib.util.find_spec(name) is None]
    if missing:
        raise PluginError(
            f"synthesizer 'ctgan' needs {listing(missing)}",
            where="privacy.synthetic.synthesizer",
            expected="the gan extra",
            fix="install a CPU build of torch as its own pages say, then pip install 'mlops_assets[gan]'; "
            "or write synthesizer: gaussian_copula",
        )

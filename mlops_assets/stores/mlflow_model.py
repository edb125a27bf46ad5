"""The loader that MLflow calls for a registered bundle: raw rows in, probability and decision out.

MLflow finds `_load_pyfunc` by its name; this module is named in the model's `MLmodel` file, so it must not move.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlops_assets.data.frames import ROW
from mlops_assets.data.validation import validate
from mlops_assets.errors import DataError, listing
from mlops_assets.use_case.data import Data, Source

if TYPE_CHECKING:
    from mlops_assets.training.bundle import Bundle


class BundleModel:
    """A bundle in the form that MLflow's pyfunc expects."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return `probability` (0 to 1) and `decision` (0 or 1) for each raw row, under the index of the input.

        Args:
            model_input: the raw columns that the bundle reads, as in the source file; others are ignored.
            params: none are known.

        Raises:
            DataError: a row breaks a rule of its columns. No row is ever left out.
        """
        from mlops_assets.training.bundle import predict_rows

        if params:
            raise DataError("this model takes no parameters", got=listing(params), fix="leave `params` out")
        rows = self._valid(model_input)
        scored = predict_rows(self.bundle, rows)[["probability", "decision"]]
        return scored.astype({"decision": "int32"}).set_axis(model_input.index)

    def _valid(self, model_input: pd.DataFrame) -> pd.DataFrame:
        columns = {name: self.bundle.columns[name] for name in self.bundle.pipeline.required_columns}
        numbered = model_input.filter(items=list(columns)).reset_index(drop=True)
        numbered.insert(0, ROW, range(len(numbered)))
        data = Data.model_construct(source=Source(path="model_input"), columns=columns)  # one column may be enough
        found = validate(numbered, data, target=None)
        if len(found.valid) != len(model_input):
            errors = [finding for finding in found.findings if finding.severity == "error"]
            raise DataError(
                f"{len(model_input) - len(found.valid)} of {len(model_input)} rows break a rule of their columns",
                where="model_input",
                got=listing((f"{f.column}: {f.reason}" for f in errors), 5),
                fix="correct these rows, or leave them out",
            )
        return found.valid


def _load_pyfunc(path: str) -> BundleModel:
    from mlops_assets.stores.bundles import load_bundle

    return BundleModel(load_bundle(Path(path)))

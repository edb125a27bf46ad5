"""The loader that MLflow calls for a registered bundle: raw rows in, probability and decision out.

MLflow finds `_load_pyfunc` by its name; this module is named in the model's `MLmodel` file, so it must not move.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlops_assets.data.findings import in_words
from mlops_assets.data.table_schema import table_schema
from mlops_assets.data.validation import validate_table
from mlops_assets.errors import DataError, listing

if TYPE_CHECKING:
    from mlops_assets.training.bundle import Bundle


class BundleModel:
    """A bundle in the form that MLflow's pyfunc expects; the schema of its input is compiled once, here."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._table = bundle.table.restricted(bundle.pipeline.required_columns)
        self._schema = table_schema(self._table)

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return `probability` (0 to 1) and `decision` (0 or 1) for each raw row, under the index of the input.

        Args:
            model_input: the raw columns that the bundle reads, as in the source file; others are ignored.
            params: none are known.

        Raises:
            DataError: a column is missing, or a row breaks a rule of severity error, as it would in a batch. No row is
                ever left out.
        """
        from mlops_assets.training.bundle import predict_rows

        if params:
            raise DataError("this model takes no parameters", got=listing(params), fix="leave `params` out")
        rows = self._valid(model_input)
        scored = predict_rows(self.bundle, rows)[["probability", "decision"]]
        return scored.astype({"decision": "int32"}).set_axis(model_input.index)

    def _valid(self, model_input: pd.DataFrame) -> pd.DataFrame:
        found = validate_table(model_input.filter(items=list(self._table.columns)), self._table, self._schema)
        if len(found.valid) != len(model_input):
            raise DataError(
                f"{len(model_input) - len(found.valid)} of {len(model_input)} rows break a rule of their columns",
                where="model_input",
                got=in_words(tuple(finding for finding in found.findings if finding.severity == "error")),
                fix="correct these rows, or leave them out",
            )
        return found.valid


def _load_pyfunc(path: str) -> BundleModel:
    from mlops_assets.stores.bundles import load_bundle

    return BundleModel(load_bundle(Path(path)))

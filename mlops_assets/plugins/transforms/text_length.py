"""Text length: how long a text is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mlops_assets.plugins.declarations import Accepts, TransformParams

if TYPE_CHECKING:
    import pandas as pd


class Params(TransformParams):
    """Count the characters of a text, or its words; missing where the text is missing."""

    transform: Literal["text_length"] = "text_length"
    column: str
    """Column of texts."""
    unit: Literal["characters", "words"] = "characters"
    """What is counted; words are what white space separates."""

    @property
    def accepts(self) -> Accepts:
        """Texts."""
        return "texts"


def inputs(params: Params) -> tuple[str, ...]:
    """Return the columns that are read."""
    return (params.column,)


def formula(params: Params) -> str:
    """Return the computation in words."""
    return f"{params.unit} of {params.column}"


def apply(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np
    import pandas as pd

    measure = len if params.unit == "characters" else _words
    lengths = [np.nan if pd.isna(text) else float(measure(text)) for text in frame[params.column]]
    return pd.DataFrame({params.name: np.array(lengths, dtype="float64")}, index=frame.index)


def _words(text: str) -> int:
    return len(text.split())

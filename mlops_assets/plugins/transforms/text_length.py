"""Text length: how long a text is."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.declarations import ColumnName, Frame, TransformParams


class Params(TransformParams):
    """Count the characters of a text, or its words; missing if the text is missing."""

    ACCEPTS = "texts"
    FORMULA = "{unit} of {column}"
    transform: Literal["text_length"] = "text_length"
    column: ColumnName
    """Column of texts."""
    unit: Literal["characters", "words"] = "characters"
    """What is counted; words are separated by white space."""


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np
    import pandas as pd

    in_words = params.unit == "words"
    lengths = [np.nan if pd.isna(text) else len(text.split() if in_words else text) for text in frame[params.column]]
    return pd.DataFrame({params.name: np.array(lengths, dtype="float64")}, index=frame.index)

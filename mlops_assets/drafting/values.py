"""Values of a column: the ones that are there, and each reading of them that a draft may ask for, made once.

Also the words in a name. What a name suggests is a guess only, which a person confirms.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

import numpy as np
import pandas as pd

from mlops_assets.data.coercion import as_text, parse_column
from mlops_assets.data.parsing import Parsed
from mlops_assets.use_case.data import Column


class Values:
    """What one column of a file holds.

    Every reading is made by the parser that validation uses, so that what is drafted from it holds for the file.

    Attributes:
        name: name of the column.
        present: its values without the missing ones.
        rows: rows of the file.
        decimal: decimal mark of numbers that are texts.
    """

    def __init__(self, name: str, series: pd.Series, decimal: str) -> None:
        self.name, self.present, self.rows, self.decimal = name, series.dropna(), len(series), decimal

    @property
    def missing(self) -> int:
        """Rows without a value."""
        return self.rows - len(self.present)

    @cached_property
    def texts(self) -> pd.Series:
        """The values as texts."""
        return as_text(self.present).to_pandas()

    @cached_property
    def trimmed(self) -> pd.Series:
        """The values as texts without spaces around them."""
        return self.texts.str.strip()

    @cached_property
    def distinct(self) -> list[str]:
        """The different texts, sorted."""
        return sorted(set(self.texts))

    @cached_property
    def whole(self) -> np.ndarray | None:
        """The values as int64, None where one of them is no whole number."""
        values = self.read(Column(type="integer"))
        return None if values is None else values.astype("int64").to_numpy()

    @cached_property
    def numbers(self) -> Parsed:
        """The values as float64, and which of them are no numbers."""
        return self.parse(Column(type="number"))

    def parse(self, column: Column) -> Parsed:
        """Return the values as a column declares them, and which of them are not of its type."""
        return parse_column(self.present, column, self.decimal)

    def read(self, column: Column) -> pd.Series | None:
        """Return the values as a column declares them, None where one of them is not of its type."""
        parsed = self.parse(column)
        return parsed.values if parsed.is_clean else None


def words(name: str) -> set[str]:
    """Return the words of a name in lower case without accents, split at punctuation and at a change of case.

    >>> sorted(words("customerID")), sorted(words("Nationalité"))
    (['customer', 'id'], ['nationalite'])
    """
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+", unaccented(name))}


def unaccented(text: str) -> str:
    """Return a text without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))

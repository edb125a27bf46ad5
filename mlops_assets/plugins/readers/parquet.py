"""Reader of Apache Parquet files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from mlops_assets.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    from mlops_assets.plugins.protocols import FileFormat

SUFFIXES: tuple[str, ...] = (".parquet", ".pq")
"""Suffixes of the files that this reader reads."""

UNNAMED_INDEX = re.compile(r"__index_level_[0-9]+__")
"""The name that pandas gives to the column of an index without a name."""


def read(path: Path, source: FileFormat, columns: Collection[str]) -> pd.DataFrame:
    """Return the file's table, columns in the order of the file.

    Whole numbers stay whole numbers (Int64 where some are missing), texts, numbers, truth values and dates stay what
    they are, and decimals become texts, which keep every digit. An index that pandas stored is an ordinary column where
    it has a name, and left out where it has none. `source` has nothing to say about this format.

    Raises:
        DataError: the file is not a Parquet file, not a whole one, or a declared column holds lists or records.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        names = [name for name in file.schema_arrow.names if not UNNAMED_INDEX.fullmatch(name)]
        series = [
            _series(values, f"{path}, column {name!r}", name in columns)
            for name, values in zip(names, _columns(file, names), strict=True)
        ]
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            "the file is not a whole Parquet file",
            where=str(path),
            expected="Apache Parquet",
            got=str(error).splitlines()[0][:200],
            fix="download the file again, or name the right reader in data.source.reader",
        ) from error
    frame = pd.DataFrame(dict(enumerate(series)), copy=False)
    frame.columns = pd.Index(names)
    return frame


def _columns(file: pq.ParquetFile, names: list[str]) -> Iterator[pa.ChunkedArray]:
    """Yield one column at a time, so that only one is in memory twice; all at once if names are not unique."""
    if len(set(names)) == len(names):
        for name in names:
            yield file.read(columns=[name]).column(name)
    else:
        table = file.read()
        yield from (table.column(i) for i, name in enumerate(table.column_names) if not UNNAMED_INDEX.fullmatch(name))


def _series(values: pa.ChunkedArray, where: str, is_declared: bool) -> pd.Series:
    import pandas as pd
    import pyarrow as pa

    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    kind = values.type
    if pa.types.is_nested(kind) and is_declared:
        raise DataError(
            "the column holds lists or records", where=where, expected="one value in each row", got=str(kind)
        )
    if pa.types.is_integer(kind) and values.null_count:
        dtype = pd.UInt64Dtype() if pa.types.is_unsigned_integer(kind) else pd.Int64Dtype()
        return values.to_pandas(types_mapper={kind: dtype}.get)
    if pa.types.is_date(kind):
        values = values.cast(pa.timestamp("s"))
    elif pa.types.is_decimal(kind):
        values = values.cast(pa.string())
    elif pa.types.is_timestamp(kind):
        # Seconds cover every year; validation reports values that pandas cannot represent, so nothing is lost here.
        return values.to_pandas(coerce_temporal_nanoseconds=False)
    elif not _is_plain(kind):
        return pd.Series([None if v is None else str(v) for v in values.to_pylist()], dtype=object)
    return values.to_pandas()


def _is_plain(kind: pa.DataType) -> bool:
    import pyarrow as pa

    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_string, pa.types.is_null)
    return any(test(kind) for test in (*tests, pa.types.is_large_string))

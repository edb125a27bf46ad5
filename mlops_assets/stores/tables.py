"""Tables and records on disk: parquet and JSON, each written to a temporary name and renamed.

A reader therefore finds the old file or the new one, never half of one, whenever a run is killed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import numpy as np
import pandas as pd

from mlops_assets.data.files import release_memory
from mlops_assets.errors import DataError, IntegrityError, listing, suggestion
from mlops_assets.folders import private_folder
from mlops_assets.stores.columns import FIX, StoredColumns, another, column_digests

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
_MIXED = b"mlops_assets.json_columns"
_GROUP = 1 << 17
"""Rows that are encoded at a time, which bounds the memory of a write."""
_WHOLE = b"mlops_assets.object_integers"


def write_atomically(path: Path, write: Callable[[Path], object], *, mode: int = 0o600) -> None:
    """Call `write` with a temporary path beside `path`, flush it to disk and rename it over `path`.

    Only the owner may read the file, unless `mode` says otherwise.
    """
    private_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str, *, mode: int = 0o600) -> Path:
    """Write a text file in UTF-8, atomically, and return its path."""
    write_atomically(path, lambda temporary: temporary.write_bytes(text.encode()), mode=mode)
    return path


def save_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as parquet, which holds one type a column.

    Objects that are all whole numbers or missing are written as nullable integers, which every reader of parquet
    knows; columns that mix types are kept as JSON texts.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {name: _kind(frame[name]) for name in frame.columns if frame[name].dtype == object}
    whole = {name: frame[name].astype("Int64") for name, kind in kinds.items() if kind == "whole"}
    mixed = [name for name, kind in kinds.items() if kind == "mixed"]
    plain = frame.copy(deep=False)
    for name, column in {**whole, **{name: frame[name].map(_to_json) for name in mixed}}.items():
        plain[name] = column
    table = pa.Table.from_pandas(plain, preserve_index=False)
    names = {_MIXED: json.dumps(mixed).encode(), _WHOLE: json.dumps(list(whole)).encode()}
    metadata = {**(table.schema.metadata or {}), **names}
    table = table.replace_schema_metadata(metadata)
    write_atomically(path, lambda temporary: pq.write_table(table, temporary, row_group_size=_GROUP))
    release_memory()


def load_table(
    path: Path,
    sha256: str | None = None,
    *,
    digests: Mapping[str, str] | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Read a frame that `save_table` wrote, or some columns of it: see `load_parts`."""
    (frame,) = load_parts(path, sha256, digests=digests, columns=columns)
    return frame


def load_parts(
    path: Path,
    sha256: str | None = None,
    *,
    digests: Mapping[str, str] | None = None,
    columns: Sequence[str] | None = None,
    parts: Sequence[np.ndarray | None] = (None,),
) -> list[pd.DataFrame]:
    """Read parts of the rows of a frame that `save_table` wrote; one column is held whole at a time.

    Args:
        path: the file.
        sha256: hash that was recorded of its bytes. Without `digests` all of them are read, once: what is checked is
            what is parsed.
        digests: hashes that were recorded of its columns (`columns.column_digests`). Other columns are not read.
        columns: names in the order that is wanted; all columns where it is None.
        parts: a mask of the rows for each part, shape (rows,); None stands for all rows.

    Raises:
        IntegrityError: the file is missing, unreadable or another one.
        DataError: it has no column of such a name.
    """
    import pyarrow as pa

    try:
        with _opened(path) if digests else io.BytesIO(read_verified(path, sha256)) as stream:
            stored = StoredColumns(stream, path, digests or column_digests(stream))
            schema = stored.metadata.schema.to_arrow_schema()
            wanted = _known(columns, schema.names, path)
            mixed, whole = (json.loads((schema.metadata or {}).get(key, b"[]")) for key in (_MIXED, _WHOLE))
            found: list[dict[str, pd.Series]] = [{} for _ in parts]
            for name in wanted:
                table = stored.column(name)
                for part, rows in zip(found, parts, strict=True):
                    series = _chosen(table, rows)
                    if name in mixed:
                        series = series.map(_from_json)
                    elif name in whole:
                        series = series.astype(object).where(series.notna(), None)  # type: ignore[call-overload]
                    part[name] = series
    except (pa.ArrowInvalid, OSError) as error:
        raise IntegrityError("a stored table cannot be read", where=str(path), got=str(error), fix=FIX) from error
    release_memory()
    return [pd.DataFrame(part, columns=wanted, copy=False) for part in found]


def dump_record(record: Any) -> bytes:
    """Return a record (a frozen dataclass of JSON-able fields) as UTF-8 JSON; equal records give equal bytes."""
    from pydantic import TypeAdapter

    return TypeAdapter(type(record)).dump_json(record, indent=1)


def save_record(record: Any, path: Path) -> None:
    """Write a record as JSON."""
    content = dump_record(record)
    write_atomically(path, lambda temporary: temporary.write_bytes(content))


def load_record(path: Path, kind: type[T], sha256: str | None = None) -> T:
    """Read a record of class `kind`; raise IntegrityError where it is missing, another one, or does not fit the class.

    `sha256` is the hash that was recorded of its bytes.
    """
    from pydantic import ValidationError

    content = read_verified(path, sha256)
    try:
        return parse_record(content, kind)
    except ValidationError as error:
        raise IntegrityError(
            f"a stored {kind.__name__} does not fit its class", where=str(path), got=str(error)[:300], fix=FIX
        ) from error


def read_verified(path: Path, sha256: str | None) -> bytes:
    """Return the bytes of a stored file; raise IntegrityError where there are none, or none with the recorded hash."""
    with _opened(path) as stream:
        content = stream.read()
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256:
        raise another(path, sha256, found)
    return content


def _kind(column: pd.Series) -> str:
    """Return whether objects are all "whole" numbers of 64 bits, of one type that Parquet has ("plain"), or "mixed"."""
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind == "integer" and column.dropna().between(-(2**63), 2**63 - 1).all():
        return "whole"
    return "plain" if kind in ("string", "boolean", "empty", "date", "bytes") else "mixed"


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise IntegrityError(
            "a stored file is missing", where=str(path), expected="a file", got="nothing", fix=FIX
        ) from error


def _known(columns: Sequence[str] | None, there: Sequence[str], path: Path) -> list[str]:
    """Return the columns that are wanted, each once, if the table has them all."""
    wanted = list(there) if columns is None else list(dict.fromkeys(columns))
    missing = [name for name in wanted if name not in there]
    if missing:
        raise DataError(
            f"{len(missing)} columns are not in the stored table",
            where=str(path),
            expected=listing(map(repr, missing)),
            got=listing(map(repr, there), 30),
            fix=suggestion(missing[0], there) or FIX,
        )
    return wanted


def _chosen(table: pa.Table, rows: np.ndarray | None) -> pd.Series:
    """Return the chosen rows of a table of one column, typed as the whole column is."""
    import pyarrow as pa

    column = table.column(0)
    if rows is None or (column.null_count and (pa.types.is_boolean(column.type) or pa.types.is_integer(column.type))):
        # pandas types these by their missing values, of which there may be none among the chosen rows.
        series = table.to_pandas().iloc[:, 0]
        return series if rows is None else series[rows].reset_index(drop=True)
    return table.filter(pa.array(rows)).to_pandas().iloc[:, 0]


def _from_json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _to_json(value: Any) -> str | None:
    if pd.isna(value):
        return None
    return json.dumps(value.item() if hasattr(value, "item") else value, ensure_ascii=False)


def record_digest(record: Any) -> str:
    """Return the SHA-256 of a record's JSON, as hex."""
    return hashlib.sha256(dump_record(record)).hexdigest()


def parse_record(content: str | bytes, kind: type[T]) -> T:
    """Return the record of class `kind` that `dump_record` wrote as `content`."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind).validate_json(content)

"""Tables and records on disk: parquet and JSON, each written to a temporary name and renamed.

A reader therefore finds the old file or the new one, never half of one, whenever a run is killed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from mlops_assets.errors import IntegrityError
from mlops_assets.folders import private_folder

T = TypeVar("T")
_MIXED = b"mlops_assets.json_columns"
_WHOLE = b"mlops_assets.object_integers"


def write_atomically(path: Path, write: Callable[[Path], None], *, mode: int = 0o600) -> None:
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
    write_atomically(path, lambda temporary: _put(temporary, text.encode()), mode=mode)
    return path


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a binary file atomically and return its path."""
    write_atomically(path, lambda temporary: _put(temporary, content))
    return path


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def save_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as parquet, which holds one type a column.

    Objects that are all whole numbers or missing are written as nullable integers, which every reader of parquet
    knows; columns that mix types are kept as JSON texts.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole = {name: frame[name].astype("Int64") for name in frame.columns if _is_whole(frame[name])}
    mixed = [name for name in frame.columns if name not in whole and _is_mixed(frame[name])]
    plain = frame.assign(**whole, **{name: frame[name].map(_to_json) for name in mixed})
    table = pa.Table.from_pandas(plain, preserve_index=False)
    names = {_MIXED: json.dumps(mixed).encode(), _WHOLE: json.dumps(list(whole)).encode()}
    metadata = {**(table.schema.metadata or {}), **names}
    write_atomically(path, lambda temporary: pq.write_table(table.replace_schema_metadata(metadata), temporary))


def load_table(path: Path, sha256: str | None = None) -> pd.DataFrame:
    """Read a frame that `save_table` wrote; raise IntegrityError where it is missing, unreadable or another one.

    Args:
        path: the file.
        sha256: hash that was recorded of its bytes, which are read once: what is checked is what is parsed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = read_verified(path, sha256)
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowInvalid, OSError) as error:
        raise IntegrityError("a stored table cannot be read", where=str(path), got=str(error), fix=_FIX) from error
    frame = table.to_pandas()
    for name in json.loads((table.schema.metadata or {}).get(_MIXED, b"[]")):
        frame[name] = frame[name].map(lambda text: None if text is None else json.loads(text))
    for name in json.loads((table.schema.metadata or {}).get(_WHOLE, b"[]")):
        frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
    return frame


def dump_record(record: Any) -> bytes:
    """Return a record (a frozen dataclass of JSON-able fields) as UTF-8 JSON; equal records give equal bytes."""
    from pydantic import TypeAdapter

    return TypeAdapter(type(record)).dump_json(record, indent=1)


def save_record(record: Any, path: Path) -> None:
    """Write a record as JSON."""
    content = dump_record(record)
    write_atomically(path, lambda temporary: _put(temporary, content))


def load_record(path: Path, kind: type[T], sha256: str | None = None) -> T:
    """Read a record of class `kind`; raise IntegrityError where it is missing, another one, or does not fit the class.

    `sha256` is the hash that was recorded of its bytes.
    """
    from pydantic import TypeAdapter, ValidationError

    content = read_verified(path, sha256)
    try:
        return TypeAdapter(kind).validate_json(content)
    except ValidationError as error:
        raise IntegrityError(
            f"a stored {kind.__name__} does not fit its class", where=str(path), got=str(error)[:300], fix=_FIX
        ) from error


_FIX = "make its asset again: mlops-assets run USE_CASE"


def read_verified(path: Path, sha256: str | None) -> bytes:
    """Return the bytes of a stored file; raise IntegrityError where there are none, or none with the recorded hash."""
    try:
        content = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise IntegrityError(
            "a stored file is missing", where=str(path), expected="a file", got="nothing", fix=_FIX
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256:
        raise IntegrityError(
            "a stored file is not the one that was made",
            where=str(path),
            expected=f"SHA-256 {sha256}",
            got=found,
            fix=_FIX,
        )
    return content


def _is_whole(column: pd.Series) -> bool:
    if column.dtype != object or pd.api.types.infer_dtype(column, skipna=True) != "integer":
        return False
    return bool(column.dropna().between(-(2**63), 2**63 - 1).all())


def _is_mixed(column: pd.Series) -> bool:
    if column.dtype != object:
        return False
    return pd.api.types.infer_dtype(column, skipna=True) not in ("string", "boolean", "empty", "date", "bytes")


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

"""The columns of a stored table: each has a hash of its own, so that some can be read without the others.

Bytes are copied into memory, compared with their record there, and parsed from there: even if the file
changes meanwhile, nothing is parsed that was not compared. Only the footer and the columns that are asked for are read.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mlops_assets.errors import IntegrityError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

FOOTER = ""
"""What the footer, which says where every column is, is called among the hashes of the columns."""
FIX = "make its asset again: mlops-assets run USE_CASE"
_HEAD, _TAIL = 4, 8  # Bytes around a Parquet file: PAR1; the length of the footer, and PAR1.

Span = tuple[int, int]
"""Position of the first byte, and number of bytes."""


def column_digests(stream: BinaryIO) -> dict[str, str]:
    """Return the SHA-256, as hex, of the bytes of each column of a Parquet file, and of its footer (`FOOTER`)."""
    import pyarrow.parquet as pq

    spans = {FOOTER: _frame(stream), **_spans(pq.read_metadata(stream))}
    return {name: _copied(stream, None, parts) for name, parts in spans.items()}


class StoredColumns:
    """A stored table of which single columns are read, each compared with its record.

    Attributes:
        metadata: the footer.
    """

    def __init__(self, stream: BinaryIO, where: Path, recorded: Mapping[str, str]) -> None:
        """Read the footer of an open file; raise IntegrityError where it is not the one that was recorded."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._stream, self._where, self._recorded = stream, where, recorded
        self._spans = {FOOTER: _frame(stream)}
        self.metadata = pq.ParquetFile(pa.BufferReader(self._compared([FOOTER]))).metadata
        self._spans |= _spans(self.metadata)

    def column(self, name: str) -> pa.Table:
        """Return a table of one column; raise IntegrityError where its bytes are not those that were recorded."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        # Arrow takes a dot for a step into a record, and reads "a.b" along with "a".
        along = [other for other in self._spans if other == name or other.startswith(f"{name}.")]
        source = pa.BufferReader(self._compared(along))
        return pq.ParquetFile(source, metadata=self.metadata).read(columns=[name]).select([name])

    def _compared(self, names: Iterable[str]) -> pa.Buffer:
        """Return a buffer as long as the file that holds these columns, and takes no memory for the others."""
        import pyarrow as pa

        memory = mmap.mmap(-1, max(self._stream.seek(0, os.SEEK_END), 1))
        for name in names:
            found = _copied(self._stream, memoryview(memory), self._spans[name])
            if found != self._recorded.get(name):
                raise another(self._where, self._recorded.get(name, "none recorded"), found)
        return pa.py_buffer(memory)


def another(where: Path, expected: str, found: str) -> IntegrityError:
    """Return the error for a stored file with other bytes than were recorded."""
    what = "a stored file is not the one that was made"
    return IntegrityError(what, where=str(where), expected=f"SHA-256 {expected}", got=found, fix=FIX)


def _frame(stream: BinaryIO) -> list[Span]:
    """Return where the first bytes and the footer are; the whole file where its end does not say so."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(size - _TAIL, 0))
    length = int.from_bytes(stream.read(4), "little") + _TAIL
    return [(0, _HEAD), (size - length, length)] if length + _HEAD <= size else [(0, size)]


def _spans(metadata: pq.FileMetaData) -> dict[str, list[Span]]:
    """Return where the bytes of each column are, one span for each group of rows."""
    found: dict[str, list[Span]] = {}
    for group in range(metadata.num_row_groups):
        for position in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(position)
            start = chunk.dictionary_page_offset or chunk.data_page_offset
            found.setdefault(chunk.path_in_schema, []).append((start, chunk.total_compressed_size))
    return found


def _copied(stream: BinaryIO, memory: memoryview | None, spans: Iterable[Span]) -> str:
    """Copy spans of a file to the same places in memory, if any, and return the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    for start, length in spans:
        stream.seek(start)
        content = stream.read(length)
        digest.update(content)
        if memory is not None:
            memory[start : start + len(content)] = content
    return digest.hexdigest()

"""The cache of explanations: SHAP values of one model over one table, kept under the hash of both.

Explaining costs a millisecond of processor time a row and more. A report that is materialized again for another
reason, such as a plot, reuses the stored values.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from mlops_assets.assurance.explanations import Explanation, ExplanationReport
from mlops_assets.errors import IntegrityError
from mlops_assets.stores.content import hash_of
from mlops_assets.stores.tables import load_record, load_table, read_verified, save_record, save_table, write_text

_PARTS = ("json", "values.parquet", "sample.parquet")


def cached_explanation(folder: Path, key: str, compute: Callable[[], Explanation]) -> tuple[Explanation, bool]:
    """Return the explanation that belongs to `key`, and whether it was there already.

    One explanation is kept. The list of hashes is written last and holds the key in its name: what a killed writer
    left, or what was changed since, is computed again.

    Args:
        folder: folder of the cache, of one use case.
        key: hash over model, rows and configuration.
        compute: makes it where it is not there.
    """
    record, values, sample = files = [folder / f"{key}.{part}" for part in _PARTS]
    hashes = folder / f"{key}.sha256"
    with contextlib.suppress(IntegrityError, ValueError):  # missing, changed, or no list of three hashes
        of_record, of_values, of_sample = read_verified(hashes, None).decode().split()
        report = load_record(record, ExplanationReport, of_record)
        return Explanation(report, load_table(values, of_values), load_table(sample, of_sample)), True
    found = compute()
    save_table(found.values, values)
    save_table(found.sample, sample)
    save_record(found.report, record)
    write_text(hashes, "\n".join(hash_of(file) for file in files))
    for other in folder.iterdir():
        if not other.name.startswith((f"{key}.", ".")):
            other.unlink()
    return found, False

"""The cache of explanations: SHAP values of one model over one table, kept under the hash of both.

Explaining costs a millisecond of processor time a row and more. A report that is materialized again for another
reason, a plot for one, finds the values it already has.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mlops_assets.assurance.explanations import Explanation, ExplanationReport
from mlops_assets.stores.tables import load_record, load_table, save_record, save_table


def cached_explanation(folder: Path, key: str, compute: Callable[[], Explanation]) -> tuple[Explanation, bool]:
    """Return the explanation that belongs to `key`, and whether it was there already.

    One explanation is kept. The record is written last and holds the key in its name, so a killed writer leaves
    nothing that could be taken for a whole one.

    Args:
        folder: folder of the cache, of one use case.
        key: hash over model, rows and configuration.
        compute: makes it where it is not there.
    """
    record, values, sample = (folder / f"{key}.{part}" for part in ("json", "values.parquet", "sample.parquet"))
    if record.exists():
        report = load_record(record, ExplanationReport)
        known = {name: getattr(report, name) for name in report.__dataclass_fields__}
        return Explanation(**known, values=load_table(values), sample=load_table(sample)), True
    found = compute()
    save_table(found.values, values)
    save_table(found.sample, sample)
    save_record(found.report, record)
    for other in folder.iterdir():
        if not other.name.startswith((f"{key}.", ".")):
            other.unlink()
    return found, False

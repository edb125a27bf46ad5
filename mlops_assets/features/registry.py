"""The feature registry: every feature with its formula, lineage, type and missing share, as a record and a page.

Holds means and standard deviations, never a smallest or largest value: a registry is passed on, and an extreme value
can identify a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlops_assets.features.info import Dropped, Ranked
from mlops_assets.features.pipeline import FeaturePipeline
from mlops_assets.formatting import number_text, percent_text
from mlops_assets.pages.html_page import html_page


@dataclass(frozen=True)
class RegistryEntry:
    """One feature of the registry.

    Attributes:
        name, formula, columns, kind, description: as in `FeatureInfo`.
        dtype: type of its values.
        sets: feature sets that it is in.
        missing: share of missing values for each table, 0 to 1; None for a table without rows.
        mean, std: over the known values of the reference table; None where there are none (std: fewer than two).
    """

    name: str
    formula: str
    columns: tuple[str, ...]
    kind: str
    description: str
    dtype: str
    sets: tuple[str, ...]
    missing: dict[str, float | None]
    mean: float | None
    std: float | None


@dataclass(frozen=True)
class Registry:
    """All features of a pipeline.

    Attributes:
        entries: the features, in the order of the feature table.
        ranking: information of each raw column and derived feature about the target, most above chance first; empty
            without selection.
        dropped: what was made and left out, with the reason.
        rows: rows of each table that missing shares were measured on.
        reference: the table that means and standard deviations are of.
        fitted_on: training rows that the pipeline was fitted on.
    """

    entries: tuple[RegistryEntry, ...]
    ranking: tuple[Ranked, ...]
    dropped: tuple[Dropped, ...]
    rows: dict[str, int]
    reference: str
    fitted_on: int


def build_registry(pipeline: FeaturePipeline, tables: Mapping[str, pd.DataFrame]) -> Registry:
    """Measure the features and combine the values with their descriptions in the pipeline.

    Args:
        pipeline: the fitted pipeline.
        tables: what `build_features` returned, by split. The table `train` is the reference, or the first without one.
    """
    reference = "train" if "train" in tables else next(iter(tables))
    entries = tuple(
        RegistryEntry(
            name=info.name,
            formula=info.formula,
            columns=info.columns,
            kind=info.kind,
            description=info.description,
            dtype=str(tables[reference][info.name].dtype),
            sets=tuple(name for name, members in pipeline.sets.items() if info.name in members),
            missing={table: _number(frame[info.name].isna().mean()) for table, frame in tables.items()},
            mean=_number(tables[reference][info.name].mean()),
            std=_number(tables[reference][info.name].std()),
        )
        for info in pipeline.features
    )
    ranking = tuple(sorted(pipeline.ranking, key=lambda ranked: ranked.chance - ranked.information))
    rows = {name: len(table) for name, table in tables.items()}
    return Registry(entries, ranking, pipeline.dropped, rows, reference, pipeline.rows)


def render_registry(registry: Registry, title: str) -> str:
    """Return the registry as one self-contained HTML page; every text of the data is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mlops_assets.features"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number_text, "percent": percent_text}
    return html_page(title, environment.get_template("registry.html").render(registry=registry, title=title), wide=True)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

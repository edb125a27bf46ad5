"""Draft of a use case: a file that nobody described becomes a commented YAML that loads and runs.

The page is a starting point: it says what the data suggests and asks a person to confirm it. `draft_source` reads
the file, `draft_columns` and `draft_target` guess, `draft_sizes` scales, `draft_page` writes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_assets.drafting.columns import ColumnDraft, draft_column
from mlops_assets.drafting.facts import Page
from mlops_assets.drafting.leaks import suspect_leaks
from mlops_assets.drafting.page import FEW, FEW_ROWS, render_page
from mlops_assets.drafting.sizes import sizes_for
from mlops_assets.drafting.source import draft_source
from mlops_assets.drafting.target import TargetDraft, draft_target
from mlops_assets.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_NAME = 300
_LEAK = "SUSPECTED LEAK"


def draft_use_case(file: Path, name: str, target: str, *, root: Path) -> str:
    """Return the YAML text of a new use case, for `configs/NAME.yaml`.

    Args:
        file: a CSV, gzipped CSV or Parquet file.
        name: name of the use case.
        target: column to predict.
        root: the project's folder; a file inside it is named relative to it.

    Raises:
        DataError: the name is taken or no name, the file cannot be read or holds no rows, there is no such target,
            or it cannot be predicted.
    """
    _check_name(name, root)
    file = Path(file)
    inside = file.resolve().is_relative_to(root.resolve())
    written = file.resolve().relative_to(root.resolve()).as_posix() if inside else file.resolve().as_posix()
    source = draft_source(file, written)
    _check_columns(file, tuple(source.frame.columns))
    decimal = source.source.decimal
    task = draft_target(source.frame, target, decimal)
    columns = [
        task.column if column == target else draft_column(column, source.frame[column], decimal)
        for column in source.frame.columns
        if column not in source.nested
    ]
    open_a_way_in(columns, target)
    leaks = note_leaks(source.frame, task, columns, decimal)
    rows = len(source.frame)
    usable = round(rows * (1 - task.missing_share))
    copies = _copies(source.frame, columns)
    return render_page(
        Page(name, source.source, tuple(columns), task, rows, sizes_for(usable), source.nested, leaks, copies)
    )


def urgent_comments(text: str) -> tuple[str, ...]:
    """Return the comments of a drafted page that a person must not miss: suspected leaks, and few positive rows."""
    comments = (line.strip().removeprefix("# ") for line in text.splitlines() if line.lstrip().startswith("# "))
    return tuple(line for line in comments if line.startswith((_LEAK, FEW, FEW_ROWS)))


def note_leaks(frame: pd.DataFrame, task: TargetDraft, columns: list[ColumnDraft], decimal: str) -> tuple[str, ...]:
    """Say at each column that nearly is the target that it is, and return their names."""
    others = {column.name: column for column in columns if column is not task.column}
    found = suspect_leaks(frame, task.positive, tuple(others.values()), decimal).findings
    for leak in found:
        others[leak.column].notes.insert(0, f"{_LEAK}: {leak.sentence}. Is it known before the outcome?")
    return tuple(leak.column for leak in found)


def _copies(frame: pd.DataFrame, columns: list[ColumnDraft]) -> int:
    names = [column.name for column in columns if column.role != "identifier"]
    return int(frame[names].duplicated().sum())


def open_a_way_in(columns: list[ColumnDraft], target: str) -> None:
    """Make sure that something enters the model: take back the guess that a column is an identifier, if all are out.

    Raises:
        DataError: every column beside the target is empty.
    """
    others = [column for column in columns if column.name != target and column.role != "ignore"]
    if not others:
        raise DataError(
            "there is nothing to predict from",
            where="table",
            expected="a column with values, beside the target",
            got=f"{len(columns) - 1} columns, all of them empty",
            fix="fetch a file with more columns",
        )
    if any(column.role == "feature" for column in others):
        return
    for column in others:
        column.role, column.unique = "feature", False
        column.notes.append("taken as a feature, because nothing else is left")


def _check_name(name: str, root: Path) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60]
        proposal = slug if re.match(r"[a-z]", slug) else f"case_{slug}".strip("_")
        raise DataError(
            "not a name for a use case",
            where="name",
            expected="lower-case letters, digits and underscores, the first a letter, 60 characters at most",
            got=repr(name),
            fix=f"write {proposal}",
        )
    for suffix in (".yaml", ".yml"):
        if (root / "configs" / f"{name}{suffix}").exists():
            raise DataError(
                "there is a use case of this name already",
                where=f"configs/{name}{suffix}",
                expected="a new name",
                got=repr(name),
                fix="choose another name, or remove that file first",
            )


def _check_columns(file: Path, columns: tuple[str, ...]) -> None:
    if len(columns) < 2:
        raise DataError(
            "the table has a single column",
            where=str(file),
            expected="a target and something to predict it from",
            got=repr(columns[0]) if columns else "no column",
            fix="fetch a file with more columns; fields are separated by a comma, semicolon, tab or bar",
        )
    too_long = next((column for column in columns if len(column) > _LONGEST_NAME), None)
    if too_long is not None:
        raise DataError(
            "a column has too long a name",
            where=str(file),
            expected=f"at most {_LONGEST_NAME} characters",
            got=f"{len(too_long)}: {too_long[:60]!r}…",
            fix="rename the column in the file",
        )

"""Draft of a use case: an undescribed file becomes a commented YAML that loads and runs.

The page is a starting point: it says what the data suggests and asks a person to confirm it. `source` reads the file,
`columns`, `roles` and `target` guess, `sections` makes the models, `comments` says what to decide, `writing` writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mlops_assets.data.coercion import parse_column
from mlops_assets.data.leakage import find_leaks
from mlops_assets.data.parsing import kind_of
from mlops_assets.drafting.columns import ColumnDraft, draft_column
from mlops_assets.drafting.comments import FEW, FEW_ROWS, LEAK, comment_on
from mlops_assets.drafting.roles import assign_role
from mlops_assets.drafting.sections import Facts, draft_sections, offer_more
from mlops_assets.drafting.source import draft_source
from mlops_assets.drafting.target import TargetDraft, draft_target
from mlops_assets.drafting.values import Values
from mlops_assets.drafting.writing import Comments, write_yaml
from mlops_assets.errors import DataError
from mlops_assets.use_case.model import UseCase

_LONGEST_NAME = 300
_ORDERED = ("integer", "number", "date", "boolean")


@dataclass(frozen=True)
class Draft:
    """A drafted use case.

    Attributes:
        use_case: what the YAML says.
        comments: what it says in comments, by path.
        offered: the use case with everything that a person may uncomment.
    """

    use_case: UseCase
    comments: Comments
    offered: UseCase

    @property
    def text(self) -> str:
        """The YAML."""
        return write_yaml(self.use_case, self.comments, self.offered)

    @property
    def urgent(self) -> tuple[str, ...]:
        """Comments that a person must not miss: suspected leaks, and few rows or few positive ones."""
        notes = (note for texts in self.comments.values() for note in texts)
        return tuple(note for note in notes if note.startswith((LEAK, FEW, FEW_ROWS)))


def draft_use_case(file: Path, name: str, target: str, *, root: Path) -> Draft:
    """Return the draft of a new use case, for `configs/NAME.yaml`.

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
    file = Path(file).resolve()
    inside = file.is_relative_to(root.resolve())
    written = file.relative_to(root.resolve()).as_posix() if inside else file.as_posix()
    source = draft_source(file, written)
    _check_columns(file, tuple(source.frame.columns))
    decimal = source.source.decimal
    task = draft_target(source.frame, target, decimal)
    held = [Values(name, source.frame[name], decimal) for name in source.frame.columns if name not in source.nested]
    columns = [task.column if one.name == target else assign_role(draft_column(one), one) for one in held]
    others = [column for column in columns if column is not task.column]
    _open_a_way_in(others)
    leaks = _note_leaks(source.frame, task, others, decimal)
    copies = int(source.frame[[c.name for c in columns if c.column.role != "identifier"]].duplicated().sum())
    facts = Facts(source, tuple(columns), task, leaks, copies)
    use_case = draft_sections(name, facts)
    return Draft(use_case, comment_on(use_case, facts), offer_more(use_case, facts))


def _note_leaks(frame: pd.DataFrame, task: TargetDraft, columns: list[ColumnDraft], decimal: str) -> tuple[str, ...]:
    """Add a note to each column that is nearly the target, and return their names.

    The metrics are those of `leakage`, on all rows with a target, because nothing is split yet. Whether a value is
    known in time is for a person to say.
    """
    known = task.positive.notna().to_numpy()
    examined = {column.name: column for column in columns if column.column.role == "feature"}
    typed = frame[list(examined)].copy()
    for name, column in examined.items():
        if kind_of(column.column) in _ORDERED:
            typed[name] = parse_column(frame[name], column.column, decimal).values
    y = task.positive[known].to_numpy(dtype="int8")
    found = find_leaks(typed[known].reset_index(drop=True), y, examined).findings
    for leak in found:
        examined[leak.column].notes.insert(0, f"{LEAK}: {leak.sentence}. Is it known before the outcome?")
    return tuple(leak.column for leak in found)


def _open_a_way_in(others: list[ColumnDraft]) -> None:
    """Make sure that something enters the model: take back the guess that a column is an identifier, if all are out.

    Raises:
        DataError: every column beside the target is empty.
    """
    kept = [column for column in others if column.column.role != "ignore"]
    if not kept:
        raise DataError(
            "there is no column to predict from",
            where="table",
            expected="a column with values, beside the target",
            got=f"{len(others)} columns, all of them empty",
            fix="use a file with more columns",
        )
    if not any(column.column.role == "feature" for column in kept):
        for column in kept:
            column.declare("role", "unique")
            column.notes.append("taken as a feature, because nothing else is left")


def _check_name(name: str, root: Path) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60]
        proposal = slug if re.match(r"[a-z]", slug) else f"case_{slug}".strip("_")
        raise DataError(
            "not a valid name for a use case",
            where="name",
            expected="lower-case letters, digits and underscores, the first a letter, 60 characters at most",
            got=repr(name),
            fix=f"write {proposal}",
        )
    for suffix in (".yaml", ".yml"):
        if (root / "configs" / f"{name}{suffix}").exists():
            raise DataError(
                "a use case of this name already exists",
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
            fix="use a file with more columns; fields are separated by a comma, semicolon, tab or bar",
        )
    too_long = next((column for column in columns if len(column) > _LONGEST_NAME), None)
    if too_long is not None:
        raise DataError(
            "a column name is too long",
            where=str(file),
            expected=f"at most {_LONGEST_NAME} characters",
            got=f"{len(too_long)}: {too_long[:60]!r}…",
            fix="rename the column in the file",
        )

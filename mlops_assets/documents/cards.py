"""Cards: the model card and the data card, from the use case's own words and from evidence.

Sections follow Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, and Gebru et al., "Datasheets for
Datasets", CACM 64(12), 2021. The templates hold headings and order; change a card there.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from mlops_assets.documents import contents
from mlops_assets.documents.card_writer import CardWriter
from mlops_assets.documents.evidence import CardEvidence
from mlops_assets.formatting import number_text, percent_text
from mlops_assets.pages.html_page import NOISY, to_html
from mlops_assets.pages.markdown_text import escape, markdown_table
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.model import UseCase

_TEMPLATES = Path(__file__).parent / "templates"


def render_model_card(use_case: UseCase, evidence: CardEvidence, *, as_page: bool = False) -> str:
    """Return the model card in Markdown, or as one page of HTML with its charts.

    Every metric cites its materialization; a missing one says that it is missing.
    """
    more = {
        "fairness": contents.fairness_slots(use_case),
        "limitations": evidence.limitations,
        "has_groups": contents.GROUPS.key in evidence.tables,
    }
    return _card("model_card", use_case, evidence, more, as_page=as_page)


def render_data_card(use_case: UseCase, evidence: CardEvidence, *, as_page: bool = False) -> str:
    """Return the data card, as `render_model_card` does."""
    rows = [
        (name, column.type, _role(name, column, use_case), _values(column), column.description)
        for name, column in use_case.data.columns.items()
    ]
    columns = markdown_table(("Column", "Type", "Role", "Declared values", "Meaning"), rows)
    return _card("data_card", use_case, evidence, {"columns": columns}, as_page=as_page)


def _card(name: str, use_case: UseCase, evidence: CardEvidence, more: dict[str, Any], *, as_page: bool) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - the output is Markdown; `finalize` escapes every value for it
        finalize=escape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["percent"] = percent_text
    card = CardWriter(use_case.name, evidence, with_charts=as_page)
    template = environment.get_template(f"{name}.md.j2")
    markdown = template.render(use_case=use_case, card=card, contents=contents, **more)
    if not as_page:
        return markdown
    return to_html(markdown, f"{use_case.name}: {name.replace('_', ' ')}", evidence.charts, values=NOISY)


def _role(name: str, column: Column, use_case: UseCase) -> str:
    role = "target" if name == use_case.task.target else column.role
    return f"{role}, protected" if column.sensitive else role


def _values(column: Column) -> str:
    parts = []
    if column.min is not None or column.max is not None:
        parts.append(f"{_end(column.min)} to {_end(column.max)}")
    if column.documented:
        labels = column.labels
        parts.append(", ".join(str(c) if str(c) == labels[c] else f"{c} {labels[c]}" for c in column.documented))
    if column.undocumented:
        parts.append("undocumented: " + ", ".join(map(str, column.undocumented)))
    if column.nullable:
        parts.append("may be missing")
    return "; ".join(parts) or "any"


def _end(value: float | dt.date | None) -> str:
    return "…" if value is None else number_text(value)

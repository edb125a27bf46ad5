"""Markdown text: values made safe for Markdown, and Markdown made a page.

Every value that reaches a card goes through `escape`, so that a name such as `a|b` or `<script>` is printed as it
is. Keep what a card says out of here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from html import escape as escape_html

_SPECIAL = re.compile(r"[\\`*\[\]|]|(?<![^\W_])_|_(?![^\W_])")
_LINE_START = re.compile(r"^(\d*)([.)](?=\s|$)|#|[-+](?=\s|$)|[-=](?=[-=]*$))")


class Markdown(str):
    """A text that is Markdown already: templates print it as it is and escape every other value."""

    __slots__ = ()


def escape(value: object) -> Markdown:
    r"""Return a value as one line of Markdown that renders as exactly its text; white space is collapsed.

    >>> escape("a|b <i>")
    'a\\|b &lt;i&gt;'
    """
    if isinstance(value, Markdown):
        return value
    words = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in str(value)).split())
    words = escape_html(words, quote=False).replace("~", "&#126;")
    words = _SPECIAL.sub(lambda match: f"\\{match.group()}", words)
    return Markdown(_LINE_START.sub(lambda match: f"{match[1]}&#{ord(match[2])};", words))


def number_text(value: object) -> str:
    """Return a cell as text: four significant digits, large numbers in groups of three, None as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and math.isfinite(value) and abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def markdown_table(columns: Sequence[object], rows: Iterable[Sequence[object]]) -> Markdown:
    """Return a pipe table of at least one row; cells that are not Markdown already are escaped.

    An empty cell becomes a no-break space.
    """
    lines = [_row(columns), "|" + " --- |" * len(columns), *(_row(row) for row in rows)]
    return Markdown("\n".join(lines))


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(escape(cell) or "&nbsp;" for cell in cells) + " |"

"""Markdown text: values made safe for Markdown, and tables of them.

Every value that reaches a card goes through `escape`, so that a name such as `a|b` or `<script>` is printed as it
is. Keep what a card says out of here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from html import escape as escape_html
from numbers import Real

from mlops_assets.formatting import number_text

_INTERVAL = r"(?P<interval>\[-?\d[-+\d.,e ]*\](?![\[(:]))"  # brackets around numbers only make no link
_SPECIAL = re.compile(_INTERVAL + r"|[\\`*\[\]|]|(?<![^\W_])_|_(?![^\W_])")
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
    words = _SPECIAL.sub(lambda match: match["interval"] or f"\\{match.group()}", words)
    return Markdown(_LINE_START.sub(lambda match: f"{match[1]}&#{ord(match[2])};", words))


def markdown_table(
    columns: Sequence[object], rows: Iterable[Sequence[object]], *, right: Collection[object] = ()
) -> Markdown:
    """Return a pipe table of at least one row; cells that are not Markdown already are escaped.

    Numbers are written in the one style. A column of nothing but numbers is aligned to the right, and so are the
    columns that `right` names, whose numbers are texts already. An empty cell becomes a no-break space.
    """
    body = [list(row) for row in rows]
    numeric = [name in right or _is_numeric([row[place] for row in body]) for place, name in enumerate(columns)]
    rule = "|" + "|".join(" ---: " if aligned else " --- " for aligned in numeric) + "|"
    return Markdown("\n".join([_row(columns), rule, *(_row(row) for row in body)]))


def _is_numeric(cells: Sequence[object]) -> bool:
    numbers = [isinstance(cell, Real) and not isinstance(cell, bool) for cell in cells]
    empty = [cell is None or cell == "" for cell in cells]
    return any(numbers) and all(number or nothing for number, nothing in zip(numbers, empty, strict=True))


def _row(cells: Sequence[object]) -> str:
    texts = (cell if isinstance(cell, Markdown) else escape(number_text(cell)) for cell in cells)
    return "| " + " | ".join(text or "&#160;" for text in texts) + " |"

"""SVG: elements as text, axes and the frame of a chart, with nothing that a page's policy would refuse.

Every text is escaped here and nowhere else. Colours are classes of `templates/page.css`, so that a chart can be read
on light and on dark paper. Same input, same bytes.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from html import escape

from mlops_assets.formatting import number_text

WIDTH = 640
_LETTER = 7.5  # width of a letter of the charts' font, on average


def element(name: str, *children: str, **attributes: object) -> str:
    """Return an element; underscores in names of attributes become hyphens, and `class_` is `class`.

    >>> element("rect", x=1.5, class_="main")
    '<rect x="1.5" class="main"></rect>'
    """
    words = {key.rstrip("_").replace("_", "-"): _attribute(value) for key, value in attributes.items()}
    written = "".join(f' {key}="{escape(value)}"' for key, value in words.items())
    return f"<{name}{written}>{''.join(children)}</{name}>"


def title(words: str) -> str:
    """Return the text that a browser shows, and a screen reader reads, for the element that it is put into."""
    return element("title", escape(words))


def text(x: float, y: float, words: str, *, anchor: str = "start", room: float = WIDTH, **more: object) -> str:
    """Return a line of text at a place, cut where it would be wider than `room`; its title then has it whole."""
    short = shortened(words, room)
    whole = title(words) if short != words else ""
    return element("text", whole, escape(short), x=x, y=y, text_anchor=anchor, **more)


def shortened(words: str, room: float) -> str:
    """Return a text that is no wider than `room` units, with an ellipsis where something had to go."""
    left = room / _LETTER
    for place, letter in enumerate(words):
        left -= 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if left < 0:
            return words[: max(place - 1, 0)].rstrip() + "…"
    return words


def figure(name: str, description: str, height: float, parts: Sequence[str]) -> str:
    """Return a chart of `WIDTH` by `height` units with its caption; screen readers read its name and description."""
    drawing = element(
        "svg",
        title(name),
        element("desc", escape(description)),
        *parts,
        viewBox=f"0 0 {WIDTH} {_attribute(float(height))}",
        role="img",
        aria_label=name,
    )
    caption = element("figcaption", element("strong", escape(name)), escape(f". {description}" if description else ""))
    return element("figure", drawing, caption)


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Return round numbers within an interval, some `about` of them.

    >>> ticks(0.0, 1.0)
    (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    """
    rough = (high - low) / about
    if not math.isfinite(rough) or rough <= 0:
        return (low,)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(float(f"{number * step:.12g}") for number in range(first, last + 1))


class Scale:
    """Places on one axis: numbers from `low` to `high` lie between `start` and `end`."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        """Return where a number lies."""
        span = self.high - self.low
        return self.start + (self.end - self.start) * ((value - self.low) / span if span else 0.5)


def horizontal_axis(scale: Scale, top: float, bottom: float, label: str) -> list[str]:
    """Return grid lines and numbers of an axis below a plot, and its label below them."""
    parts = []
    for tick in ticks(scale.low, scale.high):
        x = scale(tick)
        parts.append(element("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid"))
        parts.append(text(x, bottom + 17, number_text(tick), anchor="middle", class_="faint"))
    middle = (scale.start + scale.end) / 2
    return [*parts, text(middle, bottom + 36, label, anchor="middle", room=scale.end - scale.start)]


def vertical_axis(scale: Scale, left: float, right: float, label: str) -> list[str]:
    """Return grid lines and numbers of an axis to the left of a plot, and its label above it."""
    parts = []
    for tick in ticks(scale.low, scale.high):
        y = scale(tick)
        parts.append(element("line", x1=left, x2=right, y1=y, y2=y, class_="grid"))
        parts.append(text(left - 7, y + 4, number_text(tick), anchor="end", class_="faint"))
    return [*parts, text(left - 44, scale.end - 14, label, room=WIDTH / 2)]


def polyline(points: Sequence[tuple[float, float]], kind: str) -> str:
    """Return a line through points."""
    return element("polyline", points=" ".join(f"{_attribute(x)},{_attribute(y)}" for x, y in points), class_=kind)


def _attribute(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)

"""Plots: what every picture shares: a canvas, one style, names as they are, and PNG bytes that fit into an event log.

Drawn without pyplot: no display, no global state, nothing to close. Equal records give equal bytes. What is drawn is
in the `plots.py` of each package.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT = "#22303c", "#c9d1d9"
MAIN, OTHER, ACCENT = "#1f6feb", "#8b949e", "#d1481f"
MAXIMUM_BYTES = 100_000
_RESOLUTIONS = (130, 80, 50)
_LABEL_LENGTH = 44


def canvas(width: float, height: float, rows: int = 1, columns: int = 1, **more: Any) -> tuple[Figure, Any]:
    """Return a figure of `width` by `height` inches and its axes, as `Figure.subplots` does."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, **more)


def finish(
    axes: Axes, title: str, *, legend: Literal["best", "lower right", "upper left", "upper right", ""] = ""
) -> None:
    """Give axes their title, grid and legend. A dollar sign in a title is one, not the start of a formula."""
    axes.set_title(title, fontsize=10, color=INK, loc="left", parse_math=False)
    axes.grid(color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)
    if legend:
        axes.legend(fontsize=8, frameon=False, loc=legend)


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Write a name beside each row of a chart, the first one at the bottom; long names are cut."""
    short = [name if len(name) <= _LABEL_LENGTH else f"{name[: _LABEL_LENGTH - 1]}…" for name in names]
    axes.set_yticks(range(len(names)))
    axes.set_yticklabels(short, fontsize=8, parse_math=False)
    axes.set_ylim(-0.7, len(names) - 0.3)


def png(figure: Figure) -> bytes:
    """Return the picture in 128 colours, at the best resolution that stays under `MAXIMUM_BYTES`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    drawn = FigureCanvasAgg(figure)
    for resolution in _RESOLUTIONS:
        figure.set_dpi(resolution)
        with warnings.catch_warnings():
            # A script that the font lacks is drawn as boxes; the report has the name in full.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
            drawn.draw()
        buffer = io.BytesIO()
        pixels = Image.frombuffer("RGBA", drawn.get_width_height(), drawn.buffer_rgba()).convert("RGB")
        pixels.quantize(128, dither=Image.Dither.NONE).save(buffer, format="png", optimize=True)
        if buffer.tell() <= MAXIMUM_BYTES:
            break
    return buffer.getvalue()

"""HTML page: the frame of every page that is written, and Markdown made such a page.

A page is one file that refers to no other, runs nothing and prints well. Its policy says so to the browser too: even
where a name from an unknown file was not escaped, nothing would run and nothing would be fetched.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from pathlib import Path

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""No script, no font, no frame and no request; styles of the page itself, and pictures that are in the page."""

EXACT = "Every value on this page is exact, and not differentially private: treat the page like the data."
NOISY = "Private statistics are noisy; epsilon sets how much. Every other value is exact, not differentially private."

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r'<td style="text-align: right;">(?=[-–\d.,%e+ \[\]]*<)')  # cells of numbers alone never wrap
_CHART = "\ue000{}\ue001"  # private characters, which `markdown_text.escape` lets through from nowhere
_STYLE = (Path(__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")


def html_page(title: str, body: str, *, wide: bool = False, values: str = EXACT) -> str:
    """Return a whole page.

    Args:
        title: plain text, escaped here.
        body: HTML of the body, escaped already. Characters that no page may hold become U+FFFD.
        values: which values of the page are exact, for its foot.
        wide: whether the page is as wide as its window, for wide tables, and not as wide as text reads well.
    """
    main = '<main class="wide">' if wide else "<main>"
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n{main}\n{body.strip()}\n</main>\n"
        f"<footer>{escape(values)}</footer>\n"
        "</body>\n</html>\n"
    )
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", page)


def picture(png: bytes, title: str, description: str) -> str:
    """Return a picture that is in the page, with its caption, which screen readers read as well."""
    caption = f"<strong>{escape(title)}</strong>. {escape(description)}"
    source = f"data:image/png;base64,{b64encode(png).decode()}"
    alt = escape(f"{title}. {description}")
    return f'<figure><img src="{source}" alt="{alt}" /><figcaption>{caption}</figcaption></figure>'


def chart_mark(name: str) -> str:
    """Return the paragraph that stands in Markdown where `to_html` puts the chart of this name."""
    return _CHART.format(name.encode().hex())


def to_html(markdown_text: str, title: str, charts: Mapping[str, str] | None = None, *, values: str = EXACT) -> str:
    """Return Markdown (tables and footnotes included) as a page. Same input, same bytes.

    Raw HTML in the text is shown as text, never interpreted. Wide tables scroll within the page.

    Args:
        markdown_text: the text.
        title: title of the page.
        charts: HTML by name, put in the place of each `chart_mark`.
        values: which values of the page are exact, for its foot.
    """
    from markdown import Markdown

    converter = Markdown(extensions=["tables", "footnotes"], output_format="xhtml")
    converter.preprocessors.deregister("html_block")
    converter.inlinePatterns.deregister("html")
    body = converter.convert(markdown_text)
    body = _NUMBER.sub('<td class="number" style="text-align: right;">', body)
    body = body.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")
    for name, chart in (charts or {}).items():
        body = body.replace(f"<p>{chart_mark(name)}</p>", chart)
    return html_page(title, body, values=values)

"""HTML page: Markdown as one self-contained page that prints well."""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.55 Georgia, "Times New Roman", serif; color: #1b1b1b; background: #fff; max-width: 54rem;
  margin: 2.5rem auto; padding: 0 1.25rem; overflow-wrap: break-word; }
h1, h2, h3 { font-family: system-ui, sans-serif; line-height: 1.25; break-after: avoid; }
h1 { font-size: 1.9rem; } h2 { font-size: 1.35rem; margin-top: 2.2rem; border-bottom: 1px solid #ccc; }
h3 { font-size: 1.08rem; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0 1.2rem; font: .86rem/1.4 system-ui, sans-serif; }
th, td { border: 1px solid #c8c8c8; padding: .3rem .55rem; text-align: left; vertical-align: top; }
th { background: #f1f1ee; } tr { break-inside: avoid; }
code { font-size: .88em; } sup { line-height: 0; } a { color: #0b4f8a; }
blockquote { margin: 1rem 0; padding: .4rem 1rem; border-left: 4px solid #b8860b; background: #fbf7ec; }
.footnote { font: .84rem/1.45 system-ui, sans-serif; }
@media print { body { max-width: none; margin: 0; font-size: 10.5pt; } a { color: inherit; text-decoration: none; } }
"""


def to_html(markdown_text: str, title: str) -> str:
    """Return Markdown (tables and footnotes included) as an HTML page without any reference to another file.

    Raw HTML in the text is shown as text, never obeyed. Same input, same bytes.
    """
    from markdown import Markdown

    converter = Markdown(extensions=["tables", "footnotes"], output_format="html")
    converter.preprocessors.deregister("html_block")
    converter.inlinePatterns.deregister("html")
    body = converter.convert(markdown_text)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )

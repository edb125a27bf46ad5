"""Values in Markdown render as exactly what they are."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlops_assets.pages.html_page import to_html
from mlops_assets.pages.markdown_text import Markdown, escape, markdown_table

AWKWARD = [
    "a|b",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "`code`",
    "*a* _b_ __c__ **d**",
    "# heading",
    "- item",
    "1. item",
    "12) item",
    "---",
    "===",
    "    code",
    "a\\|b\\",
    "![i](u)",
    "[^1]",
    "0.8 [0.7, 0.9]",
    "[1](u)",
    "[1][2]",
    "[1]: u",
    "![1] [1,2]",
    "&lt;",
    "&#60;b&#62;",
    "~~x~~",
    "> quote",
    "a_b_c",
    "http://x.y",
    "<http://x.y>",
    "\x02wzxhzdk:0\x03",
    "+ x",
    "{: .class}",
    "ä 日本",
    "|",
    "\\",
    "`",
    "",
    "a\n\n# b",  # white space collapses
]


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())


@settings(max_examples=150)
@given(st.lists(st.lists(st.text(max_size=30), min_size=2, max_size=2), min_size=1, max_size=4))
@example([[a, b] for a, b in itertools.pairwise(AWKWARD)])
def test_cells_of_a_table_are_exactly_the_values(read_page, rows):
    """No value breaks a row, adds a cell or becomes markup."""
    page = read_page(to_html(markdown_table(("left", "right"), rows), "t"))
    expected = [["left", "right"], *([_plain(cell) for cell in row] for row in rows)]

    assert [[cell.replace("\xa0", "") for cell in row] for row in page.rows] == [
        [cell.replace("\xa0", "") for cell in row] for row in expected
    ]
    assert {"script", "a", "em", "strong", "code", "img"}.isdisjoint(page.tags)


@pytest.mark.parametrize("value", AWKWARD)
def test_paragraph_is_exactly_the_value(read_page, value):
    """No value at the start of a line becomes a heading, a list, a rule, code or a link."""
    page = read_page(to_html(f"before\n\n{escape(value)}\n\nafter", "t"))

    assert page.text.split() == ["before", *_plain(value).split(), "after"]
    assert {"h1", "h2", "ul", "ol", "li", "hr", "code", "pre", "a", "em", "strong", "script"}.isdisjoint(page.tags)


@pytest.mark.parametrize("value", AWKWARD)
def test_list_item_is_exactly_the_value(read_page, value):
    """A value in a list is one item."""
    page = read_page(to_html(f"- {escape(value) or 'none'}\n- last", "t"))

    assert page.tags.count("li") == 2
    assert page.tags.count("ul") == 1
    assert {"h1", "ol", "hr", "code", "pre", "a", "em"}.isdisjoint(page.tags)


def test_markdown_is_not_escaped_twice():
    """Text that is Markdown already passes unchanged."""
    assert escape(Markdown("a|b")) == "a|b"
    assert escape(escape("a|b")) == escape("a|b")


def test_raw_html_is_shown_not_obeyed(read_page):
    """A page made of foreign Markdown runs none of its scripts."""
    page = read_page(to_html("<script>alert(1)</script>\n\n<b>x</b> <img src=x onerror=alert(1)>", "t"))

    assert {"script", "b", "img"}.isdisjoint(page.tags)
    assert "<script>alert(1)</script>" in page.text


def test_page_is_self_contained_and_its_title_is_escaped():
    """Nothing is loaded from elsewhere, and a title cannot close its tag."""
    html = to_html("text", "a</title><script>")

    assert "<title>a&lt;/title&gt;&lt;script&gt;</title>" in html
    assert "://" not in html
    assert "src=" not in html

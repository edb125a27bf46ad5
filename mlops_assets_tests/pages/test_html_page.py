"""The frame of every page."""

from __future__ import annotations

import pytest

from mlops_assets.pages.html_page import EXACT, NOISY, POLICY, chart_mark, html_page, to_html
from mlops_assets.pages.markdown_text import escape, markdown_table


def test_every_page_tells_the_browser_to_run_nothing_and_to_fetch_nothing(read_page):
    """The policy stands in the head, before anything that it is to hold for."""
    page = read_page(html_page("a", "<p>b</p>"))
    head = page.tree.find("head")

    assert page.policy == POLICY
    assert "default-src 'none'" in POLICY
    assert "script" not in POLICY
    assert [child.tag for child in head][:2] == ["meta", "meta"]


@pytest.mark.parametrize("odd", ["\x00", "\x1b[31m", "\ud800", "\uffff", "a\x0bb"])
def test_characters_that_no_page_may_hold_are_replaced(read_page, odd):
    """A name from a binary file leaves the page readable, and it can be written as UTF-8."""
    page = html_page("t", f"<p>{odd}</p>")

    assert "\N{REPLACEMENT CHARACTER}" in read_page(page).text
    assert page.encode()


def test_a_wide_table_scrolls_within_the_page(read_page):
    """Every table stands in an element of its own that scrolls."""
    page = read_page(to_html(markdown_table([f"column {n}" for n in range(40)], [range(40)]), "wide"))

    assert [place.tag for place in page.tree.findall(".//div[@class='scroll']/*")] == ["table"]


def test_numbers_stand_on_the_right_and_words_on_the_left(read_page):
    """A column of numbers is aligned by its last digit."""
    page = read_page(
        to_html(markdown_table(("word", "count", "made"), [("a", 1234, "1"), ("b", None, "2")], right=("made",)), "t")
    )
    styles = [cell.get("style", "") for cell in page.tree.findall(".//tr")[1]]

    assert page.rows[1] == ["a", "1,234", "1"]
    assert styles == ["", "text-align: right;", "text-align: right;"]
    assert [cell.get("class") for cell in page.tree.findall(".//tr")[1]] == [None, "number", "number"]


def test_a_chart_stands_where_its_mark_is_and_no_value_can_forge_one(read_page):
    """Values go through `escape`, which lets no mark through."""
    charts = {"roc": "<figure>here</figure>"}
    page = read_page(to_html(f"before\n\n{chart_mark('roc')}\n\n{escape(chart_mark('roc'))}", "t", charts))

    assert page.tags.count("figure") == 1
    assert "before" in page.text


def test_every_page_says_which_of_its_values_are_exact() -> None:
    assert f"<footer>{EXACT}</footer>" in html_page("t", "<p>1</p>")
    assert f"<footer>{NOISY}</footer>" in to_html("text", "t", values=NOISY)

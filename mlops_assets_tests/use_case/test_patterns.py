"""Patterns are matched as Python would match them, by an engine that cannot hang."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_assets.use_case.patterns import full_matches, pattern_fault

PATTERNS = ["[A-Z]{2}|[0-9]+", "a*b?", r"\d{4}-\d{2}", "(?i)ab+", ".+", "", "é|ß", r"x\.y", "[^,]*"]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(texts=st.lists(st.text(alphabet="abAB019-é ß.,xy\n", max_size=6), max_size=20))
def test_a_pattern_matches_whole_texts_as_python_does(pattern: str, texts: list[str]) -> None:
    assert full_matches(texts, pattern) == [re.fullmatch(pattern, text) is not None for text in texts]


def test_what_is_no_text_is_matched_as_it_is_written() -> None:
    assert full_matches([12, "12", "\ud800"], r"[0-9]+") == [True, True, False]


@pytest.mark.parametrize("pattern", ["(", r"(a)\1", "(?=a)", "(?<!a)b", "a{5000}", "a)|(b", "a++", "\ud800"])
def test_a_pattern_that_the_engine_cannot_take_is_refused_with_a_reason(pattern: str) -> None:
    fault = pattern_fault(pattern)

    assert fault
    assert "\n" not in fault


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_usual_pattern_is_taken(pattern: str) -> None:
    assert pattern_fault(pattern) is None

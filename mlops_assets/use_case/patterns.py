r"""Patterns: the regular expressions that a YAML may contain, matched by RE2 in linear time.

Python's own `re` backtracks: `(a+)+$` takes hours on a text of fifty characters. RE2 (https://github.com/google/re2)
supports neither backreferences nor lookaround, so it cannot hang. It is part of pyarrow. `\d`, `\w` and `\s` mean
ASCII characters; write `\p{Nd}` or `\p{L}` for those of every script.
"""

from __future__ import annotations

from collections.abc import Sequence

RE2 = "a regular expression that RE2 accepts: no backreferences, no lookahead or lookbehind, at most 1000 repetitions"


def pattern_fault(pattern: str) -> str | None:
    """Return why RE2 rejects a pattern, or None if RE2 accepts it."""
    import pyarrow as pa

    try:
        _search([""], pattern)  # By itself: `a)|(b` would only become one within the brackets of `full_matches`.
    except (pa.ArrowInvalid, UnicodeEncodeError) as error:
        return str(error).removeprefix("Invalid regular expression: ").splitlines()[0]
    return None


def full_matches(values: Sequence[object], pattern: str) -> list[bool]:
    """Return for each value whether its whole text matches the pattern.

    Raises:
        pyarrow.ArrowInvalid: RE2 rejects the pattern; check it with `pattern_fault` first.
    """
    return _search([str(value).encode("utf-8", "replace").decode() for value in values], rf"\A(?:{pattern})\z")


def _search(texts: list[str], pattern: str) -> list[bool]:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.match_substring_regex(pa.array(texts, pa.string()), pattern=pattern).to_pylist()

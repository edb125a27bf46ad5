"""Names: the words in the name of a column, and whether they say that it tells rows apart.

A guess only, which a person confirms. Words that speak of protected attributes are in `roles`.
"""

from __future__ import annotations

import re
import unicodedata

_IDENTIFIER = {"id", "ids", "uuid", "guid", "key", "identifier", "index", "nr", "no", "number", "num", "code", "ref"}
_IDENTIFIER |= {"kennung", "nummer", "numero", "identifiant", "identificador", "rownames", "unnamed"}
_AGE = {"age", "alter", "edad", "eta", "lebensalter"}


def words(name: str) -> set[str]:
    """Return the words of a name in lower case without accents, split at punctuation and at a change of case.

    >>> sorted(words("customerID")), sorted(words("Nationalité"))
    (['customer', 'id'], ['nationalite'])
    """
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+", unaccented(name))}


def unaccented(text: str) -> str:
    """Return a text without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def plain_letters(name: str) -> str:
    """Return the letters of a name in one, lower case and without accents.

    >>> plain_letters("Place of Birth"), plain_letters("marital_status_2")
    ('placeofbirth', 'maritalstatus')
    """
    return re.sub(r"[\W\d_]+", "", unaccented(name)).lower()


def looks_like_identifier(name: str) -> bool:
    """Return whether a name says that the column tells rows apart."""
    return bool(words(name) & _IDENTIFIER)


def looks_like_age(name: str) -> bool:
    """Return whether a name says that the column holds an age in years."""
    return bool(words(name) & _AGE) or name.strip() == "AGEP"

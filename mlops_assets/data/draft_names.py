"""Names that tell what a column holds: identifiers and protected attributes, by the words in the name.

A guess only, which a person confirms; a name tells nothing of what else stands in for a protected attribute. Add
words of another language here.
"""

from __future__ import annotations

import re
import unicodedata

_IDENTIFIER = {"id", "ids", "uuid", "guid", "key", "identifier", "index", "nr", "no", "number", "num", "code", "ref"}
_IDENTIFIER |= {"kennung", "nummer", "numero", "identifiant", "identificador", "rownames", "unnamed"}

# English; German; French; Spanish; Italian.
_SENSITIVE = {
    "sex", "gender", "age", "race", "racial", "ethnic", "ethnicity", "marital", "marriage", "married", "religion",
    "religious", "faith", "disability", "disabled", "nationality", "citizenship", "birth", "birthday", "birthdate",
    "dob", "born", "pregnant", "pregnancy", "caste", "orientation", "immigrant", "veteran",
    "geschlecht", "alter", "rasse", "ethnie", "familienstand", "behinderung", "nationalitat",
    "staatsangehorigkeit", "geburt", "geburtsdatum", "geburtsjahr", "herkunft", "schwanger", "konfession",
    "sexe", "genre", "ethnique", "matrimonial", "handicap", "nationalite", "naissance", "enceinte",
    "sexo", "genero", "edad", "raza", "etnia", "civil", "religioso", "discapacidad", "nacionalidad", "nacimiento",
    "sesso", "eta", "razza", "disabilita", "nazionalita", "nascita", "religione",
}  # fmt: skip
_AGE = {"age", "alter", "edad", "eta"}


def words(name: str) -> set[str]:
    """Return the words of a name in lower case without accents, split at punctuation and at a change of case.

    >>> sorted(words("customerID")), sorted(words("Nationalité"))
    (['customer', 'id'], ['nationalite'])
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+", plain)}


def looks_like_identifier(name: str) -> bool:
    """Return whether a name says that the column tells rows apart."""
    return bool(words(name) & _IDENTIFIER)


def looks_sensitive(name: str) -> bool:
    """Return whether a name says that the column is a protected attribute."""
    return bool(words(name) & _SENSITIVE)


def looks_like_age(name: str) -> bool:
    """Return whether a name says that the column holds an age in years."""
    return bool(words(name) & _AGE)

"""Roles: what a column may be used for, by its name and its values: identifier, protected attribute, feature.

A false guess costs a person one line to take back, and a missed protected attribute costs people their rights, so the
lists are wide. A name does not show whether a column is a proxy for a protected attribute. Add words of another
language here, and a kind with the question that a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from mlops_assets.data.coercion import EXACT
from mlops_assets.drafting.columns import ColumnDraft
from mlops_assets.drafting.values import Values, unaccented, words

_IDENTIFIER = {"id", "ids", "uuid", "guid", "key", "identifier", "index", "nr", "no", "number", "num", "code", "ref"}
_IDENTIFIER |= {"kennung", "nummer", "numero", "identifiant", "identificador", "rownames", "unnamed"}
_AGE = {"age", "alter", "edad", "eta", "lebensalter"}
_AGES = (25.0, 35.0, 45.0, 60.0)
_FEWEST_ROWS = 10


@dataclass(frozen=True)
class Protected:
    """One kind of protected attribute.

    Attributes:
        kind: its name.
        question: what a person must decide.
        named: words that a name holds, in English, German, French, Spanish and Italian, without accents; not those
            that a stem finds.
        stems: parts of words, long enough to be found inside a name that is written in one.
        codes: names of columns of the American Community Survey, in capitals.
        values: values of which a column holds two or more, and nothing else but words for the rest.
    """

    kind: str
    question: str
    named: str
    stems: str = ""
    codes: str = ""
    values: str = ""

    def fits(self, name: str) -> bool:
        """Return whether a name speaks of it."""
        letters = re.sub(r"[\W\d_]+", "", unaccented(name)).lower()
        by_code = name.strip() in self.codes.split()
        return by_code or bool(words(name) & set(self.named.split())) or any(s in letters for s in self.stems.split())

    def holds(self, values: Collection[str]) -> bool:
        """Return whether values, lower case, are those of such an attribute."""
        known = set(self.values.split())
        return set(values) <= known | set(_HEDGES.split()) and len(known & set(values)) > 1


_HEDGES = "other others unknown none n/a diverse divers d x mixed andere autre otro"

PROTECTED = (
    Protected(
        kind="sex or gender",
        question="does it say whether a person is a woman, a man or neither?",
        named="sex male woman women girl boy nonbinary weiblich mannlich frau mann sexe genre femme homme feminin "
        "masculin sexo genero mujer hombre femenino masculino hembra varon sesso genere femmina maschio donna uomo",
        stems="gender female geschlecht",
        codes="SEX",
        values="female male woman man weiblich mannlich frau mann femme homme mujer hombre donna uomo femmina maschio "
        "f m nonbinary non-binary",
    ),
    Protected(
        kind="age",
        question="is it a person's age or date of birth?",
        named="age ages aged senior seniors elderly dob yob alter lebensalter altersgruppe altersklasse senioren "
        "geburt naissance edad anciano nacimiento eta anziano nascita agegroup ageband agegrp agecat",
        stems="birthd birthy dateofbirth monthofbirth yearofbirth geburts seniorcitizen",
        codes="AGEP",
    ),
    Protected(
        kind="nationality or place of birth",
        question="is it a person's nationality, or the country or place that a person comes from?",
        named="country birth born nativity immigrant immigration migrant refugee foreign foreigner staatsburgerschaft "
        "geburtsort geburtsland herkunft herkunftsland auslander migrationshintergrund citoyennete etranger immigre "
        "ciudadania pais extranjero inmigrante cittadinanza paese straniero immigrato",
        stems="nationalit citizen staatsang nacionalid nazionalit placeofbirth countryofbirth birthplace "
        "nationalorigin countryoforigin paysdorigine",
        codes="CIT CITWP NATIVITY POBP",
    ),
    Protected(
        kind="race or ethnicity",
        question="does it say what race, ethnicity or ancestry a person is of, or is it one of several such columns?",
        named="race racial black white asian latino latina latinx african indigenous aboriginal native hawaiian eskimo "
        "tribe tribal caste rasse ethnie ethnisch abstammung hautfarbe ethnique ascendance raza etnia etnico "
        "ascendencia razza ascendenza",
        stems="ethnic hispanic caucasian ancestry skincolo skintone",
        codes="RAC1P RAC2P RAC3P RACAIAN RACASN RACBLK RACNH RACNHPI RACPI RACNUM RACSOR RACWHT ANC ANC1P ANC2P HISP",
        values="white black asian hispanic latino african-american caucasian native asian-pac-islander "
        "amer-indian-eskimo indigenous",
    ),
    Protected(
        kind="marital status",
        question="does it say whether a person is married, single or related to somebody?",
        named="marriage married single divorced divorce widow widowed widower spouse husband wife relationship ledig "
        "verheiratet geschieden verwitwet ehe ehepartner personenstand mariage marie celibataire veuf veuve conjoint "
        "matrimonio casado casada soltero soltera divorciado viudo viuda civil conyuge sposato sposata coniugato "
        "celibe nubile divorziato vedovo vedova coniuge",
        stems="marital matrimonial familienstand personalstatus",
        codes="MAR MSP MARHT",
        values="married single divorced widowed separated unmarried verheiratet ledig geschieden verwitwet "
        "married-civ-spouse never-married married-af-spouse married-spouse-absent husband wife",
    ),
    Protected(
        kind="religion",
        question="does it say what a person's religion is?",
        named="faith christian muslim islam jewish hindu buddhist catholic protestant sikh church glaube kirche "
        "croyance culte iglesia chiesa",
        stems="religi konfession kirchensteuer",
        values="christian muslim jewish hindu buddhist catholic protestant sikh",
    ),
    Protected(
        kind="disability",
        question="does it say whether a person has a disability?",
        named="disabled wheelchair deaf blind invalidite minusvalia invalidez disabile invalidita",
        stems="disabilit behinder handicap discapac",
        codes="DIS DEAR DEYE DREM DPHY DDRS DOUT",
    ),
    Protected(
        kind="pregnancy",
        question="does it say whether a person is or was pregnant?",
        named="maternity mutterschaft mutterschutz elternzeit enceinte grossesse maternite embarazo embarazada "
        "maternidad gravidanza incinta maternita",
        stems="pregnan schwanger",
        codes="FER",
    ),
    Protected(
        kind="children or dependents",
        question="does it say whom a person has to care for?",
        named="child kid kids dependent dependant parent parents parental parch sibsp kinder unterhaltspflichtig "
        "unterhaltsberechtigt enfant enfants hijo hijos hija hijas dependientes figlio figli figlia",
        stems="children dependents dependants kinderzahl",
        codes="NOC NRC",
    ),
    Protected(
        kind="veteran status",
        question="does it say whether a person serves or served in the armed forces?",
        named="military wehrdienst bundeswehr militar militaire militare",
        stems="veteran",
        codes="MIL VPS",
    ),
    Protected(
        kind="sexual orientation",
        question="does it say what a person's sexual orientation is?",
        named="orientation sexual lgbt lgbtq orientierung orientacion orientamento",
    ),
)


def protected_kind(name: str, values: Collection[str] = ()) -> Protected | None:
    """Return the protected attribute that a column may hold, None where nothing speaks for one.

    Args:
        name: its name.
        values: its distinct values, where they are codes in words.
    """
    lowered = {re.sub(r"\s+", "-", unaccented(value).strip().lower()) for value in values}
    return next((found for found in PROTECTED if found.fits(name) or found.holds(lowered)), None)


def assign_role(draft: ColumnDraft, values: Values) -> ColumnDraft:
    """Return a column with the role that its name and its values suggest, and what a person should confirm of it."""
    if draft.column.role == "ignore":
        return draft
    kind, is_named = draft.column.type, looks_like_identifier(draft.name)
    protected = protected_kind(draft.name, [code for code in draft.column.codes if isinstance(code, str)])
    is_unique = draft.distinct == len(values.present) > 1 and kind in ("integer", "text")
    if is_unique and (is_named or (protected is None and kind == "integer" and _counts_rows(values))):
        draft.declare("min", "max", role="identifier", unique=True)
        draft.notes.append("no two rows have the same value: an identifier")
    elif protected is not None:
        draft.declare(sensitive=True)
        advice = "If not, remove sensitive: true; until then no model sees it"
        draft.notes.append(f"{protected.kind}: {protected.question} {advice}")
        draft.edges = _edges(values) if kind in ("integer", "number") else ()
    elif kind == "date":
        draft.notes.append("enters a model through derived features only, such as date_parts")
    elif kind == "text":
        draft.notes.append("too many values for a category: enters a model through derived features only")
    elif is_named and kind == "integer":
        draft.notes.append("named like an identifier, but values repeat: if it names groups, write role: group")
    if draft.distinct == 1:
        draft.notes.append("constant: a model learns nothing from it")
    return draft


def looks_like_identifier(name: str) -> bool:
    """Return whether a name says that the column tells rows apart."""
    return bool(words(name) & _IDENTIFIER)


def _counts_rows(values: Values) -> bool:
    """Whether whole numbers go up by one from row to row, or are too large for a model to tell apart."""
    whole = values.whole
    if whole is None or len(whole) <= _FEWEST_ROWS:
        return False
    return bool((np.diff(whole) == 1).all() or whole.min() > EXACT)


def _edges(values: Values) -> tuple[float, ...]:
    """Return inner edges: round ages, or the quartiles of the values, rounded to three digits."""
    numbers = values.numbers.values.to_numpy(dtype="float64")
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return (0.0,)
    ages = tuple(edge for edge in _AGES if numbers.min() < edge <= numbers.max())
    if ages and (words(values.name) & _AGE or values.name.strip() == "AGEP"):
        return ages
    return tuple(sorted({float(f"{edge:.3g}") for edge in np.quantile(numbers, [0.25, 0.5, 0.75])}))

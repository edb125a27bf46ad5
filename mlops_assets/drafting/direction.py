"""Draft of a direction: which values of the target mean that a person gets what he or she wants.

Fairness compares how often groups get the favourable decision, so somebody must say which one that is. This is a guess
by words, written as a comment; nothing is judged by it until a person uncomments it.
"""

from __future__ import annotations

from collections.abc import Iterable

from mlops_assets.drafting.names import words
from mlops_assets.values import Code

_GOOD = (
    "accept accepted accepts admitted admission approval approved approve awarded benefit eligible employed funded "
    "good graduated grant granted hired hire income interview invited offer offered paid pass passed promoted "
    "promotion qualified repaid repay retained salary satisfied selected success successful survived won "
    "angenommen bewilligt eingestellt genehmigt bestanden gut accepte accorde admis embauche reussi bon aceptado "
    "aprobado concedido contratado admitido bueno accettato approvato assunto concesso ammesso buono"
)
_BAD = "bad default delinquent denied fraud late not rejected refused un unpaid nicht pas no non"


def guess_favourable(
    target: str, positives: Iterable[Code | bool], values: Iterable[Code | bool]
) -> tuple[Code | bool, ...]:
    """Return the values of a target whose decision is favourable to the person.

    Those that are not positive, because most models flag what nobody wants, unless the name of the target or of its
    positive values speaks of something good.

    >>> guess_favourable("default", [1], [0, 1]), guess_favourable("loan_approved", ["Y"], ["N", "Y"])
    ((0,), ('Y',))
    """
    chosen = tuple(positives)
    spoken = {word for text in (target, *map(str, chosen)) for word in words(text)}
    if spoken & set(_GOOD.split()) and not spoken & set(_BAD.split()):
        return chosen
    return tuple(value for value in values if value not in chosen)

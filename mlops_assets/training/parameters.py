"""Parameters of a family: what is searched, what is held, and where the search starts.

Holds the merge of a family's own space with the YAML's, and the translation to Optuna. Spaces themselves stay in
`plugins/families/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_assets import plugins
from mlops_assets.plugins.declarations import Choice, Range, Scalar
from mlops_assets.use_case.training import Family

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class FamilySpace:
    """One family as a search sees it.

    Attributes:
        name: name of the plugin.
        space: what is searched, by parameter.
        fixed: what is held.
        defaults: a value inside the space for each searched parameter: the first trial of the family.
    """

    name: str
    space: dict[str, Range | Choice]
    fixed: dict[str, Scalar]
    defaults: dict[str, Scalar]


def family_space(name: str, family: Family) -> FamilySpace:
    """Merge the plugin's space with the YAML's: a name in `fixed` leaves the space, one in `space` enters it."""
    plugin = plugins.load("family", name)
    space = {key: value for key, value in {**plugin.SPACE, **family.space}.items() if key not in family.fixed}
    fixed = {key: value for key, value in {**plugin.FIXED, **family.fixed}.items() if key not in space}
    known = {**plugin.FIXED, **plugin.DEFAULTS}
    return FamilySpace(name, space, fixed, {key: _inside(value, known.get(key)) for key, value in space.items()})


def _inside(domain: Range | Choice, value: Scalar) -> Scalar:
    """Return `value`, or what the domain has nearest to it: the first choice, or an end or the middle of a range."""
    if isinstance(domain, Choice):
        return value if value in domain.choices else domain.choices[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        value = (domain.low * domain.high) ** 0.5 if domain.log else (domain.low + domain.high) / 2
    inside = min(max(value, domain.low), domain.high)
    return round(inside) if domain.whole else float(inside)


def prefixed(family: FamilySpace, features: str) -> dict[str, Any]:
    """Return the defaults of a family on a feature set under the names that the search stores them by."""
    defaults = {f"{family.name}.{key}": value for key, value in family.defaults.items()}
    return {"family": family.name, "features": features, **defaults}


def suggest(
    trial: optuna.Trial, families: tuple[FamilySpace, ...], sets: tuple[str, ...]
) -> tuple[str, str, dict[str, Scalar]]:
    """Draw a family, a feature set and all parameters of the family; the fixed ones are among them."""
    name = trial.suggest_categorical("family", [family.name for family in families])
    features = trial.suggest_categorical("features", sets)
    family = next(family for family in families if family.name == name)
    drawn = {key: _suggest_one(trial, f"{name}.{key}", domain) for key, domain in family.space.items()}
    return name, features, {**family.fixed, **drawn}


def _suggest_one(trial: optuna.Trial, key: str, domain: Range | Choice) -> Scalar:
    if isinstance(domain, Choice):
        return trial.suggest_categorical(key, domain.choices)
    if domain.whole:
        return trial.suggest_int(key, int(domain.low), int(domain.high), log=domain.log)
    return trial.suggest_float(key, domain.low, domain.high, log=domain.log)

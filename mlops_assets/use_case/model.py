"""The whole use case: one YAML file of `configs/`, as one frozen model."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from mlops_assets.use_case.assurance import Assurance, Direction
from mlops_assets.use_case.data import Column, Data
from mlops_assets.use_case.documents import Documents
from mlops_assets.use_case.features import Features
from mlops_assets.use_case.lineage import raw_lineage
from mlops_assets.use_case.monitoring import Monitoring
from mlops_assets.use_case.privacy import Privacy
from mlops_assets.use_case.release import Release
from mlops_assets.use_case.training import Training
from mlops_assets.values import Code
from mlops_assets.yaml_files.model import Model, Slug


def _check_owner(owner: str) -> str:
    if not re.fullmatch(r"team:[A-Za-z0-9_.-]+|[^@\s]+@[^@\s]+\.[^@\s]+", owner):
        raise ValueError("an owner is an e-mail address or team:NAME")
    return owner


class Task(Model):
    """What is predicted."""

    kind: Literal["binary_classification"] = "binary_classification"
    """Type of task. A target with more than two values is made binary: `positive` against the rest."""
    target: str
    """Column that is predicted."""
    positive: Code | bool | Annotated[tuple[Code | bool, ...], Field(min_length=1)] = 1
    """Value of the target that counts as positive, or a list of such values."""

    @property
    def positives(self) -> tuple[Code | bool, ...]:
        """Values of the target that count as positive, one at least."""
        return self.positive if isinstance(self.positive, tuple) else (self.positive,)

    @property
    def positive_words(self) -> str:
        """The positive values as a text: `1`, `yes`, or `bad or worse`."""
        return " or ".join(map(str, self.positives))


class UseCase(Model):
    """One use case: a governed lifecycle from the raw file to monitoring."""

    name: Slug
    """Name of the use case, the first part of all its asset keys. The file is called NAME.yaml."""
    description: Annotated[str, Field(min_length=1)]
    """Its purpose, in a sentence or two."""
    owners: Annotated[tuple[Annotated[str, AfterValidator(_check_owner)], ...], Field(min_length=1)]
    """Who is responsible for it: e-mail addresses or team:NAME."""
    task: Task
    """What is predicted."""
    data: Data
    """Source, columns, rules and splits."""
    privacy: Privacy = Privacy()
    """Budget, private statistics and the synthetic table."""
    features: Features = Features()
    """What a model sees."""
    training: Training = Training()
    """Families, search, calibration, threshold, evaluation."""
    assurance: Assurance = Assurance()
    """Explanations and fairness."""
    release: Release = Release()
    """Gates and registry."""
    monitoring: Monitoring = Monitoring()
    """Drift and automation."""
    documents: Documents = Documents()
    """The words of the cards."""

    @property
    def target(self) -> Column:
        """The column that is predicted."""
        return self.data.columns[self.task.target]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Raw columns that enter the features as they are, in the order of the YAML.

        The target, columns with another role than feature, excluded ones, dates, free texts and protected
        attributes that are not named in `features.use_sensitive` never do.
        """
        features, columns = self.features, self.data.columns
        wanted = features.inputs if features.inputs is not None else tuple(columns)
        return tuple(
            name
            for name in columns
            if name in wanted
            and name != self.task.target
            and name not in features.exclude
            and columns[name].role == "feature"
            and columns[name].type not in ("date", "text")
            and (not columns[name].sensitive or name in features.use_sensitive)
        )

    @property
    def model_columns(self) -> tuple[str, ...]:
        """Raw columns that a model sees, as they are or through derived features, in the order of the YAML."""
        behind = {name for names in raw_lineage(self.features).values() for name in names}
        return tuple(name for name in self.data.columns if name in self.inputs or name in behind)

    @property
    def fairness_attributes(self) -> tuple[str, ...]:
        """Protected attributes that fairness is measured over."""
        declared = self.assurance.fairness.attributes
        return declared if declared is not None else self.data.sensitive

    @property
    def model_name(self) -> str:
        """Name in the MLflow registry."""
        return self.release.registry.model_name or self.name

    @property
    def direction(self) -> Direction:
        """What the decisions are called; the favourable outcomes are all positive ones, or none of them is."""
        positives, name = self.task.positives, self.task.target
        favourable = self.assurance.fairness.favourable
        yes = " or ".join(map(self.target.label, positives))
        values = [False, True] if self.target.type == "boolean" else self.target.codes
        others = [self.target.label(value) for value in values if value not in positives]
        no = f"= {others[0]}" if len(others) == 1 else f"not {yes}"
        return Direction(
            decisions=(f"{name} {no}", f"{name} = {yes}"),
            favourable=None if favourable is None else int(favourable[0] in positives),
        )

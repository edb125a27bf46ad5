"""Protocols: what the module of each kind of plugin defines. `plugins.load` holds a module against them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from mlops_assets.plugins.declarations import Choice, Range, Scalar, TransformParams
from mlops_assets.yaml_files.model import Model

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from mlops_assets.alerts import Alert

FeatureParams = TypeVar("FeatureParams", bound=TransformParams)
SinkParams = TypeVar("SinkParams", bound=Model)


class FileFormat(Protocol):
    """What `data.source` says of how a text file is written."""

    @property
    def encoding(self) -> str:
        """Its encoding, for example `utf-8`."""

    @property
    def delimiter(self) -> str:
        """What separates its fields."""

    @property
    def missing_values(self) -> tuple[str, ...]:
        """Texts that stand for a missing value."""


class Reader(Protocol):
    """Reads the files of one format."""

    SUFFIXES: tuple[str, ...]
    """Endings of the files that it takes, in lower case."""

    def read(self, path: Path, source: FileFormat, columns: Collection[str]) -> pd.DataFrame | pa.Table:
        """Return the file's table, columns in the order of the file; raise DataError where it is none.

        A format with types of its own gives a frame; one that holds texts only gives a table of strings, null where a
        value is missing. `columns` are those that are declared; others may hold anything.
        """


class Synthesizer(Protocol):
    """Fits on real rows and draws synthetic ones."""

    def synthesize(self, train: pd.DataFrame, columns: Mapping[str, Any], config: Any) -> pd.DataFrame:
        """Return `config.rows` rows of `columns`, dtypes as in `train`, the same for the same `config.seed`.

        `columns` are `use_case.data.Column`, `config` is `use_case.privacy.Synthetic`.
        """


class Transform(Protocol[FeatureParams]):
    """Computes a derived feature, each row from that row alone."""

    Params: type[FeatureParams]
    """What the YAML may say, which columns are read and the formula; `transform` is the file's name."""

    def apply(self, frame: pd.DataFrame, params: FeatureParams) -> pd.DataFrame:
        """Return a frame of the columns `params.outputs`, float64, rows as in `frame`."""


class Family(Protocol):
    """Builds the unfitted models of a family."""

    SPACE: dict[str, Range | Choice]
    """What a search tries where the YAML says nothing else."""
    DEFAULTS: dict[str, Scalar]
    """A value inside the space for each name in it."""
    FIXED: dict[str, Scalar]
    """What is held unless the YAML says otherwise."""
    PARAMETERS: tuple[str, ...]
    """Every name that `space` and `fixed` of the YAML may use."""
    EXPLAINER: Literal["tree", "linear"]
    """How SHAP explains a model of the family."""
    TYPES: dict[str, str]
    """Every type that a stored model may hold, with the reason why it is safe to build."""

    def build(self, params: dict[str, Any], seed: int, threads: int) -> Any:
        """Return an unfitted scikit-learn classifier, the same model for the same seed."""


class Sink(Protocol[SinkParams]):
    """Sends an alert somewhere."""

    Params: type[SinkParams]
    """What `params` of a notification may say."""

    def send(self, alert: Alert, params: SinkParams, root: Path) -> None:
        """Send one alert; `root` is the project's folder. Raise MlopsAssetsError where it cannot be sent."""

"""Protocols: what the module of each kind of plugin defines, and how a module is checked against it.

`plugins.load` checks every module with `shortcomings`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from string import Formatter
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

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
    """The format of a text file, as declared in `data.source`."""

    @property
    def encoding(self) -> str:
        """Its encoding, for example `utf-8`."""

    @property
    def delimiter(self) -> str:
        """The character between its fields."""

    @property
    def missing_values(self) -> tuple[str, ...]:
        """Texts that mean a missing value."""


class Reader(Protocol):
    """Reads the files of one format."""

    SUFFIXES: tuple[str, ...]
    """Suffixes of the files that it reads, in lower case."""

    def read(self, path: Path, source: FileFormat, columns: Collection[str]) -> pd.DataFrame | pa.Table:
        """Return the table of a file, columns in the order of the file; raise DataError if it cannot be read.

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
    """The keys of the YAML, the columns that are read and the formula; `transform` is the file name."""

    def apply(self, frame: pd.DataFrame, params: FeatureParams) -> pd.DataFrame:
        """Return a frame of the columns `params.outputs`, float64, rows as in `frame`."""


class Family(Protocol):
    """Builds the unfitted models of a family."""

    SPACE: dict[str, Range | Choice]
    """The default search space."""
    DEFAULTS: dict[str, Scalar]
    """The default value of each parameter in the search space."""
    FIXED: dict[str, Scalar]
    """The fixed parameters, unless the YAML changes them."""
    PARAMETERS: tuple[str, ...]
    """All names that `space` and `fixed` of the YAML may contain."""
    EXPLAINER: Literal["tree", "linear"]
    """How SHAP explains a model of the family."""
    TYPES: dict[str, str]
    """All types that a stored model may contain, each with the reason why it is safe to load."""

    def build(self, params: dict[str, Any], seed: int, threads: int) -> Any:
        """Return an unfitted scikit-learn classifier, the same model for the same seed."""


class Sink(Protocol[SinkParams]):
    """Sends an alert somewhere."""

    Params: type[SinkParams]
    """The keys of `params` of a notification."""

    def send(self, alert: Alert, params: SinkParams, root: Path) -> None:
        """Send one alert; `root` is the project's folder. Raise MlopsAssetsError if it cannot be sent."""


def shortcomings(kind: str, name: str, module: ModuleType, protocol: type) -> list[tuple[str, str]]:
    """Return each fault of a module with what was expected instead."""
    found = [*_functions(module, protocol), *_values(module, protocol), *_own_name(kind, name, module)]
    return found or list(_of_features(module))


def _functions(module: ModuleType, protocol: type) -> Iterator[tuple[str, str]]:
    members = {name: member for name, member in vars(protocol).items() if inspect.isfunction(member)}
    for name, member in members.items():
        if name.startswith("_"):
            continue
        expected = f"{name}{_signature(member)}"
        found = getattr(module, name, None)
        if not callable(found):
            yield f"it does not define {name}", expected
        elif not _takes(found, list(inspect.signature(member).parameters)[1:]):
            yield f"it defines {name}{_signature(found)}", expected


def _takes(function: Callable[..., Any], arguments: list[str]) -> bool:
    """Return whether a function can be called with these arguments, by position or by name."""
    signature = inspect.signature(function)
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return list(signature.parameters)[: len(arguments)] == arguments


def _signature(function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    parameters = [one for one in signature.parameters.values() if one.name != "self"]
    return str(signature.replace(parameters=parameters)).replace("'", "")


def _values(module: ModuleType, protocol: type) -> Iterator[tuple[str, str]]:
    for name, annotation in get_type_hints(protocol).items():
        expected = f"{name}: {protocol.__annotations__[name]}"
        if not hasattr(module, name):
            yield f"it does not define {name}", expected
            continue
        try:
            TypeAdapter(annotation).validate_python(getattr(module, name), strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            yield f"{'.'.join([name, *map(str, first['loc'][:1])])} is not right ({first['msg']})", expected


def _own_name(kind: str, name: str, module: ModuleType) -> Iterator[tuple[str, str]]:
    """Params with a key for the name of the plugin have the file name as its default."""
    field = getattr(getattr(module, "Params", None), "model_fields", {}).get(kind)
    if field is not None and field.default != name:
        yield f"the key {kind!r} of its Params is {field.default!r}", f'{kind}: Literal["{name}"] = "{name}"'


def _of_features(module: ModuleType) -> Iterator[tuple[str, str]]:
    """The parameters of a transform declare what is read and computed, because lineage and guards depend on it."""
    params = getattr(module, "Params", None)
    if not (isinstance(params, type) and issubclass(params, TransformParams)):
        return
    if not params.column_fields():
        yield "no field of its Params names a column", "a field of the type ColumnName or ColumnGroup"
    if not params.FORMULA and params.formula is TransformParams.formula:
        yield "its Params have no FORMULA", 'FORMULA = "…", the computation in words'
    keys = {key for _, key, _, _ in Formatter().parse(params.FORMULA) if key is not None}
    for key in sorted(keys - set(params.model_fields)):
        yield f"FORMULA names {key!r}, which is no field of its Params", f"one of {', '.join(params.model_fields)}"

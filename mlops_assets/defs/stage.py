"""The stage: what every asset and check of a use case has in common, in one place.

Add here what holds for all stages. What an asset computes lives in its stage's module.
"""

import functools
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeVar

import dagster as dg
import pandas as pd

from mlops_assets.data.frames import ROW, digest
from mlops_assets.defs.failures import readable
from mlops_assets.defs.metadata import verdict_metadata
from mlops_assets.defs.mlflow_status import mark_failed
from mlops_assets.defs.versions import version_of
from mlops_assets.graph import keys
from mlops_assets.graph.condition import ToMake
from mlops_assets.stores import tables
from mlops_assets.stores.rows import Projection
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import Outcome, Verdict

T = TypeVar("T")
Tables = dict[str, pd.DataFrame]
"""The rows of several splits, a table by split."""


@dataclass(frozen=True)
class Stage:
    """One stage of one use case: hands out keys, and the arguments that all its assets share."""

    use_case: UseCase
    name: str
    stale: ToMake = field(default_factory=ToMake)

    def key(self, asset: str) -> dg.AssetKey:
        """Return the key of any asset of this use case."""
        return keys.asset_key(self.use_case.name, asset)

    def ins(self, *assets: str, **parameters: str | dg.AssetIn) -> dict[str, dg.AssetIn]:
        """Return the inputs of an asset or check.

        Args:
            assets: each as a parameter of that name.
            parameters: asset, or what `rows` returned, by parameter. If rows are selected by split, the table
                `splits` becomes an input too, without a parameter.
        """
        named = {**{name: name for name in assets}, **parameters}
        found = {
            parameter: put if isinstance(put, dg.AssetIn) else dg.AssetIn(key=self.key(put))
            for parameter, put in named.items()
        }
        splits = self.key("splits")
        projected = [Projection.declared(put.metadata or {}) for put in found.values()]
        if any(one.needs_splits for one in projected) and all(put.key != splits for put in found.values()):
            found["splits_of_rows"] = dg.AssetIn(key=splits, dagster_type=dg.Nothing)
        return found

    def rows(
        self, asset: str, columns: Iterable[str | None] | None = None, *, split: str | tuple[str, ...] | None = None
    ) -> dg.AssetIn:
        """Return an input that reads only these columns and rows of a table; the parameter contains nothing else.

        Args:
            asset: a table.
            columns: its columns, besides `ROW`, which is always read; `SPLIT` means the split of each row, and
                None means no column. All columns if it is left out.
            split: only rows of this split. Of several, the parameter is a dict: a table by split.
        """
        declared: dict[str, Any] = {}
        if columns is not None:
            declared["columns"] = list(dict.fromkeys([ROW, *(name for name in columns if name is not None)]))
        if split is not None:
            declared["split"] = split if isinstance(split, str) else list(split)
        return dg.AssetIn(key=self.key(asset), metadata=declared)

    def asset(
        self,
        name: str,
        *,
        description: str,
        kinds: Iterable[str],
        code: Iterable[ModuleType | str],
        reads: Iterable[Any] = (),
        automation: dg.AutomationCondition | None = None,
        **more: Any,
    ) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
        """Return a decorator that makes an asset of a function; errors that the user can fix become its failure text.

        Args:
            name: second part of the asset's key.
            description: one or two sentences for the UI.
            kinds: libraries and formats, shown as icons.
            code: modules that make it, for the code version.
            reads: configuration that it reads, for the code version.
            automation: a further condition under which the daemon requests it, besides being stale.
            more: further arguments of `dagster.asset`.
        """

        def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
            return dg.asset(
                key=self.key(name),
                automation_condition=automation | self.stale if automation else self.stale,
                description=description,
                kinds=set(kinds),
                code_version=version_of(function.__module__, *code, reads=(*reads, *projections(more.get("ins", {})))),
                **self._common(),
                **more,
            )(readable(function))

        return decorate

    def multi_asset(
        self,
        descriptions: Mapping[str, str],
        *,
        kinds: Iterable[str],
        code: Iterable[ModuleType | str],
        reads: Iterable[Any],
        **more: Any,
    ) -> Callable[..., dg.AssetsDefinition]:
        """Return a decorator for one computation with several assets, each with its description; see `asset`."""
        common = self._common()
        hooks = common.pop("hooks")

        def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
            common["code_version"] = version_of(
                function.__module__, *code, reads=(*reads, *projections(more.get("ins", {})))
            )
            return dg.multi_asset(
                name=f"{self.use_case.name}__{function.__name__}",
                outs={
                    name: dg.AssetOut(
                        key=self.key(name),
                        automation_condition=self.stale,
                        description=description,
                        kinds=set(kinds),
                        **common,
                    )
                    for name, description in descriptions.items()
                },
                hooks=hooks,
                **more,
            )(readable(function))

        return decorate

    def check(
        self,
        asset: str,
        name: str,
        *,
        description: str,
        code: Iterable[ModuleType | str] = (),
        reads: Iterable[Any] = (),
        blocking: bool = False,
        severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
        **more: Any,
    ) -> Callable[[Callable[..., Verdict]], dg.AssetChecksDefinition]:
        """Return a decorator that makes an asset check of a function that returns a verdict.

        `code` and `reads` are as for `asset`: their version is kept with the check and with each evaluation, so
        that a plan sees that a limit has changed although the asset has not.
        """

        def decorate(function: Callable[..., Verdict]) -> dg.AssetChecksDefinition:
            projected = projections(more.get("additional_ins", {}))
            version = version_of(*code, reads=(reads, severity.value, blocking, *projected))

            @functools.wraps(function)
            def judged(*args: Any, **kwargs: Any) -> dg.AssetCheckResult:
                return check_result(readable(function)(*args, **kwargs), severity, version, blocking=blocking)

            judged.__annotations__ = {**function.__annotations__, "return": dg.AssetCheckResult}
            with warnings.catch_warnings():
                # Partitions of a check are in preview, and only they record which batch a verdict is about.
                warnings.simplefilter("ignore", dg.PreviewWarning)
                return dg.asset_check(
                    asset=self.key(asset),
                    name=name,
                    description=description,
                    blocking=blocking,
                    metadata={keys.CHECK_VERSION: version},
                    automation_condition=self.stale,
                    **more,
                )(judged)

        return decorate

    def _common(self) -> dict[str, Any]:
        return {
            "owners": list(self.use_case.owners),
            "group_name": keys.scoped(self.use_case.name, self.name),
            "tags": {keys.STAGE_TAG: self.name},
            "hooks": {mark_failed},
        }


def made(value: T, shown: Mapping[str, Any], *, version: str = "", **more: Any) -> dg.MaterializeResult[T]:
    """Return the materialization of a value.

    Args:
        value: a table or a record.
        shown: its metadata.
        version: its data version; a digest of its content where it is left out.
        more: further arguments of `dagster.MaterializeResult`.
    """
    if not version:
        version = digest(value) if isinstance(value, pd.DataFrame) else tables.record_digest(value)
    return dg.MaterializeResult(value=value, data_version=dg.DataVersion(version), metadata=shown, **more)


def projections(ins: Mapping[str, dg.AssetIn]) -> list[Any]:
    """Return what inputs read of their tables, for the code version: another projection is another input."""
    return [[name, put.metadata] for name, put in sorted(ins.items()) if put.metadata]


def check_result(
    verdict: Verdict, severity: dg.AssetCheckSeverity, version: str, *, blocking: bool = False
) -> dg.AssetCheckResult:
    """Return Dagster's form of a verdict: only `passed` passes.

    A failure has the given severity. Uncertain and not applicable are warnings, unless the check blocks: what
    must be shown before going on and was not shown stops as a failure does.
    """
    warns = verdict.outcome in (Outcome.UNCERTAIN, Outcome.NOT_APPLICABLE) and not blocking
    return dg.AssetCheckResult(
        passed=verdict.outcome is Outcome.PASSED,
        severity=dg.AssetCheckSeverity.WARN if warns else severity,
        description=verdict.reason,
        metadata={**verdict_metadata(verdict), keys.CHECK_VERSION: version},
    )

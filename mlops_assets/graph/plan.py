"""The plan: which assets and checks of a use case are stale, and why, judged by versions and not by clocks.

An asset is stale where it was never made, where its code version (code and the configuration it reads) changed, where
an input has another data version than the one it was made from, or where a file of it is missing or was changed; for
private statistics also where the privacy ledger holds less than was published. An input that is itself stale does not
make an asset stale: it may come out the same. Batches are judged by their own file and code only: a later champion does
not score history again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import dagster as dg

from mlops_assets.data.files import file_digest
from mlops_assets.graph import keys
from mlops_assets.graph.privacy_account import account_fault
from mlops_assets.graph.stored import STORED, Materialized, faults, latest
from mlops_assets.monitoring.batches import BatchFile, batch_names, list_batches
from mlops_assets.stores.layout import Layout
from mlops_assets.stores.ledger import PrivacyLedger
from mlops_assets.use_case.model import UseCase

_CODE = "dagster/code_version"
_INPUT = "dagster/input_data_version/"
_State = tuple[dg.AssetCheckKey, dg.AssetCheckEvaluation | None]


@dataclass(frozen=True)
class Stale:
    """One thing to be made again: an asset, one partition of it, or a check, with the reasons.

    Attributes:
        key: the asset.
        reasons: why, in words.
        partition: the batch, for what is made by batch.
        check: the check, where it is to be judged again by itself.
        blocked_by: the failed blocking check that holds it back.
        waits: whether something that it is made from may still come out new: it is made in a later round, so that
            no decision is taken on evidence of the day before.
    """

    key: dg.AssetKey
    reasons: tuple[str, ...]
    partition: str | None = None
    check: str | None = None
    blocked_by: str | None = None
    waits: bool = False


@dataclass(frozen=True)
class Plan:
    """What is stale in one use case.

    Attributes:
        assets: unpartitioned assets, upstream first.
        checks: checks whose asset is fresh but whose own rule changed, or that never looked at this version.
        batches: partitions of incoming batches, by batch and then upstream first.
        fresh: how many unpartitioned assets are fresh.
    """

    assets: tuple[Stale, ...]
    checks: tuple[Stale, ...]
    batches: tuple[Stale, ...]
    fresh: int

    @property
    def runnable(self) -> tuple[Stale, ...]:
        """Assets and checks that can be made now: nothing holds them back, and nothing above them comes first."""
        return tuple(s for s in (*self.assets, *self.checks) if s.blocked_by is None and not s.waits)


class Planner:
    """Compares what the definitions say with what the instance remembers."""

    def __init__(
        self,
        defs: dg.Definitions,
        instance: dg.DagsterInstance,
        use_case: UseCase,
        layout: Layout,
        has_champion: Callable[[], bool] = lambda: False,
    ) -> None:
        """Plan for one use case; `has_champion` asks the registry, for models that another instance put in force."""
        self.has_champion = has_champion
        self.again: set[tuple[str, str | None]] = set()  # assets, and batches of them, that are wanted although fresh
        self.graph = defs.resolve_asset_graph()
        self.instance, self.use_case, self.layout = instance, use_case, layout
        prefix = use_case.name
        self.order = [
            key for layer in self.graph.toposorted_asset_keys_by_level for key in sorted(layer) if key.path[0] == prefix
        ]

    def plan(self) -> Plan:
        """Return what is stale now."""
        made = {key: latest(self.instance, key) for key in self.order if not self.graph.get(key).is_partitioned}
        states = {key: tuple(self._check_states(key)) for key in made}
        failed = self._failed_blocking_checks(states)
        assets: list[Stale] = []
        held: dict[dg.AssetKey, str] = {}
        touched: set[dg.AssetKey] = set()  # stale, or made from something stale
        ready: set[dg.AssetKey] = set()  # stale, and nothing above it is to be made after it
        for key in made:
            parents = sorted(self.graph.get(key).parent_keys)
            reasons = self._reasons(key, made)
            if reasons or touched.intersection(parents):
                touched.add(key)
            if reasons:
                blocks = [failed.get(p) or held[p] for p in parents if p in failed or p in held]
                held.update({key: blocks[0]} if blocks else {})
                ready.update({key} if touched.intersection(parents) <= ready else ())
                assets.append(Stale(key, tuple(reasons), blocked_by=held.get(key), waits=key not in ready))
        fresh = {key: found for key, found in made.items() if found.exists and key not in touched}
        checks = tuple(self._stale_checks(fresh, states))
        return Plan(tuple(assets), checks, tuple(self._stale_batches(made, failed)), len(made) - len(assets))

    def ancestors(self, wanted: Iterable[dg.AssetKey]) -> frozenset[dg.AssetKey]:
        """Return every asset of this use case that `wanted` are made from, directly or not."""
        found: set[dg.AssetKey] = set()
        waiting = list(wanted)
        while waiting:
            parents = self.graph.get(waiting.pop()).parent_keys - found
            found |= parents
            waiting += parents
        return frozenset(found)

    def together(self, wanted: Iterable[dg.AssetKey]) -> set[dg.AssetKey]:
        """Return `wanted` with the assets that are always made in one computation with one of them."""
        return {
            key
            for asset in wanted
            for key in self.graph.get(asset).execution_set_entity_keys
            if isinstance(key, dg.AssetKey)
        }

    def outcomes(self, key: dg.AssetKey) -> Iterable[tuple[str, str, str]]:
        """Yield outcome, check and reason of the latest evaluation of each check of an asset.

        A partitioned check has one for each batch in the inbox; its name carries the batch.
        """
        for check, evaluation in self._check_states(key):
            found = [evaluation]
            if self.graph.get(key).is_partitioned:
                here = batch_names(self.layout.incoming(self.use_case.name))
                found = [one for one in self._by_partition(check) if one.partition in here]
            for one in found:
                if one is not None:
                    word = one.metadata.get("outcome")
                    name = check.name + (f" [{one.partition}]" if one.partition else "")
                    yield str(word.value) if word else "failed", name, one.description or ""

    def _evaluations(self, check: dg.AssetCheckKey, limit: int) -> Iterable[dg.AssetCheckEvaluation]:
        """Yield evaluations, the newest first; executions that were planned and never came to one are passed over."""
        for record in self.instance.event_log_storage.get_asset_check_execution_history(check, limit=limit):
            event = record.event.dagster_event if record.event else None
            if event is not None and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                yield event.asset_check_evaluation_data

    def _by_partition(self, check: dg.AssetCheckKey) -> Iterable[dg.AssetCheckEvaluation]:
        latest: dict[str | None, dg.AssetCheckEvaluation] = {}
        for found in self._evaluations(check, 1000):
            latest.setdefault(found.partition, found)
        return [latest[name] for name in sorted(latest, key=str)]

    def _reasons(self, key: dg.AssetKey, made: Mapping[dg.AssetKey, Materialized]) -> list[str]:
        own = made[key]
        if not own.exists:
            return ["it was never made"]
        reasons = []
        if (key.path[-1], None) in self.again:
            reasons.append("it was asked for")
        if own.tags.get(_CODE) != self.graph.get(key).code_version:
            reasons.append("its code or its configuration changed")
        for parent in sorted(self.graph.get(key).parent_keys):
            used = own.tags.get(_INPUT + parent.to_user_string())
            if parent in made and used != made[parent].data_version:
                reasons.append(f"its input {parent.path[-1]} changed")
        reasons += faults(own, self.layout, self.use_case.name)
        if key.path[-1] == "raw":
            reasons += self._source_reasons(own)
        if key.path[-1] == "private_statistics":
            ledger = PrivacyLedger(self.layout.ledger(self.use_case.name))
            reasons += filter(None, [account_fault(ledger, own)])
        return reasons

    def _source_reasons(self, own: Materialized) -> list[str]:
        path = self.layout.root / self.use_case.data.source.path
        if not path.is_file():
            return [f"its file {self.use_case.data.source.path} is gone"]
        return [] if file_digest(path) == own.data_version else [f"its file {self.use_case.data.source.path} changed"]

    def _check_states(self, key: dg.AssetKey) -> Iterable[_State]:
        for check in sorted(self.graph.get_check_keys_for_assets({key}), key=lambda check: check.name):
            yield check, next(iter(self._evaluations(check, 20)), None)

    def _stale_checks(
        self, fresh: Mapping[dg.AssetKey, Materialized], states: Mapping[dg.AssetKey, Iterable[_State]]
    ) -> Iterable[Stale]:
        for key, made in fresh.items():
            for check, evaluation in states[key]:
                wanted = self.graph.get(check).metadata.get(keys.CHECK_VERSION)
                if evaluation is None:
                    yield Stale(key, ("it has never been evaluated",), check=check.name)
                    continue
                known = evaluation.metadata.get(keys.CHECK_VERSION)
                target = evaluation.target_materialization_data
                if known is None or known.value != wanted:
                    yield Stale(key, ("its code or its limits changed",), check=check.name)
                elif target and target.run_id != made.run_id:
                    yield Stale(key, ("it judged an earlier version",), check=check.name)

    def _failed_blocking_checks(self, states: Mapping[dg.AssetKey, Iterable[_State]]) -> dict[dg.AssetKey, str]:
        failed = {}
        for key, of_asset in states.items():
            for check, evaluation in of_asset:
                stops = evaluation is not None and not evaluation.passed and evaluation.blocking
                if stops and evaluation and evaluation.severity == dg.AssetCheckSeverity.ERROR:
                    failed[key] = f"{key.path[-1]}:{check.name} failed: {evaluation.description}"
        return failed

    def _stale_batches(
        self, made: Mapping[dg.AssetKey, Materialized], failed: Mapping[dg.AssetKey, str]
    ) -> Iterable[Stale]:
        files = list_batches(self.layout.incoming(self.use_case.name))
        partitioned = [key for key in self.order if self.graph.get(key).is_partitioned]
        followers = {key for key in partitioned if self.graph.get(key).parent_keys & set(partitioned)}
        stopped = self._stopped_batches(partitioned) if files else {}
        unscored = self._why_no_champion(made, failed) if files else None
        for file in files:
            changed = False
            for key in partitioned:
                reason = self._batch_reason(key, file, changed)
                if not reason:
                    continue
                held = None if changed else stopped.get(file.name)
                blocked_by = (held or unscored) if key in followers else None
                # Rows that are received again from the same file are the same rows: no later champion scores them.
                changed = changed or (blocked_by is None and (key in followers or not reason.startswith(STORED)))
                yield Stale(key, (reason,), partition=file.name, blocked_by=blocked_by)

    def _why_no_champion(
        self, made: Mapping[dg.AssetKey, Materialized], failed: Mapping[dg.AssetKey, str]
    ) -> str | None:
        """Return why no batch can be scored, where no model was ever put in force; None where one was."""
        key = keys.asset_key(self.use_case.name, "deployment")
        if made[key].exists or self.has_champion():
            return None
        gates = [failed[parent] for parent in sorted(self.graph.get(key).parent_keys) if parent in failed]
        return ": ".join(["no champion is in force", *gates])

    def _batch_reason(self, key: dg.AssetKey, file: BatchFile, changed: bool) -> str:
        """Return why an asset of a batch is stale, the empty string where it is not.

        `changed` tells whether something that it is made from is made again.
        """
        own = latest(self.instance, key, file.name)
        if not own.exists:
            return "it was never made"
        if own.tags.get(_CODE) != self.graph.get(key).code_version:
            return "its code or its configuration changed"
        if key == keys.asset_key(self.use_case.name, "incoming") and own.data_version != file.digest:
            return "the file of this batch changed"
        if self.again.intersection({(key.path[-1], None), (key.path[-1], file.name)}):
            return "it was asked for"
        return "; ".join(faults(own, self.layout, self.use_case.name)) or ("the batch is made again" if changed else "")

    def _stopped_batches(self, partitioned: Iterable[dg.AssetKey]) -> dict[str, str]:
        """Return the batches whose blocking check failed, with the reason."""
        stopped: dict[str, str] = {}
        for check in self.graph.get_check_keys_for_assets(set(partitioned)):
            for found in self._by_partition(check):
                if found.partition and found.blocking and not found.passed:
                    stopped[found.partition] = f"{found.asset_key.path[-1]}:{check.name} failed: {found.description}"
        return stopped

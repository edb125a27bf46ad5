"""The plan: which assets and checks are stale, and why, decided by versions and not by times. It knows no use case.

An asset, or one partition of it, is stale where it was never made, where its code version (code and the configuration
that it reads) changed, where an input has another data version than the one it was made from, or where something it
left behind is damaged. An input that is itself stale does not make an asset stale: it may come out the same. So an
asset waits while anything above it may still come out new.

An unpartitioned input of a partition has to exist, and its later versions do not count: a later champion does not
score history again.
"""

from collections.abc import Iterable, Iterator, Mapping

import dagster as dg

from mlops_assets.graph import keys
from mlops_assets.graph.dagster_internals import AssetGraph, version_of_partition
from mlops_assets.graph.stale import Node, Outside, Plan, Source, Stale, fingerprint
from mlops_assets.graph.stored import Materialized, latest, latest_evaluations


class Planner:
    """Compares the definitions below one prefix with what the instance remembers and what there is outside of it."""

    def __init__(self, graph: AssetGraph, instance: dg.DagsterInstance, prefix: str, outside: Outside) -> None:
        self.graph, self.instance, self.prefix, self.outside = graph, instance, prefix, outside
        found = [key for layer in graph.toposorted_asset_keys_by_level for key in sorted(layer)]
        self.order = [key for key in found if key.path[0] == prefix and graph.get(key).is_materializable]
        parents = {parent for key in self.order for parent in graph.get(key).parent_keys}
        self.sources = sorted(parent for parent in parents if graph.get(parent).is_external)  # observed, not made

    def plan(self, again: frozenset[tuple[str, str | None]] = frozenset()) -> Plan:
        """Return what is stale now; `again` names assets, and batches of them, that are wanted although fresh."""
        look = _Look(self, again)
        for partition in (None, *look.partitions):
            for key in self.order:
                if self.graph.get(key).is_partitioned is (partition is not None):
                    look.judge((key, partition))
        assets = tuple(stale for stale in look.stale.values() if stale.partition is None)
        batches = tuple(stale for stale in look.stale.values() if stale.partition is not None)
        unpartitioned = sum(not self.graph.get(key).is_partitioned for key in self.order)
        return Plan(assets, tuple(look.checks), batches, unpartitioned - len(assets))

    def partitions(self) -> list[str]:
        """Return the partitions whose source is there at the moment."""
        return _names(self.outside.arrived(key) for key in self.sources if self.graph.get(key).is_partitioned)

    def together(self, wanted: Iterable[dg.AssetKey]) -> set[dg.AssetKey]:
        """Return `wanted` with the assets that are always made in one computation with one of them."""
        return {
            key
            for asset in wanted
            for key in self.graph.get(asset).execution_set_entity_keys
            if isinstance(key, dg.AssetKey)
        }

    def evaluated(
        self, key: dg.AssetKey, partitions: list[str]
    ) -> Iterator[tuple[dg.AssetCheckKey, dict[str | None, dg.AssetCheckEvaluation]]]:
        """Yield each check of an asset, by name, with its latest evaluations by these partitions, if it has any."""
        here: list[str | None] = [*partitions] if self.graph.get(key).is_partitioned else [None]
        for check in sorted(self.graph.get_check_keys_for_assets({key}), key=lambda check: check.name):
            yield check, latest_evaluations(self.instance, check, here)

    def outcomes(self, key: dg.AssetKey) -> Iterator[tuple[str, str, str]]:
        """Yield outcome, check and reason of the latest evaluation of each check of an asset.

        A partitioned check has one for each partition whose source is there; its name carries the partition.
        """
        for check, found in self.evaluated(key, self.partitions()):
            for one in (found[name] for name in sorted(found, key=str)):
                word = one.metadata.get("outcome")
                name = check.name + (f" [{one.partition}]" if one.partition else "")
                yield str(word.value) if word else "failed", name, one.description or ""


def _names(arrived: Iterable[Mapping[str | None, Source]]) -> list[str]:
    return sorted({name for found in arrived for name in found if name is not None})


class _Look:
    """One pass over all assets, upstream first; the state of what is upstream decides about what is downstream.

    What arrived from outside is looked at once, so that a file that changes meanwhile counts as one version.
    """

    def __init__(self, planner: Planner, again: frozenset[tuple[str, str | None]]) -> None:
        self.planner, self.again = planner, again
        self.graph, self.instance, self.outside = planner.graph, planner.instance, planner.outside
        self.arrived = {key: self.outside.arrived(key) for key in planner.sources}
        self.partitions = _names(found for key, found in self.arrived.items() if self.graph.get(key).is_partitioned)
        self.stale: dict[Node, Stale] = {}
        self.checks: list[Stale] = []
        self.made: dict[Node, Materialized] = {}
        self.touched: set[Node] = set()  # stale, or made from something stale
        self.unsettled: set[Node] = set()  # fresh, and a blocking check must be evaluated first
        self.failed: dict[Node, str] = {}  # by a blocking check
        self.evaluated = {key: list(planner.evaluated(key, self.partitions)) for key in planner.order}

    def judge(self, node: Node) -> None:
        """Judge an asset or a partition of it, with its checks."""
        key, partition = node
        own = self.made[node] = latest(self.instance, key, partition)
        parents = self._parents(node)
        beside = [parent for parent in parents if parent[1] == partition]  # made in the same rounds
        reasons = tuple(self._reasons(node, own))
        if reasons or self.touched.intersection(beside):
            self.touched.add(node)
        if reasons:
            blocked_by = self._blocked_by(parents, beside)
            touched = self.touched.intersection(beside)
            waits = any(p not in self.stale or self.stale[p].waits for p in touched)
            first = [self.stale[p] for p in parents if p not in beside and p in self.stale]  # inputs of a partition
            waits = waits or bool(self.unsettled.intersection(parents)) or any(p.blocked_by is None for p in first)
            mark = fingerprint(self.graph.get(key).code_version, *self._seen(node, own, parents))
            self.stale[node] = Stale(key, reasons, partition, None, blocked_by, waits, mark)
        for check, found in self.evaluated[key]:
            self._judge_check(check, found.get(partition), node, own)

    def _parents(self, node: Node) -> list[Node]:
        key, partition = node
        parents = sorted(self.graph.get(key).parent_keys)
        made = [parent for parent in parents if not self.graph.get(parent).is_external]
        return [(parent, partition if self.graph.get(parent).is_partitioned else None) for parent in made]

    def _reasons(self, node: Node, own: Materialized) -> Iterator[str]:
        key, partition = node
        if not own.exists:
            yield "it was never made"
            return
        if self.again.intersection({(key.path[-1], None), (key.path[-1], partition)}):
            yield "it was requested"
        wanted = self.graph.get(key).code_version
        if wanted is not None and own.tags.get(keys.CODE) != wanted:
            yield "its code or its configuration changed"
        for parent in sorted(self.graph.get(key).parent_keys):
            if reason := self._changed(parent, partition, own):
                yield reason
        yield from self.outside.faults(key, own)

    def _changed(self, parent: dg.AssetKey, partition: str | None, own: Materialized) -> str:
        """Return why an input makes stale what was made from it, the empty string where it does not."""
        used = own.tags.get(keys.input_tag(parent))
        described = self.graph.get(parent)
        if described.is_external:
            source = self.arrived[parent].get(partition)
            if source is None or source.version == used:
                return ""
            return f"{source.what} {'is gone' if source.version is None else 'changed'}"
        made = self.made.get((parent, partition))
        if made is None:
            return ""  # an unpartitioned input of a partition, or an asset of another use case
        version = made.data_version
        if described.is_partitioned and version is not None:
            version = version_of_partition(version)
        return "" if version in (used, None) else f"its input {parent.path[-1]} changed"

    def _blocked_by(self, parents: list[Node], beside: list[Node]) -> str | None:
        for parent in parents:
            found = self.failed.get(parent) or (parent in beside and parent in self.stale and self._held(parent))
            if found:
                return found
        for parent in parents:
            if parent not in beside and not self.made[parent].exists:
                missing = self.outside.missing(parent[0])
                if missing:
                    return ": ".join(filter(None, [missing, self._held(parent)]))
        return None

    def _held(self, node: Node) -> str | None:
        return self.stale[node].blocked_by if node in self.stale else None

    def _seen(self, node: Node, own: Materialized, parents: list[Node]) -> Iterator[str]:
        """Yield what the decision is based on: a failed attempt is repeated once any of it has changed.

        What is made in the same run as `node` is no other input after that run than it was before.
        """
        attempt = self.instance.event_log_storage.get_latest_planned_materialization_info(*node)
        failed = attempt.run_id if attempt is not None and attempt.run_id != own.run_id else None
        for parent in parents:
            made = self.made.get(parent, Materialized())
            together = parent in self.stale or (failed is not None and made.run_id == failed)
            yield f"{parent[0].to_user_string()} {'' if together else (made.data_version, made.run_id)}"
        yield from self.outside.faults(node[0], own) if own.exists else ()
        for source in sorted(self.graph.get(node[0]).parent_keys):
            found = self.arrived[source].get(node[1]) if self.graph.get(source).is_external else None
            if found is not None:
                yield f"{source.to_user_string()} {found.version}"

    def _judge_check(
        self, check: dg.AssetCheckKey, found: dg.AssetCheckEvaluation | None, node: Node, own: Materialized
    ) -> None:
        key, partition = node
        if found and found.blocking and not found.passed and found.severity == dg.AssetCheckSeverity.ERROR:
            self.failed[node] = f"{key.path[-1]}:{check.name} failed: {found.description}"
        if not own.exists or node in self.touched:
            return
        wanted = self.graph.get(check).metadata.get(keys.CHECK_VERSION)
        reason = _why_judge_again(found, wanted, own)
        if reason:
            mark = fingerprint(wanted, own.run_id)
            self.checks.append(Stale(key, (reason,), partition, check.name, None, False, mark))
            if self.graph.get(check).blocking:
                self.unsettled.add(node)


def _why_judge_again(found: dg.AssetCheckEvaluation | None, wanted: object, own: Materialized) -> str:
    """Return why a check of a fresh asset is stale by itself, the empty string where it is not."""
    if found is None:
        return "it has never been evaluated"
    known = found.metadata.get(keys.CHECK_VERSION)
    if (known.value if known else None) != wanted:
        return "its code or its limits changed"
    target = found.target_materialization_data
    return "it evaluated an earlier version" if target and target.run_id != own.run_id else ""

"""What a plan says: what is stale, why, what holds it back, and a mark of all that was judged."""

import hashlib
import json
from dataclasses import dataclass

import dagster as dg

Node = tuple[dg.AssetKey, str | None]
"""An asset, and the partition of it where it has any."""


@dataclass(frozen=True)
class Stale:
    """One thing to be made again: an asset, one partition of it, or a check, with the reasons.

    Attributes:
        key: the asset.
        reasons: why, in words.
        partition: the batch, for what is made by batch.
        check: the check, where it is to be judged again by itself.
        blocked_by: what holds it back: a blocking check that failed, or an input that was never made.
        waits: whether something that it is made from may still come out new: it is made in a later round, so that
            no decision is taken on evidence of the day before.
        mark: hash of what was judged. An attempt that failed is not repeated while it is the same.
    """

    key: dg.AssetKey
    reasons: tuple[str, ...]
    partition: str | None = None
    check: str | None = None
    blocked_by: str | None = None
    waits: bool = False
    mark: str = ""

    @property
    def is_runnable(self) -> bool:
        """Whether it can be made now: nothing holds it back, and nothing above it comes first."""
        return self.blocked_by is None and not self.waits

    @property
    def entity(self) -> dg.AssetKey | dg.AssetCheckKey:
        """The asset, or the check, that is to be executed."""
        return self.key if self.check is None else dg.AssetCheckKey(self.key, self.check)

    @property
    def name(self) -> str:
        """The name for people: asset, batch and check."""
        partition = f" [{self.partition}]" if self.partition else ""
        return self.key.to_user_string() + partition + (f" : {self.check}" if self.check else "")


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
    def everything(self) -> tuple[Stale, ...]:
        """All that is stale."""
        return (*self.assets, *self.checks, *self.batches)

    @property
    def runnable(self) -> tuple[Stale, ...]:
        """All that can be made now."""
        return tuple(stale for stale in self.everything if stale.is_runnable)


def fingerprint(version: object, *seen: str) -> str:
    """Return a short hash of what was judged: the wanted version, and what something is made from."""
    return hashlib.sha256(json.dumps([str(version), *seen]).encode()).hexdigest()[:16]

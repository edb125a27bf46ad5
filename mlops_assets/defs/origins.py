"""Origins: which materialization a figure of a card came from, and what was deployed last."""

import datetime as dt

import dagster as dg

from mlops_assets.defs.corridor import Corridor
from mlops_assets.documents.checks import Deployed
from mlops_assets.documents.evidence import Origin


class Origins:
    """Looks up the latest materializations of a use case in Dagster's event log."""

    def __init__(self, instance: dg.DagsterInstance, corridor: Corridor) -> None:
        self.instance, self.corridor = instance, corridor

    def __call__(self, noun: str) -> Origin:
        """Return the latest materialization of an asset."""
        key = self.corridor.key(noun)
        event = self.instance.get_latest_materialization_event(key)
        if event is None:
            return Origin(key.to_user_string(), "", "")
        moment = dt.datetime.fromtimestamp(event.timestamp, tz=dt.UTC)
        return Origin(key.to_user_string(), event.run_id, moment.isoformat(timespec="seconds"))

    def data_version(self, noun: str) -> str:
        """Return the data version of the latest materialization of an asset, empty where there is none."""
        event = self.instance.get_latest_materialization_event(self.corridor.key(noun))
        found = event.asset_materialization if event else None
        return (found.tags or {}).get("dagster/data_version", "") if found else ""

    def deployed(self) -> Deployed | None:
        """Return the last deployment, None where there was none."""
        event = self.instance.get_latest_materialization_event(self.corridor.key("deployment"))
        found = event.asset_materialization if event else None
        if found is None:
            return None
        version, fingerprint = (found.metadata[name].value for name in ("registry/version", "model/fingerprint"))
        return Deployed(str(version), str(fingerprint), self("deployment").timestamp)

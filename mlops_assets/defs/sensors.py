"""The sensor of alerts: sends each check result that did not pass to the sinks of the environment."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from mlops_assets import plugins
from mlops_assets.alerts import Alert
from mlops_assets.defs.failures import readable
from mlops_assets.defs.resources import Workspace
from mlops_assets.use_case.environment import Daemon
from mlops_assets.verdicts import Outcome

_PAGE = 200
_OVERLAP = 900.0  # Seconds: how much later than a finished one a result may be written that is older than it.


def alert_sensor(checks: Iterable[dg.AssetCheckKey], daemon: Daemon) -> dg.SensorDefinition:
    """Return the sensor that sends every check result that did not pass to the sinks of the environment.

    A failed non-blocking check leaves a run green, so run-failure sensors never see it. An alert is sent at least
    once: the cursor moves only after every sink has taken every alert of the tick. On the first tick only the latest
    result of each check counts, so that switching the sensor on does not send old history.
    """
    watched = tuple(sorted(checks, key=lambda check: check.to_user_string()))

    @dg.sensor(
        name="check_alerts",
        minimum_interval_seconds=daemon.interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends every check result that did not pass to the notification sinks of the environment.",
    )
    @readable
    def check_alerts(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SkipReason:
        cursor: dict[str, Any] = json.loads(context.cursor or "{}")
        since, sent = cursor.get("since"), set(cursor.get("sent", ()))
        results = [result for check in watched for result in _results(context.instance, check, since)]
        wanted = [event for number, event, counts in results if counts and number not in sent]
        alerts = [_alert(event) for event in sorted(wanted, key=lambda event: event.timestamp)]
        for alert in filter(None, alerts):
            _send(alert, workspace)
        newest = max((event.timestamp for _, event, _ in results), default=since or 0.0)
        kept = sorted(number for number, event, _ in results if event.timestamp >= newest - _OVERLAP)
        context.update_cursor(json.dumps({"since": newest, "sent": kept}))
        return dg.SkipReason(f"{len(alerts) - alerts.count(None)} alerts sent")

    return check_alerts


def _results(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, since: float | None
) -> Iterator[tuple[int, dg.EventLogEntry, bool]]:
    """Yield number and event of each result of a check, and whether an alert may come of it.

    They begin at a moment, and somewhat before it for steps that finish out of order.

    Without a moment all of them, of which only the latest of each partition counts. It reads the history of the
    check, which every event log storage has, and not the event log, which the default SQLite storage keeps apart
    for each run.
    """
    before: int | None = None
    seen: set[str | None] = set()
    while True:
        page = instance.event_log_storage.get_asset_check_execution_history(check, limit=_PAGE, cursor=before)
        for record in page:
            event = record.event
            if event is None or event.dagster_event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                continue
            partition = event.get_dagster_event().asset_check_evaluation_data.partition
            if since is None or event.timestamp >= since - _OVERLAP:
                yield record.id, event, since is not None or partition not in seen
            seen.add(partition)
        if len(page) < _PAGE or (since is not None and page[-1].create_timestamp < since - _OVERLAP):
            return
        before = page[-1].id


def _alert(entry: dg.EventLogEntry) -> Alert | None:
    found = entry.get_dagster_event().asset_check_evaluation_data
    if found.passed:
        return None
    values = {name: value.value for name, value in found.metadata.items() if not name.startswith("mlops_assets/")}
    outcome = Outcome(str(values.pop("outcome", Outcome.FAILED)))
    if outcome is Outcome.NOT_APPLICABLE:
        return None
    if found.partition:
        values["batch"] = found.partition
    return Alert(
        use_case=found.asset_key.path[0],
        asset=found.asset_key.to_user_string(),
        check=found.check_name,
        outcome=outcome,
        severity="error" if found.severity == dg.AssetCheckSeverity.ERROR else "warning",
        description=found.description or "no reason was given",
        run_id=entry.run_id,
        timestamp=dt.datetime.fromtimestamp(entry.timestamp, tz=dt.UTC).isoformat(timespec="seconds"),
        metadata={name: value for name, value in values.items() if isinstance(value, (str, int, float, bool))},
    )


def _send(alert: Alert, workspace: Workspace) -> None:
    for notification in workspace.environment.notifications:
        sink = plugins.load("sink", notification.sink)
        sink.send(alert, sink.Params(**notification.params), workspace.layout.root)

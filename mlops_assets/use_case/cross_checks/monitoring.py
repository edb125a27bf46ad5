"""Checks of `monitoring`: columns that can be watched, and a time zone that exists."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator

from mlops_assets.errors import suggestion
from mlops_assets.use_case.cross_checks.scope import Scope
from mlops_assets.use_case.monitoring import not_compared
from mlops_assets.yaml_files.document import Problem, shown

_DRIFT = ("monitoring", "drift")
_ZONE = ("monitoring", "automation", "timezone")


def check_watched(scope: Scope) -> Iterator[Problem]:
    """Watched columns exist, are part of a batch, can be compared, and do not change by design."""
    path, names = (*_DRIFT, "columns"), scope.case.monitoring.drift.columns
    yield from scope.unknown_columns(path, names)
    for place, name in scope.items(path, names):
        column = scope.columns.get(name)
        if name == scope.target:
            fix = "remove it: batches do not contain it; the prediction is always watched"
            yield Problem(place, "the target cannot be watched", "other columns", shown(name), fix)
        elif column is not None and (why := not_compared(column)):
            fix = "remove it here" + (f"; or remove calendar: true from {name!r}" if column.calendar else "")
            yield Problem(place, why, "numbers, categories or booleans with role: feature", shown(name), fix)


def check_timezone(scope: Scope) -> Iterator[Problem]:
    """The time zone is one of the IANA database."""
    zone = scope.case.monitoring.automation.timezone
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        hint = suggestion(zone, zoneinfo.available_timezones())
        yield Problem(_ZONE, "there is no such time zone", "an IANA name such as Europe/Berlin", shown(zone), hint)

"""Failures: how an exception becomes one sentence in Dagster's event log, without any secret in it."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import dagster as dg

from mlops_assets.errors import MlopsAssetsError, known_fault
from mlops_assets.redaction import gives_away, redact

_INTERRUPTED = "the step was interrupted; the next run completes it"


def readable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` with errors that the user can fix raised as a `dagster.Failure` of one sentence.

    A fault of this program keeps its traceback, unless that would show a secret. An interruption stays one, so that
    the run stops.
    """
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            yield from _say(lambda: list(function(*args, **kwargs)))

        return generator

    @functools.wraps(function)
    def body(*args: Any, **kwargs: Any) -> Any:
        return _say(function, *args, **kwargs)

    return body


def reason_of(failed: dg.DagsterEvent) -> str:
    """Return why a step failed: the description of its failure, else the root cause of what it raised."""
    failure = failed.step_failure_data
    said, errors = failure.user_failure_data, causes(failure.error)
    if said is not None and said.description:
        return said.description
    return str(errors[-1].message).strip() if errors else "it failed"


def causes(error: Any) -> list[Any]:
    """Return an error as Dagster records it, and all that it was raised from: the first cause comes last."""
    return [] if error is None else [error, *causes(error.cause)]


def _say(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return function(*args, **kwargs)
    except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
        raise dg.DagsterExecutionInterruptedError(_INTERRUPTED) from None
    except Exception as error:
        shows = gives_away(error)
        known = error if isinstance(error, MlopsAssetsError) else known_fault(error)
        if known is None and not shows:
            raise
        text = str(known) if known is not None else redact(f"{type(error).__name__}: {error}")
        raise dg.Failure(description=text, allow_retries=False) from (None if shows else error)

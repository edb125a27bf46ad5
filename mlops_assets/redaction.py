"""Redaction: what must never show in a message, a log line or a stored event.

Holds the values that came in by `${NAME}`, for the whole process, because a driver that fails deep inside a library
knows nothing of the configuration that its address came from. Nothing else may keep state here.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

SHORTEST_HIDDEN = 4
"""Values of fewer characters occur in ordinary words, and are not replaced."""
_SECRET = "password|passwd|pwd|passphrase|secret|token|(?:api|access|private|account)[_-]?key|credential"  # noqa: S105 - names, no secret
SECRET_NAME = rf"[\w-]*(?:{_SECRET})[\w-]*"
"""Names of parameters whose values are secret, as a regular expression."""
USER_INFO = re.compile(r"(?<=://)[^/\s]+@")
"""User and password of an address, with the @ behind them."""
_QUERY = re.compile(r"([?&][\w.%\[\]-]+=)[^&\s'\"<>)#]+")
_ASSIGNED = re.compile(
    rf"""\b({SECRET_NAME})(\s*=\s*|["']\s*:\s*(?=["']))("[^"]*"|'[^']*'|(?:\$\{{\w+\}}|[^\s,;&)\]}}])+)""",
    re.IGNORECASE,
)

_hidden: dict[str, str] = {}  # text to replace -> what stands in its place


def hide(name: str, value: str) -> None:
    """Never show the value of a variable again in this process, in any of the ways in which it may be written.

    A password or a query value inside an address counts as a value of its own.
    """
    address = urlsplit(value) if "://" in value else None
    parts = [value]
    if address is not None:
        parts += [address.password or "", *(found for _, found in parse_qsl(address.query))]
    for part in parts:
        ways = (part, unquote(part), quote(part), quote(part, safe=""), quote_plus(part), repr(part)[1:-1])
        for text in (*ways, json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]):
            if len(text) >= SHORTEST_HIDDEN:
                _hidden[text] = f"${{{name}}}"
    _redact_logs()


def redact(text: str) -> str:
    """Return a text without the values of `hide`, and without what the form of an address or assignment gives away.

    >>> redact("cannot reach https://anna:secret@mlflow.example/api?key=1 with password='a b'")
    'cannot reach https://***@mlflow.example/api?key=*** with password=***'
    """
    for value in sorted(_hidden, key=len, reverse=True):
        if value in text:
            text = text.replace(value, _hidden[value])
    text = _QUERY.sub(r"\1***", USER_INFO.sub("***@", text))
    return _ASSIGNED.sub(r"\1\2***", text)


def gives_away(error: BaseException) -> bool:
    """Return whether the traceback of an error, its causes included, shows what `redact` takes out."""
    shown = "".join(traceback.format_exception(error))
    return redact(shown) != shown


def _redact_logs() -> None:
    """Redact every log record of this process from now on, whichever library writes it."""
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def redacted(*args: object, **kwargs: object) -> logging.LogRecord:
        record = make(*args, **kwargs)
        message = record.getMessage()
        shown = redact(message)
        if shown != message:
            record.msg, record.args = shown, ()
        if record.exc_info and record.exc_info[1] is not None and gives_away(record.exc_info[1]):
            record.exc_text = redact("".join(traceback.format_exception(record.exc_info[1])))
            record.exc_info = None
        return record

    redacted.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(redacted)

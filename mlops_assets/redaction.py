"""Redaction: keeps secrets out of messages, logs and stored events.

Holds the values of `${NAME}` references for the whole process, because a driver that fails inside a library does not
know which part of its address was secret. Nothing else may keep state here.
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

_hidden: dict[str, str] = {}  # text to replace -> its replacement


def hide(name: str, value: str) -> None:
    """Hide the value of a variable in this process from now on, in every form in which it may be written.

    The password and the query values inside an address are hidden as well.
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
    """Return a text without hidden values, and without passwords and keys in addresses and assignments.

    >>> redact("cannot reach https://anna:secret@mlflow.example/api?key=1 with password='a b'")
    'cannot reach https://***@mlflow.example/api?key=*** with password=***'
    """
    for value in sorted(_hidden, key=len, reverse=True):
        if value in text:
            text = text.replace(value, _hidden[value])
    text = _QUERY.sub(r"\1***", USER_INFO.sub("***@", text))
    return _ASSIGNED.sub(r"\1\2***", text)


def gives_away(error: BaseException) -> bool:
    """Return whether the traceback of an error, including its causes, contains text that `redact` removes."""
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

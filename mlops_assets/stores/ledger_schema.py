"""The tables and triggers of the privacy ledger. A file whose schema differs from this by one character is refused.

Change it only together with a way to read the ledgers that exist: what they say was spent must never be lost.
"""

from __future__ import annotations

APPLICATION_ID = 0x4D4C4150
"""Tells a ledger from any other SQLite file."""
_CLOCK = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

SCHEMA: dict[str, str] = {
    "reservation": f"""CREATE TABLE reservation (
        number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,
        epsilon TEXT NOT NULL CHECK (CAST(epsilon AS REAL) > 0), cap TEXT NOT NULL,
        purpose TEXT NOT NULL, reserved_at TEXT NOT NULL DEFAULT ({_CLOCK}))""",
    "publication": f"""CREATE TABLE publication (
        key TEXT NOT NULL PRIMARY KEY REFERENCES reservation(key), payload TEXT NOT NULL,
        published_at TEXT NOT NULL DEFAULT ({_CLOCK}))""",
}
"""SQL of every table and trigger, by name, exactly as SQLite keeps it."""
for _event, _table, _when in (
    ("UPDATE", "reservation", ""),
    ("DELETE", "reservation", ""),
    ("UPDATE", "publication", ""),
    ("DELETE", "publication", ""),
    # REPLACE deletes without firing delete triggers, so a twin is refused before it can replace the first.
    ("INSERT", "reservation", "WHEN EXISTS (SELECT 1 FROM reservation WHERE key = NEW.key OR number = NEW.number)"),
    ("INSERT", "publication", "WHEN EXISTS (SELECT 1 FROM publication WHERE key = NEW.key)"),
):
    SCHEMA[f"{_table}_{_event.lower()}"] = (
        f"CREATE TRIGGER {_table}_{_event.lower()} BEFORE {_event} ON {_table} {_when} "
        "BEGIN SELECT RAISE(ABORT, 'the privacy ledger is append-only'); END"
    )

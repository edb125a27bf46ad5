"""The privacy ledger: a durable, append-only account of epsilon, one SQLite file per use case.

Holds the order of events that makes a private release safe: first the charge is committed, then noise is drawn, then
the release is committed, and that last commit is the only publication. Add nothing here that knows what is released;
a payload is text. Whoever deletes the file deletes the account: back it up (see `storage.ledger`).
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mlops_assets.errors import BudgetError, IntegrityError
from mlops_assets.folders import private_folder

_BUSY_SECONDS = 60.0
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
"""SQL of every table and trigger, by name, exactly as SQLite keeps it. A file that differs by one character is refused.

Change it only together with a way to read the ledgers that exist: what they say was spent must never be lost.
"""
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


@dataclass(frozen=True)
class Entry:
    """One charge of the ledger.

    Attributes:
        number: position in the ledger, from 1.
        key: what was released: the digest of data and configuration.
        epsilon: its cost.
        cap: the cap that applied when it was charged.
        purpose: what it was for, in words.
        reserved_at: when it was charged, ISO 8601, UTC, by the clock of SQLite.
        published_at: when its release was published; None while that has not happened. The charge counts anyway.
    """

    number: int
    key: str
    epsilon: float
    cap: float
    purpose: str
    reserved_at: str
    published_at: str | None


class PrivacyLedger:
    """An append-only account of epsilon in one SQLite file, safe under concurrent processes and under `kill -9`.

    Epsilons add up (basic composition: Dwork and Roth, "The Algorithmic Foundations of Differential Privacy", 2014,
    theorem 3.16). They are kept as the decimal texts that the YAML shows and added as exact fractions, so ten times
    0.1 is 1.0 and fits a cap of 1.0. Every write is one `BEGIN IMMEDIATE` transaction with `synchronous=EXTRA`, which
    is FULL and also flushes the folder, so what was committed survives a loss of power. Triggers abort UPDATE, DELETE
    and REPLACE; a file whose tables or triggers differ from these is refused.

    Args:
        path: the ledger's file. It is made, with its folders, by the first release.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def release(self, key: str, *, epsilon: float, cap: float, purpose: str, draw: Callable[[], str]) -> str:
        """Return the text published for `key`, always the same one, charging and drawing it if there is none yet.

        The charge is committed before `draw` is called. Where the process dies in between, or `draw` raises, the
        charge stays; the next call with the same key goes on from it without a second charge, which is sound because
        nothing was published. Two processes may both draw for one key: the first commit is published, and both
        return it. `draw` must therefore not pass its result on elsewhere.

        Args:
            key: names data and configuration of the release completely, for example a hash of both.
            epsilon: its cost, above 0. The same key always has the same cost.
            cap: largest sum of epsilon that the ledger may reach. A key that is already charged does not count again.
            purpose: what it is for, in words.
            draw: draws the noise and returns the payload.

        Raises:
            BudgetError: the cap would be exceeded, the key was charged with another epsilon, or epsilon is not a
                positive number.
            IntegrityError: the file is damaged, is no ledger, or cannot be written.
        """
        if not (math.isfinite(epsilon) and epsilon > 0):
            raise BudgetError("epsilon is not a positive number", where=purpose, got=repr(epsilon))
        stored = self._reserve(key, epsilon, cap, purpose)
        return self._publish(key, draw()) if stored is None else stored

    def spent(self) -> float:
        """Return the sum of all charges, 0.0 where the ledger does not exist yet."""
        if self._is_empty():
            return 0.0
        with self._connection() as db:
            return float(_sum(db))

    def entries(self) -> tuple[Entry, ...]:
        """Return every charge in the order in which they were made."""
        if self._is_empty():
            return ()
        with self._connection() as db:
            rows = db.execute(
                "SELECT number, key, epsilon, cap, purpose, reserved_at, published_at "
                "FROM reservation LEFT JOIN publication USING (key) ORDER BY number"
            ).fetchall()
        return tuple(Entry(row[0], row[1], float(row[2]), float(row[3]), *row[4:]) for row in rows)

    def _reserve(self, key: str, epsilon: float, cap: float, purpose: str) -> str | None:
        """Commit the charge where there is none; return the payload where it is already published."""
        with self._connection() as db, _transaction(db):
            found = db.execute(
                "SELECT epsilon, payload FROM reservation LEFT JOIN publication USING (key) WHERE key = ?", (key,)
            ).fetchone()
            if found is None:
                self._check_budget(_sum(db), epsilon, cap, purpose)
                db.execute(
                    "INSERT INTO reservation (key, epsilon, cap, purpose) VALUES (?, ?, ?, ?)",
                    (key, repr(float(epsilon)), repr(float(cap)), purpose),
                )
                return None
            if Fraction(found[0]) != _exact(epsilon):
                raise BudgetError(
                    f"the same release was charged with epsilon {found[0]} before",
                    where=f"{self.path}: {purpose}",
                    expected=f"epsilon {found[0]}",
                    got=f"{epsilon!r}",
                    fix="make epsilon part of what the key is computed from",
                )
            payload: str | None = found[1]
            return payload

    def _publish(self, key: str, payload: str) -> str:
        """Commit the payload unless another process was first; return what is published."""
        with self._connection() as db, _transaction(db):
            found = db.execute("SELECT payload FROM publication WHERE key = ?", (key,)).fetchone()
            if found is None:
                db.execute("INSERT INTO publication (key, payload) VALUES (?, ?)", (key, payload))
            return payload if found is None else str(found[0])

    def _check_budget(self, spent: Fraction, epsilon: float, cap: float, purpose: str) -> None:
        if spent + _exact(epsilon) <= _exact(cap):
            return
        left = max(Fraction(0), _exact(cap) - spent)
        raise BudgetError(
            f"the privacy budget does not allow this release: asked {epsilon:g}, spent {float(spent):g}, "
            f"left {float(left):g} of a cap of {cap:g}",
            where=f"{self.path}: {purpose}",
            expected=f"at most epsilon {float(left):g}",
            got=f"{epsilon:g}",
            fix="release fewer or cheaper statistics (privacy.statistics), or ask the data owner to raise "
            "privacy.budget.epsilon; spent epsilon cannot be recovered",
        )

    def _is_empty(self) -> bool:
        """Return whether nothing was ever written. Reading makes no ledger of such a file."""
        return not self.path.exists() or not self.path.stat().st_size

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Open the file, check that it is an intact ledger (make it where it is empty), and close it again."""
        try:
            private_folder(self.path.parent)
            with closing(sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)) as db:
                db.execute("PRAGMA synchronous = EXTRA")
                db.execute("PRAGMA foreign_keys = ON")
                self._check_file(db)
                yield db
        except (sqlite3.Error, OSError) as error:
            damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
            raise IntegrityError(
                f"the privacy ledger {'is damaged' if damaged else 'cannot be used'} ({error})",
                where=str(self.path),
                expected="an intact SQLite file that can be written",
                fix="restore it from a backup; a new ledger would forget what was spent"
                if damaged
                else "check the file's permissions, the disk and other processes that hold it, and run again",
            ) from error

    def _check_file(self, db: sqlite3.Connection) -> None:
        if _objects(db) == {}:
            with _transaction(db):
                if _objects(db) == {}:
                    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    for statement in SCHEMA.values():
                        db.execute(statement)
        same = db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID and _objects(db) == SCHEMA
        found = (
            db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if same
            else "its tables and triggers are not those of a privacy ledger"
        )
        if found != "ok":
            raise IntegrityError(
                f"not an intact privacy ledger ({found})",
                where=str(self.path),
                expected="a file that only this package has written",
                fix="restore it from a backup; a new ledger would forget what was spent",
            )


def _exact(number: float) -> Fraction:
    """Return the decimal number that `repr` shows, exactly: 0.1 becomes 1/10."""
    return Fraction(repr(float(number)))


def _sum(db: sqlite3.Connection) -> Fraction:
    return sum((Fraction(epsilon) for (epsilon,) in db.execute("SELECT epsilon FROM reservation")), Fraction(0))


def _objects(db: sqlite3.Connection) -> dict[str, str]:
    rows = db.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite^_%' ESCAPE '^'")
    return dict(rows.fetchall())


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Take the write lock at once, commit at the end, roll back on any error."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")

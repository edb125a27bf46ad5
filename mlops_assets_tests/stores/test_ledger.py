"""The privacy ledger charges before it draws, publishes once, never forgets and never exceeds its cap."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_assets.errors import BudgetError, IntegrityError
from mlops_assets.stores.ledger import PrivacyLedger

CHILD = """
import sys, time, uuid
from pathlib import Path
from mlops_assets.errors import BudgetError
from mlops_assets.stores.ledger import PrivacyLedger

path, key, epsilon, cap, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])

def draw():
    print("drawing", flush=True)
    time.sleep(seconds)
    return uuid.uuid4().hex

while not Path(path + ".go").exists():
    time.sleep(0.005)
try:
    print(PrivacyLedger(Path(path)).release(key, epsilon=epsilon, cap=cap, purpose="test", draw=draw), flush=True)
except BudgetError:
    print("refused", flush=True)
"""


def start_child(path: Path, key: str, *, epsilon: float = 0.1, cap: float = 1.0, seconds: float = 0.3):
    arguments = [sys.executable, "-c", CHILD, str(path), key, str(epsilon), str(cap), str(seconds)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def outcomes(children) -> list[str]:
    """Let the children go all at once and return the last line of each."""
    Path(children[0].args[3] + ".go").touch()
    results = [child.communicate(timeout=60) for child in children]
    assert all(child.returncode == 0 for child in children), [error for _, error in results]
    return [output.split("\n")[-2] for output, _ in results]


def charge(ledger: PrivacyLedger, key: str, epsilon: float = 0.1, cap: float = 1.0, payload: str = "noise"):
    return ledger.release(key, epsilon=epsilon, cap=cap, purpose="test", draw=lambda: payload)


@pytest.fixture
def ledger(tmp_path: Path) -> PrivacyLedger:
    return PrivacyLedger(tmp_path / "ledgers" / "credit.sqlite")


def forbidden() -> str:
    raise AssertionError("noise is drawn although the release exists")


def test_a_release_is_charged_and_published(ledger):
    assert charge(ledger, "a", 0.25) == "noise"
    assert ledger.spent() == 0.25


def test_the_same_key_returns_the_stored_release_and_spends_nothing(ledger):
    charge(ledger, "a", payload="first")
    again = ledger.release("a", epsilon=0.1, cap=1.0, purpose="test", draw=forbidden)

    assert (again, ledger.spent()) == ("first", 0.1)


def test_ten_times_a_tenth_fits_a_cap_of_one_exactly(ledger):
    for number in range(10):
        charge(ledger, f"key {number}")

    assert ledger.spent() == 1.0


def test_overdraft_is_refused_with_what_was_asked_spent_and_left(ledger):
    charge(ledger, "a", 0.75)

    with pytest.raises(BudgetError, match=r"asked 0\.5, spent 0\.75, left 0\.25 of a cap of 1.*raise privacy\.budget"):
        charge(ledger, "b", 0.5)
    assert [entry.key for entry in ledger.entries()] == ["a"]


def test_a_stored_release_is_returned_even_when_the_cap_was_lowered(ledger):
    charge(ledger, "a", 0.9)

    assert ledger.release("a", epsilon=0.9, cap=0.5, purpose="test", draw=forbidden) == "noise"


def test_the_same_key_with_another_epsilon_is_refused(ledger):
    charge(ledger, "a", 0.1)

    with pytest.raises(BudgetError, match=r"charged with epsilon 0\.1 before"):
        charge(ledger, "a", 0.2)


@pytest.mark.parametrize("epsilon", [0.0, -1.0, float("nan"), float("inf")])
def test_an_epsilon_that_is_not_a_positive_number_is_refused(ledger, epsilon):
    with pytest.raises(BudgetError, match="not a positive number"):
        charge(ledger, "a", epsilon)
    assert not ledger.path.exists()


def test_an_empty_file_is_left_empty_by_looking(ledger):
    ledger.path.parent.mkdir(parents=True, exist_ok=True)
    ledger.path.touch()

    assert (ledger.spent(), ledger.entries()) == (0.0, ())
    assert ledger.path.stat().st_size == 0


def test_a_draw_that_raises_leaves_its_charge_and_the_next_call_resumes_it(ledger):
    def fail() -> str:
        raise RuntimeError("no entropy")

    with pytest.raises(RuntimeError, match="no entropy"):
        ledger.release("a", epsilon=0.6, cap=1.0, purpose="test", draw=fail)
    with pytest.raises(BudgetError, match=r"spent 0\.6"):
        charge(ledger, "b", 0.6)
    resumed = charge(ledger, "a", 0.6)

    assert (resumed, ledger.spent()) == ("noise", 0.6)


def test_the_charge_is_committed_before_noise_is_drawn(ledger):
    seen = []

    def draw() -> str:
        seen.append(PrivacyLedger(ledger.path).entries())
        return "noise"

    ledger.release("a", epsilon=0.1, cap=1.0, purpose="clients", draw=draw)
    (during,), (after,) = seen[0], ledger.entries()

    assert (during.key, during.epsilon, during.cap, during.purpose) == ("a", 0.1, 1.0, "clients")
    assert during.published_at is None
    assert after.published_at >= after.reserved_at


def test_a_ledger_that_does_not_exist_is_empty_and_is_not_made_by_looking(ledger):
    assert (ledger.spent(), ledger.entries()) == (0.0, ())
    assert not ledger.path.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reservation SET epsilon = '0.01'",
        "DELETE FROM reservation",
        "UPDATE publication SET payload = 'forged'",
        "DELETE FROM publication",
        "INSERT OR REPLACE INTO reservation (key, epsilon, cap, purpose) VALUES ('a', '0.01', '1', '')",
        "INSERT OR REPLACE INTO reservation (number, key, epsilon, cap, purpose) VALUES (1, 'z', '0.01', '1', '')",
        "INSERT OR REPLACE INTO publication (key, payload) VALUES ('a', 'forged')",
    ],
)
def test_what_is_written_can_be_neither_changed_nor_removed(ledger, statement):
    charge(ledger, "a")
    db = sqlite3.connect(ledger.path)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)
    db.close()
    assert (ledger.spent(), charge(ledger, "a")) == (0.1, "noise")


def test_a_charge_that_gives_budget_back_cannot_be_written(ledger):
    charge(ledger, "a")
    db = sqlite3.connect(ledger.path)

    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        db.execute("INSERT INTO reservation (key, epsilon, cap, purpose) VALUES ('b', '-1', '1', '')")
    db.close()


def test_a_file_that_is_no_database_is_refused(ledger):
    ledger.path.parent.mkdir()
    ledger.path.write_bytes(b"not a database" * 100)

    with pytest.raises(IntegrityError, match=r"credit\.sqlite.*damaged.*backup"):
        charge(ledger, "a")


def test_a_damaged_ledger_is_refused(ledger):
    for number in range(6):
        charge(ledger, f"key {number}", 0.01, payload="x" * 4000)
    content = bytearray(ledger.path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    ledger.path.write_bytes(content)

    with pytest.raises(IntegrityError, match="ledger"):
        charge(ledger, "new", 0.01)


def test_another_database_is_refused(ledger):
    ledger.path.parent.mkdir()
    db = sqlite3.connect(ledger.path)
    db.execute("CREATE TABLE something (x)")
    db.commit()
    db.close()

    with pytest.raises(IntegrityError, match="not those of a privacy ledger"):
        charge(ledger, "a")


def test_a_ledger_whose_triggers_were_dropped_is_refused(ledger):
    charge(ledger, "a")
    db = sqlite3.connect(ledger.path)
    db.execute("DROP TRIGGER reservation_delete")
    db.commit()
    db.close()

    with pytest.raises(IntegrityError, match="not those of a privacy ledger"):
        ledger.spent()


def test_a_ledger_that_cannot_be_opened_says_so(tmp_path):
    with pytest.raises(IntegrityError, match=r"cannot be used.*permissions"):
        charge(PrivacyLedger(tmp_path), "a")


def test_every_commit_waits_for_the_disk(ledger, monkeypatch):
    asked = []
    connect = sqlite3.connect

    def watched(*arguments, **options):
        db = connect(*arguments, **options)
        db.set_trace_callback(asked.append)
        return db

    monkeypatch.setattr(sqlite3, "connect", watched)
    charge(ledger, "a")

    assert asked.count("PRAGMA synchronous = EXTRA") >= 2
    assert asked.count("BEGIN IMMEDIATE") == 3  # schema, reservation, publication
    assert "BEGIN" not in asked


def test_processes_that_race_for_one_key_draw_apart_and_return_one_release(ledger):
    ledger.path.parent.mkdir()
    lines = outcomes([start_child(ledger.path, "same") for _ in range(3)])

    assert len(set(lines)) == 1
    assert (len(ledger.entries()), ledger.spent()) == (1, 0.1)


def test_processes_that_race_for_different_keys_never_exceed_the_cap(ledger):
    ledger.path.parent.mkdir()
    children = [start_child(ledger.path, f"key {n}", epsilon=0.4, cap=1.0, seconds=0) for n in range(5)]
    lines = outcomes(children)

    assert lines.count("refused") == 3
    assert ledger.spent() == 0.8


def test_a_process_killed_while_drawing_leaves_its_charge_and_is_resumed_once(ledger):
    ledger.path.parent.mkdir()
    child = start_child(ledger.path, "a", seconds=60)
    Path(f"{ledger.path}.go").touch()
    assert child.stdout.readline() == "drawing\n"
    child.kill()
    child.communicate()
    left = ledger.entries()
    resumed = charge(ledger, "a", payload="after the kill")
    again = charge(ledger, "a", payload="never seen")

    assert [(entry.key, entry.published_at) for entry in left] == [("a", None)]
    assert (resumed, again, ledger.spent()) == ("after the kill", "after the kill", 0.1)


def test_processes_killed_at_any_moment_leave_an_intact_ledger(ledger):
    ledger.path.parent.mkdir()
    Path(f"{ledger.path}.go").touch()
    loop = CHILD.replace("while not", "n = 0\nwhile not") + (
        "\nwhile True:\n    n += 1\n"
        "    PrivacyLedger(Path(path)).release(f'{key} {n}', epsilon=0.001, cap=100.0, purpose='', draw=lambda: 'x')\n"
    )
    arguments = [sys.executable, "-c", loop, str(ledger.path), "loop", "0.001", "100", "0"]
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not (ledger.path.exists() and len(ledger.entries()) > 5) and time.monotonic() < deadline:
        time.sleep(0.01)
    child.kill()
    child.communicate()
    entries = ledger.entries()

    assert len(entries) > 5
    assert sum(entry.published_at is None for entry in entries) <= 1
    assert charge(ledger, entries[-1].key, 0.001, cap=100.0)
    assert ledger.spent() == pytest.approx(0.001 * len(entries))


@settings(max_examples=12, deadline=None)
@given(
    wishes=st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 40)), max_size=10),
    cap=st.integers(1, 100),
)
def test_spent_never_exceeds_the_cap_whatever_is_asked(wishes, cap):
    with tempfile.TemporaryDirectory() as folder:
        ledger, granted = PrivacyLedger(Path(folder) / "ledger.sqlite"), {}
        for key, cents in wishes:
            fits = granted.get(key) == cents or (key not in granted and sum(granted.values()) + cents <= cap)
            try:
                charge(ledger, key, cents / 100, cap / 100)
            except BudgetError:
                assert not fits
            else:
                assert fits
                granted[key] = cents
        entries = ledger.entries()

    assert {entry.key: round(entry.epsilon * 100) for entry in entries} == granted
    assert sum(Fraction(repr(entry.epsilon)) for entry in entries) <= Fraction(cap, 100)

"""The lock on a journal: exclusive among the living, and gone with the process that held it."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys

import pytest

from mlops_assets.training.journal import FileLock, open_study


def is_free(path):
    """Whether nobody holds the lock on a file at this moment."""
    with path.open("ab") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_lock_is_exclusive_until_it_is_released(tmp_path):
    """A second process would wait."""
    path = tmp_path / "journal.log"
    lock = FileLock(path)
    lock.acquire()
    held = not is_free(path)
    lock.release()

    assert held
    assert is_free(path)


@pytest.mark.timeout(20)
def test_lock_of_a_killed_process_holds_nobody_up(tmp_path):
    """Killed between two bytes of a record: the next search opens the journal at once, without the half record."""
    path = tmp_path / "journal.log"
    open_study(path, "study", maximise=True, startup=4)
    program = (
        "import sys, time, pathlib; from mlops_assets.training.journal import FileLock\n"
        "path = pathlib.Path(sys.argv[1]); lock = FileLock(path); lock.acquire()\n"
        "path.open('ab').write(b'{\"op_code'); print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    held = process.stdout.readline() == "held\n" and not is_free(path)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    study = open_study(path, "study", maximise=True, startup=4)

    assert held
    assert study.study_name == "study"
    assert [file.name for file in tmp_path.iterdir()] == ["journal.log"]

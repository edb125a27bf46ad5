import subprocess
import sys

from mlops_assets.stores.locks import forget, is_dead, sign_of_life

HOLD = (
    "import sys, time; from pathlib import Path; from mlops_assets.stores.locks import sign_of_life\n"
    "with sign_of_life(Path(sys.argv[1])) as token:\n    print(token, flush=True)\n    time.sleep(60)"
)


def test_a_process_is_not_dead_while_it_works_nor_after_it_left(tmp_path):
    with sign_of_life(tmp_path / "alive") as token:
        inside = is_dead(tmp_path / "alive", token)

    assert not inside
    assert not is_dead(tmp_path / "alive", token)
    assert list((tmp_path / "alive").iterdir()) == []


def test_a_killed_process_is_dead_until_it_is_forgotten(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    token = process.stdout.readline().strip()
    forget(tmp_path, token)
    before = is_dead(tmp_path, token)
    process.kill()
    process.wait()
    process.stdout.close()
    after = [is_dead(tmp_path, token), is_dead(tmp_path, token)]
    forget(tmp_path, token)

    assert not before
    assert after == [True, True]
    assert list(tmp_path.iterdir()) == []


def test_a_token_that_is_not_known_here_says_nothing(tmp_path):
    """Its process may keep the lock in another folder: a living run must not be ended for that."""
    assert not is_dead(tmp_path, "0" * 32)
    assert not is_dead(tmp_path, "../../etc/passwd")

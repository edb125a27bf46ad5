import subprocess
import sys

from mlops_assets.stores.liveness import is_alive, sign_of_life

HOLD = (
    "import sys, time; from pathlib import Path; from mlops_assets.stores.liveness import sign_of_life\n"
    "with sign_of_life(Path(sys.argv[1])) as token:\n    print(token, flush=True)\n    time.sleep(60)"
)


def test_a_process_is_alive_until_it_leaves(tmp_path):
    with sign_of_life(tmp_path / "alive") as token:
        inside = is_alive(tmp_path / "alive", token)

    assert inside
    assert not is_alive(tmp_path / "alive", token)
    assert list((tmp_path / "alive").iterdir()) == []


def test_a_killed_process_is_dead(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    token = process.stdout.readline().strip()
    before = is_alive(tmp_path, token)
    process.kill()
    process.wait()
    process.stdout.close()

    assert before
    assert not is_alive(tmp_path, token)


def test_an_unknown_token_is_dead(tmp_path):
    assert not is_alive(tmp_path, "0" * 32)
    assert not is_alive(tmp_path, "../../etc/passwd")

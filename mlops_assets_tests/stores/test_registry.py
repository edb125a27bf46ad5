import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from mlops_assets.data.declaration import TableDeclaration
from mlops_assets.errors import IntegrityError, ReleaseError
from mlops_assets.stores.logged_models import folder_digest, log_bundle, signature
from mlops_assets.stores.registry import find_champion, load_champion, promote, register_bundle, rollback
from mlops_assets.stores.runs import open_run
from mlops_assets.stores.tracking import tracking_client
from mlops_assets.use_case.data import Column

COLUMNS = {
    "age in years": Column(type="integer"),
    "visits": Column(type="integer", nullable=True),
    "limit": Column(type="number"),
    'land "A" {ü}': Column(type="category", allowed=("de", "fr")),
    "sex": Column(type="category", allowed=(1, 2)),
    "member": Column(type="boolean"),
    "since": Column(type="date"),
    "unused": Column(type="text"),
}


@dataclass(frozen=True)
class FakeBundle:
    """What the registry reads of a bundle."""

    fingerprint: str
    use_case: str = "credit"

    @property
    def table(self):
        return TableDeclaration(COLUMNS)

    @property
    def pipeline(self):
        return SimpleNamespace(required_columns=tuple(name for name in COLUMNS if name != "unused"))


def load_fake(folder: Path) -> FakeBundle:
    return FakeBundle((folder / "bundle.json").read_text())


@pytest.fixture
def registry(store_folder, store_uri, tmp_path):
    """Registers the fake bundle of a fingerprint."""
    run = open_run(store_uri, store_folder, "credit", "11111111-aaaa", {})

    def register(fingerprint, **more):
        folder = tmp_path / f"saved {fingerprint}"
        folder.mkdir(exist_ok=True)
        (folder / "bundle.json").write_text(fingerprint)
        (folder / "model.skops").write_bytes(b"weights of " + fingerprint.encode())
        tags = {"data_version": "d1", "dagster_run_id": "11111111-aaaa"}
        return register_bundle(store_uri, "credit model", run.run_id, folder, tags, load=load_fake, **more)

    return register


def aliases(uri):
    found = tracking_client(uri).get_registered_model("credit model").aliases
    return {alias: str(version) for alias, version in found.items()}


def test_the_first_bundle_becomes_champion_with_its_tags(registry, store_uri):
    made = registry("f1")
    version = tracking_client(store_uri).get_model_version("credit model", "1")

    assert (made.version, made.model_uri, made.previous_version, made.created) == (
        "1",
        "models:/credit model/1",
        None,
        True,
    )
    assert aliases(store_uri) == {"champion": "1"}
    assert version.tags["bundle_fingerprint"] == "f1"
    assert version.tags["data_version"] == "d1"
    assert version.run_id is not None


def test_the_champion_before_is_kept_for_rollback(registry, store_uri):
    registry("f1")
    made = registry("f2")

    assert (made.version, made.previous_version) == ("2", "1")
    assert aliases(store_uri) == {"champion": "2", "previous_champion": "1"}


def test_registering_the_champion_again_changes_nothing(registry, store_uri):
    registry("f1")
    registry("f2")
    again = registry("f2")

    assert (again.version, again.previous_version, again.created) == ("2", "1", False)
    assert len(tracking_client(store_uri).search_model_versions("name = 'credit model'")) == 2
    assert aliases(store_uri) == {"champion": "2", "previous_champion": "1"}


def test_an_earlier_model_that_returns_gets_no_second_version(registry, store_uri):
    registry("f1")
    registry("f2")
    back = registry("f1")

    assert (back.version, back.previous_version, back.created) == ("1", "2", False)
    assert aliases(store_uri) == {"champion": "1", "previous_champion": "2"}


def test_a_kill_before_the_alias_moves_leaves_the_old_champion_and_is_mended_by_the_next_call(
    registry, store_uri, monkeypatch
):
    registry("f1")
    with monkeypatch.context() as patched:
        patched.setattr("mlops_assets.stores.registry._put_in_force", _die)
        with pytest.raises(SystemExit, match="killed"):
            registry("f2")
    after_kill = aliases(store_uri)
    mended = registry("f2")

    assert after_kill == {"champion": "1"}
    assert (mended.version, mended.previous_version, mended.created) == ("2", "1", False)


def kill_at_alias_move(monkeypatch, number):
    """Let the process die when an alias is moved for the `number`-th time from now."""
    from mlflow import MlflowClient

    moved = []
    move = MlflowClient.set_registered_model_alias

    def die_or_move(self, *args):
        moved.append(args)
        if len(moved) == number:
            raise SystemExit("killed")
        move(self, *args)

    monkeypatch.setattr(MlflowClient, "set_registered_model_alias", die_or_move)


def test_a_kill_between_the_two_aliases_leaves_the_old_champion_and_a_way_back_from_it(
    registry, store_uri, monkeypatch
):
    registry("f1")
    registry("f2")
    with monkeypatch.context() as patched:
        kill_at_alias_move(patched, 2)
        with pytest.raises(SystemExit, match="killed"):
            registry("f3")
    in_force = aliases(store_uri)["champion"]
    back = rollback(store_uri, "credit model")

    assert in_force == "2"
    assert (back.version, back.previous_version) == ("1", "2")


def test_a_deployment_that_was_killed_between_the_two_aliases_is_finished_by_the_next(registry, store_uri, monkeypatch):
    registry("f1")
    registry("f2")
    with monkeypatch.context() as patched:
        kill_at_alias_move(patched, 2)
        with pytest.raises(SystemExit, match="killed"):
            registry("f3")
    registry("f3")

    assert aliases(store_uri) == {"champion": "3", "previous_champion": "2"}
    assert rollback(store_uri, "credit model").version == "2"


@pytest.mark.parametrize("number", [1, 2])
def test_a_rollback_that_was_killed_goes_one_step_back_when_it_is_repeated_and_not_two(
    registry, store_uri, monkeypatch, number
):
    for name in ("f1", "f2", "f3"):
        registry(name)
    with monkeypatch.context() as patched:
        kill_at_alias_move(patched, number)
        with pytest.raises(SystemExit, match="killed"):
            rollback(store_uri, "credit model")
    back = rollback(store_uri, "credit model")

    assert (back.version, back.previous_version) == ("2", "3")
    assert aliases(store_uri) == {"champion": "2", "previous_champion": "3"}


REGISTER = """
import sys
from pathlib import Path
from types import SimpleNamespace
from mlops_assets.stores import logged_models, registry
logged_models._save_pyfunc = lambda target, *rest: (target.mkdir(), (target / "MLmodel").write_text(""))
bundle = SimpleNamespace(fingerprint="f1", use_case="credit")
print("ready", flush=True)
sys.stdin.readline()
made = registry.register_bundle(sys.argv[1], "credit model", sys.argv[2], Path(sys.argv[3]), {}, load=lambda f: bundle)
print(made.version)
"""


@pytest.mark.slow
def test_two_processes_at_once_register_a_bundle_once(store_folder, store_uri, tmp_path):
    run = open_run(store_uri, store_folder, "credit", "11111111-aaaa", {})
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "bundle.json").write_text("f1")
    command = [sys.executable, "-c", REGISTER, store_uri, run.run_id, str(tmp_path / "saved")]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ready = [process.stdout.readline() for process in both]
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120)[0].strip() for process in both]

    assert (ready, said) == (["ready\n"] * 2, ["1", "1"])
    assert len(tracking_client(store_uri).search_model_versions("name = 'credit model'")) == 1


def test_of_two_machines_that_register_a_bundle_at_once_the_first_wins(registry, store_uri, monkeypatch):
    """No lock of this machine holds another one back: it registers just after this one looked for the bundle."""
    from mlops_assets.stores import registry as module

    look, looked = module._version_of, []

    def look_too_early(*args):
        looked.append(args)
        return None if len(looked) == 1 else look(*args)

    registry("f1")
    monkeypatch.setattr(module, "_version_of", look_too_early)
    late = registry("f1")

    assert (late.version, late.created) == ("1", False)
    assert len(tracking_client(store_uri).search_model_versions("name = 'credit model'")) == 1


def _die(*args, **kwargs):
    raise SystemExit("killed")


def test_rollback_swaps_the_two_and_the_bad_model_does_not_come_back_by_itself(registry, store_uri):
    registry("f1")
    registry("f2")
    back = rollback(store_uri, "credit model")

    assert (back.version, back.previous_version) == ("1", "2")
    assert aliases(store_uri) == {"champion": "1", "previous_champion": "2"}
    with pytest.raises(ReleaseError, match=r"was rolled back.*rollback USE_CASE --to 2"):
        registry("f2")


def test_a_person_can_promote_what_was_rolled_back(registry, store_uri):
    registry("f1")
    registry("f2")
    rollback(store_uri, "credit model")
    promoted = promote(store_uri, "credit model", "2")

    assert (promoted.version, promoted.previous_version) == ("2", "1")
    assert registry("f2").version == "2"


def test_two_rollbacks_lead_back_to_where_they_began(registry, store_uri):
    registry("f1")
    registry("f2")
    rollback(store_uri, "credit model")
    again = rollback(store_uri, "credit model")

    assert again.version == "2"
    assert registry("f2").created is False


def test_a_rollback_without_a_previous_champion_says_so(registry, store_uri):
    registry("f1")

    with pytest.raises(ReleaseError, match=r"no previous champion.*champion: 1, previous_champion: none"):
        rollback(store_uri, "credit model")


def test_other_aliases_can_be_declared(registry, store_uri):
    registry("f1", champion="live", previous="before")
    registry("f2", champion="live", previous="before")

    assert aliases(store_uri) == {"live": "2", "before": "1"}


def test_without_a_champion_the_error_says_what_to_do(store_uri):
    with pytest.raises(ReleaseError, match=r"no champion is in force.*mlops-assets run"):
        load_champion(store_uri, "credit model")
    assert find_champion(store_uri, "credit model") is None


def test_the_champion_is_loaded_back_byte_for_byte(registry, store_uri, tmp_path):
    seen = {}
    registry("f1")
    registry("f2")

    def load(folder):
        seen.update({path.name: path.read_bytes() for path in folder.iterdir()})
        return load_fake(folder)

    bundle, version = load_champion(store_uri, "credit model", load=load)

    assert (bundle.fingerprint, version) == ("f2", "2")
    assert seen == {"bundle.json": b"f2", "model.skops": b"weights of f2"}


def test_a_changed_artifact_is_refused(registry, store_uri, store_folder):
    registry("f1")
    (stored,) = store_folder.rglob("model.skops")
    stored.write_bytes(b"weights of somebody")

    with pytest.raises(IntegrityError, match="the stored model is not the one that was registered"):
        load_champion(store_uri, "credit model", load=load_fake)


def test_nothing_in_the_registered_model_is_a_pickle(registry, store_folder):
    registry("f1")
    stored = sorted(path.name for path in (store_folder / "artifacts").rglob("*") if path.is_file())

    assert stored == ["MLmodel", "bundle.json", "conda.yaml", "model.skops", "python_env.yaml", "requirements.txt"]


def test_a_model_that_a_run_logged_already_is_not_stored_twice(store_folder, store_uri, tmp_path):
    run = open_run(store_uri, store_folder, "credit", "11111111-aaaa", {})
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "bundle.json").write_text("f1")
    logged = log_bundle(store_uri, run.run_id, tmp_path / "b", load=load_fake)
    made = register_bundle(store_uri, "m", run.run_id, tmp_path / "b", {}, load=load_fake)

    assert log_bundle(store_uri, run.run_id, tmp_path / "b", load=load_fake) == logged
    assert f"models:/{tracking_client(store_uri).get_model_version('m', made.version).tags['logged_model']}" == logged
    assert len(list((store_folder / "artifacts").rglob("MLmodel"))) == 1


def test_the_signature_lists_the_raw_columns_that_the_model_reads():
    kinds = {column.name: column.type.name for column in signature(FakeBundle("f")).inputs.inputs}

    assert kinds == {
        "age in years": "long",
        "visits": "double",
        "limit": "double",
        'land "A" {ü}': "string",
        "sex": "long",
        "member": "boolean",
        "since": "datetime",
    }


def test_the_digest_sees_names_and_contents(tmp_path):
    for folder, name, content in (("a", "x", "1"), ("b", "y", "1"), ("c", "x", "2"), ("d", "x", "1")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(content)
    digests = [folder_digest(tmp_path / name) for name in "abcd"]

    assert digests[0] == digests[3]
    assert len(set(digests)) == 3


@pytest.mark.slow
def test_a_server_keeps_and_returns_the_champion(mlflow_server, store_folder, tmp_path):
    run = open_run(mlflow_server, store_folder, "credit", "11111111-aaaa", {})
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "bundle.json").write_text("f1")
    register_bundle(mlflow_server, "m", run.run_id, tmp_path / "b", {}, load=load_fake)
    bundle, version = load_champion(mlflow_server, "m", load=load_fake)

    assert (bundle.fingerprint, version) == ("f1", "1")

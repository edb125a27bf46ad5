import shutil
import subprocess
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from mlops_assets.data.table_schema import TableDeclaration
from mlops_assets.errors import IntegrityError, ReleaseError
from mlops_assets.stores import bundles
from mlops_assets.stores.logged_models import find_model, folder_digest, log_bundle, signature
from mlops_assets.stores.registry import find_champion, load_champion, promote, register_bundle, rollback
from mlops_assets.stores.tracking import tracking_client
from mlops_assets.use_case.data import Column
from mlops_assets_tests.tracked_runs import find_runs

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


@pytest.fixture(autouse=True)
def fake_files(monkeypatch):
    """A fake bundle is saved as two small files and is known again by them."""

    def save(bundle, folder):
        folder.mkdir(parents=True)
        (folder / "bundle.json").write_text(bundle.fingerprint)
        (folder / "model.skops").write_bytes(b"weights of " + bundle.fingerprint.encode())

    monkeypatch.setattr(bundles, "save_bundle", save)
    monkeypatch.setattr(bundles, "load_bundle", lambda folder: FakeBundle((folder / "bundle.json").read_text()))


@pytest.fixture
def log(make_run, store_uri):
    """Logs the fake bundle of a fingerprint to a run of its own, or to the given one."""

    def log(fingerprint, uri=store_uri, run=None):
        run = run or make_run()
        experiment = tracking_client(store_uri).get_run(run).info.experiment_id
        return log_bundle(uri, experiment, run, FakeBundle(fingerprint))

    return log


@pytest.fixture
def registry(log, store_uri):
    """Logs and registers the fake bundle of a fingerprint."""

    def register(fingerprint, **more):
        tags = {"data_version": "d1", "dagster_run_id": "11111111-aaaa"}
        return register_bundle(store_uri, "credit model", log(fingerprint), tags, **more)

    return register


def aliases(uri):
    found = tracking_client(uri).get_registered_model("credit model").aliases
    return {alias: str(version) for alias, version in found.items()}


def test_the_first_bundle_becomes_champion_with_its_tags(registry, store_uri):
    made = registry("f1")
    version = tracking_client(store_uri).get_model_version("credit model", "1")

    assert (made.version, made.previous_version) == ("1", None)
    assert aliases(store_uri) == {"champion": "1"}
    assert version.tags["bundle_fingerprint"] == "f1"
    assert version.tags["data_version"] == "d1"
    assert version.run_id in {run.run_id for run in find_runs(store_uri)}


def test_the_champion_before_is_kept_for_rollback(registry, store_uri):
    registry("f1")
    made = registry("f2")

    assert (made.version, made.previous_version) == ("2", "1")
    assert aliases(store_uri) == {"champion": "2", "previous_champion": "1"}


def test_registering_the_champion_again_changes_nothing(registry, store_uri):
    registry("f1")
    registry("f2")
    again = registry("f2")

    assert (again.version, again.previous_version) == ("2", "1")
    assert len(tracking_client(store_uri).search_model_versions("name = 'credit model'")) == 2
    assert aliases(store_uri) == {"champion": "2", "previous_champion": "1"}


def test_an_earlier_model_that_returns_gets_no_second_version(registry, store_uri):
    registry("f1")
    registry("f2")
    back = registry("f1")

    assert (back.version, back.previous_version) == ("1", "2")
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
    assert (mended.version, mended.previous_version) == ("2", "1")


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
from mlops_assets.stores import registry
from mlops_assets.stores.tracking import tracking_client
logged = tracking_client(sys.argv[1]).get_logged_model(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
made = registry.register_bundle(sys.argv[1], "credit model", logged, {})
print(made.version)
"""


@pytest.mark.slow
def test_two_processes_at_once_register_a_bundle_once(log, store_uri):
    command = [sys.executable, "-c", REGISTER, store_uri, log("f1").model_id]
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

    assert late.version == "1"
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
    assert registry("f2").version == "2"


def test_a_rollback_without_a_previous_champion_says_so(registry, store_uri):
    registry("f1")

    with pytest.raises(ReleaseError, match=r"no previous champion.*champion: 1, previous_champion: none"):
        rollback(store_uri, "credit model")


def test_other_aliases_can_be_declared(registry, store_uri):
    registry("f1", champion="live", previous="before")
    registry("f2", champion="live", previous="before")

    assert aliases(store_uri) == {"live": "2", "before": "1"}


def test_without_a_champion_the_error_says_what_to_do(store_uri):
    with pytest.raises(ReleaseError, match=r"there is no champion.*mlops-assets run"):
        load_champion(store_uri, "credit model")
    assert find_champion(store_uri, "credit model") is None


def test_the_champion_is_loaded_back_byte_for_byte(registry, store_uri, monkeypatch):
    seen, load_fake = {}, bundles.load_bundle
    registry("f1")
    registry("f2")

    def load(folder):
        seen.update({path.name: path.read_bytes() for path in folder.iterdir()})
        return load_fake(folder)

    monkeypatch.setattr(bundles, "load_bundle", load)
    bundle, version = load_champion(store_uri, "credit model")

    assert (bundle.fingerprint, version) == ("f2", "2")
    assert seen == {"bundle.json": b"f2", "model.skops": b"weights of f2"}


def test_a_changed_artifact_is_refused(registry, store_uri, store_folder):
    registry("f1")
    (stored,) = store_folder.rglob("model.skops")
    stored.write_bytes(b"weights of somebody")

    with pytest.raises(IntegrityError, match="the stored model is not the one that was registered"):
        load_champion(store_uri, "credit model")


def test_nothing_in_the_registered_model_is_a_pickle(registry, store_folder):
    registry("f1")
    stored = sorted(path.name for path in (store_folder / "artifacts").rglob("*") if path.is_file())

    assert stored == ["MLmodel", "bundle.json", "conda.yaml", "model.skops", "python_env.yaml", "requirements.txt"]


def test_a_model_is_stored_once_in_an_experiment_and_is_an_output_of_every_run_that_made_it(
    log, store_uri, store_folder
):
    first, again, other = log("f1"), log("f1"), log("f2")
    twice = log("f1", run=first.source_run_id)
    outputs = [
        [output.model_id for output in tracking_client(store_uri).get_run(run.run_id).outputs.model_outputs]
        for run in find_runs(store_uri)
    ]

    assert first.model_id == again.model_id == twice.model_id
    assert other.model_id != first.model_id
    assert outputs == [[first.model_id], [first.model_id], [other.model_id]]
    assert len(list((store_folder / "artifacts").rglob("MLmodel"))) == 2


@pytest.mark.parametrize(
    "damage", [lambda file: file.write_bytes(b"else"), lambda file: shutil.rmtree(file.parents[2])]
)
def test_a_logged_model_that_was_damaged_or_removed_is_logged_again_and_never_put_in_force(
    log, registry, store_uri, store_folder, damage
):
    before = log("f1")
    (stored,) = store_folder.rglob("model.skops")
    damage(stored)
    registry("f1")

    assert load_champion(store_uri, "credit model")[0].fingerprint == "f1"
    assert log("f1").model_id != before.model_id


def test_a_model_that_was_killed_while_it_was_logged_is_logged_again(log, monkeypatch):
    from mlops_assets.stores import logged_models

    with monkeypatch.context() as patched:
        patched.setattr(logged_models, "_save_pyfunc", _die)
        with pytest.raises(SystemExit, match="killed"):
            log("f1")

    assert log("f1").model_id == log("f1").model_id


def test_a_model_is_found_by_its_fingerprint(log, store_uri):
    one, _ = log("f1"), log("f2")
    experiment = tracking_client(store_uri).get_logged_model(one.model_id).experiment_id

    assert find_model(store_uri, experiment, "f1") == one.model_id
    assert find_model(store_uri, experiment, "f3") is None


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
def test_a_server_keeps_and_returns_the_champion(mlflow_server, log):
    register_bundle(mlflow_server, "m", log("f1", mlflow_server), {})
    bundle, version = load_champion(mlflow_server, "m")

    assert (bundle.fingerprint, version) == ("f1", "1")
    assert log("f1", mlflow_server).model_id == log("f1", mlflow_server).model_id

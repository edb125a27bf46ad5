"""Files become models, or one error with every problem of every file."""

import json
from pathlib import Path

import pytest

from mlops_assets.errors import ConfigError
from mlops_assets.use_case.environment import Environment, Storage
from mlops_assets.use_case.loader import load_environment, load_project, load_use_case

ROOT = Path(__file__).parents[2]
LOCAL = "executor: {kind: in_process}\n"


@pytest.fixture
def project(tmp_path):
    """Return a project folder with one environment, and a function that writes a file into it."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    write("configs/environments/local.yaml", LOCAL)
    return tmp_path, write


@pytest.fixture
def sound_text():
    """Return the small use case as text, under another name if asked."""
    from copy import deepcopy

    def text(name: str = "case") -> str:
        tree = deepcopy(json.loads(SOUND_TEXT))
        tree["name"] = name
        return json.dumps(tree)

    return text


SOUND_TEXT = json.dumps(
    {
        "name": "case",
        "description": "A small use case.",
        "owners": ["team:tests"],
        "task": {"target": "y"},
        "data": {
            "source": {"path": "a.csv"},
            "columns": {"x": {"type": "number"}, "y": {"type": "category", "allowed": [0, 1]}},
        },
    }
)


@pytest.mark.parametrize("name", ["credit_default", "penguins"])
def test_the_shipped_use_cases_load(name):
    """What ships is right."""
    assert load_use_case(ROOT / "configs" / f"{name}.yaml").name == name


def test_the_shipped_environments_load():
    """Each overlay loads where its variables are set, and its references are replaced."""
    values = {
        "MLOPS_ASSETS_STORAGE": "/srv/store",
        "MLOPS_ASSETS_LEDGER": "/srv/ledger",
        "MLFLOW_TRACKING_URI": "http://m",
    }
    production = load_environment(ROOT / "configs/environments/production.yaml", values)

    assert load_environment(ROOT / "configs/environments/local.yaml", {}).executor.kind == "in_process"
    assert (
        load_environment(ROOT / "configs/environments/staging.yaml", values).storage.incoming == "/srv/store/incoming"
    )
    assert production.storage.ledger == "/srv/ledger"
    assert production.notifications[0].params == {"path": "/srv/store/alerts.jsonl"}


def test_a_project_holds_its_use_cases_by_name(project, sound_text):
    """Schemas, hidden files and folders are no use cases; the order is that of the names."""
    root, write = project
    write("configs/zebra.yaml", sound_text("zebra"))
    write("configs/ant.yml", sound_text("ant"))
    write("configs/use_case.schema.json", "{}")
    write("configs/.draft.yaml", "a: [")
    loaded = load_project(root, "local", {})

    assert list(loaded.use_cases) == ["ant", "zebra"]
    assert (loaded.root, loaded.environment_name) == (root, "local")


def test_problems_of_all_files_come_together_relative_to_the_project(project, sound_text):
    """One error names every file that is wrong, the environment too."""
    root, write = project
    write("configs/a.yaml", sound_text("b"))
    write("configs/c.yaml", "name: c")
    write("configs/environments/local.yaml", "executor: {kind: fast}\n")
    with pytest.raises(ConfigError, match="problems in the configuration") as caught:
        load_project(root, "local", {})

    files = [line.split(":")[0] for line in caught.value.problems]
    assert set(files) == {"configs/a.yaml", "configs/c.yaml", "configs/environments/local.yaml"}


def test_two_files_of_one_name_are_refused(project, sound_text):
    """A use case is found by its name."""
    root, write = project
    write("configs/case.yaml", sound_text())
    write("configs/case.yml", sound_text())
    with pytest.raises(ConfigError, match=r"configs/case\.yaml defines a use case with this name"):
        load_project(root, "local", {})


def test_an_unknown_environment_is_refused_with_the_nearest(project):
    """A slip in the name is answered by the name that was meant."""
    root, _ = project
    with pytest.raises(
        ConfigError, match="there is no environment 'locl'; expected one of local; did you mean 'local'"
    ):
        load_project(root, "locl", {})


def test_a_project_without_anything_says_what_to_add(tmp_path):
    """An empty folder is no project."""
    with pytest.raises(ConfigError, match="set MLOPS_ASSETS_ENV to one that exists, or add the file"):
        load_project(tmp_path, "local", {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "mlflow: {tracking_uri: '${URL}'}",
            ":1:24: mlflow.tracking_uri: the environment variable URL is not set; set it",
        ),
        ("mlflow: {tracking_uri: '${EMPTY}'}", "the environment variable EMPTY is empty"),
        ("mlflow: {tracking_uri: '${HOST'}", "a reference is malformed; expected ${NAME}"),
        ("mlflow: {tracking_uri: '${HOTS}'}", "the environment variable HOTS is not set; did you mean 'HOST'?"),
        (
            "mlflow: {tracking_uri: 'http://u:hunter2@h'}",
            "the address contains a password; expected ${NAME} in its place",
        ),
        ("notifications: [{sink: file, params: {token: hunter2}}]", "params.token: the file contains a secret"),
        ("notifications: [{sink: file, params: {apiKey: hunter2}}]", "params.apiKey: the file contains a secret"),
        ("notifications: [{sink: file, params: {password: 1234}}]", "params.password: the file contains a secret"),
        ("notifications: [{sink: fiel}]", ":1:24: notifications[0].sink: there is no such sink"),
        (
            "notifications: [{sink: file, params: {pth: a}}]",
            "notifications[0].params.pth: unknown key; expected one of path",
        ),
        (
            "notifications: [{sink: file, params: {path: 5}}]",
            "notifications[0].params.path: wrong type; expected a text",
        ),
        ("notifications: [{sink: 5}, {sink: file, params: {pth: a}}]", "notifications[1].params.pth: unknown key"),
        ("storage: {genrated: a}", "storage.genrated: unknown key"),
        ("storage: {generated: 5}", "storage.generated: wrong type"),
    ],
)
def test_a_mistake_in_an_environment_is_reported_without_its_secret(project, text, expected):
    """Each has a place and a repair, and no secret is repeated."""
    _, write = project
    with pytest.raises(ConfigError) as caught:
        load_environment(write("configs/environments/local.yaml", text), {"HOST": "h", "EMPTY": ""})

    assert any(expected in line for line in caught.value.problems), caught.value.problems
    assert "hunter2" not in str(caught.value)
    assert "1234" not in str(caught.value)


def test_a_password_by_reference_is_let_in_and_never_shown(project):
    """The value of a variable does not show, not even in the message about another mistake."""
    _, write = project
    path = write("configs/environments/local.yaml", "mlflow: {tracking_uri: 'http://u:${WORD}@h'}\n")
    broken = write("configs/environments/other.yaml", "executor: {kind: '${WORD}'}\n")
    with pytest.raises(ConfigError) as caught:
        load_environment(broken, {"WORD": "hunter2"})

    assert load_environment(path, {"WORD": "hunter2"}).mlflow.tracking_uri == "http://u:hunter2@h"
    assert "hunter2" not in str(caught.value)
    assert "got '${WORD}'" in str(caught.value)


def test_a_number_stays_a_text_where_a_variable_gives_it(project):
    """References stand inside texts only: a variable cannot change the type of a value."""
    _, write = project
    path = write("configs/environments/local.yaml", "executor: {maximum_concurrent: '${N}'}\n")
    with pytest.raises(ConfigError, match="wrong type; expected a whole number from 1 to 64"):
        load_environment(path, {"N": "2"})


def test_loading_needs_no_heavy_library():
    """A definition file is loaded by every step: it pays for nothing but the models."""
    import subprocess
    import sys

    heavy = [
        "sklearn",
        "optuna",
        "shap",
        "sdv",
        "mlflow",
        "evidently",
        "fairlearn",
        "diffprivlib",
        "pandera",
        "scipy",
        "dagster",
        "plotly",
        "matplotlib",
    ]
    code = (
        "import sys; from pathlib import Path; from mlops_assets.use_case.loader import load_project;"
        f"load_project(Path({str(ROOT)!r}), 'local'); print([n for n in {heavy!r} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_file_with_an_earlier_name_of_a_field_works_and_says_the_present_one_in_messages(problems_of):
    """`shares.live` became `shares.replay`."""
    earlier = {"train": 0.6, "calibration": 0.1, "test": 0.2, "live": 0.1}

    assert problems_of({("data", "splits"): {"shares": earlier}}) == []
    [broken] = problems_of({("data", "splits"): {"shares": {**earlier, "live": 2}}})
    assert "data.splits.shares.replay: out of range" in broken
    assert "'replay' is written here under its earlier name 'live'" in broken
    [both] = problems_of({("data", "splits"): {"shares": {**earlier, "replay": 0.1}}})
    assert both == ("data.splits.shares.live: this is the earlier name of 'replay', which is also set; remove 'live'")
    [sum_of_all] = problems_of({("data", "splits"): {"shares": {**earlier, "live": 0.2}}})
    assert "data.splits.shares: the shares do not sum to one" in sum_of_all


def test_an_environment_takes_earlier_names_of_fields_as_a_use_case_does(project, monkeypatch):
    """Also where a reference is replaced below the renamed key."""
    _, write = project
    monkeypatch.setattr(Storage, "RENAMED", {"made": "generated"})
    monkeypatch.setattr(Environment, "RENAMED", {"store": "storage"})
    path = write("configs/environments/local.yaml", "store:\n  made: ${PLACE}/made\n")
    broken = write("configs/environments/other.yaml", "store:\n  made: [a, b]\n")

    assert load_environment(path, {"PLACE": "/srv"}).storage.generated == "/srv/made"
    with pytest.raises(ConfigError, match=r"other\.yaml:2:9: storage\.generated: wrong type; .* earlier name 'made'"):
        load_environment(broken, {"PLACE": "/srv"})

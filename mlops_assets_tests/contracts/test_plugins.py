"""What holds for every plugin of every kind, and how plugins are found.

What only one kind promises is tested in the folder of its room: readers in `data/test_source.py`, synthesizers in
`privacy/test_synthetic.py`, transforms in `features/test_transforms.py`, families in `training/test_families.py`,
sinks in `stores/test_sinks.py`.
"""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest
from pydantic import ValidationError

from mlops_assets import plugins
from mlops_assets.errors import PluginError
from mlops_assets.plugins import sinks
from mlops_assets.plugins.declarations import TransformParams
from mlops_assets.plugins.protocols import shortcomings
from mlops_assets.yaml_files.model import Model

EVERY = [(kind, name) for kind in plugins.KINDS for name in plugins.names(kind)]
BASES = {"transform": TransformParams, "sink": Model}
HEAVY = {"pandas", "numpy", "pyarrow", "sklearn", "scipy", "sdv", "torch", "mlflow", "dagster", "matplotlib"}


@pytest.fixture
def own_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose folder of sinks is empty, in the place of this one."""
    folder = tmp_path / plugins.KINDS["sink"].folder
    folder.mkdir(parents=True)
    monkeypatch.setattr(plugins, "_PACKAGE", tmp_path)
    monkeypatch.setattr(sinks, "__path__", [str(folder)])
    for cached in (plugins.names, plugins.load, plugins.broken):
        cached.cache_clear()
    yield folder
    sys.modules.pop("mlops_assets.plugins.sinks.post", None)
    for cached in (plugins.names, plugins.load, plugins.broken):
        cached.cache_clear()


def _annotated(signature: inspect.Signature) -> list[object]:
    return [parameter.annotation for parameter in signature.parameters.values()]


def source_of(kind: str, name: str) -> ast.Module:
    """Return the syntax tree of a plugin."""
    return ast.parse(inspect.getsource(plugins.load(kind, name)))


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_plugin_meets_the_protocol_of_its_kind_and_annotates_its_functions(kind: str, name: str) -> None:
    module, protocol = plugins.load(kind, name), plugins.KINDS[kind].protocol
    functions = [vars(module)[name] for name in vars(protocol) if inspect.isfunction(vars(module).get(name))]
    signatures = [inspect.signature(function) for function in functions]
    annotations = [one for found in signatures for one in (found.return_annotation, *_annotated(found))]

    assert shortcomings(kind, name, module, protocol) == []
    assert annotations
    assert inspect.Signature.empty not in annotations


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_plugin_says_in_a_sentence_what_it_is(kind: str, name: str) -> None:
    """The first line of its docstring stands in the reference, so it is a sentence of more than its own name."""
    first = (plugins.load(kind, name).__doc__ or "").strip().partition("\n\n")[0]

    assert first.endswith(".")
    assert len(first.split()) >= 4


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_plugin_describes_each_public_name(kind: str, name: str) -> None:
    """Functions and classes by a docstring; whoever writes the next plugin starts from this one."""
    parts = [node for node in source_of(kind, name).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]

    assert [part.name for part in parts if not part.name.startswith("_") and not ast.get_docstring(part)] == []


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_plugin_stands_by_itself(kind: str, name: str) -> None:
    """It imports no other plugin: each can be taken away without breaking one that is named in a YAML."""
    others = {plugins.module_name(k, n) for k, n in EVERY} - {plugins.module_name(kind, name)}
    imported = {node.module for node in ast.walk(source_of(kind, name)) if isinstance(node, ast.ImportFrom)}

    assert imported & others == set()


@pytest.mark.parametrize("kind", plugins.KINDS)
def test_importing_the_plugins_of_a_kind_imports_no_table_and_no_learning_library(kind: str) -> None:
    """The configuration is checked against plugins, and a check of the YAML answers at once."""
    program = (
        f"import sys; from mlops_assets import plugins\n"
        f"for name in plugins.names({kind!r}): plugins.load({kind!r}, name)\n"
        f"print(*{{module.partition('.')[0] for module in sys.modules}})"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert HEAVY & set(ended.stdout.split()) == set()
    assert ended.stderr == ""


@pytest.mark.parametrize(("kind", "name"), [pair for pair in EVERY if pair[0] in BASES])
def test_the_parameters_of_a_plugin_are_strict_and_frozen(kind: str, name: str) -> None:
    """A misspelt key is an error, and nothing changes a parameter after it was read."""
    params = plugins.load(kind, name).Params

    assert issubclass(params, BASES[kind])
    assert params.model_config["extra"] == "forbid"
    assert params.model_config["frozen"] is True
    assert params.model_config["strict"] is True


@pytest.mark.parametrize("name", plugins.names("sink"))
def test_a_sink_refuses_a_parameter_that_it_does_not_know(name: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        plugins.load("sink", name).Params(nonsense=1)


@pytest.mark.parametrize("kind", plugins.KINDS)
def test_the_names_of_a_kind_are_its_files(kind: str) -> None:
    """Sorted, and safe to write in YAML without quotes."""
    found = plugins.names(kind)

    assert list(found) == sorted(set(found))
    assert all(name.isidentifier() and name == name.lower() for name in found)
    assert len(found) >= 2


@pytest.mark.parametrize("kind", plugins.KINDS)
def test_an_unknown_name_is_refused_with_the_nearest_one(kind: str) -> None:
    known = plugins.names(kind)[0]

    with pytest.raises(PluginError, match=rf"no {kind} is called '{known}x'.*did you mean '{known}'"):
        plugins.load(kind, f"{known}x")


def test_a_name_like_no_other_is_refused_with_the_file_to_add() -> None:
    with pytest.raises(PluginError, match=r"expected one of console, file.*add plugins/sinks/qqqqqq\.py"):
        plugins.load("sink", "qqqqqq")


def test_a_path_is_not_a_name() -> None:
    """What is written in YAML names a file of the folder and never leads out of it."""
    with pytest.raises(PluginError, match="no sink is called"):
        plugins.load("sink", "../tables")


def test_a_file_that_is_added_is_a_plugin_at_once(own_package: Path) -> None:
    """There is no table to edit; files that begin with an underscore, and other kinds of files, are none."""
    for file in ("post.py", "_shared.py", "__init__.py", "notes.md"):
        (own_package / file).write_text("raise RuntimeError('imported')\n", encoding="utf-8")

    assert plugins.names("sink") == ("post",)
    assert plugins.module_name("sink", "post") == "mlops_assets.plugins.sinks.post"


SINK = """
from mlops_assets.yaml_files.model import Model

class Params(Model):
    pass
"""
FAULTS = {
    "def send(": r"sink 'post' cannot be imported; got SyntaxError: .*\(post.py, line 1\); fix: correct the file",
    "import nowhere_to_be_found": r"cannot be imported; got ModuleNotFoundError: No module named 'nowhere_to_be_found'",
    SINK: r"it does not define send; expected send\(alert: Alert, params: SinkParams, root: Path\) -> None; fix: see ",
    f"{SINK}send = 3": "it does not define send; expected send",
    f"{SINK}def send(alert, root, params): ...": r"it defines send\(alert, root, params\); expected send\(alert: Alert",
    f"{SINK}def send(alert, params, root, token): ...": r"it defines send\(alert, params, root, token\); expected",
    f"{SINK}def send(alert, *, params, root): ...": r"it defines send\(alert, \*, params, root\); expected",
    "def send(alert, params, root): ...": r"it does not define Params; expected Params: type\[SinkParams\]",
    "class Params: ...\ndef send(alert, params, root): ...": r"Params is not right \(.*subclass of Model\)",
    "Params = 1\ndef send(alert): ...": r"it defines send\(alert\), Params is not right",
}


@pytest.mark.parametrize(("text", "message"), FAULTS.items())
def test_a_file_that_is_no_sink_is_refused_with_what_is_wrong_and_what_was_expected(
    own_package: Path, text: str, message: str
) -> None:
    """The file, what is missing or wrong in it, and the signature that was expected, in one sentence."""
    (own_package / "post.py").write_text(text, encoding="utf-8")

    with pytest.raises(PluginError, match=f"^plugins/sinks/post.py: .*{message}"):
        plugins.load("sink", "post")
    assert list(plugins.broken("sink")) == ["post"]


def test_a_function_may_take_more_than_its_kind_passes(own_package: Path) -> None:
    """Where the rest has a default."""
    (own_package / "post.py").write_text(f"{SINK}def send(alert, params, root, retries=3): ...", encoding="utf-8")

    assert plugins.load("sink", "post").send
    assert plugins.broken("sink") == {}


def test_a_transform_carries_the_name_of_its_file() -> None:
    """One that was copied and not renamed would stand in the place of the other."""
    original = plugins.load("transform", "ratio")
    found = shortcomings("transform", "share", original, plugins.KINDS["transform"].protocol)

    assert found == [("the key 'transform' of its Params is 'ratio'", 'transform: Literal["share"] = "share"')]


class Adder(TransformParams):
    FORMULA = "{column} + {other}"
    transform: Literal["adder"] = "adder"
    column: str


@pytest.mark.parametrize(
    ("params", "found"),
    [
        (Adder, ["no field of its Params names a column", "FORMULA names 'other', which is no field of its Params"]),
        (
            type("Bare", (Adder,), {"FORMULA": ""}),
            ["no field of its Params names a column", "its Params have no FORMULA"],
        ),
    ],
)
def test_a_transform_says_which_columns_it_reads_and_what_it_computes(params: type, found: list[str]) -> None:
    """Lineage and the guard on protected attributes come from the one, the registry page from the other."""
    module = SimpleNamespace(Params=params, apply=plugins.load("transform", "ratio").apply)

    assert [
        what for what, _ in shortcomings("transform", "adder", module, plugins.KINDS["transform"].protocol)
    ] == found


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"SPACE": {"a": (1, 2)}}, "SPACE.a is not right"),
        ({"SPACE": None}, "SPACE is not right"),
        ({"PARAMETERS": ["a"]}, "PARAMETERS is not right"),
        ({"EXPLAINER": "forest"}, "EXPLAINER is not right"),
        ({"TYPES": {"sklearn.A": 1}}, "TYPES.sklearn.A is not right"),
        ({"build": lambda params, seed: None}, "it defines build(params, seed)"),
    ],
)
def test_each_value_of_a_family_is_held_against_its_type(changes: dict[str, object], message: str) -> None:
    whole = vars(plugins.load("family", "random_forest"))
    found = shortcomings("family", "x", SimpleNamespace(**{**whole, **changes}), plugins.KINDS["family"].protocol)

    assert [what[: len(message)] for what, _ in found] == [message]

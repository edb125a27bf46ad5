"""Code that must not be there: arbitrary code from data, hidden inputs, and output past the caller."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PICKLERS = {"pickle", "_pickle", "cPickle", "joblib", "cloudpickle", "dill", "shelve", "marshal"}
PICKLING = {"read_pickle", "to_pickle"}
EVALUATORS = {"eval", "exec", "compile", "__import__"}


def called(tree: ast.AST) -> list[tuple[str, bool, ast.Call]]:
    """Return the name of what each call calls, whether it is an attribute of something, and the call."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            is_attribute = isinstance(node.func, ast.Attribute)
            found.append((node.func.attr if is_attribute else node.func.id, is_attribute, node))
    return found


def pickling_in(tree: ast.AST) -> list[str]:
    """Return what in a module could load or write a pickle."""
    modules = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    found = [module for module in modules if module.partition(".")[0] in PICKLERS]
    for name, _, call in called(tree):
        allowing = [word.value for word in call.keywords if word.arg == "allow_pickle"]
        if name in PICKLING or any(not (isinstance(v, ast.Constant) and v.value is False) for v in allowing):
            found.append(f"{name}, line {call.lineno}")
    return found


def evaluating_in(tree: ast.AST) -> list[str]:
    """Return the calls of a module that would run text as code: eval, exec, DataFrame.query, DataFrame.eval."""
    return [
        f"{name}, line {call.lineno}"
        for name, is_attribute, call in called(tree)
        if (name in EVALUATORS and not is_attribute) or (name in {"eval", "query"} and is_attribute)
    ]


def environment_in(tree: ast.AST) -> list[str]:
    """Return the lines of a module that read or write environment variables."""
    names = {"environ", "getenv", "putenv", "environb", "unsetenv"}
    reads = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in names and _is_os(n.value)]
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module == "os"]
    return [f"line {node.lineno}" for node in reads] + [
        f"line {node.lineno}" for node in imports if names & {alias.name for alias in node.names}
    ]


def _is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


def offences(trees: dict[str, ast.Module], judge) -> dict[str, list[str]]:
    """Return what `judge` finds, by module; modules without a finding are left out."""
    return {name: found for name, tree in trees.items() if (found := judge(tree))}


def test_only_the_settings_read_the_environment(trees) -> None:
    """Everything else is told, so that the same input gives the same output."""
    assert set(offences(trees, environment_in)) == {"settings.py"}


def test_nothing_loads_or_writes_a_pickle(trees) -> None:
    """A pickle runs whatever it says when it is loaded."""
    assert offences(trees, pickling_in) == {}


def test_no_test_loads_or_writes_a_pickle(repository: Path) -> None:
    files = sorted((repository / "mlops_assets_tests").rglob("*.py"))
    parsed = {file.relative_to(repository).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in files}

    assert offences(parsed, pickling_in) == {}


def test_no_text_is_run_as_code(trees) -> None:
    """Column names come from strangers' files: they are looked up, never evaluated."""
    assert offences(trees, evaluating_in) == {}


def test_no_room_prints(trees) -> None:
    """Rooms return; `defs` and the command line decide what is shown, and the command line through click."""

    def printing(tree: ast.AST) -> list[str]:
        plain = [(name, call) for name, is_attribute, call in called(tree) if not is_attribute]
        return [f"line {call.lineno}" for name, call in plain if name == "print"]

    assert offences(trees, printing) == {}


@pytest.mark.parametrize(
    ("judge", "text"),
    [
        (pickling_in, "import joblib"),
        (pickling_in, "def f():\n    from pickle import loads"),
        (pickling_in, "np.load(path, allow_pickle=True)"),
        (pickling_in, "np.load(path, allow_pickle=trusted)"),
        (pickling_in, "pd.read_pickle(path)"),
        (evaluating_in, "eval(text)"),
        (evaluating_in, "frame.query(rule)"),
        (environment_in, "import os\nos.environ['A']"),
        (environment_in, "from os import getenv"),
    ],
)
def test_the_programs_above_find_what_they_look_for(judge, text: str) -> None:
    """A rule that cannot fail is no rule."""
    assert judge(ast.parse(text)) != []


@pytest.mark.parametrize(
    ("judge", "text"),
    [
        (pickling_in, "np.load(path, allow_pickle=False)"),
        (evaluating_in, "re.compile(pattern)"),
        (evaluating_in, "engine.evaluate(y)"),
        (environment_in, "import os\nos.open(path, os.O_RDWR)"),
    ],
)
def test_the_programs_above_leave_alone_what_is_fine(judge, text: str) -> None:
    assert judge(ast.parse(text)) == []

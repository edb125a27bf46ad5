"""Sizes and words: the budgets that keep a file readable in one sitting, as programs over the package."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator

FILE_CAP, FILE_P90, FILE_MEDIAN = 400, 250, 110
BODY_CAP, BODY_P90, BODY_MEDIAN = 60, 30, 8

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_files_keep_their_budget(sources) -> None:
    """Median, ninth decile and greatest number of lines of a module."""
    lines = {name: len(text.splitlines()) for name, text in sources.items()}
    median, p90 = statistics.median(lines.values()), statistics.quantiles(lines.values(), n=10)[-1]
    print(f"{len(lines)} files: median {median:g}, p90 {p90:g}, greatest {max(lines.values())} lines")

    assert {name: count for name, count in lines.items() if count > FILE_CAP} == {}
    assert p90 <= FILE_P90
    assert median <= FILE_MEDIAN


def test_bodies_keep_their_budget(trees) -> None:
    """Lines of a function without its docstring, functions inside it and decorators of theirs included."""
    bodies = {f"{name}:{node.name}": body_lines(node) for name, tree in trees.items() for node in functions(tree)}
    median, p90 = statistics.median(bodies.values()), statistics.quantiles(bodies.values(), n=10)[-1]
    print(f"{len(bodies)} functions: median {median:g}, p90 {p90:g}, greatest {max(bodies.values())} lines")

    assert {name: count for name, count in bodies.items() if count > BODY_CAP} == {}
    assert p90 <= BODY_P90
    assert median <= BODY_MEDIAN


def test_everything_public_has_a_docstring(trees) -> None:
    """Modules, and the classes, functions and methods whose names do not start with an underscore."""
    silent = [name for name, tree in trees.items() if not ast.get_docstring(tree)]
    silent += [f"{name}:{path}" for name, tree in trees.items() for path, doc in public_parts(tree) if not doc]

    assert silent == []


def test_every_function_says_what_it_returns(trees) -> None:
    """Private and nested functions too."""
    open_ended = [f"{name}:{f.name}" for name, tree in trees.items() for f in functions(tree) if f.returns is None]

    assert open_ended == []


def test_no_module_is_named_for_being_useful(sources) -> None:
    """A drawer for everything is where ideas get lost: a module is named for its one idea."""
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}

    assert [name for name in sources if drawers & {*name.removesuffix(".py").split("/")}] == []


def functions(tree: ast.AST) -> list[Function]:
    """Return all functions and methods below a node, nested ones too."""
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def body_lines(function: Function) -> int:
    """Return the number of lines from the first statement that is not a docstring to the last."""
    statements = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not statements:
        return 0
    first = min([statements[0].lineno, *(d.lineno for d in getattr(statements[0], "decorator_list", ()))])
    return (function.end_lineno or first) - first + 1


def public_parts(node: ast.Module | ast.ClassDef, path: str = "") -> Iterator[tuple[str, str | None]]:
    """Yield the dotted path and the docstring of each public class, function and method."""
    for part in node.body:
        overloads = [d for d in getattr(part, "decorator_list", ()) if ast.unparse(d) == "overload"]
        if isinstance(part, (ast.ClassDef, *Function.__args__)) and not part.name.startswith("_") and not overloads:
            yield f"{path}{part.name}", ast.get_docstring(part)
            if isinstance(part, ast.ClassDef):
                yield from public_parts(part, f"{path}{part.name}.")

"""The docs say what is there: stages, plugins, keys, assets, checks and commands, and their links lead somewhere."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import re
import textwrap
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from mlops_assets import plugins
from mlops_assets.graph import keys
from mlops_assets.use_case.environment import Environment
from mlops_assets.use_case.loader import load_project, load_use_case
from mlops_assets.use_case.model import UseCase

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = tuple(sorted(DOCS.rglob("*.md"))) + tuple(
    REPOSITORY / name for name in ("README.md", "CHANGELOG.md", "data/README.md")
)
STAGE_PAGES = {stage: DOCS / "stages" / f"{stage}.md" for stage in keys.STAGES}

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[[^\]\n]*(?:\n[^\]\n]*)?\]\(([^)\s]+)\)")


@cache
def page_text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def fenced_blocks(language: str) -> list[tuple[Path, str]]:
    """Return each fenced block of a language with the page that it stands in."""
    return [
        (page, textwrap.dedent(body))
        for page in PAGES
        for _, written, body in _FENCE.findall(page_text(page))
        if written == language
    ]


def relative_links(page: Path, *, pictures: bool) -> list[str]:
    """Return the targets of a page's links, or of its pictures, that are within this repository."""
    prose = _FENCE.sub("", page_text(page))
    found = [target for mark, target in _LINK.findall(prose) if (mark == "!") is pictures]
    return [target for target in found if "://" not in target and not target.startswith("mailto:")]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that a page's headings have where Markdown is rendered."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", page_text(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def page_id(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


@pytest.fixture(scope="module")
def graph():
    """The asset graph of the shipped use cases."""
    from mlops_assets.defs.assemble import build_definitions

    return build_definitions(load_project(REPOSITORY, "local", {})).resolve_asset_graph()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_of_a_page_lead_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for target in relative_links(page, pictures=False):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.is_file() or (anchor and anchor not in anchors_of(file)):
            broken.append(target)

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_pictures_of_a_page_are_there(page: Path) -> None:
    missing = [target for target in relative_links(page, pictures=True) if not (page.parent / target).is_file()]

    assert missing == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [REPOSITORY / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.is_file():
            continue
        reached.add(page)
        targets = (target.partition("#")[0] for target in relative_links(page, pictures=False))
        waiting += [(page.parent / target).resolve() for target in targets if target]

    assert {page_id(page) for page in PAGES if page not in reached and page.name != "benchmarks.md"} == set()


@pytest.mark.parametrize("stage", keys.STAGES)
def test_a_stage_has_a_page_with_the_parts_that_all_pages_have(stage: str) -> None:
    headings = re.findall(r"^## (.+)$", page_text(STAGE_PAGES[stage]), re.MULTILINE)

    assert [part for part in ("In the YAML", "Assets", "Checks", "Limits") if part not in headings] == []


def test_every_asset_is_on_the_page_of_its_stage(graph) -> None:
    missing = {
        f"{stage}: {key.path[-1]}"
        for key in graph.get_all_asset_keys()
        for stage in [graph.get(key).group_name.rpartition("__")[2]]
        if f"`{key.path[-1]}`" not in page_text(STAGE_PAGES[stage])
    }

    assert missing == set()


def test_every_check_is_on_the_page_of_its_stage_with_its_severity_and_what_to_do(graph) -> None:
    missing = set()
    for check in graph.asset_check_keys:
        noun = check.asset_key.path[-1]
        name = "gate_NAME" if check.name.startswith("gate_") else check.name
        stage = graph.get(check.asset_key).group_name.rpartition("__")[2]
        row = rf"^\| `{noun}:{name}` \| (ERROR|WARN)[^|]*\|[^|]+\|[^|]+\|$"
        if not re.search(row, page_text(STAGE_PAGES[stage]), re.MULTILINE):
            missing.add(f"{stage}: {noun}:{name}")

    assert missing == set()


def test_every_check_that_blocks_is_said_to_block_and_no_other(graph) -> None:
    blocking = {
        f"{check.asset_key.path[-1]}:{check.name}" for check in graph.asset_check_keys if graph.get(check).blocking
    }
    pages = "".join(map(page_text, STAGE_PAGES.values()))

    assert blocking == set(re.findall(r"^\| `(\w+:\w+)` \| [A-Z]+, blocks \|", pages, re.MULTILINE))


@pytest.mark.parametrize("stage", keys.STAGES)
def test_every_key_of_a_section_is_on_the_page_of_its_stage(stage: str) -> None:
    section = UseCase.model_fields[stage].annotation
    missing = [name for name in section.model_fields if not re.search(rf"`{name}\b", page_text(STAGE_PAGES[stage]))]

    assert missing == []


def test_every_key_of_an_environment_is_on_its_page() -> None:
    text = page_text(DOCS / "how-to" / "environments-and-secrets.md")

    assert [name for name in Environment.model_fields if f"`{name}" not in text] == []


@pytest.mark.parametrize("kind", sorted(plugins.KINDS))
def test_every_plugin_of_a_kind_is_named_on_a_page_that_somebody_wrote(kind: str) -> None:
    written = "".join(page_text(page) for page in PAGES if page.parent.name != "reference")

    assert [name for name in plugins.names(kind) if f"`{name}`" not in written] == []


@pytest.mark.parametrize(("page", "block"), fenced_blocks("yaml"), ids=lambda value: getattr(value, "name", ""))
def test_yaml_in_the_docs_is_configuration_that_loads(page: Path, block: str, tmp_path: Path) -> None:
    said = YAML(typ="safe").load(block)

    assert set(said) <= {*UseCase.model_fields, *Environment.model_fields}, page_id(page)
    if block.startswith("name:"):
        file = tmp_path / f"{said['name']}.yaml"
        file.write_text(block, encoding="utf-8")
        assert load_use_case(file).name == said["name"]


@pytest.mark.parametrize(("page", "block"), fenced_blocks("python"), ids=lambda value: getattr(value, "name", ""))
def test_python_in_the_docs_imports_what_is_there(page: Path, block: str) -> None:
    absent = []
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mlops_assets"):
            module = importlib.import_module(str(node.module))
            absent += [f"{node.module}.{n.name}" for n in node.names if not _is_importable(module, n.name)]

    assert absent == [], page_id(page)


def _is_importable(module: object, name: str) -> bool:
    if hasattr(module, name):
        return True
    return importlib.util.find_spec(f"{module.__name__}.{name}") is not None  # type: ignore[attr-defined]


def test_every_command_is_in_the_readme_and_no_page_names_another() -> None:
    from mlops_assets.cli import main

    named = {name for page in PAGES for name in re.findall(r"mlops-assets ([a-z]+)\b", page_text(page))}

    assert [name for name in main.commands if f"`mlops-assets {name} " not in page_text(REPOSITORY / "README.md")] == []
    assert named - set(main.commands) == set()


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", page_text(REPOSITORY / "Makefile"), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"(?:^|`)make ([a-z]+)", page_text(page), re.MULTILINE)}

    assert named - targets == set()
    assert {"run", "test", "ui", "check", "bench"} <= named


def test_hashes_of_the_data_that_ships_are_those_of_the_files() -> None:
    folder = REPOSITORY / "data"
    rows = re.findall(r"^\| `(raw/[^`]+)` \|.*`([0-9a-f]{64})` \|$", page_text(folder / "README.md"), re.MULTILINE)
    files = [file for file in (folder / "raw").iterdir() if file.is_file()]

    assert dict(rows) == {f"raw/{file.name}": hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_every_message_that_troubleshooting_quotes_is_one_of_the_package(trees) -> None:
    """A change of a message has to change the page on which people look it up."""
    page = page_text(DOCS / "how-to" / "troubleshooting.md")
    quoted = [text for cell in re.findall(r"^\| ([^|]*`[^|]*) \|", page, re.MULTILINE) for text in _QUOTE.findall(cell)]
    literals = {text for tree in trees.values() for text in _texts(tree)}
    pieces = {piece for text in literals if len(piece := text.strip(" .,;:'\n")) >= 12}
    parts = [part.strip(" .:'") for text in quoted for part in re.split(r"…|\d+|\b[NA]\b", text)]
    messages = [
        part for part in parts if len(part) >= 12 and not re.search(r":\w+ failed$|\.py$|^approved|^file:line", part)
    ]

    assert len(messages) > 20
    assert [part for part in messages if not any(part in piece or piece in part for piece in pieces)] == []


_QUOTE = re.compile(r"`([a-z][^`]* [^`]+)`")


def _texts(tree: ast.Module) -> set[str]:
    """Return the texts in a module, without docstrings."""
    nodes = list(ast.walk(tree))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return {
        n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in docstrings
    }

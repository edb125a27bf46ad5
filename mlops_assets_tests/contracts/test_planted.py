"""A file that is dropped into the folder of its kind: known at once where it is sound, in nobody's way where not.

Works on a copy of the package, in fresh processes, as somebody would who adds a plugin.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).resolve().parents[2]
TRANSFORM = '''"""Half: a column divided by two."""
from typing import Literal
from mlops_assets.plugins.declarations import ColumnName, TransformParams

class Params(TransformParams):
    """Divide a column by two."""
    transform: Literal["half"] = "half"
    FORMULA = "{column} / 2"
    column: ColumnName
    """Column to divide."""

def apply(frame, params):
    return (frame[params.column] / 2).to_frame(params.name)
'''
FAMILY = '''"""Coin: what would be tossed."""
SPACE, DEFAULTS, FIXED, TYPES = {}, {}, {"sides": 2}, {}
PARAMETERS = ("sides",)
EXPLAINER = "tree"

def build(params, seed, threads):
    return None
'''
SINK = '''"""Pigeon: a bird with a note."""
from mlops_assets.yaml_files.model import Model

class Params(Model):
    """How far."""
    miles: int = 3
    """How far it flies."""

def send(alert, params, root):
    return None
'''
READER = '''"""Tables in stone."""
SUFFIXES = (".stone",)

def read(path, source, columns):
    return None
'''


class Copy:
    """A copy of the package in a project with the shipped use cases."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(
            REPOSITORY / "mlops_assets", root / "mlops_assets", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copytree(REPOSITORY / "configs", root / "configs")

    def plant(self, file: str, text: str) -> None:
        """Write one file of the package."""
        (self.root / "mlops_assets" / file).write_text(text, encoding="utf-8")

    def configure(self, name: str, **sections: object) -> str:
        """Write penguins under another name, with other sections; return the file's path in the project."""
        yaml = YAML(typ="safe")
        tree = yaml.load(self.root / "configs" / "penguins.yaml") | {"name": name}
        for section, values in sections.items():
            tree[section] = {**tree[section], **values}
        path = self.root / "configs" / f"{name}.yaml"
        path.write_text(json.dumps(tree), encoding="utf-8")
        return str(path.relative_to(self.root))

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the project, with the copy in front of everything else."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLOPS_", "COV", "DAGSTER"))}
        return subprocess.run(
            [sys.executable, *arguments],
            env={**kept, "PYTHONPATH": str(self.root), "MLOPS_ASSETS_PROJECT": str(self.root)},
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def check(self, *files: str) -> tuple[int, list[str]]:
        """Return the exit code of `mlops-assets check` and the lines that it prints."""
        ended = self.python("-m", "mlops_assets.cli", "check", *files)
        return ended.returncode, [*ended.stdout.splitlines(), *ended.stderr.splitlines()]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_a_file_that_is_dropped_into_its_folder_is_known_to_the_check_the_schema_and_the_reference(copy: Copy) -> None:
    copy.plant("plugins/transforms/half.py", TRANSFORM)
    copy.plant("plugins/families/coin.py", FAMILY)
    copy.plant("plugins/sinks/pigeon.py", SINK)
    copy.plant("plugins/readers/stone.py", READER)
    derive = [{"name": "h", "transform": "half", "column": "body_mass_g"}]
    good = copy.configure("good", features={"derive": derive}, training={"families": {"coin": {}}})
    bad = copy.configure(
        "bad", features={"derive": [{**derive[0], "by": 3}]}, training={"families": {"coin": {"fixed": {"side": 1}}}}
    )
    (copy.root / "configs/environments/birds.yaml").write_text(
        "notifications:\n  - {sink: pigeon, params: {miles: far}}\n", encoding="utf-8"
    )

    assert copy.check(good) == (0, [f"ok: {good}"])
    code, lines = copy.check(bad, "configs/environments/birds.yaml")
    assert code == 2
    assert [line.partition(": ")[2].partition(";")[0] for line in lines] == [
        "features.derive[0].by: unknown key",
        "training.families.coin.fixed.side: coin has no such parameter",
        "notifications[0].params.miles: wrong type",
    ]
    assert copy.python("-m", "mlops_assets.use_case.generate").stderr == ""
    schemas = "".join(
        (copy.root / "configs" / name).read_text() for name in ("use_case.schema.json", "environment.schema.json")
    )
    page = (copy.root / "docs/reference/configuration.md").read_text()
    assert [
        part for part in ('"half"', '"coin"', '"pigeon"', '"stone"', "Column to divide.") if part not in schemas
    ] == []
    assert [
        part for part in ("### `half`", "### `coin`", "### sink `pigeon`", "Tables in stone.") if part not in page
    ] == []


FAULTS: dict[str, tuple[str, str, dict[str, object], str]] = {
    "takes_one": (
        "transforms/half.py",
        TRANSFORM.replace("def apply(frame, params)", "def apply(frame)"),
        {"features": {"derive": [{"name": "h", "transform": "half", "column": "year"}]}},
        (
            "features.derive[0]: plugins/transforms/half.py: transform 'half' is not a valid transform: it "
            "defines apply(frame); expected apply(frame: pd.DataFrame, params: FeatureParams) -> pd.DataFrame; "
            "fix: see docs/how-to/new-plugin.md"
        ),
    ),
    "never_closed": (
        "transforms/third.py",
        "def apply(frame:\n",
        {"features": {"derive": [{"name": "h", "transform": "third", "column": "year"}]}},
        (
            "features.derive[0]: plugins/transforms/third.py: transform 'third' cannot be imported; got SyntaxError: "
            "'(' was never closed (third.py, line 1); fix: correct the file"
        ),
    ),
    "lacks_a_name": (
        "families/coin.py",
        FAMILY.replace('PARAMETERS = ("sides",)', ""),
        {"training": {"families": {"coin": {"fixed": {"sides": 3}}, "random_forest": {}}}},
        (
            "training.families.coin: plugins/families/coin.py: family 'coin' is not a valid family: it does not "
            "define PARAMETERS; expected PARAMETERS: tuple[str, ...]; see docs/how-to/new-plugin.md"
        ),
    ),
    "is_no_tuple": (
        "readers/stone.py",
        READER.replace('(".stone",)', '".stone"'),
        {"data": {"source": {"path": "data/raw/penguins.csv", "reader": "stone"}}},
        (
            "data.source.reader: plugins/readers/stone.py: reader 'stone' is not a valid reader: SUFFIXES is "
            "not right (Input should be a valid tuple); expected SUFFIXES: tuple[str, ...]; "
            "see docs/how-to/new-plugin.md"
        ),
    ),
    "by_its_ending": (
        "readers/clay.py",
        "raise RuntimeError('no oven')\n",
        {"data": {"source": {"path": "data/raw/penguins.clay"}}},
        (
            "data.source.path: no reader reads files of this type; "
            "expected a name that ends in .csv, .csv.gz, .parquet, .pq; "
            "got 'data/raw/penguins.clay'; rename the file, or name its reader; plugins/readers/clay.py: reader 'clay' "
            "cannot be imported; got RuntimeError: no oven; fix: correct the file; plugins/readers/stone.py: reader "
        ),
    ),
}


def test_files_that_are_no_plugins_break_what_names_them_and_nothing_else(copy: Copy) -> None:
    """One line each, at the place of the name. The shipped use cases load, in the command line and in Dagster."""
    for file, text, _, _ in FAULTS.values():
        copy.plant(f"plugins/{file}", text)
    copy.plant("plugins/sinks/pigeon.py", SINK.replace("send(alert, params, root)", "send(alert)"))
    fine = copy.check()
    ended = copy.python("-c", "import mlops_assets.definitions")
    (copy.root / "configs/environments/birds.yaml").write_text("notifications: [{sink: pigeon}]\n", encoding="utf-8")
    files = [copy.configure(name, **sections) for name, (_, _, sections, _) in FAULTS.items()]
    code, lines = copy.check(*files, "configs/environments/birds.yaml")

    assert fine == (0, ["ok: use cases credit_default, penguins; environment local"])
    assert (ended.returncode, ended.stderr) == (0, "")
    expected = [
        *(message for _, _, _, message in FAULTS.values()),
        (
            "notifications[0].sink: plugins/sinks/pigeon.py: sink 'pigeon' is not a valid sink: it defines "
            "send(alert); expected send(alert: Alert, params: SinkParams, root: Path) -> None"
        ),
    ]
    found = [line.partition(": ")[2] for line in lines]
    assert code == 2
    assert [line[: len(message)] for line, message in zip(found, expected, strict=True)] == expected

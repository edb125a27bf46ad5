"""The schemas that editors complete from are fresh, valid, and agree with the loader."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mlops_assets.use_case.generate import environment_schema, schema_texts, use_case_schema
from mlops_assets.yaml_files.reading import read_document

ROOT = Path(__file__).parents[2]
USE_CASES = sorted((ROOT / "configs").glob("*.yaml"))
ENVIRONMENTS = sorted((ROOT / "configs" / "environments").glob("*.yaml"))


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, tuple) else value


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    jsonschema.Draft202012Validator.check_schema(schema)
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(as_json(value))]


@pytest.mark.parametrize("file", list(schema_texts()))
def test_a_committed_schema_is_what_the_models_say(file):
    """After a change of a model or plugin: `make docs`."""
    assert (ROOT / file).read_text(encoding="utf-8") == schema_texts()[file]


@pytest.mark.parametrize("path", USE_CASES, ids=lambda path: path.name)
def test_a_shipped_use_case_fits_the_schema_that_it_names(path):
    """The header points at the schema, and an editor finds nothing to mark."""
    header = path.read_text(encoding="utf-8").splitlines()[0]

    assert faults(use_case_schema(), read_document(path, path.name).data) == []
    assert header == "# yaml-language-server: $schema=use_case.schema.json"


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.name)
def test_a_shipped_environment_fits_the_schema_that_it_names(path):
    """The header points at the schema, and an editor finds nothing to mark."""
    header = path.read_text(encoding="utf-8").splitlines()[0]

    assert faults(environment_schema(), read_document(path, path.name).data) == []
    assert header == "# yaml-language-server: $schema=../environment.schema.json"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("tagret",), 1),
        (("data", "columns", "AGE", "type"), "numbr"),
        (("data", "source", "reader"), "xlsx"),
        (("training", "families"), {"forest": {}}),
        (("training", "families"), {"random_forest": {"fixed": {"n_estimator": 3}}}),
        (("features", "derive"), [{"name": "a", "transform": "rato"}]),
        (("features", "derive"), [{"name": "a", "transform": "ratio", "numerator": "AGE"}]),
        (("release", "gates"), [{"name": "a", "evidence": "evaluation", "metric": "tpr_gap", "at_most": 1}]),
        (("privacy", "synthetic", "synthesizer"), "copula"),
    ],
)
def test_an_editor_marks_what_the_loader_refuses(path, value):
    """Names of plugins and figures are choices in the schema."""
    tree = json.loads(json.dumps(as_json(read_document(ROOT / "configs" / "credit_default.yaml", "c").data)))
    inner = tree
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value

    assert faults(use_case_schema(), tree)


def test_an_editor_marks_parameters_that_a_sink_does_not_have():
    """The parameters of a notification are those of its sink."""
    assert faults(environment_schema(), {"notifications": [{"sink": "file", "params": {"pth": "a"}}]})
    assert faults(environment_schema(), {"notifications": [{"sink": "nowhere"}]})


def test_no_description_is_lost():
    """Every key of every model is described in the schema."""
    for schema in (use_case_schema(), environment_schema()):
        for name, part in schema["$defs"].items():
            for key, field in part.get("properties", {}).items():
                assert field.get("description") or key == "transform", f"{name}.{key}"


def test_the_page_of_the_schema_is_plain_json():
    """Every file is JSON that reads back to itself."""
    for text in schema_texts().values():
        assert json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True) + "\n" == text

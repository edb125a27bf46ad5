"""Generated files: JSON schemas of the configuration, for editors to complete from, and the configuration reference.

Run by `make docs`; tests fail if a committed file is out of date. In the schemas, names of plugins and metrics are
choices, as in the cross checks. A mapping key that is a whole number in YAML is a text in JSON, so a schema accepts
both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlops_assets import plugins
from mlops_assets.use_case.environment import Environment
from mlops_assets.use_case.metrics import GATE_METRICS
from mlops_assets.use_case.model import UseCase
from mlops_assets.use_case.reference import FILE, render_reference

_Node = dict[str, Any]


def use_case_schema() -> _Node:
    """Return the schema of a use case."""
    schema = UseCase.model_json_schema()
    parts = schema["$defs"]
    _choices(parts["Source"]["properties"]["reader"], "reader")
    _choices(parts["Synthetic"]["properties"]["synthesizer"], "synthesizer")
    _choices(parts["Training"]["properties"]["baseline"], "family", "auto")
    families = parts["Training"]["properties"]["families"]
    families["propertyNames"] = {"enum": list(plugins.names("family"))}
    families["properties"] = {name: _family(name) for name in plugins.names("family")}
    for part in parts.values():
        if "transform" in part["properties"]:
            part["required"] = [*part.get("required", []), "transform"]
    gate = parts["Gate"]
    gate["properties"]["metric"]["enum"] = list(dict.fromkeys(m for known in GATE_METRICS.values() for m in known))
    gate["allOf"] = [_when("evidence", evidence, "metric", {"enum": list(m)}) for evidence, m in GATE_METRICS.items()]
    return _finished(schema, "A use case of mlops_assets")


def environment_schema() -> _Node:
    """Return the schema of an environment overlay."""
    schema = Environment.model_json_schema()
    notification = schema["$defs"]["Notification"]
    _choices(notification["properties"]["sink"], "sink")
    sinks = {name: plugins.load("sink", name).Params for name in plugins.names("sink")}
    notification["allOf"] = [_when("sink", name, "params", sinks[name].model_json_schema()) for name in sinks]
    return _finished(schema, "An environment of mlops_assets")


def schema_texts() -> dict[str, str]:
    """Return the text of each schema file by its path in the project; the headers of the YAML files name them."""
    return {
        f"configs/{name}.schema.json": json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        for name, schema in (("use_case", use_case_schema()), ("environment", environment_schema()))
    }


def _choices(node: _Node, kind: str, *others: str) -> None:
    """Restrict a text to the plugins of a kind and the given others; null stays allowed where it was."""
    for option in node.get("anyOf", [node]):
        if option["type"] == "string":
            option["enum"] = [*others, *plugins.names(kind)]


def _family(name: str) -> _Node:
    """Return the schema of one family, with the names of its parameters."""
    known = {"propertyNames": {"enum": list(plugins.load("family", name).PARAMETERS)}}
    return {"allOf": [{"$ref": "#/$defs/Family"}], "properties": {"space": known, "fixed": known}}


def _when(key: str, value: str, then: str, what: _Node) -> _Node:
    condition = {"properties": {key: {"const": value}}, "required": [key]}
    return {"if": condition, "then": {"properties": {then: what}}}


def _finished(schema: _Node, title: str) -> _Node:
    """Return a schema with a dialect and a title, and without the titles that pydantic generates."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_cleaned(schema), "title": title}


def _cleaned(node: Any, *, is_names: bool = False) -> Any:
    """Return a node without generated titles and with descriptions on one line."""
    if isinstance(node, list):
        return [_cleaned(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _cleaned(value, is_names=key in ("properties", "$defs") and not is_names)
        for key, value in node.items()
        if is_names or key not in ("title", "discriminator")
    }
    if not is_names and isinstance(kept.get("description"), str):
        kept["description"] = " ".join(kept["description"].split())
    return kept


def main() -> None:
    """Write every generated file of the project that holds this package."""
    root = Path(__file__).resolve().parents[2]
    for file, text in {**schema_texts(), FILE: render_reference()}.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

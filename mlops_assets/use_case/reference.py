"""Reference: `docs/reference/configuration.md`, every key with its type, default and meaning.

Generated from the models and the plugins, so that it says what the loader does. To change a sentence, change the
docstring of the field it comes from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mlops_assets import plugins
from mlops_assets.plugins.declarations import Choice, Range
from mlops_assets.use_case.environment import Environment
from mlops_assets.use_case.features import Features
from mlops_assets.use_case.metrics import GATE_METRICS
from mlops_assets.use_case.model import UseCase
from mlops_assets.yaml_files.model import describe, is_model, members, unwrap

FILE = "docs/reference/configuration.md"

_INTRODUCTION = """# Configuration reference

Every key of the YAML files. This page is generated from the models in `mlops_assets/use_case/` and from the plugins; to
change a sentence, change its docstring and run `make docs`. An unknown key is an error; a key without a default is
required.

A use case is one file `configs/NAME.yaml`. An environment is one file `configs/environments/NAME.yaml`. Its texts
may contain `${NAME}`, which is replaced by that environment variable; this is the only way to pass a secret.
"""


def render_reference() -> str:
    """Return the page as Markdown."""
    parts = [_INTRODUCTION, "## Use case\n"]
    parts += _sections(UseCase, "")
    parts += ["## Environment\n", *_sections(Environment, "")]
    parts += [
        "## Transforms\n",
        "Values of `transform` in `features.derive`. Each also takes `name` and `description`.\n",
    ]
    parts += [_transform(name) for name in plugins.names("transform")]
    parts += ["## Families\n", "Names in `training.families`.\n", *map(_family, plugins.names("family"))]
    parts += ["## Metrics\n", "Metrics that a gate in `release.gates` can limit.\n", _metrics()]
    parts += ["## Other plugins\n", _others()]
    return "\n".join(parts)


def _sections(model: type[BaseModel], path: str) -> Iterator[str]:
    """Yield the section of a model, then those of the models inside it."""
    heading = f"### `{path}`\n\n" if path else ""
    yield f"{heading}{_line(model.__doc__)}\n\n{_table(model)}\n"
    for name, field in model.model_fields.items():
        for suffix, inner in _inner(field.annotation):
            yield from _sections(inner, f"{path}.{name}{suffix}".lstrip("."))


def _inner(annotation: Any, suffix: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the models in an annotation with what leads to them: `[]` for an item of a list, `.NAME` of a mapping."""
    for option in members(unwrap(annotation)[0]):
        bare, _ = unwrap(option)
        origin, arguments = get_origin(bare), get_args(bare)
        if is_model(bare):
            if "transform" not in bare.model_fields:
                yield suffix, bare
        elif origin is tuple:
            yield from _inner(arguments[0], f"{suffix}[]")
        elif origin is dict:
            yield from _inner(arguments[1], f"{suffix}.NAME")


def _table(model: type[BaseModel], leave_out: tuple[str, ...] = ()) -> str:
    earlier = {present: f" Earlier: `{name}`." for name, present in getattr(model, "RENAMED", {}).items()}
    meanings = {name: _line(field.description) + earlier.get(name, "") for name, field in model.model_fields.items()}
    types = {name: describe(field.annotation, field.metadata) for name, field in model.model_fields.items()}
    if model is Features:
        types["derive"] = "a list of [transforms](#transforms)"
    rows = [
        f"| `{name}` | {_cell(types[name])} | {_default(field)} | {_cell(meanings[name])} |"
        for name, field in model.model_fields.items()
        if name not in leave_out
    ]
    if not rows:
        return "It takes no parameters."
    return "\n".join(["| key | type | default | meaning |", "|---|---|---|---|", *rows])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, dict) and any(isinstance(value, BaseModel) for value in default.values()):
        return _cell(", ".join(f"`{name}`" for name in default))
    if any(isinstance(value, BaseModel) for value in (default if isinstance(default, tuple) else (default,))):
        return "see below"
    text = json.dumps(default, ensure_ascii=False)
    return "empty" if text in ('""', "[]", "{}") else _cell(f"`{text}`")


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _transform(name: str) -> str:
    params = plugins.load("transform", name).Params
    return f"### `{name}`\n\n{_line(params.__doc__)}\n\n{_table(params, ('name', 'transform', 'description'))}\n"


def _family(name: str) -> str:
    module = plugins.load("family", name)
    rows = [f"| `{key}` | {_cell(_searched(value))} |" for key, value in module.SPACE.items()]
    rows += [f"| `{key}` | `{json.dumps(value)}` |" for key, value in module.FIXED.items() if key not in module.SPACE]
    listed = {*module.SPACE, *module.FIXED}
    rest = [f"`{key}`" for key in module.PARAMETERS if key not in listed]
    more = f"\n\nIt also takes {', '.join(rest)}." if rest else ""
    head = [
        f"### `{name}`\n",
        plugins.summary("family", name),
        "",
        "| parameter | search space or fixed value |",
        "|---|---|",
    ]
    return "\n".join([*head, *rows]) + f"{more}\n"


def _searched(value: Range | Choice) -> str:
    if isinstance(value, Choice):
        return f"one of {', '.join(f'`{json.dumps(choice)}`' for choice in value.choices)}"
    kind = "whole numbers" if value.whole else "numbers"
    return f"{kind} from {value.low:g} to {value.high:g}{', on a logarithmic scale' if value.log else ''}"


def _metrics() -> str:
    rows = ["| evidence | metric | meaning | better |", "|---|---|---|---|"]
    for evidence, metrics in GATE_METRICS.items():
        for name, metric in metrics.items():
            title, better = (metric, "as the limit says") if isinstance(metric, str) else (metric.title, metric.better)
            rows.append(f"| `{evidence}` | `{name}` | {title} | {better} |")
    return "\n".join(rows) + "\n"


def _others() -> str:
    rows = ["| key | name | description |", "|---|---|---|"]
    for key, kind in (("data.source.reader", "reader"), ("privacy.synthetic.synthesizer", "synthesizer")):
        rows += [f"| `{key}` | `{name}` | {_cell(plugins.summary(kind, name))} |" for name in plugins.names(kind)]
    rows += [f"| `notifications[].sink` | `{n}` | {_cell(plugins.summary('sink', n))} |" for n in plugins.names("sink")]
    sinks = {name: plugins.load("sink", name).Params for name in plugins.names("sink")}
    tables = [f"### sink `{n}`\n\n{_line(params.__doc__)}\n\n{_table(params)}\n" for n, params in sinks.items()]
    return "\n".join([*rows, "", *tables])

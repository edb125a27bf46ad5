"""Walk: finds out why a model rejects a document, so that all mistakes are reported at once and each only once.

Goes through document and model together and leaves out broken values, so that valid ones can still be cross-checked.
pydantic itself validates each leaf and each complete model: no rule is implemented here a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, Field, ValidationError
from pydantic.fields import FieldInfo

from mlops_assets.errors import listing, nearest, suggestion
from mlops_assets.yaml_files.document import UNREADABLE, Document, Path, Problem, shown
from mlops_assets.yaml_files.leaves import check_leaf, hint_for, message, unknown_keys
from mlops_assets.yaml_files.model import describe, is_container, is_model, members, unwrap

M = TypeVar("M", bound=BaseModel)
BROKEN: Any = object()
"""Replaces a value that is wrong and whose problem is recorded."""


class Walk(Generic[M]):
    """A document read as a model: the model and the mistakes.

    Attributes:
        document: the values of the text and their places.
        value: the model; if there are problems, built from the valid values only, so a required part may be absent.
        problems: the mistakes, besides those of the document's text.
        broken: paths whose value is invalid, or is required and absent.
        dropped: items of lists that are left out of `value`, because they are broken.
    """

    value: M

    def __init__(self, document: Document, root: type[M], hidden: frozenset[Path]) -> None:
        self.document, self.root, self.hidden = document, root, hidden
        self.problems: list[Problem] = []
        self.broken: set[Path] = {problem.path for problem in document.problems}
        self.dropped: set[Path] = set()

    def items(self, path: Path, values: tuple[Any, ...] | None) -> Iterator[tuple[Path, Any]]:
        """Yield each valid item of a list in the text, with its path there."""
        written = self.document.at(path)
        places = [(*path, i) for i in range(len(written))] if isinstance(written, tuple) else []
        yield from zip([place for place in places if place not in self.dropped], values or (), strict=False)

    def model(self, model: type[BaseModel], data: Any, path: Path) -> Any:
        """Return the model, complete if nothing in it is wrong, otherwise built from its valid values.

        A field that is missing or broken and has no default is absent from it, and its path is in `broken`.
        """
        if not isinstance(data, Mapping):
            return self._fault(path, "wrong type", "a mapping", data)
        before = len(self.problems)
        data, fields = self._with_present_names(model, data, path), model.model_fields
        missing = [name for name, field in fields.items() if name not in data and field.is_required()]
        unknown, explained = unknown_keys(model, data, missing, path, self.root)
        self.problems += unknown
        self.broken |= {problem.path for problem in unknown}
        for name in missing:
            self.broken.add((*path, name))
            if name not in explained:
                expected = describe(fields[name].annotation, fields[name].metadata)
                self._note(path, f"{name!r} is missing", expected, at_key=True)
        values = {
            name: self._value(field.annotation, _metadata(field), data[name], (*path, name))
            for name, field in fields.items()
            if name in data
        }
        sound = {name: value for name, value in values.items() if value is not BROKEN}
        if len(self.problems) > before or self._broken_below(path):
            return model.model_construct(**sound)
        return self._complete(model, path, sound)

    def _with_present_names(self, model: type[BaseModel], data: Mapping[Any, Any], path: Path) -> Mapping[Any, Any]:
        """Return the data with the present names of renamed fields; using both names is a problem."""
        for earlier, present in getattr(model, "RENAMED", {}).items():
            if earlier not in data:
                continue
            if present in data:
                what, fix = f"this is the earlier name of {present!r}, which is also set", f"remove {earlier!r}"
                self._note((*path, earlier), what, hint=fix, at_key=True)
                data = {name: value for name, value in data.items() if name != earlier}
            else:
                data = {present if name == earlier else name: value for name, value in data.items()}
                self.document.rename((*path, earlier), present)
        return data

    def _value(self, annotation: Any, metadata: tuple[Any, ...], data: Any, path: Path) -> Any:
        """Return a value as its annotation reads it, BROKEN if it is invalid."""
        if data is UNREADABLE:
            self.broken.add(path)
            return BROKEN
        bare, said = unwrap(annotation, metadata)
        options = [unwrap(option, said) for option in members(bare)]
        kinds = [option for option, _ in options]
        if data is None and type(None) in kinds:
            return None
        tag = next((item.discriminator for item in said if isinstance(item, FieldInfo) and item.discriminator), None)
        if isinstance(tag, str):
            return self._tagged(tag, kinds, data, path)
        fitting = [option for option in options if _fits(option[0], data)]
        if fitting:
            option, more = max(fitting, key=lambda candidate: _overlap(candidate[0], data))
            return self._container(option, more, data, path)
        scalars = [kind for kind in kinds if not is_container(kind) and kind is not type(None)]
        if not scalars or (isinstance(data, Mapping | tuple) and Any not in scalars):
            return self._fault(path, "wrong type", describe(annotation, metadata), data, hint_for(bare, data))
        return self._leaf(annotation, metadata, data, path)

    def _container(self, annotation: Any, said: tuple[Any, ...], data: Any, path: Path) -> Any:
        if is_model(annotation):
            return self.model(annotation, data, path)
        before, arguments = len(self.problems), get_args(annotation)
        result = self._list(arguments[0], data, path) if isinstance(data, tuple) else self._dict(arguments, data, path)
        if len(self.problems) == before and not self._broken_below(path):
            return self._leaf(annotation, said, result, path)
        return result

    def _list(self, item: Any, data: tuple[Any, ...], path: Path) -> tuple[Any, ...]:
        values = [self._value(item, (), value, (*path, index)) for index, value in enumerate(data)]
        usable = [self._usable(value, (*path, index)) for index, value in enumerate(values)]
        self.dropped |= {(*path, index) for index, keep in enumerate(usable) if not keep}
        return tuple(value for value, keep in zip(values, usable, strict=True) if keep)

    def _dict(self, arguments: tuple[Any, ...], data: Mapping[Any, Any], path: Path) -> dict[Any, Any]:
        found = {}
        for key, item in data.items():
            here = (*path, key)
            what, _ = check_leaf(arguments[0], (), key)
            if what:
                hint = hint_for(arguments[0], key)
                self._note(here, f"{what} of the key", describe(arguments[0]), shown(key), hint, at_key=True)
            value = self._value(arguments[1], (), item, here)
            if self._usable(value, here):
                found[key] = value
        return found

    def _usable(self, value: Any, path: Path) -> bool:
        """Return whether an item can be kept: it is not broken, and has everything that it requires."""
        absent = {b[-1] for b in self.broken if len(b) == len(path) + 1 and b[:-1] == path}
        fields = type(value).model_fields if isinstance(value, BaseModel) else {}
        return value is not BROKEN and not any(name in fields and fields[name].is_required() for name in absent)

    def _broken_below(self, path: Path) -> bool:
        return any(broken[: len(path)] == path for broken in self.broken)

    def _tagged(self, tag: str, options: list[Any], data: Any, path: Path) -> Any:
        if not isinstance(data, Mapping):
            return self._fault(path, "wrong type", f"a mapping with the key {tag!r}", data)
        models = {name: option for option in options for name in get_args(option.model_fields[tag].annotation)}
        choices = f"one of {listing(sorted(models), 30)}"
        if tag not in data:
            near = next((key for key in data if nearest(str(key), [tag])), None)
            if near is None:
                return self._fault(path, f"{tag!r} is missing", choices, UNREADABLE, at_key=True)
            expected = f"the key {tag!r}"
            return self._fault((*path, near), "unknown key", expected, UNREADABLE, suggestion(near, [tag]), at_key=True)
        chosen = data[tag]
        if chosen is UNREADABLE:
            self.broken.add(path)
            return BROKEN
        if not isinstance(chosen, str) or chosen not in models:
            self.broken.add(path)
            return self._fault((*path, tag), f"there is no such {tag}", choices, chosen, suggestion(chosen, models))
        return self.model(models[chosen], data, path)

    def _leaf(self, annotation: Any, metadata: tuple[Any, ...], data: Any, path: Path) -> Any:
        what, value = check_leaf(annotation, metadata, data)
        if not what:
            return value
        bare, _ = unwrap(annotation, metadata)
        return self._fault(path, what, describe(annotation, metadata), data, hint_for(bare, data))

    def _complete(self, model: type[BaseModel], path: Path, sound: dict[str, Any]) -> Any:
        """Return a model whose parts are valid, or record which rule the whole violates."""
        try:
            return model.model_validate(sound)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                inner = (*path, *detail["loc"])
                where = path if self.document.at(inner) is UNREADABLE else inner
                self._note(where, message(detail), at_key=where == path)
                self.broken.add(where)
            return model.model_construct(**sound)

    def _fault(self, path: Path, what: str, expected: str, data: Any, hint: str = "", *, at_key: bool = False) -> Any:
        raw = self.document.at(path)
        got = "" if data is UNREADABLE or path in self.hidden else shown(data if raw is UNREADABLE else raw)
        self._note(path, what, expected, got, hint, at_key=at_key)
        self.broken.add(path)
        return BROKEN

    def _note(
        self, path: Path, what: str, expected: str = "", got: str = "", hint: str = "", *, at_key: bool = False
    ) -> None:
        self.problems.append(Problem(path, what, expected, got, hint, at_key))


def _metadata(field: FieldInfo) -> tuple[Any, ...]:
    """Return the metadata of a field, including its discriminator."""
    tag = field.discriminator
    return (*field.metadata, Field(discriminator=tag)) if tag else tuple(field.metadata)


def _fits(option: Any, data: Any) -> bool:
    if isinstance(data, Mapping):
        return is_container(option) == "mapping"
    return isinstance(data, tuple) and is_container(option) == "list"


def _overlap(option: Any, data: Any) -> int:
    return sum(key in option.model_fields for key in data) if is_model(option) else 0

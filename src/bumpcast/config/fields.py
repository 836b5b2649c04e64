"""What the configuration models hold: the way from a key to the model and the field behind it."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from bumpcast.config.analysis import Analysis
from bumpcast.config.base import Section
from bumpcast.config.keys import KeyPath

_TAGS = ("kind", "form")


@dataclass(frozen=True)
class Place:
    """A key of the configuration and what the models say of it.

    Attributes:
        key: Path of the key as the TOML writes it; an item of a list ends in its number.
        table: Model of the table that the key stands in; None: a table of free names.
        field: The key's own field; None: the model has no such key.
    """

    key: KeyPath
    table: type[Section] | None
    field: FieldInfo | None


def locate(location: tuple[int | str, ...], root: type[Section] = Analysis) -> Place:
    """Translate the location of a pydantic error, which also names members of unions.

    Args:
        location: What pydantic says.
        root: Model of the whole configuration.
    """
    annotation: Any = root
    key: list[str] = []
    table: type[Section] | None = None
    field: FieldInfo | None = None
    for step in location:
        annotation = _bare(annotation)
        members = _sections(annotation)
        if len(members) > 1:  # the step is the tag of one of them, no key
            annotation = next((member for member in members if _tag(member) == step), None)
            continue
        key.append(str(step))
        table, field = None, None
        if members:
            table = members[0]
            field = table.model_fields.get(str(step))
            annotation = None if field is None else field.annotation
        else:
            arguments = get_args(annotation)
            annotation = arguments[-1] if arguments else None
    return Place(tuple(key), table, field)


def tag_name(location: tuple[int | str, ...], root: type[Section] = Analysis) -> str:
    """Return the key ('kind' or 'form') that says which member of a union a table is.

    Args:
        location: What pydantic says.
        root: Model of the whole configuration.
    """
    annotation: Any = root
    for step in location:
        annotation = _bare(annotation)
        members = _sections(annotation)
        if len(members) == 1:
            annotation = members[0].model_fields[str(step)].annotation
        else:
            annotation = get_args(annotation)[-1]
    members = _sections(_bare(annotation))
    return next(tag for tag in _TAGS if tag in members[0].model_fields)


def elsewhere(name: str, root: type[Section] = Analysis) -> list[str]:
    """Return the dotted keys, in any table, whose last part is a name; NAME is a free name.

    Args:
        name: The name.
        root: Model of the whole configuration.
    """
    return [".".join(path) for path in _all_keys(root, ()) if path[-1] == name]


def _all_keys(model: type[Section], prefix: KeyPath) -> Iterator[KeyPath]:
    seen: set[KeyPath] = set()
    for name, field in model.model_fields.items():
        path = (*prefix, name)
        yield path
        annotation = _bare(field.annotation)
        if get_origin(annotation) is dict:
            annotation = _bare(get_args(annotation)[1])
            path = (*path, "NAME")
        for member in _sections(annotation):
            for inner in _all_keys(member, path):
                if inner not in seen:
                    seen.add(inner)
                    yield inner


def _bare(annotation: Any) -> Any:
    """Return an annotation without Annotated and without 'or None'."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        members = [item for item in get_args(annotation) if item is not types.NoneType]
        if len(members) == 1:
            return _bare(members[0])
    return annotation


def _sections(annotation: Any) -> list[type[Section]]:
    """Return the model, or the members of a union of models; nothing for any other type."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    if get_origin(annotation) in (Union, types.UnionType):
        return [item for item in get_args(annotation) if issubclass(item, Section)]
    return []


def _tag(model: type[Section]) -> Any:
    return next(model.model_fields[tag].default for tag in _TAGS if tag in model.model_fields)

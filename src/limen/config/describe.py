"""What can be set, told of in a way that a form can be made from: kinds, ranges, choices, defaults, sources."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from limen.config.doors import DoorConfig
from limen.config.load import Layers, Settings, Source
from limen.config.sections import Zone

Plain = str | int | float | bool | list[str] | None
"""A value as JSON has it; of a secret only whether there is one is ever told."""


class SettingKind(StrEnum):
    """What a value is."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    ZONE = "zone"
    SECRET = "secret"  # noqa: S105 - the kind's name
    FILE = "file"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value may be; ``above`` and ``below`` are bounds that it must not reach."""

    path: tuple[str, ...]
    kind: SettingKind
    default: Plain
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    pattern: str | None = None
    optional: bool = False

    @property
    def name(self) -> str:
        """The path with dots, as config.toml has it."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Described:
    """A value in force, and where it comes from; ``value`` of a secret is whether it is set."""

    shape: Shape
    value: Plain
    source: Source


def shapes(section: str) -> list[Shape]:
    """What can be set in ``section``, ``doors.NAME`` apart.

    Raises:
        KeyError: there is no such section.
    """
    field = Settings.model_fields[section]
    default = field.get_default(call_default_factory=True, validated_data={})
    if not isinstance(default, BaseModel):
        raise KeyError(section)
    return list(_shapes(default, (section,)))


def door_shapes(name: str) -> list[Shape]:
    """What can be set of the door ``name``."""
    return list(_shapes(DoorConfig(), ("doors", name)))


def section_names() -> list[str]:
    """The sections that have no parts of other names: all but ``data_dir`` and ``doors``."""
    return [name for name in Settings.model_fields if name not in ("data_dir", "doors")]


def described(shape: Shape, settings: Settings, layers: Layers) -> Described:
    """The value in force of what ``shape`` tells of."""
    value: Any = settings
    for key in shape.path:
        value = value[key] if isinstance(value, dict) else getattr(value, key)
    return Described(shape, plain(value), layers.source(shape.path))


def plain(value: object) -> Plain:
    """The value as JSON has it; a secret is told of as set or not."""
    if isinstance(value, SecretStr):
        return bool(value.get_secret_value())
    if isinstance(value, tuple | list):
        return [str(one) for one in value]
    return str(value) if isinstance(value, Path) else value  # type: ignore[return-value]  # what sections hold


def _shapes(model: BaseModel, path: tuple[str, ...]) -> Iterator[Shape]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _shapes(value, (*path, name))
        else:
            yield _shape((*path, name), field, plain(value))


def _shape(path: tuple[str, ...], field: FieldInfo, default: Plain) -> Shape:
    bounds = list(field.metadata)
    kind, optional, inner = _bare(field.annotation)
    bounds += inner
    is_zone = any(one is mark for one in bounds for mark in get_args(Zone)[1:])
    choices = tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()
    return Shape(
        path,
        SettingKind.ZONE if is_zone else _kind(kind),
        default,
        choices,
        _bound(bounds, annotated_types.Ge, "ge"),
        _bound(bounds, annotated_types.Le, "le"),
        _bound(bounds, annotated_types.Gt, "gt"),
        _bound(bounds, annotated_types.Lt, "lt"),
        next((one.pattern for one in bounds if getattr(one, "pattern", None)), None),
        optional,
    )


def _bare(annotation: Any) -> tuple[Any, bool, list[Any]]:
    """The type without what is around it; whether it may be absent; what the annotations say."""
    if get_origin(annotation) in (Union, UnionType):
        (one,) = (part for part in get_args(annotation) if part is not NoneType)
        kind, _, marks = _bare(one)
        return kind, True, marks
    if get_origin(annotation) is Annotated:
        one, *marks = get_args(annotation)
        kind, optional, inner = _bare(one)
        return kind, optional, [*_flat(marks), *inner]
    return annotation, False, []


def _flat(marks: list[Any]) -> list[Any]:
    return [part for mark in marks for part in (mark.metadata if isinstance(mark, FieldInfo) else [mark])]


def _kind(annotation: Any) -> SettingKind:
    kinds: dict[Any, SettingKind] = {
        bool: SettingKind.BOOLEAN,
        int: SettingKind.INTEGER,
        float: SettingKind.NUMBER,
        str: SettingKind.TEXT,
        SecretStr: SettingKind.SECRET,
        Path: SettingKind.FILE,
        tuple: SettingKind.LIST,
        Literal: SettingKind.CHOICE,
    }
    return kinds[get_origin(annotation) or annotation]


def _bound(marks: list[Any], kind: type, name: str) -> float | None:
    return next((getattr(mark, name) for mark in marks if isinstance(mark, kind)), None)

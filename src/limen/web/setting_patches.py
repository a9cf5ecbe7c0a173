"""What a change of settings may hold, made from what can be set: the ranges stand in the API's schema."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, create_model

from limen.config.describe import SettingKind, Shape, door_shapes, section_names, shapes
from limen.config.load import BadSettingsError
from limen.web.problem import Problem
from limen.web.setting_texts import TEXTS, key_of

_LONGEST = 500
_MOST_LINES = 50
_LARGEST = 1e9
_PLAIN = r"^[^\x00-\x1f\x7f]*$"
_CONFIG = ConfigDict(extra="forbid")


def patch_model(name: str, told: list[Shape], skip: int) -> type[BaseModel]:
    """A model of these settings, each of which may be left out or null; ``skip`` parts of their paths are the model."""
    own = {shape.path[skip]: shape for shape in told if len(shape.path) == skip + 1}
    fields: dict[str, Any] = {key: (_kind(shape) | None, _described(shape)) for key, shape in own.items()}
    for key in dict.fromkeys(shape.path[skip] for shape in told if len(shape.path) > skip + 1):
        below = [shape for shape in told if shape.path[skip] == key]
        part = patch_model(f"{name}{key.title()}", below, skip + 1)
        fields[key] = (part, Field(default_factory=part, description=f"What is below {key}"))
    return create_model(name, __config__=_CONFIG, **fields)


def values_of(patch: BaseModel) -> dict[str, Any]:
    """What was given, as it is kept; null stands for the default. What was not given is not there."""
    return _without_empty(patch.model_dump(exclude_unset=True))


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    below = {key: _without_empty(value) if isinstance(value, dict) else value for key, value in values.items()}
    return {key: value for key, value in below.items() if value != {}}


def as_problem(error: BadSettingsError, skip: int = 0) -> Exception:
    """The error as the API tells it: each with the field that it is about, ``skip`` parts of whose path go unsaid."""
    told = [{"loc": ("body", *one.path[skip:]), "msg": one.message, "type": "value_error"} for one in error.problems]
    return RequestValidationError(told) if told else Problem(HTTPStatus.CONFLICT, "settings", str(error))


def _described(shape: Shape) -> Any:
    text = TEXTS[key_of(shape.path)]
    words = ": ".join(part for part in (text.label, text.help) if part)
    return Field(
        default=None, description=f"{words}{f' ({text.unit})' if text.unit else ''}; null: back to the default"
    )


def _kind(shape: Shape) -> Any:
    if shape.kind is SettingKind.BOOLEAN:
        return bool
    if shape.kind in (SettingKind.INTEGER, SettingKind.NUMBER):
        return _number(shape)
    if shape.kind is SettingKind.CHOICE:
        return Literal[shape.choices]
    text = Annotated[str, Field(max_length=_LONGEST, pattern=_PLAIN)]
    if shape.kind is SettingKind.LIST:
        return Annotated[list[text], Field(max_length=_MOST_LINES)]
    return Annotated[str, Field(max_length=_LONGEST, pattern=shape.pattern)] if shape.pattern else text


def _number(shape: Shape) -> Any:
    largest = _LARGEST if shape.maximum is None and shape.below is None else shape.maximum
    bounds: Mapping[str, float | None] = {"ge": shape.minimum, "le": largest, "gt": shape.above, "lt": shape.below}
    given: dict[str, Any] = {key: value for key, value in bounds.items() if value is not None}
    if shape.kind is SettingKind.INTEGER:
        whole: dict[str, Any] = {key: int(value) for key, value in given.items()}
        return Annotated[int, Field(**whole)]
    return Annotated[float, Field(allow_inf_nan=False, **given)]


if TYPE_CHECKING:
    SettingsPatch = BaseModel
    DoorPatch = BaseModel
    MqttPatch = BaseModel
else:
    SettingsPatch = patch_model("SettingsPatch", [shape for name in section_names() for shape in shapes(name)], 0)
    DoorPatch = patch_model("DoorPatch", door_shapes("any"), 2)
    MqttPatch = patch_model("MqttPatch", shapes("mqtt"), 1)

"""Settings as the API tells them."""

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, Field

from limen.config.describe import Described, SettingKind
from limen.config.load import Source
from limen.door.desk import SettingsDesk, file_alone
from limen.errors import UnknownNameError
from limen.web.setting_pages import all_described
from limen.web.setting_texts import TEXTS, key_of


class Setting(BaseModel):
    """One setting: what it is, what it may be, and where that comes from."""

    name: str = Field(description="As in config.toml, with dots")
    description: str
    kind: SettingKind
    unit: str
    value: str | int | float | bool | list[str] | None = Field(description="Of a secret: whether one is set")
    default: str | int | float | bool | list[str] | None
    source: Source = Field(description="Where the value comes from")
    fixed: bool = Field(description="Whether it is set where the API cannot change it")
    choices: list[str]
    minimum: float | None
    maximum: float | None
    above: float | None = Field(description="It must be greater than this")
    below: float | None = Field(description="It must be less than this")
    optional: bool = Field(description="Whether it may be without a value")

    @classmethod
    def of(cls, one: Described, fixed: bool) -> Self:
        """The setting as it is told."""
        shape, text = one.shape, TEXTS[key_of(one.shape.path)]
        return cls(
            name=shape.name, description=": ".join(part for part in (text.label, text.help) if part), kind=shape.kind,
            unit=text.unit, value=one.value, default=shape.default, source=one.source, fixed=fixed,
            choices=list(shape.choices), minimum=shape.minimum, maximum=shape.maximum, above=shape.above,
            below=shape.below, optional=shape.optional,
        )  # fmt: skip


class SettingSection(BaseModel):
    """Settings that belong together."""

    name: str
    settings: list[Setting]


class SettingsAnswer(BaseModel):
    """All settings but those of the doors."""

    sections: list[SettingSection]


class DoorSettingsAnswer(BaseModel):
    """The settings of a door."""

    name: str
    fixed: bool = Field(description="Whether config.toml or the environment sets it up: it is renamed or removed there")
    settings: list[Setting]


class DoorSettingsList(BaseModel):
    """The doors and their settings."""

    items: list[DoorSettingsAnswer]


def all_settings(desk: SettingsDesk) -> SettingsAnswer:
    """What is in force, the doors apart."""
    sections: dict[str, list[Setting]] = {}
    for one in all_described(desk):
        sections.setdefault(one.shape.path[0], []).append(Setting.of(one, _fixed(desk, one.shape.path)))
    return SettingsAnswer(sections=[SettingSection(name=name, settings=told) for name, told in sections.items()])


def section_settings(desk: SettingsDesk, name: str) -> SettingSection:
    """One section.

    Raises:
        UnknownNameError: there is none of that name.
    """
    found = next((one for one in all_settings(desk).sections if one.name == name), None)
    if found is None:
        raise UnknownNameError(f"the settings have no section {name!r}")
    return found


def door_settings(desk: SettingsDesk, name: str) -> DoorSettingsAnswer:
    """The settings of a door.

    Raises:
        UnknownNameError: there is none of that name.
    """
    if name not in desk.settings.doors:
        raise UnknownNameError(f"the settings have no door {name!r}")
    told = [Setting.of(one, _fixed(desk, one.shape.path)) for one in all_described(desk, name)]
    return DoorSettingsAnswer(name=name, fixed=desk.layers.fixed(("doors", name)) is not None, settings=told)


def _fixed(desk: SettingsDesk, path: Sequence[str]) -> bool:
    return desk.layers.fixed(path) is not None or file_alone(path) is not None

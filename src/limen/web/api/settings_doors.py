"""``/api/v1/settings/doors``: doors set up, changed, renamed and taken away."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Response
from pydantic import BaseModel, ConfigDict, Field

from limen.config.load import BadSettingsError
from limen.web.api.kiosk_pairing import end_displays
from limen.web.etags import IfMatch, check_match, etag
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.setting_models import DoorSettingsAnswer, DoorSettingsList, door_settings
from limen.web.setting_patches import DoorPatch, as_problem, values_of
from limen.web.site import SiteDep

router = api_router("settings/doors")

Seeing = Annotated[Actor, needs(Right.SETTINGS_SEE)]
Changing = Annotated[Actor, needs(Right.SETTINGS_CHANGE)]
DoorName = Annotated[str, Path(max_length=40, description="The door's name")]
NewName = Annotated[
    str,
    Field(
        min_length=1, max_length=40, pattern="^[a-z0-9][a-z0-9-]*$",
        description="Small letters, digits and hyphens, as main-entrance",
    ),
]  # fmt: skip


class NewDoor(BaseModel):
    """A door to be set up."""

    model_config = ConfigDict(extra="forbid")

    name: NewName
    settings: DoorPatch = Field(default_factory=DoorPatch)


class DoorRename(BaseModel):
    """The name that a door is to have."""

    model_config = ConfigDict(extra="forbid")

    name: NewName


@router.get("")
def settings_doors_list(site: SiteDep, actor: Seeing) -> DoorSettingsList:
    """The settings of all doors."""
    return DoorSettingsList(items=[door_settings(site.desk, name) for name in site.settings.doors])


@router.post("", status_code=HTTPStatus.CREATED)
def settings_doors_create(asked: NewDoor, response: Response, site: SiteDep, actor: Changing) -> DoorSettingsAnswer:
    """Set up a door, which starts at once."""
    try:
        site.desk.add_door(asked.name, values_of(asked.settings))
    except BadSettingsError as error:
        raise as_problem(error, 2) from error
    response.headers["Location"] = f"{router.prefix}/{asked.name}"
    return settings_doors_get(asked.name, response, site, actor)


@router.get("/{name}")
def settings_doors_get(name: DoorName, response: Response, site: SiteDep, actor: Seeing) -> DoorSettingsAnswer:
    """The settings of one door."""
    told = door_settings(site.desk, name)
    response.headers["ETag"] = etag(told)
    return told


@router.patch("/{name}")
def settings_doors_change(
    name: DoorName, patch: DoorPatch, response: Response, site: SiteDep, actor: Changing, if_match: IfMatch = None
) -> DoorSettingsAnswer:
    """Change what is given, all of it or nothing; null is back to the default. The door starts again."""
    check_match(if_match, etag(door_settings(site.desk, name)))
    try:
        if values := values_of(patch):
            site.desk.change({"doors": {name: values}})
    except BadSettingsError as error:
        raise as_problem(error, 2) from error
    return settings_doors_get(name, response, site, actor)


@router.post("/{name}/rename")
def settings_doors_rename(
    name: DoorName, asked: DoorRename, response: Response, site: SiteDep, actor: Changing
) -> DoorSettingsAnswer:
    """Give a door another name. Rules keep the old one: they must be set to the new one.

    Its displays, and the links to become one, end: pair the devices anew.
    """
    try:
        site.desk.rename_door(name, asked.name)
    except BadSettingsError as error:
        raise as_problem(error) from error
    end_displays(site, name)
    return settings_doors_get(asked.name, response, site, actor)


@router.delete("/{name}", status_code=HTTPStatus.NO_CONTENT)
def settings_doors_delete(name: DoorName, site: SiteDep, actor: Changing) -> None:
    """Take a door away: it is locked, and runs no longer; its displays, and the links to become one, end."""
    try:
        site.desk.remove_door(name)
    except BadSettingsError as error:
        raise as_problem(error) from error
    end_displays(site, name)

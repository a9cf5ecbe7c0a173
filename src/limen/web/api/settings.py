"""``/api/v1/settings``: what is set, where, and its change."""

from typing import Annotated

from fastapi import Path, Response

from limen.config.load import BadSettingsError
from limen.web.etags import IfMatch, check_match, etag
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.setting_models import SettingsAnswer, SettingSection, all_settings, section_settings
from limen.web.setting_patches import SettingsPatch, as_problem, values_of
from limen.web.site import SiteDep

router = api_router("settings")

Seeing = Annotated[Actor, needs(Right.SETTINGS_SEE)]
Changing = Annotated[Actor, needs(Right.SETTINGS_CHANGE)]
SectionName = Annotated[str, Path(max_length=40, description="As in config.toml: door, matching, site and so on")]


@router.get("")
def settings_list(response: Response, site: SiteDep, actor: Seeing) -> SettingsAnswer:
    """All settings but those of the doors, with where each comes from. Secrets are told of as set or not."""
    told = all_settings(site.desk)
    response.headers["ETag"] = etag(told)
    return told


@router.patch("")
def settings_change(
    patch: SettingsPatch, response: Response, site: SiteDep, actor: Changing, if_match: IfMatch = None
) -> SettingsAnswer:
    """Change what is given, all of it or nothing; null is back to the default.

    What config.toml or the environment sets cannot be changed here (422). Doors that it matters to start again.
    """
    check_match(if_match, etag(all_settings(site.desk)))
    try:
        site.desk.change(values_of(patch))
    except BadSettingsError as error:
        raise as_problem(error) from error
    return settings_list(response, site, actor)


@router.get("/sections/{section}")
def settings_get(section: SectionName, response: Response, site: SiteDep, actor: Seeing) -> SettingSection:
    """One section of the settings."""
    told = section_settings(site.desk, section)
    response.headers["ETag"] = etag(told)
    return told

"""Roles in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from limen.web.rights import Role


@dataclass(frozen=True, slots=True)
class RoleWords:
    """What a role is called, and what those who have it may do."""

    name: str
    may: str


ROLE_WORDS: Final[Mapping[Role, RoleWords]] = {
    Role.OWNER: RoleWords("Owner", "May do everything, and makes other owners."),
    Role.ADMIN: RoleWords("Admin", "May do everything but change owners."),
    Role.ENROLLER: RoleWords("Enroller", "Adds people and enrols their faces."),
    Role.ATTENDANT: RoleWords("Attendant", "Watches and opens doors, and says who was there."),
    Role.VIEWER: RoleWords("Viewer", "Sees doors and events, and changes nothing."),
    Role.KIOSK: RoleWords("Display", "Is the display of one door."),
    Role.INVITED: RoleWords("Invited", "Enrols oneself, once."),
}

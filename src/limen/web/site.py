"""What all pages and the API are about: the store, the doors that run, the settings in force."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from limen.config import Settings
from limen.door.desk import SettingsDesk
from limen.door.house import House
from limen.store import Store

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Site:
    """One installation while it is served; ``setup_code`` is asked of whoever makes the first account."""

    store: Store
    house: House
    desk: SettingsDesk
    setup_code: str
    _parts: dict[type, Any] = field(default_factory=dict, repr=False)
    _making: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def settings(self) -> Settings:
        """The settings in force now."""
        return self.desk.settings

    def part(self, kind: type[Part], make: Callable[["Site"], Part]) -> Part:
        """The one ``kind`` of this site, made when it is first asked for: what an area keeps in memory."""
        with self._making:
            if kind not in self._parts:
                self._parts[kind] = make(self)
            return cast("Part", self._parts[kind])


def site_of(connection: HTTPConnection) -> Site:
    """The site that a request or WebSocket is about."""
    return cast("Site", connection.app.state.site)


SiteDep = Annotated[Site, Depends(site_of)]

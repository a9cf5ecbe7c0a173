"""Whose faces a door knows, from the store."""

from limen.door.build import build_gallery
from limen.door.upkeep import Upkeep
from limen.door.visit import Visits
from limen.engine import Engine
from limen.matching.exact import ExactGallery
from limen.store import Store


class StoreRoster:
    """The templates of a store; read again only where something changed, and once for all who share ``upkeep``."""

    def __init__(self, store: Store, engine: Engine, upkeep: Upkeep | None = None) -> None:
        """Read who may be found.

        Raises:
            TemplateError: there are people, but all of their templates were made by other models.
        """
        self._engine, self._upkeep = engine, upkeep or Upkeep(store)
        self._revision = self._upkeep.revision()
        found = self._upkeep.gallery(engine, self._revision)
        self.gallery: ExactGallery = found if found.people else build_gallery(store, engine)

    def refresh(self, visits: Visits) -> None:
        """Give ``visits`` the newest gallery, where people or templates changed."""
        revision = self._upkeep.revision()
        if revision == self._revision:
            return
        self.gallery = visits.gallery = self._upkeep.gallery(self._engine, revision)
        self._revision = revision

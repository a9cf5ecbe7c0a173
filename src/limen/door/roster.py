"""Whose faces a door knows, from the store."""

from limen.door.build import build_gallery, gallery_of
from limen.door.visit import Visits
from limen.engine import Engine
from limen.store import Store


class StoreRoster:
    """The templates of a store; read again only where something changed."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store, self._engine = store, engine
        self._revision = store.revision()
        self.gallery = build_gallery(store, engine)

    def refresh(self, visits: Visits) -> None:
        """Give ``visits`` the newest gallery, where people or templates changed."""
        revision = self._store.revision()
        if revision == self._revision:
            return
        self.gallery = visits.gallery = gallery_of(self._store.templates.load(self._engine.model), None, self._engine)
        self._revision = revision

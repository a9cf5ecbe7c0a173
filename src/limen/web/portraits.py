"""Small pictures of faces, cut from the photos that were kept; a few stay in memory."""

import threading
from collections import OrderedDict

from limen.door.one_photo import portrait
from limen.errors import LimenError
from limen.store import PhotoId
from limen.types import PersonId
from limen.web.site import Site

_MOST = 500
_AT_A_TIME = 1
"""So many photos are looked through at once: doors need the processors more."""


class Portraits:
    """The portraits of a site; none of a photo that is kept no longer."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: OrderedDict[PhotoId, bytes] = OrderedDict()
        self._guard = threading.Lock()
        self._looking = threading.BoundedSemaphore(_AT_A_TIME)

    def of(self, person: PersonId) -> bytes | None:
        """A JPEG of some kilobytes; ``None`` where no photo was kept, or none shows a face.

        Raises:
            StoreError: the database cannot be read.
        """
        photos = self._site.store.photos.kept_of(person)
        return (self._known(photos[0]) or self._made(photos[0])) if photos else None

    def forget(self) -> None:
        """Let all of them go: nothing of somebody who was erased stays in memory."""
        with self._guard:
            self._kept.clear()

    def _known(self, photo: PhotoId) -> bytes | None:
        with self._guard:
            if photo in self._kept:
                self._kept.move_to_end(photo)
            return self._kept.get(photo)

    def _made(self, photo: PhotoId) -> bytes | None:
        with self._looking:
            if (known := self._known(photo)) is not None:
                return known
            try:
                data = self._site.store.templates.photo(photo)
                with self._site.house.engines.borrow() as engine:
                    made = portrait(engine, data)
            except LimenError:
                return None
        if made is not None:
            with self._guard:
                self._kept[photo] = made
                while len(self._kept) > _MOST:
                    self._kept.popitem(last=False)
        return made

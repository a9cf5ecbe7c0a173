"""Visits with pictures of real faces, for tests of events."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from limen.audit.events import AuditEvent, EventType
from limen.camera.photo import load_photo
from limen.door.crop import face_jpeg
from limen.engine import Engine, main_face
from limen.store import Store
from limen.types import Image, PersonId

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEPT = timedelta(days=36500)


def crop_of(engine: Engine, photo: Path, *, dark: bool = False) -> bytes:
    """What a door keeps of the face in the middle of a photo."""
    image: Image = load_photo(photo).image
    face = main_face(image, engine.find_faces(image))
    jpeg = face_jpeg((image * 0.12).astype(np.uint8) if dark else image, face.box)
    assert jpeg is not None
    return jpeg


def turned_away(store: Store, pictures: Sequence[bytes], *, reason: str = "unknown", hours: float = 0) -> list[int]:
    """The events of somebody unknown who came an hour apart, with these pictures."""
    found = []
    for number, jpeg in enumerate(pictures):
        at = AT + timedelta(hours=hours + number)
        event = AuditEvent(EventType.ACCESS_DENIED, at, "front", reason=reason, similarity=0.8, threshold=0.9)
        found.append(store.crops.append(event, jpeg, at + KEPT))
    return found


def let_in(store: Store, person: PersonId, jpeg: bytes) -> int:
    """The event of somebody who came in, with a picture."""
    return store.crops.append(AuditEvent(EventType.ACCESS_GRANTED, AT, "front", person, "matched"), jpeg, AT + KEPT)

"""Opens the store of an installation, without the networks: most commands need no more."""

import os

from limen.config import Settings
from limen.store import Store, open_store


def build_store(settings: Settings, *, create: bool = True, busy_s: float = 5.0) -> Store:
    """The people, templates, rules and events of this installation; a write waits ``busy_s`` for other programs."""
    return open_store(settings.data_dir, environment=os.environ, create=create, busy_s=busy_s)

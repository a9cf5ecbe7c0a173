"""A site with some people, for tests of what is about people."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from limen.door.engines import EnginePool
from limen.engine import Engine
from web_site import FakeHouse, WebSite, make_site

CONFIG = "[enrolment]\nkeep_photos = true\n[web]\nundo_s = 5\n"


@contextmanager
def people_site(folder: Path, engine: Engine, config: str = CONFIG) -> Iterator[WebSite]:
    site = make_site(folder, config, FakeHouse(engines=EnginePool(lambda: engine, 1)))
    try:
        yield site
    finally:
        site.close()

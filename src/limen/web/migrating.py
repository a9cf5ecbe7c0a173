"""A migration to another model, beside what is served: one at a time, told as it goes."""

import threading
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from limen.audit.actor import acting, current_actor
from limen.audit.events import AuditEvent, EventType
from limen.door.build import build_engine
from limen.door.migration import Migrated, migrate, to_migrate
from limen.errors import LimenError
from limen.web.site import Site


class Stage(StrEnum):
    """How far a migration is."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """The newest migration: ``done`` of ``people`` were looked at; ``came_to`` once it is over."""

    stage: Stage = Stage.NONE
    model: str | None = None
    done: int = 0
    people: int = 0
    came_to: Migrated | None = None
    failure: str | None = None


class Migrating:
    """Runs migrations of a site, each in a thread of its own and with an engine of its own."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._progress = Progress()
        self._starting = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def progress(self) -> Progress:
        """How far the newest one is."""
        return self._progress

    def start(self, model: str) -> bool:
        """Whether a migration to ``model`` was started, which is on record: not while another one runs."""
        with self._starting:
            if self._progress.stage is Stage.RUNNING:
                return False
            people = len(to_migrate(self._site.store))
            self._site.store.events.append(
                AuditEvent(EventType.SETTINGS_CHANGED, datetime.now(UTC), reason="migration", detail=model)
            )
            self._progress = Progress(Stage.RUNNING, model, people=people)
            self._thread = threading.Thread(
                target=self._run, args=(model, current_actor()), name="limen-migration", daemon=True
            )
            self._thread.start()
            return True

    def close(self) -> None:
        """Stop after the person under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, model: str, actor: str | None) -> None:
        with nullcontext() if actor is None else acting(actor):
            self._migrate(model)

    def _migrate(self, model: str) -> None:
        settings = self._site.settings
        models = settings.models.model_copy(update={"embedding": model})
        wanted = settings.model_copy(update={"models": models})
        try:
            engine = build_engine(wanted, calibrated=False)
            came_to = migrate(self._site.store, engine, wanted, self._step, self._stop.is_set)
        except LimenError as error:
            self._progress = replace(self._progress, stage=Stage.FAILED, failure=str(error))
        except Exception as error:  # noqa: BLE001 - the top of a thread: told, and the doors go on
            self._progress = replace(self._progress, stage=Stage.FAILED, failure=f"it failed: {error!r}")
        else:
            self._progress = replace(self._progress, stage=Stage.DONE, came_to=came_to)

    def _step(self) -> None:
        self._progress = replace(self._progress, done=self._progress.done + 1)

"""Looks at everything an installation needs, and says what is wrong and what to do."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from zoneinfo import ZoneInfo

from limen.camera.clock import SYSTEM_CLOCK
from limen.config import DoorConfig, Settings
from limen.door.build import build_engine
from limen.door.build_door import open_capture
from limen.door.checks.base import Check, State, fault
from limen.door.checks.clock import check_clock
from limen.door.checks.doors import check_camera, check_level, check_reader
from limen.door.checks.files import check_disk, check_key, check_permissions
from limen.door.checks.locks import check_broker, check_lock
from limen.door.checks.models import check_calibration, check_model
from limen.door.checks.records import (
    check_audit,
    check_backups,
    check_database,
    check_people,
    check_rules,
    is_running,
    newest_record,
)
from limen.door.checks.settings import check_liveness, check_settings, check_status, check_voice
from limen.door.clock_sync import clock_synchronised
from limen.errors import ConfigError, LimenError, TemplateError, UnknownNameError
from limen.models.catalogue import Catalogue, Task, load_catalogue
from limen.models.library import ModelLibrary
from limen.store import Store, open_store
from limen.store.database import DATABASE_NAME
from limen.store.integrity import has_duress_pins
from limen.types import ModelKey
from limen.voice.choose import voices_here

Named = tuple[str, Callable[[], Check]]
"""A check, and the name under which it is told where it breaks."""


def examine(settings: Settings, environment: Mapping[str, str], door: str | None = None) -> Iterator[Check]:
    """What was found, a part at a time; with ``door`` of its parts alone, beside what all doors share.

    No lock is moved and nothing is made: what is not there yet is told as such. An older database is brought up to
    date, as any command does.

    Raises:
        UnknownNameError: the settings have no door of that name.
    """
    if door is not None and door not in settings.doors:
        known = ", ".join(settings.doors) or "none"
        raise UnknownNameError(f"the settings have no door {door!r}, there are: {known}")
    doors = {name: config for name, config in settings.doors.items() if door in (None, name)}
    with ExitStack() as closing:
        opened = _opened(settings, environment, closing)
        for name, check in _all(settings, environment, doors, opened):
            yield examined(name, check)


def examined(name: str, check: Callable[[], Check]) -> Check:
    """What ``check`` found; a fault where the check itself breaks."""
    try:
        return check()
    except LimenError as error:
        return fault(name, str(error), "do what the line says")
    except Exception as error:  # noqa: BLE001 - one check that breaks must not hide what the others find
        return fault(name, f"the check itself failed: {error!r}", "report it, with this line")


def healthy(checks: list[Check]) -> bool:
    """Whether nothing is at fault."""
    return all(check.state is not State.FAULT for check in checks)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The store, or why it does not open; neither where there is none."""

    path: Path
    store: Store | None = None
    failure: LimenError | None = None

    @property
    def key_failure(self) -> LimenError | None:
        """Why it does not open, where that is the key's fault."""
        return self.failure if isinstance(self.failure, ConfigError | TemplateError) else None


def _opened(settings: Settings, environment: Mapping[str, str], closing: ExitStack) -> _Opened:
    path = settings.data_dir / DATABASE_NAME
    if not path.exists():
        return _Opened(path)
    try:
        store = open_store(settings.data_dir, environment=environment, create=False)
    except LimenError as error:
        return _Opened(path, failure=error)
    return _Opened(path, closing.enter_context(store))


def _all(
    settings: Settings, environment: Mapping[str, str], doors: Mapping[str, DoorConfig], opened: _Opened
) -> Iterator[Named]:
    models = _Models(settings)
    yield from models.checks()
    yield from _places(settings, environment, opened)
    if opened.store is not None:
        yield from _records(settings, opened.store, opened.path, models)
    yield "clock", lambda: _clock(settings, opened.store)
    yield "liveness", lambda: check_liveness(settings.liveness, doors)
    yield "settings", lambda: check_settings(settings, duress=opened.store is not None and has_duress_pins(opened.path))
    yield "status", lambda: check_status(settings.status.listen, len(settings.doors))
    yield "voice", lambda: check_voice(settings.greeting.voice, voices_here(settings.greeting, settings.site.language))
    yield "mqtt", lambda: check_broker(settings.mqtt)
    for name, config in doors.items():
        yield from _door(settings, name, config, opened.store)


class _Models:
    """The models in use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.data_dir / "models"
        self._chosen = {Task.DETECTION: settings.models.detection, Task.EMBEDDING: settings.models.embedding}

    def checks(self) -> Iterator[Named]:
        """Each network, and the calibration of the one that tells faces apart."""
        for task in self._chosen:
            yield f"models.{task}", partial(self._check, task)
        yield "calibration", lambda: check_calibration(self._settings, self.key)

    @cached_property
    def key(self) -> ModelKey | None:
        """What the templates of the model in use are told by; ``None`` before it was converted once."""
        # Not converted here: that takes seconds and writes, and the first enrolment does it.
        entries = [self._catalogue.entry(model) for model in self._chosen.values()]
        folders = [self._folder / f"{entry.id}-{entry.digest[:16]}" for entry in entries if entry.importer is not None]
        return build_engine(self._settings).model if all(folder.exists() for folder in folders) else None

    @cached_property
    def _catalogue(self) -> Catalogue:
        return load_catalogue(self._settings.models.catalogues)

    def _check(self, task: Task) -> Check:
        library = ModelLibrary(self._catalogue, self._folder)
        return check_model(task, self._chosen[task], self._catalogue, library)


def _places(settings: Settings, environment: Mapping[str, str], opened: _Opened) -> Iterator[Named]:
    data_dir, store = settings.data_dir, opened.store
    yield "disk", lambda: check_disk(data_dir)
    yield "permissions", lambda: check_permissions(data_dir, secrets=_has_secrets(settings))
    yield (
        "key",
        lambda: check_key(data_dir, environment, opened.key_failure, store.backups.key_copies() if store else ()),
    )
    yield "database", lambda: check_database(opened.path, opened.failure if opened.key_failure is None else None)


def _records(settings: Settings, store: Store, path: Path, models: _Models) -> Iterator[Named]:
    yield "audit", lambda: check_audit(store)
    yield "backups", lambda: check_backups(store, path, datetime.now(UTC))
    yield "people", lambda: check_people(store, models.key)
    yield "rules", lambda: check_rules(store, settings.doors, ZoneInfo(settings.site.time_zone))


def _door(settings: Settings, name: str, config: DoorConfig, store: Store | None) -> Iterator[Named]:
    def camera() -> Check:
        running = store is not None and is_running(store, name)
        opening = partial(open_capture, config.camera, settings, fast=False)
        return check_camera(f"{own}.camera", config, opening, SYSTEM_CLOCK, running=running)

    own = f"doors.{name}"
    yield f"{own}.level", lambda: check_level(f"{own}.level", config, settings.liveness)
    yield f"{own}.camera", camera
    yield f"{own}.lock", lambda: check_lock(f"{own}.lock", config, settings.mqtt)
    yield f"{own}.reader", lambda: check_reader(f"{own}.reader", config.reader)


def _clock(settings: Settings, store: Store | None) -> Check:
    newest = newest_record(store) if store else None
    return check_clock(datetime.now(UTC), newest, clock_synchronised(), settings.site.time_zone)


def _has_secrets(settings: Settings) -> bool:
    """Whether a secret stands among the settings themselves, not in a file of its own."""
    doors = settings.doors.values()
    kept = [settings.mqtt.password, settings.mqtt.command_code]
    kept += [secret for door in doors for secret in (door.webhook.secret, door.mqtt.secret, door.reader.token)]
    return any(secret.get_secret_value() for secret in kept)

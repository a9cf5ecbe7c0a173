"""The settings in force, and their change while the program runs."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from limen.audit.events import AuditEvent, EventType
from limen.camera.sources import names_a_path
from limen.config import Settings
from limen.config.load import BadSetting, BadSettingsError, Layers, Source, load_layers
from limen.config.written import WRITTEN_FILE, patched, write
from limen.errors import BadDataError, LimenError, UnknownNameError

Listener = Callable[[Settings], None]
Patch = Mapping[str, object]
"""What is to be other than it is, section by section; ``None`` is back to the default."""

_DOORS = "doors"
_LONGEST_DETAIL = 500
_IN_FILES_ALONE = {
    ("models", "catalogues"): "it says which files are trusted",
    ("liveness",): "simulated checks let everybody pass",
    ("doors", "*", "simulator_log"): "it names a file that is written to",
}
"""What a page must not be able to set, whoever is signed in, and why."""


PATH_REFUSED = (
    "the number of a USB camera, an address (rtsp://…, https://…) or browser is expected; "
    "a file or folder can be set in config.toml alone"
)


class SettingsDesk:
    """Keeps what is set on the pages in ``settings.json`` of the data folder; each change is on record.

    ``record`` puts an event on record, as ``store.events.append`` does. ``settings`` and ``layers`` are read without
    waiting; changes come one after the other.
    """

    def __init__(self, data_dir: Path, record: Callable[[AuditEvent], None]) -> None:
        self._data_dir, self._record = data_dir, record
        self._listeners: list[Listener] = []
        self._changing = threading.Lock()
        self._layers = load_layers(data_dir)
        self._settings = self._layers.settings()

    @property
    def settings(self) -> Settings:
        """What is in force now."""
        return self._settings

    @property
    def layers(self) -> Layers:
        """Where what is in force comes from."""
        return self._layers

    def when_changed(self, listener: Listener) -> None:
        """Call ``listener`` after each change, in the thread that asked for it; it must not raise."""
        self._listeners.append(listener)

    def change(self, patch: Patch) -> Settings:
        """The settings in force once ``patch`` is kept, on record, and known to the listeners.

        Raises:
            BadSettingsError: a key does not exist or is fixed elsewhere, or a value cannot be: nothing changed.
            StoreError: it could not be put on record or written: nothing changed.
        """
        with self._changing:
            layers = load_layers(self._data_dir)
            _check_free(layers, patch)
            return self._take(layers, patched(layers.written, patch), [".".join(path) for path in _leaves(patch)])

    def candidate(self, patch: Patch) -> Settings:
        """The settings as they would be with ``patch``; nothing is changed.

        Raises:
            BadSettingsError: as for ``change``.
        """
        layers = load_layers(self._data_dir)
        _check_free(layers, patch)
        return replace(layers, written=patched(layers.written, patch)).settings()

    def add_door(self, name: str, config: Patch) -> Settings:
        """The settings with a new door.

        Raises:
            BadDataError: there is a door of that name.
            BadSettingsError: the name or a value cannot be.
        """
        with self._changing:
            layers = load_layers(self._data_dir)
            if name in layers.settings().doors:
                raise BadDataError(f"there is already a door {name!r}: give another name")
            patch = {_DOORS: {name: dict(config)}}
            _check_free(layers, patch)
            return self._take(layers, patched(layers.written, patch), [f"{_DOORS}.{name}"])

    def remove_door(self, name: str) -> Settings:
        """The settings without the door.

        Raises:
            BadSettingsError: config.toml or the environment sets it up.
            UnknownNameError: there is none of that name.
        """
        with self._changing:
            layers = self._with_door(name)
            return self._take(layers, patched(layers.written, {_DOORS: {name: None}}), [f"{_DOORS}.{name}"])

    def rename_door(self, name: str, new_name: str) -> Settings:
        """The settings with the door under its new name.

        Raises:
            BadDataError: there is a door of the new name.
            BadSettingsError: config.toml or the environment sets it up, or the name cannot be one.
            UnknownNameError: there is none of that name.
        """
        with self._changing:
            layers = self._with_door(name)
            if new_name in layers.settings().doors:
                raise BadDataError(f"there is already a door {new_name!r}: give another name")
            doors = layers.written.get(_DOORS)
            config = doors.get(name) if isinstance(doors, Mapping) else {}
            document = patched(layers.written, {_DOORS: {name: None, new_name: config}})
            return self._take(layers, document, [f"{_DOORS}.{name}", f"{_DOORS}.{new_name}"])

    def _with_door(self, name: str) -> Layers:
        layers = load_layers(self._data_dir)
        if name not in layers.settings().doors:
            raise UnknownNameError(f"the settings have no door {name!r}")
        if (source := layers.fixed((_DOORS, name))) is not None:
            raise BadSettingsError("settings", [BadSetting((_DOORS, name), _fixed(layers, source))])
        return layers

    def _take(self, layers: Layers, document: Patch, changed: Sequence[str]) -> Settings:
        """Let ``document`` be what is set; on record before it is."""
        new = replace(layers, written=document)
        settings = new.settings()
        if document == layers.written:
            return settings
        self._tell("changed", changed)
        try:
            write(self._data_dir, document)
        except LimenError:
            with suppress(LimenError):
                self._tell("not_written", changed)
            raise
        self._layers, self._settings = new, settings
        for listener in self._listeners:
            listener(settings)
        return settings

    def _tell(self, reason: str, changed: Sequence[str]) -> None:
        detail = ", ".join(changed)
        shown = detail if len(detail) <= _LONGEST_DETAIL else f"{detail[:_LONGEST_DETAIL]}…"
        self._record(AuditEvent(EventType.SETTINGS_CHANGED, datetime.now(UTC), reason=reason, detail=shown))


def file_alone(path: Sequence[str]) -> str | None:
    """Why what stands at ``path`` can be set in config.toml alone; ``None`` where pages can set it."""
    if path[-1].endswith("_file"):
        return "it names a file of this machine that is read, and what stands in it may be sent to others"
    for pattern, why in _IN_FILES_ALONE.items():
        if len(path) >= len(pattern) and all(part in ("*", key) for part, key in zip(pattern, path, strict=False)):
            return why
    return None


def _check_free(layers: Layers, patch: Patch) -> None:
    """Refuse what the pages cannot set.

    Raises:
        BadSettingsError: with all such keys.
    """
    problems = [BadSetting(path, why) for path in _leaves(patch) if (why := _refusal(layers, path))]
    problems += [BadSetting(path, PATH_REFUSED) for path in _new_paths(layers, patch)]
    if _sends_password_elsewhere(layers, patch):
        problems.append(BadSetting(("mqtt", "password"), "the broker is another one: type the password for it again"))
    if problems:
        raise BadSettingsError(str(layers.folder / WRITTEN_FILE), problems)


def _sends_password_elsewhere(layers: Layers, patch: Patch) -> bool:
    """Whether the password that is kept for one broker would be given to another, or without encryption."""
    given, kept = patch.get("mqtt"), layers.settings().mqtt
    if not isinstance(given, Mapping):
        return False
    moved = any(given.get(key, getattr(kept, key)) != getattr(kept, key) for key in ("host", "port", "tls"))
    stays = bool(kept.password.get_secret_value()) and "password" not in given
    return moved and (stays or kept.password_file is not None)


def _refusal(layers: Layers, path: tuple[str, ...]) -> str | None:
    if path[0] == "data_dir":
        return "it cannot be changed while the program runs: use --data-dir or LIMEN_DATA_DIR"
    if (source := layers.fixed(path)) is not None:
        return _fixed(layers, source)
    why = file_alone(path)
    return None if why is None else f"it can be set in config.toml alone, for {why}"


def _new_paths(layers: Layers, patch: Patch) -> Iterator[tuple[str, ...]]:
    """The cameras of the patch that would be files or folders, and are not yet."""
    doors, kept = patch.get(_DOORS), layers.written.get(_DOORS)
    for name, config in doors.items() if isinstance(doors, Mapping) else ():
        camera = config.get("camera") if isinstance(config, Mapping) else None
        before = kept.get(name) if isinstance(kept, Mapping) else None
        same = isinstance(before, Mapping) and before.get("camera") == camera
        if isinstance(camera, str) and names_a_path(camera) and not same:
            yield _DOORS, name, "camera"


def _fixed(layers: Layers, source: Source) -> str:
    where = layers.folder / source if source is Source.FILE else "the environment"
    return f"it is set in {where}, which stands above the pages: change it there"


def _leaves(patch: Patch, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key that the patch sets or takes out."""
    for key, value in patch.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key)

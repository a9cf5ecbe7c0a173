"""The port of what a door reports by itself: its contact and its exit button."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the door reports now: ``closed`` is ``None`` where there is no contact."""

    closed: bool | None = None
    exit_pressed: bool = False


class Sensors(Protocol):
    """The contact and the exit button of a door."""

    def read(self) -> Inputs:
        """What they report at this moment; returns at once.

        Raises:
            LockError: they report nothing.
        """
        ...

    def close(self) -> None:
        """Let the device go; safe to call twice."""
        ...


class NoSensors:
    """A door without contact and button."""

    def read(self) -> Inputs:
        """Nothing is known."""
        return Inputs()

    def close(self) -> None:
        """Nothing to let go."""


class FakeSensors:
    """Reports ``inputs``, which tests set; raises ``fail_with`` instead, while that is set."""

    def __init__(self, inputs: Inputs = Inputs(closed=True)) -> None:
        self.inputs = inputs
        self.fail_with: Exception | None = None
        self.closed = False

    def read(self) -> Inputs:
        """What the test set."""
        if self.fail_with is not None:
            raise self.fail_with
        return self.inputs

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True

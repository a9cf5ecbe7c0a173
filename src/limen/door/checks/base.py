"""What a check comes to."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How bad it is: a fault keeps people out, or lets in what must stay out; a warning is to be known."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one part; ``remedy`` says what to do, and is empty where nothing is."""

    name: str
    state: State
    detail: str
    remedy: str = ""


def ok(name: str, detail: str) -> Check:
    """All is well."""
    return Check(name, State.OK, detail)


def warning(name: str, detail: str, remedy: str) -> Check:
    """Something is to be known."""
    return Check(name, State.WARNING, detail, remedy)


def fault(name: str, detail: str, remedy: str) -> Check:
    """Something must be mended."""
    return Check(name, State.FAULT, detail, remedy)

"""Stands in for lgpio where there are no pins: ``levels`` holds what pin 17 became, "in" or the level driven."""

SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64
RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3
_IS_OUTPUT = 2

levels: list[str | int] = []
open_chips: list[int] = []


class error(Exception):  # noqa: N801, N818 - lgpio's name for it
    pass


def gpiochip_open(chip: int) -> int:
    if chip:
        raise error("can not open gpiochip")
    open_chips.append(chip)
    return 1


def gpiochip_close(handle: int) -> None:
    open_chips.pop()


def gpio_claim_input(handle: int, gpio: int, flags: int = 0) -> None:
    assert (handle, gpio) == (1, 17)
    _become("in")


def gpio_claim_output(handle: int, gpio: int, level: int = 0, flags: int = 0) -> None:
    assert (handle, gpio) == (1, 17)
    if levels[-1] == "in":  # lgpio leaves an output as it is
        _become(level)


def gpio_get_mode(handle: int, gpio: int) -> int:
    return 0 if levels[-1] == "in" else _IS_OUTPUT


def gpio_read(handle: int, gpio: int) -> int:
    level = levels[-1]
    assert isinstance(level, int)
    return level


def gpio_write(handle: int, gpio: int, level: int) -> None:
    _become(int(level))


def _become(level: str | int) -> None:
    if levels[-1:] != [level]:
        levels.append(level)

"""Whether the machine's clock is kept right by others."""

import ctypes

_UNKNOWN_US = 16_000_000
"""From this error on the kernel does not know how far the clock is off."""


class _Timex(ctypes.Structure):
    """The beginning of the kernel's ``struct timex``, and room for the rest.

    Source: adjtimex(2).
    """

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_byte * 512),
    )


def clock_synchronised() -> bool | None:
    """Whether something keeps the clock right, as NTP does; ``None`` where the system does not say.

    Source: Linux, kernel/time/ntp.c: without corrections ``maxerror`` grows to NTP_PHASE_LIMIT, 16 s, and stays there.
    """
    try:
        ask = ctypes.CDLL(None).adjtimex
    except (AttributeError, OSError, TypeError):  # another system than Linux
        return None
    told = _Timex()
    if ask(ctypes.byref(told)) < 0:
        return None
    return bool(told.maxerror < _UNKNOWN_US)

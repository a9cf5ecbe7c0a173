"""The machine's clock."""

from datetime import datetime, timedelta

from limen.door.checks.base import Check, fault, ok, warning

_SLACK = timedelta(hours=1)
"""As doors have it: films that are looked at faster than they play leave records a little ahead."""


def check_clock(now: datetime, newest: datetime | None, synchronised: bool | None, zone: str) -> Check:
    """Whether the clock can be believed: not before the ``newest`` record, and kept right by others."""
    name, detail = "clock", f"{now:%Y-%m-%d %H:%M} UTC, the site's time zone is {zone}"
    if newest is not None and now < newest - _SLACK:
        before = f"it says {now:%Y-%m-%d %H:%M} UTC, and the newest record is of {newest:%Y-%m-%d %H:%M}"
        return fault(name, f"{before}: nobody is let in", "set the clock; limen door believe-clock if it is right")
    if synchronised is False:
        return warning(name, f"{detail}; nothing keeps it right", "let NTP do so, as timedatectl set-ntp true")
    told = "NTP keeps it right" if synchronised else "whether NTP keeps it right is not known"
    return ok(name, f"{detail}; {told}")

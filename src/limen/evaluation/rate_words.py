"""Error rates as people say them."""

from limen.matching.calibration import days_between_false_entries


def one_in(rate: float) -> str:
    """``1 in 50`` for 0.02."""
    among = 1 / rate
    return f"1 in {among:,.0f}" if among >= 10 else f"1 in {among:.3g}"


def false_entry_every(fpir: float, strangers_a_day: float) -> str:
    """How often a stranger gets in, on average: ``2.5 days``."""
    days = days_between_false_entries(fpir, strangers_a_day)
    if days < 1:
        return _counted(days * 24, "hour")
    return _counted(days, "day") if days < 730 else _counted(days / 365.25, "year")


def _counted(number: float, unit: str) -> str:
    shown = f"{number:.1f}".removesuffix(".0") if number < 20 else f"{number:,.0f}"
    return f"{shown} {unit}" if shown == "1" else f"{shown} {unit}s"

"""Browsers in words, from what they say of themselves."""

import re

_NAMES = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
    ("Macintosh", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
_PHONES = ("iPhone", "Android")


def browser_name(agent: str) -> str:
    """As ``Firefox, Windows``; the beginning of what it says where it is no browser we know."""
    name = next((name for mark, name in _NAMES if f"{mark}/" in agent), None)
    system = next((system for mark, system in _SYSTEMS if mark in agent), None)
    if name is None and system is None:
        return re.sub(r"\s+", " ", agent).strip()[:40] or "–"
    return ", ".join(part for part in (name, system) if part)


def is_phone(agent: str) -> bool:
    """Whether it is a phone or tablet, for the picture beside it."""
    return any(mark in agent for mark in _PHONES)

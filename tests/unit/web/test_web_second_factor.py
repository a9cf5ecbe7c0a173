"""Who must set up a second factor, and how codes are checked."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request

from limen.store.users import User
from limen.web.browsers import browser_name, is_phone
from limen.web.second_factor import must_add_second_factor
from limen.web.totp import address_of, matching_step, qr_code, written

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = b"12345678901234567890"


def request(host: str, **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "client": (host, 1), "headers": raw})


def user(role: str, *, totp: bool = False, days: int = 2) -> User:
    return User("1", "anna", role, "hash", totp, None, False, NOW - timedelta(days=days), None)


@pytest.mark.parametrize(
    ("who", "where", "must"),
    [
        (user("owner"), request("192.168.1.5"), True),
        (user("admin"), request("192.168.1.5"), True),
        (user("attendant"), request("192.168.1.5"), False),
        (user("owner", totp=True), request("192.168.1.5"), False),
        (user("owner", days=0), request("192.168.1.5"), False),
        (user("owner"), request("127.0.0.1"), False),
        (user("owner"), request("::1"), False),
        (user("owner"), request("127.0.0.1", x_forwarded_for="192.168.1.5"), True),
        (user("owner"), request("nonsense"), True),
    ],
)
def test_owners_and_admins_need_one_after_a_day_from_elsewhere(who: User, where: Request, must: bool) -> None:
    assert must_add_second_factor(who, where, NOW) is must


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, the last six digits."""
    at = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(SECRET, code, at) == seconds // 30
    assert matching_step(SECRET, f"{code[:3]} {code[3:]}", at) == seconds // 30
    assert matching_step(SECRET, code, at + timedelta(seconds=30)) == seconds // 30
    assert matching_step(SECRET, code, at + timedelta(seconds=60)) is None
    assert matching_step(SECRET, "١٢٣٤٥٦", at) is None


def test_the_secret_is_told_in_three_ways() -> None:
    address = address_of(SECRET, "anna", "Maple: 5")
    assert address.startswith("otpauth://totp/Maple%20%205:anna?")
    assert f"secret={written(SECRET).replace(' ', '')}" in address
    assert re.fullmatch(r"<svg [^>]*viewBox[^>]*>.*</svg>", qr_code(address), re.DOTALL)


@pytest.mark.parametrize(
    ("agent", "name", "phone"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit Version/19.0 Safari/604.1", "Safari, iPhone", True),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit Chrome/156.0 Mobile Safari/537.36", "Chrome, Android", True),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/156.0 Safari/537.36 Edg/156.0", "Edge, Windows", False),
        ("a  test\nof mine", "a test of mine", False),
        ("", "–", False),
    ],
)  # fmt: skip
def test_browsers_in_words(agent: str, name: str, phone: bool) -> None:
    assert browser_name(agent) == name
    assert is_phone(agent) is phone

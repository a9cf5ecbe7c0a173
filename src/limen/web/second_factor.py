"""Who must set up a second factor before they may do anything else."""

import ipaddress
from datetime import datetime, timedelta

from starlette.requests import HTTPConnection

from limen.store.users import User
from limen.web.rights import Role

SECOND_FACTOR_NEEDED = "second-factor-needed"
"""The kind of problem that everything is answered with, until it is set up."""
GRACE = timedelta(hours=24)
_MUST = (Role.OWNER, Role.ADMIN)
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def must_add_second_factor(user: User, connection: HTTPConnection, now: datetime) -> bool:
    """Whether ``user`` reaches nothing but their own account: owners and admins without a second factor.

    Whoever sits at the machine itself could change everything there anyway, and a new account has a day.
    """
    if user.totp or user.role not in _MUST:
        return False
    return now - user.created_at >= GRACE and not is_local(connection)


def is_local(connection: HTTPConnection) -> bool:
    """Whether a request comes from this very machine, and was not passed on by a proxy there."""
    client = connection.client
    if client is None or any(name in connection.headers for name in _PASSED_ON):
        return False
    try:
        return ipaddress.ip_address(client.host).is_loopback
    except ValueError:
        return False


def should_have_second_factor(user: User) -> bool:
    """Whether the account's role asks for a second factor that it does not have."""
    return not user.totp and user.role in _MUST

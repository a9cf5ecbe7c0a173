"""Addresses of other machines and of this one."""

import ipaddress
import socket

from limen.errors import ConfigError, UnavailableError

_CONNECT_S = 3.0


def host_and_port(text: str) -> tuple[str, int]:
    """Of ``127.0.0.1:8790`` or ``[::1]:8790``.

    Raises:
        ConfigError: it is no such address.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ConfigError(f"{text!r} is no address: a host and a port are needed, as 127.0.0.1:8790")
    return host, int(port)


def here_only(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reach(host: str, port: int) -> None:
    """Return if something at ``host`` takes connections at ``port``; nothing is sent.

    Raises:
        UnavailableError: nothing does, within 3 s.
    """
    try:
        socket.create_connection((host, port), _CONNECT_S).close()
    except (OSError, UnicodeError) as error:  # the second where it cannot be a name
        raise UnavailableError(f"{host}, port {port}, takes no connection ({error})") from error

"""The second factor: codes of six digits that an app makes anew every half minute (RFC 6238)."""

import base64
import io
import secrets
from datetime import datetime

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

_SECRET_BYTES = 20
_DIGITS, _STEP_S = 6, 30
_STEPS_OFF = (0, -1, 1)


def new_secret() -> bytes:
    """A random secret, of the length that RFC 4226 recommends."""
    return secrets.token_bytes(_SECRET_BYTES)


def matching_step(secret: bytes, code: str, at: datetime) -> int | None:
    """The number of the half minute that ``code`` belongs to, ``None`` where it is wrong; one step off is right too."""
    typed = "".join(code.split())
    if len(typed) != _DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    now, totp = int(at.timestamp()) // _STEP_S, _totp(secret)
    steps = [now + off for off in _STEPS_OFF]
    right = [step for step in steps if secrets.compare_digest(totp.generate(step * _STEP_S), typed.encode())]
    return right[0] if right else None


def address_of(secret: bytes, account: str, site: str) -> str:
    """The ``otpauth:`` address that apps take."""
    return _totp(secret).get_provisioning_uri(account, site.replace(":", " ").strip() or "Limen")


def written(secret: bytes) -> str:
    """The secret for those who type it, in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def qr_code(text: str) -> str:
    """An SVG picture of ``text`` for a phone's camera, dark on white also where a page is dark."""
    out = io.BytesIO()
    code = segno.make(text, micro=False, error="m")
    code.save(out, kind="svg", xmldecl=False, scale=4, border=4, dark="#000", light="#fff", omitsize=True)
    return out.getvalue().decode().strip()


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), _STEP_S)  # noqa: S303 - RFC 6238, and all that apps understand
